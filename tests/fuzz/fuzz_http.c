/* SPDX-License-Identifier: Apache-2.0 */
/* Request bytes against the real server, over a real socket: it answers nothing or with HTTP, and
 * closes when the client has. The first byte says which server: 0 plain and open, 1 with users, a
 * rate limit and headers of its own. Collectors run at scrape time only; nobody schedules them. */
#include "http.h"
#include "listener.h"
#include "mx/cleanup.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct server {
        struct engine engine;
        struct page *page;
        struct lifecycle *lifecycle;
        struct http *http;
        char name[64]; /* of the abstract socket */
};

static void check(bool good, const char *what)
{
        if (good)
                return;
        fprintf(stderr, "fuzz_http: %s\n", what);
        abort();
}

/* Stands in for the main thread. */
static void *serve_reloads(void *cls)
{
        struct lifecycle *l = cls;
        struct pollfd p = { .fd = lifecycle_fd(l), .events = POLLIN };

        for (unsigned n = 0; poll(&p, 1, -1) >= 0; n++) {
                lifecycle_begin(l);
                lifecycle_end(l, n % 2 ? "the harness: every other one fails" : NULL);
        }
        return NULL;
}

static const char web_config[] =
        "basic_auth_users:\n"
        "  fuzz: $2b$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC\n"
        "rate_limit: { interval: 1us, burst: 100000 }\n"
        "http_server_config: { headers: { Strict-Transport-Security: max-age=1 } }\n";

static void start(struct server *s, unsigned which)
{
        const char *fixture = getenv("MX_FUZZ_MACHINE") ?: "tests/fixtures/x86_64-6.18-hybrid";
        char text[1024], error[SETTINGS_ERROR_MAX] = "", path[] = "/tmp/fuzz_http.XXXXXX";
        struct settings *settings = NULL;
        int fd = mkstemp(path), sockets[1];
        pthread_t thread;
        struct listener_file file;
        const char *what, *why;

        check(fd >= 0 && write(fd, web_config, strlen(web_config)) > 0, "no temporary file");
        snprintf(s->name, sizeof(s->name), "memory_exporter-fuzz-%d-%u", getpid(), which);
        snprintf(text, sizeof(text),
                 "web: { enable_lifecycle: true, config_file: '%s' }\n"
                 "paths: { procfs: %s/proc, sysfs: %s/sys, cgroupfs: %s/sys/fs/cgroup }\n",
                 which ? path : "", fixture, fixture, fixture);
        check(settings_load_text(&settings, "fuzz.yml", text, strlen(text), error) == 0, error);
        check(engine_init(&s->engine, settings, error) == 0, error);
        check(lifecycle_new(&s->lifecycle) == 0, "no lifecycle");
        check(page_new(&s->page, &s->engine, "/metrics") == 0, "no page");
        check(http_new(&s->http, &s->engine, s->page, s->lifecycle, settings, error) == 0, error);
        snprintf(text, sizeof(text), "unix:@%s", s->name);
        check(listener_open(text, sockets, 1, &file, &what, &why) == 1, what);
        check(http_listen(s->http, sockets[0], true) == 0, "cannot listen");
        check(pthread_create(&thread, NULL, serve_reloads, s->lifecycle) == 0, "no thread");
        pthread_detach(thread);
        settings_unref(settings);
        close(fd);
        unlink(path);
}

static int connect_to(const struct server *s)
{
        struct sockaddr_un sa = { .sun_family = AF_UNIX };
        size_t len = strlen(s->name);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        memcpy(sa.sun_path + 1, s->name, len);
        check(fd >= 0 &&
                      connect(fd, (struct sockaddr *)&sa,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + len)) == 0,
              "cannot connect");
        return fd;
}

/* Sends what the socket takes; at the end says so. Returns what is left. */
static size_t send_some(int fd, const uint8_t *data, size_t n)
{
        ssize_t sent = n ? send(fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;

        if (sent < 0 && errno != EAGAIN)
                return 0; /* it has hung up on us */
        n -= sent > 0 ? (size_t)sent : 0;
        if (n == 0)
                shutdown(fd, SHUT_WR);
        return n;
}

/* Sends all and reads what comes, until the server closes or has nothing to say: half a request
 * gets no answer. Returns the first bytes of what came. */
static size_t converse(int fd, const uint8_t *data, size_t size, int patience_ms, char *start,
                       size_t max)
{
        size_t left = size, got = 0;
        bool ends = false;

        while (!ends) {
                struct pollfd p = { .fd = fd, .events = left ? POLLIN | POLLOUT : POLLIN };
                char buf[16384];
                ssize_t n;
                int r = poll(&p, 1, patience_ms);

                if (r == 0)
                        break;
                if (r < 0) /* the fuzzer's own timer */
                        continue;
                if (p.revents & POLLOUT)
                        left = send_some(fd, data + (size - left), left);
                if (!(p.revents & (POLLIN | POLLHUP | POLLERR)))
                        continue;
                n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
                ends = n == 0 || (n < 0 && errno != EAGAIN);
                if (n > 0 && got < max) {
                        memcpy(start + got, buf, MX_MIN((size_t)n, max - got));
                        got += MX_MIN((size_t)n, max - got);
                }
        }
        return got;
}

/* Whatever came before: who asks as one should is answered. */
static void check_health(const struct server *s)
{
        static const char request[] = "GET /-/healthy HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                      "Authorization: Basic ZnV6ejpyaWdodA==\r\n\r\n";
        char first[12];
        int fd = connect_to(s);
        size_t got = converse(fd, (const uint8_t *)request, strlen(request), PATIENCE_MS, first,
                              sizeof(first));

        close(fd);
        check(got == 12 && (memcmp(first, "HTTP/1.1 200", 12) == 0 ||
                            memcmp(first, "HTTP/1.1 429", 12) == 0),
              "a good request is not answered");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct server servers[2];
        static unsigned n_runs;
        char first[8];
        size_t got;
        int fd;

        if (size == 0)
                return 0;
        for (unsigned i = 0; n_runs == 0 && i < 2; i++)
                start(&servers[i], i);
        fd = connect_to(&servers[data[0] & 1]);
        got = converse(fd, data + 1, size - 1, 2, first, sizeof(first));
        close(fd);
        check(got == 0 || (got >= 7 && memcmp(first, "HTTP/1.", 7) == 0), "this is no HTTP");
        if (n_runs++ % 64 == 0)
                check_health(&servers[n_runs / 64 & 1]);
        return 0;
}
