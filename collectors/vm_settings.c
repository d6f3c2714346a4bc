/* SPDX-License-Identifier: Apache-2.0 */
/* How the host's memory management is set: every number in /proc/sys/vm as a gauge in base units,
 * some in /sys/kernel/mm and of zswap, and the modes among them as an info metric.
 *
 *   min_free_kbytes 67584                           memory_vm_min_free_bytes 69206016
 *   overcommit_ratio 50                             memory_vm_overcommit_ratio 0.500
 *   transparent_hugepage/enabled
 *     always [madvise] never                        memory_vm_mode_info{setting=...,mode="madvise"}
 *
 * What a file says in decimal numbers is a gauge, what it says in words (true, Y, Node) or in a
 * mask (0x0007 of lru_gen/enabled) is a mode as it stands. /proc/sys/vm is listed at each run, and
 * a file that the table lacks gets a mechanical name; sysfs holds statistics beside settings, so
 * that there only what is known is read, and the modes of each size of huge page (since 6.8).
 *
 * Settings hardly ever change, so they are read once a minute and their files are opened for it: 49
 * files of /proc/sys/vm take 180 us of CPU, against 30 us if they were kept open (6.18, 2 CPUs),
 * and would be as many descriptors as all the other collectors take together. procfs clears as much
 * memory for each read as the reader has room for, hence a small buffer: with 64 KiB it is 270 us,
 * and 77 files of a run take 370 us, or 1,900 us with 1 MiB. With the modes of nine sizes of huge
 * page it is 98 files and 540 us. */
#include "vm_settings_items.h"
#include "vm_settings_kept.h"

#include "entries.h"

#include <stdio.h>

#define DIR "sys/vm"
#define THP "transparent_hugepage" /* in kernel/mm */

struct item {
        const char *path; /* a name in /proc/sys/vm, or a path below sysfs */
        enum vm_kind kind;
};

/* clang-format off */
#define PROC_ITEM(kind, file, name, help) { file, kind },
#define SYS_ITEM(kind, dir, file, name, help) { dir "/" file, kind },
#define PROC_FAMILY(kind, file, name, help) \
        { "memory_vm_" name, help, file, NULL, MX_GAUGE, SCALE_##kind, 0 },
#define SYS_FAMILY(kind, dir, file, name, help) \
        { "memory_vm_" name, help, file, "/sys/" dir, MX_GAUGE, SCALE_##kind, 0 },

/* As many, and in the order of, the families. */
static const struct item items[] = { VM_SETTINGS_PROC(PROC_ITEM) VM_SETTINGS_SYS(SYS_ITEM) };

#define N_PROC (sizeof((struct item[]){ VM_SETTINGS_PROC(PROC_ITEM) }) / sizeof(struct item))
#define N_ITEMS MX_ARRAY_SIZE(items)

enum {
        LOWMEM = N_ITEMS,
        MODE,
};

static const struct mx_family families[] = {
        VM_SETTINGS_PROC(PROC_FAMILY)
        VM_SETTINGS_SYS(SYS_FAMILY)
        [LOWMEM] = { "memory_vm_lowmem_reserve_divisor", "Divisor of the memory in higher zones that gives what the zone at this position keeps from requests that could use those; 0: nothing.", "lowmem_reserve_ratio", NULL, MX_GAUGE, MX_INT, 0 },
        [MODE] = { "memory_vm_mode_info", "The mode that a setting is in, for settings that are words.", NULL, "/sys/kernel/mm, /sys/module/zswap/parameters, /proc/sys/vm", MX_INFO, MX_ONE, 0 },
};

/* Files of sysfs that hold a mode. */
static const struct { const char *path, *setting; } modes[] = {
        { "kernel/mm/ksm/advisor_mode", "ksm/advisor_mode" },
        { "kernel/mm/lru_gen/enabled", "lru_gen/enabled" },
        { "kernel/mm/numa/demotion_enabled", "numa/demotion_enabled" },
        { "kernel/mm/redhat_transparent_hugepage/defrag", "redhat_transparent_hugepage/defrag" },
        { "kernel/mm/redhat_transparent_hugepage/enabled", "redhat_transparent_hugepage/enabled" },
        { "kernel/mm/swap/vma_ra_enabled", "swap/vma_ra_enabled" },
        { "kernel/mm/transparent_hugepage/defrag", "transparent_hugepage/defrag" },
        { "kernel/mm/transparent_hugepage/enabled", "transparent_hugepage/enabled" },
        { "kernel/mm/transparent_hugepage/shmem_enabled", "transparent_hugepage/shmem_enabled" },
        { "module/zswap/parameters/compressor", "zswap/compressor" },
        { "module/zswap/parameters/enabled", "zswap/enabled" },
        { "module/zswap/parameters/shrinker_enabled", "zswap/shrinker_enabled" },
        { "module/zswap/parameters/zpool", "zswap/zpool" },
};
/* clang-format on */

struct vm_settings_state {
        const struct mx_host *host;
        struct mx_sink *sink; /* of this run */
        struct mx_buf buf;
        size_t n_read;
        bool is_set[N_ITEMS];
        uint64_t value[N_ITEMS];
        size_t n_lowmem;
        uint64_t lowmem[VM_NUMBERS_MAX];
        struct vm_unknowns unknowns;
        struct vm_modes modes;
};

/* Reads one file. Returns 1; 0 when there is no value in it, which counts as invalid unless nothing
 * is amiss; or a negative errno when the run is at its end. */
static int read_value(struct vm_settings_state *s, int dirfd, const char *path,
                      struct vm_value *ret)
{
        int r = mx_read_small_at(s->host, dirfd, path, &s->buf);

        if (mx_is_shortage(r))
                return r;
        if (r == 0)
                r = vm_value_parse(s->buf.data, s->buf.len, ret, NULL);
        if (r == 0)
                s->n_read++;
        else if (!mx_is_lacking(r))
                mx_sink_invalid(s->sink, 1);
        return r == 0;
}

static void set_item(struct vm_settings_state *s, size_t i, const struct vm_value *value)
{
        if (value->n == 1 && vm_convert(items[i].kind, value->number[0], &s->value[i]))
                s->is_set[i] = true;
        else
                mx_sink_invalid(s->sink, 1);
}

static void set_lowmem(struct vm_settings_state *s, const struct vm_value *value)
{
        s->n_lowmem = value->n;
        for (size_t i = 0; i < value->n; i++)
                s->lowmem[i] = (uint64_t)value->number[i];
}

/* The item of /proc/sys/vm, or N_PROC; they are sorted. */
static size_t find_item(const char *file)
{
        size_t low = 0, high = N_PROC;

        while (low < high) {
                size_t i = low + (high - low) / 2;
                int order = strcmp(items[i].path, file);

                if (order == 0)
                        return i;
                if (order < 0)
                        low = i + 1;
                else
                        high = i;
        }
        return N_PROC;
}

static int take_file(void *state, const char *file)
{
        struct vm_settings_state *s = state;
        struct vm_unknown *unknown;
        char path[sizeof(DIR "/") + 255];
        struct vm_value value;
        size_t i = find_item(file);
        int r;

        if (vm_is_never_read(file))
                return 0;
        snprintf(path, sizeof(path), DIR "/%s", file);
        r = read_value(s, s->host->proc_fd, path, &value);
        if (r <= 0)
                return r;
        if (value.n == 0) {
                vm_modes_add(&s->modes, s->sink, file, value.text, value.text_len);
        } else if (i < N_PROC) {
                set_item(s, i, &value);
        } else if (strcmp(file, "lowmem_reserve_ratio") == 0) {
                set_lowmem(s, &value);
        } else {
                unknown = vm_unknowns_find(&s->unknowns, s->sink, file);
                if (unknown)
                        vm_unknown_set(unknown, s->sink, &value);
        }
        return 0;
}

/* Takes a file of kernel/mm as a mode. Returns as read_value() does. */
static int take_mode(struct vm_settings_state *s, const char *path, const char *setting)
{
        struct vm_value value;
        int r = read_value(s, s->host->sys_fd, path, &value);

        if (r > 0)
                vm_modes_add(&s->modes, s->sink, setting, value.text, value.text_len);
        return r;
}

/* What decides for one size of huge page (since 6.8), anonymous or in shmem. */
static int take_size(void *state, const char *name)
{
        static const char *const files[] = { "enabled", "shmem_enabled" };
        char path[VM_NAME_MAX + 32];
        int r = 0;

        if (strncmp(name, "hugepages-", strlen("hugepages-")) != 0)
                return 0;
        for (size_t i = 0; i < MX_ARRAY_SIZE(files) && r >= 0; i++) {
                int len = snprintf(path, sizeof(path), "kernel/mm/" THP "/%s/%s", name, files[i]);

                if (len >= (int)sizeof(path))
                        return 0; /* no kernel's name */
                r = take_mode(state, path, path + strlen("kernel/mm/"));
        }
        return r < 0 ? r : 0;
}

static int read_sysfs(struct vm_settings_state *s)
{
        struct vm_value value;
        int r = 0;

        for (size_t i = N_PROC; i < N_ITEMS && r >= 0; i++) {
                r = read_value(s, s->host->sys_fd, items[i].path, &value);
                if (r > 0)
                        set_item(s, i, &value);
        }
        for (size_t i = 0; i < MX_ARRAY_SIZE(modes) && r >= 0; i++)
                r = take_mode(s, modes[i].path, modes[i].setting);
        if (r >= 0)
                r = mx_entries(s->host, s->host->sys_fd, "kernel/mm/" THP, take_size, s);
        return mx_is_shortage(r) ? r : 0;
}

static void forget_values(struct vm_settings_state *s, struct mx_sink *sink)
{
        s->sink = sink;
        s->n_read = s->n_lowmem = s->modes.n = 0;
        memset(s->is_set, 0, sizeof(s->is_set));
        for (size_t i = 0; i < s->unknowns.n; i++)
                s->unknowns.v[i].n = 0;
}

static int vm_settings_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct vm_settings_state *s = state;
        int r;

        forget_values(s, sink);
        r = mx_entries(s->host, s->host->proc_fd, DIR, take_file, s);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot list or read", DIR, 0);
        r = read_sysfs(s);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot read the settings in sysfs", "kernel/mm", 0);
        if (s->n_read == 0)
                return mx_err_set(reterr, -EOPNOTSUPP, "no setting that can be read", DIR, 0);
        for (size_t i = 0; i < N_ITEMS; i++)
                if (s->is_set[i])
                        mx_emit(sink, i, s->value[i]);
        vm_emit_numbers(sink, LOWMEM, s->lowmem, s->n_lowmem, true);
        vm_modes_emit(&s->modes, sink, MODE);
        vm_unknowns_emit(&s->unknowns, sink);
        return 0;
}

static int skip(void *arg, const char *name)
{
        (void)arg;
        (void)name;
        return 0;
}

static int vm_settings_open(void *state, const struct mx_host *host, const void *options,
                            struct mx_err *reterr)
{
        struct vm_settings_state *s = state;
        int r;

        (void)options;
        s->host = host;
        mx_buf_init(&s->buf, VM_FILE_MAX);
        r = mx_entries(host, host->proc_fd, DIR, skip, NULL);
        return r < 0 ? mx_err_set(reterr, r, "cannot list", DIR, 0) : 0;
}

static void vm_settings_close(void *state)
{
        struct vm_settings_state *s = state;

        mx_buf_done(&s->buf);
}

const struct mx_collector mx_vm_settings = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "vm_settings",
        .help = "How memory management is set: vm.* and the modes of huge pages, KSM and zswap.",
        .source = "/proc/sys/vm",
        .labels = "`setting` is a file below /sys/kernel/mm, a parameter of zswap or a file of "
                  "/proc/sys/vm, and `mode` what it says, or the word in brackets of what it "
                  "offers; `index` is a number's position in a file of several: for "
                  "memory_vm_lowmem_reserve_divisor that of the zone in the kernel's order.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .interval = MX_SECONDS(60),
        .max_series = N_ITEMS + VM_NUMBERS_MAX + VM_MODES_MAX + VM_UNKNOWN_MAX * VM_NUMBERS_MAX,
        .max_bytes = 128 * 1024,
        .state_size = sizeof(struct vm_settings_state),
        .open = vm_settings_open,
        .collect = vm_settings_collect,
        .close = vm_settings_close,
};
