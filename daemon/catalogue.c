/* SPDX-License-Identifier: Apache-2.0 */
/* docs/metrics.md. */
#include "capability.h"
#include "describe.h"
#include "self.h"

/* A cell of a Markdown table. */
static void put_cell(FILE *out, const char *text)
{
        for (; *text; text++) {
                if (*text == '|')
                        fputc('\\', out);
                fputc(*text == '\n' ? ' ' : *text, out);
        }
}

static const char *unit_of(const struct mx_family *f)
{
        static const char *const units[] = { "bytes", "seconds", "ratio" };
        size_t len = strlen(f->name) - (f->type == MX_COUNTER ? strlen("_total") : 0);

        for (size_t i = 0; i < MX_ARRAY_SIZE(units); i++) {
                size_t n = strlen(units[i]);

                if (len > n && f->name[len - n - 1] == '_' &&
                    memcmp(f->name + len - n, units[i], n) == 0)
                        return units[i];
        }
        return "";
}

static void put_family(FILE *out, const struct mx_family *f, const char *source)
{
        static const char *const types[] = {
                [MX_GAUGE] = "gauge",     [MX_COUNTER] = "counter",     [MX_INFO] = "info",
                [MX_UNKNOWN] = "unknown", [MX_HISTOGRAM] = "histogram",
        };

        fprintf(out, "| `%s` | %s | %s | ", f->name, types[f->type], unit_of(f));
        put_cell(out, f->help);
        fputs(" |", out);
        if (f->source)
                source = f->source;
        if (source[0]) {
                fputs(" `", out);
                put_cell(out, source);
                fputc('`', out);
        }
        if (f->key && f->key[0]) {
                fputs(" `", out);
                put_cell(out, f->key);
                fputc('`', out);
        }
        fputs(" |\n", out);
}

static void put_families(FILE *out, const struct mx_family *f, size_t n, const char *source)
{
        fputs("\n| Metric | Type | Unit | Meaning | Kernel source |\n|---|---|---|---|---|\n", out);
        for (size_t i = 0; i < n; i++)
                put_family(out, &f[i], source);
}

static void put_options(FILE *out, const struct mx_collector *c)
{
        fputs("\n| Option | Default | Accepts | Meaning |\n|---|---|---|---|\n", out);
        for (size_t i = 0; i < c->n_options; i++) {
                const struct mx_option *o = &c->options[i];
                char text[DESCRIBE_MAX];

                fprintf(out, "| `%s` | ", o->name);
                if (o->def && o->def[0]) {
                        fputc('`', out);
                        put_cell(out, o->def);
                        fputs("` | ", out);
                } else {
                        fputs("none | ", out);
                }
                put_cell(out, describe_option(o, text));
                fputs(" | ", out);
                put_cell(out, o->help);
                fputs(" |\n", out);
        }
}

static void put_needs(FILE *out, const struct mx_collector *c)
{
        const struct mx_need *needs;
        size_t n = mx_collector_needs(c, &needs);

        for (size_t i = 0; i < n; i++) {
                fprintf(out, "- Without `%s`", capability_name(needs[i].capability));
                if (needs[i].option)
                        fprintf(out, ", where `%s` is on,", needs[i].option);
                fprintf(out, " is lost: %s\n", needs[i].lost);
        }
}

static void put_collector(FILE *out, const struct mx_collector *c)
{
        fprintf(out, "\n## %s\n\n%s\n\n- Source: `%s`\n- %s by default\n- Runs %s\n", c->name,
                c->help, c->source, c->off_by_default ? "Disabled" : "Enabled", describe_run(c));
        for (size_t i = 0; i < n_collector_knobs; i++) {
                const struct knob *k = &collector_knobs[i];
                char text[NUMBER_TEXT_MAX];

                if (k->type != KNOB_BOOL)
                        fprintf(out, "- `%s`: %s\n", k->key, describe_default(k, c, text));
        }
        put_needs(out, c);
        if (c->n_options > 0)
                put_options(out, c);
        if (c->n_families > 0)
                if (c->labels)
                        fprintf(out, "\nLabels: %s\n", c->labels);
        put_families(out, c->families, c->n_families, c->source);
}

void catalogue_write(FILE *out, const struct mx_collector *const *c, size_t n)
{
        fputs("# Metrics\n\n"
              "<!-- Printed by `memory_exporter --list-metrics`. Change the tables, not this file. "
              "-->\n\n"
              "Every metric, by collector. A value that the kernel does not give makes no sample: "
              "what is\n"
              "missing here or there is missing from that kernel, never zero by guess. Files whose "
              "lines grow\n"
              "with the kernel may give more metrics than their table has, named by the same "
              "rule.\n",
              out);
        for (size_t i = 0; i < n; i++)
                put_collector(out, c[i]);
        fputs("\n## The exporter itself\n\nWritten anew for every scrape.\n", out);
        put_families(out, self_families, n_self_families, "");
}
