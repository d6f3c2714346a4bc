/* SPDX-License-Identifier: Apache-2.0 */
/* config/memory_exporter.yml. */
#include "describe.h"

/* A scalar that reads back as it is, whatever it holds; plain where plain is surely text. */
static void put_scalar(FILE *out, const char *text)
{
        bool plain = text[0] && text[0] != '-' && strcmp(text, "null") != 0;

        for (const char *p = text; *p && plain; p++)
                plain = mx_is_digit(*p) || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                        strchr("/_.-", *p);
        if (plain) {
                fputs(text, out);
                return;
        }
        fputc('\'', out);
        for (; *text; text++) {
                if (*text == '\'')
                        fputc('\'', out);
                fputc(*text, out);
        }
        fputc('\'', out);
}

static void put_comment(FILE *out, const char *prefix, const char *text)
{
        fputs(prefix, out);
        describe_wrapped(out, strlen(prefix), prefix, text);
}

static void put_section(FILE *out, const struct knob_section *section)
{
        fputc('\n', out);
        put_comment(out, "# ", section->help);
        fprintf(out, "%s:\n", section->name);
        for (size_t i = 0; i < n_settings_knobs; i++) {
                const struct knob *k = &settings_knobs[i];
                bool follows = k->offset == offsetof(struct settings, expiry);
                char text[DESCRIBE_MAX * 2], accepts[DESCRIBE_MAX];

                if (strcmp(k->section, section->name) != 0)
                        continue;
                snprintf(text, sizeof(text), "%s%s%s%s%s", k->help, k->flag ? " (--" : "",
                         k->flag ? k->flag : "", k->restart ? "; needs a restart" : "",
                         k->flag ? ")" : "");
                put_comment(out, "  # ", text);
                snprintf(text, sizeof(text), "Accepts %s.", describe_knob(k, accepts));
                put_comment(out, "  # ", text);
                fprintf(out, "  %s%s: ", follows ? "#" : "", k->key);
                if (k->type == KNOB_ADDRESSES)
                        fputc('[', out);
                put_scalar(out, k->def);
                fputs(k->type == KNOB_ADDRESSES ? "]\n" : "\n", out);
        }
}

static void put_option(FILE *out, const struct mx_option *o)
{
        char accepts[DESCRIBE_MAX], text[DESCRIBE_MAX + 16];

        put_comment(out, "    # ", o->help);
        snprintf(text, sizeof(text), "Accepts %s.", describe_option(o, accepts));
        put_comment(out, "    # ", text);
        if (option_is_list(o)) {
                fprintf(out, "    #   - name: example\n    #     %s: %s\n    %s: []\n", o->names[0],
                        o->type == MX_OPT_RULES ? "'regular expression'" : "value", o->name);
                return;
        }
        fprintf(out, "    %s: ", o->name);
        put_scalar(out, o->def ? o->def : "");
        fputc('\n', out);
}

/* What a key means in every collector. */
static void put_common(FILE *out, const struct knob *k)
{
        char head[64], text[DESCRIBE_MAX * 2], accepts[DESCRIBE_MAX];

        snprintf(head, sizeof(head), "#   %-12s", k->key);
        snprintf(text, sizeof(text), "%s Accepts %s.", k->help, describe_knob(k, accepts));
        fputs(head, out);
        describe_wrapped(out, strlen(head), "#               ", text);
}

static void put_collector(FILE *out, const struct mx_collector *c)
{
        char head[DESCRIBE_MAX * 2];

        fputc('\n', out);
        snprintf(head, sizeof(head), "%.300s (%.100s)", c->help, c->source);
        put_comment(out, "  # ", head);
        fprintf(out, "  %s:\n", c->name);
        for (size_t i = 0; i < n_collector_knobs; i++) {
                const struct knob *k = &collector_knobs[i];
                char text[NUMBER_TEXT_MAX];

                fprintf(out, "    %s%s: %s\n", knob_is_inherited(k, c) ? "#" : "", k->key,
                        describe_default(k, c, text));
        }
        for (size_t i = 0; i < c->n_options; i++)
                put_option(out, &c->options[i]);
}

void default_config_write(FILE *out, const struct mx_collector *const *c, size_t n)
{
        fputs("# memory_exporter: every key with its default.\n"
              "#\n"
              "# Printed by `memory_exporter --config.print-default`; `--config.check` checks a "
              "changed copy.\n"
              "# No key is required. Flags take precedence over this file. Durations are written "
              "250ms, 15s,\n"
              "# 1h30m or 1d, sizes 4096, 64KiB or 1GiB. A regular expression (PCRE2) has to match "
              "the whole\n"
              "# of a name; '' is none. Relative paths start at the directory of this file.\n",
              out);
        for (size_t i = 0; i < n_knob_sections; i++)
                put_section(out, &knob_sections[i]);
        fputs("\n# One entry for each collector. Every collector has these keys:\n", out);
        for (size_t i = 0; i < n_collector_knobs; i++)
                put_common(out, &collector_knobs[i]);
        fputs("# A duration that is commented out follows `schedule`, and shows what that comes to "
              "by default.\n"
              "# One that is not belongs to the collector, which is too dear for the common pace.\n"
              "collectors:",
              out);
        for (size_t i = 0; i < n; i++)
                put_collector(out, c[i]);
}
