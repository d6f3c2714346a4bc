/* SPDX-License-Identifier: Apache-2.0 */
#include "http_private.h"

#include "mx/cleanup.h"
#include "origin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char plain[] = "text/plain; charset=utf-8";

/* clang-format off */
static const struct {
        unsigned code;
        const char *text;
        const char *header, *value; /* one more; NULL for none */
} constants[CONSTANTS] = {
        [HEALTHY] = { MHD_HTTP_OK, "memory_exporter is healthy.\n", NULL, NULL },
        [READY] = { MHD_HTTP_OK, "memory_exporter is ready.\n", NULL, NULL },
        [NOT_READY] = { MHD_HTTP_SERVICE_UNAVAILABLE,
                        "memory_exporter is still at its first collection.\n", NULL, NULL },
        [STOPPING] = { MHD_HTTP_SERVICE_UNAVAILABLE, "memory_exporter is stopping.\n",
                       MHD_HTTP_HEADER_RETRY_AFTER, "1" },
        [NOT_FOUND] = { MHD_HTTP_NOT_FOUND, "There is nothing here; the page at / lists what there is.\n",
                        NULL, NULL },
        [GET_ONLY] = { MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.\n",
                       MHD_HTTP_HEADER_ALLOW, "GET, HEAD" },
        [POST_ONLY] = { MHD_HTTP_METHOD_NOT_ALLOWED, "Only POST and PUT are answered here.\n",
                        MHD_HTTP_HEADER_ALLOW, "POST, PUT" },
        [NO_LIFECYCLE] = { MHD_HTTP_FORBIDDEN,
                           "Reloads over HTTP are off; --web.enable-lifecycle turns them on.\n",
                           NULL, NULL },
        [RELOADED] = { MHD_HTTP_OK, "The configuration has been reloaded.\n", NULL, NULL },
        [UNAUTHORIZED] = { MHD_HTTP_UNAUTHORIZED, "A user name and a password are needed.\n",
                           MHD_HTTP_HEADER_WWW_AUTHENTICATE,
                           "Basic realm=\"memory_exporter\", charset=\"UTF-8\"" },
        [TOO_FAST] = { MHD_HTTP_TOO_MANY_REQUESTS,
                       "More requests come than rate_limit in the web configuration file allows.\n",
                       MHD_HTTP_HEADER_RETRY_AFTER, "1" },
        [TOO_MANY] = { MHD_HTTP_SERVICE_UNAVAILABLE,
                       "As many requests are in flight as --web.max-requests allows.\n",
                       MHD_HTTP_HEADER_RETRY_AFTER, "1" },
        [NO_ROOM] = { MHD_HTTP_SERVICE_UNAVAILABLE,
                      "There is no room for one more answer at the moment.\n",
                      MHD_HTTP_HEADER_RETRY_AFTER, "1" },
        [TOO_LARGE] = { MHD_HTTP_CONTENT_TOO_LARGE, "No request here needs a body.\n",
                        NULL, NULL },
        [URI_TOO_LONG] = { MHD_HTTP_URI_TOO_LONG, "The address is longer than 8192 bytes.\n",
                           NULL, NULL },
        [URI_HAS_NUL] = { MHD_HTTP_BAD_REQUEST,
                          "The address holds %00, which no path or name here has.\n", NULL, NULL },
};

/* What every answer carries: it is of the moment, and what it says it is. */
static const char *const always[][2] = {
        { "Cache-Control", "no-store" },
        { "X-Content-Type-Options", "nosniff" },
        { "X-Frame-Options", "deny" },
        { "Referrer-Policy", "no-referrer" },
};
/* clang-format on */

unsigned web_code(enum constant which)
{
        return constants[which].code;
}

static bool is_configured(const struct web_config *c, const char *name)
{
        for (size_t i = 0; c && i < c->n_headers; i++)
                if (strcasecmp(c->headers[i].name, name) == 0)
                        return true;
        return false;
}

bool web_add_header(struct MHD_Response *r, const char *name, const char *value)
{
        return !value || MHD_add_response_header(r, name, value) == MHD_YES;
}

bool web_add_headers(const struct web *w, struct MHD_Response *r)
{
        const struct web_config *c = w->config;
        bool good = true;

        for (size_t i = 0; good && i < MX_ARRAY_SIZE(always); i++)
                if (!is_configured(c, always[i][0]))
                        good = web_add_header(r, always[i][0], always[i][1]);
        for (size_t i = 0; good && c && i < c->n_headers; i++)
                if (!MHD_get_response_header(r, c->headers[i].name))
                        good = web_add_header(r, c->headers[i].name, c->headers[i].value);
        return good;
}

struct web *web_unref(struct web *w)
{
        if (!w || atomic_fetch_sub(&w->refs, 1) != 1)
                return NULL;
        for (size_t i = 0; i < CONSTANTS; i++)
                if (w->constant[i])
                        MHD_destroy_response(w->constant[i]);
        tls_unref(w->tls);
        web_config_free(w->config);
        free(w);
        return NULL;
}

static void web_unrefp(struct web **w)
{
        web_unref(*w);
}

static struct MHD_Response *make_constant(const struct web *w, enum constant which)
{
        const char *text = constants[which].text;
        struct MHD_Response *r = MHD_create_response_from_buffer(
                strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);

        if (!r)
                return NULL;
        if (web_add_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, plain) &&
            web_add_header(r, constants[which].header, constants[which].value) &&
            web_add_headers(w, r))
                return r;
        MHD_destroy_response(r);
        return NULL;
}

struct MHD_Response *web_last_constant(const struct web *w, enum constant which)
{
        struct MHD_Response *r = make_constant(w, which);

        if (r && web_add_header(r, MHD_HTTP_HEADER_CONNECTION, "close"))
                return r;
        if (r)
                MHD_destroy_response(r);
        return NULL;
}

int web_new(struct web **ret, const char *path, const char *origin, char *error)
{
        mx_cleanup_(web_unrefp) struct web *w = calloc(1, sizeof(*w));
        int r = 0;

        snprintf(error, SETTINGS_ERROR_MAX, "out of memory");
        if (!w)
                return -ENOMEM;
        atomic_init(&w->refs, 1);
        if (path)
                r = web_config_read(&w->config, path, origin, error);
        if (r == 0 && w->config && w->config->tls)
                r = tls_new(&w->tls, w->config, error);
        if (r < 0)
                return r;
        for (size_t i = 0; i < CONSTANTS; i++) {
                w->constant[i] = make_constant(w, (enum constant)i);
                if (!w->constant[i])
                        return -ENOMEM;
        }
        *ret = MX_TAKE_PTR(w);
        return 0;
}

int http_check(const struct settings *s, char *error)
{
        struct web *w = NULL;
        int r = web_new(&w, s->web_config_file,
                        origin_of(s, offsetof(struct settings, web_config_file)), error);

        web_unref(w);
        return r;
}
