/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that runs one of libmicrohttpd's daemons, started with MHD_USE_EPOLL. The library has
 * threads of its own, but in 0.9.75 neither will do:
 *
 * - The one with epoll waits anew, before it handles anything, when exactly as many events have
 *   come at once as it takes in one go (128): that many clients are not answered until one more
 *   comes.
 * - The one with poll looks through all that every connection has sent so far whenever anything
 *   happens on any: 500 clients with 32 KiB of an endless line each take 15 ms of every answer. */
#ifndef HTTP_THREAD_H
#define HTTP_THREAD_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

struct http_thread {
        void *cls; /* the owner's */
        struct MHD_Daemon *daemon;
        int wake_fd; /* an eventfd */
        atomic_bool ends;
        pthread_t thread;
};

/* Runs `daemon`, which is owned from then on. On failure, a negative errno, it stays the caller's.
 */
int http_thread_start(struct http_thread *t, struct MHD_Daemon *daemon);
/* Makes it look at its connections now: after MHD_resume_connection(), which wakes only the
 * library's own threads. Any thread. */
void http_thread_wake(const struct http_thread *t);
/* Ends the thread and the daemon. */
void http_thread_stop(struct http_thread *t);

#endif
