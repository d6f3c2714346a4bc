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
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define HTTP_THREAD_FDS 2

struct http_thread {
        void *cls;         /* the owner's */
        bool is_ours;      /* the listening socket: no other process has it. The owner's */
        uint64_t accepted; /* connections so far. The owner's, who is called on the thread */
        struct MHD_Daemon *daemon;
        int wake_fd; /* an eventfd */
        atomic_bool ends;
        bool is_joined;
        atomic_uint asked, turned; /* turns asked for; of them, those that have come */
        unsigned missed;           /* of http_health.c: calls in a row that found it not turned */
        pthread_t thread;
};

/* Runs `daemon`, which is owned from then on. On failure, a negative errno, it stays the caller's.
 */
int http_thread_start(struct http_thread *t, struct MHD_Daemon *daemon);
/* Makes it look at its connections now: after MHD_resume_connection(), which wakes only the
 * library's own threads. Any thread. */
void http_thread_wake(const struct http_thread *t);
/* Has it handled all that there was to handle, from beginning to end, since the last
 * http_thread_ask(), which does not wait? One thread asks. */
void http_thread_ask(struct http_thread *t);
bool http_thread_has_turned(const struct http_thread *t);
/* Ends the thread and leaves the daemon to the caller, to run it himself, or not at all, until
 * http_thread_stop(). Nothing happens on connections in between but by these three:
 * what to wait for, how long at most in milliseconds (-1: for ever), and what to do then. */
void http_thread_end(struct http_thread *t);
void http_thread_wait_for(const struct http_thread *t, struct pollfd ret[HTTP_THREAD_FDS]);
int http_thread_timeout(const struct http_thread *t);
void http_thread_run(struct http_thread *t);
/* How many connections it has. Not while the thread runs. */
unsigned http_thread_connections(const struct http_thread *t);
/* Ends the thread, if it has not ended yet, and the daemon. */
void http_thread_stop(struct http_thread *t);

#endif
