/* SPDX-License-Identifier: Apache-2.0 */
/* The credentials in an Authorization header of the scheme Basic (RFC 7617). Pure. */
#ifndef BASIC_CREDENTIALS_H
#define BASIC_CREDENTIALS_H

#include <stddef.h>

#define BASIC_HEADER_MAX   4096
#define BASIC_USER_MAX     256
#define BASIC_PASSWORD_MAX 1024

struct basic_credentials {
        size_t user_len, password_len;
        char user[BASIC_USER_MAX + 1]; /* both NUL-terminated, and without a NUL in them */
        char password[BASIC_PASSWORD_MAX + 1];
};

/* Reads the `len` bytes of the header's value. User and password may be empty and may be any bytes
 * but NUL, which a C string cannot hold. base64 is taken in its one canonical form only (RFC 4648,
 * section 3.5), so that no two headers mean the same. Returns 0 or -EINVAL. The caller wipes
 * `*ret`.
 */
int basic_credentials_parse(const char *header, size_t len, struct basic_credentials *ret);

#endif
