/* SPDX-License-Identifier: Apache-2.0 */
/* Free blocks by size in each zone, and what they are worth to a large request, from
 * /proc/buddyinfo. See buddyinfo_parse.c for what the file looks like.
 *
 * A request of order 0 finds a page wherever anything is free, so that its two indexes say nothing
 * that the free memory does not, and are left out. The others are given for every order: a host
 * with the zones DMA, DMA32 and Normal of 11 orders has 126 series, and each further node 42. */
#include "buddyinfo.h"

#include "grow.h"
#include "zoneinfo.h"

#define FILE_MAX  (1U << 20) /* 100 bytes for each zone */
#define BYTES_MAX (4U << 20)
#define ROWS_MAX  (BYTES_MAX / 440) /* of at most 440 bytes of samples each */

enum {
        BLOCKS,
        BYTES,
        UNUSABLE,
        FRAGMENTATION,
};

/* One zone and order. */
struct row {
        uint64_t blocks, pages;
        uint64_t unusable;
        int64_t fragmentation;
};

/* clang-format off */
static const struct mx_family families[] = {
        [BLOCKS] = { "memory_buddy_free_blocks", "Free blocks of the order, which is 2^order pages that lie together; a larger block counts under its own order alone.", NULL,
                     NULL, MX_GAUGE, MX_ONE, offsetof(struct row, blocks) },
        [BYTES] = { "memory_buddy_free_bytes", "Free memory in blocks of the order; what waits on lists by CPU is in none.", NULL,
                    NULL, MX_GAUGE, MX_PAGES, offsetof(struct row, pages) },
        [UNUSABLE] = { "memory_buddy_unusable_free_ratio", "Share of the zone's free memory that is in blocks too small for a request of the order, as the kernel computes it in extfrag/unusable_index; 1 where nothing is free.", NULL,
                       NULL, MX_GAUGE, MX_MILLI, offsetof(struct row, unusable) },
        [FRAGMENTATION] = { "memory_buddy_fragmentation_index", "Why a request of the order would fail, as the kernel computes it in extfrag/extfrag_index: towards 1 as free memory is in pieces, towards 0 or below (to -0.5) as there is too little of it; -1 where a free block is large enough, which watermarks or the kind of memory asked for may still deny.", NULL,
                            NULL, MX_GAUGE, MX_INT_MILLI, offsetof(struct row, fragmentation) },
};
/* clang-format on */

struct zone {
        uint64_t node;
        uint32_t name_len, n_orders;
        char name[MX_ZONE_NAME_MAX];
};

struct buddy_state {
        struct mx_file file;
        struct mx_buf rows;          /* of this run */
        struct mx_buf zones, labels; /* of this run, and of the last one while they are the same */
        size_t n_kept;               /* zones that may still be as they were */
        bool is_kept;                /* ...with their labels; else all are made anew, */
        bool is_fresh;               /* ...as in this run */
        size_t first_of_node;        /* the zone that the current node starts with */
        struct mx_buddy zone;        /* scratch */
        struct mx_buddy_index index[MX_BUDDY_ORDERS_MAX]; /* of `zone` */
        size_t n_rows, n_zones, n_series;
};

static int buddy_open(void *state, const struct mx_host *host, const void *options,
                      struct mx_err *reterr)
{
        struct buddy_state *s = state;

        (void)options;
        mx_buf_init(&s->rows, ROWS_MAX * sizeof(struct row));
        mx_buf_init(&s->labels, ROWS_MAX * sizeof(struct mx_labels));
        mx_buf_init(&s->zones, ROWS_MAX * sizeof(struct zone));
        return mx_file_open(&s->file, host, host->proc_fd, "buddyinfo", FILE_MAX, reterr);
}

static void forget(struct buddy_state *s, struct mx_sink *sink)
{
        mx_buf_reset(&s->rows);
        s->n_rows = s->n_zones = s->n_series = s->first_of_node = 0;
        s->is_fresh = !s->is_kept;
        if (s->is_kept)
                return;
        mx_labels_drop(sink);
        s->n_kept = 0;
}

static struct zone *zone_at(const struct buddy_state *s, size_t i)
{
        return (struct zone *)(void *)s->zones.data + i;
}

static bool is_name(const struct zone *zone, const struct mx_buddy *b)
{
        return zone->name_len == b->name_len && memcmp(zone->name, b->name, b->name_len) == 0;
}

/* Is this the zone of an earlier line? Nodes come in ascending order and a node's zones together,
 * so that only the current node's are to be compared; what comes out of order cannot be told from a
 * repetition. */
static bool is_repeated(struct buddy_state *s, const struct mx_buddy *b)
{
        if (s->n_zones == 0 || b->node > zone_at(s, s->n_zones - 1)->node) {
                s->first_of_node = s->n_zones;
                return false;
        }
        if (b->node < zone_at(s, s->n_zones - 1)->node)
                return true;
        for (size_t i = s->first_of_node; i < s->n_zones; i++)
                if (is_name(zone_at(s, i), b))
                        return true;
        return false;
}

static struct mx_labels label(struct mx_sink *sink, const struct mx_buddy *b, uint32_t order)
{
        mx_labels_begin(sink);
        mx_label_u64(sink, "node", b->node);
        mx_label(sink, "zone", b->name, b->name_len);
        mx_label_u64(sink, "order", order);
        return mx_labels_end(sink);
}

/* A zone that stands where another one stood, or none. Those behind it have to move. */
static bool add_zone(struct buddy_state *s, struct mx_sink *sink, const struct mx_buddy *b)
{
        struct mx_grow_part part[] = { { &s->zones, sizeof(struct zone), NULL },
                                       { &s->labels, b->n_orders * sizeof(struct mx_labels),
                                         NULL } };
        struct zone *zone;

        s->zones.len = s->n_zones * sizeof(struct zone);
        s->labels.len = s->n_rows * sizeof(struct mx_labels);
        s->n_kept = s->n_zones;
        s->is_kept = false;
        if (!mx_grow_all(part, MX_ARRAY_SIZE(part)))
                return false;
        zone = part[0].at;
        *zone = (struct zone){ .node = b->node, .name_len = b->name_len, .n_orders = b->n_orders };
        memcpy(zone->name, b->name, b->name_len);
        for (uint32_t i = 0; i < b->n_orders; i++)
                ((struct mx_labels *)part[1].at)[i] = label(sink, b, i);
        return true;
}

/* The zone with its labels stands where it stood in the last run, or is made to. */
static bool place_zone(struct buddy_state *s, struct mx_sink *sink, const struct mx_buddy *b)
{
        if (s->n_zones < s->n_kept) {
                const struct zone *zone = zone_at(s, s->n_zones);

                if (zone->node == b->node && zone->n_orders == b->n_orders && is_name(zone, b))
                        return true;
        }
        return add_zone(s, sink, b);
}

static struct row make_row(const struct mx_buddy *b, const struct mx_buddy_index *index,
                           uint32_t order)
{
        return (struct row){ .blocks = b->blocks[order],
                             .pages = b->blocks[order] << order,
                             .unusable = order ? index[order].unusable : MX_ABSENT,
                             .fragmentation = order ? index[order].fragmentation : INT64_MIN };
}

/* A zone goes in with all of its orders or not at all. */
static void take(struct buddy_state *s, struct mx_sink *sink)
{
        const struct mx_buddy *b = &s->zone;
        size_t n_series = MX_ARRAY_SIZE(families) * b->n_orders - 2; /* of order 0: no indexes */
        struct row *row;

        if (is_repeated(s, b)) {
                mx_sink_invalid(sink, 1);
                return;
        }
        row = s->n_series + n_series <= mx_sink_room(sink) && place_zone(s, sink, b)
                      ? mx_grow(&s->rows, b->n_orders * sizeof(*row))
                      : NULL;
        if (!row) {
                mx_sink_dropped(sink, n_series);
                return;
        }
        mx_buddy_indexes(b, s->index);
        for (uint32_t i = 0; i < b->n_orders; i++)
                row[i] = make_row(b, s->index, i);
        s->n_zones++;
        s->n_rows += b->n_orders;
        s->n_series += n_series;
}

/* Labels that were all made in this run are for the next ones too. Where some were made in the
 * place of others, which still take room, the next run makes all of them anew. */
static void keep(struct buddy_state *s, struct mx_sink *sink)
{
        if (!s->is_fresh || !mx_labels_keep(sink))
                return;
        s->is_kept = true;
        s->n_kept = s->n_zones;
}

static int buddy_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct buddy_state *s = state;
        const char *pos, *end;
        size_t skipped = 0;
        bool is_any = false;
        int r;

        r = mx_file_read(&s->file, reterr);
        if (r < 0)
                return r;
        forget(s, sink);
        pos = s->file.buf.data;
        end = pos + s->file.buf.len;
        while (mx_buddyinfo_next(&pos, end, &s->zone, &skipped) > 0) {
                take(s, sink);
                is_any = true;
        }
        if (!is_any)
                return mx_err_set(reterr, -EBADMSG, "no zone could be read", "buddyinfo", 1);
        mx_sink_invalid(sink, skipped);
        keep(s, sink);
        if (s->n_rows > 0)
                mx_emit_rows(sink, BLOCKS, MX_ARRAY_SIZE(families), s->rows.data, s->n_rows,
                             sizeof(struct row), (const void *)s->labels.data);
        return 0;
}

static void buddy_close(void *state)
{
        struct buddy_state *s = state;

        mx_file_close(&s->file);
        mx_buf_done(&s->rows);
        mx_buf_done(&s->labels);
        mx_buf_done(&s->zones);
}

const struct mx_collector mx_buddyinfo = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "buddyinfo",
        .help = "Free memory by the size of its blocks, and how far it is in pieces.",
        .source = "/proc/buddyinfo",
        .labels = "`node` and `zone`; `order`, of 2^order pages. The two indexes are given for "
                  "order 1 and above.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_INLINE,
        .max_series = 20000, /* 128 nodes of 3 zones of 11 orders: 16,128 */
        .max_bytes = BYTES_MAX,
        .state_size = sizeof(struct buddy_state),
        .open = buddy_open,
        .collect = buddy_collect,
        .close = buddy_close,
};
