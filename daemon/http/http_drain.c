/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. The threads are ended first, and what they did is gone on with here, on one: nothing has
 * to be handed between threads while the daemon ends, and the library's daemons do not care who
 * runs them. Who rests is known to the guard, which makes him look gone; everybody else ends by his
 * answer. */
#include "http_private.h"

#include "clock.h"
#include "listener.h"
#include "mx/cleanup.h"

#include <stdio.h>

/* Of a run, which accepts eleven: more than there can be in the queue. */
#define ROUNDS_MAX (2 * LISTENER_BACKLOG / 11)

/* A queue that another process has as well is its from now on. Ours goes with the socket: those who
 * are in it have been told that they are connected, so they are accepted. */
static void stop_listening(struct http_thread *t)
{
        uint64_t before;
        int fd;

        if (t->is_ours &&
            listener_bar(MHD_get_daemon_info(t->daemon, MHD_DAEMON_INFO_LISTEN_FD)->listen_fd) < 0)
                log_event(LOG_LEVEL_DEBUG, "clients that connect now may be lost", NULL);
        for (int i = 0; t->is_ours && i < ROUNDS_MAX; i++) {
                before = t->accepted;
                http_thread_run(t);
                if (t->accepted == before)
                        break;
        }
        fd = MHD_quiesce_daemon(t->daemon); /* which does not close it any more */
        mx_close(fd);
}

static size_t connections_of(const struct http *h)
{
        size_t n = 0;

        for (size_t i = 0; i < h->n_threads; i++)
                n += http_thread_connections(&h->threads[i]);
        return n;
}

/* Until all connections have ended, or until then on CLOCK_MONOTONIC. Returns how many are left. */
static size_t serve_until(struct http *h, uint64_t end)
{
        struct pollfd p[HTTP_LISTENERS_MAX * HTTP_THREAD_FDS];
        size_t left;

        while ((left = connections_of(h)) > 0) {
                uint64_t now = clock_usec(CLOCK_MONOTONIC);
                int wait;

                if (now >= end)
                        break;
                wait = (int)((end - now + 999) / 1000);
                for (size_t i = 0; i < h->n_threads; i++) {
                        int ms = http_thread_timeout(&h->threads[i]);

                        http_thread_wait_for(&h->threads[i], &p[i * HTTP_THREAD_FDS]);
                        if (ms >= 0)
                                wait = MX_MIN(wait, ms);
                }
                (void)poll(p, h->n_threads * HTTP_THREAD_FDS, wait);
                for (size_t i = 0; i < h->n_threads; i++)
                        http_thread_run(&h->threads[i]);
        }
        return left;
}

size_t http_drain(struct http *h, uint64_t limit_usec)
{
        uint64_t end = clock_usec(CLOCK_MONOTONIC) + limit_usec;
        size_t left;

        if (!h)
                return 0;
        atomic_store(&h->drains, true);
        for (size_t i = 0; i < h->n_threads; i++)
                http_thread_end(&h->threads[i]);
        for (size_t i = 0; i < h->n_threads; i++)
                stop_listening(&h->threads[i]);
        guard_drain(h->guard);
        left = serve_until(h, end - limit_usec / 4);
        if (left == 0)
                return 0;
        atomic_store(&h->auth_stops, true);
        auth_stop(h->auth);
        return serve_until(h, end);
}
