/* SPDX-License-Identifier: Apache-2.0 */
/* Listen addresses as text: ":port", "host:port", "a.b.c.d:port", "[IPv6]:port". */
#ifndef LISTEN_H
#define LISTEN_H

#include <stdint.h>

#define LISTEN_HOST_MAX 256 /* a host name has at most 253 characters */

/* Splits an address. `host` (LISTEN_HOST_MAX bytes) is "" for every address of the machine, and
 * comes without brackets otherwise. Port 0 lets the kernel choose. Looks nothing up. Returns NULL,
 * or a static text that says what is wrong; then nothing is written. */
const char *listen_parse(const char *text, char *host, uint16_t *port);

#endif
