/* SPDX-License-Identifier: Apache-2.0 */
/* The text of /proc/swaps, and two lines of /proc/vmstat.
 *
 *   Filename				Type		Size		Used		Priority
 * (6.18) /dev/zram0                              partition	8388604		1204224		100
 *   /swap\040file                           file		1048572		0		-2
 *   /swap.img\040(deleted)                  file		2097148		132096		-3
 *
 * The kernel escapes blank, tab, newline and backslash in a path, yet " (deleted)" is also met with
 * its blank bare (util-linux issue 596). So what follows the path is counted from the right end of
 * the line, with as many columns as the header names. Where that does not fit, because the lines
 * have columns that the header lacks, the path is taken to be one word and the rest is counted from
 * the left. */
#include "swap.h"

#include "octal.h"

#define WORDS_MAX 64 /* of a line; 6.18 prints 5 */

struct word {
        const char *p;
        uint32_t len;
};

/* Where the columns are: by position in the header, which has `n` of them. */
struct layout {
        size_t n, path, kind, size, used, priority;
};

static const struct layout classic = { 5, 0, 1, 2, 3, 4 };

static size_t split(const char *p, size_t len, struct word *words)
{
        const char *end = p + len;
        size_t n = 0;

        while ((p = mx_skip_blanks(p, end)) < end && n < WORDS_MAX) {
                const char *q = mx_skip_word(p, end);

                words[n++] = (struct word){ p, (uint32_t)(q - p) };
                p = q;
        }
        return n;
}

static bool is_word(const struct word *w, const char *s)
{
        return mx_is_word(w->p, w->len, s);
}

/* False when the words are not a header that names all five columns. */
static bool read_header(const struct word *words, size_t n, struct layout *ret)
{
        static const char *const names[] = { "Filename", "Type", "Size", "Used", "Priority" };
        size_t at[MX_ARRAY_SIZE(names)];

        for (size_t i = 0; i < MX_ARRAY_SIZE(names); i++) {
                at[i] = 0;
                while (at[i] < n && !is_word(&words[at[i]], names[i]))
                        at[i]++;
                if (at[i] == n)
                        return false;
        }
        *ret = (struct layout){ n, at[0], at[1], at[2], at[3], at[4] };
        return true;
}

static bool number(const struct word *w, uint64_t *ret)
{
        const char *p = w->p, *end = p + w->len;

        return mx_scan_u64(&p, end, ret) == 0 && p == end;
}

static bool signed_number(const struct word *w, int64_t *ret)
{
        const char *p = w->p, *end = p + w->len;

        return mx_scan_i64(&p, end, ret) == 0 && p == end;
}

/* Takes off " (deleted)", escaped or not. What is left of the path is not empty. */
static void strip_deleted(struct mx_swap *row)
{
        static const char *const marks[] = { "\\040(deleted)", " (deleted)" };

        row->deleted = 0;
        for (size_t i = 0; i < MX_ARRAY_SIZE(marks); i++) {
                size_t n = strlen(marks[i]);

                if (row->path_len > n && memcmp(row->path + row->path_len - n, marks[i], n) == 0) {
                        row->path_len -= (uint32_t)n;
                        row->deleted = 1;
                        return;
                }
        }
}

/* Reads a line whose path spans `surplus` words more than one. */
static bool read_row(const struct word *words, const struct layout *l, size_t surplus,
                     struct mx_swap *ret)
{
        const struct word *w[5];
        const size_t at[] = { l->path, l->kind, l->size, l->used, l->priority };
        const struct word *last = &words[l->path + surplus];

        for (size_t i = 0; i < MX_ARRAY_SIZE(at); i++)
                w[i] = &words[at[i] + (at[i] > l->path ? surplus : 0)];
        if (mx_is_digit(w[1]->p[0]) || w[1]->p[0] == '-' || !number(w[2], &ret->size_kib) ||
            !number(w[3], &ret->used_kib) || !signed_number(w[4], &ret->priority))
                return false;
        ret->path = w[0]->p;
        ret->path_len = (uint32_t)(last->p + last->len - w[0]->p);
        ret->kind = w[1]->p;
        ret->kind_len = w[1]->len;
        strip_deleted(ret);
        return true;
}

int mx_swap_parse(const char *buf, size_t len, struct mx_swap *rows, size_t cap,
                  size_t *ret_skipped, struct mx_err *reterr)
{
        struct mx_lines it = mx_lines(buf, len);
        struct layout layout = classic;
        struct word words[WORDS_MAX];
        size_t n = 0, skipped = 0;
        bool header = false;

        while (mx_lines_next(&it)) {
                size_t k = split(it.line, it.len, words);
                struct mx_swap row;

                if (k == 0)
                        continue;
                if (!header && n + skipped == 0 && read_header(words, k, &layout)) {
                        header = true;
                        continue;
                }
                if (k < layout.n || k == WORDS_MAX ||
                    (!read_row(words, &layout, k - layout.n, &row) &&
                     !read_row(words, &layout, 0, &row))) {
                        skipped++;
                        continue;
                }
                if (n == cap)
                        return mx_err_set(reterr, -E2BIG, "more swap devices than expected", NULL,
                                          it.nr);
                rows[n++] = row;
        }
        if (n == 0 && (!header || skipped > 0))
                return mx_err_set(reterr, -EBADMSG, "no header and no line could be read", NULL,
                                  it.nr);
        *ret_skipped = skipped;
        return (int)n;
}

size_t mx_swap_unescape(const char *path, size_t len, char *dst)
{
        const char *s = path, *end = path + len;
        size_t n = 0;

        while (s < end)
                s += mx_octal_byte(s, end, &dst[n++]);
        return n;
}

/* The text after "\nkey ", looked for from `from` on, or NULL. A line is found by the newline
 * before it: both lines stand far from the start of the file, and memmem() passes over 2 KiB in
 * less than a microsecond. */
static const char *find_line(const char *buf, const char *from, const char *end, const char *key,
                             size_t n)
{
        const char *p;

        if (end - buf >= (ptrdiff_t)n - 1 && memcmp(buf, key + 1, n - 1) == 0)
                return buf + n - 1;
        p = memmem(from, (size_t)(end - from), key, n);
        return p ? p + n : NULL;
}

static int read_counter(const char *p, const char *end, uint64_t *ret)
{
        uint64_t v;

        if (!p)
                return 0;
        p = mx_skip_blanks(p, end);
        if (mx_scan_u64(&p, end, &v) < 0 || (p < end && *p != '\n'))
                return -EBADMSG;
        *ret = v;
        return 0;
}

int mx_swap_io_parse(const char *buf, size_t len, struct mx_swap_io *ret, struct mx_err *reterr)
{
        static const char in_key[] = "\npswpin ", out_key[] = "\npswpout ";
        const char *end = buf + len, *in, *out;
        int r, r_out;

        *ret = (struct mx_swap_io){ MX_ABSENT, MX_ABSENT };
        if (len == 0)
                return 0;
        in = find_line(buf, buf, end, in_key, sizeof(in_key) - 1);
        /* pswpout is the next line on every kernel so far, and nothing forces it to stay there. */
        out = find_line(buf, in ? in : buf, end, out_key, sizeof(out_key) - 1);
        if (!out && in)
                out = find_line(buf, buf, end, out_key, sizeof(out_key) - 1);
        r = read_counter(in, end, &ret->in_pages);
        r_out = read_counter(out, end, &ret->out_pages);
        if (r < 0 || r_out < 0)
                return mx_err_set(reterr, -EBADMSG, "bad number of swapped pages", NULL, 0);
        return 0;
}
