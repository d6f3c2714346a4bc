/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <errno.h>

static const char digit_pairs[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";

/* Decimal digits of v: its bits times log10(2), corrected by a comparison. */
static inline unsigned digits_of(uint64_t v)
{
        static const uint64_t power[] = {
                0,
                10,
                100,
                1000,
                10000,
                100000,
                1000000,
                10000000,
                100000000,
                1000000000,
                10000000000,
                100000000000,
                1000000000000,
                10000000000000,
                100000000000000,
                1000000000000000,
                10000000000000000,
                100000000000000000,
                1000000000000000000,
                10000000000000000000U,
        };
        unsigned guess = (unsigned)(64 - __builtin_clzll(v | 1)) * 1233 >> 12;

        return guess + (v >= power[guess]);
}

char *mx_text_u64(char *p, uint64_t v)
{
        char *end, *q;

        if (v < 10) { /* half of what kernels print is 0 */
                *p = (char)('0' + v);
                return p + 1;
        }
        end = q = p + digits_of(v);
        while (v >= 10000) { /* two pairs a step: half the divisions wait for one another */
                unsigned low = (unsigned)(v % 10000);

                q -= 4;
                memcpy(q + 2, digit_pairs + 2 * (low % 100), 2);
                memcpy(q, digit_pairs + 2 * (low / 100), 2);
                v /= 10000;
        }
        if (v >= 100) {
                q -= 2;
                memcpy(q, digit_pairs + 2 * (v % 100), 2);
                v /= 100;
        }
        if (v >= 10)
                memcpy(q - 2, digit_pairs + 2 * v, 2);
        else
                q[-1] = (char)('0' + v);
        return end;
}

/* ".123": most of what is fixed is a ratio. */
static char *add_thousandths(char *p, unsigned v)
{
        *p++ = '.';
        *p++ = (char)('0' + v / 100);
        return (char *)mempcpy(p, digit_pairs + (size_t)2 * (v % 100), 2);
}

/* From the last digit to the first, as a division by a constant is a multiplication. */
char *mx_text_fixed(char *p, uint64_t v, unsigned decimals)
{
        uint64_t rest = v;
        char digit[MX_DECIMALS_MAX];

        if (decimals == 3)
                return add_thousandths(mx_text_u64(p, v / 1000), (unsigned)(v % 1000));
        for (unsigned i = decimals; i > 0; i--) {
                digit[i - 1] = (char)('0' + rest % 10);
                rest /= 10;
        }
        p = mx_text_u64(p, rest);
        *p++ = '.';
        return (char *)mempcpy(p, digit, decimals);
}

int mx_text_add_u64(struct mx_buf *b, uint64_t v)
{
        int r = mx_buf_reserve(b, MX_U64_DIGITS);

        if (r < 0)
                return r;
        b->len = (size_t)(mx_text_u64(b->data + b->len, v) - b->data);
        return 0;
}

size_t mx_text_utf8(const unsigned char *s, size_t n)
{
        unsigned char lo = 0x80, hi = 0xbf;
        size_t len;

        if (s[0] < 0xc2 || s[0] > 0xf4)
                return 0;
        len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
        if (n < len)
                return 0;
        if (s[0] == 0xe0)
                lo = 0xa0;
        else if (s[0] == 0xed)
                hi = 0x9f;
        else if (s[0] == 0xf0)
                lo = 0x90;
        else if (s[0] == 0xf4)
                hi = 0x8f;
        if (s[1] < lo || s[1] > hi)
                return 0;
        for (size_t i = 2; i < len; i++)
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
        return len;
}

static bool is_plain(unsigned char c)
{
        return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* U+EF00 + byte, in UTF-8. */
static int add_raw(struct mx_buf *b, unsigned char byte)
{
        const char utf8[] = { (char)0xee, (char)(0xbc | byte >> 6), (char)(0x80 | (byte & 0x3f)) };

        return mx_text_add(b, utf8, sizeof(utf8));
}

/* Escapes what starts at s[0], which is not plain; *ret_used says how many bytes it took. */
static int escape_one(struct mx_buf *b, const unsigned char *s, size_t n, bool help,
                      size_t *ret_used)
{
        size_t len;

        *ret_used = 1;
        if (s[0] == '\n')
                return mx_text_add(b, "\\n", 2);
        if (s[0] == '\\')
                return mx_text_add(b, "\\\\", 2);
        if (s[0] == '"')
                return help ? mx_text_add(b, "'", 1) : mx_text_add(b, "\\\"", 2);
        if (s[0] > 0 && s[0] < 0x80)
                return mx_text_add(b, (const char *)s, 1);
        len = mx_text_utf8(s, n);
        /* U+EF00 to U+EFFF stand for raw bytes. */
        if (len == 0 || (len == 3 && s[0] == 0xee && s[1] >= 0xbc))
                return add_raw(b, s[0]);
        *ret_used = len;
        return mx_text_add(b, (const char *)s, len);
}

int mx_text_escape(struct mx_buf *b, const char *s, size_t n, bool help)
{
        const unsigned char *p = (const unsigned char *)s, *end = p + n;

        while (p < end) {
                const unsigned char *q = p;
                size_t used = 0;
                int r;

                while (q < end && is_plain(*q))
                        q++;
                r = mx_text_add(b, (const char *)p, (size_t)(q - p));
                if (r == 0 && q < end)
                        r = escape_one(b, q, (size_t)(end - q), help, &used);
                if (r < 0)
                        return r;
                p = q + used;
        }
        return 0;
}

bool mx_text_is_metric_name(const char *s)
{
        if (!((s[0] >= 'a' && s[0] <= 'z') || s[0] == '_') || (s[0] == '_' && s[1] == '_'))
                return false;
        for (; *s; s++)
                if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || *s == '_'))
                        return false;
        return true;
}
