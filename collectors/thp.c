/* SPDX-License-Identifier: Apache-2.0 */
/* Transparent huge pages: what there is of each size and what became of requests for it, and how
 * far khugepaged has come.
 *
 *   /sys/kernel/mm/transparent_hugepage/hpage_pmd_size                     2097152   (6.18)
 *   /sys/kernel/mm/transparent_hugepage/khugepaged/pages_collapsed         151
 *   /sys/kernel/mm/transparent_hugepage/hugepages-64kB/stats/nr_anon       1208
 *
 * The settings that lie in the same directories (enabled, defrag, max_ptes_none ...) are the
 * vm_settings collector's. Before 6.10 there are no statistics by size, and thp_* of /proc/vmstat
 * have those of the PMD's size alone: times memory_thp_pmd_size_bytes they are bytes. A file of
 * statistics that the table lacks is passed through by its name.
 *
 * A machine has nine sizes of 17 statistics, and by default eight of them are switched off. A size
 * for which enabled and shmem_enabled say "never", and all of whose statistics have been 0 since
 * the collector was opened, is therefore left out: 18 series instead of 162. It is there from the
 * first run after it was switched on, or got pages none the less, as larger ones are split into it;
 * rate() misses at most what happened in between.
 *
 * Files are opened for each run, from their directory, once a minute: 183 of them take 870 us of
 * CPU (6.18, 2 CPUs; for each file of statistics the kernel adds up all CPUs).
 *
 * Sources: Documentation/admin-guide/mm/transhuge.rst, mm/huge_memory.c (sum_mthp_stat()) and
 * mm/khugepaged.c, Linux 6.18. The counters are summed over CPUs without a lock, so that a level
 * may be a wrapped negative for a moment: it makes no sample then. */
#include "thp.h"

#include "entries.h"
#include "hugepages.h"
#include "number.h"

#include "mx/cleanup.h"

#include <fcntl.h>
#include <stdio.h>

#define THP       "kernel/mm/transparent_hugepage"
#define OLD_THP   "kernel/mm/redhat_transparent_hugepage" /* of enterprise 2.6.32 */
#define SIZES_MAX 24  /* 64 KiB pages have 13 sizes, 4 KiB pages 9 */
#define WIDTH     40  /* statistics of a size: 6.18 has 17 */
#define FILE_MAX  512 /* the longest list of modes has 46 bytes */

/* clang-format off */
#define LEVEL(key, name, help) { "memory_thp_" name "_bytes", help, key, MX_THP_STATS_SOURCE, MX_GAUGE, MX_KIB, 0 },
#define EVENT(key, help) { "memory_thp_" key "_total", help, key, MX_THP_STATS_SOURCE, MX_COUNTER, MX_ONE, 0 },

static const struct mx_family families[] = {
        LEVEL("nr_anon", "anon", "Anonymous memory in transparent huge pages of the size, however they are mapped; AnonHugePages of /proc/meminfo has what is mapped as one, of the PMD's size.")
        LEVEL("nr_anon_partially_mapped", "anon_partially_mapped", "Transparent huge pages of the size that are mapped in part only: the rest of them is held for nothing until they are split.")
        EVENT("anon_fault_alloc", "Huge pages of the size allocated on a page fault.")
        EVENT("anon_fault_fallback", "Page faults that fell back to a smaller size for want of a huge page of the size, those that a cgroup's limit refused among them.")
        EVENT("anon_fault_fallback_charge", "Page faults that fell back to a smaller size because a cgroup's limit left no room for a huge page of the size.")
        EVENT("zswpout", "Huge pages of the size that went to zswap in one piece.")
        EVENT("swpin", "Huge pages of the size read from swap in one piece; none of them from zswap.")
        EVENT("swpin_fallback", "Reads from swap that fell back to a smaller size for want of a huge page of the size, those that a cgroup's limit refused among them.")
        EVENT("swpin_fallback_charge", "Reads from swap that fell back to a smaller size because a cgroup's limit left no room for a huge page of the size.")
        EVENT("swpout", "Huge pages of the size written to swap in one piece; none of them to zswap.")
        EVENT("swpout_fallback", "Huge pages of the size split before they were swapped out, mostly as swap had no room in one piece.")
        EVENT("shmem_alloc", "Huge pages of the size allocated for shared memory.")
        EVENT("shmem_fallback", "Allocations for shared memory that fell back to a smaller size for want of a huge page of the size, those that a cgroup's limit refused among them.")
        EVENT("shmem_fallback_charge", "Allocations for shared memory that fell back to a smaller size because a cgroup's limit left no room for a huge page of the size.")
        EVENT("split", "Huge pages of the size split into smaller ones.")
        EVENT("split_failed", "Huge pages of the size that could not be split, mostly as somebody held them.")
        EVENT("split_deferred", "Huge pages of the size put on the list to be split when memory is short.")
        { "memory_thp_pmd_size_bytes", "Size of a huge page that one entry of a page directory (PMD) maps: the one that khugepaged makes and that thp_* of /proc/vmstat count.", "hpage_pmd_size", NULL, MX_GAUGE, MX_ONE, 0 },
        { "memory_thp_khugepaged_full_scans_total", "Times that khugepaged has been through all memory that may be in huge pages.", "full_scans", MX_THP_SOURCE "/khugepaged", MX_COUNTER, MX_ONE, 0 },
        { "memory_thp_khugepaged_collapses_total", "Huge pages that khugepaged has put in the place of small ones.", "pages_collapsed", MX_THP_SOURCE "/khugepaged", MX_COUNTER, MX_ONE, 0 },
};
/* clang-format on */

enum {
        COLLAPSES = MX_ARRAY_SIZE(families) - 1,
        FULL_SCANS = COLLAPSES - 1,
        PMD_SIZE = FULL_SCANS - 1,
        N_STATS = PMD_SIZE,
};

struct thp_state {
        const struct mx_host *host;
        struct mx_sink *sink; /* of this run */
        struct mx_buf buf;
        struct mx_keymap *map;
        size_t n_sizes, left_out; /* beyond the cap */
        uint64_t size[SIZES_MAX]; /* ascending: KiB */
        uint64_t used;            /* bit n: something has been counted of the size of 2^n KiB */
        size_t rows_size;         /* allocated: as many as there ever were sizes */
        uint64_t *row;            /* WIDTH for each size that is shown */
        struct mx_labels *labels;

        /* The size that is being read. */
        int stats_fd;
        uint64_t kib, *value;
        size_t n_files;
        bool is_used;
};

static int add_size(void *arg, const char *name)
{
        struct thp_state *s = arg;
        uint64_t kib;
        size_t i = s->n_sizes;

        if (!mx_hugepages_size_parse(name, &kib))
                return 0;
        while (i > 0 && s->size[i - 1] > kib)
                i--;
        if (s->n_sizes == SIZES_MAX || (i > 0 && s->size[i - 1] == kib)) {
                s->left_out++;
                return 0;
        }
        memmove(&s->size[i + 1], &s->size[i], (s->n_sizes - i) * sizeof(s->size[0]));
        s->size[i] = kib;
        s->n_sizes++;
        return 0;
}

static int make_room(struct thp_state *s)
{
        struct mx_labels *labels;
        uint64_t *row;

        if (s->n_sizes <= s->rows_size)
                return 0;
        row = realloc(s->row, s->n_sizes * WIDTH * sizeof(*row));
        if (!row)
                return -ENOMEM;
        s->row = row;
        labels = realloc(s->labels, s->n_sizes * sizeof(*labels));
        if (!labels)
                return -ENOMEM;
        s->labels = labels;
        s->rows_size = s->n_sizes;
        return 0;
}

/* Reads one file of a size's statistics into the row. */
static int take_stat(void *arg, const char *name)
{
        struct thp_state *s = arg;
        struct mx_kv kv = { .key = name, .key_len = (uint32_t)strlen(name) };
        int r = mx_read_small_at(s->host, s->stats_fd, name, &s->buf);

        if (mx_is_shortage(r))
                return r;
        if (r == 0)
                r = mx_number_u64(s->buf.data, s->buf.len, &kv.value);
        if (r == 0 && !mx_thp_convert(name, s->kib, &kv.value))
                r = -ERANGE;
        if (r < 0) {
                if (!mx_is_lacking(r))
                        mx_sink_invalid(s->sink, 1);
                return 0;
        }
        mx_keymap_set(s->map, s->sink, &kv, s->n_files++, s->value);
        s->is_used = s->is_used || kv.value != 0;
        return 0;
}

/* May huge pages of the size be asked for? Returns 1 or 0, or a negative errno when the run is at
 * its end. What cannot be read does not say that they may not. */
static int is_on(struct thp_state *s, const char *dir)
{
        static const char *const files[] = { "enabled", "shmem_enabled" };
        bool is_off = false;

        for (size_t i = 0; i < MX_ARRAY_SIZE(files); i++) {
                char path[96];
                int r;

                snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
                r = mx_read_small_at(s->host, s->host->sys_fd, path, &s->buf);
                if (mx_is_shortage(r))
                        return r;
                if (r == -ENOENT)
                        continue; /* a size of shared memory alone, or the other way round */
                if (r < 0 || !mx_thp_is_never(s->buf.data, s->buf.len))
                        return 1;
                is_off = true;
        }
        return !is_off;
}

/* Reads a size into the row at s->value. Returns 1; 0 when there is nothing to show; or a negative
 * errno when the run is at its end. */
static int read_size(struct thp_state *s)
{
        uint64_t bit = UINT64_C(1) << __builtin_ctzll(s->kib);
        char dir[64], path[80];
        mx_cleanup_close_ int fd = -1;
        int r;

        snprintf(dir, sizeof(dir), THP "/hugepages-%llukB", (unsigned long long)s->kib);
        snprintf(path, sizeof(path), "%s/stats", dir);
        fd = mx_host_openat(s->host, s->host->sys_fd, path, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return mx_is_shortage(fd) ? fd : 0;
        s->stats_fd = fd;
        s->n_files = 0;
        s->is_used = false;
        memset(s->value, 0xff, WIDTH * sizeof(*s->value)); /* every byte of MX_ABSENT */
        r = mx_entries(s->host, fd, ".", take_stat, s);
        if (r < 0)
                return mx_is_shortage(r) ? r : 0;
        if (s->is_used)
                s->used |= bit;
        return s->used & bit ? 1 : is_on(s, dir);
}

static int emit_sizes(struct thp_state *s, struct mx_err *reterr)
{
        size_t n = 0;

        for (size_t i = 0; i < s->n_sizes; i++) {
                char size[32];
                int r, len;

                s->kib = s->size[i];
                s->value = &s->row[n * WIDTH];
                r = read_size(s);
                if (r < 0)
                        return mx_err_set(reterr, r, "cannot read the statistics", THP, 0);
                if (r == 0)
                        continue;
                len = snprintf(size, sizeof(size), "%llukB", (unsigned long long)s->kib);
                mx_labels_begin(s->sink);
                mx_label(s->sink, "page_size", size, (size_t)len);
                s->labels[n++] = mx_labels_end(s->sink);
        }
        if (n > 0)
                mx_keymap_emit(s->map, s->sink, s->row, n, s->labels);
        return 0;
}

/* Emits the number in the first of the two files that is there. Returns 1; 0 when neither is; or a
 * negative errno when the run is at its end. */
static int emit_number(struct thp_state *s, size_t family, const char *path, const char *old)
{
        uint64_t v = 0;
        int r = mx_read_small_at(s->host, s->host->sys_fd, path, &s->buf);

        if (r == -ENOENT && old)
                r = mx_read_small_at(s->host, s->host->sys_fd, old, &s->buf);
        if (mx_is_shortage(r))
                return r;
        if (r == 0)
                r = mx_number_u64(s->buf.data, s->buf.len, &v);
        if (r == 0)
                mx_emit(s->sink, family, v);
        else if (!mx_is_lacking(r))
                mx_sink_invalid(s->sink, 1);
        return r == 0;
}

static int list(struct thp_state *s, struct mx_err *reterr)
{
        int r;

        s->n_sizes = s->left_out = 0;
        r = mx_entries(s->host, s->host->sys_fd, THP, add_size, s);
        if (r == -ENOENT)
                r = mx_entries(s->host, s->host->sys_fd, OLD_THP, add_size, s);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot list", THP, 0);
        r = make_room(s);
        return r < 0 ? mx_err_set(reterr, r, "out of memory for the sizes", THP, 0) : 0;
}

static int thp_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        static const struct {
                size_t family;
                const char *path, *old;
        } numbers[] = {
                { PMD_SIZE, THP "/hpage_pmd_size", NULL },
                { FULL_SCANS, THP "/khugepaged/full_scans", OLD_THP "/khugepaged/full_scans" },
                { COLLAPSES, THP "/khugepaged/pages_collapsed",
                  OLD_THP "/khugepaged/pages_collapsed" },
        };
        struct thp_state *s = state;
        int r;

        s->sink = sink;
        r = list(s, reterr);
        if (r < 0)
                return r;
        mx_sink_dropped(sink, s->left_out * N_STATS);
        r = emit_sizes(s, reterr);
        for (size_t i = 0; i < MX_ARRAY_SIZE(numbers) && r >= 0; i++) {
                r = emit_number(s, numbers[i].family, numbers[i].path, numbers[i].old);
                if (r < 0)
                        return mx_err_set(reterr, r, "cannot read", numbers[i].path, 0);
        }
        return r < 0 ? r : 0;
}

static int thp_open(void *state, const struct mx_host *host, const void *options,
                    struct mx_err *reterr)
{
        struct thp_state *s = state;
        int r;

        (void)options;
        s->host = host;
        mx_buf_init(&s->buf, FILE_MAX);
        r = list(s, reterr);
        return r < 0 ? r : mx_keymap_new(&s->map, families, 0, N_STATS, WIDTH, mx_thp_rule);
}

static void thp_close(void *state)
{
        struct thp_state *s = state;

        mx_buf_done(&s->buf);
        mx_keymap_free(s->map);
        free(s->row);
        free(s->labels);
}

const struct mx_collector mx_thp = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "thp",
        .help = "Transparent huge pages by size, and how far khugepaged has come; their settings "
                "are in vm_settings.",
        .source = MX_THP_SOURCE,
        .labels = "`page_size` is the size of a huge page as the kernel writes it, such as 64kB "
                  "(since 6.10). A size that is switched off (never, both in enabled and in "
                  "shmem_enabled), and of which nothing has been counted, has no samples.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .interval = MX_SECONDS(60),
        .max_series = SIZES_MAX * WIDTH + 3,
        .max_bytes = 256 * 1024,
        .state_size = sizeof(struct thp_state),
        .open = thp_open,
        .collect = thp_collect,
        .close = thp_close,
};
