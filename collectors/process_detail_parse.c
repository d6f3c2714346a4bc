/* SPDX-License-Identifier: Apache-2.0 */
/* limits (6.18; columns are padded, and both numbers may be the word):
 *
 *   Limit                     Soft Limit           Hard Limit           Units
 *   Max locked memory         8388608              8388608              bytes
 *   Max address space         unlimited            unlimited            bytes
 *
 * numa_maps (6.18; a policy may hold N, and a '=', but no word that starts with N and a digit):
 *
 *   7f4680000000 default file=/mnt/big\0401 huge dirty=50 N0=20 N1=30 kernelpagesize_kB=2048
 *   7ffe6b0f7000 bind:0-1 stack anon=3 dirty=3 N0=3 kernelpagesize_kB=4
 *
 * maps (6.18):
 *
 *   7f0f1c021000-7f0f20000000 ---p 00000000 00:00 0
 *   ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall] */
#include "process_detail_parse.h"

#include <linux/capability.h>

/* Reads the soft limit of a line that starts with `name`. True when the line is that. */
static bool take_limit(const struct mx_lines *it, const char *name, size_t n, uint64_t *ret, int *r)
{
        const char *p = it->line, *end = it->line + it->len;
        uint64_t v = MX_ABSENT;

        if (!mx_skip_prefix(&p, end, name, n) || p == end || !mx_is_blank(*p))
                return false;
        p = mx_skip_blanks(p, end);
        *r = MX_SKIP_LITERAL(&p, end, "unlimited") ? 0 : mx_scan_u64(&p, end, &v);
        if (*r == 0 && (p == end || !mx_is_blank(*p)))
                *r = -EBADMSG;
        if (*r == 0)
                *ret = v;
        return true;
}

int mx_process_limits_parse(const char *buf, size_t len, struct mx_process_limits *ret,
                            struct mx_err *reterr)
{
        static const char locked[] = "Max locked memory", space[] = "Max address space";
        struct mx_process_limits v = { MX_ABSENT, MX_ABSENT };
        struct mx_lines it = mx_lines(buf, len);
        unsigned found = 0;
        int r = 0;

        while (found != 3 && mx_lines_next(&it)) {
                if (take_limit(&it, locked, sizeof(locked) - 1, &v.locked, &r))
                        found |= 1;
                else if (take_limit(&it, space, sizeof(space) - 1, &v.address_space, &r))
                        found |= 2;
                if (r < 0)
                        return mx_err_set(reterr, r, "a limit is no number", NULL, it.nr);
        }
        if (found != 3)
                return mx_err_set(reterr, -EBADMSG, "a limit is missing", NULL, it.nr);
        *ret = v;
        return 0;
}

static int hex_digit(char c)
{
        if (mx_is_digit(c))
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool mx_process_may_lock(const char *buf, size_t len)
{
        static const char key[] = "\nCapEff:\t";
        const char *end = buf + len, *p = memmem(buf, len, key, sizeof(key) - 1);
        uint64_t set = 0;

        if (!p)
                return false;
        for (p += sizeof(key) - 1; p < end && hex_digit(*p) >= 0; p++)
                set = set << 4 | (uint64_t)hex_digit(*p);
        return set >> CAP_IPC_LOCK & 1;
}

bool mx_process_map_counts(const char *line, size_t len)
{
        const char *dash = memchr(line, '-', MX_MIN(len, (size_t)17));

        /* Sixteen digits, the first of which is 8 or more. */
        return len > 0 && !(dash && dash - line == 16 && hex_digit(*line) >= 8);
}

/* Reads N<node>=<pages> at *p; the word ends there. */
static int scan_node(const char *p, const char *end, uint64_t *ret_id, uint64_t *ret_pages)
{
        p++;
        if (mx_scan_u64(&p, end, ret_id) < 0 || !MX_SKIP_LITERAL(&p, end, "=") ||
            mx_scan_u64(&p, end, ret_pages) < 0 || p != end)
                return -EBADMSG;
        return 0;
}

static bool is_node(const char *p, const char *end)
{
        return end - p >= 2 && *p == 'N' && mx_is_digit(p[1]);
}

static int add_node(const char *p, const char *end, uint64_t page_kib, const uint32_t *id, size_t n,
                    uint64_t *kib)
{
        uint64_t node, pages;
        size_t i = 0;
        int r = scan_node(p, end, &node, &pages);

        if (r < 0)
                return r;
        while (i < n && id[i] != node)
                i++;
        if (i == n)
                return -EBADMSG;
        if (__builtin_mul_overflow(pages, page_kib, &pages) ||
            __builtin_add_overflow(kib[i], pages, &pages) || pages > (uint64_t)INT64_MAX / 1024)
                return -ERANGE;
        kib[i] = pages;
        return 0;
}

/* The size of the pages of a line, in KiB; 0 when it is not said, or wrongly. */
static uint64_t page_size_of(const char *line, const char *end, uint64_t base)
{
        uint64_t size = base;
        const char *p = line;

        while ((p = mx_skip_blanks(p, end)) < end) {
                const char *word = p;

                p = mx_skip_word(p, end);
                if (p - word == 4 && memcmp(word, "huge", 4) == 0)
                        size = 0;
                if (MX_SKIP_LITERAL(&word, p, "kernelpagesize_kB="))
                        return mx_scan_only_u64(word, p, &size) < 0 ? 0 : size;
        }
        return size;
}

int mx_process_numa_line(const char *line, size_t len, uint64_t page_kib, const uint32_t *id,
                         size_t n, uint64_t *kib)
{
        const char *end = line + len, *p = line;
        uint64_t sum[MX_PROCESS_NODES_MAX], size = 0;
        int r = 0;

        if (n > MX_PROCESS_NODES_MAX)
                return -EBADMSG;
        memcpy(sum, kib, n * sizeof(*sum));
        while (r == 0 && (p = mx_skip_blanks(p, end)) < end) {
                const char *word = p;

                p = mx_skip_word(p, end);
                if (!is_node(word, p))
                        continue;
                size = size ?: page_size_of(line, end, page_kib);
                r = size ? add_node(word, p, size, id, n, sum) : -EBADMSG;
        }
        if (r == 0)
                memcpy(kib, sum, n * sizeof(*sum));
        return r;
}

int mx_process_nodes_parse(const char *buf, size_t len, uint32_t *id)
{
        const char *p = buf, *end = buf + len;
        uint64_t first, last, next = 0;
        int n = 0;

        if (end > p && end[-1] == '\n')
                end--;
        while (p < end) {
                if ((n > 0 && !MX_SKIP_LITERAL(&p, end, ",")) || mx_scan_u64(&p, end, &first) < 0)
                        return -EBADMSG;
                last = first;
                if (MX_SKIP_LITERAL(&p, end, "-") && mx_scan_u64(&p, end, &last) < 0)
                        return -EBADMSG;
                if (first < next || last < first || last >= UINT32_MAX)
                        return -EBADMSG;
                if (last - first >= (uint64_t)(MX_PROCESS_NODES_MAX - n))
                        return -E2BIG;
                while (first <= last)
                        id[n++] = (uint32_t)first++;
                next = first;
        }
        return n;
}
