/* SPDX-License-Identifier: Apache-2.0 */
#include "http_private.h"

#include "clock.h"
#include "mx/cleanup.h"
#include "origin.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* Of a connection, for headers and for the library's copy of an answer's vector. Up to 32 KiB it
 * would take from the heap, which does not shrink. */
#define CONNECTION_MEMORY (33 * 1024)
/* The guard's limits are what holds, and can change; this one is never reached: at its own limit
 * the library accepts nobody, and those that the guard puts out are closed a moment later. */
#define CONNECTIONS_MAX 200000U
/* For everything that is not a connection. */
#define DESCRIPTORS_KEPT 256
/* An answer that its client has not taken in this time makes room for a new one. */
#define STALL_USEC 1000000

/* Descriptors for as many connections as may be, and for what the rest of the daemon has open.
 * Where there are fewer, so many connections: without a descriptor nobody can be accepted whose
 * coming would put out a silent one. */
static unsigned room_for(uint64_t connections)
{
        rlim_t wanted = connections + DESCRIPTORS_KEPT;
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
                return (unsigned)connections;
        limit.rlim_cur = MX_MIN(wanted, limit.rlim_max);
        if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted)
                return (unsigned)connections;
        connections = limit.rlim_cur > 2 * DESCRIPTORS_KEPT ? limit.rlim_cur - DESCRIPTORS_KEPT
                                                            : limit.rlim_cur / 2;
        return (unsigned)connections;
}

/* Said when it begins and whenever the number changes, not at every reload. */
static void tell_room(struct http *h, const struct guard_limits *limits, uint64_t wanted)
{
        unsigned room = limits->connections < wanted ? limits->connections : 0;
        char number[24];

        snprintf(number, sizeof(number), "%u", room);
        if (room > 0 && room != h->room_told)
                log_event(LOG_LEVEL_WARN,
                          "fewer connections than set, for want of file descriptors", "setting",
                          "web.max-connections", "possible", number, NULL);
        h->room_told = room;
}

static struct guard_limits limits_of(const struct settings *s)
{
        return (struct guard_limits){ .connections = room_for(s->max_connections),
                                      .per_address = (unsigned)s->max_connections_per_address,
                                      .requests = (unsigned)s->max_requests,
                                      .header_usec = s->header_timeout,
                                      .idle_usec = s->idle_timeout,
                                      .answer_usec = s->answer_timeout,
                                      .stall_usec = STALL_USEC };
}

void http_free(struct http *h)
{
        if (!h)
                return;
        if (h->auth)
                auth_stop(h->auth); /* resumes what waits for it */
        for (size_t i = 0; i < h->n_threads; i++)
                http_thread_stop(&h->threads[i]);
        auth_free(h->auth);
        guard_free(h->guard);
        scraper_free(h->scraper);
        web_unref(h->web);
        pool_done(&h->connections);
        pthread_mutex_destroy(&h->lock);
        free(h->telemetry_path);
        free(h->web_path);
        free(h);
}

static void http_freep(struct http **h)
{
        http_free(*h);
}

static void note_web(struct http *h, bool ok)
{
        pthread_mutex_lock(&h->lock);
        h->counts.web_ok = ok;
        if (ok) {
                h->counts.web_reloads++;
                h->counts.web_usec = clock_usec(CLOCK_REALTIME);
        } else {
                h->counts.web_failed_reloads++;
        }
        pthread_mutex_unlock(&h->lock);
}

static void warn_of(const struct web *w)
{
        if (w->tls && w->config && w->config->http2_asked)
                log_event(LOG_LEVEL_WARN, "HTTP/2 is not spoken: clients use HTTP/1.1", "file",
                          w->config->path, "key", "http_server_config.http2", NULL);
}

/* Of the file that is read, which is not that of the new settings where these name another one:
 * that takes a restart. */
static const char *origin_here(const struct http *h, const struct settings *s)
{
        bool same =
                h->web_path && s->web_config_file && strcmp(h->web_path, s->web_config_file) == 0;

        return same ? origin_of(s, offsetof(struct settings, web_config_file)) : "";
}

int http_new(struct http **ret, struct engine *engine, struct page *page,
             struct lifecycle *lifecycle, const struct settings *s, char *error)
{
        mx_cleanup_(http_freep) struct http *h = calloc(1, sizeof(*h));
        const struct guard_limits limits = limits_of(s);
        static const struct web_config none;
        int r;

        snprintf(error, SETTINGS_ERROR_MAX, "out of memory");
        if (!h)
                return -ENOMEM;
        pthread_mutex_init(&h->lock, NULL);
        pool_init(&h->connections, sizeof(struct connection));
        h->engine = engine;
        h->page = page;
        h->lifecycle = lifecycle;
        h->enable_lifecycle = s->enable_lifecycle;
        h->telemetry_path = strdup(s->telemetry_path);
        if (s->web_config_file && !(h->web_path = strdup(s->web_config_file)))
                return -ENOMEM;
        r = h->telemetry_path ? guard_new(&h->guard, &limits) : -ENOMEM;
        r = r ?: auth_new(&h->auth);
        r = r ?: scraper_new(&h->scraper, engine);
        r = r ?: web_new(&h->web, h->web_path, origin_here(h, s), error);
        r = r ?: auth_set_users(h->auth, h->web->config ? h->web->config : &none);
        if (r < 0)
                return r;
        h->is_tls = h->web->tls != NULL;
        warn_of(h->web);
        tell_room(h, &limits, s->max_connections);
        h->counts.web_ok = true;
        h->counts.web_usec = clock_usec(CLOCK_REALTIME);
        *ret = MX_TAKE_PTR(h);
        return 0;
}

bool http_is_tls(const struct http *h)
{
        return h->is_tls;
}

static int take_over(struct http *h, struct web *w, char *error)
{
        static const struct web_config none;
        const struct web_config *c = w->config ? w->config : &none;
        const struct web_config *was = h->web->config ? h->web->config : &none;
        struct web *old;
        int r;

        if (!w->tls == h->is_tls) {
                snprintf(error, SETTINGS_ERROR_MAX,
                         "%.255s: TLS cannot be switched %s while the daemon runs: restart it",
                         c->path ? c->path : was->path, w->tls ? "on" : "off");
                return -EINVAL;
        }
        /* Truncated, in between two steps of an editor or for want of disk space? */
        if (was->n_users > 0 && !c->tls && c->n_users + c->n_headers + c->rate_interval == 0) {
                snprintf(error, SETTINGS_ERROR_MAX,
                         "%.255s: it is empty, and would let in everybody: that takes a restart",
                         c->path);
                return -EINVAL;
        }
        r = auth_set_users(h->auth, c);
        if (r < 0)
                return r;
        if (was->n_users > 0 && c->n_users == 0)
                log_event(LOG_LEVEL_WARN, "no password is asked for any more", "file", c->path,
                          NULL);
        pthread_mutex_lock(&h->lock);
        if (c->rate_interval != was->rate_interval || c->rate_burst != was->rate_burst)
                h->rate_usec = 0; /* a full bucket */
        old = h->web;
        h->web = w;
        pthread_mutex_unlock(&h->lock);
        web_unref(old);
        return 0;
}

int http_reload(struct http *h, const struct settings *s, char *error)
{
        const struct guard_limits limits = limits_of(s);
        struct web *w = NULL;
        int r = web_new(&w, h->web_path, origin_here(h, s), error);

        r = r ?: take_over(h, w, error);
        note_web(h, r == 0);
        if (r < 0) {
                web_unref(w);
                return r;
        }
        warn_of(w);
        tell_room(h, &limits, s->max_connections);
        guard_set_limits(h->guard, &limits);
        return 0;
}

size_t http_files(const struct http *h, const char **ret, size_t max)
{
        const struct web_config *c = h->web->config;
        const char *const all[] = { c ? c->path : NULL, c ? c->cert_file : NULL,
                                    c ? c->key_file : NULL, c ? c->client_ca_file : NULL };
        size_t n = 0;

        for (size_t i = 0; i < MX_ARRAY_SIZE(all) && n < max; i++)
                if (all[i])
                        ret[n++] = all[i];
        return n;
}

static void set_up_session(struct connection *k)
{
        const union MHD_ConnectionInfo *info =
                MHD_get_connection_info(k->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
        struct http *h = k->http;

        pthread_mutex_lock(&h->lock);
        k->tls = tls_ref(h->web->tls);
        pthread_mutex_unlock(&h->lock);
        /* Left as the library made it, a session has no certificate: its handshake fails. */
        if (info)
                (void)!tls_set_up(k->tls, info->tls_session);
}

static void put_back(struct http *h, struct connection *k)
{
        pthread_mutex_lock(&h->lock);
        pool_put(&h->connections, k);
        pthread_mutex_unlock(&h->lock);
}

/* NULL when out of memory: the connection is ended, and its requests are not looked at. */
static struct connection *connection_new(struct http_thread *t, struct MHD_Connection *c)
{
        struct http *h = t->cls;
        int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        const struct sockaddr *address =
                MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
        struct connection *k;

        pthread_mutex_lock(&h->lock);
        k = pool_get(&h->connections);
        pthread_mutex_unlock(&h->lock);
        if (k) {
                k->http = h;
                k->thread = t;
                k->mhd = c;
                k->slot = guard_open(h->guard, fd, address);
        }
        if (!k || !k->slot) {
                shutdown(fd, SHUT_RDWR);
                if (k)
                        put_back(h, k);
                return NULL;
        }
        if (http_is_tls(h))
                set_up_session(k);
        return k;
}

static void connection_free(struct connection *k)
{
        guard_close(k->http->guard, k->slot);
        tls_unref(k->tls);
        put_back(k->http, k);
}

static void on_connection(void *cls, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
        struct http_thread *t = cls;

        if (code == MHD_CONNECTION_NOTIFY_STARTED) {
                t->accepted++;
                *context = connection_new(t, c);
        } else if (*context) {
                connection_free(*context);
        }
}

/* The library insists on a source of certificates; each session is given its own in
 * set_up_session(). */
static int no_certificate(gnutls_session_t session, const gnutls_datum_t *names, int n_names,
                          const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                          gnutls_pcert_st **pcert, unsigned *n_pcert, gnutls_privkey_t *key)
{
        (void)session, (void)names, (void)n_names, (void)algorithms, (void)n_algorithms;
        (void)pcert, (void)n_pcert, (void)key;
        return -1;
}

static struct MHD_Daemon *start_daemon(struct http *h, struct http_thread *t, int fd)
{
        unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME;
        struct MHD_OptionItem tls[] = {
                { MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)no_certificate },
                { MHD_OPTION_END, 0, NULL },
        };

        if (http_is_tls(h))
                flags |= MHD_USE_TLS;
        return MHD_start_daemon(
                flags, 0, NULL, NULL, http_on_request, h, MHD_OPTION_LISTEN_SOCKET, fd,
                MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_NOTIFY_CONNECTION,
                on_connection, t, MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, h,
                MHD_OPTION_URI_LOG_CALLBACK, http_on_uri, h, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_ARRAY,
                http_is_tls(h) ? tls : &tls[1], MHD_OPTION_END);
}

int http_listen(struct http *h, int fd, bool is_ours)
{
        struct http_thread *t = &h->threads[h->n_threads];
        struct MHD_Daemon *d;
        int r;

        if (h->n_threads == HTTP_LISTENERS_MAX) {
                mx_close(fd);
                return -E2BIG;
        }
        *t = (struct http_thread){ .cls = h, .is_ours = is_ours };
        errno = 0;                  /* the library does not always say why */
        d = start_daemon(h, t, fd); /* which owns the socket, also when it fails */
        if (!d)
                return errno > 0 ? -errno : -EIO;
        r = http_thread_start(t, d);
        if (r < 0)
                MHD_stop_daemon(d);
        else
                h->n_threads++;
        return r;
}
