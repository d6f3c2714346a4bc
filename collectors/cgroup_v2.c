/* SPDX-License-Identifier: Apache-2.0 */
/* The memory files of a cgroup in the v2 hierarchy (Documentation/admin-guide/cgroup-v2.rst,
 * Linux 6.18).
 *
 *   memory.current      33554432                       (6.1, x86_64)
 *   memory.max          209715200, or "max"
 *   memory.events       low 0
 *                       high 0
 *                       max 41
 *                       oom 2
 *                       oom_kill 2
 *                       oom_group_kill 0
 *   cgroup.stat         nr_descendants 2
 *                       nr_dying_descendants 0
 *   memory.stat         anon 18071552                  (bytes)
 *                       pgscan 29555                   (pages since the cgroup was made)
 *
 * All of memory.stat and memory.events covers the cgroup's descendants; memory.events.local does
 * not. The root has memory.stat, cgroup.stat and memory.pressure alone. */
#include "cgroup_read.h"

static int take_pressure(struct cgroup_reader *r, const struct cgroup_file *f,
                         const struct cgroup_ref *to)
{
        (void)f;
        return mx_pressure_parse(r->buf.data, r->buf.len, &to->row->pressure, NULL);
}

static int take_descendants(struct cgroup_reader *r, const struct cgroup_file *f,
                            const struct cgroup_ref *to)
{
        size_t skipped;
        int n = mx_kv_parse(r->buf.data, r->buf.len, r->lines, CGROUP_LINES_MAX, &skipped, NULL);

        (void)f;
        for (int i = 0; i < n; i++) {
                const struct mx_kv *kv = &r->lines[i];
                const char *p = kv->key, *end = kv->key + kv->key_len;

                /* Later kernels add nr_subsys_<controller> and nr_dying_subsys_<controller> lines.
                 */
                if (MX_SKIP_LITERAL(&p, end, "nr_descendants") && p == end)
                        to->row->descendants = kv->value;
                else if (MX_SKIP_LITERAL(&p, end, "nr_dying_descendants") && p == end)
                        to->row->dying = kv->value;
        }
        return n < 0 ? n : skipped > 0 ? -EBADMSG : 0;
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
const struct cgroup_file mx_cgroup_v2_files[] = {
        { "memory.current", mx_cgroup_take_value, offsetof(struct cgroup_row, current), CGROUP_REQUIRED },
        /* Of leaves too: memory that a removed child left behind is seen here alone. Before
         * memory.events.local, which depends on it. */
        { "cgroup.stat", take_descendants, 0, 0 },   /* 4.14 */
        VALUE("memory.peak", peak),                  /* 5.19 */
        VALUE("memory.min", min),
        VALUE("memory.low", low),
        LIMIT("memory.high", high),
        LIMIT("memory.max", max),
        VALUE("memory.swap.current", swap_current),
        VALUE("memory.swap.peak", swap_peak),        /* 6.5 */
        LIMIT("memory.swap.high", swap_high),        /* 5.8 */
        LIMIT("memory.swap.max", swap_max),
        VALUE("memory.zswap.current", zswap_current), /* 5.19 */
        LIMIT("memory.zswap.max", zswap_max),
        { "memory.events", mx_cgroup_take_block, CGROUP_EVENTS, 0 },
        { "memory.events.local", mx_cgroup_take_block, CGROUP_LOCAL_EVENTS, CGROUP_LOCAL }, /* 5.2 */
        { "memory.swap.events", mx_cgroup_take_block, CGROUP_SWAP_EVENTS, 0 },
        { "memory.pressure", take_pressure, 0, CGROUP_HIDEABLE },
        { "memory.stat", mx_cgroup_take_block, CGROUP_STAT, CGROUP_REQUIRED },
};
/* clang-format on */

const size_t mx_cgroup_n_v2_files = MX_ARRAY_SIZE(mx_cgroup_v2_files);

_Static_assert(MX_ARRAY_SIZE(mx_cgroup_v2_files) <= CGROUP_FILES_MAX,
               "more files than a reader holds");
