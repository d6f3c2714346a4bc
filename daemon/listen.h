/* SPDX-License-Identifier: Apache-2.0 */
/* Listen addresses as text: ":port", "host:port", "a.b.c.d:port", "[IPv6]:port"; and local sockets:
 * "unix:/path" and "unix:@name", whose name is in the kernel's abstract name space and no file. */
#ifndef LISTEN_H
#define LISTEN_H

#include <stdbool.h>
#include <stdint.h>

#define LISTEN_HOST_MAX 256 /* a host name has at most 253 characters */
#define LISTEN_PATH_MAX 108 /* of sun_path, see unix(7) */

struct listen_address {
        bool is_unix;
        /* "" for every address of the machine; without brackets. */
        char host[LISTEN_HOST_MAX];
        uint16_t port; /* 0 lets the kernel choose */
        /* Of a local socket: absolute, or "@name"; no control characters. */
        char path[LISTEN_PATH_MAX];
};

/* Splits an address. Looks nothing up. Returns NULL, or a static text that says what is wrong; then
 * nothing is written. */
const char *listen_parse(const char *text, struct listen_address *ret);

#endif
