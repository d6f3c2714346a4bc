/* SPDX-License-Identifier: Apache-2.0 */
/* restart WHOSE WHERE RESTARTS FRESH KEPT -- PROGRAM [ARGUMENT...]: a service manager that ends the
 * program with SIGTERM, waits for it and starts it again, as often as it is told, while clients ask
 * it all the time.
 *     WHOSE   passed: the manager holds the listening socket, and passes it (sd_listen_fds(3));
 *             own: the program listens itself, which one of the arguments has to say
 *     WHERE   a port of 127.0.0.1, 0 for any one that is free (passed), or the path of a socket
 *     FRESH   clients that make a connection for every request
 *     KEPT    clients that keep theirs, as long as they are let; every second one rests in between
 * Each time, it waits until every client has had some answers; without clients, for a line on
 * standard input. First of all it says where it listens: a port or a path.
 *
 * What counts as a failure: anything but a whole answer with status 200 on a new connection that
 * has come about. On one that was used before, a client that sees the end or a reset before the
 * first byte of an answer asks once more on a new one, as Go's and curl's HTTP clients do; both are
 * counted. A connection that does not come about is tried again when the sockets are the program's
 * own, and is a failure otherwise. Ends with 0 when nothing failed, nor any of the programs. */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX  32
#define SOCKET_FD    3
#define ANSWERS      20 /* that each client has had before the next restart */
#define PATIENCE     60 /* seconds for that; sanitizers are slow */
#define CLIENT_LIMIT 20 /* seconds for one step of a client */
#define BUFFER       (256 * 1024)

static union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_un un;
} address;
static socklen_t address_len;
static bool is_own;
static atomic_bool ends;
static atomic_uint answered[CLIENTS_MAX], n_refused, n_repeated, n_failed;

static struct client {
        pthread_t thread;
        size_t index;
        bool keeps;
        int fd;       /* -1: none */
        bool is_used; /* it has had an answer */
        char buffer[BUFFER];
} clients[CLIENTS_MAX];

static void failed(const struct client *c, const char *what, int error)
{
        atomic_fetch_add(&n_failed, 1);
        fprintf(stderr, "restart: client %zu (%s, %s connection): %s%s%s\n", c->index,
                c->keeps ? "kept" : "fresh", c->is_used ? "used" : "new", what, error ? ": " : "",
                error ? strerror(error) : "");
}

static void hang_up(struct client *c)
{
        if (c->fd >= 0)
                close(c->fd);
        c->fd = -1;
        c->is_used = false;
}

static void nap(void)
{
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

/* False: not this time. */
static bool dial(struct client *c)
{
        const struct timeval limit = { .tv_sec = CLIENT_LIMIT };

        if (c->fd >= 0)
                return true;
        c->fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
        if (connect(c->fd, &address.any, address_len) == 0)
                return true;
        if (is_own && (errno == ECONNREFUSED || errno == ENOENT || errno == ECONNRESET))
                atomic_fetch_add(&n_refused, 1);
        else
                failed(c, "cannot connect", errno);
        hang_up(c);
        nap();
        return false;
}

/* Of a whole answer; 0 while it is not whole, -1 for one that is no good. */
static int check(const char *text, size_t len, bool *ret_last)
{
        const char *body = memmem(text, len, "\r\n\r\n", 4), *p;
        size_t want;

        if (!body)
                return 0;
        p = strstr(text, "Content-Length: ");
        if (!p || p > body || strncmp(text, "HTTP/1.1 200 ", 13) != 0)
                return -1;
        want = strtoul(p + 16, NULL, 10);
        if (len - (size_t)(body + 4 - text) < want)
                return 0;
        p = strstr(text, "Connection: close");
        *ret_last = p && p < body;
        return 1;
}

/* 1: answered. 0: on a used connection, before the first byte. -1: failed. */
static int ask(struct client *c)
{
        static const char request[] = "GET /metrics?collect[]=meminfo HTTP/1.1\r\nHost: x\r\n\r\n";
        size_t len = 0;
        bool last = false;
        int verdict = 0;

        if (send(c->fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0) {
                if (c->is_used && (errno == EPIPE || errno == ECONNRESET))
                        return 0;
                failed(c, "cannot send", errno);
                return -1;
        }
        while (verdict == 0) {
                ssize_t n = recv(c->fd, c->buffer + len, sizeof(c->buffer) - 1 - len, 0);

                if (n <= 0 && len == 0 && c->is_used && (n == 0 || errno == ECONNRESET))
                        return 0;
                if (n <= 0) {
                        failed(c, len > 0 ? "half an answer" : "no answer", n < 0 ? errno : 0);
                        return -1;
                }
                len += (size_t)n;
                c->buffer[len] = '\0';
                verdict = check(c->buffer, len, &last);
        }
        if (verdict < 0) {
                c->buffer[strcspn(c->buffer, "\r\n")] = '\0';
                failed(c, c->buffer, 0);
                return -1;
        }
        c->is_used = true;
        if (last || !c->keeps)
                hang_up(c);
        return 1;
}

static void *client_main(void *cls)
{
        struct client *c = cls;

        while (!atomic_load(&ends)) {
                int r = dial(c) ? ask(c) : -1;

                if (r == 0) {
                        atomic_fetch_add(&n_repeated, 1);
                        hang_up(c);
                        while (is_own && !atomic_load(&ends) && !dial(c))
                                ;
                        r = dial(c) ? ask(c) : -1;
                }
                if (r > 0)
                        atomic_fetch_add(&answered[c->index], 1);
                else
                        hang_up(c);
                if (c->keeps && c->index % 2 > 0)
                        nap();
        }
        hang_up(c);
        return NULL;
}

static int listen_at(const char *where)
{
        int fd, on = 1;

        if (where[0] == '/') {
                address.un.sun_family = AF_UNIX;
                snprintf(address.un.sun_path, sizeof(address.un.sun_path), "%s", where);
                address_len = sizeof(address.un);
        } else {
                address.in = (struct sockaddr_in){ .sin_family = AF_INET,
                                                   .sin_port = htons((uint16_t)atoi(where)),
                                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
                address_len = sizeof(address.in);
        }
        if (is_own)
                return -1;
        fd = socket(address.any.sa_family, SOCK_STREAM, 0);
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
        if (fd != SOCKET_FD || bind(fd, &address.any, address_len) < 0 || listen(fd, 128) < 0 ||
            getsockname(fd, &address.any, &address_len) < 0) {
                perror(where);
                exit(2);
        }
        return fd;
}

static pid_t start(char *const *argv)
{
        char number[16];
        pid_t pid = fork();

        if (pid != 0)
                return pid;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(number, sizeof(number), "%d", (int)getpid());
        if (!is_own) {
                setenv("LISTEN_FDS", "1", 1);
                setenv("LISTEN_PID", number, 1);
        }
        execv(argv[0], argv);
        perror(argv[0]);
        _exit(2);
}

/* Until everybody has been answered by this one. */
static bool wait_for_answers(size_t n)
{
        unsigned before[CLIENTS_MAX];
        time_t end = time(NULL) + PATIENCE;

        if (n == 0)
                return fgets(clients[0].buffer, 8, stdin) != NULL;
        for (size_t i = 0; i < n; i++)
                before[i] = atomic_load(&answered[i]);
        for (size_t i = 0; i < n; i++)
                while (atomic_load(&answered[i]) - before[i] < ANSWERS) {
                        if (time(NULL) > end) {
                                fprintf(stderr, "restart: client %zu is not answered\n", i);
                                return false;
                        }
                        nap();
                }
        return true;
}

static bool end(pid_t pid)
{
        int status = 0;

        kill(pid, SIGTERM);
        waitpid(pid, &status, 0);
        if (status != 0)
                fprintf(stderr, "restart: the program ended with status %#x\n", (unsigned)status);
        return status == 0;
}

int main(int argc, char *argv[])
{
        unsigned long restarts, n;
        unsigned total = 0;
        bool good = true;
        pid_t pid;

        if (argc < 8 || strcmp(argv[6], "--") != 0)
                return 2;
        closefrom(SOCKET_FD);
        is_own = strcmp(argv[1], "own") == 0;
        restarts = strtoul(argv[3], NULL, 10);
        n = strtoul(argv[4], NULL, 10) + strtoul(argv[5], NULL, 10);
        if (n > CLIENTS_MAX)
                return 2;
        listen_at(argv[2]);
        if (address.any.sa_family == AF_UNIX)
                puts(address.un.sun_path);
        else
                printf("%u\n", ntohs(address.in.sin_port));
        fflush(stdout);
        pid = start(argv + 7);
        for (size_t i = 0; i < n; i++) {
                clients[i].index = i;
                clients[i].fd = -1;
                clients[i].keeps = i >= strtoul(argv[4], NULL, 10);
                pthread_create(&clients[i].thread, NULL, client_main, &clients[i]);
        }
        for (unsigned long i = 0; good && i < restarts; i++) {
                good = wait_for_answers(n);
                good = end(pid) && good;
                pid = start(argv + 7);
        }
        good = good && wait_for_answers(n);
        atomic_store(&ends, true);
        for (size_t i = 0; i < n; i++) {
                pthread_join(clients[i].thread, NULL);
                total += atomic_load(&answered[i]);
        }
        good = end(pid) && good;
        printf("restarts=%lu answered=%u refused=%u repeated=%u failed=%u\n", restarts, total,
               atomic_load(&n_refused), atomic_load(&n_repeated), atomic_load(&n_failed));
        return good && atomic_load(&n_failed) == 0 ? 0 : 1;
}
