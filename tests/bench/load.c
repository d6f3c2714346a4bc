/* SPDX-License-Identifier: Apache-2.0 */
/* A client that scrapes over one kept connection, one request at a time, as Prometheus does.
 *
 *   load [-n requests] [-i microseconds between them] [-g] [-z] [-o] [-w file] PID PORT [PATH]
 *
 * -g asks for gzip, -z for zstd, -o for OpenMetrics, -w keeps the last body. Prints, separated by
 * tabs:
 *
 *   server CPU us per request, its user part is not told apart; latency us: median, p99, max; body
 * bytes
 *
 * The server's CPU is its process's clock, read before and after. */
#include "mx/cleanup.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#define REQUESTS_MAX 100000
#define ANSWER_MAX   (64U << 20)
#define TIMEOUT_S    30

struct client {
        int fd;
        char *in; /* ANSWER_MAX bytes */
        size_t len, used;
        char *body; /* ANSWER_MAX bytes */
        size_t body_len;
};

static void die(const char *what)
{
        fprintf(stderr, "load: %s\n", what);
        exit(1);
}

static double now(clockid_t clock)
{
        struct timespec ts;

        if (clock_gettime(clock, &ts) < 0)
                die("the server has gone");
        return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static void more(struct client *c)
{
        ssize_t n = recv(c->fd, c->in + c->len, ANSWER_MAX - 1 - c->len, 0);

        if (n <= 0)
                die("the answer ended early");
        c->len += (size_t)n;
        c->in[c->len] = '\0';
}

static void take_body(struct client *c, size_t n)
{
        while (c->len - c->used < n)
                more(c);
        if (n > ANSWER_MAX - c->body_len)
                die("the answer is too long");
        memcpy(c->body + c->body_len, c->in + c->used, n);
        c->body_len += n;
        c->used += n;
}

/* The line that starts at `used`, which moves past it. */
static const char *take_line(struct client *c)
{
        char *line, *end;

        while (!(end = strstr(c->in + c->used, "\r\n")))
                more(c);
        *end = '\0';
        line = c->in + c->used;
        c->used = (size_t)(end + 2 - c->in);
        return line;
}

static void take_answer(struct client *c)
{
        size_t length = 0;
        bool chunked = false, first = true;
        const char *line;

        c->len = c->used = c->body_len = 0;
        c->in[0] = '\0';
        while (*(line = take_line(c)) != '\0' || first) {
                if (first && strncmp(line, "HTTP/1.1 200", 12) != 0)
                        die(line);
                first = false;
                if (strncasecmp(line, "content-length:", 15) == 0)
                        length = strtoul(line + 15, NULL, 10);
                if (strncasecmp(line, "transfer-encoding: chunked", 26) == 0)
                        chunked = true;
        }
        if (!chunked) {
                take_body(c, length);
                return;
        }
        while ((length = strtoul(take_line(c), NULL, 16)) > 0) {
                take_body(c, length);
                take_line(c);
        }
        take_line(c);
}

static int connect_to(int port)
{
        struct sockaddr_in sa = { .sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
        struct timeval tv = { .tv_sec = TIMEOUT_S };
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

        if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
                die("cannot connect");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
        return fd;
}

static int by_value(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static void keep(const char *path, const struct client *c)
{
        FILE *f = fopen(path, "w");

        if (!f || fwrite(c->body, 1, c->body_len, f) != c->body_len || fclose(f) != 0)
                die("cannot write the body");
}

struct job {
        size_t n;
        unsigned pause_us;
        const char *encoding; /* NULL: none is asked for */
        bool openmetrics;
        const char *keep, *path;
};

static void run(const struct job *j, struct client *c, clockid_t server)
{
        double *latency = calloc(j->n, sizeof(*latency)), cpu;
        char request[512], encoding[64] = "";
        int len;

        if (!latency)
                die("out of memory");
        if (j->encoding)
                snprintf(encoding, sizeof(encoding), "Accept-Encoding: %s\r\n", j->encoding);
        len = snprintf(request, sizeof(request),
                       "GET %s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: Prometheus/2.42.0\r\n"
                       "Accept: %s\r\n%sX-Prometheus-Scrape-Timeout-Seconds: 10\r\n\r\n",
                       j->path,
                       j->openmetrics ? "application/openmetrics-text;version=1.0.0,"
                                        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
                                      : "text/plain;version=0.0.4;q=1,*/*;q=0.1",
                       encoding);
        cpu = now(server);
        for (size_t i = 0; i < j->n; i++) {
                double start = now(CLOCK_MONOTONIC);

                if (send(c->fd, request, (size_t)len, MSG_NOSIGNAL) != len)
                        die("cannot send");
                take_answer(c);
                latency[i] = now(CLOCK_MONOTONIC) - start;
                if (j->pause_us > 0)
                        usleep(j->pause_us);
        }
        cpu = (now(server) - cpu) / (double)j->n;
        qsort(latency, j->n, sizeof(*latency), by_value);
        printf("%.1f\t%.0f\t%.0f\t%.0f\t%zu\n", cpu, latency[j->n / 2],
               latency[(j->n * 99 - 1) / 100], latency[j->n - 1], c->body_len);
        free(latency);
}

int main(int argc, char *argv[])
{
        struct job j = { .n = 100, .path = "/metrics" };
        struct client c = { .fd = -1 };
        clockid_t server;
        int opt;

        while ((opt = getopt(argc, argv, "n:i:gzow:")) != -1) {
                if (opt == 'n')
                        j.n = strtoul(optarg, NULL, 10);
                else if (opt == 'i')
                        j.pause_us = (unsigned)strtoul(optarg, NULL, 10);
                else if (opt == 'g')
                        j.encoding = "gzip";
                else if (opt == 'z')
                        j.encoding = "zstd";
                else if (opt == 'o')
                        j.openmetrics = true;
                else if (opt == 'w')
                        j.keep = optarg;
                else
                        return 2;
        }
        if (argc - optind < 2 || j.n == 0 || j.n > REQUESTS_MAX)
                return fprintf(stderr, "usage: load [-n N] [-i us] [-g] [-z] [-o] [-w file] PID "
                                       "PORT [PATH]\n"),
                       2;
        if (argc - optind > 2)
                j.path = argv[optind + 2];
        if (clock_getcpuclockid((pid_t)strtoul(argv[optind], NULL, 10), &server) != 0)
                die("no such process");
        c.in = malloc(ANSWER_MAX);
        c.body = malloc(ANSWER_MAX);
        if (!c.in || !c.body)
                die("out of memory");
        c.fd = connect_to((int)strtoul(argv[optind + 1], NULL, 10));
        run(&j, &c, server);
        if (j.keep)
                keep(j.keep, &c);
        close(c.fd);
        free(c.in);
        free(c.body);
        return 0;
}
