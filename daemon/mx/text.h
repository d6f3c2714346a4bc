/* SPDX-License-Identifier: Apache-2.0 */
/* Text into bounded buffers: numbers and escaping as the exposition formats want them. */
#ifndef MX_TEXT_H
#define MX_TEXT_H

#include "mx/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define MX_U64_DIGITS   20
#define MX_DECIMALS_MAX 9

static inline int mx_text_add(struct mx_buf *b, const char *s, size_t n)
{
        return mx_buf_add(b, s, n);
}

static inline int mx_text_adds(struct mx_buf *b, const char *s)
{
        return mx_buf_add(b, s, strlen(s));
}

/* Writes v in decimal at p, which has room for MX_U64_DIGITS bytes, and returns the end. */
char *mx_text_u64(char *p, uint64_t v);

/* Writes v / 10^decimals with exactly that many decimals (at most MX_DECIMALS_MAX); room for 21
 * bytes more. */
char *mx_text_fixed(char *p, uint64_t v, unsigned decimals);

int mx_text_add_u64(struct mx_buf *b, uint64_t v);

/* Length of the well-formed UTF-8 sequence at s (RFC 3629: shortest form, no surrogates, up to
 * U+10FFFF) within its n bytes (1 or more), or 0 when there is none, or an ASCII character. */
size_t mx_text_utf8(const unsigned char *s, size_t n);

/* Appends n bytes as valid UTF-8 with backslash, newline and double quote escaped; in HELP text the
 * quote needs no escape in one format and needs one in the other, so it becomes an apostrophe. NUL,
 * every byte that is not part of a well-formed sequence, and every byte of a character from U+EF00
 * to U+EFFF become U+EF00 + byte, so that different input stays different (the range is the one
 * that OPTU-8 uses for raw bytes). At most three bytes of output per byte of input. */
int mx_text_escape(struct mx_buf *b, const char *s, size_t n, bool help);

/* [a-z_][a-z0-9_]*, and no double underscore at the start. */
bool mx_text_is_metric_name(const char *s);

#endif
