/* SPDX-License-Identifier: Apache-2.0 */
#include "series_store.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct store_series {
        const char *name;
        char *labels;
        double *values; /* NAN where there is none */
};

static void *must(void *p)
{
        if (!p) {
                fputs("series: out of memory\n", stderr);
                exit(EXIT_FAILURE);
        }
        return p;
}

void store_init(struct store *s, size_t n_steps, const char *target, const char **names,
                size_t n_names)
{
        *s = (struct store){
                .n_steps = n_steps, .target = target, .names = names, .n_names = n_names
        };
}

void store_free(struct store *s)
{
        for (size_t i = 0; i < s->n; i++) {
                free(s->series[i].labels);
                free(s->series[i].values);
        }
        free(s->series);
        *s = (struct store){ 0 };
}

void store_begin(struct store *s, size_t step)
{
        s->step = step;
        s->cursor = 0;
}

static bool is_kept(const struct store *s, const char *name)
{
        for (size_t i = 0; i < s->n_names; i++) {
                size_t len = strlen(s->names[i]);

                if (len > 0 && s->names[i][len - 1] == '*' && !strncmp(name, s->names[i], len - 1))
                        return true;
                if (!strcmp(name, s->names[i]))
                        return true;
        }
        return false;
}

static struct store_series *add(struct store *s, const char *name, const char *labels)
{
        struct store_series *new;

        if (s->n == s->capacity) {
                s->capacity = s->capacity ? 2 * s->capacity : 256;
                s->series = must(realloc(s->series, s->capacity * sizeof(*s->series)));
        }
        new = &s->series[s->n++];
        new->name = name;
        new->labels = must(strdup(labels));
        /* One that is not kept is remembered without values. */
        new->values = NULL;
        if (is_kept(s, name)) {
                new->values = must(calloc(s->n_steps, sizeof(*new->values)));
                for (size_t i = 0; i < s->n_steps; i++)
                        new->values[i] = NAN;
        }
        return new;
}

void store_put(struct store *s, const char *name, const char *labels, double value)
{
        struct store_series *found = NULL;

        for (size_t i = 0; i < s->n && !found; i++) {
                struct store_series *e = &s->series[(s->cursor + i) % s->n];

                if (e->name == name && !strcmp(e->labels, labels)) {
                        found = e;
                        s->cursor = (s->cursor + i + 1) % s->n;
                }
        }
        if (!found)
                found = add(s, name, labels);
        if (found->values && s->step < s->n_steps)
                found->values[s->step] = value;
}

static void print_value(FILE *f, double value)
{
        if (value >= -1e15 && value <= 1e15 && value == (double)(int64_t)value)
                fprintf(f, "%lld", (long long)value);
        else
                fprintf(f, "%.9g", value);
}

/* "3x4" is 3 five times, "_x4" is nothing four times. */
static void print_values(const double *values, size_t n, FILE *f)
{
        bool was = false;

        for (size_t i = 0, run; i < n; i += run) {
                if (isnan(values[i]) && was) {
                        fputs("stale ", f);
                        was = false;
                        run = 1;
                        continue;
                }
                for (run = 1; i + run < n; run++)
                        if (isnan(values[i]) ? !isnan(values[i + run])
                                             : !(values[i + run] == values[i]))
                                break;
                was = !isnan(values[i]);
                if (was)
                        print_value(f, values[i]);
                else
                        fputc('_', f);
                if (was && run > 1)
                        fprintf(f, "x%zu", run - 1);
                else if (run > 1)
                        fprintf(f, "x%zu", run);
                fputc(' ', f);
        }
}

void store_print(const struct store *s, FILE *f)
{
        for (size_t i = 0; i < s->n; i++) {
                const struct store_series *e = &s->series[i];

                if (!e->values)
                        continue;
                fprintf(f, "  - series: '%s{%s%s%s}'\n    values: ", e->name, s->target,
                        *e->labels ? "," : "", e->labels);
                print_values(e->values, s->n_steps, f);
                fputc('\n', f);
        }
}
