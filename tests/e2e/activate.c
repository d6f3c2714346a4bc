/* SPDX-License-Identifier: Apache-2.0 */
/* activate KIND... -- PROGRAM ARGUMENT...: starts a program as a service manager does, with
 * sockets from descriptor 3 on (sd_listen_fds(3)). KIND is
 *     inet, inet6        a listening socket on the loopback and a port that is free
 *     unix:PATH          a local one
 *     udp, idle, file    what is not to be served: a datagram socket, one that does not listen, and
 *                        no socket at all
 * Says the port of each inet and inet6 on standard output, one a line. The names that go with the
 * sockets are the kinds. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST 3

static int open_inet(int family)
{
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
        struct sockaddr_in four = { .sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        struct sockaddr *sa =
                family == AF_INET ? (struct sockaddr *)&four : (struct sockaddr *)&six;
        socklen_t len = family == AF_INET ? sizeof(four) : sizeof(six);
        int fd = socket(family, SOCK_STREAM, 0);

        if (fd < 0 || bind(fd, sa, len) < 0 || listen(fd, 8) < 0 || getsockname(fd, sa, &len) < 0)
                return -1;
        printf("%u\n", ntohs(family == AF_INET ? four.sin_port : six.sin6_port));
        return fd;
}

static int open_unix(const char *path)
{
        struct sockaddr_un sa = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
        return bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || listen(fd, 8) < 0 ? -1 : fd;
}

static int open_kind(const char *kind)
{
        if (strcmp(kind, "inet") == 0)
                return open_inet(AF_INET);
        if (strcmp(kind, "inet6") == 0)
                return open_inet(AF_INET6);
        if (strncmp(kind, "unix:", 5) == 0)
                return open_unix(kind + 5);
        if (strcmp(kind, "udp") == 0)
                return socket(AF_INET, SOCK_DGRAM, 0);
        if (strcmp(kind, "idle") == 0)
                return socket(AF_INET, SOCK_STREAM, 0);
        if (strcmp(kind, "file") == 0)
                return open("/dev/null", O_RDONLY);
        return -1;
}

int main(int argc, char *argv[])
{
        char names[1024] = "", number[16];
        int n = 0;

        closefrom(FIRST);
        for (; n + 1 < argc && strcmp(argv[n + 1], "--") != 0; n++) {
                size_t len = strlen(names), word = strcspn(argv[n + 1], ":");

                if (open_kind(argv[n + 1]) != FIRST + n) {
                        perror(argv[n + 1]);
                        return 2;
                }
                snprintf(names + len, sizeof(names) - len, "%s%.*s", n > 0 ? ":" : "", (int)word,
                         argv[n + 1]);
        }
        if (n + 2 >= argc)
                return 2;
        snprintf(number, sizeof(number), "%d", n);
        setenv("LISTEN_FDS", number, 1);
        snprintf(number, sizeof(number), "%d", (int)getpid());
        setenv("LISTEN_PID", number, 1);
        setenv("LISTEN_FDNAMES", names, 1);
        fflush(stdout);
        execv(argv[n + 2], argv + n + 2);
        perror(argv[n + 2]);
        return 2;
}
