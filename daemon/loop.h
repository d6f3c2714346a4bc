/* SPDX-License-Identifier: Apache-2.0 */
/* The main thread: signals, timers, reload, watchdog. */
#ifndef LOOP_H
#define LOOP_H

#include "engine.h"

struct lifecycle;
struct loop;

/* What the loop does for the web side, all of it on the main thread. Any member may be NULL. */
struct loop_hooks {
        /* Reloads are asked for here, too. It is stopped when the loop ends. */
        struct lifecycle *lifecycle;

        /* Listens. Called by loop_run() when every inline collector has had its first run, so that
         * no scrape comes too early, and before the service manager is told. Returns 0 or a
         * negative errno, which loop_run() returns. */
        int (*listen)(void *cls);

        /* Reads the web configuration anew and takes over what a reload can change of `s`, which is
         * borrowed for the call. Called first at every reload, when the new settings are known to
         * be good: when it fails, nothing at all changes. Called with the settings in force when a
         * file that web_paths() names has changed. Returns 0, or a negative errno with one line in
         * `error` (SETTINGS_ERROR_MAX bytes) and nothing changed. */
        int (*reload_web)(void *cls, const struct settings *s, char *error);

        /* Puts the paths of the files that reload_web() reads, at most `max`, and returns how many.
         * They stay valid until the next call of reload_web(). Asked when the loop starts, and
         * after every call of reload_web(), whether it succeeded or not. */
        size_t (*web_paths)(void *cls, const char **ret, size_t max);

        /* Called every five seconds. */
        void (*note)(void *cls);

        /* Do the web side's threads turn? Called WATCHDOG_BEATS times (loop_watchdog.h) in each
         * period of the service manager's watchdog, which starves while this is false; never when
         * there is no watchdog. Does not wait. */
        bool (*is_alive)(void *cls);

        void *cls; /* of the five; outlives the loop, as does the lifecycle */
};

/* Blocks the signals that the loop reads from a descriptor. Comes before any thread is started: one
 * that has them unblocked would take them, and end the process. */
void loop_block_signals(void);

/* Prepares the event loop. argc and argv are kept, to read the settings anew at a reload; `hooks`
 * is copied, and may be NULL. */
int loop_new(struct loop **ret, struct engine *engine, const struct loop_hooks *hooks, int argc,
             char *const *argv);
void loop_free(struct loop *l); /* accepts NULL */

/* Runs until SIGTERM or SIGINT. Returns 0 or a negative errno. */
int loop_run(struct loop *l);

#endif
