/* SPDX-License-Identifier: Apache-2.0 */
/* The memory files of a cgroup in a v1 hierarchy
 * (Documentation/admin-guide/cgroup-v1/memory.rst, 6.18).
 *
 *   memory.limit_in_bytes   9223372036854771712         (6.18, x86_64: no limit)
 *   memory.oom_control      oom_kill_disable 0
 *                           under_oom 0
 *                           oom_kill 3                  (4.13; without descendants)
 *   memory.stat             cache 9228288               (local)
 *                           hierarchical_memory_limit 9223372036854771712
 *                           total_cache 41693184        (with descendants, as all other files)
 *                           total_rss 18096128
 *                           total_swap 0                (only with swap accounting)
 *
 * memory.stat prints everything twice; only total_ lines are read, so that local numbers never
 * stand beside hierarchical ones. total_rss includes total_rss_huge. */
#include "cgroup_read.h"
#include "cgroup_values.h"

/* total_<v1> is the counter that v2 calls <v2>: the same item in memcg1_stats[] and memory_stats[]
 * of mm/memcontrol.c. Names not listed are the same in both. */
static const struct renamed {
        const char *v1, *v2;
        uint8_t v1_len, v2_len;
} renamed[] = {
#define RENAMED(v1, v2)                                                                            \
        {                                                                                          \
                v1, v2, sizeof(v1) - 1, sizeof(v2) - 1                                             \
        }
        RENAMED("cache", "file"),        RENAMED("rss", "anon"),
        RENAMED("rss_huge", "anon_thp"), RENAMED("mapped_file", "file_mapped"),
        RENAMED("dirty", "file_dirty"),  RENAMED("writeback", "file_writeback"),
};

static void put_total(struct cgroup_reader *r, struct mx_kv kv, size_t hint,
                      const struct cgroup_ref *to)
{
        const char *p = kv.key, *end = kv.key + kv.key_len;

        if (MX_SKIP_LITERAL(&p, end, "swap") && p == end) {
                to->row->swap_current = kv.value;
                return;
        }
        for (size_t i = 0; i < MX_ARRAY_SIZE(renamed); i++)
                if (kv.key_len == renamed[i].v1_len &&
                    memcmp(kv.key, renamed[i].v1, kv.key_len) == 0) {
                        kv.key = renamed[i].v2;
                        kv.key_len = renamed[i].v2_len;
                        break;
                }
        mx_cgroup_put(r, CGROUP_STAT, &kv, hint, to->block[CGROUP_STAT]);
}

/* v1 multiplied workingset_* by the size of a page, as it does with what is memory (5.15 does, 6.18
 * does not; distributions carry either in any version). No file says which. Until it is known, no
 * value but 0 is shown: to show one in the wrong unit and the next in the right one would be a leap
 * by the size of a page, which rate() takes for refaults.
 *
 * One value that a page does not divide proves pages, for all cgroups and for good. Bytes are taken
 * for proved by eight different values that it does divide. Values are sums of one another (of what
 * is below a cgroup, of what was there before), but eight that differ are sums of four at least
 * that have nothing to do with each other, and a page of 4 KiB divides four counts of pages by
 * chance once in 2^48 hosts. Where all that is read back are huge pages, which count as 512, it is
 * once in 8^4 of those, until the first small page. Cgroups read before it was known have their
 * values from the next run on. */
static bool is_workingset(const struct mx_kv *kv)
{
        const char *p = kv->key, *end = kv->key + kv->key_len;

        (void)MX_SKIP_LITERAL(&p, end, "total_");
        return MX_SKIP_LITERAL(&p, end, "workingset_");
}

static void note_workingset(struct cgroup_v1_unit *u, uint64_t value, uint32_t page_size)
{
        if (value % page_size != 0)
                u->is_pages = true;
        if (u->is_pages || value == 0 || u->n_seen == CGROUP_UNIT_WITNESSES)
                return;
        for (size_t i = 0; i < u->n_seen; i++)
                if (u->seen[i] == value)
                        return;
        u->seen[u->n_seen++] = value;
}

/* In pages; MX_ABSENT while nothing tells which unit the value has. */
static uint64_t workingset_pages(const struct cgroup_reader *r, uint64_t value)
{
        if (r->workingset.is_pages || value == 0)
                return value;
        return r->workingset.n_seen == CGROUP_UNIT_WITNESSES ? value / r->host->page_size
                                                             : MX_ABSENT;
}

static int take_stat(struct cgroup_reader *r, const struct cgroup_file *f,
                     const struct cgroup_ref *to)
{
        size_t skipped;
        int n = mx_kv_parse(r->buf.data, r->buf.len, r->lines, CGROUP_LINES_MAX, &skipped, NULL);

        (void)f;
        if (n < 0)
                return n;
        mx_sink_invalid(r->sink, skipped);
        for (size_t i = 0; i < (size_t)n && !r->workingset.is_pages; i++)
                if (is_workingset(&r->lines[i]))
                        note_workingset(&r->workingset, r->lines[i].value, r->host->page_size);
        for (size_t i = 0; i < (size_t)n; i++) {
                struct mx_kv kv = r->lines[i];
                const char *p = kv.key, *end = kv.key + kv.key_len;

                if (is_workingset(&kv))
                        kv.value = workingset_pages(r, kv.value);
                if (kv.value == MX_ABSENT)
                        continue;
                if (MX_SKIP_LITERAL(&p, end, "total_")) {
                        kv.key = p;
                        kv.key_len = (uint32_t)(end - p);
                        put_total(r, kv, i, to);
                } else if (MX_SKIP_LITERAL(&p, end, "hierarchical_memory_limit") && p == end) {
                        to->row->effective_limit = mx_cgroup_limit(kv.value);
                } else if (MX_SKIP_LITERAL(&p, end, "hierarchical_memsw_limit") && p == end) {
                        to->row->memsw_effective_limit = mx_cgroup_limit(kv.value);
                }
        }
        return 0;
}

static int take_oom_control(struct cgroup_reader *r, const struct cgroup_file *f,
                            const struct cgroup_ref *to)
{
        size_t skipped;
        int n = mx_kv_parse(r->buf.data, r->buf.len, r->lines, CGROUP_LINES_MAX, &skipped, NULL);

        (void)f;
        for (int i = 0; i < n; i++) {
                const struct mx_kv *kv = &r->lines[i];
                const char *p = kv->key, *end = kv->key + kv->key_len;

                if (MX_SKIP_LITERAL(&p, end, "under_oom") && p == end)
                        to->row->under_oom = kv->value;
                else if (MX_SKIP_LITERAL(&p, end, "oom_kill") && p == end)
                        mx_cgroup_put(r, CGROUP_LOCAL_EVENTS, kv, (size_t)i,
                                      to->block[CGROUP_LOCAL_EVENTS]);
        }
        return n < 0 ? n : skipped > 0 ? -EBADMSG : 0;
}

/* The counter that v2 prints as "kernel". Old kernels print 0 until kernel memory is limited. */
static int take_kernel(struct cgroup_reader *r, const struct cgroup_file *f,
                       const struct cgroup_ref *to)
{
        struct mx_kv kv = { .key = "kernel", .key_len = sizeof("kernel") - 1 };
        int e = mx_cgroup_value_parse(r->buf.data, r->buf.len, &kv.value, NULL);

        (void)f;
        if (e == 0)
                mx_cgroup_put(r, CGROUP_STAT, &kv, CGROUP_LINES_MAX, to->block[CGROUP_STAT]);
        return e;
}

#define VALUE(name, member)                                                                        \
        {                                                                                          \
                name, mx_cgroup_take_value, offsetof(struct cgroup_row, member), 0                 \
        }
#define LIMIT(name, member)                                                                        \
        {                                                                                          \
                name, mx_cgroup_take_limit, offsetof(struct cgroup_row, member), 0                 \
        }

/* clang-format off */
const struct cgroup_file mx_cgroup_v1_files[] = {
        { "memory.usage_in_bytes", mx_cgroup_take_value, offsetof(struct cgroup_row, current), CGROUP_REQUIRED },
        VALUE("memory.max_usage_in_bytes", peak),
        LIMIT("memory.limit_in_bytes", max),
        LIMIT("memory.soft_limit_in_bytes", soft_limit),
        VALUE("memory.failcnt", failcnt),
        VALUE("memory.memsw.usage_in_bytes", memsw_current),
        VALUE("memory.memsw.max_usage_in_bytes", memsw_peak),
        LIMIT("memory.memsw.limit_in_bytes", memsw_max),
        VALUE("memory.memsw.failcnt", memsw_failcnt),
        { "memory.kmem.usage_in_bytes", take_kernel, 0, 0 },
        { "memory.oom_control", take_oom_control, 0, 0 },
        { "memory.stat", take_stat, 0, CGROUP_REQUIRED },
};
/* clang-format on */

const size_t mx_cgroup_n_v1_files = MX_ARRAY_SIZE(mx_cgroup_v1_files);

_Static_assert(MX_ARRAY_SIZE(mx_cgroup_v1_files) <= CGROUP_FILES_MAX,
               "more files than a reader holds");
