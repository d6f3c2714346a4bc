/* SPDX-License-Identifier: Apache-2.0 */
/* pulse SECONDS NAME=PORT[/PATH]...: asks each of the servers on 127.0.0.1 once a second for so
 * long, all at the same moments, each over a connection that it keeps and makes anew when it is
 * lost, as Prometheus does. An answer is good that is a 200 of its announced length, or up to the
 * end of the connection, within TIMEOUT_MS. For each server prints
 *
 *     NAME sent 60 good 60 within_second 60 p50 1234 p99 2345 max 3456
 *
 * with times in microseconds, the time to connect included, of good answers; a question that was
 * not answered well counts as TIMEOUT_MS. A second that passes while the last question is not
 * answered yet has no question of its own and counts as one that was not answered. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SERVERS_MAX 4
#define SECONDS_MAX 3600
#define TIMEOUT_MS  10000
#define BUFFER      (4 << 20)

struct server {
        const char *name, *path;
        uint16_t port;
        int fd;
        unsigned seconds;
        uint64_t begin;
        char *buffer;
        unsigned n, good, within;
        uint64_t took[SECONDS_MAX];
};

static uint64_t now_usec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void sleep_until(uint64_t usec)
{
        struct timespec t = { .tv_sec = (time_t)(usec / 1000000),
                              .tv_nsec = (long)(usec % 1000000 * 1000) };

        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
                ;
}

static bool wait_for(int fd, short events, uint64_t end)
{
        struct pollfd p = { .fd = fd, .events = events };
        uint64_t now = now_usec();

        return now < end && poll(&p, 1, (int)((end - now) / 1000) + 1) == 1;
}

static bool open_connection(struct server *s, uint64_t end)
{
        struct sockaddr_in to = { .sin_family = AF_INET,
                                  .sin_port = htons(s->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        socklen_t len = sizeof(int);
        int error = 0;

        s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (s->fd < 0)
                return false;
        if (connect(s->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
                return true;
        return errno == EINPROGRESS && wait_for(s->fd, POLLOUT, end) &&
               getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && error == 0;
}

/* The length of the answer that begins in the buffer, 0 while it is not known, or SIZE_MAX when it
 * ends with the connection. */
static size_t answer_size(const char *text)
{
        const char *end = strstr(text, "\r\n\r\n"), *length;

        if (!end)
                return 0;
        length = strcasestr(text, "\r\ncontent-length:");
        if (!length || length > end)
                return SIZE_MAX;
        return (size_t)(end + 4 - text) + strtoul(length + 17, NULL, 10);
}

static bool is_whole_chunked(const char *text, size_t len)
{
        const char *coding = strcasestr(text, "\r\ntransfer-encoding: chunked");

        return coding && coding < strstr(text, "\r\n\r\n") && len > 5 &&
               memcmp(text + len - 5, "0\r\n\r\n", 5) == 0;
}

static bool read_answer(struct server *s, uint64_t end)
{
        size_t len = 0, size;

        for (;;) {
                ssize_t n = read(s->fd, s->buffer + len, BUFFER - 1 - len);

                if (n < 0 && errno == EAGAIN) {
                        if (!wait_for(s->fd, POLLIN, end))
                                return false;
                        continue;
                }
                if (n < 0)
                        return false;
                len += (size_t)n;
                s->buffer[len] = '\0';
                size = answer_size(s->buffer);
                if (n == 0)
                        return size == SIZE_MAX && strncmp(s->buffer, "HTTP/1.1 200 ", 13) == 0;
                if ((size > 0 && len >= size) ||
                    (size == SIZE_MAX && is_whole_chunked(s->buffer, len)))
                        return strncmp(s->buffer, "HTTP/1.1 200 ", 13) == 0;
        }
}

static bool ask(struct server *s, uint64_t end)
{
        char request[256];
        int n = snprintf(request, sizeof(request), "GET /%s HTTP/1.1\r\nHost: x\r\n\r\n", s->path);

        if (s->fd < 0 && !open_connection(s, end))
                return false;
        return send(s->fd, request, (size_t)n, MSG_NOSIGNAL) == n && read_answer(s, end);
}

static void *pulse(void *cls)
{
        struct server *s = cls;

        while (s->n < s->seconds) {
                uint64_t asked, took;
                bool reused, good;

                sleep_until(s->begin + (uint64_t)s->n * 1000000);
                asked = now_usec();
                reused = s->fd >= 0;
                good = ask(s, asked + TIMEOUT_MS * 1000);
                if (!good && s->fd >= 0) {
                        close(s->fd);
                        s->fd = -1;
                }
                /* A kept connection that was closed meanwhile is nobody's failure. */
                if (!good && reused && now_usec() < asked + 500000)
                        good = ask(s, asked + TIMEOUT_MS * 1000);
                took = now_usec() - asked;
                s->good += good;
                s->within += good && took <= 1000000;
                s->took[s->n++] = good ? took : TIMEOUT_MS * 1000;
                while (s->n < s->seconds && s->begin + (uint64_t)s->n * 1000000 < now_usec())
                        s->took[s->n++] = TIMEOUT_MS * 1000;
        }
        return NULL;
}

static int by_size(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return (x > y) - (x < y);
}

static void report(struct server *s)
{
        qsort(s->took, s->n, sizeof(s->took[0]), by_size);
        printf("%s sent %u good %u within_second %u p50 %llu p99 %llu max %llu\n", s->name, s->n,
               s->good, s->within, (unsigned long long)s->took[(s->n - 1) / 2],
               (unsigned long long)s->took[s->n - 1 - s->n / 100],
               (unsigned long long)s->took[s->n - 1]);
}

int main(int argc, char *argv[])
{
        static struct server servers[SERVERS_MAX];
        pthread_t thread[SERVERS_MAX];
        unsigned seconds = argc > 2 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
        int n = argc - 2;

        if (n < 1 || n > SERVERS_MAX || seconds == 0 || seconds > SECONDS_MAX)
                return 2;
        for (int i = 0; i < n; i++) {
                struct server *s = &servers[i];
                char *port = strchr(argv[i + 2], '='), *path;

                if (!port)
                        return 2;
                *port++ = '\0';
                s->name = argv[i + 2];
                s->port = (uint16_t)strtoul(port, &path, 10);
                s->path = *path == '/' ? path + 1 : "metrics";
                s->fd = -1;
                s->seconds = seconds;
                s->begin = now_usec();
                s->buffer = malloc(BUFFER);
                if (!s->buffer || pthread_create(&thread[i], NULL, pulse, s) != 0)
                        return 1;
        }
        for (int i = 0; i < n; i++) {
                pthread_join(thread[i], NULL);
                report(&servers[i]);
        }
        return 0;
}
