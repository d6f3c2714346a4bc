/* SPDX-License-Identifier: Apache-2.0 */
#include "service_notify.h"

#include "mx/cleanup.h"

#include <errno.h>
#include <string.h>

int service_notify_init(struct service_notify *ret, const char *socket)
{
        struct service_notify n = { .fd = -1, .address.sun_family = AF_UNIX };
        size_t len = socket ? strlen(socket) : 0;

        *ret = n;
        if (len == 0)
                return 0;
        /* One byte of room stays: for the NUL that ends a path. */
        if ((socket[0] != '/' && socket[0] != '@') || len < 2 || len >= sizeof(n.address.sun_path))
                return -EINVAL;
        memcpy(n.address.sun_path, socket, len);
        if (socket[0] == '@')
                n.address.sun_path[0] = '\0';
        n.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (socket[0] == '/'));
        *ret = n;
        return 0;
}

void service_notify_done(struct service_notify *n)
{
        n->fd = mx_close(n->fd);
        n->len = 0;
}

int service_notify_send(struct service_notify *n, const char *text, size_t len)
{
        if (n->len == 0)
                return 0;
        if (n->fd < 0)
                n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (n->fd < 0)
                return -errno;
        if (sendto(n->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL,
                   (const struct sockaddr *)&n->address, n->len) < 0)
                return -errno;
        return 0;
}
