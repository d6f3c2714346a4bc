/* SPDX-License-Identifier: Apache-2.0 */
#include "http_private.h"

#include "listener.h"

/* DESIGN. Calls are counted, not time: a process that was stopped as a whole (a debugger, a frozen
 * cgroup, a virtual machine that was moved) has threads that have not turned for long, and a caller
 * who has not called for as long. */

/* The thread is named by what it serves. */
static void tell(const struct http_thread *t, enum log_level level, const char *id,
                 const char *message)
{
        char address[LISTENER_TEXT_MAX];

        listener_text(MHD_get_daemon_info(t->daemon, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd,
                      address);
        log_event_id(level, id, 0, message, "address", address, NULL);
}

static bool is_alive(struct http_thread *t)
{
        if (!http_thread_has_turned(t)) {
                if (++t->missed == HTTP_MISSED_MAX)
                        tell(t, LOG_LEVEL_ERROR, LOG_ID_HTTP_STUCK,
                             "an HTTP thread does not answer");
                return t->missed < HTTP_MISSED_MAX;
        }
        if (t->missed >= HTTP_MISSED_MAX)
                tell(t, LOG_LEVEL_INFO, NULL, "an HTTP thread answers again");
        t->missed = 0;
        http_thread_ask(t);
        return true;
}

bool http_is_alive(struct http *h)
{
        bool alive = true;

        for (size_t i = 0; i < h->n_threads; i++)
                alive &= is_alive(&h->threads[i]);
        return alive;
}
