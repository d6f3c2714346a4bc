/* SPDX-License-Identifier: Apache-2.0 */
/* latency PORT KEPT FRESH [PAUSE_MS]: scrapes 127.0.0.1:PORT, KEPT times over one connection and
 * then FRESH times over a new one each, with a pause in between. For both, prints on a line of its
 * own `kept` or `fresh`, how many of them failed, and the median, the 99th percentile and the
 * maximum of the others in microseconds, the time to connect included. The 99th percentile is the
 * smallest that no more than one in a hundred exceeds: of fewer than a hundred, the maximum. An
 * answer is good that is a 200 of the length it announces and came within ten seconds. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER   (4 << 20)
#define PATIENCE 10 /* seconds */

static char buffer[BUFFER];
static struct sockaddr_in server = { .sin_family = AF_INET };
static const char *reason = "";

static uint64_t now_usec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static bool fail(const char *why)
{
        reason = why;
        return false;
}

static int dial(void)
{
        const struct timeval patience = { .tv_sec = PATIENCE };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (connect(fd, (struct sockaddr *)&server, sizeof(server)) == 0)
                return fd;
        close(fd);
        return -1;
}

static bool scrape(int fd)
{
        static const char request[] = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
        size_t have = 0, want = SIZE_MAX;

        if (fd < 0)
                return fail("cannot connect");
        if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(request) - 1)
                return fail("cannot send");
        while (have < want) {
                ssize_t n = recv(fd, buffer + have, BUFFER - 1 - have, 0);
                const char *body, *length;

                if (n <= 0)
                        return fail(n == 0 ? "closed early" : strerror(errno));
                have += (size_t)n;
                buffer[have] = '\0';
                if (want < SIZE_MAX || !(body = strstr(buffer, "\r\n\r\n")))
                        continue;
                length = strcasestr(buffer, "\r\nContent-Length: ");
                if (strncmp(buffer, "HTTP/1.1 200 ", 13) != 0 || !length || length > body) {
                        *strchrnul(buffer, '\r') = '\0';
                        return fail(buffer);
                }
                want = (size_t)(body + 4 - buffer) + strtoul(length + 18, NULL, 10);
        }
        return have == want || fail("longer than announced");
}

static int compare(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return (x > y) - (x < y);
}

/* By the nearest rank, of a sorted array; 0 of none. */
static unsigned long long percentile(const uint64_t *sorted, unsigned long n, unsigned percent)
{
        return n > 0 ? sorted[(n * percent + 99) / 100 - 1] : 0;
}

static void series(const char *name, unsigned long count, bool fresh, long pause)
{
        uint64_t *took = calloc(count + 1, sizeof(*took));
        unsigned long good = 0;
        int fd = -1;

        if (!took)
                abort();
        for (unsigned long i = 0; i < count; i++) {
                uint64_t begin = now_usec();

                if (fd < 0)
                        fd = dial();
                if (scrape(fd))
                        took[good++] = now_usec() - begin;
                else {
                        fprintf(stderr, "%s scrape %lu: %s\n", name, i, reason);
                        if (fd >= 0)
                                close(fd);
                        fd = -1;
                }
                if (fresh && fd >= 0) {
                        close(fd);
                        fd = -1;
                }
                nanosleep(&(struct timespec){ .tv_sec = pause / 1000,
                                              .tv_nsec = pause % 1000 * 1000000 },
                          NULL);
        }
        if (fd >= 0)
                close(fd);
        qsort(took, good, sizeof(*took), compare);
        printf("%s %lu %llu %llu %llu\n", name, count - good, percentile(took, good, 50),
               percentile(took, good, 99), percentile(took, good, 100));
        free(took);
}

int main(int argc, char **argv)
{
        long pause = argc > 4 ? strtol(argv[4], NULL, 10) : 0;

        if (argc < 4)
                return 2;
        server.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
        server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        series("kept", strtoul(argv[2], NULL, 10), false, pause);
        series("fresh", strtoul(argv[3], NULL, 10), true, pause);
        return 0;
}
