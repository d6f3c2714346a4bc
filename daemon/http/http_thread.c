/* SPDX-License-Identifier: Apache-2.0 */
#include "http_thread.h"

#include "mx/cleanup.h"
#include "thread.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int timeout_of(struct MHD_Daemon *d)
{
        MHD_UNSIGNED_LONG_LONG ms;

        if (MHD_get_timeout(d, &ms) != MHD_YES)
                return -1;
        return ms > INT_MAX ? INT_MAX : (int)ms;
}

static unsigned connections_of(struct MHD_Daemon *d)
{
        return MHD_get_daemon_info(d, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

/* Out of descriptors, the library takes the listening socket out of its set, and puts it back at
 * the start of the first run after a connection has closed: of that run nothing else need wake us.
 */
static void run_once(struct MHD_Daemon *d)
{
        unsigned before;

        do {
                before = connections_of(d);
                MHD_run(d);
        } while (connections_of(d) < before);
}

static void *run(void *cls)
{
        struct http_thread *t = cls;
        int epoll_fd = MHD_get_daemon_info(t->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
        struct pollfd p[] = { { .fd = t->wake_fd, .events = POLLIN },
                              { .fd = epoll_fd, .events = POLLIN } };
        uint64_t wakes;
        unsigned asked;

        while (!atomic_load(&t->ends)) {
                (void)poll(p, MX_ARRAY_SIZE(p), timeout_of(t->daemon));
                if (p[0].revents & POLLIN)
                        (void)!read(t->wake_fd, &wakes, sizeof(wakes));
                asked = atomic_load(&t->asked);
                run_once(t->daemon);
                atomic_store(&t->turned, asked);
        }
        return NULL;
}

int http_thread_start(struct http_thread *t, struct MHD_Daemon *daemon)
{
        int r;

        t->daemon = daemon;
        atomic_init(&t->ends, false);
        atomic_init(&t->asked, 0);
        atomic_init(&t->turned, 0);
        t->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (t->wake_fd < 0)
                return -errno;
        r = thread_start(&t->thread, "http", run, t);
        if (r < 0)
                close(t->wake_fd);
        return r;
}

void http_thread_wake(const struct http_thread *t)
{
        const uint64_t one = 1;

        (void)!write(t->wake_fd, &one, sizeof(one));
}

void http_thread_ask(struct http_thread *t)
{
        atomic_fetch_add(&t->asked, 1);
        http_thread_wake(t);
}

bool http_thread_has_turned(const struct http_thread *t)
{
        return atomic_load(&t->turned) == atomic_load(&t->asked);
}

void http_thread_end(struct http_thread *t)
{
        if (t->is_joined)
                return;
        atomic_store(&t->ends, true);
        http_thread_wake(t);
        pthread_join(t->thread, NULL);
        t->is_joined = true;
}

void http_thread_wait_for(const struct http_thread *t, struct pollfd ret[HTTP_THREAD_FDS])
{
        int epoll_fd = MHD_get_daemon_info(t->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

        ret[0] = (struct pollfd){ .fd = t->wake_fd, .events = POLLIN };
        ret[1] = (struct pollfd){ .fd = epoll_fd, .events = POLLIN };
}

int http_thread_timeout(const struct http_thread *t)
{
        return timeout_of(t->daemon);
}

void http_thread_run(struct http_thread *t)
{
        uint64_t wakes;

        (void)!read(t->wake_fd, &wakes, sizeof(wakes));
        run_once(t->daemon);
}

unsigned http_thread_connections(const struct http_thread *t)
{
        return connections_of(t->daemon);
}

void http_thread_stop(struct http_thread *t)
{
        http_thread_end(t);
        MHD_stop_daemon(t->daemon);
        close(t->wake_fd);
}
