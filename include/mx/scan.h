/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces every parser is made of: lines, words and numbers in a buffer with a length. Nothing
 * here needs a NUL, allocates, or reads at or past `end`. */
#ifndef MX_SCAN_H
#define MX_SCAN_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A value the kernel did not give. Parsers preset their members to it; the sink makes no sample of
 * it. No kernel counter can hold it truthfully: it is a wrapped negative or "no limit". */
#define MX_ABSENT UINT64_MAX

struct mx_lines {
        const char *next, *end; /* what is still unread */
        const char *line;       /* the current line, without its newline */
        size_t len;
        unsigned nr; /* 1-based number of the current line */
};

static inline struct mx_lines mx_lines(const char *buf, size_t len)
{
        return (struct mx_lines){ .next = buf, .end = buf + len };
}

/* Steps to the next line. False when there is none; a last line without a newline is a line. */
static inline bool mx_lines_next(struct mx_lines *it)
{
        const char *nl;

        if (it->next == it->end)
                return false;
        nl = memchr(it->next, '\n', (size_t)(it->end - it->next));
        it->line = it->next;
        it->len = (size_t)((nl ? nl : it->end) - it->next);
        it->next = nl ? nl + 1 : it->end;
        it->nr++;
        return true;
}

/* The kernel pads with spaces and tabs; nothing else is blank to us. */
static inline bool mx_is_blank(char c)
{
        return c == ' ' || c == '\t';
}

static inline bool mx_is_digit(char c)
{
        return (unsigned char)(c - '0') < 10;
}

static inline const char *mx_skip_blanks(const char *p, const char *end)
{
        while (p < end && mx_is_blank(*p))
                p++;
        return p;
}

static inline const char *mx_skip_word(const char *p, const char *end)
{
        while (p < end && !mx_is_blank(*p))
                p++;
        return p;
}

/* Steps over blanks and the word behind them, which *ret and *ret_len are then. False when there is
 * none. */
static inline bool mx_next_word(const char **p, const char *end, const char **ret, size_t *ret_len)
{
        *ret = mx_skip_blanks(*p, end);
        *p = mx_skip_word(*ret, end);
        *ret_len = (size_t)(*p - *ret);
        return *ret_len > 0;
}

/* Are the `len` bytes at `word` those of `text`? */
static inline bool mx_is_word(const char *word, size_t len, const char *text)
{
        return len == strlen(text) && memcmp(word, text, len) == 0;
}

/* If [*p, end) starts with the `n` bytes of `prefix`, steps over them. */
static inline bool mx_skip_prefix(const char **p, const char *end, const char *prefix, size_t n)
{
        if ((size_t)(end - *p) < n || memcmp(*p, prefix, n) != 0)
                return false;
        *p += n;
        return true;
}

#define MX_SKIP_LITERAL(p, end, literal) mx_skip_prefix((p), (end), (literal), sizeof(literal) - 1)

/* Reads decimal digits at *p and steps over them. Returns 0, -EBADMSG when there is no digit, or
 * -ERANGE above 2^64-1; *p and *ret change on success only. Signs, blanks and bases are not
 * accepted. */
static inline int mx_scan_u64(const char **p, const char *end, uint64_t *ret)
{
        const char *q = *p;
        uint64_t v = 0;

        /* 19 digits cannot overflow, which is all a sane file holds. */
        while (q < end && mx_is_digit(*q) && q - *p < 19)
                v = v * 10 + (uint64_t)(*q++ - '0');
        if (q == *p)
                return -EBADMSG;
        while (q < end && mx_is_digit(*q)) {
                if (__builtin_mul_overflow(v, 10, &v) ||
                    __builtin_add_overflow(v, (uint64_t)(*q - '0'), &v))
                        return -ERANGE;
                q++;
        }
        *p = q;
        *ret = v;
        return 0;
}

/* As mx_scan_u64(), with an optional leading minus. -ERANGE outside of int64_t. */
static inline int mx_scan_i64(const char **p, const char *end, int64_t *ret)
{
        const char *q = *p;
        bool negative = q < end && *q == '-';
        uint64_t v;
        int r;

        q += negative;
        r = mx_scan_u64(&q, end, &v);
        if (r < 0)
                return r;
        if (v > (uint64_t)INT64_MAX + negative)
                return -ERANGE;
        *p = q;
        *ret = negative ? (int64_t)(0 - v) : (int64_t)v;
        return 0;
}

/* Reads [p, end) as one number with blanks around it or not. Fails as mx_scan_u64() does, and with
 * -EBADMSG where anything follows; *ret changes on success only. */
static inline int mx_scan_only_u64(const char *p, const char *end, uint64_t *ret)
{
        uint64_t v;
        int r;

        p = mx_skip_blanks(p, end);
        r = mx_scan_u64(&p, end, &v);
        if (r < 0)
                return r;
        if (mx_skip_blanks(p, end) != end)
                return -EBADMSG;
        *ret = v;
        return 0;
}

#endif
