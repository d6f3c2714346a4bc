/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter says about itself: memory_exporter_*. Written anew for every scrape, by the
 * HTTP thread alone, through the same sink and tables as everything else. */
#ifndef SELF_H
#define SELF_H

#include "engine.h"
#include "guard.h"
#include "http_auth.h"

#define SELF_CODES_MAX 16 /* distinct HTTP status codes this program answers with */

extern const struct mx_family self_families[];
extern const size_t n_self_families;

/* What the HTTP server has counted. */
struct self_http {
        struct {
                unsigned code;
                uint64_t count;
        } codes[SELF_CODES_MAX]; /* answers given, by status code */
        size_t n_codes;

        bool has_web_config;
        bool web_ok; /* the last attempt to load it succeeded */
        uint64_t web_usec, web_reloads, web_failed_reloads;
        uint64_t tls_not_after; /* seconds; 0: no TLS */
        struct guard_counts guard;
        struct auth_counts auth;
};
void self_http_count(struct self_http *h, unsigned code);

struct self;

int self_new(struct self **ret);
void self_free(struct self *s); /* accepts NULL; fragments handed out stay valid */

/* A fragment with the current values, which the caller owns, or NULL when out of memory. `http` may
 * be NULL. */
struct fragment *self_collect(struct self *s, struct engine *e, const struct self_http *http,
                              uint64_t now_usec);

#endif
