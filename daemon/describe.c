/* SPDX-License-Identifier: Apache-2.0 */
#include "describe.h"

#include "runner.h"
#include "table.h"

static void add_limits(const struct mx_option *o, char *text)
{
        char min[NUMBER_TEXT_MAX], max[NUMBER_TEXT_MAX];
        size_t len = strlen(text);

        number_text(o->type, o->min, min);
        number_text(o->type, o->max, max);
        if (o->max)
                snprintf(text + len, DESCRIBE_MAX - len, ", %s to %s", min, max);
        else if (o->min)
                snprintf(text + len, DESCRIBE_MAX - len, ", %s or more", min);
}

static void add_names(const struct mx_option *o, char *text)
{
        for (size_t i = 0; o->names[i]; i++) {
                size_t len = strlen(text);

                snprintf(text + len, DESCRIBE_MAX - len, "%s%s",
                         i == 0            ? ""
                         : o->names[i + 1] ? ", "
                                           : " or ",
                         o->names[i]);
        }
}

const char *describe_option(const struct mx_option *o, char *text)
{
        static const char *const accepts[] = {
                [MX_OPT_BOOL] = "true or false",
                [MX_OPT_COUNT] = "a whole number",
                [MX_OPT_DURATION] = "a duration",
                [MX_OPT_SIZE] = "a size in bytes",
                [MX_OPT_CHOICE] = "",
                [MX_OPT_FILTER] = "a regular expression for the whole name",
                [MX_OPT_RULES] = "a list of rules: a name, and regular expressions for ",
                [MX_OPT_ROWS] = "a list of entries: a name, and values for ",
        };

        snprintf(text, DESCRIBE_MAX, "%s", accepts[o->type]);
        if (o->type == MX_OPT_CHOICE || option_is_list(o))
                add_names(o, text);
        else
                add_limits(o, text);
        return text;
}

const char *describe_knob(const struct knob *k, char *text)
{
        static const char *const accepts[] = {
                [KNOB_STRING] = "a directory",
                [KNOB_DIRECTORY] = "a directory",
                [KNOB_FILE] = "a file",
                [KNOB_URL_PATH] = "a path of a URL",
                [KNOB_ADDRESSES] = "a list of addresses",
        };
        struct mx_option o = { .min = k->min, .max = k->max };

        switch (k->type) {
        case KNOB_STRING:
        case KNOB_DIRECTORY:
        case KNOB_FILE:
        case KNOB_URL_PATH:
        case KNOB_ADDRESSES:
                snprintf(text, DESCRIBE_MAX, "%s", accepts[k->type]);
                return text;
        case KNOB_LEVEL:
        case KNOB_FORMAT:
                o.type = MX_OPT_CHOICE;
                o.names = k->type == KNOB_LEVEL ? log_level_names : log_format_names;
                break;
        case KNOB_DURATION:
                o.type = MX_OPT_DURATION;
                break;
        case KNOB_COUNT:
                o.type = MX_OPT_COUNT;
                break;
        case KNOB_BOOL:
                o.type = MX_OPT_BOOL;
                break;
        }
        return describe_option(&o, text);
}

void describe_wrapped(FILE *out, size_t column, const char *prefix, const char *text)
{
        while (*text) {
                size_t word = strcspn(text, " "), gap = strspn(text + word, " ");

                fwrite(text, 1, word, out);
                column += word;
                text += word + gap;
                if (*text && column + 1 + strcspn(text, " ") > DESCRIBE_WIDTH) {
                        fprintf(out, "\n%s", prefix);
                        column = strlen(prefix);
                } else if (*text) {
                        fputc(' ', out);
                        column++;
                }
        }
        fputc('\n', out);
}

const char *describe_default(const struct knob *k, const struct mx_collector *c, char *text)
{
        if (k->type == KNOB_DURATION)
                return duration_text(knob_collector_duration(k, c, NULL), text);
        if (k->type == KNOB_BOOL)
                snprintf(text, NUMBER_TEXT_MAX, "%s", c->off_by_default ? "false" : "true");
        else
                snprintf(text, NUMBER_TEXT_MAX, "%u", c->max_series);
        return text;
}

static bool is_builtin(const struct mx_collector *c)
{
        for (size_t i = 0; i < mx_n_collectors; i++)
                if (mx_collectors[i] == c)
                        return true;
        return false;
}

const char *describe_run(const struct mx_collector *c)
{
        if (is_builtin(c) && c->run == MX_RUN_INLINE)
                return "when scraped, unless the last result is younger than `schedule.min_age`";
        return runner_shares_thread(c, !is_builtin(c))
                       ? "on a thread that it shares, and is served as last collected"
                       : "on a thread of its own, and is served as last collected";
}

/* The collectors of some settings as the writers want them. */
static const struct mx_collector **list(const struct settings *s)
{
        const struct mx_collector **c = calloc(s->n_collectors + 1, sizeof(void *));

        for (size_t i = 0; c && i < s->n_collectors; i++)
                c[i] = s->collectors[i].collector;
        return c;
}

void settings_print_catalogue(const struct settings *s)
{
        mx_cleanup_free_ const struct mx_collector **c = list(s);

        if (c)
                catalogue_write(stdout, c, s->n_collectors);
}

void settings_print_config(const struct settings *s)
{
        mx_cleanup_free_ const struct mx_collector **c = list(s);

        if (c)
                default_config_write(stdout, c, s->n_collectors);
}

void settings_print_help(const struct settings *s)
{
        mx_cleanup_free_ const struct mx_collector **c = s ? list(s) : NULL;

        help_write(stdout, c ?: mx_collectors, c ? s->n_collectors : mx_n_collectors);
}

void settings_print_version(void)
{
        version_write(stdout);
}
