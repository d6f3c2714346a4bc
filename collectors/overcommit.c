/* SPDX-License-Identifier: Apache-2.0 */
/* How the kernel checks what processes ask for before they use it (vm.overcommit_memory), and how
 * much more they may ask for.
 *
 * /proc/meminfo prints CommitLimit and Committed_AS under every policy, but only under "never" is
 * the one held against the other: on most hosts a limit that is passed means nothing, and an alert
 * on meminfo's two lines cries wolf. Hence the limit here, which is there only while it is in
 * force, and the headroom, which has the root's reserve taken off. What is committed is the same
 * number under every policy and stays where it is, in memory_meminfo_committed_as_bytes; the
 * policy's number and the reserves are memory_vm_... of vm_settings, their name is here.
 *
 *   heuristic (0)  refuses a single mapping that is larger than RAM and swap, nothing else (since
 *                  5.2; before, one that is larger than what was free or easily freed just then)
 *   always (1)     refuses nothing
 *   never (2)      refuses what would bring the committed memory to the limit less the reserves
 *
 * Each process has a little less than the headroom: a 32nd of its own size, but no more than
 * vm.user_reserve_kbytes (since 3.10), is kept from it. */
#include "overcommit.h"

#include "entries.h"
#include "meminfo_pick.h"
#include "number.h"

#define SETTING_MAX 4096 /* procfs clears as much for a read as there is room */

enum {
        POLICY,
        LIMIT,
        HEADROOM,
        LARGEST,
};

/* clang-format off */
static const struct mx_family families[] = {
        [POLICY] = { "memory_overcommit_policy_info", "The policy by which commitments are checked: heuristic, always or never.", NULL,
                     NULL, MX_INFO, MX_ONE, 0 },
        [LIMIT] = { "memory_overcommit_limit_bytes", "Memory that may be committed in all, with the reserve for root; only while the policy is never, which enforces it.", "CommitLimit",
                    "/proc/meminfo", MX_GAUGE, MX_KIB, 0 },
        [HEADROOM] = { "memory_overcommit_headroom_bytes", "Memory that processes without CAP_SYS_ADMIN may still commit: the limit less the reserve for root and what is committed; a single process may have up to a 32nd of its virtual size less, at most vm.user_reserve_kbytes (since 3.10); below 0 they get nothing; only while the policy is never.", "CommitLimit, Committed_AS",
                       "/proc/meminfo, /proc/sys/vm/admin_reserve_kbytes", MX_GAUGE, MX_INT, 0 },
        [LARGEST] = { "memory_overcommit_largest_allocation_bytes", "Size above which a single mapping is refused however much is free: all RAM and swap; only while the policy is heuristic (since 5.2).", "MemTotal, SwapTotal",
                      "/proc/meminfo", MX_GAUGE, MX_ONE, 0 },
};
/* clang-format on */

static const char *const policies[] = {
        [MX_OVERCOMMIT_HEURISTIC] = "heuristic",
        [MX_OVERCOMMIT_ALWAYS] = "always",
        [MX_OVERCOMMIT_NEVER] = "never",
};

struct overcommit_state {
        const struct mx_host *host;
        struct mx_file policy; /* stays open: it is read with every answer */
        struct mx_buf buf;
        bool is_by_size;
};

bool mx_release_is_from(const char *release, size_t len, uint64_t major, uint64_t minor)
{
        const char *p = release, *end = release + len;
        uint64_t a, b;

        if (mx_scan_u64(&p, end, &a) < 0 || !MX_SKIP_LITERAL(&p, end, ".") ||
            mx_scan_u64(&p, end, &b) < 0)
                return false;
        return a > major || (a == major && b >= minor);
}

/* In whole pages, as the kernel reckons. INT64_MIN: not a number of bytes. */
static int64_t bytes_of(uint64_t kib, uint32_t page_size)
{
        if (kib > (uint64_t)INT64_MAX / 4 / 1024)
                return INT64_MIN;
        return (int64_t)(kib * 1024 / page_size * page_size);
}

int64_t mx_overcommit_headroom(const struct mx_overcommit *o)
{
        int64_t limit, committed, reserve;
        uint64_t kept = o->admin_reserve;

        if (o->policy != MX_OVERCOMMIT_NEVER)
                return INT64_MIN;
        if (kept == MX_ABSENT) {
                if (o->limit == MX_ABSENT || o->swap_total > o->limit)
                        return INT64_MIN;
                kept = (o->limit - o->swap_total) / 32;
        }
        limit = bytes_of(o->limit, o->page_size);
        committed = bytes_of(o->committed, o->page_size);
        reserve = bytes_of(kept, o->page_size);
        if (limit == INT64_MIN || committed == INT64_MIN || reserve == INT64_MIN)
                return INT64_MIN;
        return limit - reserve - committed;
}

uint64_t mx_overcommit_largest(const struct mx_overcommit *o)
{
        int64_t ram = bytes_of(o->mem_total, o->page_size);
        int64_t swap = bytes_of(o->swap_total, o->page_size);

        if (o->policy != MX_OVERCOMMIT_HEURISTIC || !o->is_by_size || ram == INT64_MIN ||
            swap == INT64_MIN)
                return MX_ABSENT;
        return (uint64_t)(ram + swap);
}

static int read_reserve(struct overcommit_state *s, uint64_t *ret)
{
        int r = mx_read_small_at(s->host, s->host->proc_fd, "sys/vm/admin_reserve_kbytes", &s->buf);

        return r < 0 ? r : mx_number_u64(s->buf.data, s->buf.len, ret);
}

static int overcommit_open(void *state, const struct mx_host *host, const void *options,
                           struct mx_err *reterr)
{
        struct overcommit_state *s = state;
        int r;

        (void)options;
        s->host = host;
        mx_buf_init(&s->buf, SETTING_MAX);
        r = mx_file_open(&s->policy, host, host->proc_fd, "sys/vm/overcommit_memory", SETTING_MAX,
                         reterr);
        if (r < 0)
                return r;
        /* Without a release the heuristic is not known, and nothing is said of it. */
        r = mx_read_small_at(host, host->proc_fd, "sys/kernel/osrelease", &s->buf);
        s->is_by_size = r == 0 && mx_release_is_from(s->buf.data, s->buf.len, 5, 2);
        return 0;
}

static void emit_policy(uint64_t policy, struct mx_sink *sink)
{
        const uint64_t one = 1;
        struct mx_labels labels;

        if (policy >= MX_ARRAY_SIZE(policies)) {
                mx_sink_unknown(sink, 1);
                return;
        }
        mx_labels_begin(sink);
        mx_label(sink, "policy", policies[policy], strlen(policies[policy]));
        labels = mx_labels_end(sink);
        mx_emit_column(sink, POLICY, &one, 1, sizeof(one), &labels);
}

static int overcommit_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        static const char *const keys[] = { "MemTotal", "SwapTotal", "CommitLimit",
                                            "Committed_AS" };
        struct overcommit_state *s = state;
        uint64_t line[MX_ARRAY_SIZE(keys)];
        struct mx_overcommit o = { .admin_reserve = MX_ABSENT,
                                   .is_by_size = s->is_by_size,
                                   .page_size = s->host->page_size };
        const struct mx_buf *meminfo;
        int r;

        r = mx_file_read(&s->policy, reterr);
        if (r < 0)
                return r;
        r = mx_number_u64(s->policy.buf.data, s->policy.buf.len, &o.policy);
        if (r < 0)
                return mx_err_set(reterr, r, "expected the policy, a number", s->policy.path, 1);
        r = mx_host_read_proc(s->host, "meminfo", MX_MEMINFO_MAX, &meminfo, reterr);
        if (r < 0)
                return r;
        mx_lines_pick(meminfo->data, meminfo->len, keys, MX_ARRAY_SIZE(keys), true, line);
        o.mem_total = line[0];
        o.swap_total = line[1];
        o.limit = line[2];
        o.committed = line[3];
        emit_policy(o.policy, sink);
        if (o.policy == MX_OVERCOMMIT_NEVER) {
                mx_emit(sink, LIMIT, o.limit);
                r = read_reserve(s, &o.admin_reserve);
                if (mx_is_shortage(r))
                        return mx_err_set(reterr, r, "cannot read", "sys/vm/admin_reserve_kbytes",
                                          0);
                if (r == 0 || r == -ENOENT) /* what cannot be read is not the rule of before 3.10 */
                        mx_emit(sink, HEADROOM, (uint64_t)mx_overcommit_headroom(&o));
        }
        mx_emit(sink, LARGEST, mx_overcommit_largest(&o));
        return 0;
}

static void overcommit_close(void *state)
{
        struct overcommit_state *s = state;

        mx_file_close(&s->policy);
        mx_buf_done(&s->buf);
}

const struct mx_collector mx_overcommit = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "overcommit",
        .help = "How much memory may be promised to processes under the policy in force.",
        .source = "/proc/sys/vm/overcommit_memory",
        .labels =
                "`policy` is heuristic, always or never (vm.overcommit_memory 0, 1 or 2). What is "
                "committed under any policy is memory_meminfo_committed_as_bytes.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_INLINE,
        .max_series = MX_ARRAY_SIZE(families),
        .max_bytes = 4096,
        .state_size = sizeof(struct overcommit_state),
        .open = overcommit_open,
        .collect = overcommit_collect,
        .close = overcommit_close,
};
