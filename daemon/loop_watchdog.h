/* SPDX-License-Identifier: Apache-2.0 */
/* Feeds the service manager's watchdog (WatchdogSec= of systemd.service(5)) while the daemon is
 * healthy, and lets it starve, to be ended and started anew, while it is not. Main thread only.
 *
 * What has to be healthy is what no restart of a collector can mend: the main loop, which turns if
 * this is called at all, and what is_alive() looks at. A collector that hangs or fails is not a
 * reason: the others are given another thread, and a new process would hang on the same file. */
#ifndef LOOP_WATCHDOG_H
#define LOOP_WATCHDOG_H

#include "service_status.h"

#include <stdbool.h>

/* Looks at the daemon's health in one period, each followed by a ping when it is good: the manager
 * misses five in a row before it acts. */
#define WATCHDOG_BEATS 6

struct loop_watchdog;

/* Starts the beats, the first at once, if the environment asks this process for them
 * (sd_watchdog_enabled(3)); otherwise *ret is NULL. is_alive(cls) may be NULL. All is borrowed,
 * `event` is referenced. Returns 0 or a negative errno. */
int loop_watchdog_new(struct loop_watchdog **ret, sd_event *event, struct service_status *status,
                      bool (*is_alive)(void *cls), void *cls);
void loop_watchdog_free(struct loop_watchdog *w); /* accepts NULL */

/* The main thread is about to do something long: it has a whole period for it, unless the daemon
 * was found unhealthy. Accepts NULL. */
void loop_watchdog_expect(struct loop_watchdog *w);

#endif
