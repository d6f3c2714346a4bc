/* SPDX-License-Identifier: Apache-2.0 */
#include "html.h"

#include "mx/cleanup.h"
#include "scale.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void html_add(struct html *h, const char *s, size_t n)
{
        if (h->err == 0)
                h->err = mx_buf_add(h->buf, s, n);
}

void html_put(struct html *h, const char *s)
{
        html_add(h, s, strlen(s));
}

void html_format(struct html *h, const char *format, ...)
{
        va_list args;
        int n;

        if (h->err == 0)
                h->err = mx_buf_reserve(h->buf, HTML_FORMAT_MAX + 1);
        if (h->err < 0)
                return;
        va_start(args, format);
        n = vsnprintf(h->buf->data + h->buf->len, HTML_FORMAT_MAX + 1, format, args);
        va_end(args);
        if (n < 0 || n > HTML_FORMAT_MAX)
                h->err = -E2BIG; /* rather than half a tag */
        else
                h->buf->len += (size_t)n;
}

/* Decodes the character at s (RFC 3629). Returns its length, or 0 when there is no well-formed
 * one. */
static size_t decode(const unsigned char *s, size_t n, uint32_t *ret)
{
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        size_t len = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
        uint32_t c;

        if (len == 1) {
                *ret = s[0];
                return 1;
        }
        if (s[0] < 0xc2 || s[0] > 0xf4 || n < len)
                return 0;
        c = s[0] & (0xffU >> (len + 1));
        for (size_t i = 1; i < len; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3f);
        }
        if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return 0;
        *ret = c;
        return len;
}

/* Controls, and characters without a shape of their own that change how others look (Unicode 15,
 * Bidi_Control and the zero-width ones; line separators; tags; non-characters). */
static bool is_invisible(uint32_t c)
{
        static const struct {
                uint32_t first, last;
        } ranges[] = {
                { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x61c, 0x61c },
                { 0x115f, 0x1160 }, { 0x180e, 0x180e }, { 0x200b, 0x200f },   { 0x2028, 0x202e },
                { 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
                { 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0xe0fff },
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(ranges); i++)
                if (c >= ranges[i].first && c <= ranges[i].last)
                        return true;
        return false;
}

/* The exposition's stand-ins for raw bytes: U+EF00 + byte. */
static bool is_raw_byte(uint32_t c)
{
        return c >= 0xef00 && c <= 0xefff;
}

static bool is_plain(unsigned char c)
{
        return c >= 0x20 && c < 0x7f && c != '<' && c != '>' && c != '&' && c != '"' && c != '\'';
}

static size_t put_character(struct html *h, const unsigned char *s, size_t n)
{
        uint32_t c;
        size_t len = decode(s, n, &c);

        if (len == 0)
                html_format(h, "\\x%02x", s[0]);
        else if (is_raw_byte(c))
                html_format(h, "\\x%02x", c & 0xff);
        else if (c < 0xa0 && is_invisible(c))
                html_format(h, "\\x%02x", c);
        else if (is_invisible(c))
                html_format(h, "\\u%04x", c);
        else if (c < 0x80)
                html_format(h, "&#%u;", c);
        else
                html_add(h, (const char *)s, len);
        return len ? len : 1;
}

void html_text(struct html *h, const char *s, size_t n)
{
        const unsigned char *p = (const unsigned char *)s, *end = p + n;

        while (p < end) {
                const unsigned char *q = p;

                while (q < end && is_plain(*q))
                        q++;
                html_add(h, (const char *)p, (size_t)(q - p));
                p = q;
                if (p < end)
                        p += put_character(h, p, (size_t)(end - p));
        }
}

#define LABEL_READ_MAX (16 * 1024)

void html_label(struct html *h, struct view_text label)
{
        char text[LABEL_READ_MAX];
        const char *p = text;
        size_t n = view_unescape(label, text, sizeof(text));

        if (n > HTML_LABEL_MAX) {
                p += n - HTML_LABEL_MAX;
                n = HTML_LABEL_MAX;
                while (n > 0 && (*p & 0xc0) == 0x80) /* not in the middle of a character */
                        p++, n--;
                html_put(h, "\u2026");
        }
        html_text(h, p, n);
}

/* Writes thousandths of a unit with three digits. */
static void three_digits(struct html *h, uint64_t milli)
{
        if (milli < 1000)
                html_format(h, "0.%03" PRIu64, milli);
        else if (milli < 9995)
                html_format(h, "%" PRIu64 ".%02" PRIu64, (milli + 5) / 1000,
                            (milli + 5) % 1000 / 10);
        else if (milli < 99950)
                html_format(h, "%" PRIu64 ".%" PRIu64, (milli + 50) / 1000,
                            (milli + 50) % 1000 / 100);
        else
                html_format(h, "%" PRIu64, (milli + 500) / 1000);
}

void html_bytes(struct html *h, uint64_t bytes)
{
        static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
        __extension__ typedef unsigned __int128 wide;

        if (bytes == MX_ABSENT) {
                html_put(h, "not known");
                return;
        }
        if (bytes < 1000) {
                html_format(h, "%" PRIu64 " B", bytes);
                return;
        }
        for (unsigned i = 0; i < MX_ARRAY_SIZE(units); i++) {
                unsigned shift = 10 * (i + 1);
                uint64_t milli =
                        (uint64_t)(((wide)bytes * 1000 + ((wide)1 << (shift - 1))) >> shift);

                if (milli >= 999500 && i + 1 < MX_ARRAY_SIZE(units))
                        continue;
                three_digits(h, milli);
                html_format(h, " %s", units[i]);
                return;
        }
}

void html_bytes_exact(struct html *h, uint64_t bytes)
{
        if (bytes == MX_ABSENT) {
                html_put(h, "<span class=\"unknown\">not known</span>");
                return;
        }
        html_format(h, "<span data-bytes=\"%" PRIu64 "\" title=\"%" PRIu64 " bytes\">", bytes,
                    bytes);
        html_bytes(h, bytes);
        html_put(h, "</span>");
}

void html_percent(struct html *h, uint64_t part, uint64_t whole)
{
        /* Rounded to the nearest; the doubled scale has room for the half. */
        uint64_t tenths = (scale(part, 2000, whole) + 1) / 2;

        if (part > 0 && tenths == 0)
                html_put(h, "&lt;\u202f0.1\u202f%");
        else
                html_format(h, "%" PRIu64 ".%" PRIu64 "\u202f%%", tenths / 10, tenths % 10);
}

void html_milli(struct html *h, uint64_t milli)
{
        static const char *const units[] = { "", "\u202fk", "\u202fM", "\u202fG", "\u202fT" };
        size_t unit = 0;

        while (milli >= 9999500 && unit + 1 < MX_ARRAY_SIZE(units)) {
                milli = (milli + 500) / 1000;
                unit++;
        }
        if (milli == 0)
                html_put(h, "0");
        else if (milli < 1000000 && milli % 1000 == 0)
                html_format(h, "%" PRIu64, milli / 1000);
        else
                three_digits(h, milli);
        html_put(h, units[unit]);
}

void html_duration(struct html *h, uint64_t usec)
{
        static const struct {
                uint64_t usec;
                const char *name;
        } units[] = {
                { 86400 * 1000000ULL, "d" },
                { 3600 * 1000000ULL, "h" },
                { 60 * 1000000ULL, "min" },
                { 1000000, "s" },
                { 1000, "ms" },
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(units); i++)
                if (usec >= units[i].usec * (i < 3 ? 2 : 1)) {
                        html_format(h, "%" PRIu64 "\u202f%s", usec / units[i].usec, units[i].name);
                        return;
                }
        html_format(h, "%" PRIu64 "\u202f\u00b5s", usec);
}
