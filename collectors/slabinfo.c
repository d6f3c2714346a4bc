/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's slab caches, the largest of them one by one, from /proc/slabinfo.
 *
 *   # name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables ...
 * (6.18) kmalloc-96          3513   3528     96   42    1 : tunables    0    0    0 : slabdata 84
 * 84      0
 *
 * A cache takes num_slabs x pagesperslab pages, whatever is free in them; objects x objsize is
 * less. Caches that are not shown by themselves are one remainder, cache="other", so that the sum
 * over all of memory_slab_bytes is what the caches take. A cache whose name is "other" is always
 * part of it.
 *
 * The file has mode 0400. The kernel walks the partial slabs of each cache under its lock to count
 * free objects, hence the slow interval and the thread. */
#include "slabinfo_rank.h"

#include <linux/capability.h>

#define FILE_MAX (1U << 20)
#define TOP_MAX  10000

enum {
        ACTIVE,
        OBJECTS,
        OBJECT_SIZE,
        BYTES,
        CACHES,
};

#define ROW_FAMILIES   (BYTES + 1)
#define OTHER_FAMILIES (ROW_FAMILIES - 1) /* sizes of objects do not add up */

/* clang-format off */
static const struct mx_family families[] = {
        [ACTIVE] = { "memory_slab_active_objects", "Objects in use; those in a per-CPU slab count as in use where the kernel does not look into it (SLUB).", "active_objs", NULL, MX_GAUGE, MX_ONE, offsetof(struct slab_row, active) },
        [OBJECTS] = { "memory_slab_objects", "Objects that the slabs of the cache have room for, in use or free.", "num_objs", NULL, MX_GAUGE, MX_ONE, offsetof(struct slab_row, objects) },
        [OBJECT_SIZE] = { "memory_slab_object_size_bytes", "Memory that one object takes, with padding.", "objsize", NULL, MX_GAUGE, MX_ONE, offsetof(struct slab_row, object_size) },
        [BYTES] = { "memory_slab_bytes", "Memory that the cache takes: its slabs times their pages.", "num_slabs x pagesperslab", NULL, MX_GAUGE, MX_PAGES, offsetof(struct slab_row, pages) },
        [CACHES] = { "memory_slab_caches", "Slab caches, shown one by one or not.", NULL, NULL, MX_GAUGE, MX_ONE, 0 },
};
/* clang-format on */

struct slabinfo_options {
        uint64_t top;
        struct mx_filter *include, *exclude;
};

static const struct mx_option options_table[] = {
        { "top", "How many caches are shown one by one, the largest first.", MX_OPT_COUNT,
          offsetof(struct slabinfo_options, top), "30", 0, TOP_MAX, NULL },
        { "include", "Caches that may be shown one by one; the rest counts as other.",
          MX_OPT_FILTER, offsetof(struct slabinfo_options, include), NULL, 0, 0, NULL },
        { "exclude", "Caches that are never shown one by one and count as other.", MX_OPT_FILTER,
          offsetof(struct slabinfo_options, exclude), NULL, 0, 0, NULL },
};

static const struct mx_need needs[] = {
        { CAP_DAC_READ_SEARCH, NULL, "slabinfo", "everything: only root may read /proc/slabinfo" },
};

struct slabinfo_state {
        const struct slabinfo_options *options;
        struct mx_file file;
        struct slab_rank rank;
};

static int slabinfo_open(void *state, const struct mx_host *host, const void *options,
                         struct mx_err *reterr)
{
        struct slabinfo_state *s = state;

        s->options = options;
        return mx_file_open(&s->file, host, host->proc_fd, "slabinfo", FILE_MAX, reterr);
}

static bool may_show(void *arg, const char *name, size_t len)
{
        const struct slabinfo_options *o = arg;

        return !(len == 5 && memcmp(name, "other", 5) == 0) &&
               mx_filter_pass(o->include, o->exclude, name, len);
}

/* How many caches are shown: as many as was asked for, and as many as there is room for besides the
 * remainder and the number of caches. */
static size_t choose(struct slabinfo_state *s, struct mx_sink *sink)
{
        size_t room = mx_sink_room(sink), top = s->options->top, fit, n;

        fit = room > OTHER_FAMILIES + 1 ? (room - OTHER_FAMILIES - 1) / ROW_FAMILIES : 0;
        n = slab_rank_choose(&s->rank, MX_MIN(top, fit), may_show, (void *)(uintptr_t)s->options);
        if (top > fit)
                mx_sink_dropped(sink, (MX_MIN(top, s->rank.n_items) - n) * ROW_FAMILIES);
        return n;
}

static int slabinfo_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct slabinfo_state *s = state;
        size_t skipped, n;
        int r;

        r = mx_file_read(&s->file, reterr);
        if (r < 0)
                return r;
        r = slab_rank_load(&s->rank, s->file.buf.data, s->file.buf.len, &skipped, reterr);
        if (r < 0)
                return r;
        mx_sink_invalid(sink, skipped);
        n = choose(s, sink);
        r = slab_rank_settle(&s->rank, n);
        if (r < 0)
                return mx_err_set(reterr, r, "out of memory for the names of caches", "slabinfo",
                                  0);
        for (size_t i = 0; i <= n; i++) {
                const struct slab_row *row = &s->rank.shown[i];

                mx_labels_begin(sink);
                mx_label(sink, "cache", row->name, row->name_len);
                s->rank.labels[i] = mx_labels_end(sink);
        }
        mx_emit_rows(sink, ACTIVE, ROW_FAMILIES, s->rank.shown, n + 1, sizeof(*s->rank.shown),
                     s->rank.labels);
        mx_emit(sink, CACHES, s->rank.n_rows);
        return 0;
}

static void slabinfo_close(void *state)
{
        struct slabinfo_state *s = state;

        mx_file_close(&s->file);
        slab_rank_done(&s->rank);
}

const struct mx_collector mx_slabinfo = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "slabinfo",
        .help = "Which kernel objects take memory: the largest slab caches.",
        .source = "/proc/slabinfo",
        .labels =
                "`cache` names a slab cache; `cache=\"other\"` sums those not shown by themselves.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .options = options_table,
        .n_options = MX_ARRAY_SIZE(options_table),
        .options_size = sizeof(struct slabinfo_options),
        .run = MX_RUN_WORKER,
        .interval = MX_SECONDS(60),
        .max_series = TOP_MAX * ROW_FAMILIES + OTHER_FAMILIES + 1,
        .max_bytes = 8 * 1024 * 1024,
        .state_size = sizeof(struct slabinfo_state),
        .open = slabinfo_open,
        .collect = slabinfo_collect,
        .close = slabinfo_close,
        .needs = needs,
        .n_needs = MX_ARRAY_SIZE(needs),
};
