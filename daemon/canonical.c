/* SPDX-License-Identifier: Apache-2.0 */
#include "canonical.h"

#include "filter.h"
#include "knob.h"

#include <stdio.h>

static unsigned long long number_at(const void *base, size_t offset)
{
        uint64_t v;

        memcpy(&v, (const char *)base + offset, sizeof(v));
        return v;
}

/* With its length in front, so that no text can look like two. */
static void put_text(FILE *out, const char *text)
{
        fprintf(out, "%zu:%s", strlen(text), text);
}

static void put_rules(FILE *out, const struct mx_option *o, const struct mx_rules *rules)
{
        for (size_t i = 0; i < rules->n; i++) {
                fputs(" {", out);
                put_text(out, rules->rule[i].name);
                for (size_t k = 0; k < MX_RULE_KEYS && o->names[k]; k++) {
                        if (!rules->rule[i].match[k])
                                continue;
                        fprintf(out, " %s=", o->names[k]);
                        put_text(out, filter_text(rules->rule[i].match[k]));
                }
                fputc('}', out);
        }
}

static void put_rows(FILE *out, const struct mx_option *o, const struct mx_rows *rows)
{
        for (size_t i = 0; i < rows->n; i++) {
                fputs(" {", out);
                put_text(out, rows->row[i].name);
                for (size_t k = 0; k < MX_RULE_KEYS && o->names[k]; k++) {
                        if (!rows->row[i].text[k])
                                continue;
                        fprintf(out, " %s=", o->names[k]);
                        put_text(out, rows->row[i].text[k]);
                }
                fputc('}', out);
        }
}

static void put_option(FILE *out, const struct mx_option *o, const void *options)
{
        const char *at = (const char *)options + o->offset;
        const struct mx_filter *filter;
        struct mx_rules rules;
        struct mx_rows rows;
        bool b;

        fprintf(out, "%s=", o->name);
        switch (o->type) {
        case MX_OPT_BOOL:
                memcpy(&b, at, sizeof(b));
                fprintf(out, "%d", b);
                break;
        case MX_OPT_FILTER:
                filter = *(struct mx_filter *const *)(const void *)at;
                if (filter)
                        put_text(out, filter_text(filter));
                break;
        case MX_OPT_ROWS:
                memcpy(&rows, at, sizeof(rows));
                put_rows(out, o, &rows);
                break;
        case MX_OPT_RULES:
                memcpy(&rules, at, sizeof(rules));
                put_rules(out, o, &rules);
                break;
        case MX_OPT_COUNT:
        case MX_OPT_DURATION:
        case MX_OPT_SIZE:
        case MX_OPT_CHOICE:
                fprintf(out, "%llu", number_at(at, 0));
                break;
        }
        fputc('\n', out);
}

int canonical_text(char **ret, const struct collector_settings *cs)
{
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        bool failed;

        if (!out)
                return -ENOMEM;
        fprintf(out, "plugin=%d\n", cs->is_plugin);
        for (size_t i = 0; i < n_collector_knobs; i++) {
                const struct knob *k = &collector_knobs[i];

                if (k->type == KNOB_BOOL)
                        fprintf(out, "%s=%d\n", k->key, cs->enabled);
                else if (k->type != KNOB_DURATION) /* those are the schedule */
                        fprintf(out, "%s=%llu\n", k->key, number_at(cs, k->offset));
        }
        for (size_t i = 0; cs->options && i < cs->collector->n_options; i++)
                put_option(out, &cs->collector->options[i], cs->options);
        failed = ferror(out) != 0;
        if (fclose(out) != 0 || failed) {
                free(text);
                return -ENOMEM;
        }
        *ret = text;
        return 0;
}
