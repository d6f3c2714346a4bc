/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel takes for itself, and how much of that no counter names. /proc/meminfo has lines
 * for the parts (Slab, PageTables, Percpu, ...) and none for the whole, so that memory which a
 * driver has taken page by page shows nowhere but as a difference:
 *
 *   used          MemTotal
 *                 - MemFree - what is free on lists by CPU (zoneinfo)
 *                 - Active - Inactive - Unevictable - nr_isolated_*   all on the lists of reclaim:
 *                                        processes, files, tmpfs, swap cache, each page once
 *                 - Hugetlb
 *   unaccounted   used
 *                 - Slab - (KReclaimable - SReclaimable)
 *                 - the larger of VmallocUsed and KernelStack + ShadowCallStack
 *                 - PageTables - SecPageTables - Quicklists - Percpu - Bounce - WritebackTmp
 *                 - GPUActive - GPUReclaim
 *                 - the larger of nr_zspages (zram, zswap) and Zswap
 *                 - nr_memmap_pages
 *
 * A ring of 128 MiB for a packet socket, which no line of meminfo has, moved `unaccounted`
 * from 16.2 to 144.7 MiB and back to 16.7 (6.18).
 *
 * AnonPages + Cached + SwapCached, which others take for the second row of `used`, count a page of
 * the swap cache twice that a process has mapped. The lists by CPU are worth their reading: on an
 * idle guest of 24 GiB (6.18) they held 47 MiB of the 63 MiB that were missing without them, and
 * since 6.7 they may grow to an eighth of a zone.
 *
 * Where it is not exact, and by how much:
 * - Stacks are allocated with vmalloc where the kernel has CONFIG_VMAP_STACK (x86_64 since 4.9,
 *   arm64 since 4.14, and the default wherever there is such a choice). Where it has not,
 *   `unaccounted` is too large by the smaller of the two lines.
 * - VmallocUsed is 0 before 5.3, Percpu came with 4.19: until then both are part of `unaccounted`,
 *   as are huge pages of other than the default size before 4.15 (Hugetlb).
 * - Percpu holds memory from before the page allocator, which MemTotal lacks: some 200 kB for each
 *   possible CPU, by which `unaccounted` is too small, below 0 if nothing else is missing. So are
 *   the stacks and page tables of the boot.
 * - Balloon is part of `unaccounted` as far as the driver has left it in MemTotal, as VMware's does
 *   and virtio's does not (unless it deflates on OOM): it cannot be told from here.
 * - All is read one after another, and counters by CPU lag: a few MiB on a busy host.
 *
 * /proc/vmallocinfo, on request, says who has what of vmalloc. The kernel holds a lock for each
 * part of the list while it prints, and resolves the name of each caller: 2.4 ms for 1,700 areas
 * (6.18), so that it is read in every fourth run. Its text is not kept. */
#include "kernel_memory.h"

#include "entries.h"
#include "lines.h"
#include "meminfo_pick.h"
#include "vmalloc_sums.h"

#include "mx/cleanup.h"

#include <fcntl.h>
#include <linux/capability.h>

#define TEXT_MAX     65536       /* of meminfo, of vmstat, and of a line of the others */
#define ZONEINFO_MAX (64U << 20) /* 100 bytes for each CPU and zone */
#define VMALLOC_MAX  (64U << 20)
#define EVERY        4 /* runs */

enum {
        USED,
        UNACCOUNTED,
        CPU_LISTS,
        AREAS,
        AREA_BYTES,
        ALLOCATED,
        NODE_ALLOCATED,
        CALLER_AREAS,
        CALLER_ALLOCATED,
        CALLERS,
};

/* clang-format off */
static const struct mx_family families[] = {
        [USED] = { "memory_kernel_used_bytes", "Memory that the kernel takes for itself, slab included: all that is neither free nor on the lists of reclaim nor in pools of huge pages.", NULL,
                   "/proc/meminfo, /proc/vmstat, /proc/zoneinfo", MX_GAUGE, MX_INT, 0 },
        [UNACCOUNTED] = { "memory_kernel_unaccounted_bytes", "Part of the kernel's memory that no counter names, such as what drivers have taken page by page; below 0 by what per-CPU memory had before the page allocator.", NULL,
                          "/proc/meminfo, /proc/vmstat, /proc/zoneinfo", MX_GAUGE, MX_INT, 0 },
        [CPU_LISTS] = { "memory_cpu_lists_free_bytes", "Free memory that waits on lists by CPU, which MemFree lacks.", "pagesets count",
                        "/proc/zoneinfo", MX_GAUGE, MX_PAGES, 0 },
        [AREAS] = { "memory_vmalloc_areas", "Areas of kernel address space that are mapped page by page, as of the last reading, at most four runs old.", NULL,
                    "/proc/vmallocinfo", MX_GAUGE, MX_ONE, offsetof(struct vmalloc_sum, areas) },
        [AREA_BYTES] = { "memory_vmalloc_area_bytes", "Addresses that the areas take, with the guard page that most end with, as of the last reading, at most four runs old.", NULL,
                         "/proc/vmallocinfo", MX_GAUGE, MX_ONE, offsetof(struct vmalloc_sum, bytes) },
        [ALLOCATED] = { "memory_vmalloc_allocated_bytes", "Memory that was allocated for the areas, as of the last reading, at most four runs old.", "pages",
                        "/proc/vmallocinfo", MX_GAUGE, MX_PAGES, offsetof(struct vmalloc_sum, pages) },
        [NODE_ALLOCATED] = { "memory_node_vmalloc_allocated_bytes", "Memory of the node that was allocated for areas, as of the last reading, at most four runs old.", "N",
                             "/proc/vmallocinfo", MX_GAUGE, MX_PAGES, offsetof(struct mx_vmalloc_node, pages) },
        [CALLER_AREAS] = { "memory_vmalloc_caller_areas", "Areas that the kernel's function has made, as of the last reading, at most four runs old.", NULL,
                           "/proc/vmallocinfo", MX_GAUGE, MX_ONE, offsetof(struct vmalloc_caller, sum.areas) },
        [CALLER_ALLOCATED] = { "memory_vmalloc_caller_allocated_bytes", "Memory that was allocated for areas of the kernel's function, as of the last reading, at most four runs old.", "pages",
                               "/proc/vmallocinfo", MX_GAUGE, MX_PAGES, offsetof(struct vmalloc_caller, sum.pages) },
        [CALLERS] = { "memory_vmalloc_callers", "Functions of the kernel that have areas, shown one by one or not, as of the last reading, at most four runs old.", NULL,
                      "/proc/vmallocinfo", MX_GAUGE, MX_ONE, 0 },
};
/* clang-format on */

struct kernel_options {
        bool vmallocinfo;
        uint64_t top;
};

static const struct mx_option options_table[] = {
        { "vmallocinfo", "Whether the areas of vmalloc are summed by kind, node and caller (root).",
          MX_OPT_BOOL, offsetof(struct kernel_options, vmallocinfo), "false", 0, 0, NULL },
        { "top", "How many callers of vmalloc are shown one by one, those with the most memory.",
          MX_OPT_COUNT, offsetof(struct kernel_options, top), "20", 0, VMALLOC_TOP_MAX, NULL },
};

static const struct mx_need needs[] = {
        { CAP_DAC_READ_SEARCH, "vmallocinfo", "vmallocinfo",
          "who uses vmalloc: only root may read /proc/vmallocinfo" },
};

struct kernel_state {
        const struct mx_host *host;
        const struct kernel_options *options;
        struct mx_buf buf;
        struct mx_kernel_memory memory; /* scratch */
        struct vmalloc_sums *vmalloc;   /* NULL: not asked for */
        bool has_vmalloc;               /* the sums are there */
        unsigned runs_to_go;            /* until they are made anew */
};

static int kernel_open(void *state, const struct mx_host *host, const void *options,
                       struct mx_err *reterr)
{
        struct kernel_state *s = state;
        int r;

        s->host = host;
        s->options = options;
        mx_buf_init(&s->buf, TEXT_MAX);
        r = mx_read_small_at(host, host->proc_fd, "meminfo", &s->buf);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot read", "meminfo", 0);
        if (!s->options->vmallocinfo)
                return 0;
        s->vmalloc = calloc(1, sizeof(*s->vmalloc));
        if (!s->vmalloc || vmalloc_sums_init(s->vmalloc) < 0)
                return mx_err_set(reterr, -ENOMEM, "out of memory for callers", "vmallocinfo", 0);
        return 0;
}

/* As lines, through the buffer of the other files, which takes what the largest of those takes. */
static int open_lines(struct kernel_state *s, const char *path, uint64_t max,
                      struct mx_line_reader *ret)
{
        int fd = mx_host_openat(s->host, s->host->proc_fd, path, O_RDONLY);

        *ret = mx_line_reader(fd, &s->buf, max);
        return fd;
}

/* A file without a single list is not one of a host whose lists are empty. */
static int read_cpu_lists(struct kernel_state *s, struct mx_sink *sink)
{
        struct mx_line_reader lines;
        mx_cleanup_close_ int fd = open_lines(s, "zoneinfo", ZONEINFO_MAX, &lines);
        uint64_t pages = 0;
        bool is_any = false;
        const char *line;
        size_t len;
        int r;

        if (fd < 0)
                return fd;
        while ((r = mx_line_next(&lines, &line, &len)) > 0)
                is_any |= mx_kernel_add_cpu_list(line, len, &pages);
        mx_sink_invalid(sink, lines.skipped);
        if (r == 0 && is_any)
                s->memory.cpu_lists = pages;
        return r;
}

/* Without vmstat and zoneinfo, what is isolated from the lists of reclaim and what is free on lists
 * by CPU is not known, and so neither is the rest. */
static int read_memory(struct kernel_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        struct mx_kernel_memory *m = &s->memory;
        int r;

        m->page_size = s->host->page_size;
        r = mx_read_small_at(s->host, s->host->proc_fd, "meminfo", &s->buf);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot read", "meminfo", 0);
        mx_lines_pick(s->buf.data, s->buf.len, mx_kernel_lines, MX_KM_LINES, true, m->line);
        r = mx_read_at(s->host, s->host->proc_fd, "vmstat", &s->buf);
        if (mx_is_shortage(r))
                return mx_err_set(reterr, r, "cannot read", "vmstat", 0);
        m->has_counts = r == 0 && s->buf.len > 0;
        if (m->has_counts)
                mx_lines_pick(s->buf.data, s->buf.len, mx_kernel_counts, MX_KM_COUNTS, false,
                              m->count);
        m->cpu_lists = MX_ABSENT;
        r = read_cpu_lists(s, sink);
        if (mx_is_shortage(r))
                return mx_err_set(reterr, r, "cannot read", "zoneinfo", 0);
        return 0;
}

static int sum_areas(struct kernel_state *s, struct mx_sink *sink)
{
        struct mx_line_reader lines;
        mx_cleanup_close_ int fd = open_lines(s, "vmallocinfo", VMALLOC_MAX, &lines);
        const char *line;
        size_t len;
        int r;

        if (fd < 0)
                return fd;
        vmalloc_sums_begin(s->vmalloc);
        while ((r = mx_line_next(&lines, &line, &len)) > 0)
                vmalloc_sums_line(s->vmalloc, line, len);
        if (r < 0)
                return r;
        mx_sink_invalid(sink, lines.skipped + s->vmalloc->skipped);
        return vmalloc_sums_end(s->vmalloc, s->options->top);
}

/* 0, or a shortage. What may not be read is not there; `needs` has said why, and it is tried again
 * at once. What cannot be read is invalid, and takes nothing else with it. */
static int read_vmalloc(struct kernel_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        int r;

        if (s->runs_to_go > 0) {
                s->runs_to_go--;
                return 0;
        }
        r = sum_areas(s, sink);
        s->has_vmalloc = r == 0;
        if (mx_is_shortage(r))
                return mx_err_set(reterr, r, "cannot read", "vmallocinfo", 0);
        if (mx_is_lacking(r))
                return 0;
        mx_sink_invalid(sink, r < 0);
        s->runs_to_go = EVERY - 1;
        return 0;
}

static void emit_kinds(const struct vmalloc_sums *v, struct mx_sink *sink)
{
        struct vmalloc_sum row[MX_VMALLOC_KINDS];
        struct mx_labels labels[MX_VMALLOC_KINDS];
        size_t n = 0;

        for (size_t i = 0; i < MX_VMALLOC_KINDS; i++) {
                const char *name = mx_vmalloc_kind_names[i];

                if (v->kind[i].areas == 0)
                        continue;
                row[n] = v->kind[i];
                mx_labels_begin(sink);
                mx_label(sink, "kind", name, strlen(name));
                labels[n++] = mx_labels_end(sink);
        }
        mx_emit_rows(sink, AREAS, ALLOCATED - AREAS + 1, row, n, sizeof(*row), labels);
}

static void emit_nodes(const struct vmalloc_sums *v, struct mx_sink *sink)
{
        struct mx_labels labels[VMALLOC_NODES_MAX];

        if (v->n_nodes == 0)
                return;
        for (size_t i = 0; i < v->n_nodes; i++) {
                mx_labels_begin(sink);
                mx_label_u64(sink, "node", vmalloc_sums_node(v, i)->node);
                labels[i] = mx_labels_end(sink);
        }
        mx_emit_column(sink, NODE_ALLOCATED, &vmalloc_sums_node(v, 0)->pages, v->n_nodes,
                       sizeof(struct mx_vmalloc_node), labels);
}

static void emit_callers(const struct vmalloc_sums *v, struct mx_sink *sink)
{
        struct mx_labels labels[VMALLOC_TOP_MAX + 1];

        for (size_t i = 0; i < v->n_shown; i++) {
                const struct vmalloc_caller *c = vmalloc_sums_shown(v, i);

                mx_labels_begin(sink);
                mx_label(sink, "caller", vmalloc_sums_name(v, c), c->name_len ? c->name_len : 5);
                labels[i] = mx_labels_end(sink);
        }
        mx_emit_rows(sink, CALLER_AREAS, 2, vmalloc_sums_shown(v, 0), v->n_shown,
                     sizeof(struct vmalloc_caller), labels);
        mx_emit(sink, CALLERS, v->n_live);
}

static int kernel_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct kernel_state *s = state;
        int r;

        r = read_memory(s, sink, reterr);
        if (r < 0)
                return r;
        mx_emit(sink, USED, (uint64_t)mx_kernel_used(&s->memory));
        mx_emit(sink, UNACCOUNTED, (uint64_t)mx_kernel_unaccounted(&s->memory));
        mx_emit(sink, CPU_LISTS, s->memory.cpu_lists);
        if (!s->vmalloc)
                return 0;
        r = read_vmalloc(s, sink, reterr);
        if (r < 0 || !s->has_vmalloc)
                return r;
        emit_kinds(s->vmalloc, sink);
        emit_nodes(s->vmalloc, sink);
        emit_callers(s->vmalloc, sink);
        return 0;
}

static void kernel_close(void *state)
{
        struct kernel_state *s = state;

        mx_buf_done(&s->buf);
        if (s->vmalloc)
                vmalloc_sums_done(s->vmalloc);
        free(s->vmalloc);
}

const struct mx_collector mx_kernel_memory = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "kernel_memory",
        .help = "What the kernel takes for itself, how much of it no counter names, and who uses "
                "vmalloc.",
        .source = "/proc/meminfo",
        .labels =
                "`kind` of an area of vmalloc: vmalloc, user, ioremap, vmap, sparse, dma_coherent, "
                "vm_map_ram, unpurged, other. `caller` is a function of the kernel; "
                "`caller=\"other\"` sums those not shown by themselves. `node` is the node's id.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .options = options_table,
        .n_options = MX_ARRAY_SIZE(options_table),
        .options_size = sizeof(struct kernel_options),
        .run = MX_RUN_WORKER,
        .max_series = 4 + 3 * MX_VMALLOC_KINDS + VMALLOC_NODES_MAX + 2 * (VMALLOC_TOP_MAX + 1),
        .max_bytes = 512 * 1024,
        .state_size = sizeof(struct kernel_state),
        .open = kernel_open,
        .collect = kernel_collect,
        .close = kernel_close,
        .needs = needs,
        .n_needs = MX_ARRAY_SIZE(needs),
};
