/* SPDX-License-Identifier: Apache-2.0 */
/* When the collectors run: one timer for each. Main thread only. */
#ifndef LOOP_TIMERS_H
#define LOOP_TIMERS_H

#include "engine.h"

#include <systemd/sd-event.h>

struct loop_timers;

/* References `event`; `engine` outlives it. Returns 0 or -ENOMEM. */
int loop_timers_new(struct loop_timers **ret, sd_event *event, struct engine *engine);
void loop_timers_free(struct loop_timers *l); /* accepts NULL */

/* Makes a timer for every runner that the engine has now, and runs each that has not run yet:
 * those that run inline have run when it returns. One
 * that has a timer keeps it as it is, with a tick that is due and a deadline that is running; the
 * timers of runners that are gone end. Returns 0 or a negative errno; -ENOMEM changes nothing,
 * after any other some timers may be missing. */
int loop_timers_set(struct loop_timers *l);

#endif
