/* SPDX-License-Identifier: Apache-2.0 */
#include "settings.h"

#include "canonical.h"
#include "config.h"
#include "flags.h"
#include "knob.h"
#include "origin.h"
#include "plugin.h"
#include "settings_check.h"
#include "table.h"

#include <stdio.h>

static void settings_free(struct settings *s)
{
        for (size_t i = 0; i < s->n_collectors; i++) {
                options_free(s->collectors[i].options, s->collectors[i].collector);
                free(s->collectors[i].canonical);
        }
        free(s->collectors);
        plugins_free(s->plugins); /* after the options, whose tables it holds */
        for (size_t i = 0; i < s->n_listen; i++)
                free(s->listen[i]);
        free(s->listen);
        for (size_t i = 0; i < s->n_warnings; i++)
                free(s->warnings[i]);
        free(s->warnings);
        free(s->config_file);
        free(s->telemetry_path);
        free(s->web_config_file);
        free(s->procfs);
        free(s->sysfs);
        free(s->cgroupfs);
        free(s->devfs);
        free(s->plugin_dir);
        origins_free(s);
        free(s);
}

struct settings *settings_ref(struct settings *s)
{
        atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
        return s;
}

struct settings *settings_unref(struct settings *s)
{
        if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1)
                settings_free(s);
        return NULL;
}

static void unrefp(struct settings **s)
{
        settings_unref(*s);
}

static void config_freep(struct config **c)
{
        config_free(*c);
}

struct collector_settings *settings_find(const struct settings *s, const char *name)
{
        for (size_t i = 0; i < s->n_collectors; i++)
                if (strcmp(s->collectors[i].collector->name, name) == 0)
                        return &s->collectors[i];
        return NULL;
}

int settings_warn(struct settings *s, const char *text)
{
        char **grown = realloc(s->warnings, (s->n_warnings + 1) * sizeof(*grown)), *copy;

        if (!grown)
                return -ENOMEM;
        s->warnings = grown;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        s->warnings[s->n_warnings++] = copy;
        return 0;
}

static int set_defaults(struct settings *s, char *error)
{
        for (size_t i = 0; i < n_settings_knobs; i++) {
                const struct knob *k = &settings_knobs[i];
                char reason[OPTION_ERROR_MAX] = "out of memory";
                int r = knob_set(k, s, k->def, reason);

                if (r < 0) {
                        snprintf(error, SETTINGS_ERROR_MAX, "default of %s.%s: %s", k->section,
                                 k->key, reason);
                        return r;
                }
        }
        s->expiry = 0; /* settle_schedule() */
        return 0;
}

/* The expiry is 0 until the file or a flag sets it. Then it is theirs, whatever it is; else it
 * follows the interval, so that who sets only that is not asked to set both. */
static void settle_schedule(struct settings *s)
{
        s->expiry_is_set = s->expiry > 0;
        if (!s->expiry_is_set)
                s->expiry = knob_expiry(NULL, s->interval);
}

/* The schedule's expiry holds for whom it is not too short by itself: a collector may have a longer
 * interval of its own, of which somebody who sets the schedule need not know. */
static bool inherits_expiry(const struct settings *s, const struct collector_settings *cs)
{
        bool is_short = s->expiry < cs->interval && cs->interval == cs->collector->interval;

        return s->expiry_is_set && cs->collector->expiry == 0 && !is_short;
}

static void settle_collectors(struct settings *s)
{
        for (size_t i = 0; i < s->n_collectors; i++) {
                struct collector_settings *cs = &s->collectors[i];

                if (cs->expiry == 0)
                        cs->expiry = inherits_expiry(s, cs)
                                             ? s->expiry
                                             : knob_expiry(cs->collector, cs->interval);
        }
}

static int load_plugins(struct settings *s)
{
        int r;

        if (!s->plugin_dir)
                return 0;
        r = plugins_load(&s->plugins, s->plugin_dir,
                         origin_of(s, offsetof(struct settings, plugin_dir)), mx_collectors,
                         mx_n_collectors);
        for (size_t i = 0; r == 0 && i < s->plugins->n_refused; i++)
                r = settings_warn(s, s->plugins->refused[i]);
        return r;
}

static int add_collector(struct settings *s, const struct mx_collector *c, bool is_plugin,
                         bool disable_defaults, char *error)
{
        char reason[OPTION_ERROR_MAX] = "out of memory";
        struct collector_settings *cs = &s->collectors[s->n_collectors];
        int r;

        *cs = (struct collector_settings){ .collector = c,
                                           .enabled = !c->off_by_default && !disable_defaults,
                                           .is_plugin = is_plugin,
                                           .max_series = c->max_series };
        for (size_t i = 0; i < n_collector_knobs; i++) {
                const struct knob *k = &collector_knobs[i];
                uint64_t v;

                if (k->type != KNOB_DURATION ||
                    k->offset == offsetof(struct collector_settings, expiry))
                        continue;
                v = knob_collector_duration(k, c, s);
                memcpy((char *)cs + k->offset, &v, sizeof(v));
        }
        r = options_new(&cs->options, c, reason);
        if (r < 0)
                snprintf(error, SETTINGS_ERROR_MAX, "defaults of collector %s: %s", c->name,
                         reason);
        else
                s->n_collectors++;
        return r;
}

static int by_name(const void *a, const void *b)
{
        const struct collector_settings *x = a, *y = b;

        return strcmp(x->collector->name, y->collector->name);
}

static int add_collectors(struct settings *s, bool disable_defaults, char *error)
{
        size_t n_plugins = s->plugins ? s->plugins->n : 0;
        int r = 0;

        s->collectors = calloc(mx_n_collectors + n_plugins + 1, sizeof(*s->collectors));
        if (!s->collectors)
                return -ENOMEM;
        for (size_t i = 0; r == 0 && i < mx_n_collectors; i++)
                r = add_collector(s, mx_collectors[i], false, disable_defaults, error);
        for (size_t i = 0; r == 0 && i < n_plugins; i++)
                r = add_collector(s, s->plugins->plugin[i].collector, true, disable_defaults,
                                  error);
        qsort(s->collectors, s->n_collectors, sizeof(*s->collectors), by_name);
        return r;
}

static int build(struct settings **ret, const struct flags *f, const struct config *c,
                 bool with_plugins, char *error)
{
        mx_cleanup_(unrefp) struct settings *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        atomic_init(&s->refs, 1);
        if (f->config_file && !(s->config_file = strdup(f->config_file)))
                return -ENOMEM;
        r = set_defaults(s, error) ?: config_apply(c, s, error) ?: flags_apply(f, s, error);
        settle_schedule(s);
        if (r == 0 && with_plugins)
                r = load_plugins(s);
        r = r ?: add_collectors(s, f->disable_defaults, error)
                ?: config_apply_collectors(c, s, error) ?: flags_apply_collectors(f, s, error);
        settle_collectors(s);
        r = r ?: settings_check(s, c, f, error);
        for (size_t i = 0; r == 0 && i < s->n_collectors; i++)
                r = canonical_text(&s->collectors[i].canonical, &s->collectors[i]);
        if (r < 0)
                return r;
        *ret = MX_TAKE_PTR(s);
        return 0;
}

/* An error quotes what the user wrote, and is one line all the same. */
static int finish(int r, char *error)
{
        for (char *p = error; r < 0 && *p; p++)
                if ((unsigned char)*p < ' ' || *p == 0x7f)
                        *p = '?';
        return r;
}

static int load(struct settings **ret, const struct flags *f, char *error)
{
        mx_cleanup_(config_freep) struct config *c = NULL;
        mx_cleanup_(unrefp) struct settings *s = NULL;
        int r = f->config_file ? config_read(&c, f->config_file, error) : 0;

        r = r ?: build(&s, f, c, true, error);
        if (r < 0 || !s)
                return r;
        if (f->action == ACTION_CHECK_CONFIG && s->n_warnings > 0) {
                snprintf(error, SETTINGS_ERROR_MAX, "%s", s->warnings[0]);
                return -EINVAL;
        }
        *ret = MX_TAKE_PTR(s);
        return 0;
}

/* Does the line name what may bring flags of its own? */
static bool may_have_plugins(const struct flags *f)
{
        bool found = f->config_file != NULL;

        for (size_t i = 0; i < f->n; i++)
                found |= strcmp(f->flag[i].name, "path.plugins") == 0;
        return found;
}

int settings_load(struct settings **ret, int argc, char *const *argv, enum action *ret_action,
                  char *error)
{
        mx_cleanup_(flags_done) struct flags f = { 0 };
        int r;

        snprintf(error, SETTINGS_ERROR_MAX, "out of memory");
        *ret_action = ACTION_RUN;
        r = flags_parse(&f, argc, argv, error);
        if (r < 0)
                return finish(r, error);
        *ret_action = f.action;
        if (f.action == ACTION_HELP || f.action == ACTION_VERSION) {
                *ret = NULL;
                /* Whatever is wrong with the rest, who asks for help gets it. */
                if (f.action == ACTION_HELP && may_have_plugins(&f))
                        (void)load(ret, &f, error);
                return 0;
        }
        return finish(load(ret, &f, error), error);
}

int settings_load_text(struct settings **ret, const char *name, const char *text, size_t len,
                       char *error)
{
        const struct flags none = { 0 };
        mx_cleanup_(config_freep) struct config *c = NULL;
        int r;

        snprintf(error, SETTINGS_ERROR_MAX, "out of memory");
        r = config_parse(&c, name, text, len, error) ?: build(ret, &none, c, false, error);
        return finish(r, error);
}
