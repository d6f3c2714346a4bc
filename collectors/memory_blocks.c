/* SPDX-License-Identifier: Apache-2.0 */
/* Memory blocks: the pieces in which the kernel takes memory on- and offline, by state and node.
 *
 *   /sys/devices/system/memory/block_size_bytes     8000000        hexadecimal: 128 MiB
 *   /sys/devices/system/memory/memory17/state       online
 *   /sys/devices/system/node/node0/memory17         a link: the block has memory of the node
 *   /sys/devices/system/memory/auto_online_blocks   offline        what is done with added memory
 *
 * Memory that is offline is in no line of /proc/meminfo: a host that has been given memory and has
 * not taken it online is short of it without a trace there. Blocks count whole, holes included, so
 * that what is online is somewhat more than MemTotal.
 *
 * There is no summary in the kernel: each block is a file to read, of 5 us (6.18, 2 CPUs). A host
 * of 1.5 TiB may have 12,000, hence one run a minute, and no more than MX_BLOCKS_MAX of them are
 * read; the rest counts as in state "unknown". Nodes are taken from their own directories, a call
 * for 100 names, and not from each block's. soft_offline_page, hard_offline_page and probe act when
 * they are written and hold nothing: they are not opened.
 *
 * Left out: valid_zones, as zoneinfo has the memory of each zone; and, unless it is asked for,
 * `removable`, which since 5.9 is 1 for each block of a kernel that can take memory offline at all,
 * and before was a guess for which the kernel looked at the block's pages.
 *
 * Sources: drivers/base/memory.c and drivers/base/node.c, Linux 2.6.32 to 6.18;
 * Documentation/ABI/testing/sysfs-devices-memory; online_policy (since 5.15) in
 * Documentation/admin-guide/mm/memory-hotplug.rst. */
#include "memory_blocks_read.h"

#include "entries.h"

#include <fcntl.h>

#define BLOCKS   MX_BLOCKS_DIR
#define MODE_MAX 32

enum {
        SIZE,
        COUNT,
        BYTES,
        REMOVABLE,
        NODE_BYTES,
        MODE,
};

struct row {
        uint64_t blocks, bytes;
};

#define NODE_SOURCE "/sys/devices/system/node/node*"
#define MODE_SOURCE "/sys/devices/system/memory, /sys/module/memory_hotplug/parameters"

/* clang-format off */
static const struct mx_family families[] = {
        [SIZE] = { "memory_block_size_bytes", "Size of a memory block: the least memory that can be added, removed, or taken on- or offline.", "block_size_bytes", NULL, MX_GAUGE, MX_ONE, 0 },
        [COUNT] = { "memory_blocks", "Memory blocks by state; in state unknown are those that could not be read.", "memory*/state", NULL, MX_GAUGE, MX_ONE, offsetof(struct row, blocks) },
        [BYTES] = { "memory_blocks_bytes", "Memory in blocks by state, holes included; what is offline counts nowhere else.", "memory*/state", NULL, MX_GAUGE, MX_ONE, offsetof(struct row, bytes) },
        [REMOVABLE] = { "memory_blocks_removable_bytes", "Memory in blocks that the kernel calls removable: since Linux 5.9 all of it wherever the kernel can take memory offline, before that a guess.", "memory*/removable", NULL, MX_GAUGE, MX_ONE, 0 },
        [NODE_BYTES] = { "memory_node_blocks_bytes", "Memory of the node in blocks by state, holes included; blocks that several nodes share are left out.", "memory*", NODE_SOURCE, MX_GAUGE, MX_ONE, offsetof(struct row, bytes) },
        [MODE] = { "memory_blocks_mode_info", "What the kernel does with memory that is added: whether it is taken online, and into which zone.", NULL, MODE_SOURCE, MX_INFO, MX_ONE, 0 },
};

static const struct { const char *path, *setting; } modes[] = {
        { BLOCKS "/auto_online_blocks", "auto_online_blocks" },
        { "module/memory_hotplug/parameters/online_policy", "online_policy" },
};
/* clang-format on */

struct options {
        bool removable;
};

struct blocks_state {
        struct mx_blocks blocks;
        const struct options *options;
        uint64_t block_size; /* bytes, or MX_ABSENT */
        size_t rows_size;    /* allocated: for as many nodes as there ever were */
        struct row *row;
        struct mx_labels *labels;
};

/* Makes room for the rows of all nodes, and of the host. */
static int make_room(struct blocks_state *s, struct mx_err *reterr)
{
        size_t n = MX_MAX(s->blocks.n_nodes, (size_t)1) * MX_BLOCK_STATES;
        struct mx_labels *labels;
        struct row *row;

        if (n <= s->rows_size)
                return 0;
        row = realloc(s->row, n * sizeof(*row));
        if (row)
                s->row = row;
        labels = realloc(s->labels, n * sizeof(*labels));
        if (labels)
                s->labels = labels;
        if (!row || !labels)
                return mx_err_set(reterr, -ENOMEM, "out of memory for the nodes", NULL, 0);
        s->rows_size = n;
        return 0;
}

static uint64_t bytes_of(const struct blocks_state *s, uint64_t blocks)
{
        uint64_t bytes;

        return s->block_size == MX_ABSENT || blocks == MX_ABSENT ||
                               __builtin_mul_overflow(blocks, s->block_size, &bytes)
                       ? MX_ABSENT
                       : bytes;
}

/* The rows of one place, from `row` on: a state that is not known only where there is such a block.
 * Returns the number of rows. */
static size_t put_states(struct blocks_state *s, struct mx_sink *sink,
                         const struct mx_block_node *node, const uint32_t blocks[], size_t row)
{
        size_t n = blocks[MX_BLOCK_UNKNOWN] ? MX_BLOCK_STATES : MX_BLOCK_UNKNOWN;

        for (size_t i = 0; i < n; i++) {
                const char *name = mx_block_state_names[i];

                s->row[row + i] = (struct row){ blocks[i], bytes_of(s, blocks[i]) };
                mx_labels_begin(sink);
                if (node)
                        mx_label_u64(sink, "node", node->id);
                mx_label(sink, "state", name, strlen(name));
                s->labels[row + i] = mx_labels_end(sink);
        }
        return n;
}

static void emit_host(struct blocks_state *s, struct mx_sink *sink)
{
        const struct mx_blocks *b = &s->blocks;
        uint32_t blocks[MX_BLOCK_STATES] = { 0 };
        size_t n;

        blocks[MX_BLOCK_UNKNOWN] = (uint32_t)MX_MIN(b->left_out, (size_t)INT32_MAX);
        for (size_t i = 0; i < b->n; i++)
                blocks[b->block[i].state]++;
        n = put_states(s, sink, NULL, blocks, 0);
        mx_emit(sink, SIZE, s->block_size);
        mx_emit_rows(sink, COUNT, BYTES - COUNT + 1, s->row, n, sizeof(*s->row), s->labels);
        mx_emit(sink, REMOVABLE, bytes_of(s, b->removable));
}

static void emit_nodes(struct blocks_state *s, struct mx_sink *sink)
{
        size_t n = 0;

        mx_sink_dropped(sink, s->blocks.nodes_left_out * MX_BLOCK_UNKNOWN);
        for (size_t i = 0; i < s->blocks.n_nodes; i++) {
                const struct mx_block_node *node = &s->blocks.node[i];
                uint32_t any = 0;

                for (size_t k = 0; k < MX_BLOCK_STATES; k++)
                        any |= node->blocks[k];
                if (any) /* one without memory has no blocks in any state */
                        n += put_states(s, sink, node, node->blocks, n);
        }
        mx_emit_rows(sink, NODE_BYTES, 1, s->row, n, sizeof(*s->row), s->labels);
}

static int emit_modes(struct blocks_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        static const uint64_t one[MX_ARRAY_SIZE(modes)] = { 1, 1 };
        struct mx_labels labels[MX_ARRAY_SIZE(modes)];
        size_t n = 0;

        for (size_t i = 0; i < MX_ARRAY_SIZE(modes); i++) {
                const struct mx_buf *buf = &s->blocks.buf;
                int r = mx_blocks_read_word(&s->blocks, s->blocks.host->sys_fd, modes[i].path);
                size_t len = buf->len;

                if (mx_is_shortage(r))
                        return mx_err_set(reterr, r, "cannot read", modes[i].path, 0);
                len -= len > 0 && buf->data[len - 1] == '\n';
                if (len == 0)
                        continue;
                if (len > MODE_MAX || memchr(buf->data, '\n', len)) {
                        mx_sink_invalid(sink, 1);
                        continue;
                }
                mx_labels_begin(sink);
                mx_label(sink, "setting", modes[i].setting, strlen(modes[i].setting));
                mx_label(sink, "mode", buf->data, len);
                labels[n++] = mx_labels_end(sink);
        }
        mx_emit_column(sink, MODE, one, n, sizeof(one[0]), labels);
        return 0;
}

static int read_size(struct blocks_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        struct mx_blocks *b = &s->blocks;
        int r = mx_blocks_read_word(b, b->host->sys_fd, BLOCKS "/block_size_bytes");

        if (mx_is_shortage(r))
                return mx_err_set(reterr, r, "cannot read", BLOCKS "/block_size_bytes", 0);
        s->block_size = MX_ABSENT;
        if (b->buf.len > 0 && mx_block_size_parse(b->buf.data, b->buf.len, &s->block_size) < 0)
                mx_sink_invalid(sink, 1);
        return 0;
}

static int blocks_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct blocks_state *s = state;
        size_t invalid = 0;
        int r;

        r = read_size(s, sink, reterr)
                    ?: mx_blocks_read(&s->blocks, s->options->removable, &invalid, reterr);
        if (r == -ENOENT || (r == 0 && s->blocks.n == 0))
                return mx_err_set(reterr, -EOPNOTSUPP, "no memory blocks", BLOCKS, 0);
        r = r ?: mx_blocks_read_nodes(&s->blocks, reterr) ?: make_room(s, reterr);
        if (r < 0)
                return r;
        mx_sink_invalid(sink, invalid);
        emit_host(s, sink);
        emit_nodes(s, sink);
        return emit_modes(s, sink, reterr);
}

static int blocks_open(void *state, const struct mx_host *host, const void *options,
                       struct mx_err *reterr)
{
        struct blocks_state *s = state;
        mx_cleanup_close_ int fd =
                mx_host_openat(host, host->sys_fd, BLOCKS, O_RDONLY | O_DIRECTORY);

        s->blocks.host = host;
        s->options = options;
        mx_buf_init(&s->blocks.buf, MX_BLOCKS_FILE_MAX);
        return fd < 0 ? mx_err_set(reterr, fd, "cannot open", BLOCKS, 0) : 0;
}

static void blocks_close(void *state)
{
        struct blocks_state *s = state;

        mx_blocks_done(&s->blocks);
        free(s->row);
        free(s->labels);
}

static const struct mx_option options[] = {
        { "removable",
          "Read of each block whether the kernel calls it removable, which says little since "
          "Linux 5.9 and takes time before it.",
          MX_OPT_BOOL, offsetof(struct options, removable), "false", 0, 0, NULL },
};

const struct mx_collector mx_memory_blocks = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "memory_blocks",
        .help = "Memory that can be taken on- and offline, by state and NUMA node.",
        .source = "/sys/devices/system/memory",
        .labels = "`state` is online, offline or going-offline, and unknown for blocks that could "
                  "not be read, or are more than are read; `node` is the node's id; "
                  "`setting` is the name of the file and `mode` the word in it.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .options = options,
        .n_options = MX_ARRAY_SIZE(options),
        .options_size = sizeof(struct options),
        .run = MX_RUN_WORKER,
        .interval = MX_SECONDS(60),
        .max_series = 2 + 2 * MX_BLOCK_STATES + MX_BLOCK_NODES_MAX * MX_BLOCK_STATES +
                      MX_ARRAY_SIZE(modes),
        .max_bytes = 128 * 1024,
        .state_size = sizeof(struct blocks_state),
        .open = blocks_open,
        .collect = blocks_collect,
        .close = blocks_close,
};
