/* SPDX-License-Identifier: Apache-2.0 */
/* What http.c, http_request.c and http_web.c share. */
#ifndef HTTP_PRIVATE_H
#define HTTP_PRIVATE_H

#include "guard.h"
#include "http.h"
#include "http_auth.h"
#include "http_scrape.h"
#include "http_thread.h"
#include "http_tls.h"
#include "pool.h"

#include <microhttpd.h>

#define HTTP_LISTENERS_MAX 32

/* Answers that are the same for everybody. */
enum constant {
        HEALTHY,
        READY,
        NOT_READY,
        STOPPING,
        NOT_FOUND,
        GET_ONLY,
        POST_ONLY,
        NO_LIFECYCLE,
        RELOADED,
        UNAUTHORIZED,
        TOO_FAST,
        TOO_MANY,
        NO_ROOM,
        TOO_LARGE,
        URI_TOO_LONG,
        URI_HAS_NUL,
        CONSTANTS,
};

/* What the web configuration file says, ready for use. Immutable, shared by reference: a request
 * keeps the one it began with. */
struct web {
        atomic_uint refs;
        struct web_config *config; /* NULL when there is no file */
        struct tls *tls;           /* NULL: plain HTTP */
        struct MHD_Response *constant[CONSTANTS];
};

/* `path` of the web configuration file; NULL for none. `origin` as web_config_read() has it. */
int web_new(struct web **ret, const char *path, const char *origin, char *error);
struct web *web_unref(struct web *w); /* accepts and returns NULL */
unsigned web_code(enum constant which);
/* One that says besides that it is the connection's last. NULL when out of memory. */
struct MHD_Response *web_last_constant(const struct web *w, enum constant which);
/* False when out of memory. A NULL value adds nothing. */
bool web_add_header(struct MHD_Response *r, const char *name, const char *value);
/* Adds what every answer carries, and what the file asks for: that wins over the former, and not
 * over what the answer has already. False when out of memory. */
bool web_add_headers(const struct web *w, struct MHD_Response *r);

struct http {
        struct http_thread threads[HTTP_LISTENERS_MAX]; /* one for each listening socket */
        size_t n_threads;
        struct engine *engine;
        struct page *page;
        struct lifecycle *lifecycle;
        struct scraper *scraper;
        struct guard *guard;
        struct auth *auth;
        char *telemetry_path, *web_path; /* as at the start, like the two below */
        bool is_tls, enable_lifecycle;
        atomic_bool drains;     /* every answer is the last on its connection */
        atomic_bool auth_stops; /* who is refused has not been verified */
        unsigned room_told; /* connections, where fewer are possible than set; main thread only */

        pthread_mutex_t lock; /* guards all below, for a few instructions */
        struct web *web;
        struct pool connections;
        uint64_t rate_credit, rate_usec; /* microseconds: see http_request.c */
        struct self_http counts;
};

/* A connection, and the request that is under way on it. */
enum step {
        STEP_NEW,
        STEP_VERIFYING, /* suspended, until auth_submit()'s answer */
        STEP_LET_IN,
        STEP_REFUSED,
        STEP_BUSY,
        STEP_STOPPING,
        STEP_RELOADING, /* suspended, until lifecycle_ask()'s answer */
        STEP_RELOADED,
};

struct connection {
        struct http *http;
        struct http_thread *thread; /* that it is served by */
        struct MHD_Connection *mhd;
        struct guard_slot *slot;
        struct tls *tls; /* what its session was set up with; NULL: plain */

        bool has_begun;  /* the headers are complete */
        bool uri_is_bad; /* `bad_uri` says why */
        enum constant bad_uri;
        enum step step;
        struct web *web;
        uint64_t body;                   /* bytes so far, which nobody wants */
        char reason[SETTINGS_ERROR_MAX]; /* why the reload failed; empty: it did not */
};

/* http_request.c: libmicrohttpd's callbacks. */
void *http_on_uri(void *cls, const char *uri, struct MHD_Connection *c);
enum MHD_Result http_on_request(void *cls, struct MHD_Connection *c, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **state);
void http_on_completed(void *cls, struct MHD_Connection *c, void **state,
                       enum MHD_RequestTerminationCode code);

#endif
