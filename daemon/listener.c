/* SPDX-License-Identifier: Apache-2.0 */
#include "listener.h"

#include "listener_unix.h"
#include "mx/cleanup.h"

#include <errno.h>
#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_socket(const struct addrinfo *ai, bool dual, const char **what)
{
        mx_cleanup_close_ int fd =
                socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int on = 1, v6only = !dual;

        *what = "cannot make a socket";
        if (fd < 0)
                return -errno;
        *what = "cannot set socket options";
        if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
                return -errno;
        if (ai->ai_family == AF_INET6 &&
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)) < 0)
                return -errno;
        *what = "cannot bind";
        if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0)
                return -errno;
        *what = "cannot listen";
        if (listen(fd, LISTENER_BACKLOG) < 0)
                return -errno;
        return MX_TAKE_FD(fd);
}

static int open_any(uint16_t port, const char **what)
{
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
        struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
        struct addrinfo ai = { .ai_family = AF_INET6,
                               .ai_addr = (struct sockaddr *)&six,
                               .ai_addrlen = sizeof(six) };
        int fd = open_socket(&ai, true, what);

        if (fd != -EAFNOSUPPORT && fd != -EADDRNOTAVAIL)
                return fd;
        ai = (struct addrinfo){ .ai_family = AF_INET,
                                .ai_addr = (struct sockaddr *)&four,
                                .ai_addrlen = sizeof(four) };
        return open_socket(&ai, false, what);
}

/* The resolver gives an address twice when two lines of /etc/hosts have it. */
static bool is_repeated(const struct addrinfo *list, const struct addrinfo *ai)
{
        for (; list != ai; list = list->ai_next)
                if (list->ai_addrlen == ai->ai_addrlen &&
                    memcmp(list->ai_addr, ai->ai_addr, ai->ai_addrlen) == 0)
                        return true;
        return false;
}

static int open_all(const struct addrinfo *list, int *fds, size_t max, const char **what)
{
        const char *skipped_what = "cannot resolve the host", *step;
        int skipped = -EADDRNOTAVAIL, r = 0;
        size_t n = 0;

        for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
                if (is_repeated(list, ai))
                        continue;
                step = "the host has too many addresses";
                r = n < max ? open_socket(ai, false, &step) : -E2BIG;
                if (r >= 0) {
                        fds[n++] = r;
                } else if (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL) {
                        skipped = r;
                        skipped_what = step;
                } else {
                        *what = step;
                        while (n > 0)
                                close(fds[--n]);
                        return r;
                }
        }
        if (n > 0)
                return (int)n;
        *what = skipped_what;
        return skipped;
}

int listener_open(const char *address, int *fds, size_t max, struct listener_file *ret_file,
                  const char **what, const char **why)
{
        struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
                                  .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
        struct addrinfo *list = NULL;
        struct listen_address a;
        char service[8];
        int r;

        ret_file->path[0] = '\0';
        *why = NULL;
        *what = listen_parse(address, &a);
        if (*what || max == 0)
                return -EINVAL;
        if (a.is_unix || a.host[0] == '\0') {
                r = a.is_unix ? listener_unix(a.path, ret_file, what) : open_any(a.port, what);
                if (r < 0)
                        return r;
                fds[0] = r;
                return 1;
        }
        snprintf(service, sizeof(service), "%u", a.port);
        *what = "cannot resolve the host";
        r = getaddrinfo(a.host, service, &hints, &list);
        if (r == EAI_SYSTEM)
                return errno > 0 ? -errno : -EIO;
        if (r != 0) {
                *why = gai_strerror(r);
                return -EADDRNOTAVAIL;
        }
        r = open_all(list, fds, max, what);
        freeaddrinfo(list);
        return r;
}

/* A filter sees a segment from its TCP header on. What opens a connection is dropped; the last step
 * of those that are half open goes through. */
static int drop_openers(int fd)
{
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offsetof(struct tcphdr, th_flags)),
                BPF_STMT(BPF_ALU | BPF_AND | BPF_K, TH_SYN | TH_ACK),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TH_SYN, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, 0),
                BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        };
        const struct sock_fprog program = { MX_ARRAY_SIZE(code), code };

        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
                                                                                           : 0;
}

int listener_bar(int fd)
{
        struct sockaddr_storage sa = { 0 };
        socklen_t len = sizeof(sa);

        if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
                return -errno;
        if (sa.ss_family != AF_UNIX)
                return drop_openers(fd);
        return shutdown(fd, SHUT_RD) < 0 ? -errno : 0;
}

const char *listener_text(int fd, char text[LISTENER_TEXT_MAX])
{
        struct sockaddr_storage sa = { 0 };
        socklen_t len = sizeof(sa);
        char host[NI_MAXHOST], port[NI_MAXSERV];

        text[0] = '\0';
        if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
                return text;
        if (sa.ss_family == AF_UNIX)
                return listener_unix_text((const struct sockaddr_un *)&sa, len, text);
        if (getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), port, sizeof(port),
                        NI_NUMERICHOST | NI_NUMERICSERV) == 0)
                snprintf(text, LISTENER_TEXT_MAX,
                         sa.ss_family == AF_INET6 ? "[%.60s]:%s" : "%.60s:%s", host, port);
        return text;
}
