/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that holds compressed data as block devices (zram), most often swap, from
 *
 *   /sys/block/zram0/disksize          8589934592          (6.18)
 *   /sys/block/zram0/comp_algorithm    lzo-rle lzo lz4 [zstd]
 *
 * and mm_stat, io_stat and bd_stat there, for which see zram.h; kernels before 4.1 have a file for
 * each number instead, for which see zram_read.c.
 *
 * Sources: Documentation/admin-guide/blockdev/zram.rst and drivers/block/zram/zram_drv.c from Linux
 * 3.10 (in staging then) to 6.18. Pages stored as they are, since they do not compress, count among
 * the compressed data; pages of one repeated word, and what is on the backing device, count among
 * the original data alone. What compression leaves of a page is therefore compressed / (original -
 * same_filled - writeback), and before 4.14, which leaves such pages out, compressed / original.
 * In 4.1 and 4.2 the seventh column of mm_stat is objects that were moved: it is left out there, as
 * the release says (proc/sys/kernel/osrelease).
 *
 * A device that has not been set up has a size of 0 and nothing to say: it only counts as a device.
 * bd_stat is left out where no backing device is set.
 *
 * The kernel holds a lock of the device (init_lock) while it is reset, which may have to free
 * gigabytes, and every one of these files waits for it. Devices come and go (zram-control), so that
 * files are opened for each run. */
#include "zram_read.h"

#include "entries.h"

#define DEVICES_MAX 128 /* a host has one, or one for each CPU where the kernel is old */

#define DEVICES (MX_ZRAM_VALUES)
#define INFO    (MX_ZRAM_VALUES + 1)

#define MM "/sys/block/zram*/mm_stat"
#define IO "/sys/block/zram*/io_stat"
#define BD "/sys/block/zram*/bd_stat"

#define ROW(id, name, key, source, type, scale, help)                                              \
        [id] = { "memory_zram_" name, help, key, source, type, scale, (id) * sizeof(uint64_t) }

/* clang-format off */
static const struct mx_family families[] = {
        ROW(MX_ZRAM_DISK, "disk_bytes", "disksize", NULL, MX_GAUGE, MX_ONE, "Size of the device, as whoever uses it sees it."),
        ROW(MX_ZRAM_ORIGINAL, "original_bytes", "orig_data_size", MM, MX_GAUGE, MX_ONE, "Data stored in the device, before compression, pages of one repeated word (since Linux 4.14) and data on the backing device included."),
        ROW(MX_ZRAM_COMPRESSED, "compressed_bytes", "compr_data_size", MM, MX_GAUGE, MX_ONE, "Data stored in the device, after compression, without pages of one repeated word and data on the backing device."),
        ROW(MX_ZRAM_USED, "used_bytes", "mem_used_total", MM, MX_GAUGE, MX_ONE, "Memory taken by the compressed data, with what the allocator wastes."),
        ROW(MX_ZRAM_LIMIT, "limit_bytes", "mem_limit", MM, MX_GAUGE, MX_ONE, "Most memory that the device may take; none where there is no limit."),
        ROW(MX_ZRAM_PEAK, "used_peak_bytes", "mem_used_max", MM, MX_GAUGE, MX_ONE, "Most memory that the device has taken since it was set up, or since somebody has reset this number."),
        ROW(MX_ZRAM_SAME_FILLED, "same_filled_bytes", "same_pages", MM, MX_GAUGE, MX_PAGES, "Stored pages that repeat one word, such as zeros, and take no memory."),
        ROW(MX_ZRAM_COMPACTED, "compacted_bytes_total", "pages_compacted", MM, MX_COUNTER, MX_PAGES, "Memory given back by compaction of the device's allocator."),
        ROW(MX_ZRAM_INCOMPRESSIBLE, "incompressible_bytes", "huge_pages", MM, MX_GAUGE, MX_PAGES, "Stored pages that do not compress and are kept as they are."),
        ROW(MX_ZRAM_INCOMPRESSIBLE_EVER, "incompressible_stored_bytes_total", "huge_pages_since", MM, MX_COUNTER, MX_PAGES, "Pages stored as they are, since they do not compress, since the device was set up."),
        ROW(MX_ZRAM_FAILED_READS, "failed_reads_total", "failed_reads", IO, MX_COUNTER, MX_ONE, "Reads from the device that failed."),
        ROW(MX_ZRAM_FAILED_WRITES, "failed_writes_total", "failed_writes", IO, MX_COUNTER, MX_ONE, "Writes to the device that failed, for want of memory or at its limit among others."),
        ROW(MX_ZRAM_INVALID_IO, "invalid_requests_total", "invalid_io", IO, MX_COUNTER, MX_ONE, "Requests to the device that were not of whole pages (before 6.4)."),
        ROW(MX_ZRAM_DISCARDED, "discarded_bytes_total", "notify_free", IO, MX_COUNTER, MX_PAGES, "Pages that swap, or a file system by a discard, has said it needs no more, whether they were stored or not."),
        ROW(MX_ZRAM_BACKED, "writeback_bytes", "bd_count", BD, MX_GAUGE, MX_ONE, "Data on the backing device of the zram device, which takes no memory."),
        ROW(MX_ZRAM_BACKED_READ, "writeback_read_bytes_total", "bd_reads", BD, MX_COUNTER, MX_ONE, "Data read from the backing device."),
        ROW(MX_ZRAM_BACKED_WRITTEN, "writeback_written_bytes_total", "bd_writes", BD, MX_COUNTER, MX_ONE, "Data written to the backing device."),
        [DEVICES] = { "memory_zram_devices", "Number of zram devices, with those that are not set up.", NULL, NULL, MX_GAUGE, MX_ONE, 0 },
        [INFO] = { "memory_zram_info", "The compression algorithm of a zram device.", "comp_algorithm", NULL, MX_INFO, MX_ONE, 0 },
};
/* clang-format on */

struct zram_state {
        struct mx_zram_reader reader;
        size_t n, left_out;       /* devices, and those beyond the cap */
        uint32_t id[DEVICES_MAX]; /* ascending */
        size_t rows_size;         /* allocated: as many as there ever were devices */
        struct mx_zram_device *row;
        struct mx_labels *labels, *info;
};

/* Puts a device in its place. Of more than the cap the first are kept, whatever their order. */
static int add_device(void *arg, const char *name)
{
        struct zram_state *s = arg;
        uint32_t id;
        size_t i;

        if (!mx_zram_name_parse(name, &id))
                return 0;
        if (s->n == DEVICES_MAX) {
                s->left_out++;
                if (s->id[s->n - 1] <= id)
                        return 0;
                s->n--;
        }
        for (i = s->n; i > 0 && s->id[i - 1] > id; i--)
                s->id[i] = s->id[i - 1];
        s->id[i] = id;
        s->n++;
        return 0;
}

static int make_room(struct zram_state *s)
{
        struct mx_labels *labels;
        struct mx_zram_device *row;

        if (s->n <= s->rows_size)
                return 0;
        row = realloc(s->row, s->n * sizeof(*row));
        if (!row)
                return -ENOMEM;
        s->row = row;
        labels = realloc(s->labels, s->n * sizeof(*labels));
        if (!labels)
                return -ENOMEM;
        s->labels = labels;
        labels = realloc(s->info, s->n * sizeof(*labels));
        if (!labels)
                return -ENOMEM;
        s->info = labels;
        s->rows_size = s->n;
        return 0;
}

static int list(struct zram_state *s, struct mx_err *reterr)
{
        int r;

        s->n = s->left_out = 0;
        r = mx_entries(s->reader.host, s->reader.host->sys_fd, MX_ZRAM_BLOCK, add_device, s);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot list", MX_ZRAM_BLOCK, 0);
        if (s->n == 0)
                return mx_err_set(reterr, -EOPNOTSUPP, "no zram device", MX_ZRAM_BLOCK, 0);
        r = make_room(s);
        return r < 0 ? mx_err_set(reterr, r, "out of memory for the devices", MX_ZRAM_BLOCK, 0) : 0;
}

static void emit_info(struct zram_state *s, struct mx_sink *sink, size_t n)
{
        size_t known = 0;

        for (size_t i = 0; i < n; i++) {
                if (s->info[i].len == 0)
                        continue;
                s->info[known] = s->info[i];
                s->row[known++].value[0] = 1;
        }
        mx_emit_column(sink, INFO, &s->row[0].value[0], known, sizeof(*s->row), s->info);
}

static int zram_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct zram_state *s = state;
        size_t n = 0;
        int r;

        r = list(s, reterr);
        if (r < 0)
                return r;
        for (size_t i = 0; i < s->n; i++) {
                r = mx_zram_read(&s->reader, sink, s->id[i], &s->row[n], &s->labels[n], &s->info[n],
                                 reterr);
                if (r < 0)
                        return r;
                n += (size_t)r;
        }
        mx_sink_dropped(sink, s->left_out * (MX_ZRAM_VALUES + 1));
        mx_emit_rows(sink, MX_ZRAM_DISK, MX_ZRAM_VALUES, s->row, n, sizeof(*s->row), s->labels);
        mx_emit(sink, DEVICES, s->n + s->left_out);
        emit_info(s, sink, n);
        return 0;
}

static int zram_open(void *state, const struct mx_host *host, const void *options,
                     struct mx_err *reterr)
{
        struct zram_state *s = state;

        (void)options;
        mx_zram_reader_init(&s->reader, host);
        return list(s, reterr);
}

static void zram_close(void *state)
{
        struct zram_state *s = state;

        mx_zram_reader_done(&s->reader);
        free(s->row);
        free(s->labels);
        free(s->info);
}

const struct mx_collector mx_zram = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "zram",
        .help = "Compressed memory that is used as block devices, most often as swap.",
        .source = "/sys/block/zram*",
        .labels =
                "`device` is the device's name, such as zram0; `algorithm` is the one its data is "
                "compressed with. A device that is not set up has none of these.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .max_series = DEVICES_MAX * (MX_ZRAM_VALUES + 1) + 1,
        .max_bytes = 256 * 1024,
        .state_size = sizeof(struct zram_state),
        .open = zram_open,
        .collect = zram_collect,
        .close = zram_close,
};
