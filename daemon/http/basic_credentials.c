/* SPDX-License-Identifier: Apache-2.0 */
#include "basic_credentials.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define DECODED_MAX (BASIC_USER_MAX + 1 + BASIC_PASSWORD_MAX)
#define ENCODED_MAX ((DECODED_MAX + 2) / 3 * 4)
#define INVALID     64

static unsigned sextet(char c)
{
        if (c >= 'A' && c <= 'Z')
                return (unsigned)(c - 'A');
        if (c >= 'a' && c <= 'z')
                return (unsigned)(c - 'a') + 26;
        if (c >= '0' && c <= '9')
                return (unsigned)(c - '0') + 52;
        return c == '+' ? 62 : c == '/' ? 63 : INVALID;
}

/* Decodes `len` characters, a multiple of 4 and at most ENCODED_MAX, which is room for what is
 * written. Returns the number of bytes or -EINVAL. */
static int decode(const char *in, size_t len, char out[ENCODED_MAX / 4 * 3])
{
        size_t pad = in[len - 1] != '=' ? 0 : in[len - 2] != '=' ? 1 : 2;
        size_t n = 0;

        for (size_t i = 0; i < len; i += 4) {
                unsigned word = 0;

                for (size_t k = 0; k < 4; k++) {
                        unsigned v = i + k < len - pad ? sextet(in[i + k]) : 0;

                        if (v == INVALID)
                                return -EINVAL;
                        word = word << 6 | v;
                }
                out[n++] = (char)(word >> 16);
                out[n++] = (char)(word >> 8);
                out[n++] = (char)word;
        }
        /* What the padding leaves over of the last word has to be zero. */
        for (size_t k = n - pad; k < n; k++)
                if (out[k] != 0)
                        return -EINVAL;
        return (int)(n - pad);
}

/* The token after "Basic" and its spaces; RFC 9110, section 11.4. */
static const char *token(const char *header, size_t len, size_t *ret_len)
{
        const char *p = header + 5, *end = header + len;

        if (len < 6 || len > BASIC_HEADER_MAX || strncasecmp(header, "Basic", 5) != 0 || *p != ' ')
                return NULL;
        while (p < end && *p == ' ')
                p++;
        while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
                end--;
        *ret_len = (size_t)(end - p);
        return p;
}

static int split(const char *text, size_t len, struct basic_credentials *ret)
{
        const char *colon = memchr(text, ':', len);
        size_t user_len, password_len;

        if (!colon || memchr(text, '\0', len))
                return -EINVAL;
        user_len = (size_t)(colon - text);
        password_len = len - user_len - 1;
        if (user_len > BASIC_USER_MAX || password_len > BASIC_PASSWORD_MAX)
                return -EINVAL;
        memcpy(ret->user, text, user_len);
        ret->user[user_len] = '\0';
        ret->user_len = user_len;
        memcpy(ret->password, colon + 1, password_len);
        ret->password[password_len] = '\0';
        ret->password_len = password_len;
        return 0;
}

int basic_credentials_parse(const char *header, size_t len, struct basic_credentials *ret)
{
        char text[ENCODED_MAX / 4 * 3];
        size_t encoded_len = 0;
        const char *encoded = token(header, len, &encoded_len);
        int n;

        if (!encoded || encoded_len == 0 || encoded_len % 4 != 0 || encoded_len > ENCODED_MAX)
                return -EINVAL;
        n = decode(encoded, encoded_len, text);
        if (n >= 0)
                n = split(text, (size_t)n, ret);
        explicit_bzero(text, sizeof(text));
        return n;
}
