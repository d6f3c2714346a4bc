/* SPDX-License-Identifier: Apache-2.0 */
/* scraper PORT COUNT [PAUSE_MS [all]]: scrapes 127.0.0.1:PORT that many times over one connection,
 * as Prometheus does, in both formats, plain and in gzip by turns, or with a fourth argument in all
 * encodings. Prints the bytes of all bodies and the longest answer in microseconds. Status 1 at the
 * first answer that is not a 200 of the announced length. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (1 << 20)

#define GET "GET /metrics HTTP/1.1\r\nHost: x\r\n"

static const char *const requests[] = {
        GET "\r\n",
        GET "Accept-Encoding: gzip\r\nAccept: "
            "application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n\r\n",
        GET "Accept: application/openmetrics-text\r\n\r\n",
        GET "Accept-Encoding: gzip\r\n\r\n",
        /* only when all encodings are wanted */
        GET "Accept-Encoding: zstd\r\n\r\n",
        GET "Accept-Encoding: zstd,gzip\r\nAccept: "
            "application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n\r\n",
};

#define N_REQUESTS 4
#define N_ALL      (sizeof(requests) / sizeof(*requests))

static char buffer[BUFFER];

static uint64_t now_usec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static int open_connection(const char *port)
{
        struct sockaddr_in a = { .sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

        if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
                return -1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        return fd;
}

/* Returns the length of the body, or -1. */
static long scrape(int fd, const char *request)
{
        size_t have = 0;
        char *body = NULL, *length;
        long want = 0, got;

        if (write(fd, request, strlen(request)) != (ssize_t)strlen(request))
                return -1;
        while (!body) {
                ssize_t n = read(fd, buffer + have, BUFFER - 1 - have);

                if (n <= 0)
                        return -1;
                have += (size_t)n;
                buffer[have] = '\0';
                body = strstr(buffer, "\r\n\r\n");
        }
        length = strcasestr(buffer, "\r\nContent-Length: ");
        if (strncmp(buffer, "HTTP/1.1 200 ", 13) != 0 || !length || length > body)
                return -1;
        want = strtol(length + 18, NULL, 10);
        got = (long)(buffer + have - (body + 4));
        while (got < want) {
                ssize_t n = read(fd, buffer, BUFFER);

                if (n <= 0)
                        return -1;
                got += n;
        }
        return got == want ? want : -1;
}

int main(int argc, char *argv[])
{
        unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
        long pause = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
        unsigned long n_requests = argc > 4 ? N_ALL : N_REQUESTS;
        int fd = argc > 2 ? open_connection(argv[1]) : -1;
        uint64_t bytes = 0, longest = 0;

        if (fd < 0)
                return 2;
        for (unsigned long i = 0; i < count; i++) {
                uint64_t begin = now_usec(), took;
                /* Modulo a prime: no beat with what the daemon does by turns. */
                long n = scrape(fd, requests[i % (n_requests == N_ALL ? 11 : 7) % n_requests]);

                if (n < 0) {
                        fprintf(stderr, "scrape %lu: not answered well\n", i);
                        return 1;
                }
                bytes += (uint64_t)n;
                took = now_usec() - begin;
                longest = took > longest ? took : longest;
                if (pause > 0)
                        nanosleep(&(struct timespec){ .tv_sec = pause / 1000,
                                                      .tv_nsec = pause % 1000 * 1000000 },
                                  NULL);
        }
        printf("%llu %llu\n", (unsigned long long)bytes, (unsigned long long)longest);
        return 0;
}
