/* SPDX-License-Identifier: Apache-2.0 */
/* What the compressed cache of swap (zswap) may take, and how it fares.
 *
 * How it is set has its home in vm_settings, on or off among it. What it holds is in meminfo since
 * 5.19, what went in and out in vmstat. Here are the sizes in bytes that follow from the settings,
 * and what debugfs adds, a file for each number:
 *
 *   /sys/module/zswap/parameters/max_pool_percent    20          (6.18)
 *   /sys/kernel/debug/zswap/reject_compress_poor     1077
 *
 * debugfs is root's alone (mode 0700), often not mounted, and hidden from a service that is shut
 * in; the directory is made when zswap is first turned on. Without it there are only the two sizes.
 * A file that the table lacks becomes memory_zswap_<name>, which claims no unit.
 *
 * Sources: Documentation/admin-guide/mm/zswap.rst and mm/zswap.c from Linux 3.11 to 6.18. The
 * kernel takes its percentages of all RAM, which is MemTotal. Older kernels round the second one
 * otherwise, by less than a hundred pages. */
#include "zswap.h"

#include "entries.h"
#include "number.h"

#include "mx/keymap.h"

#include <fcntl.h>

#define PARAMETERS     "module/zswap/parameters"
#define POOL_PERCENT   PARAMETERS "/max_pool_percent"
#define ACCEPT_PERCENT PARAMETERS "/accept_threshold_percent"
#define DEBUG          "kernel/debug/zswap"
#define FILE_MAX       16384 /* /proc/meminfo, of which 6.18 prints 1.5 kB */
#define NUMBER_MAX     32    /* 20 digits, a newline, and the byte that tells an end */
#define FILES_MAX      32    /* 6.18 has 12; the table has 13 */

#define P "memory_zswap_"
#define ROW(key, name, help, type, scale)                                                          \
        { P name, help, key, "/sys/kernel/debug/zswap", type, scale, 0 },
#define EVENT(key, name, help) ROW(key, name "_total", help, MX_COUNTER, MX_ONE)
#define PAGES(key, name, help) ROW(key, name "_bytes", help, MX_GAUGE, MX_PAGES)

enum {
        LIMIT,
        THRESHOLD,
        DEBUGFS,
};

/* clang-format off */
static const struct mx_family families[] = {
        [LIMIT] = { P "pool_limit_bytes", "Most memory that zswap may take while it is on, which is a share of RAM.", "max_pool_percent", NULL, MX_GAUGE, MX_PAGES, 0 },
        [THRESHOLD] = { P "accept_threshold_bytes", "Size to which zswap, once it was full, has to shrink before it takes pages again.", "accept_threshold_percent", NULL, MX_GAUGE, MX_PAGES, 0 },

        ROW("pool_total_size", "pool_bytes", "Memory that zswap takes.", MX_GAUGE, MX_ONE)
        PAGES("stored_pages", "stored", "Pages held in zswap, before compression.")
        PAGES("same_filled_pages", "same_filled", "Pages held in zswap that repeat one word and take no memory (older kernels).")
        PAGES("stored_incompressible_pages", "incompressible", "Pages held in zswap as they are, since they do not compress (recent kernels).")
        ROW("written_back_pages", "written_back_bytes_total", "Pages written from zswap to the swap device to make room.", MX_COUNTER, MX_PAGES)
        EVENT("pool_limit_hit", "pool_limit_hits", "Times zswap was found at its limit when a page was to be stored; what it refuses from then on, until it has shrunk, is not counted.")
        EVENT("reject_reclaim_fail", "reject_reclaim_fail", "Pages not taken because zswap was full and no room could be made, or pages that could not be written back (recent kernels).")
        EVENT("reject_alloc_fail", "reject_alloc_fail", "Pages not taken because there was no memory for them once compressed.")
        EVENT("reject_kmemcache_fail", "reject_kmemcache_fail", "Pages not taken because there was no memory for their entry.")
        EVENT("reject_compress_fail", "reject_compress_fail", "Pages not taken because the algorithm failed.")
        EVENT("reject_compress_poor", "reject_compress_poor", "Pages not taken because they would not have become smaller.")
        EVENT("decompress_fail", "decompress_fail", "Pages in zswap that could not be read back, or not be uncompressed to be written (recent kernels).")
        EVENT("duplicate_entry", "duplicate_entries", "Pages stored in the place of another one that zswap still held (older kernels).")
};
/* clang-format on */

struct zswap_state {
        const struct mx_host *host;
        struct mx_buf buf;    /* of meminfo */
        struct mx_buf number; /* of every other file */
        struct mx_keymap *map;
        uint64_t row[FILES_MAX];
};

/* What the callback for a file needs. */
struct debugfs {
        struct zswap_state *state;
        struct mx_sink *sink;
        int fd;
        size_t n; /* files met */
};

uint64_t mx_zswap_memory(const char *buf, size_t len)
{
        struct mx_lines it = mx_lines(buf, len);
        struct mx_kv kv;

        while (mx_lines_next(&it)) {
                const char *p = it.line;

                if (MX_SKIP_LITERAL(&p, it.line + it.len, "MemTotal:"))
                        return mx_kv_line(it.line, it.line + it.len, &kv) && kv.kib ? kv.value
                                                                                    : MX_ABSENT;
        }
        return MX_ABSENT;
}

uint64_t mx_zswap_share(uint64_t pages, uint64_t percent)
{
        uint64_t v;

        if (pages == MX_ABSENT || percent == MX_ABSENT ||
            __builtin_mul_overflow(pages, percent, &v))
                return MX_ABSENT;
        return v / 100;
}

static int zswap_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        ret->help = "Statistic of zswap that this version has no description of.";
        ret->source = "/sys/kernel/debug/zswap";
        ret->type = MX_UNKNOWN;
        ret->scale = MX_ONE;
        return mx_name_append(name, P) ?: mx_name_append_key(name, kv->key, kv->key_len);
}

/* Reads a number; what is not there, or is none, is absent. */
static int read_number(struct zswap_state *s, struct mx_sink *sink, int dirfd, const char *file,
                       uint64_t *ret)
{
        int r = mx_read_small_at(s->host, dirfd, file, &s->number);

        *ret = MX_ABSENT;
        if (mx_is_shortage(r))
                return r;
        r = r ?: mx_number_u64(s->number.data, s->number.len, ret);
        if (r < 0 && !mx_is_lacking(r))
                mx_sink_invalid(sink, 1);
        return 0;
}

static int add_file(void *arg, const char *name)
{
        struct debugfs *d = arg;
        struct zswap_state *s = d->state;
        struct mx_kv kv = { .key = name, .key_len = (uint32_t)strlen(name) };
        int r;

        r = read_number(s, d->sink, d->fd, name, &kv.value);
        if (r == 0 && kv.value != MX_ABSENT)
                mx_keymap_set(s->map, d->sink, &kv, d->n++, s->row);
        return r;
}

/* None of it there, or for us, is no error. */
static int emit_debugfs(struct zswap_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        mx_cleanup_close_ int fd =
                mx_host_openat(s->host, s->host->sys_fd, DEBUG, O_RDONLY | O_DIRECTORY);
        struct debugfs d = { .state = s, .sink = sink, .fd = fd };
        int r;

        if (mx_is_lacking(fd))
                return 0;
        for (size_t i = 0; i < FILES_MAX; i++)
                s->row[i] = MX_ABSENT;
        r = fd < 0 ? fd : mx_entries(s->host, fd, ".", add_file, &d);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot read", DEBUG, 0);
        mx_keymap_emit(s->map, sink, s->row, 1, NULL);
        return 0;
}

/* All of RAM in pages; absent where it is not known. */
static int read_memory(struct zswap_state *s, struct mx_sink *sink, uint64_t *ret)
{
        int r = mx_read_small_at(s->host, s->host->proc_fd, "meminfo", &s->buf);
        uint64_t kib, bytes;

        *ret = MX_ABSENT;
        if (mx_is_shortage(r))
                return r;
        kib = r < 0 ? MX_ABSENT : mx_zswap_memory(s->buf.data, s->buf.len);
        if (!__builtin_mul_overflow(kib, 1024, &bytes))
                *ret = bytes / s->host->page_size;
        else if (!mx_is_lacking(r))
                mx_sink_invalid(sink, 1);
        return 0;
}

static int zswap_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct zswap_state *s = state;
        uint64_t most, accept = MX_ABSENT, pages = MX_ABSENT;
        int r;

        r = read_number(s, sink, s->host->sys_fd, POOL_PERCENT, &most);
        r = r ?: read_number(s, sink, s->host->sys_fd, ACCEPT_PERCENT, &accept);
        r = r ?: read_memory(s, sink, &pages);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot read the settings or meminfo", PARAMETERS, 0);
        pages = mx_zswap_share(pages, most);
        mx_emit(sink, LIMIT, pages);
        mx_emit(sink, THRESHOLD, mx_zswap_share(pages, accept));
        return emit_debugfs(s, sink, reterr);
}

static int zswap_open(void *state, const struct mx_host *host, const void *options,
                      struct mx_err *reterr)
{
        struct zswap_state *s = state;
        int r;

        (void)options;
        s->host = host;
        mx_buf_init(&s->buf, FILE_MAX);
        mx_buf_init(&s->number, NUMBER_MAX);
        r = mx_read_small_at(host, host->sys_fd, POOL_PERCENT, &s->buf);
        if (r < 0)
                return mx_err_set(reterr, r,
                                  r == -ENOENT ? "the kernel has no zswap" : "cannot read",
                                  POOL_PERCENT, 0);
        return mx_keymap_new(&s->map, families, DEBUGFS, MX_ARRAY_SIZE(families) - DEBUGFS,
                             FILES_MAX, zswap_rule);
}

static void zswap_close(void *state)
{
        struct zswap_state *s = state;

        mx_buf_done(&s->buf);
        mx_buf_done(&s->number);
        mx_keymap_free(s->map);
}

const struct mx_collector mx_zswap = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "zswap",
        .help = "The compressed cache of swap: what it may take, and what it could not store.",
        .source = "/sys/module/zswap/parameters",
        .labels =
                "None. Everything but the two limits comes from debugfs, where that is mounted and "
                "may be read: by root, and not by the packaged service unless it is opened for "
                "it. Settings are in `vm_settings`, what is held in `meminfo`, what goes "
                "in and out in `vmstat`.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .max_series = DEBUGFS + FILES_MAX,
        .max_bytes = 16 * 1024,
        .state_size = sizeof(struct zswap_state),
        .open = zswap_open,
        .collect = zswap_collect,
        .close = zswap_close,
};
