/* SPDX-License-Identifier: Apache-2.0 */
/* The pools of huge pages (hugetlb), by size and by node, from
 *
 *   /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages                      512     (6.18)
 *   /sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages    128
 *
 * /proc/meminfo has the pages of the default size alone. Pages times their size are bytes, exactly.
 *
 * Sources: Documentation/admin-guide/mm/hugetlbpage.rst and mm/hugetlb.c, Linux 6.18: nr_hugepages
 * is the pool as it is, surplus pages included; reserved pages are among the free ones. A node has
 * no reserved pages and no overcommit, and the sizes of the host.
 *
 * Files are opened for each run, of which there is none at a scrape: on two nodes with two sizes
 * they are 22, and with each node and size they come and go. */
#include "hugepages.h"

#include "entries.h"
#include "number.h"

#include <fcntl.h>
#include <stdio.h>

#define POOLS     "kernel/mm/hugepages"
#define NODES     "devices/system/node"
#define SIZES_MAX 16  /* arm64 has up to four, powerpc more */
#define NODES_MAX 256 /* as many as have rows with two sizes */
#define ROWS_MAX  512 /* of nodes and sizes; what is over it counts as dropped */
#define FILE_MAX  32  /* a number of 20 digits and a newline */

enum {
        POOL,
        FREE,
        SURPLUS,
        RESERVED,
        OVERCOMMIT,
        NODE_POOL,
        NODE_FREE,
        NODE_SURPLUS,
};

#define HOST_FAMILIES (OVERCOMMIT + 1)
#define NODE_FAMILIES (NODE_SURPLUS - NODE_POOL + 1)

struct pool {
        uint64_t
                bytes[HOST_FAMILIES]; /* in the order of the families; a node has the first three */
};

#define NODE_SOURCE "/sys/devices/system/node/node*/hugepages/hugepages-*kB"
#define AT(i)       (offsetof(struct pool, bytes) + (i) * sizeof(uint64_t))

/* clang-format off */
static const struct mx_family families[] = {
        [POOL] = { "memory_hugepages_pool_bytes", "Memory taken by the pool of huge pages, in use or free, surplus pages included; nothing else can use it.", "nr_hugepages", NULL, MX_GAUGE, MX_ONE, AT(POOL) },
        [FREE] = { "memory_hugepages_free_bytes", "Memory in the pool of huge pages that nothing has faulted in; part of it may be reserved.", "free_hugepages", NULL, MX_GAUGE, MX_ONE, AT(FREE) },
        [SURPLUS] = { "memory_hugepages_surplus_bytes", "Memory in the pool of huge pages above its set size, which goes back once it is free.", "surplus_hugepages", NULL, MX_GAUGE, MX_ONE, AT(SURPLUS) },
        [RESERVED] = { "memory_hugepages_reserved_bytes", "Free huge pages that mappings have been promised and have not faulted in yet.", "resv_hugepages", NULL, MX_GAUGE, MX_ONE, AT(RESERVED) },
        [OVERCOMMIT] = { "memory_hugepages_overcommit_bytes", "How far the pool of huge pages may grow above its set size, by surplus pages.", "nr_overcommit_hugepages", NULL, MX_GAUGE, MX_ONE, AT(OVERCOMMIT) },
        [NODE_POOL] = { "memory_node_hugepages_pool_bytes", "Memory of the node taken by the pool of huge pages, in use or free, surplus pages included.", "nr_hugepages", NODE_SOURCE, MX_GAUGE, MX_ONE, AT(POOL) },
        [NODE_FREE] = { "memory_node_hugepages_free_bytes", "Memory of the node in the pool of huge pages that nothing has faulted in.", "free_hugepages", NODE_SOURCE, MX_GAUGE, MX_ONE, AT(FREE) },
        [NODE_SURPLUS] = { "memory_node_hugepages_surplus_bytes", "Memory of the node in the pool of huge pages above its set size.", "surplus_hugepages", NODE_SOURCE, MX_GAUGE, MX_ONE, AT(SURPLUS) },
};
/* clang-format on */

struct hugepages_state {
        const struct mx_host *host;
        struct mx_buf buf;
        size_t n_sizes, n_nodes;
        size_t sizes_left_out, nodes_left_out;     /* beyond the caps, or named twice */
        uint64_t size[SIZES_MAX], node[NODES_MAX]; /* ascending: KiB, ids */
        size_t rows_size; /* allocated: as many as there ever were to be shown */
        struct pool *row;
        struct mx_labels *labels;
};

bool mx_hugepages_size_parse(const char *name, uint64_t *ret_kib)
{
        const char *p = name, *end = name + strlen(name);
        uint64_t kib;

        if (!MX_SKIP_LITERAL(&p, end, "hugepages-") || mx_scan_u64(&p, end, &kib) < 0 ||
            !MX_SKIP_LITERAL(&p, end, "kB") || p != end || kib == 0 || kib > INT64_MAX / 1024)
                return false;
        *ret_kib = kib;
        return true;
}

int mx_hugepages_parse(const char *buf, size_t len, uint64_t kib, uint64_t *ret_bytes,
                       struct mx_err *reterr)
{
        uint64_t v;
        int r;

        r = mx_number_u64(buf, len, &v);
        if (r < 0)
                return mx_err_set(reterr, r, "not one number", NULL, 1);
        if (__builtin_mul_overflow(v, kib, &v) || v > INT64_MAX / 1024)
                return mx_err_set(reterr, -ERANGE, "more pages than there can be memory", NULL, 1);
        *ret_bytes = v * 1024;
        return 0;
}

/* Puts `v` in its place. */
static void insert(uint64_t *list, size_t *n, size_t cap, uint64_t v, size_t *left_out)
{
        size_t i = *n;

        while (i > 0 && list[i - 1] > v)
                i--;
        if (*n == cap || (i > 0 && list[i - 1] == v)) {
                (*left_out)++;
                return;
        }
        memmove(&list[i + 1], &list[i], (*n - i) * sizeof(*list));
        list[i] = v;
        (*n)++;
}

static int add_size(void *arg, const char *name)
{
        struct hugepages_state *s = arg;
        uint64_t kib;

        if (mx_hugepages_size_parse(name, &kib))
                insert(s->size, &s->n_sizes, SIZES_MAX, kib, &s->sizes_left_out);
        return 0;
}

static int add_node(void *arg, const char *name)
{
        struct hugepages_state *s = arg;
        uint32_t id;

        if (mx_node_name_parse(name, &id))
                insert(s->node, &s->n_nodes, NODES_MAX, id, &s->nodes_left_out);
        return 0;
}

/* Makes room for the pools of the host, and for those of the nodes. */
static int make_room(struct hugepages_state *s)
{
        size_t n = MX_MIN(s->n_sizes * MX_MAX(s->n_nodes, (size_t)1), (size_t)ROWS_MAX);
        struct mx_labels *labels;
        struct pool *row;

        if (n <= s->rows_size)
                return 0;
        row = realloc(s->row, n * sizeof(*row));
        if (!row)
                return -ENOMEM;
        s->row = row;
        labels = realloc(s->labels, n * sizeof(*labels));
        if (!labels)
                return -ENOMEM;
        s->labels = labels;
        s->rows_size = n;
        return 0;
}

/* Lists anew. A host without NUMA has no directory of nodes. */
static int list(struct hugepages_state *s, struct mx_err *reterr)
{
        int r;

        s->n_sizes = s->n_nodes = s->sizes_left_out = s->nodes_left_out = 0;
        r = mx_entries(s->host, s->host->sys_fd, POOLS, add_size, s);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot list", POOLS, 0);
        if (s->n_sizes == 0)
                return mx_err_set(reterr, -EOPNOTSUPP, "no size of huge pages", POOLS, 0);
        r = mx_entries(s->host, s->host->sys_fd, NODES, add_node, s);
        if (r < 0 && !mx_is_lacking(r))
                return mx_err_set(reterr, r, "cannot list", NODES, 0);
        r = make_room(s);
        return r < 0 ? mx_err_set(reterr, r, "out of memory for the pools", POOLS, 0) : 0;
}

/* Reads the first `n` values of a pool whose directory is `path`. What is not there, or cannot be
 * true, stays absent. */
static int read_pool(struct hugepages_state *s, struct mx_sink *sink, const char *path,
                     uint64_t kib, size_t n, struct pool *ret, struct mx_err *reterr)
{
        for (size_t i = 0; i < HOST_FAMILIES; i++)
                ret->bytes[i] = MX_ABSENT;
        for (size_t i = 0; i < n; i++) {
                char file[160];
                int r;

                snprintf(file, sizeof(file), "%s/%s", path, families[i].key);
                r = mx_read_small_at(s->host, s->host->sys_fd, file, &s->buf);
                if (mx_is_shortage(r))
                        return mx_err_set(reterr, r, "cannot read", families[i].key, 0);
                if (r == 0)
                        r = mx_hugepages_parse(s->buf.data, s->buf.len, kib, &ret->bytes[i], NULL);
                if (r < 0 && !mx_is_lacking(r))
                        mx_sink_invalid(sink, 1);
                else if (r == -ENOENT && i == POOL)
                        break; /* the node has no pool of that size: the rest is not there either */
        }
        return 0;
}

static void label(struct mx_sink *sink, const uint64_t *node, uint64_t kib, struct mx_labels *ret)
{
        char size[32];
        int n = snprintf(size, sizeof(size), "%llukB", (unsigned long long)kib);

        mx_labels_begin(sink);
        if (node)
                mx_label_u64(sink, "node", *node);
        mx_label(sink, "page_size", size, (size_t)n);
        *ret = mx_labels_end(sink);
}

static int emit_host(struct hugepages_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        for (size_t i = 0; i < s->n_sizes; i++) {
                char path[96];
                int r;

                snprintf(path, sizeof(path), POOLS "/hugepages-%llukB",
                         (unsigned long long)s->size[i]);
                r = read_pool(s, sink, path, s->size[i], HOST_FAMILIES, &s->row[i], reterr);
                if (r < 0)
                        return r;
                label(sink, NULL, s->size[i], &s->labels[i]);
        }
        mx_emit_rows(sink, POOL, HOST_FAMILIES, s->row, s->n_sizes, sizeof(*s->row), s->labels);
        return 0;
}

static int emit_nodes(struct hugepages_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        size_t all = s->n_nodes * s->n_sizes, n = MX_MIN(all, (size_t)ROWS_MAX);

        mx_sink_dropped(sink, (all - n) * NODE_FAMILIES);
        for (size_t i = 0; i < n; i++) {
                const uint64_t *node = &s->node[i / s->n_sizes];
                uint64_t kib = s->size[i % s->n_sizes];
                char path[128];
                int r;

                snprintf(path, sizeof(path), NODES "/node%llu/hugepages/hugepages-%llukB",
                         (unsigned long long)*node, (unsigned long long)kib);
                r = read_pool(s, sink, path, kib, NODE_FAMILIES, &s->row[i], reterr);
                if (r < 0)
                        return r;
                label(sink, node, kib, &s->labels[i]);
        }
        mx_emit_rows(sink, NODE_POOL, NODE_FAMILIES, s->row, n, sizeof(*s->row), s->labels);
        return 0;
}

static int hugepages_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct hugepages_state *s = state;
        int r;

        r = list(s, reterr);
        if (r < 0)
                return r;
        mx_sink_dropped(sink, s->sizes_left_out * (HOST_FAMILIES + s->n_nodes * NODE_FAMILIES) +
                                      s->nodes_left_out * s->n_sizes * NODE_FAMILIES);
        return emit_host(s, sink, reterr) ?: emit_nodes(s, sink, reterr);
}

static int hugepages_open(void *state, const struct mx_host *host, const void *options,
                          struct mx_err *reterr)
{
        struct hugepages_state *s = state;

        (void)options;
        s->host = host;
        mx_buf_init(&s->buf, FILE_MAX);
        return list(s, reterr);
}

static void hugepages_close(void *state)
{
        struct hugepages_state *s = state;

        mx_buf_done(&s->buf);
        free(s->row);
        free(s->labels);
}

const struct mx_collector mx_hugepages = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "hugepages",
        .help = "The pools of huge pages (hugetlb), by size and by NUMA node.",
        .source = "/sys/kernel/mm/hugepages/hugepages-*kB",
        .labels = "`page_size` is the size of a page as the kernel writes it, such as 2048kB; "
                  "`node` is the node's id.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .max_series = SIZES_MAX * HOST_FAMILIES + ROWS_MAX * NODE_FAMILIES,
        .max_bytes = 512 * 1024,
        .state_size = sizeof(struct hugepages_state),
        .open = hugepages_open,
        .collect = hugepages_collect,
        .close = hugepages_close,
};
