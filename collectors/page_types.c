/* SPDX-License-Identifier: Apache-2.0 */
/* Free memory by what it may be used for (its migrate type), and the blocks that the page allocator
 * has set aside for each, from /proc/pagetypeinfo. See page_types_parse.c for what the file looks
 * like.
 *
 * Off by default: to count, the kernel walks the lists of free blocks with the zone's lock held and
 * interrupts off, up to 100,000 blocks of an order and type at a time (since 5.4, all of them
 * before), and for the blocks it looks at every pageblock of the host. On a large fragmented host
 * each read stalls every CPU that allocates, so that it is read every five minutes.
 *
 * Orders are summed: by order, the free memory is in buddyinfo, and nodes x zones x types x orders
 * would be 66 series for each zone. A count that the kernel has cut off at 100,000 makes the sum a
 * lower bound, which is no free memory to be summed or compared: it has a name of its own, and the
 * exact one is absent. */
#include "page_types.h"

#include "grow.h"
#include "zoneinfo.h"

#include <linux/capability.h>

#define FILE_MAX (4U << 20) /* 2 kB for each node of three zones */
#define ROWS_MAX 4096       /* 128 nodes of 5 zones of 6 types: 3,840 */

enum {
        FREE,
        LEAST,
        BLOCKS,
        MIXED,
        ROW_FAMILIES,
        BLOCK_SIZE = ROW_FAMILIES,
};

/* One migrate type of a zone. */
struct row {
        uint64_t free, least; /* pages */
        uint64_t blocks, mixed;
        uint64_t node;
        uint32_t zone_len, type_len;
        char zone[MX_ZONE_NAME_MAX], type[MX_PAGE_TYPE_NAME];
};

/* clang-format off */
static const struct mx_family families[] = {
        [FREE] = { "memory_page_types_free_bytes", "Free memory on the lists of the migrate type, over all orders; absent where the kernel has not counted to the end.", NULL,
                   NULL, MX_GAUGE, MX_PAGES, offsetof(struct row, free) },
        [LEAST] = { "memory_page_types_free_least_bytes", "Free memory of the migrate type that the kernel has counted before it stopped, after 100,000 blocks of an order: there is more; absent where it has counted all.", NULL,
                    NULL, MX_GAUGE, MX_PAGES, offsetof(struct row, least) },
        [BLOCKS] = { "memory_page_types_blocks", "Pageblocks, used or free, that are set aside for the migrate type.", "Number of blocks type",
                     NULL, MX_GAUGE, MX_ONE, offsetof(struct row, blocks) },
        [MIXED] = { "memory_page_types_mixed_blocks", "Pageblocks of the migrate type that hold pages of another one too; only with page_owner=on.", "Number of mixed blocks",
                    NULL, MX_GAUGE, MX_ONE, offsetof(struct row, mixed) },
        [BLOCK_SIZE] = { "memory_page_types_block_size_bytes", "Size of a pageblock.", "Pages per block",
                         NULL, MX_GAUGE, MX_PAGES, 0 },
};
/* clang-format on */

static const struct mx_need needs[] = {
        { CAP_DAC_READ_SEARCH, NULL, "pagetypeinfo",
          "everything: only root may read /proc/pagetypeinfo" },
};

struct page_types_state {
        struct mx_file file;
        struct mx_buf rows, labels;
        size_t n;
        struct mx_page_types line; /* scratch */
};

static int page_types_open(void *state, const struct mx_host *host, const void *options,
                           struct mx_err *reterr)
{
        struct page_types_state *s = state;

        (void)options;
        mx_buf_init(&s->rows, ROWS_MAX * sizeof(struct row));
        mx_buf_init(&s->labels, ROWS_MAX * sizeof(struct mx_labels));
        return mx_file_open(&s->file, host, host->proc_fd, "pagetypeinfo", FILE_MAX, reterr);
}

static struct row *row_at(const struct page_types_state *s, size_t i)
{
        return (struct row *)(void *)s->rows.data + i;
}

static bool is_same(const char *a, uint32_t a_len, const struct mx_page_types_name *b)
{
        return a_len == b->len && memcmp(a, b->at, a_len) == 0;
}

/* Nodes come in ascending order, so that it is among the last ones or nowhere. */
static struct row *find(const struct page_types_state *s, uint64_t node,
                        const struct mx_page_types_name *zone,
                        const struct mx_page_types_name *type)
{
        for (size_t i = s->n; i-- > 0 && row_at(s, i)->node == node;) {
                struct row *row = row_at(s, i);

                if (is_same(row->zone, row->zone_len, zone) &&
                    is_same(row->type, row->type_len, type))
                        return row;
        }
        return NULL;
}

static struct mx_labels label(struct mx_sink *sink, const struct row *row)
{
        mx_labels_begin(sink);
        mx_label_u64(sink, "node", row->node);
        mx_label(sink, "zone", row->zone, row->zone_len);
        mx_label(sink, "migrate_type", row->type, row->type_len);
        return mx_labels_end(sink);
}

static void add_free(struct page_types_state *s, struct mx_sink *sink)
{
        const struct mx_page_types *l = &s->line;
        struct mx_grow_part part[] = { { &s->rows, sizeof(struct row), NULL },
                                       { &s->labels, sizeof(struct mx_labels), NULL } };
        struct row *row;

        if ((s->n > 0 && l->node < row_at(s, s->n - 1)->node) ||
            find(s, l->node, &l->zone, &l->type)) {
                mx_sink_invalid(sink, 1);
                return;
        }
        if ((s->n + 1) * ROW_FAMILIES + 1 > mx_sink_room(sink) ||
            !mx_grow_all(part, MX_ARRAY_SIZE(part))) {
                mx_sink_dropped(sink, ROW_FAMILIES);
                return;
        }
        row = part[0].at;
        *row = (struct row){ .free = l->is_cut ? MX_ABSENT : l->pages,
                             .least = l->is_cut ? l->pages : MX_ABSENT,
                             .blocks = MX_ABSENT,
                             .mixed = MX_ABSENT,
                             .node = l->node,
                             .zone_len = l->zone.len,
                             .type_len = l->type.len };
        memcpy(row->zone, l->zone.at, l->zone.len);
        memcpy(row->type, l->type.at, l->type.len);
        *(struct mx_labels *)part[1].at = label(sink, row);
        s->n++;
}

/* A block count belongs to the row of free memory that stands above it. */
static void add_counts(struct page_types_state *s, struct mx_sink *sink, bool is_mixed)
{
        const struct mx_page_types *l = &s->line;

        for (uint32_t i = 0; i < l->n_names; i++) {
                struct row *row = find(s, l->node, &l->zone, &l->name[i]);
                uint64_t *to = row ? is_mixed ? &row->mixed : &row->blocks : NULL;

                if (to && *to == MX_ABSENT)
                        *to = l->value[i];
                else
                        mx_sink_invalid(sink, 1);
        }
}

static int page_types_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct page_types_state *s = state;
        enum mx_page_types_line kind;
        const char *pos, *end;
        size_t skipped = 0;
        int r;

        r = mx_file_read(&s->file, reterr);
        if (r < 0)
                return r;
        mx_buf_reset(&s->rows);
        mx_buf_reset(&s->labels);
        s->n = 0;
        s->line = (struct mx_page_types){ 0 };
        pos = s->file.buf.data;
        end = pos + s->file.buf.len;
        while ((kind = mx_page_types_next(&pos, end, &s->line, &skipped)) != MX_PAGE_TYPES_END)
                if (kind == MX_PAGE_TYPES_FREE)
                        add_free(s, sink);
                else
                        add_counts(s, sink, kind == MX_PAGE_TYPES_MIXED);
        if (s->n == 0)
                return mx_err_set(reterr, -EBADMSG, "no zone could be read", "pagetypeinfo", 1);
        mx_sink_invalid(sink, skipped);
        mx_emit_rows(sink, FREE, ROW_FAMILIES, s->rows.data, s->n, sizeof(struct row),
                     (const void *)s->labels.data);
        if (s->line.pages_per_block > 0)
                mx_emit(sink, BLOCK_SIZE, s->line.pages_per_block);
        return 0;
}

static void page_types_close(void *state)
{
        struct page_types_state *s = state;

        mx_file_close(&s->file);
        mx_buf_done(&s->rows);
        mx_buf_done(&s->labels);
}

const struct mx_collector mx_page_types = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "page_types",
        .help = "Free memory and pageblocks by what they may be used for (migrate type); off, as "
                "the kernel holds a zone's lock while it counts.",
        .source = "/proc/pagetypeinfo",
        .labels = "`node` and `zone`; `migrate_type` as the kernel writes it: Unmovable, Movable, "
                  "Reclaimable, HighAtomic, CMA, Isolate.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .off_by_default = true,
        .interval = MX_SECONDS(300),
        .max_series = ROWS_MAX * ROW_FAMILIES + 1,
        .max_bytes = 4U << 20,
        .state_size = sizeof(struct page_types_state),
        .open = page_types_open,
        .collect = page_types_collect,
        .close = page_types_close,
        .needs = needs,
        .n_needs = MX_ARRAY_SIZE(needs),
};
