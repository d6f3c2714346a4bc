/* SPDX-License-Identifier: Apache-2.0 */
/* Swap devices, from /proc/swaps, and pages swapped in and out, from /proc/vmstat.
 *
 *   Filename				Type		Size		Used		Priority
 * (6.18) /dev/zram0                              partition	8388604		1204224		100
 *
 * A swap file that was deleted and made anew stands in the file twice under one name once "
 * (deleted)" is taken off. Such lines become one row: sizes are added, and a priority is shown
 * where they agree. */
#include "swap.h"

#define FILE_MAX   65536 /* 32 lines of a path each; a kernel has at most 32 swap devices */
#define VMSTAT_MAX 65536
#define ROWS_MAX   256
#define PATH_CAP   4096 /* bytes of a path once unescaped: PATH_MAX */

enum {
        SIZE,
        USED,
        PRIORITY,
        DELETED,
        DEVICES,
        IN,
        OUT,
};

#define ROW_FAMILIES (DELETED + 1)

/* clang-format off */
static const struct mx_family families[] = {
        [SIZE] = { "memory_swap_size_bytes", "Size of the swap device or file.", "Size",
                   NULL, MX_GAUGE, MX_KIB, offsetof(struct mx_swap, size_kib) },
        [USED] = { "memory_swap_used_bytes", "Swap in use on the device or file.", "Used",
                   NULL, MX_GAUGE, MX_KIB, offsetof(struct mx_swap, used_kib) },
        [PRIORITY] = { "memory_swap_priority", "Priority: the device with the highest is filled first; the kernel gives negative ones itself.", "Priority",
                       NULL, MX_GAUGE, MX_INT, offsetof(struct mx_swap, priority) },
        [DELETED] = { "memory_swap_deleted", "Whether the swap file's name was deleted while it is in use (1) or not (0).", "Filename",
                      NULL, MX_GAUGE, MX_ONE, offsetof(struct mx_swap, deleted) },
        [DEVICES] = { "memory_swap_devices", "Swap devices and files in use.", NULL,
                      NULL, MX_GAUGE, MX_ONE, 0 },
        [IN] = { "memory_swap_in_bytes_total", "Memory read back from swap.", "pswpin",
                 "/proc/vmstat", MX_COUNTER, MX_PAGES, 0 },
        [OUT] = { "memory_swap_out_bytes_total", "Memory written to swap.", "pswpout",
                  "/proc/vmstat", MX_COUNTER, MX_PAGES, 0 },
};
/* clang-format on */

struct swap_state {
        const struct mx_host *host;
        struct mx_file file;
        bool no_vmstat;
        struct mx_swap rows[ROWS_MAX];
        struct mx_labels labels[ROWS_MAX];
        char path[PATH_CAP];
};

static int swap_open(void *state, const struct mx_host *host, const void *options,
                     struct mx_err *reterr)
{
        struct swap_state *s = state;

        (void)options;
        s->host = host;
        return mx_file_open(&s->file, host, host->proc_fd, "swaps", FILE_MAX, reterr);
}

static bool same_series(const struct mx_swap *a, const struct mx_swap *b)
{
        return a->path_len == b->path_len && a->kind_len == b->kind_len &&
               memcmp(a->path, b->path, a->path_len) == 0 &&
               memcmp(a->kind, b->kind, a->kind_len) == 0;
}

/* Adds what can be added of `from`; a priority that differs says nothing about both. */
static void merge(struct mx_swap *into, const struct mx_swap *from)
{
        if (__builtin_add_overflow(into->size_kib, from->size_kib, &into->size_kib))
                into->size_kib = MX_ABSENT;
        if (__builtin_add_overflow(into->used_kib, from->used_kib, &into->used_kib))
                into->used_kib = MX_ABSENT;
        if (into->priority != from->priority)
                into->priority = INT64_MIN;
        into->deleted |= from->deleted;
}

/* Makes one row of all that share a path and a kind. A kernel has at most 32, so that n^2 is
 * nothing. */
static size_t unite(struct mx_swap *rows, size_t n)
{
        size_t kept = 0;

        for (size_t i = 0; i < n; i++) {
                size_t k = 0;

                while (k < kept && !same_series(&rows[k], &rows[i]))
                        k++;
                if (k < kept)
                        merge(&rows[k], &rows[i]);
                else
                        rows[kept++] = rows[i];
        }
        return kept;
}

/* Puts the rows from `keep` on into one remainder behind those kept. Every path the kernel prints
 * starts with a slash or with "(unreachable)". */
static size_t fold(struct mx_swap *rows, size_t n, size_t keep)
{
        if (n <= keep)
                return n;
        for (size_t i = keep + 1; i < n; i++)
                merge(&rows[keep], &rows[i]);
        rows[keep].path = rows[keep].kind = "other";
        rows[keep].path_len = rows[keep].kind_len = 5;
        rows[keep].priority = INT64_MIN;
        rows[keep].deleted = MX_ABSENT;
        return unite(rows, keep + 1); /* in case something is called "other" all the same */
}

static void label_rows(struct swap_state *s, struct mx_sink *sink, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const struct mx_swap *row = &s->rows[i];
                size_t len = mx_swap_unescape(row->path, row->path_len, s->path);

                mx_labels_begin(sink);
                mx_label(sink, "device", s->path, len);
                mx_label(sink, "kind", row->kind, row->kind_len);
                s->labels[i] = mx_labels_end(sink);
        }
}

/* Rows whose path is longer than any path can be are not devices. */
static size_t drop_long_paths(struct mx_swap *rows, size_t n, struct mx_sink *sink)
{
        size_t kept = 0;

        for (size_t i = 0; i < n; i++)
                if (rows[i].path_len <= PATH_CAP)
                        rows[kept++] = rows[i];
        mx_sink_invalid(sink, n - kept);
        return kept;
}

static void emit_devices(struct swap_state *s, struct mx_sink *sink, size_t n)
{
        size_t room = mx_sink_room(sink), keep;

        n = unite(s->rows, drop_long_paths(s->rows, n, sink));
        keep = room / ROW_FAMILIES > 1 ? room / ROW_FAMILIES - 1 : 0; /* one is for the remainder */
        if (n > keep && n * ROW_FAMILIES > room) {
                mx_sink_dropped(sink, (n - keep) * ROW_FAMILIES);
                n = fold(s->rows, n, keep);
        }
        label_rows(s, sink, n);
        mx_emit_rows(sink, SIZE, ROW_FAMILIES, s->rows, n, sizeof(s->rows[0]), s->labels);
}

/* A kernel without these counters, or a machine that hides them, has no less swap for it. */
static int emit_io(struct swap_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        const struct mx_buf *vmstat;
        struct mx_err err = { 0 };
        struct mx_swap_io io;
        int r;

        if (s->no_vmstat)
                return 0;
        r = mx_host_read_proc(s->host, "vmstat", VMSTAT_MAX, &vmstat, &err);
        if (r == -ENOENT || r == -EACCES || r == -EPERM) {
                s->no_vmstat = true;
                return 0;
        }
        if (r < 0)
                return mx_err_set(reterr, r, err.what, err.path, err.line);
        if (mx_swap_io_parse(vmstat->data, vmstat->len, &io, NULL) < 0)
                mx_sink_invalid(sink, 1);
        mx_emit(sink, IN, io.in_pages);
        mx_emit(sink, OUT, io.out_pages);
        return 0;
}

static int swap_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct swap_state *s = state;
        size_t skipped;
        int n, r;

        r = mx_file_read(&s->file, reterr);
        if (r < 0)
                return r;
        n = mx_swap_parse(s->file.buf.data, s->file.buf.len, s->rows, ROWS_MAX, &skipped, reterr);
        if (n < 0)
                return n;
        mx_sink_invalid(sink, skipped);
        mx_emit(sink, DEVICES, (uint64_t)n + skipped);
        r = emit_io(s, sink, reterr);
        if (r < 0)
                return r;
        emit_devices(s, sink, (size_t)n);
        return 0;
}

static void swap_close(void *state)
{
        struct swap_state *s = state;

        mx_file_close(&s->file);
}

const struct mx_collector mx_swap = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "swap",
        .help = "Swap devices, and memory swapped in and out.",
        .source = "/proc/swaps",
        .labels = "`device` is the path as it was given to swapon, `kind` is partition or file; "
                  "`device=\"other\"` sums those over the cap.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_INLINE,
        .max_series = (ROWS_MAX + 1) * ROW_FAMILIES + 3,
        .max_bytes = 4 * 1024 * 1024, /* every byte of the longest path may become three */
        .state_size = sizeof(struct swap_state),
        .open = swap_open,
        .collect = swap_collect,
        .close = swap_close,
};
