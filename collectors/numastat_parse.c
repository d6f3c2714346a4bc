/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a NUMA node (6.18, x86_64):
 *
 *   meminfo    Node 0 MemTotal:        5597388 kB
 *              Node 0 Active(anon):       1544 kB
 *              Node 0 HugePages_Total:     0
 *   cpulist    0-3,8-11                     (an empty line on a node without CPUs)
 *   distance   10 20 20 40                  (one for each online node, ascending by id)
 *
 * numastat is made of "key value" lines, which mx_kv_parse() reads. */
#include "numastat.h"

#include "meminfo_items.h"

/* Steps over "Node <id> ". */
static bool skip_node(const char **p, const char *end, uint32_t id)
{
        const char *q = mx_skip_blanks(*p, end);
        uint64_t n;

        if (!MX_SKIP_LITERAL(&q, end, "Node "))
                return false;
        q = mx_skip_blanks(q, end);
        if (mx_scan_u64(&q, end, &n) < 0 || n != id || q == end || !mx_is_blank(*q))
                return false;
        *p = q;
        return true;
}

int mx_node_meminfo_parse(const char *buf, size_t len, uint32_t id, struct mx_kv *rows, size_t cap,
                          size_t *ret_skipped, struct mx_err *reterr)
{
        struct mx_lines it = mx_lines(buf, len);
        size_t n = 0, skipped = 0;

        while (mx_lines_next(&it)) {
                const char *p = it.line, *end = p + it.len;

                if (it.len == 0)
                        continue; /* kernels before 2.6.37 start with an empty line */
                if (n == cap)
                        return mx_err_set(reterr, -E2BIG, "more lines than expected", NULL, it.nr);
                if (skip_node(&p, end, id) && mx_kv_line(p, end, &rows[n]))
                        n++;
                else
                        skipped++;
        }
        *ret_skipped = skipped;
        return (int)n;
}

/* Reads "a" or "a-b". */
static int scan_range(const char **p, const char *end, uint64_t *ret_first, uint64_t *ret_last)
{
        int r = mx_scan_u64(p, end, ret_first);

        if (r < 0)
                return r;
        *ret_last = *ret_first;
        if (*p < end && **p == '-') {
                ++*p;
                r = mx_scan_u64(p, end, ret_last);
        }
        if (r == 0 && *ret_last > INT32_MAX)
                return -ERANGE;
        return r;
}

int mx_id_list_parse(const char *buf, size_t len, uint32_t *ids, size_t cap, uint64_t *ret_n,
                     struct mx_err *reterr)
{
        const char *p = buf, *end = buf + len;
        uint64_t n = 0, next = 0;

        while (end > p && (end[-1] == '\n' || mx_is_blank(end[-1])))
                end--;
        while (p < end) {
                uint64_t first, last;
                int r = scan_range(&p, end, &first, &last);

                if (r < 0)
                        return mx_err_set(reterr, r, "bad id in a list", NULL, 1);
                if (first < next || last < first)
                        return mx_err_set(reterr, -EBADMSG, "list does not ascend", NULL, 1);
                for (uint64_t id = first; id <= last && n + (id - first) < cap; id++)
                        ids[n + (id - first)] = (uint32_t)id;
                n += last - first + 1;
                next = last + 1;
                if (p < end && (*p++ != ',' || p == end))
                        return mx_err_set(reterr, -EBADMSG, "bad separator in a list", NULL, 1);
        }
        *ret_n = n;
        return 0;
}

int mx_distance_parse(const char *buf, size_t len, uint64_t *ret, size_t cap, struct mx_err *reterr)
{
        const char *p = buf, *end = buf + len;
        size_t n = 0;

        if (end > p && end[-1] == '\n')
                end--;
        while ((p = mx_skip_blanks(p, end)) < end) {
                int r = n < cap ? mx_scan_u64(&p, end, &ret[n]) : -E2BIG;

                if (r == 0 && p < end && !mx_is_blank(*p))
                        r = -EBADMSG;
                if (r < 0)
                        return mx_err_set(reterr, r, "bad distance, or too many", NULL, 1);
                n++;
        }
        return n > 0 ? (int)n : mx_err_set(reterr, -EBADMSG, "no distance", NULL, 1);
}
