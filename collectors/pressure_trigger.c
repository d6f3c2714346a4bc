/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel is told:
 *
 *   some 200000 2000000\0       stall and window in microseconds */
#include "pressure_trigger.h"

#include <stdio.h>

enum {
        KEY_SOME,
        KEY_FULL,
        KEY_WINDOW,
        KEY_CGROUP,
};

const char *const mx_trigger_keys[] = { "some", "full", "window", "cgroup", NULL };

/* A tenth of the time is felt, half of it is an outage. All of them work without privilege. */
const struct mx_trigger mx_trigger_defaults[] = {
        { "some_10_percent", NULL, false, 200000, MX_TRIGGER_WINDOW_COMMON },
        { "some_50_percent", NULL, false, 1000000, MX_TRIGGER_WINDOW_COMMON },
        { "full_5_percent", NULL, true, 100000, MX_TRIGGER_WINDOW_COMMON },
        { "full_50_percent", NULL, true, 1000000, MX_TRIGGER_WINDOW_COMMON },
        { 0 },
};

static bool is_default(const char *name)
{
        for (size_t i = 0; mx_trigger_defaults[i].name; i++)
                if (strcmp(mx_trigger_defaults[i].name, name) == 0)
                        return true;
        return false;
}

static const char *check_cgroup(const char *path)
{
        const char *p = path;

        if (path[0] != '/')
                return "'cgroup' does not begin with '/': it is the path below the cgroup mount";
        if (strlen(path) > MX_TRIGGER_CGROUP_MAX)
                return "'cgroup' is longer than 1024 bytes";
        if (path[1] == '\0')
                return NULL;
        while (*p) {
                size_t n = strcspn(++p, "/");

                if (n == 0)
                        return "'cgroup' has an empty component, or a '/' at its end";
                if ((n == 1 && p[0] == '.') || (n == 2 && memcmp(p, "..", 2) == 0))
                        return "'cgroup' has a component '.' or '..'";
                p += n;
        }
        return NULL;
}

static const char *not_shorter(bool full, bool has_window)
{
        if (has_window)
                return full ? "'full' is not shorter than 'window'"
                            : "'some' is not shorter than 'window'";
        return full ? "'full' is not shorter than the window, which is 2s without 'window'"
                    : "'some' is not shorter than the window, which is 2s without 'window'";
}

const char *mx_trigger_parse(const struct mx_row *row, struct mx_trigger *ret)
{
        struct mx_trigger t = { .name = row->name,
                                .cgroup = row->text[KEY_CGROUP],
                                .full = row->text[KEY_FULL] != NULL,
                                .window = MX_TRIGGER_WINDOW_COMMON };
        const char *stall = row->text[t.full ? KEY_FULL : KEY_SOME];
        const char *wrong = t.cgroup ? check_cgroup(t.cgroup) : NULL;

        if (is_default(t.name))
                return "'name' is that of a threshold which is built in";
        if (row->text[KEY_SOME] && row->text[KEY_FULL])
                return "both 'some' and 'full' are given: one trigger watches one of them";
        if (!stall)
                return "neither 'some' nor 'full' says how long a stall it takes";
        if (mx_duration_parse(stall, &t.stall) < 0)
                return t.full ? "'full' is not a duration such as 150ms"
                              : "'some' is not a duration such as 150ms";
        if (row->text[KEY_WINDOW] && mx_duration_parse(row->text[KEY_WINDOW], &t.window) < 0)
                return "'window' is not a duration such as 2s";
        if (t.window < MX_TRIGGER_WINDOW_MIN || t.window > MX_TRIGGER_WINDOW_MAX)
                return "'window' is not between 500ms and 10s";
        if (t.stall == 0)
                return t.full ? "'full' is not above 0" : "'some' is not above 0";
        if (t.stall >= t.window)
                return not_shorter(t.full, row->text[KEY_WINDOW] != NULL);
        if (!wrong)
                *ret = t;
        return wrong;
}

size_t mx_trigger_text(const struct mx_trigger *t, char ret[MX_TRIGGER_TEXT_MAX])
{
        int n = snprintf(ret, MX_TRIGGER_TEXT_MAX, "%s %llu %llu", t->full ? "full" : "some",
                         (unsigned long long)t->stall, (unsigned long long)t->window);

        return (size_t)n + 1;
}

bool mx_trigger_prove(const struct mx_trigger *t, struct mx_trigger_proof *p, uint64_t total,
                      bool privileged)
{
        /* Both totals are cut to whole microseconds, so the difference may lack one. */
        uint64_t least = p->proven || privileged ? 1 : t->stall - (t->stall > 1);

        if (total != MX_ABSENT && p->total != MX_ABSENT &&
            (total < p->total || total - p->total < least))
                return false;
        *p = (struct mx_trigger_proof){ .total = total, .proven = true };
        return true;
}
