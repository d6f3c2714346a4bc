/* SPDX-License-Identifier: Apache-2.0 */
#include "basic_credentials.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is accepted is canonical: encoding it again gives the same characters. */
static size_t encode(const struct basic_credentials *c, char *ret)
{
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        size_t len = c->user_len + 1 + c->password_len, n = 0;
        unsigned char text[BASIC_USER_MAX + 1 + BASIC_PASSWORD_MAX + 2] = { 0 };

        memcpy(text, c->user, c->user_len);
        text[c->user_len] = ':';
        memcpy(text + c->user_len + 1, c->password, c->password_len);
        for (size_t i = 0; i < len; i += 3) {
                ret[n++] = digits[text[i] >> 2];
                ret[n++] = digits[(text[i] & 3) << 4 | text[i + 1] >> 4];
                ret[n++] = digits[(text[i + 1] & 15) << 2 | text[i + 2] >> 6];
                ret[n++] = digits[text[i + 2] & 63];
        }
        for (size_t i = 0; i < (3 - len % 3) % 3; i++)
                ret[n - 1 - i] = '=';
        return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *header = (const char *)data;
        static struct basic_credentials c, untouched;
        char again[BASIC_HEADER_MAX];
        size_t n;

        c = untouched;
        if (basic_credentials_parse(header, size, &c) < 0) {
                if (memcmp(&c, &untouched, sizeof(c)) != 0)
                        abort();
                return 0;
        }
        if (size > BASIC_HEADER_MAX || c.user_len > BASIC_USER_MAX ||
            c.password_len > BASIC_PASSWORD_MAX || strlen(c.user) != c.user_len ||
            strlen(c.password) != c.password_len || strchr(c.user, ':'))
                abort();
        n = encode(&c, again);
        while (size > 0 && (header[size - 1] == ' ' || header[size - 1] == '\t'))
                size--;
        if (n > size || memcmp(header + size - n, again, n) != 0)
                abort();
        return 0;
}
