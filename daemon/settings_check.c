/* SPDX-License-Identifier: Apache-2.0 */
#include "settings_check.h"

#include "config.h"
#include "flags.h"
#include "option.h"

#include <stdio.h>
#include <string.h>

#define WHERE_MAX 320
#define KEY_MAX   40

struct check {
        const struct settings *settings;
        const struct config *config;
        const struct flags *flags;
        char *error;
        char where[WHERE_MAX];
};

/* Does the schedule in the file set this? */
static bool in_schedule(struct check *k, const char *key)
{
        config_where(k->config, "schedule", key, NULL, k->where, sizeof(k->where));
        return k->where[0];
}

/* Does a flag or the file set this of the collector? The flag beats the file. */
static bool in_collector(struct check *k, const struct collector_settings *cs, const char *key)
{
        if (!flags_where(k->flags, cs->collector->name, key, k->where, sizeof(k->where)))
                config_where(k->config, "collectors", cs->collector->name, key, k->where,
                             sizeof(k->where));
        return k->where[0];
}

static int fail(const struct check *k, const struct collector_settings *cs, const char *what,
                uint64_t usec, const char *other, uint64_t other_usec)
{
        char a[NUMBER_TEXT_MAX], b[NUMBER_TEXT_MAX];

        snprintf(k->error, SETTINGS_ERROR_MAX, "%s%s%s: %s (%s) is %s than %s (%s)", k->where,
                 cs ? "collector " : "schedule", cs ? cs->collector->name : "", what,
                 duration_text(usec, a), usec < other_usec ? "shorter" : "longer", other,
                 duration_text(other_usec, b));
        return -EINVAL;
}

static int check_schedule(struct check *k)
{
        const struct settings *s = k->settings;

        if (s->expiry < s->interval) {
                (void)(in_schedule(k, "expiry") || in_schedule(k, "interval"));
                return fail(k, NULL, "expiry", s->expiry, "interval", s->interval);
        }
        /* What has hung for so long has lost its last result before anything is reported. A default
         * may be as long: who sets a short expiry alone need not know of it. */
        if (s->deadline > s->expiry && in_schedule(k, "deadline"))
                return fail(k, NULL, "deadline", s->deadline, "expiry", s->expiry);
        return 0;
}

static int check_collector(struct check *k, const struct collector_settings *cs)
{
        uint64_t min_age = k->settings->min_age;

        if (cs->expiry < min_age) {
                (void)(in_collector(k, cs, "expiry") || in_schedule(k, "min_age") ||
                       in_schedule(k, "expiry"));
                return fail(k, cs, "expiry", cs->expiry, "min_age", min_age);
        }
        if (cs->expiry < cs->interval) {
                (void)(in_collector(k, cs, "expiry") || in_collector(k, cs, "interval") ||
                       in_schedule(k, "expiry"));
                return fail(k, cs, "expiry", cs->expiry, "interval", cs->interval);
        }
        if (cs->deadline > cs->expiry && in_collector(k, cs, "deadline"))
                return fail(k, cs, "deadline", cs->deadline, "expiry", cs->expiry);
        return 0;
}

/* What the collector says of its options is a warning, as each of them is good. */
static int check_options(struct check *k, struct settings *s, const struct collector_settings *cs)
{
        const char *wrong = mx_collector_check_options(cs->collector, cs->options);
        const char *quote = wrong ? strchr(wrong, '\'') : NULL;
        char key[KEY_MAX] = "", text[SETTINGS_ERROR_MAX];

        if (!wrong)
                return 0;
        if (quote)
                snprintf(key, sizeof(key), "%.*s", (int)strcspn(quote + 1, "'"), quote + 1);
        (void)in_collector(k, cs, key);
        snprintf(text, sizeof(text), "%scollector %s: %.160s", k->where, cs->collector->name,
                 wrong);
        return settings_warn(s, text);
}

int settings_check(struct settings *s, const struct config *c, const struct flags *f, char *error)
{
        struct check k = { .settings = s, .config = c, .flags = f, .error = error };
        int r = check_schedule(&k);

        for (size_t i = 0; r == 0 && i < s->n_collectors; i++)
                if (s->collectors[i].enabled)
                        r = check_collector(&k, &s->collectors[i])
                                    ?: check_options(&k, s, &s->collectors[i]);
        return r;
}
