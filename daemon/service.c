/* SPDX-License-Identifier: Apache-2.0 */
#include "service.h"

#include "mx/cleanup.h"
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

static int option(int fd, int name)
{
        socklen_t len = sizeof(int);
        int v = -1;

        return getsockopt(fd, SOL_SOCKET, name, &v, &len) == 0 ? v : -1;
}

/* NULL, or why it cannot be served. */
static const char *refusal(int fd)
{
        int domain = option(fd, SO_DOMAIN);

        if (domain < 0)
                return "it is not a socket";
        if (domain != AF_INET && domain != AF_INET6 && domain != AF_UNIX)
                return "it is of a family that is not served (IPv4, IPv6 and local ones are)";
        if (option(fd, SO_TYPE) != SOCK_STREAM)
                return "it is not a stream socket";
        if (option(fd, SO_ACCEPTCONN) != 1)
                return "it does not listen (a connection? Accept=no is wanted)";
        return NULL;
}

static int set_nonblocking(int fd)
{
        int flags = fcntl(fd, F_GETFL);

        return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

static int check(int n, size_t max, char *const *names, char *error)
{
        if ((size_t)n > max) {
                snprintf(error, SETTINGS_ERROR_MAX,
                         "%d sockets were passed: at most %zu are served", n, max);
                return -E2BIG;
        }
        for (int i = 0; i < n; i++) {
                const char *why = refusal(SD_LISTEN_FDS_START + i);
                int r = why ? -EINVAL : set_nonblocking(SD_LISTEN_FDS_START + i);

                if (r == 0)
                        continue;
                snprintf(error, SETTINGS_ERROR_MAX, "descriptor %d (%.100s) that was passed: %s",
                         SD_LISTEN_FDS_START + i, names && names[i] ? names[i] : "unnamed",
                         why ? why : strerror(-r));
                return r;
        }
        return 0;
}

int service_sockets(int *fds, size_t max, char *error)
{
        char **names = NULL;
        int n = sd_listen_fds_with_names(true, &names), r = n;

        if (n < 0)
                snprintf(error, SETTINGS_ERROR_MAX, "cannot take the sockets that were passed: %s",
                         strerror(-n));
        else
                r = check(n, max, names, error);
        for (int i = 0; i < n; i++)
                if (r < 0)
                        mx_close(SD_LISTEN_FDS_START + i);
                else
                        fds[i] = SD_LISTEN_FDS_START + i;
        for (char **name = names; name && *name; name++)
                free(*name);
        free(names);
        return r < 0 ? r : n;
}
