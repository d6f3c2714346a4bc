/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include "clock.h"
#include "http_scrape.h"
#include "mx/cleanup.h"
#include "negotiate.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#ifndef MX_VERSION
#define MX_VERSION "unknown"
#endif

#define LISTENERS_MAX      32
#define CONNECTIONS_MAX    512 /* at once, for each listening socket: more wait in its queue */
#define CONNECTION_MEMORY  (48 * 1024) /* headers, and the library's copy of an answer's vector */
#define CONNECTION_TIMEOUT 150 /* seconds idle: Prometheus keeps its connection between scrapes */
#define THREAD_STACK       (256 * 1024)

struct http {
        struct MHD_Daemon *daemon[LISTENERS_MAX]; /* one for each listening socket */
        size_t n_daemons;
        struct engine *engine;
        struct scraper *scraper;
        char *telemetry_path;
        atomic_uint connections;
        pthread_mutex_t counts_lock;
        struct self_http counts; /* under counts_lock */
        struct MHD_Response *healthy, *ready, *not_ready, *landing, *not_found, *not_allowed,
                *no_memory;
};

static enum MHD_Result answer(struct http *h, struct MHD_Connection *c, unsigned code,
                              struct MHD_Response *response)
{
        pthread_mutex_lock(&h->counts_lock);
        self_http_count(&h->counts, code);
        pthread_mutex_unlock(&h->counts_lock);
        return MHD_queue_response(c, code, response);
}

/* A text made for this answer alone. */
static enum MHD_Result answer_text(struct http *h, struct MHD_Connection *c, unsigned code,
                                   const char *text)
{
        struct MHD_Response *r = MHD_create_response_from_buffer(
                strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
        enum MHD_Result result;

        if (!r)
                return MHD_NO;
        MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
        result = answer(h, c, code, r);
        MHD_destroy_response(r);
        return result;
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
static bool select_collectors(struct http *h, struct MHD_Connection *c, struct query *q,
                              struct selection *ret, char *error, size_t error_size)
{
        MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, add_argument, q);
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
                        enum known k = engine_knows(h->engine, q->names[w][i]);

                        if (k == KNOWN_ENABLED)
                                continue;
                        snprintf(error, error_size, "%s collector: %.64s\n",
                                 k == KNOWN_NOT ? "missing" : "disabled", q->names[w][i]);
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

        pthread_mutex_lock(&h->counts_lock);
        counts = h->counts;
        pthread_mutex_unlock(&h->counts_lock);
        counts.connections = atomic_load(&h->connections);
        return counts;
}

static enum MHD_Result answer_metrics(struct http *h, struct MHD_Connection *c)
{
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
        enum MHD_Result result;
        char error[128];

        if (!select_collectors(h, c, &query, &sel, error, sizeof(error)))
                return answer_text(h, c, MHD_HTTP_BAD_REQUEST, error);
        counts = count_now(h);
        scrape = scraper_answer(h->scraper, &sel, format, negotiate_gzip(encoding), &counts);
        if (!scrape)
                return answer(h, c, MHD_HTTP_SERVICE_UNAVAILABLE, h->no_memory);
        if (scrape->n_iov == 1)
                r = MHD_create_response_from_buffer_with_free_callback_cls(
                        scrape->iov[0].iov_len, scrape->iov[0].iov_base, scrape_release, scrape);
        else
                r = MHD_create_response_from_iovec(
                        (const struct MHD_IoVec *)(const void *)scrape->iov,
                        (unsigned)scrape->n_iov, scrape_release, scrape);
        if (!r) {
                scrape_release(scrape);
                return answer(h, c, MHD_HTTP_SERVICE_UNAVAILABLE, h->no_memory);
        }
        MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, content_types[format]);
        MHD_add_response_header(r, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
        if (scrape->gzip)
                MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
        result = answer(h, c, MHD_HTTP_OK, r);
        MHD_destroy_response(r);
        return result;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
        struct http *h = cls;

        (void)version, (void)upload;
        if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
                return answer(h, c, MHD_HTTP_METHOD_NOT_ALLOWED, h->not_allowed);
        /* The first call comes after the headers, the next ones with a body, which nobody wants
         * here. */
        if (!*state) {
                *state = h;
                return MHD_YES;
        }
        if (*upload_size > 0) {
                *upload_size = 0;
                return MHD_YES;
        }
        if (strcmp(url, h->telemetry_path) == 0)
                return answer_metrics(h, c);
        if (strcmp(url, "/-/healthy") == 0)
                return answer(h, c, MHD_HTTP_OK, h->healthy);
        if (strcmp(url, "/-/ready") == 0)
                return engine_ready(h->engine)
                               ? answer(h, c, MHD_HTTP_OK, h->ready)
                               : answer(h, c, MHD_HTTP_SERVICE_UNAVAILABLE, h->not_ready);
        if (strcmp(url, "/") == 0)
                return answer(h, c, MHD_HTTP_OK, h->landing);
        return answer(h, c, MHD_HTTP_NOT_FOUND, h->not_found);
}

static struct MHD_Response *constant(const char *text, const char *type)
{
        struct MHD_Response *r = MHD_create_response_from_buffer(
                strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);

        if (r)
                MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
        return r;
}

static struct MHD_Response *landing_page(const char *telemetry_path)
{
        mx_cleanup_free_ char *text = NULL;

        /* The path has been checked to hold nothing that HTML would take for its own. */
        if (asprintf(&text,
                     "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
                     "<title>memory_exporter</title></head>\n<body>\n<h1>memory_exporter</h1>\n"
                     "<p>The memory of this host, for Prometheus. Version " MX_VERSION
                     ".</p>\n<ul>\n"
                     "<li><a href=\"%s\">Metrics</a></li>\n<li><a "
                     "href=\"/-/healthy\">Health</a></li>\n"
                     "<li><a href=\"/-/ready\">Readiness</a></li>\n</ul>\n</body>\n</html>\n",
                     telemetry_path) < 0)
                return NULL;
        return constant(text, "text/html; charset=utf-8");
}

static int make_constants(struct http *h)
{
        static const char plain[] = "text/plain; charset=utf-8";

        h->healthy = constant("memory_exporter is healthy.\n", plain);
        h->ready = constant("memory_exporter is ready.\n", plain);
        h->not_ready = constant("memory_exporter is still at its first collection.\n", plain);
        h->not_found = constant(
                "There is nothing here. Metrics are under /metrics unless set otherwise.\n", plain);
        h->not_allowed = constant("Only GET and HEAD are answered here.\n", plain);
        h->no_memory = constant("There is no room for one more answer.\n", plain);
        h->landing = landing_page(h->telemetry_path);
        if (!h->healthy || !h->ready || !h->not_ready || !h->not_found || !h->not_allowed ||
            !h->no_memory || !h->landing)
                return -ENOMEM;
        MHD_add_response_header(h->not_allowed, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
        return 0;
}

static void destroy(struct MHD_Response *r)
{
        if (r)
                MHD_destroy_response(r);
}

void http_free(struct http *h)
{
        if (!h)
                return;
        for (size_t i = 0; i < h->n_daemons; i++)
                MHD_stop_daemon(h->daemon[i]);
        destroy(h->healthy);
        destroy(h->ready);
        destroy(h->not_ready);
        destroy(h->landing);
        destroy(h->not_found);
        destroy(h->not_allowed);
        destroy(h->no_memory);
        scraper_free(h->scraper);
        pthread_mutex_destroy(&h->counts_lock);
        free(h->telemetry_path);
        free(h);
}

static void http_freep(struct http **h)
{
        http_free(*h);
}

int http_new(struct http **ret, struct engine *engine, const char *telemetry_path)
{
        mx_cleanup_(http_freep) struct http *h = calloc(1, sizeof(*h));
        int r;

        if (!h)
                return -ENOMEM;
        pthread_mutex_init(&h->counts_lock, NULL);
        h->engine = engine;
        h->telemetry_path = strdup(telemetry_path);
        r = h->telemetry_path ? make_constants(h) : -ENOMEM;
        r = r ?: scraper_new(&h->scraper, engine);
        if (r < 0)
                return r;
        *ret = MX_TAKE_PTR(h);
        return 0;
}

static void on_connection(void *cls, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
        struct http *h = cls;

        (void)c, (void)context;
        if (code == MHD_CONNECTION_NOTIFY_STARTED)
                atomic_fetch_add(&h->connections, 1);
        else
                atomic_fetch_sub(&h->connections, 1);
}

int http_listen(struct http *h, int fd)
{
        struct MHD_Daemon *d;

        if (h->n_daemons == LISTENERS_MAX) {
                mx_close(fd);
                return -E2BIG;
        }
        d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, on_request,
                             h, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                             (unsigned)CONNECTIONS_MAX, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
                             h, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                             MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT,
                             MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK, MHD_OPTION_END);
        if (!d)
                return errno > 0 ? -errno : -EIO;
        h->daemon[h->n_daemons++] = d;
        return 0;
}
