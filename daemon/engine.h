/* SPDX-License-Identifier: Apache-2.0 */
/* All collectors of the daemon, and the store of what they last said. The main thread schedules,
 * reloads and stops; the HTTP thread refreshes and takes snapshots; both through here.
 *
 * Invariant: `runners` is replaced only by the main thread, holding both shared.inline_lane and
 * shared.lock, and so may be read by whoever holds either. */
#ifndef ENGINE_H
#define ENGINE_H

#include "runner.h"

struct engine {
        struct runner_shared shared;
        struct settings *settings;
        struct mx_host host;
        struct runner **runners; /* of the enabled collectors, in the order of the settings */
        size_t n_runners;
        uint64_t started_wall; /* CLOCK_REALTIME, microseconds */

        /* Written by the main thread, read by the HTTP thread. */
        atomic_ulong reloads, failed_reloads;
        atomic_ulong
                reload_wall;   /* of the last reload that succeeded; CLOCK_REALTIME, microseconds */
        atomic_bool reload_ok; /* the last one did */
};

/* Opens the host's directories. Fails with one line in `error` (SETTINGS_ERROR_MAX bytes). */
int host_open(struct mx_host *ret, const struct settings *s, char *error);
void host_close(struct mx_host *h);

/* `settings` is referenced. On failure `error` says why. Collects nothing yet. */
int engine_init(struct engine *e, struct settings *settings, char *error);

/* Takes over new settings: collectors of which only the schedule changes, or nothing, go on with
 * all that they know, the others are stopped and made anew. Fails without a change when memory is
 * short. Main thread. The caller counts reloads. */
int engine_reload(struct engine *e, struct settings *settings, char *error);

/* Stops all workers, waiting for at most `limit_usec` in all. Returns how many hang. When it
 * returns 0 the engine is freed; otherwise what the hanging threads use stays as it is, for the
 * process to end with. */
size_t engine_stop(struct engine *e, uint64_t limit_usec);

/* Which collectors a scrape asks for. */
struct selection {
        bool exclude; /* all but the named, instead of only the named */
        size_t n;     /* 0: all */
        const char *const *names;
};

/* Runs the selected inline collectors that are older than min_age, unless somebody is at it
 * already. */
void engine_refresh(struct engine *e, const struct selection *sel, uint64_t now_usec);

/* Takes references on the current fragments of the selected collectors, leaving out those past
 * their expiry. Returns how many; `ret` has room for `max`. */
size_t engine_snapshot(struct engine *e, const struct selection *sel, uint64_t now_usec,
                       struct fragment **ret, size_t max);

/* What to say about each collector. Copies under the lock; returns how many. */
struct collector_view {
        char name[64]; /* a copy: a plugin's goes with it */
        struct runner_status status;
        bool is_worker;
        bool watches; /* looks at its source between runs, or could if it were set to */
        bool served;  /* there is a result that is not past its expiry */
        uint64_t served_usec, served_wall, series,
                bytes; /* of that result; as in struct fragment */
        /* Why it is unsupported or failed, as one line; else empty. A copy, as the name is; the
         * pointers in status.err are not to be followed. */
        char reason[160];
};
size_t engine_view(struct engine *e, uint64_t now_usec, struct collector_view *ret, size_t max);

enum known {
        KNOWN_ENABLED,
        KNOWN_DISABLED,
        KNOWN_NOT,
};
/* Is there a collector of this name? Any thread. */
enum known engine_knows(struct engine *e, const char *name);

/* Has every collector had its first outcome, or been overdue with it? */
bool engine_ready(struct engine *e);

#define ENGINE_COLLECTORS_MAX SETTING_COLLECTORS_MAX /* settings refuse more */

#endif
