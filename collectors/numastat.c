/* SPDX-License-Identifier: Apache-2.0 */
/* Memory by NUMA node, from /sys/devices/system/node/nodeN/.
 *
 *   numastat   numa_hit 685513847                 (5.15, x86_64)
 *              numa_miss 7472
 *              numa_foreign 190
 *              interleave_hit 1268
 *              local_node 685515426
 *              other_node 5893
 *
 * The kernel's document (Documentation/admin-guide/numastat.rst, 6.18) calls the unit pages, and so
 * do the names; yet an allocation of several pages counts once (mm/page_alloc.c zone_statistics()).
 *
 * With vm.numa_stat=0 the kernel stops counting and sets everything to 0. No running machine has
 * allocated nothing on any node, so zeros throughout mean that nothing is counted, and are not
 * shown. */
#include "numastat.h"

#include "meminfo_items.h"
#include "numastat_nodes.h"

#define DIR           "/sys/devices/system/node/node*/"
#define STAT_LINES    32 /* 6.18 prints 6 */
#define MEMINFO_LINES 96 /* 6.18 prints 36 */

enum {
        HIT,
        MISS,
        FOREIGN,
        INTERLEAVE,
        LOCAL,
        OTHER,
        CPUS,
        HAS_MEMORY,
        DISTANCE,
        MEMINFO,
};

#define N_STATS (OTHER + 1)

#define NONE(unit, key, name, help)
#define ROW(unit, key, name, help)                                                                 \
        MX_MEMINFO_##unit("memory_node_meminfo_", DIR "meminfo", key, name, help),

struct node_row {
        uint64_t cpus, has_memory;
};

/* clang-format off */
static const struct mx_family families[] = {
        [HIT] = { "memory_numa_hit_pages_total", "Allocations that were meant for this node and came from it; one of several pages counts once.", "numa_hit", NULL, MX_COUNTER, MX_ONE, 0 },
        [MISS] = { "memory_numa_miss_pages_total", "Allocations that came from this node though they were meant for another.", "numa_miss", NULL, MX_COUNTER, MX_ONE, 0 },
        [FOREIGN] = { "memory_numa_foreign_pages_total", "Allocations that were meant for this node and came from another.", "numa_foreign", NULL, MX_COUNTER, MX_ONE, 0 },
        [INTERLEAVE] = { "memory_numa_interleave_hit_pages_total", "Allocations under an interleave policy that came from this node as meant.", "interleave_hit", NULL, MX_COUNTER, MX_ONE, 0 },
        [LOCAL] = { "memory_numa_local_pages_total", "Allocations from this node by a task that ran on it.", "local_node", NULL, MX_COUNTER, MX_ONE, 0 },
        [OTHER] = { "memory_numa_other_pages_total", "Allocations from this node by a task that ran on another.", "other_node", NULL, MX_COUNTER, MX_ONE, 0 },
        [CPUS] = { "memory_numa_cpus", "CPUs of the node that are online; 0 on one that is memory only.", NULL, DIR "cpulist", MX_GAUGE, MX_ONE, offsetof(struct node_row, cpus) },
        [HAS_MEMORY] = { "memory_numa_node_has_memory", "Whether the node has memory (1) or only CPUs or devices (0).", "MemTotal", DIR "meminfo", MX_GAUGE, MX_ONE, offsetof(struct node_row, has_memory) },
        [DISTANCE] = { "memory_numa_distance", "Cost of access from one node to another as the firmware states it: 10 is local, 20 twice that.", NULL, DIR "distance", MX_GAUGE, MX_ONE, 0 },
        MX_MEMINFO_ITEMS(NONE, ROW, ROW)
};
/* clang-format on */

struct numastat_state {
        struct numa_nodes nodes;
        struct mx_keymap *stat_map, *meminfo_map;
        struct mx_kv lines[MEMINFO_LINES];

        /* One element or row for each node, sized when the list changes. */
        struct mx_labels *labels, *distance_labels;
        struct node_row *row;
        uint64_t *stat, *meminfo;
};

static int stat_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        const char *key = kv->key, *end = key + kv->key_len;

        (void)MX_SKIP_LITERAL(&key, end, "numa_");
        ret->help = "NUMA statistics line that this version has no description of.";
        ret->type = MX_UNKNOWN;
        ret->scale = MX_ONE;
        return mx_name_append(name, "memory_numa_")
                       ?: mx_name_append_key(name, key, (size_t)(end - key));
}

static int meminfo_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        ret->source = DIR "meminfo";
        return mx_meminfo_rule("memory_node_meminfo_", kv, name, ret);
}

static void free_rows(struct numastat_state *s)
{
        free(s->labels);
        free(s->distance_labels);
        free(s->row);
        free(s->stat);
        free(s->meminfo);
        s->labels = s->distance_labels = NULL;
        s->row = NULL;
        s->stat = s->meminfo = NULL;
}

static int size_rows(struct numastat_state *s)
{
        size_t n = s->nodes.n;

        free_rows(s);
        s->labels = calloc(n, sizeof(*s->labels));
        s->distance_labels = calloc(s->nodes.distance ? n * n : 1, sizeof(*s->distance_labels));
        s->row = calloc(n, sizeof(*s->row));
        s->stat = calloc(n, STAT_LINES * sizeof(*s->stat));
        s->meminfo = calloc(n, MEMINFO_LINES * sizeof(*s->meminfo));
        if (s->labels && s->distance_labels && s->row && s->stat && s->meminfo)
                return 0;
        s->nodes.fresh = false; /* so that the next run sizes them again */
        return -ENOMEM;
}

static int numastat_open(void *state, const struct mx_host *host, const void *options,
                         struct mx_err *reterr)
{
        struct numastat_state *s = state;
        int r;

        (void)options;
        r = numa_nodes_open(&s->nodes, host, reterr) ?: size_rows(s);
        if (r < 0)
                return r;
        r = mx_keymap_new(&s->stat_map, families, HIT, N_STATS, STAT_LINES, stat_rule)
                    ?: mx_keymap_new(&s->meminfo_map, families, MEMINFO,
                                     MX_ARRAY_SIZE(families) - MEMINFO, MEMINFO_LINES,
                                     meminfo_rule);
        if (r == 0)
                mx_keymap_check_units(s->meminfo_map);
        return r;
}

/* Reads one of a node's files. *ret_buf is NULL where the kernel has no such file. */
static int read_file(struct numa_node *node, enum numa_file which, const struct mx_buf **ret_buf,
                     struct mx_err *reterr)
{
        struct mx_file *f = &node->file[which];
        int r;

        *ret_buf = NULL;
        if (!f->path)
                return 0;
        r = mx_file_read(f, reterr);
        if (r == 0)
                *ret_buf = &f->buf;
        return r;
}

static int read_stat(struct numastat_state *s, struct mx_sink *sink, size_t i,
                     struct mx_err *reterr)
{
        const struct mx_buf *buf;
        size_t skipped = 0;
        int r, n = 0;

        r = read_file(&s->nodes.node[i], NUMA_STAT, &buf, reterr);
        if (r < 0)
                return r;
        if (buf)
                n = mx_kv_parse(buf->data, buf->len, s->lines, STAT_LINES, &skipped, reterr);
        if (n < 0)
                return n;
        mx_sink_invalid(sink, skipped);
        mx_keymap_fill(s->stat_map, sink, s->lines, (size_t)n, s->stat + i * STAT_LINES);
        return n;
}

static int read_meminfo(struct numastat_state *s, struct mx_sink *sink, size_t i,
                        struct mx_err *reterr)
{
        uint64_t *row = s->meminfo + i * MEMINFO_LINES;
        struct numa_node *node = &s->nodes.node[i];
        const struct mx_buf *buf;
        size_t skipped = 0;
        int r, n = 0;

        r = read_file(node, NUMA_MEMINFO, &buf, reterr);
        if (r < 0)
                return r;
        if (buf)
                n = mx_node_meminfo_parse(buf->data, buf->len, node->id, s->lines, MEMINFO_LINES,
                                          &skipped, reterr);
        if (n < 0)
                return n;
        mx_sink_invalid(sink, skipped);
        mx_keymap_fill(s->meminfo_map, sink, s->lines, (size_t)n, row);
        s->row[i].has_memory = row[0] == MX_ABSENT ? MX_ABSENT : row[0] > 0; /* MemTotal is first */
        return n;
}

static int read_cpus(struct numastat_state *s, struct mx_sink *sink, size_t i,
                     struct mx_err *reterr)
{
        const struct mx_buf *buf;
        int r = read_file(&s->nodes.node[i], NUMA_CPULIST, &buf, reterr);

        s->row[i].cpus = MX_ABSENT;
        if (r < 0 || !buf)
                return r;
        if (mx_id_list_parse(buf->data, buf->len, NULL, 0, &s->row[i].cpus, NULL) == 0)
                return 1;
        mx_sink_invalid(sink, 1);
        return 0;
}

/* Returns 0; -ENODEV when a node has gone since it was listed. */
static int read_nodes(struct numastat_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        bool any = false;

        for (size_t i = 0; i < s->nodes.n; i++) {
                int stat = read_stat(s, sink, i, reterr);
                int meminfo = stat < 0 ? stat : read_meminfo(s, sink, i, reterr);
                int cpus = meminfo < 0 ? meminfo : read_cpus(s, sink, i, reterr);

                if (cpus < 0) {
                        s->nodes.fresh = cpus != -ENODEV && cpus != -ENOENT;
                        return s->nodes.fresh ? cpus : -ENODEV;
                }
                any = any || stat + meminfo + cpus > 0;
        }
        return any ? 0
                   : mx_err_set(reterr, -EBADMSG, "nothing could be read", "devices/system/node",
                                0);
}

static void drop_if_not_counted(struct numastat_state *s)
{
        size_t n = s->nodes.n * STAT_LINES;
        uint64_t any = 0;

        for (size_t i = 0; i < n; i++)
                any |= s->stat[i] == MX_ABSENT ? 0 : s->stat[i];
        if (any == 0)
                memset(s->stat, 0xff, n * sizeof(*s->stat));
}

static void emit_distances(struct numastat_state *s, struct mx_sink *sink)
{
        const struct numa_nodes *nodes = &s->nodes;
        size_t n = nodes->n;

        mx_sink_invalid(sink, nodes->bad_distances);
        if (!nodes->distance) {
                mx_sink_dropped(sink, n * n);
                return;
        }
        for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++) {
                        mx_labels_begin(sink);
                        mx_label_u64(sink, "node", nodes->node[i].id);
                        mx_label_u64(sink, "to_node", nodes->node[j].id);
                        s->distance_labels[i * n + j] = mx_labels_end(sink);
                }
        mx_emit_column(sink, DISTANCE, nodes->distance, n * n, sizeof(*nodes->distance),
                       s->distance_labels);
}

static void emit(struct numastat_state *s, struct mx_sink *sink)
{
        size_t n = s->nodes.n;

        for (size_t i = 0; i < n; i++) {
                mx_labels_begin(sink);
                mx_label_u64(sink, "node", s->nodes.node[i].id);
                s->labels[i] = mx_labels_end(sink);
        }
        drop_if_not_counted(s);
        mx_keymap_emit(s->stat_map, sink, s->stat, n, s->labels);
        mx_emit_rows(sink, CPUS, HAS_MEMORY - CPUS + 1, s->row, n, sizeof(s->row[0]), s->labels);
        mx_keymap_emit(s->meminfo_map, sink, s->meminfo, n, s->labels);
        emit_distances(s, sink);
        if (s->nodes.left_out > 0)
                mx_sink_dropped(sink, s->nodes.left_out * (mx_keymap_columns(s->stat_map) +
                                                           mx_keymap_columns(s->meminfo_map)));
}

static int refresh(struct numastat_state *s, struct mx_err *reterr)
{
        bool changed = false;
        int r = numa_nodes_refresh(&s->nodes, &changed, reterr);

        if (r == -ENOENT)
                return -EOPNOTSUPP; /* the last node has gone, and its directory with it */
        return r < 0 || !changed ? r : size_rows(s);
}

static int numastat_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct numastat_state *s = state;
        int r = refresh(s, reterr) ?: read_nodes(s, sink, reterr);

        /* A node that goes between the list and its files is gone, which is no failure. Once is
         * enough: one that goes again fails the run, and the next one looks anew. */
        if (r == -ENODEV)
                r = refresh(s, reterr) ?: read_nodes(s, sink, reterr);
        if (r == 0)
                emit(s, sink);
        return r;
}

static void numastat_close(void *state)
{
        struct numastat_state *s = state;

        free_rows(s);
        numa_nodes_close(&s->nodes);
        mx_keymap_free(s->stat_map);
        mx_keymap_free(s->meminfo_map);
}

const struct mx_collector mx_numastat = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "numastat",
        .help = "Where memory is by NUMA node, and whether it was allocated where it was wanted.",
        .source = DIR "numastat",
        .labels = "`node` is the node's number; `to_node` the other end of a distance.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_INLINE,
        .max_series = 16384, /* 64 nodes: 3300 and 4096 distances; 128 nodes: 6600 */
        .max_bytes = 2 * 1024 * 1024,
        .state_size = sizeof(struct numastat_state),
        .open = numastat_open,
        .collect = numastat_collect,
        .close = numastat_close,
};
