/* SPDX-License-Identifier: Apache-2.0 */
/* --help and --version. */
#include "describe.h"
#include "flags.h"

#ifndef MX_VERSION
#define MX_VERSION "unknown"
#endif
#ifndef MX_REVISION
#define MX_REVISION "unknown"
#endif

#define LEFT_WIDTH 46

#if defined(__x86_64__)
#define PLATFORM "linux/amd64"
#elif defined(__aarch64__)
#define PLATFORM "linux/arm64"
#elif defined(__i386__)
#define PLATFORM "linux/386"
#elif defined(__arm__)
#define PLATFORM "linux/arm"
#elif defined(__riscv) && __riscv_xlen == 64
#define PLATFORM "linux/riscv64"
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define PLATFORM "linux/ppc64le"
#elif defined(__s390x__)
#define PLATFORM "linux/s390x"
#else
#define PLATFORM "linux"
#endif

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

const char *version_text(void)
{
        return MX_VERSION;
}

void version_write(FILE *out)
{
        fprintf(out,
                "memory_exporter, version " MX_VERSION " (revision: " MX_REVISION ")\n"
                "  compiler:         " COMPILER "\n"
                "  platform:         " PLATFORM "\n"
                "  collector ABI:    %d\n",
                MX_ABI);
}

/* One row of the list: the flag, and its help wrapped into the right column. */
static void put_row(FILE *out, const char *left, const char *text)
{
        char margin[LEFT_WIDTH + 1];
        size_t len = strlen(left);

        memset(margin, ' ', LEFT_WIDTH);
        margin[LEFT_WIDTH] = '\0';
        if (len + 2 > LEFT_WIDTH) {
                fprintf(out, "%s\n", left);
                len = 0;
                left = "";
        }
        fprintf(out, "%s%s", left, margin + len);
        describe_wrapped(out, LEFT_WIDTH, margin, text);
}

static void put_general(FILE *out, bool collectors)
{
        for (size_t i = 0; i < n_general_flags; i++) {
                const struct general_flag *g = &general_flags[i];
                char left[128];

                if ((strncmp(g->name, "collector.", 10) == 0) != collectors)
                        continue;
                if (g->letter)
                        snprintf(left, sizeof(left), "  -%c, --%s", g->letter, g->name);
                else
                        snprintf(left, sizeof(left), "      --%s%s%s", g->name,
                                 g->placeholder ? "=" : "", g->placeholder ? g->placeholder : "");
                put_row(out, left, g->help);
        }
}

static void put_knobs(FILE *out, const char *section)
{
        for (size_t i = 0; i < n_settings_knobs; i++) {
                const struct knob *k = &settings_knobs[i];
                const char *empty = k->type == KNOB_FILE ? "FILE" : "DIR";
                char left[128], text[DESCRIBE_MAX * 2], accepts[DESCRIBE_MAX];

                if (!k->flag || strcmp(k->section, section) != 0)
                        continue;
                if (k->type == KNOB_BOOL) {
                        snprintf(left, sizeof(left), "      --[no-]%s", k->flag);
                        snprintf(text, sizeof(text), "%s (default: %s)", k->help, k->def);
                } else {
                        snprintf(left, sizeof(left), "      --%s=%s", k->flag,
                                 k->def[0] ? k->def : empty);
                        snprintf(text, sizeof(text), "%s (%s)", k->help, describe_knob(k, accepts));
                }
                put_row(out, left, text);
        }
}

/* "--collector.name.option", dashed. */
static void flag_of(char *left, size_t size, const char *negation, const struct mx_collector *c,
                    const char *option, const char *value)
{
        int n = snprintf(left, size, "      --%scollector.%s%s%s", negation, c->name,
                         option ? "." : "", option ? option : "");

        for (char *p = left; (p = strchr(p, '_')); p++)
                *p = '-';
        if (value && n > 0 && (size_t)n < size)
                snprintf(left + n, size - (size_t)n, "=%s", value);
}

static void put_option(FILE *out, const struct mx_collector *c, const struct mx_option *o)
{
        char left[192], text[DESCRIBE_MAX * 2], accepts[DESCRIBE_MAX];
        bool is_bool = o->type == MX_OPT_BOOL;
        const char *def = o->def && o->def[0] ? o->def : "REGEX";

        if (option_is_list(o))
                return;
        flag_of(left, sizeof(left), is_bool ? "[no-]" : "", c, o->name, is_bool ? NULL : def);
        if (is_bool)
                snprintf(text, sizeof(text), "%.300s (default: %s)", o->help, def);
        else
                snprintf(text, sizeof(text), "%.300s (%s)", o->help, describe_option(o, accepts));
        put_row(out, left, text);
}

static void put_collector(FILE *out, const struct mx_collector *c)
{
        char left[192], text[512], def[NUMBER_TEXT_MAX], accepts[DESCRIBE_MAX];

        fputc('\n', out);
        flag_of(left, sizeof(left), "[no-]", c, NULL, NULL);
        snprintf(text, sizeof(text), "%.300s (%s; default: %s)", c->help, c->source,
                 c->off_by_default ? "disabled" : "enabled");
        put_row(out, left, text);
        for (size_t i = 0; i < n_collector_knobs; i++) {
                const struct knob *k = &collector_knobs[i];

                if (!k->flag)
                        continue;
                flag_of(left, sizeof(left), "", c, k->flag, describe_default(k, c, def));
                snprintf(text, sizeof(text), "%s (%s)", k->help, describe_knob(k, accepts));
                put_row(out, left, text);
        }
        for (size_t i = 0; i < c->n_options; i++)
                put_option(out, c, &c->options[i]);
}

void help_write(FILE *out, const struct mx_collector *const *c, size_t n)
{
        fputs("usage: memory_exporter [<flag> ...]\n\n"
              "Serves the memory statistics of this Linux host to Prometheus.\n\n"
              "A flag is written --name=value or --name value. The value shown is the default. "
              "Most settings,\n"
              "and lists, can be set in the configuration file; --config.print-default "
              "explains it.\n"
              "\nGeneral:\n",
              out);
        put_general(out, false);
        for (size_t i = 0; i < n_knob_sections; i++) {
                bool has_flags = false;

                for (size_t k = 0; k < n_settings_knobs; k++)
                        has_flags |= settings_knobs[k].flag &&
                                     strcmp(settings_knobs[k].section, knob_sections[i].name) == 0;
                if (!has_flags)
                        continue;
                fprintf(out, "\n%s\n", knob_sections[i].help);
                put_knobs(out, knob_sections[i].name);
        }
        fputs("\nCollectors. Those of plugins have the same flags.\n", out);
        put_general(out, true);
        for (size_t i = 0; i < n; i++)
                put_collector(out, c[i]);
}
