/* SPDX-License-Identifier: Apache-2.0 */
/* The text of /proc/slabinfo.
 *
 *   slabinfo - version: 2.1                                                              (6.18,
 * SLUB) # name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables
 * <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>    (one
 * line) kmalloc-96          3513   3528     96   42    1 : tunables    0    0    0 : slabdata 84 84
 * 0 fat_inode_cache(1:a)  12     24    776   21    4 : tunables    0    0    0 : slabdata      2 2
 * 0
 *
 *   slabinfo - version: 2.1 (statistics)               (SLAB with CONFIG_DEBUG_SLAB, until 6.7:
 * more columns) slabinfo - version: 1.1 (SMP)                      (2.4, no header) kmem_cache 60
 * 60    196    3    3    1 :  252  126
 *
 * A line is its name and then words by position, as the header has them. A name with a blank in it
 * shifts the words; it is found out by a word that is no number, or by the missing ':' after the
 * first numbers. The place of that ':' then says how many words the name has. */
#include "slabinfo.h"

#define WORDS_MAX 24 /* words after the name that may matter; 2.1 needs 14 */

enum {
        SKIP = -1,
        COLON = -2
};

/* What each word after the name is: an offset into struct mx_slab, or one of the above. */
struct layout {
        size_t n;       /* up to the last that matters */
        size_t n_first; /* words before the first ':', or all of them */
        bool colon;     /* is there a ':' after those? */
        int word[WORDS_MAX];
};

static const struct {
        const char *name;
        int offset;
} columns[] = {
        { "active_objs", offsetof(struct mx_slab, active) },
        { "num_objs", offsetof(struct mx_slab, objects) },
        { "objsize", offsetof(struct mx_slab, object_size) },
        { "pagesperslab", offsetof(struct mx_slab, pages_per_slab) },
        { "num_slabs", offsetof(struct mx_slab, slabs) },
};

static int column_of(const char *p, size_t len)
{
        if (len == 1 && p[0] == ':')
                return COLON;
        if (len > 2 && p[0] == '<' && p[len - 1] == '>') {
                p++;
                len -= 2;
        }
        for (size_t i = 0; i < MX_ARRAY_SIZE(columns); i++)
                if (strlen(columns[i].name) == len && memcmp(columns[i].name, p, len) == 0)
                        return columns[i].offset;
        return SKIP;
}

/* Reads the names of the columns after the name of the cache. False when the objects are not among
 * them. */
static bool read_columns(const char *p, const char *end, struct layout *ret)
{
        struct layout l = { 0 };
        size_t n = 0, objects = 0;

        while ((p = mx_skip_blanks(p, end)) < end && n < WORDS_MAX) {
                const char *q = mx_skip_word(p, end);
                int c = column_of(p, (size_t)(q - p));

                l.word[n++] = c;
                if (c == COLON && !l.colon) {
                        l.colon = true;
                        l.n_first = n - 1;
                }
                if (c != SKIP)
                        l.n = n;
                objects += c == (int)offsetof(struct mx_slab, active) ||
                           c == (int)offsetof(struct mx_slab, objects);
                p = q;
        }
        if (!l.colon)
                l.n_first = n;
        if (objects != 2 || l.n_first == 0)
                return false;
        *ret = l;
        return true;
}

/* Columns of the versions that came without a header, and of those whose header is missing. Of a
 * later version its header says, or nothing does. */
static bool columns_by_version(const char *p, const char *end, struct layout *ret)
{
        static const struct {
                const char *version, *columns;
        } known[] = {
                { "2.", "active_objs num_objs objsize objperslab pagesperslab : tunables limit "
                        "batchcount sharedfactor : slabdata active_slabs num_slabs" },
                { "1.1", "active_objs num_objs objsize active_slabs num_slabs pagesperslab" },
                { "1.0", "active_objs num_objs" },
        };

        if (!MX_SKIP_LITERAL(&p, end, "slabinfo - version:"))
                return false;
        p = mx_skip_blanks(p, end);
        for (size_t i = 0; i < MX_ARRAY_SIZE(known); i++) {
                const char *names = known[i].columns;

                if (mx_skip_prefix(&p, end, known[i].version, strlen(known[i].version)))
                        return read_columns(names, names + strlen(names), ret);
        }
        return true;
}

static bool read_words(const char *p, const char *end, const struct layout *l, struct mx_slab *ret)
{
        for (size_t i = 0; i < l->n; i++) {
                uint64_t *value;

                p = mx_skip_blanks(p, end);
                if (p == end)
                        return false;
                if (l->word[i] == SKIP) {
                        p = mx_skip_word(p, end);
                        continue;
                }
                if (l->word[i] == COLON) {
                        if (*p++ != ':')
                                return false;
                        continue;
                }
                value = (uint64_t *)(void *)((char *)ret + l->word[i]);
                if (mx_scan_u64(&p, end, value) < 0 || (p < end && !mx_is_blank(*p)))
                        return false;
        }
        return true;
}

/* Where the words before `end` start when there are `n` of them, or NULL. */
static const char *back_words(const char *start, const char *end, size_t n)
{
        const char *p = end;

        while (n-- > 0) {
                while (p > start && mx_is_blank(p[-1]))
                        p--;
                if (p == start)
                        return NULL;
                while (p > start && !mx_is_blank(p[-1]))
                        p--;
        }
        return p;
}

/* Reads a line whose name has blanks in it: the name is what stands before the numbers that precede
 * the first lone ':', or the end of the line. */
static bool read_odd_name(const char *line, const char *end, const struct layout *l,
                          struct mx_slab *ret)
{
        const char *stop = end, *name_end;

        if (l->colon) {
                stop = memmem(line, (size_t)(end - line), " : ", 3);
                if (!stop)
                        return false;
        }
        name_end = back_words(line, stop, l->n_first);
        if (!name_end)
                return false;
        if (!read_words(name_end, end, l, ret))
                return false;
        while (name_end > line && mx_is_blank(name_end[-1]))
                name_end--;
        ret->name = line;
        ret->name_len = (uint32_t)(name_end - line);
        return name_end > line;
}

static bool read_row(const char *line, const char *end, const struct layout *l, struct mx_slab *ret)
{
        const char *p = mx_skip_blanks(line, end), *q = mx_skip_word(p, end);

        *ret = (struct mx_slab){ .name = p,
                                 .name_len = (uint32_t)(q - p),
                                 .active = MX_ABSENT,
                                 .objects = MX_ABSENT,
                                 .object_size = MX_ABSENT,
                                 .pages_per_slab = MX_ABSENT,
                                 .slabs = MX_ABSENT };
        return q > p && (read_words(q, end, l, ret) || read_odd_name(p, end, l, ret));
}

int mx_slabinfo_parse(const char *buf, size_t len, struct mx_slab *rows, size_t cap,
                      size_t *ret_skipped, struct mx_err *reterr)
{
        struct mx_lines it = mx_lines(buf, len);
        struct layout layout = { 0 };
        size_t n = 0, skipped = 0;

        if (!mx_lines_next(&it) || !columns_by_version(it.line, it.line + it.len, &layout))
                return mx_err_set(reterr, -EBADMSG, "no version line", NULL, 1);
        while (mx_lines_next(&it)) {
                const char *p = it.line, *end = p + it.len;

                if (it.len == 0)
                        continue;
                if (*p == '#') {
                        if (MX_SKIP_LITERAL(&p, end, "# name"))
                                (void)read_columns(p, end, &layout);
                        continue;
                }
                if (layout.n == 0)
                        return mx_err_set(reterr, -EBADMSG, "version without a known header", NULL,
                                          it.nr);
                if (n == cap)
                        return mx_err_set(reterr, -E2BIG, "more caches than expected", NULL, it.nr);
                if (read_row(p, end, &layout, &rows[n]))
                        n++;
                else
                        skipped++;
        }
        if (n == 0)
                return mx_err_set(reterr, -EBADMSG, "no cache could be read", NULL, it.nr);
        *ret_skipped = skipped;
        return (int)n;
}
