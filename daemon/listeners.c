/* SPDX-License-Identifier: Apache-2.0 */
#include "listeners.h"

#include "listener.h"
#include "mx/cleanup.h"
#include "service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SOCKETS_PER_ADDRESS 8
#define SOCKETS_PASSED_MAX  32

struct listeners {
        struct listener_file *files;
        size_t n_files;
};

struct to {
        int (*serve)(void *cls, int fd, bool is_ours);
        void *cls;
        const char *path; /* for the log */
};

static int serve_all(const struct to *to, const int *fds, size_t n, bool is_ours)
{
        size_t i = 0;
        int r = 0;

        for (; r == 0 && i < n; i++) {
                char text[LISTENER_TEXT_MAX];

                listener_text(fds[i], text);
                r = to->serve(to->cls, fds[i], is_ours);
                if (r == 0)
                        log_event(LOG_LEVEL_INFO, "listening", "address", text, "path", to->path,
                                  NULL);
                else
                        log_errno(LOG_LEVEL_ERROR, r, "cannot serve", "address", text, NULL);
        }
        for (; i < n; i++)
                mx_close(fds[i]);
        return r;
}

static int open_named(struct listeners *l, const struct settings *s, const struct to *to)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < s->n_listen; i++) {
                int fds[SOCKETS_PER_ADDRESS], n;
                const char *what, *why;

                n = listener_open(s->listen[i], fds, MX_ARRAY_SIZE(fds), &l->files[l->n_files],
                                  &what, &why);
                if (n < 0) {
                        log_errno(LOG_LEVEL_ERROR, why ? 0 : n, what, "address", s->listen[i],
                                  "reason", why, NULL);
                        return n;
                }
                l->n_files++;
                r = serve_all(to, fds, (size_t)n, true);
        }
        return r;
}

/* *ret_none: there are none, and there need not be. */
static int open_passed(const struct settings *s, const struct to *to, bool *ret_none)
{
        char error[SETTINGS_ERROR_MAX];
        int fds[SOCKETS_PASSED_MAX], n = service_sockets(fds, MX_ARRAY_SIZE(fds), error);

        *ret_none = n == 0 && !s->systemd_socket;
        if (*ret_none)
                return 0;
        if (n == 0) {
                snprintf(error, sizeof(error),
                         "no socket was passed (a .socket unit starts the daemon with some)");
                n = -ENOENT;
        }
        if (n < 0) {
                log_event(LOG_LEVEL_ERROR, "cannot listen on the service manager's sockets",
                          "reason", error, NULL);
                return n;
        }
        log_event(LOG_LEVEL_INFO,
                  "listening on the service manager's sockets: listen addresses are ignored", NULL);
        return serve_all(to, fds, (size_t)n, false);
}

void listeners_free(struct listeners *l)
{
        if (!l)
                return;
        for (size_t i = 0; i < l->n_files; i++)
                listener_file_remove(&l->files[i]);
        free(l->files);
        free(l);
}

static void listeners_freep(struct listeners **l)
{
        listeners_free(*l);
}

int listeners_open(struct listeners **ret, const struct settings *s,
                   int (*serve)(void *cls, int fd, bool is_ours), void *cls)
{
        mx_cleanup_(listeners_freep) struct listeners *l = calloc(1, sizeof(*l));
        const struct to to = { serve, cls, s->telemetry_path };
        bool none;
        int r;

        if (l)
                l->files = calloc(s->n_listen, sizeof(*l->files));
        if (!l || !l->files) {
                log_errno(LOG_LEVEL_ERROR, ENOMEM, "cannot listen", NULL);
                return -ENOMEM;
        }
        r = open_passed(s, &to, &none);
        if (none)
                r = open_named(l, s, &to);
        if (r < 0)
                return r;
        *ret = MX_TAKE_PTR(l);
        return 0;
}
