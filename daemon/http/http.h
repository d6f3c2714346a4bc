/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded HTTP server: libmicrohttpd, with a thread for each listening socket. Only http*.c
 * know the library.
 *
 * Everything below http_listen() happens on those threads. They never wait for a collector, a
 * verification of a password or a reload, read no file of a slow collector, and take no lock that
 * is held across any of these. */
#ifndef HTTP_H
#define HTTP_H

#include "engine.h"
#include "lifecycle.h"
#include "page.h"

struct http;

/* Prepares the server as `s` says, web configuration file included. `engine`, `page` and
 * `lifecycle` outlive it. Returns 0, or a negative errno with one line in `error`
 * (SETTINGS_ERROR_MAX bytes). */
int http_new(struct http **ret, struct engine *engine, struct page *page,
             struct lifecycle *lifecycle, const struct settings *s, char *error);

/* Reads the web configuration file of `s`, if any, and what it names, and forgets it. Returns 0, or
 * a negative errno with one line in `error`. */
int http_check(const struct settings *s, char *error);

/* Serves a listening socket, which it then owns. `is_ours`: no other process has it. Returns 0,
 * -E2BIG, or another negative errno. */
int http_listen(struct http *h, int fd, bool is_ours);

/* Does it speak TLS? */
bool http_is_tls(const struct http *h);

/* Takes over the limits, and reads the web configuration file and what it names anew, without
 * dropping a connection. On failure nothing changes, and `error` says why. Main thread. */
int http_reload(struct http *h, const struct settings *s, char *error);

/* The files that decide about TLS and users: puts at most `max` paths into ret, valid until the
 * next reload. Returns how many. Main thread. */
size_t http_files(const struct http *h, const char **ret, size_t max);

/* Ends without losing a client: accepts nobody any more, but for those who are in the queue of a
 * socket that is ours, closes the listening sockets, and goes on serving, on the calling thread,
 * until all connections have ended or `limit_usec` is over. Each gets its answer, the last one
 * (Connection: close); one that rests between two requests is closed at once. In the last quarter
 * of the time, who still waits for a verification is told to try again (503). Returns how many
 * connections are left, for http_free() to cut. Comes after lifecycle_stop(). Accepts NULL. */
size_t http_drain(struct http *h, uint64_t limit_usec);

/* Has every thread turned since one of the last HTTP_MISSED_MAX calls? A call asks each for a turn,
 * and does not wait for it. To be called at a steady pace; which thread does not answer, and that
 * it does again, is logged once. Main thread. */
#define HTTP_MISSED_MAX 3
bool http_is_alive(struct http *h);

/* Closes all sockets and connections and joins the threads. Comes after lifecycle_stop(). Accepts
 * NULL. */
void http_free(struct http *h);

#endif
