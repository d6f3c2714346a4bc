/* SPDX-License-Identifier: Apache-2.0 */
#include "flags.h"

#include "knob.h"
#include "nearest.h"
#include "origin.h"
#include "plugin.h"

#include <stdarg.h>
#include <stdio.h>

#define COLLECTOR "collector."

const struct general_flag general_flags[] = {
        { "help", 'h', NULL, "Print this text.", ACTION_HELP },
        { "version", 0, NULL, "Print the version.", ACTION_VERSION },
        { "config.file", 0, "FILE", "Configuration file (YAML); flags take precedence over it.",
          ACTION_RUN },
        { "config.check", 0, NULL, "Check the configuration, flags and plugins, and leave.",
          ACTION_CHECK_CONFIG },
        { "config.print-default", 0, NULL,
          "Print the default configuration with a comment on every key.", ACTION_PRINT_CONFIG },
        { "once", 0, NULL, "Collect once, print the metrics and leave.", ACTION_ONCE },
        { "list-metrics", 0, NULL, "Print a reference of all metrics as Markdown.",
          ACTION_LIST_METRICS },
        { "collector.disable-defaults", 0, NULL,
          "Disable every collector that neither the file nor a flag enables.", ACTION_RUN },
};

const size_t n_general_flags = MX_ARRAY_SIZE(general_flags);

static int __attribute__((format(printf, 2, 3))) fail(char *error, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        vsnprintf(error, SETTINGS_ERROR_MAX, format, ap);
        va_end(ap);
        return -EINVAL;
}

static int fail_memory(char *error)
{
        (void)fail(error, "out of memory");
        return -ENOMEM;
}

static int fail_set(char *error, const struct flag *f, int r, const char *reason)
{
        return r == -ENOMEM ? fail_memory(error) : fail(error, "--%.120s: %s", f->name, reason);
}

static bool starts_with(const char *s, const char *prefix)
{
        return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void dashed(char *s)
{
        for (; (s = strchr(s, '_')); s++)
                *s = '-';
}

/* Is the flag's word (of n bytes, dashed already) this name of a table, which may have '_'? */
static bool is_word(const char *word, size_t n, const char *name)
{
        for (size_t i = 0; i < n; i++)
                if (word[i] != (name[i] == '_' ? '-' : name[i]))
                        return false;
        return name[n] == '\0';
}

/* Offers prefix.name[.option] as a flag would be written, with what the user wrote before
 * "collector". */
static void offer(struct nearest *near, bool no, const char *name, const char *option)
{
        char text[NEAREST_MAX];
        int n = snprintf(text, sizeof(text), "%s%s%s%s", no ? "no-" : "", name, option ? "." : "",
                         option ? option : "");

        dashed(text);
        if (n > 0 && (size_t)n < sizeof(text))
                nearest_offer(near, text);
}

static void offer_collector(struct nearest *near, bool no, const struct mx_collector *c)
{
        char name[NEAREST_MAX];

        snprintf(name, sizeof(name), COLLECTOR "%s", c->name);
        offer(near, no, name, NULL);
        for (size_t i = 0; !no && i < n_collector_knobs; i++)
                if (collector_knobs[i].flag)
                        offer(near, no, name, collector_knobs[i].flag);
        for (size_t i = 0; i < c->n_options; i++)
                if (!option_is_list(&c->options[i]) && (!no || c->options[i].type == MX_OPT_BOOL))
                        offer(near, no, name, c->options[i].name);
}

/* `s` is NULL while the collectors are not known yet. */
static int unknown(char *error, const struct flag *f, const struct settings *s)
{
        char word[NEAREST_MAX * 2];
        struct nearest near;

        snprintf(word, sizeof(word), "%s%.160s", f->no ? "no-" : "", f->name);
        nearest_begin(&near, word);
        for (size_t i = 0; i < n_general_flags; i++)
                nearest_offer(&near, general_flags[i].name);
        for (size_t i = 0; i < n_settings_knobs; i++)
                if (settings_knobs[i].flag) {
                        nearest_offer(&near, settings_knobs[i].flag);
                        if (settings_knobs[i].type == KNOB_BOOL)
                                offer(&near, true, settings_knobs[i].flag, NULL);
                }
        for (size_t i = 0; s && i < s->n_collectors; i++)
                offer_collector(&near, f->no, s->collectors[i].collector);
        return near.best[0]
                       ? fail(error, "unknown flag '--%s' (did you mean '--%s'?)", word, near.best)
                       : fail(error, "unknown flag '--%s'", word);
}

static const struct knob *find_knob(const char *name)
{
        for (size_t i = 0; i < n_settings_knobs; i++)
                if (settings_knobs[i].flag && strcmp(settings_knobs[i].flag, name) == 0)
                        return &settings_knobs[i];
        return NULL;
}

/* Takes "no-" off what can be denied. */
static bool take_no(char *name)
{
        const struct knob *k;

        if (!starts_with(name, "no-"))
                return false;
        k = find_knob(name + 3);
        if (!starts_with(name + 3, COLLECTOR) && (!k || k->type != KNOB_BOOL))
                return false;
        memmove(name, name + 3, strlen(name + 3) + 1);
        return true;
}

/* Splits one argument; *i moves past what was used. */
static int split(struct flag *ret, int argc, char *const *argv, int *i, char *error)
{
        const char *arg = argv[*i], *name = arg, *equals;
        size_t len;

        while (name < arg + 2 && *name == '-')
                name++;
        if (name == arg + 1 && name[0] && !name[1]) { /* -x */
                for (size_t k = 0; k < n_general_flags; k++)
                        if (general_flags[k].letter == name[0])
                                name = general_flags[k].name;
                if (name == arg + 1) {
                        (void)fail(error, "unknown flag '-%s'", name);
                        return -EINVAL;
                }
        } else if (name != arg + 2 || !name[0]) {
                (void)fail(error, "unexpected argument '%.120s'", arg);
                return -EINVAL;
        }
        equals = strchr(name, '=');
        len = equals ? (size_t)(equals - name) : strlen(name);
        ret->name = strndup(name, len);
        if (!ret->name)
                return fail_memory(error);
        dashed(ret->name);
        ret->no = take_no(ret->name);
        ret->value = equals ? equals + 1 : NULL;
        if (!equals && *i + 1 < argc && argv[*i + 1][0] != '-')
                ret->value = argv[++*i];
        return 0;
}

static int set_action(struct flags *f, enum action action, char *error)
{
        enum action was = f->action;
        bool was_text = was == ACTION_HELP || was == ACTION_VERSION;

        /* Who asks for help, or else for the version, gets it, whatever else is on the line. */
        if (was == ACTION_RUN || action == ACTION_HELP || (action == ACTION_VERSION && !was_text))
                f->action = action;
        else if (was != action && !was_text)
                return fail(error,
                            "--once, --list-metrics, --config.check and --config.print-default "
                            "exclude each other");
        return 0;
}

static int take_general(struct flags *f, struct flag *flag, char *error)
{
        for (size_t i = 0; i < n_general_flags; i++) {
                const struct general_flag *g = &general_flags[i];

                if (flag->no || strcmp(g->name, flag->name) != 0)
                        continue;
                if (!g->placeholder && flag->value)
                        return fail(error, "--%s takes no value, but has '%.80s'", g->name,
                                    flag->value);
                if (g->placeholder && (!flag->value || !flag->value[0]))
                        return fail(error, "--%s needs a value", g->name);
                flag->is_done = true;
                if (g->placeholder)
                        f->config_file = flag->value;
                else if (g->action == ACTION_RUN)
                        f->disable_defaults = true;
                return g->action == ACTION_RUN ? 0 : set_action(f, g->action, error);
        }
        return 0;
}

void flags_done(struct flags *f)
{
        for (size_t i = 0; i < f->n; i++)
                free(f->flag[i].name);
        free(f->flag);
        *f = (struct flags){ 0 };
}

/* What a flag that is true or false is set to: true when it has no value, and then false with "no-"
 * in front of it. */
static int settle_bool(const struct flag *f, const char **ret, char *error)
{
        if (f->no && f->value)
                return fail(error,
                            "--no-%.120s takes no value, but has '%.80s': --%.120s takes true or "
                            "false",
                            f->name, f->value, f->name);
        *ret = f->value ? f->value : f->no ? "false" : "true";
        return 0;
}

static int parse_one(struct flags *f, struct flag *flag, char *error)
{
        int r = take_general(f, flag, error);
        const struct knob *k;

        if (r < 0 || flag->is_done || starts_with(flag->name, COLLECTOR))
                return r;
        k = find_knob(flag->name);
        if (!k)
                return unknown(error, flag, NULL);
        if (k->type == KNOB_BOOL)
                return settle_bool(flag, &flag->value, error);
        return flag->value ? 0 : fail(error, "--%s needs a value", flag->name);
}

static int parse(struct flags *f, int argc, char *const *argv, char *error)
{
        int r = 0;

        for (int i = 1; r == 0 && i < argc; i++) {
                r = split(&f->flag[f->n], argc, argv, &i, error);
                if (r == 0)
                        r = parse_one(f, &f->flag[f->n++], error);
        }
        return r;
}

int flags_parse(struct flags *ret, int argc, char *const *argv, char *error)
{
        struct flags f = { .flag = calloc((size_t)argc + 1, sizeof(*f.flag)) };
        int r = f.flag ? parse(&f, argc, argv, error) : fail_memory(error);

        if (r < 0)
                flags_done(&f);
        else
                *ret = f;
        return r;
}

int flags_apply(const struct flags *f, struct settings *s, char *error)
{
        bool cleared = false;

        for (size_t i = 0; i < f->n; i++) {
                const struct knob *k = f->flag[i].is_done ? NULL : find_knob(f->flag[i].name);
                char reason[OPTION_ERROR_MAX], origin[ORIGIN_MAX];
                int r;

                if (!k)
                        continue;
                if (k->type == KNOB_ADDRESSES && !cleared) {
                        knob_clear(k, s);
                        cleared = true;
                }
                r = knob_set(k, s, f->flag[i].value, reason);
                if (r < 0)
                        return fail_set(error, &f->flag[i], r, reason);
                snprintf(origin, sizeof(origin), "--%.120s: ", f->flag[i].name);
                if (origin_set(s, k, origin) < 0)
                        return fail_memory(error);
        }
        return 0;
}

bool flags_where(const struct flags *f, const char *collector, const char *key, char *ret,
                 size_t size)
{
        size_t len = strlen(collector);

        ret[0] = '\0';
        for (size_t i = 0; i < f->n; i++) {
                const char *name = f->flag[i].name;
                const char *word = name + strlen(COLLECTOR);

                if (f->flag[i].no || !starts_with(name, COLLECTOR) || strlen(word) <= len ||
                    !is_word(word, len, collector) || word[len] != '.' ||
                    !is_word(word + len + 1, strlen(word + len + 1), key))
                        continue;
                snprintf(ret, size, "--%.120s: ", name);
                return true;
        }
        return false;
}

static int apply_option(const struct flag *f, const struct mx_option *o,
                        struct collector_settings *cs, char *error)
{
        const char *value = f->value;
        char reason[OPTION_ERROR_MAX] = "";
        int r;

        if (option_is_list(o))
                return fail(error, "--%.120s is a list: set it in the configuration file", f->name);
        r = o->type == MX_OPT_BOOL ? settle_bool(f, &value, error) : 0;
        if (r < 0)
                return r;
        if (!value)
                return fail(error, "--%.120s needs a value", f->name);
        r = option_set(o, cs->options, value, reason);
        return r < 0 ? fail_set(error, f, r, reason) : 0;
}

/* What the flag means for this collector. *ret_known is false when it has no such option. */
static int apply_word(const struct flag *f, const char *word, struct collector_settings *cs,
                      bool *ret_known, char *error)
{
        char reason[OPTION_ERROR_MAX];
        int r;

        *ret_known = true;
        for (size_t i = 0; !f->no && i < n_collector_knobs; i++) {
                const struct knob *k = &collector_knobs[i];

                if (!k->flag || !is_word(word, strlen(word), k->flag))
                        continue;
                if (!f->value)
                        return fail(error, "--%.120s needs a value", f->name);
                r = knob_set(k, cs, f->value, reason);
                return r < 0 ? fail_set(error, f, r, reason) : 0;
        }
        for (size_t i = 0; i < cs->collector->n_options; i++) {
                const struct mx_option *o = &cs->collector->options[i];

                if (is_word(word, strlen(word), o->name) && (!f->no || o->type == MX_OPT_BOOL))
                        return apply_option(f, o, cs, error);
        }
        *ret_known = false;
        return 0;
}

static int apply_collector(const struct flag *f, struct settings *s, char *error)
{
        const char *name = f->name + strlen(COLLECTOR), *dot = strchr(name, '.');
        size_t len = dot ? (size_t)(dot - name) : strlen(name);
        const char *value = "";
        bool known;
        int r;

        for (size_t i = 0; i < s->n_collectors; i++) {
                struct collector_settings *cs = &s->collectors[i];

                if (!is_word(name, len, cs->collector->name))
                        continue;
                if (dot) {
                        r = apply_word(f, dot + 1, cs, &known, error);
                        return known ? r : unknown(error, f, s);
                }
                r = settle_bool(f, &value, error);
                if (r == 0 && parse_bool(value, &cs->enabled) < 0)
                        return fail(error, "--%.120s: '%.80s' is not true or false", f->name,
                                    value);
                return r;
        }
        r = unknown(error, f, s);
        if (s->plugins && s->plugins->n_refused > 0)
                r = settings_warn(s, error) < 0 ? fail_memory(error) : 0;
        return r;
}

int flags_apply_collectors(const struct flags *f, struct settings *s, char *error)
{
        for (size_t i = 0; i < f->n; i++) {
                int r = f->flag[i].is_done || !starts_with(f->flag[i].name, COLLECTOR)
                                ? 0
                                : apply_collector(&f->flag[i], s, error);

                if (r < 0)
                        return r;
        }
        return 0;
}
