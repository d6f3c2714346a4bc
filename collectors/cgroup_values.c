/* SPDX-License-Identifier: Apache-2.0 */
/* The small formats of cgroup memory files.
 *
 *   memory.current         2138112                                   (6.1, x86_64)
 *   memory.max             max
 *   memory.limit_in_bytes  9223372036854771712                       (v1, no limit, 4 KiB pages)
 *   memory.numa_stat       anon N0=18071552 N1=0                     (v2, bytes)
 *   memory.numa_stat       hierarchical_total=14566 N0=14566         (v1, pages) */
#include "cgroup_values.h"

int mx_cgroup_value_parse(const char *buf, size_t len, uint64_t *ret, struct mx_err *reterr)
{
        const char *p = buf, *end = buf + len;
        uint64_t v;
        int r;

        r = mx_scan_u64(&p, end, &v);
        if (r == 0 && p < end && *p == '\n')
                p++;
        if (r < 0 || p != end)
                return mx_err_set(reterr, r < 0 ? r : -EBADMSG, "not a single number", NULL, 1);
        *ret = v;
        return 0;
}

/* v1 has no word for "no limit". It prints PAGE_COUNTER_MAX in bytes, which is LONG_MAX cut to
 * whole pages: 2^63 less one page, of whatever size (4 KiB to 256 KiB); on 32 bits it is LONG_MAX
 * pages. Before 3.19 res_counter printed 2^63-1 or 2^64-1. No machine has memory near these. */
uint64_t mx_cgroup_limit(uint64_t bytes)
{
        const uint64_t on_64_bits = (uint64_t)INT64_MAX - (16U << 20);
        const uint64_t on_32_bits = (uint64_t)INT32_MAX * 4096;

        return bytes > on_64_bits || bytes == on_32_bits ? MX_ABSENT : bytes;
}

int mx_cgroup_limit_parse(const char *buf, size_t len, uint64_t *ret, struct mx_err *reterr)
{
        const char *p = buf, *end = buf + len;
        uint64_t v;
        int r;

        if (MX_SKIP_LITERAL(&p, end, "max") && (p == end || (*p == '\n' && p + 1 == end))) {
                *ret = MX_ABSENT;
                return 0;
        }
        r = mx_cgroup_value_parse(buf, len, &v, reterr);
        if (r == 0)
                *ret = mx_cgroup_limit(v);
        return r;
}

int mx_cgroup_key_parse(const char *buf, size_t len, const char *key, uint64_t *ret)
{
        struct mx_lines it = mx_lines(buf, len);
        size_t key_len = strlen(key);

        while (mx_lines_next(&it)) {
                const char *p = it.line, *end = it.line + it.len;

                if (it.len > key_len && memcmp(p, key, key_len) == 0 && mx_is_blank(p[key_len]) &&
                    mx_scan_only_u64(p + key_len, end, ret) == 0)
                        return 0;
        }
        return -ENOENT;
}

/* "N0=12". False when it is anything else. */
static bool scan_cell(const char **p, const char *end, struct mx_cgroup_numa *ret)
{
        uint64_t node;

        if (!MX_SKIP_LITERAL(p, end, "N") || mx_scan_u64(p, end, &node) < 0 || node > UINT32_MAX ||
            !MX_SKIP_LITERAL(p, end, "=") || mx_scan_u64(p, end, &ret->value) < 0 ||
            (*p < end && !mx_is_blank(**p)))
                return false;
        ret->node = (uint32_t)node;
        return true;
}

/* The key, and on v1 its sum over all nodes, which is dropped: the nodes say it. */
static bool scan_key(const char **p, const char *end, const char **ret, uint32_t *ret_len)
{
        const char *q = *p;
        uint64_t sum;

        while (q < end && *q != '=' && !mx_is_blank(*q))
                q++;
        if (q == *p)
                return false;
        *ret = *p;
        *ret_len = (uint32_t)(q - *p);
        if (MX_SKIP_LITERAL(&q, end, "=") && mx_scan_u64(&q, end, &sum) < 0)
                return false;
        *p = q;
        return q == end || mx_is_blank(*q);
}

int mx_cgroup_numa_parse(const char *buf, size_t len, struct mx_cgroup_numa *cells, size_t cap,
                         size_t *ret_skipped, struct mx_err *reterr)
{
        struct mx_lines it = mx_lines(buf, len);
        size_t n = 0, skipped = 0;

        while (mx_lines_next(&it)) {
                const char *p = it.line, *end = it.line + it.len, *key;
                size_t first = n;
                uint32_t key_len;
                bool good;

                if (it.len == 0)
                        continue;
                good = scan_key(&p, end, &key, &key_len);
                while (good && (p = mx_skip_blanks(p, end)) < end) {
                        if (n == cap)
                                return mx_err_set(reterr, -E2BIG, "more nodes than expected", NULL,
                                                  it.nr);
                        cells[n].key = key;
                        cells[n].key_len = key_len;
                        good = scan_cell(&p, end, &cells[n]);
                        n++;
                }
                if (!good) {
                        n = first;
                        skipped++;
                }
        }
        *ret_skipped = skipped;
        return (int)n;
}
