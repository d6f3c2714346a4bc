/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded HTTP server: libmicrohttpd, with an epoll thread of its own for each listening
 * socket. Only http*.c know the library.
 *
 * Everything below http_listen() happens on those threads. They never wait for a collector, read no
 * file of a slow one, and take no lock that is held across either. */
#ifndef HTTP_H
#define HTTP_H

#include "engine.h"

struct http;

/* Prepares the server. `telemetry_path` is copied. Returns 0 or a negative errno. */
int http_new(struct http **ret, struct engine *engine, const char *telemetry_path);

/* Serves a listening socket, which it then owns. Returns 0, -E2BIG, or another negative errno. */
int http_listen(struct http *h, int fd);

/* Closes all sockets and connections and joins the threads. Accepts NULL. */
void http_free(struct http *h);

#endif
