/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. The library calls for a request when its headers are complete, for each piece of its
 * body, and once more at its end, where everything is decided: rate limit, credentials, path,
 * method. A request that has to wait, for bcrypt or for a reload, suspends its connection and is
 * called at its end again when it is resumed. */
#include "clock.h"
#include "http_private.h"
#include "mx/cleanup.h"
#include "mx/scan.h"
#include "negotiate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define URI_MAX  8192
#define BODY_MAX 65536 /* bytes that are read past before the connection is closed */

static struct connection *connection_of(struct MHD_Connection *c)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

        return info ? info->socket_context : NULL;
}

/* From then on the connection may be gone at any time. */
static void resume(struct connection *k)
{
        const struct http_thread *t = k->thread;

        MHD_resume_connection(k->mhd);
        http_thread_wake(t);
}

static enum MHD_Result answer(struct connection *k, unsigned code, struct MHD_Response *response)
{
        struct http *h = k->http;

        pthread_mutex_lock(&h->lock);
        self_http_count(&h->counts, code);
        pthread_mutex_unlock(&h->lock);
        return MHD_queue_response(k->mhd, code, response);
}

static bool drains(const struct connection *k)
{
        return atomic_load(&k->http->drains);
}

static enum MHD_Result answer_constant(struct connection *k, enum constant which)
{
        struct MHD_Response *last = drains(k) ? web_last_constant(k->web, which) : NULL;
        enum MHD_Result result = answer(k, web_code(which), last ?: k->web->constant[which]);

        if (last)
                MHD_destroy_response(last);
        return result;
}

/* Takes the response over. */
static enum MHD_Result answer_made(struct connection *k, unsigned code, struct MHD_Response *r,
                                   const char *type)
{
        bool whole = web_add_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type) &&
                     web_add_header(r, MHD_HTTP_HEADER_CONNECTION, drains(k) ? "close" : NULL) &&
                     web_add_headers(k->web, r);
        enum MHD_Result result = whole ? answer(k, code, r) : answer_constant(k, NO_ROOM);

        MHD_destroy_response(r);
        return result;
}

/* A text made for this answer alone. */
static enum MHD_Result answer_text(struct connection *k, unsigned code, const char *text)
{
        struct MHD_Response *r = MHD_create_response_from_buffer(
                strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);

        return r ? answer_made(k, code, r, "text/plain; charset=utf-8")
                 : answer_constant(k, NO_ROOM);
}

struct query {
        const char *names[2][ENGINE_COLLECTORS_MAX]; /* collect[], exclude[] */
        size_t n[2];
        bool too_many;
};

static enum MHD_Result add_argument(void *cls, enum MHD_ValueKind kind, const char *key,
                                    const char *value)
{
        struct query *q = cls;
        int which = strcmp(key, "collect[]") == 0 ? 0 : strcmp(key, "exclude[]") == 0 ? 1 : -1;

        (void)kind;
        if (which < 0)
                return MHD_YES; /* not ours: proxies and humans add arguments */
        if (q->n[which] == ENGINE_COLLECTORS_MAX)
                q->too_many = true;
        else
                q->names[which][q->n[which]++] = value ? value : "";
        return MHD_YES;
}

/* node_exporter's rules and words. False when `error` says what is wrong. */
static bool select_collectors(struct connection *k, struct query *q, struct selection *ret,
                              char *error, size_t error_size)
{
        MHD_get_connection_values(k->mhd, MHD_GET_ARGUMENT_KIND, add_argument, q);
        if (q->too_many) {
                snprintf(error, error_size, "Too many collectors are named.\n");
                return false;
        }
        if (q->n[0] > 0 && q->n[1] > 0) {
                snprintf(error, error_size,
                         "Combined collect and exclude queries are not allowed.\n");
                return false;
        }
        for (size_t w = 0; w < 2; w++)
                for (size_t i = 0; i < q->n[w]; i++) {
                        enum known known = engine_knows(k->http->engine, q->names[w][i]);

                        if (known == KNOWN_ENABLED)
                                continue;
                        snprintf(error, error_size, "%s collector: %.64s\n",
                                 known == KNOWN_NOT ? "missing" : "disabled", q->names[w][i]);
                        return false;
                }
        *ret = (struct selection){ .exclude = q->n[1] > 0,
                                   .n = q->n[0] + q->n[1],
                                   .names = q->n[1] > 0 ? q->names[1] : q->names[0] };
        return true;
}

static struct self_http count_now(struct http *h)
{
        struct self_http counts;

        pthread_mutex_lock(&h->lock);
        counts = h->counts;
        counts.has_web_config = h->web->config != NULL;
        counts.tls_not_after = h->web->tls ? tls_not_after(h->web->tls) : 0;
        pthread_mutex_unlock(&h->lock);
        guard_counts(h->guard, &counts.guard);
        counts.auth = auth_counts(h->auth);
        return counts;
}

static struct MHD_Response *response_of(struct scrape *scrape)
{
        if (scrape->n_iov == 1)
                return MHD_create_response_from_buffer_with_free_callback_cls(
                        scrape->iov[0].iov_len, scrape->iov[0].iov_base, scrape_release, scrape);
        return MHD_create_response_from_iovec((const struct MHD_IoVec *)(const void *)scrape->iov,
                                              (unsigned)scrape->n_iov, scrape_release, scrape);
}

static enum MHD_Result answer_metrics(struct connection *k)
{
        struct MHD_Connection *c = k->mhd;
        const char *accept =
                MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
        const char *encoding =
                MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);
        enum mx_format format = negotiate_format(accept);
        struct query query = { .n = { 0, 0 } };
        struct selection sel;
        struct self_http counts;
        struct scrape *scrape;
        struct MHD_Response *r;
        char error[128];

        if (!select_collectors(k, &query, &sel, error, sizeof(error)))
                return answer_text(k, MHD_HTTP_BAD_REQUEST, error);
        if (!guard_admit(k->http->guard, k->slot))
                return answer_constant(k, TOO_MANY);
        counts = count_now(k->http);
        scrape = scraper_answer(k->http->scraper, &sel, format, negotiate_encoding(encoding),
                                k->tls != NULL, &counts);
        if (!scrape)
                return answer_constant(k, NO_ROOM);
        r = response_of(scrape);
        if (!r) {
                scrape_release(scrape);
                return answer_constant(k, NO_ROOM);
        }
        if (!web_add_header(r, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding") ||
            !web_add_header(r, MHD_HTTP_HEADER_CONTENT_ENCODING,
                            content_encodings[scrape->encoding])) {
                MHD_destroy_response(r);
                return answer_constant(k, NO_ROOM);
        }
        return answer_made(k, MHD_HTTP_OK, r, content_types[format]);
}

static enum MHD_Result answer_page(struct connection *k)
{
        struct page_text *text;
        struct MHD_Response *r;

        if (!guard_admit(k->http->guard, k->slot))
                return answer_constant(k, TOO_MANY);
        text = page_render(k->http->page);
        if (!text)
                return answer_constant(k, NO_ROOM);
        r = MHD_create_response_from_buffer_with_free_callback_cls(
                text->len, (void *)(uintptr_t)text->data, page_text_unref, text);
        if (!r) {
                page_text_unref(text);
                return answer_constant(k, NO_ROOM);
        }
        if (!web_add_header(r, "Content-Security-Policy", page_policy(k->http->page))) {
                MHD_destroy_response(r);
                return answer_constant(k, NO_ROOM);
        }
        return answer_made(k, MHD_HTTP_OK, r, "text/html; charset=utf-8");
}

static enum MHD_Result answer_healthy(struct connection *k)
{
        return answer_constant(k, HEALTHY);
}

static enum MHD_Result answer_ready(struct connection *k)
{
        if (drains(k))
                return answer_constant(k, STOPPING);
        return answer_constant(k, engine_ready(k->http->engine) ? READY : NOT_READY);
}

static void on_reloaded(void *cls, const char *reason)
{
        struct connection *k = cls;

        snprintf(k->reason, sizeof(k->reason), "%s", reason ? reason : "");
        k->step = reason == lifecycle_ending ? STEP_STOPPING : STEP_RELOADED;
        resume(k);
}

static enum MHD_Result answer_reloaded(struct connection *k)
{
        char text[SETTINGS_ERROR_MAX + 64];

        if (!k->reason[0])
                return answer_constant(k, RELOADED);
        snprintf(text, sizeof(text), "The reload failed, the old configuration stays: %s\n",
                 k->reason);
        return answer_text(k, MHD_HTTP_INTERNAL_SERVER_ERROR, text);
}

static enum MHD_Result answer_reload(struct connection *k)
{
        int r;

        if (!k->http->enable_lifecycle)
                return answer_constant(k, NO_LIFECYCLE);
        if (k->step == STEP_RELOADED)
                return answer_reloaded(k);
        k->step = STEP_RELOADING;
        MHD_suspend_connection(k->mhd);
        r = lifecycle_ask(k->http->lifecycle, on_reloaded, k);
        if (r < 0) {
                k->step = r == -ESHUTDOWN ? STEP_STOPPING : STEP_BUSY;
                resume(k);
        }
        return MHD_YES;
}

static const struct route {
        const char *path; /* NULL: the telemetry path */
        enum MHD_Result (*answer)(struct connection *k);
        bool changes; /* POST or PUT, not GET or HEAD */
} routes[] = {
        { NULL, answer_metrics, false },         { "/", answer_page, false },
        { "/-/healthy", answer_healthy, false }, { "/-/ready", answer_ready, false },
        { "/-/reload", answer_reload, true },
};

static enum MHD_Result follow_route(struct connection *k, const char *url, const char *method)
{
        const struct route *r = routes, *end = routes + MX_ARRAY_SIZE(routes);
        bool reads = strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
                     strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
        bool changes = strcmp(method, MHD_HTTP_METHOD_POST) == 0 ||
                       strcmp(method, MHD_HTTP_METHOD_PUT) == 0;

        while (r < end && strcmp(url, r->path ? r->path : k->http->telemetry_path) != 0)
                r++;
        if (r == end)
                return answer_constant(k, NOT_FOUND);
        if (r->changes ? !changes : !reads)
                return answer_constant(k, r->changes ? POST_ONLY : GET_ONLY);
        return r->answer(k);
}

/* A bucket of `burst` requests that fills by one every interval. The credit is kept in time. */
static bool is_within_rate(struct http *h, const struct web_config *c)
{
        uint64_t now, full;
        bool good = true;

        if (!c || c->rate_interval == 0)
                return true;
        full = c->rate_interval * c->rate_burst;
        pthread_mutex_lock(&h->lock);
        now = clock_usec(CLOCK_MONOTONIC); /* with the lock, so that it never goes back */
        h->rate_credit =
                h->rate_usec == 0 ? full : MX_MIN(full, h->rate_credit + (now - h->rate_usec));
        h->rate_usec = now;
        if (h->rate_credit < c->rate_interval)
                good = false;
        else
                h->rate_credit -= c->rate_interval;
        pthread_mutex_unlock(&h->lock);
        return good;
}

static void on_verified(void *cls, bool good)
{
        struct connection *k = cls;

        k->step = good                                ? STEP_LET_IN
                  : atomic_load(&k->http->auth_stops) ? STEP_STOPPING
                                                      : STEP_REFUSED;
        resume(k);
}

/* STEP_LET_IN, STEP_REFUSED, or STEP_VERIFYING when the connection has been suspended. */
static enum step authenticate(struct connection *k)
{
        struct http *h = k->http;
        const char *header =
                MHD_lookup_connection_value(k->mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_AUTHORIZATION);

        switch (auth_check(h->auth, header)) {
        case AUTH_OK:
                return STEP_LET_IN;
        case AUTH_REFUSED:
                return STEP_REFUSED;
        case AUTH_ASK:
                break;
        }
        k->step = STEP_VERIFYING;
        MHD_suspend_connection(k->mhd);
        if (auth_submit(h->auth, header, guard_slot_address(k->slot), on_verified, k) < 0) {
                k->step = STEP_BUSY;
                resume(k);
        }
        return STEP_VERIFYING; /* from here on k->step may change at any time */
}

static enum MHD_Result decide(struct connection *k, const char *url, const char *method)
{
        enum step step = k->step;

        if (step == STEP_NEW) {
                guard_request(k->http->guard, k->slot);
                if (k->uri_is_bad)
                        return answer_constant(k, k->bad_uri);
                if (!is_within_rate(k->http, k->web->config))
                        return answer_constant(k, TOO_FAST);
                step = authenticate(k);
        }
        switch (step) {
        case STEP_VERIFYING:
        case STEP_RELOADING:
                return MHD_YES;
        case STEP_REFUSED:
                return answer_constant(k, UNAUTHORIZED);
        case STEP_BUSY:
                return answer_constant(k, drains(k) ? STOPPING : NO_ROOM);
        case STEP_STOPPING:
                return answer_constant(k, STOPPING);
        case STEP_NEW:
        case STEP_LET_IN:
        case STEP_RELOADED:
                break;
        }
        return follow_route(k, url, method);
}

static bool has_large_body(struct MHD_Connection *c)
{
        const char *p =
                MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
        uint64_t length;

        return p && (mx_scan_u64(&p, p + strlen(p), &length) < 0 || length > BODY_MAX);
}

static void begin(struct connection *k)
{
        struct http *h = k->http;

        k->has_begun = true;
        k->step = STEP_NEW;
        k->body = 0;
        pthread_mutex_lock(&h->lock);
        k->web = h->web;
        atomic_fetch_add(&k->web->refs, 1);
        pthread_mutex_unlock(&h->lock);
}

void *http_on_uri(void *cls, const char *uri, struct MHD_Connection *c)
{
        struct connection *k = connection_of(c);

        (void)cls;
        if (!k)
                return NULL;
        guard_begun(k->slot);
        k->bad_uri = strlen(uri) > URI_MAX ? URI_TOO_LONG : URI_HAS_NUL;
        k->uri_is_bad = k->bad_uri == URI_TOO_LONG || strstr(uri, "%00");
        return NULL;
}

enum MHD_Result http_on_request(void *cls, struct MHD_Connection *c, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_size, void **state)
{
        struct connection *k = connection_of(c);

        (void)cls, (void)version, (void)upload, (void)state;
        if (!k)
                return MHD_NO;
        if (!k->has_begun) {
                begin(k);
                if (!has_large_body(c))
                        return MHD_YES;
                guard_request(k->http->guard, k->slot);
                return answer_constant(k, TOO_LARGE);
        }
        if (*upload_size > 0) {
                k->body += *upload_size;
                *upload_size = 0;
                return k->body > BODY_MAX ? MHD_NO : MHD_YES;
        }
        return decide(k, url, method);
}

void http_on_completed(void *cls, struct MHD_Connection *c, void **state,
                       enum MHD_RequestTerminationCode code)
{
        struct connection *k = connection_of(c);

        (void)cls, (void)state, (void)code;
        if (!k || !k->has_begun)
                return;
        k->has_begun = false;
        guard_done(k->http->guard, k->slot);
        k->web = web_unref(k->web);
}
