/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. The manager counts on CLOCK_MONOTONIC, which stands still while the machine sleeps, and
 * so does the timer here: a suspend, however long, is no missed beat. Beats are not made up for:
 * the next one is a whole interval after the last was handled. */
#include "loop_watchdog.h"

#include "clock.h"
#include "mx/cleanup.h"

#include <errno.h>
#include <systemd/sd-daemon.h>

#define BEAT_MIN_USEC 1000 /* whatever the environment says */

struct loop_watchdog {
        struct service_status *status;
        bool (*is_alive)(void *cls);
        void *cls;
        sd_event_source *timer;
        uint64_t beat_usec;
        bool was_alive;
};

static int on_beat(sd_event_source *source, uint64_t usec, void *cls)
{
        struct loop_watchdog *w = cls;

        (void)usec;
        w->was_alive = !w->is_alive || w->is_alive(w->cls);
        if (w->was_alive)
                service_status_ping(w->status);
        return sd_event_source_set_time(source, clock_usec(CLOCK_MONOTONIC) + w->beat_usec);
}

void loop_watchdog_expect(struct loop_watchdog *w)
{
        if (w && w->was_alive)
                service_status_ping(w->status);
}

int loop_watchdog_new(struct loop_watchdog **ret, sd_event *event, struct service_status *status,
                      bool (*is_alive)(void *cls), void *cls)
{
        struct loop_watchdog *w;
        uint64_t period;
        int r = sd_watchdog_enabled(0, &period);

        *ret = NULL;
        if (r < 0)
                log_errno(LOG_LEVEL_WARN, r,
                          "the service manager's watchdog cannot be fed: what it says in "
                          "WATCHDOG_USEC or WATCHDOG_PID is not a number",
                          NULL);
        if (r <= 0)
                return 0;
        w = calloc(1, sizeof(*w));
        if (!w)
                return -ENOMEM;
        w->status = status;
        w->is_alive = is_alive;
        w->cls = cls;
        w->beat_usec = MX_MAX(period / WATCHDOG_BEATS, BEAT_MIN_USEC);
        r = sd_event_add_time(event, &w->timer, CLOCK_MONOTONIC, clock_usec(CLOCK_MONOTONIC),
                              w->beat_usec / 10, on_beat, w);
        if (r >= 0)
                r = sd_event_source_set_enabled(w->timer, SD_EVENT_ON);
        if (r < 0) {
                loop_watchdog_free(w);
                return r;
        }
        *ret = w;
        return 0;
}

void loop_watchdog_free(struct loop_watchdog *w)
{
        if (!w)
                return;
        sd_event_source_disable_unref(w->timer);
        free(w);
}
