/* SPDX-License-Identifier: Apache-2.0 */
/* What of a TLS client hello decides on version and cipher suite (RFC 5246, 7.4.1.2; RFC
 * 8446, 4.1.2 and 4.2.1). Pure: no I/O, no allocation. */
#ifndef HTTP_TLS_HELLO_H
#define HTTP_TLS_HELLO_H

#include <stddef.h>
#include <stdint.h>

/* Versions as they are on the wire, which also order them. */
#define TLS_WIRE_10 0x0301
#define TLS_WIRE_12 0x0303
#define TLS_WIRE_13 0x0304

/* Points into the hello. Lists are of 16-bit numbers, big-endian, in the client's order. */
struct tls_hello {
        unsigned legacy_version; /* the highest one offered when `versions` is NULL */
        const uint8_t *suites;
        size_t n_suites;
        const uint8_t *versions; /* the extension supported_versions; NULL when it is not there */
        size_t n_versions;
};

/* Parses the body of the handshake message, without its header of 4 bytes. Returns 0, or -EINVAL
 * with *ret untouched. The extensions behind supported_versions are not looked at. */
int tls_hello_parse(struct tls_hello *ret, const uint8_t *buf, size_t len);

static inline unsigned tls_hello_number(const uint8_t *list, size_t i)
{
        return (unsigned)list[2 * i] << 8 | list[2 * i + 1];
}

#endif
