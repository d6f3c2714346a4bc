/* SPDX-License-Identifier: Apache-2.0 */
/* Free pages and watermarks of one zone of /proc/zoneinfo after the other; see zoneinfo_parse.c for
 * what the file looks like. A quarter of the cost of reading all lines (6.18, 2 CPUs). */
#include "zoneinfo.h"

enum {
        MIN,
        LOW,
        HIGH,
        PRESENT,
        MANAGED,
        WANTED,
};

static const struct {
        const char *key;
        size_t len;
} wanted[WANTED] = {
        [MIN] = { "min ", 4 },         [LOW] = { "low ", 4 },         [HIGH] = { "high ", 5 },
        [PRESENT] = { "present ", 8 }, [MANAGED] = { "managed ", 8 },
};

static int wrong(const char *begin, const char *at, int code, const char *what,
                 struct mx_err *reterr)
{
        unsigned line = 1;

        for (; begin < at; begin++)
                line += *begin == '\n';
        return mx_err_set(reterr, code, what, NULL, line);
}

/* One line below "pages free". The first of a key counts: "high" stands before "high:". */
static int read_line(const char *p, const char *end, uint64_t *v)
{
        for (size_t i = 0; i < WANTED; i++)
                if (v[i] == MX_ABSENT && mx_skip_prefix(&p, end, wanted[i].key, wanted[i].len))
                        return mx_scan_only_u64(p, end, &v[i]);
        return 0;
}

/* Whether nothing after this line is wanted of the zone. */
static bool is_end(const char *p, const char *end)
{
        return MX_SKIP_LITERAL(&p, end, "protection:") || MX_SKIP_LITERAL(&p, end, "pagesets");
}

/* From the line after the head on. *free and v[] are preset to MX_ABSENT. */
static int read_body(const char *begin, const char **pos, const char *end, uint64_t *level,
                     uint64_t *v, struct mx_err *reterr)
{
        struct mx_lines it = mx_lines(*pos, (size_t)(end - *pos));

        while (it.next < end && *it.next != 'N' && v[MANAGED] == MX_ABSENT && mx_lines_next(&it)) {
                const char *stop = it.line + it.len, *p = mx_skip_blanks(it.line, stop);
                int r = 0;

                if (is_end(p, stop))
                        break;
                if (*level != MX_ABSENT)
                        r = read_line(p, stop, v);
                else if (MX_SKIP_LITERAL(&p, stop, "pages free "))
                        r = mx_scan_only_u64(p, stop, level);
                if (r < 0)
                        return wrong(begin, it.line, r, "not a number of pages", reterr);
        }
        *pos = it.next;
        return 0;
}

int mx_zoneinfo_next_level(const char *begin, const char **pos, const char *end,
                           struct mx_zone_level *ret, struct mx_err *reterr)
{
        uint64_t v[WANTED] = { MX_ABSENT, MX_ABSENT, MX_ABSENT, MX_ABSENT, MX_ABSENT };
        uint64_t level = MX_ABSENT;
        const char *start = mx_zoneinfo_find_head(*pos, end), *p;
        struct mx_lines it = mx_lines(start, (size_t)(end - start));
        struct mx_zone_head head;
        int r;

        if (!mx_lines_next(&it)) {
                *pos = end;
                return 0;
        }
        if (!mx_zoneinfo_head(it.line, it.line + it.len, &head))
                return wrong(begin, start, -EBADMSG, "not the head line of a zone", reterr);
        p = it.next;
        r = read_body(begin, &p, end, &level, v, reterr);
        if (r < 0)
                return r;
        if (v[MANAGED] == MX_ABSENT)
                v[MANAGED] = v[PRESENT];
        if (level == MX_ABSENT || v[MIN] == MX_ABSENT || v[LOW] == MX_ABSENT ||
            v[HIGH] == MX_ABSENT || v[MANAGED] == MX_ABSENT)
                return wrong(begin, start, -EBADMSG,
                             "the zone lacks its free pages, a watermark or its size", reterr);
        *ret = (struct mx_zone_level){ .head = head,
                                       .free = level,
                                       .min = v[MIN],
                                       .low = v[LOW],
                                       .high = v[HIGH],
                                       .managed = v[MANAGED] };
        *pos = p;
        return 1;
}
