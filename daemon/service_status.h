/* SPDX-License-Identifier: Apache-2.0 */
/* What the service manager is told: the state the daemon is in, a line for people
 * (`systemctl status` shows it), and that it is alive (sd_notify(3)). Main thread only.
 *
 * Nothing here waits or fails. What the manager cannot take now is kept and sent as soon as it can;
 * of a state or a line that has changed in the meantime, the last one. */
#ifndef SERVICE_STATUS_H
#define SERVICE_STATUS_H

#include "engine.h"

#include <systemd/sd-event.h>

#define SERVICE_STATUS_MAX  512 /* bytes of the line, with its NUL */
#define SERVICE_FAILURE_MAX 240 /* of them, at most, what a failed reload has said */

struct service_status;

/* Tells whom NOTIFY_SOCKET in the environment names; without it, nobody, and all below does
 * nothing. `engine` outlives it, `event` is referenced. Returns 0 or a negative errno. */
int service_status_new(struct service_status **ret, sd_event *event, struct engine *engine);
void service_status_free(struct service_status *s); /* accepts NULL */

/* Everything is open, and what is collected inline has been: at the start, and after a reload,
 * whatever came of it. Comes with the line. */
void service_status_ready(struct service_status *s);
void service_status_reloading(struct service_status *s);
/* The stop begins. Only the first call does anything, and nothing is told after it: what the
 * manager does not take now it will see by the process's end. */
void service_status_stopping(struct service_status *s);

/* From the next line on, each begins with this reason of a failed reload; NULL or "": with none. */
void service_status_set_failure(struct service_status *s, const char *reason);
/* Sends the line if it has changed. To be called every few seconds. */
void service_status_update(struct service_status *s);

/* Feeds the watchdog. */
void service_status_ping(struct service_status *s);

/* The line: "serving 1,532 series from 9 collectors, 2 unsupported". Series and collectors are
 * those whose results a scrape carries: the sum of memory_exporter_collector_series, so without
 * what the exporter says about itself. After them, unless there are none, those that are
 * unsupported, failed, hanging (a run is past its deadline) or starting (no run has ended yet), of
 * which a collector is at most one; one that fails or hangs is among those served too until its
 * last result expires. `failure` is put before all that, cut to SERVICE_FAILURE_MAX bytes, as one
 * line of UTF-8 without control characters; NULL or "" for none. */
void service_status_line(const struct collector_view *views, size_t n, const char *failure,
                         char ret[SERVICE_STATUS_MAX]);

#endif
