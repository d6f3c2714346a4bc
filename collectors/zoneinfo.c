/* SPDX-License-Identifier: Apache-2.0 */
/* Watermarks, sizes and statistics of every memory zone, and of every node, from /proc/zoneinfo.
 * See zoneinfo_parse.c for what the file looks like.
 *
 * A zone that is not populated has watermarks all the same: Movable shows "free 0, min 32" on a
 * machine in best health (6.18), which any alert on free < min would take for the end. Of such a
 * zone only its sizes are exported, and memory_zone_populated 0.
 *
 * A zone's line that the table lacks becomes memory_zone_<key>, a node's memory_node_vmstat_<key>;
 * they claim no unit, and are gauges when they start with nr_ and of unknown type otherwise. */
#include "zoneinfo.h"

#include "grow.h"
#include "vmstat.h"
#include "vmstat_items.h"
#include "zoneinfo_reserve.h"

#define FILE_MAX                                                                                   \
        (64U << 20) /* 180 bytes for each zone and CPU: 8 nodes of 512 CPUs print 2.2 MB           \
                     */
#define NODES_MAX ((size_t)1024)
#define ZONES_MAX (NODES_MAX * 6)
#define WIDTH     160 /* columns of a row */

/* clang-format off */
#define Z "memory_zone_"
#define N "memory_node_vmstat_"

/* In this order: enum column below. */
#define ZONE_SIZES \
        VM_PAGES(Z, "free", "free", "Free memory of the zone; like the watermarks, absent for a zone that is not populated.") \
        VM_PAGES(Z, "boost", "watermark_boost", "Memory by which the watermarks are raised for a while to work against fragmentation; they include it.") \
        VM_PAGES(Z, "min", "watermark_min", "Free memory under which allocations have to reclaim memory themselves.") \
        VM_PAGES(Z, "low", "watermark_low", "Free memory under which kswapd is woken.") \
        VM_PAGES(Z, "high", "watermark_high", "Free memory at which kswapd may sleep again.") \
        VM_PAGES(Z, "promo", "watermark_promo", "Free memory that kswapd makes where pages of slower memory are to be moved here.") \
        VM_PAGES(Z, "cma", "cma", "Memory reserved in the zone for the contiguous memory allocator.") \
        VM_PAGES(Z, "spanned", "spanned", "Memory from the zone's first page to its last, with the holes.") \
        VM_PAGES(Z, "present", "present", "Memory that exists in the zone.") \
        VM_PAGES(Z, "managed", "managed", "Memory of the zone that the page allocator manages.")

#define ZONE_OTHER \
        VM_LEVEL(Z, "scanned", "scanned_pages", "Pages scanned in the zone since one was last freed (before 4.8).") \
        VM_LEVEL(Z, "node_scanned", "node_scanned_pages", "Pages scanned in the zone's node since one was last freed (4.8 to 4.10).") \
        VM_LEVEL(Z, "start_pfn", "start_pfn", "Number of the zone's first page frame.") \
        VM_LEVEL(Z, "node_unreclaimable", "node_unreclaimable", "Whether kswapd has given up on the zone's node.") \
        VM_LEVEL(Z, "all_unreclaimable", "all_unreclaimable", "Whether reclaim has given up on the zone (before 4.8).") \
        VM_LEVEL(Z, "prev_priority", "prev_priority", "How hard reclaim last had to try, from 12 (not at all) to 0 (before 2.6.36).") \
        VM_LEVEL(Z, "inactive_ratio", "inactive_target", "Active anonymous pages wanted for each inactive one (before 4.8).") \
        VM_LEVEL(Z, "node_inactive_ratio", "node_inactive_target", "Active anonymous pages wanted for each inactive one in the zone's node (4.8 to 4.11).")

#define ZONE_ROWS ZONE_SIZES VM_ZONE_LRU(Z) VM_ZONE(Z) VM_NUMA(Z) VM_NODE_OLD(Z) ZONE_OTHER
#define NODE_ROWS VM_NODE_LRU(N) VM_NODE_OLD(N) VM_NODE_NEW(N) VM_RECLAIM(N)

static const struct mx_family families[] = {
        ZONE_ROWS
        NODE_ROWS
        { Z "populated", "Whether the page allocator manages any memory in the zone; if not, of the zone only sizes are exported.", "managed", NULL, MX_GAUGE, MX_ONE, offsetof(struct mx_zone_slot, populated) },
        { Z "kernel_stacks", "Kernel stacks of all tasks, as a number of stacks of the machine's stack size (before 4.8).", "nr_kernel_stack", NULL, MX_GAUGE, MX_ONE, offsetof(struct mx_zone_slot, kernel_stacks) },
        { Z "lowmem_reserve_bytes", "Free memory that the zone keeps from allocations which could have used the target zone.", "protection", NULL, MX_GAUGE, MX_PAGES, 0 },
};
/* clang-format on */

enum {
        N_ZONE_ROWS = sizeof((const struct mx_family[]){ ZONE_ROWS }) / sizeof(struct mx_family),
        N_NODE_ROWS = sizeof((const struct mx_family[]){ NODE_ROWS }) / sizeof(struct mx_family),
        POPULATED = N_ZONE_ROWS + N_NODE_ROWS,
        KERNEL_STACKS,
        RESERVE,
};

enum column {
        FREE,
        BOOST,
        MIN,
        LOW,
        HIGH,
        PROMO,
        CMA,
        SPANNED,
        PRESENT,
        MANAGED,
};

struct zoneinfo_state {
        struct mx_file file;
        struct mx_keymap *zone_map, *node_map;
        int kernel_stack, write_pending; /* columns of a zone */
        struct mx_zone zone;             /* scratch */

        /* Of this run: arrays that grow to what the machine needs and stay. */
        struct mx_buf slots, zone_rows, zone_labels;
        struct mx_buf node_rows, node_labels;
        struct mx_zone_reserves reserves;
        size_t n_zones, n_nodes;
        size_t first_of_node; /* the zone that the current node starts with */
        bool has_node_row;    /* of the current node */
        uint64_t last_node;
};

static struct mx_zone_slot *slot_of(const struct zoneinfo_state *s, size_t i)
{
        return (struct mx_zone_slot *)(void *)s->slots.data + i;
}

static int rule(const struct mx_kv *kv, char *name, struct mx_family *ret, const char *prefix)
{
        bool level = kv->key_len > 3 && memcmp(kv->key, "nr_", 3) == 0;

        ret->help = "Line of the zone statistics that this version has no description of.";
        ret->type = level ? MX_GAUGE : MX_UNKNOWN;
        ret->scale = MX_ONE;
        return mx_name_append(name, prefix) ?: mx_name_append_key(name, kv->key, kv->key_len);
}

static int zone_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        return rule(kv, name, ret, Z);
}

static int node_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        return rule(kv, name, ret, N);
}

static int zoneinfo_open(void *state, const struct mx_host *host, const void *options,
                         struct mx_err *reterr)
{
        struct zoneinfo_state *s = state;
        int r;

        (void)options;
        mx_buf_init(&s->slots, ZONES_MAX * sizeof(struct mx_zone_slot));
        mx_buf_init(&s->zone_rows, ZONES_MAX * WIDTH * sizeof(uint64_t));
        mx_buf_init(&s->zone_labels, ZONES_MAX * sizeof(struct mx_labels));
        mx_buf_init(&s->node_rows, NODES_MAX * WIDTH * sizeof(uint64_t));
        mx_buf_init(&s->node_labels, NODES_MAX * sizeof(struct mx_labels));
        mx_zone_reserves_init(&s->reserves, ZONES_MAX);
        r = mx_file_open(&s->file, host, host->proc_fd, "zoneinfo", FILE_MAX, reterr);
        if (r < 0)
                return r;
        s->kernel_stack = mx_vmstat_find(families, N_ZONE_ROWS, "nr_kernel_stack");
        s->write_pending = mx_vmstat_find(families, N_ZONE_ROWS, "nr_zone_write_pending");
        if (s->kernel_stack < 0 || s->write_pending < 0)
                return mx_err_set(reterr, -EINVAL, "the table lacks a row", "zoneinfo", 0);
        r = mx_keymap_new(&s->zone_map, families, 0, N_ZONE_ROWS, WIDTH, zone_rule);
        return r
                       ?: mx_keymap_new(&s->node_map, families, N_ZONE_ROWS, N_NODE_ROWS, WIDTH,
                                        node_rule);
}

/* Is this the zone of an earlier line? Nodes come in ascending order and a node's zones together,
 * so that only the current node's are to be compared; what comes out of order cannot be told from a
 * repetition. */
static bool is_repeated(struct zoneinfo_state *s, const struct mx_zone *z)
{
        if (s->n_zones == 0 || z->node > s->last_node) {
                s->first_of_node = s->n_zones;
                s->has_node_row = false;
                s->last_node = z->node;
                return false;
        }
        if (z->node < s->last_node)
                return true;
        for (size_t i = s->first_of_node; i < s->n_zones; i++) {
                const char *name = slot_of(s, i)->name;

                if (strlen(name) == z->name_len && memcmp(name, z->name, z->name_len) == 0)
                        return true;
        }
        return false;
}

/* What is derived from a zone's row, and what must not be shown of it. */
static void judge(struct mx_zone_slot *slot, const struct zoneinfo_state *s, uint64_t *row)
{
        uint64_t size = row[MANAGED] != MX_ABSENT ? row[MANAGED] : row[PRESENT];

        slot->kernel_stacks = mx_vmstat_take_stacks(&row[s->kernel_stack], row[s->write_pending]);
        slot->populated = size == MX_ABSENT ? MX_ABSENT : size > 0;
        if (slot->populated != 0)
                return;
        for (size_t i = FREE; i <= CMA; i++)
                row[i] = MX_ABSENT;
        slot->n_reserve = 0;
}

/* Takes over what the parser found of one zone. False when there are more zones than we keep. */
static bool add_zone(struct zoneinfo_state *s, struct mx_sink *sink, const struct mx_zone *z)
{
        struct mx_grow_part part[] = { { &s->slots, sizeof(struct mx_zone_slot), NULL },
                                       { &s->zone_rows, WIDTH * sizeof(uint64_t), NULL },
                                       { &s->zone_labels, sizeof(struct mx_labels), NULL } };
        struct mx_zone_slot *slot;
        uint64_t *row;

        if (!mx_grow_all(part, MX_ARRAY_SIZE(part)))
                return false;
        slot = part[0].at;
        row = part[1].at;
        slot->node = z->node;
        memcpy(slot->name, z->name, z->name_len);
        slot->name[z->name_len] = '\0';
        slot->n_reserve = z->n_reserve;
        memcpy(slot->reserve, z->reserve, z->n_reserve * sizeof(*z->reserve));
        mx_keymap_fill(s->zone_map, sink, z->line, z->n_lines, row);
        judge(slot, s, row);
        mx_labels_begin(sink);
        mx_label_u64(sink, "node", z->node);
        mx_label(sink, "zone", z->name, z->name_len);
        *(struct mx_labels *)part[2].at = mx_labels_end(sink);
        s->n_zones++;
        return true;
}

static bool add_node(struct zoneinfo_state *s, struct mx_sink *sink, const struct mx_zone *z)
{
        struct mx_grow_part part[] = { { &s->node_rows, WIDTH * sizeof(uint64_t), NULL },
                                       { &s->node_labels, sizeof(struct mx_labels), NULL } };

        if (!mx_grow_all(part, MX_ARRAY_SIZE(part)))
                return false;
        mx_keymap_fill(s->node_map, sink, z->node_line, z->n_node_lines, part[0].at);
        mx_labels_begin(sink);
        mx_label_u64(sink, "node", z->node);
        *(struct mx_labels *)part[1].at = mx_labels_end(sink);
        s->has_node_row = true;
        s->n_nodes++;
        return true;
}

/* One parsed zone, and its node's statistics when it brings them. */
static void take(struct zoneinfo_state *s, struct mx_sink *sink, const struct mx_zone *z)
{
        if (is_repeated(s, z)) {
                mx_sink_invalid(sink, 1);
                return;
        }
        if (!add_zone(s, sink, z))
                mx_sink_dropped(sink, z->n_lines);
        if (z->n_node_lines == 0)
                return;
        if (s->has_node_row)
                mx_sink_invalid(sink, z->n_node_lines);
        else if (!add_node(s, sink, z))
                mx_sink_dropped(sink, z->n_node_lines);
}

static void emit(struct zoneinfo_state *s, struct mx_sink *sink)
{
        const struct mx_labels *zone_labels = (const void *)s->zone_labels.data;

        mx_keymap_emit(s->zone_map, sink, (const void *)s->zone_rows.data, s->n_zones, zone_labels);
        mx_keymap_emit(s->node_map, sink, (const void *)s->node_rows.data, s->n_nodes,
                       (const void *)s->node_labels.data);
        mx_emit_rows(sink, POPULATED, 2, s->slots.data, s->n_zones, sizeof(struct mx_zone_slot),
                     zone_labels);
        mx_emit_column(sink, RESERVE, (const void *)s->reserves.values.data, s->reserves.n,
                       sizeof(uint64_t), (const void *)s->reserves.labels.data);
}

static void forget(struct zoneinfo_state *s)
{
        mx_buf_reset(&s->slots);
        mx_buf_reset(&s->zone_rows);
        mx_buf_reset(&s->zone_labels);
        mx_buf_reset(&s->node_rows);
        mx_buf_reset(&s->node_labels);
        s->n_zones = s->n_nodes = 0;
}

static int zoneinfo_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct zoneinfo_state *s = state;
        const char *pos, *end;
        size_t skipped = 0;
        int r;

        r = mx_file_read(&s->file, reterr);
        if (r < 0)
                return r;
        forget(s);
        pos = s->file.buf.data;
        end = pos + s->file.buf.len;
        while (mx_zoneinfo_next(&pos, end, &s->zone, &skipped) > 0)
                take(s, sink, &s->zone);
        if (s->n_zones == 0)
                return mx_err_set(reterr, -EBADMSG, "no zone could be read", "zoneinfo", 1);
        mx_sink_invalid(sink, skipped);
        mx_zone_reserves_collect(&s->reserves, sink, slot_of(s, 0), s->n_zones);
        emit(s, sink);
        return 0;
}

static void zoneinfo_close(void *state)
{
        struct zoneinfo_state *s = state;

        mx_file_close(&s->file);
        mx_keymap_free(s->zone_map);
        mx_keymap_free(s->node_map);
        mx_buf_done(&s->slots);
        mx_buf_done(&s->zone_rows);
        mx_buf_done(&s->zone_labels);
        mx_buf_done(&s->node_rows);
        mx_buf_done(&s->node_labels);
        mx_zone_reserves_done(&s->reserves);
}

const struct mx_collector mx_zoneinfo = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "zoneinfo",
        .help = "Watermarks, reserves and statistics of each memory zone and node.",
        .source = "/proc/zoneinfo",
        .labels = "`node` and `zone`; `target_zone` is the zone an allocation was meant for. "
                  "Statistics of a node have `node` alone.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_INLINE,
        .max_series = 100000,
        .max_bytes = 16U << 20,
        .state_size = sizeof(struct zoneinfo_state),
        .open = zoneinfo_open,
        .collect = zoneinfo_collect,
        .close = zoneinfo_close,
};
