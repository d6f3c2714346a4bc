/* SPDX-License-Identifier: Apache-2.0 */
#include "zram_read.h"

#include "entries.h"
#include "number.h"
#include "overcommit.h"

#include <fcntl.h>
#include <stdio.h>

#define FILE_MAX 4097 /* the path of a backing device, as long as sysfs can say it */

/* What kernels before 4.1 have in the place of mm_stat and io_stat: the limit and the peak since
 * 3.18 only. What is not here they do not count. */
struct old {
        enum mx_zram_value value;
        const char *file;
};

static const struct old old_mm[] = {
        { MX_ZRAM_ORIGINAL, "orig_data_size" }, { MX_ZRAM_COMPRESSED, "compr_data_size" },
        { MX_ZRAM_USED, "mem_used_total" },     { MX_ZRAM_LIMIT, "mem_limit" },
        { MX_ZRAM_PEAK, "mem_used_max" },       { MX_ZRAM_SAME_FILLED, "zero_pages" },
};
static const struct old old_io[] = {
        { MX_ZRAM_FAILED_READS, "failed_reads" },
        { MX_ZRAM_FAILED_WRITES, "failed_writes" },
        { MX_ZRAM_INVALID_IO, "invalid_io" },
        { MX_ZRAM_DISCARDED, "notify_free" },
};

void mx_zram_reader_init(struct mx_zram_reader *s, const struct mx_host *host)
{
        *s = (struct mx_zram_reader){ .host = host };
        mx_buf_init(&s->buf, FILE_MAX);
        if (mx_read_small_at(host, host->proc_fd, "sys/kernel/osrelease", &s->buf) == 0)
                s->counts_moves = mx_release_is_from(s->buf.data, s->buf.len, 4, 1) &&
                                  !mx_release_is_from(s->buf.data, s->buf.len, 4, 3);
}

void mx_zram_reader_done(struct mx_zram_reader *s)
{
        mx_buf_done(&s->buf);
}

/* Reads a file of the device into the buffer. Returns 1 when it is there, 0 when it is not, or when
 * it cannot be read, which is counted; the device may have gone meanwhile. */
static int read_file(struct mx_zram_reader *s, struct mx_sink *sink, int dirfd, const char *file,
                     struct mx_err *reterr)
{
        int r = mx_read_small_at(s->host, dirfd, file, &s->buf);

        s->is_missing = r == -ENOENT;
        if (mx_is_shortage(r))
                return mx_err_set(reterr, r, "cannot read a file of a device", MX_ZRAM_BLOCK, 0);
        if (r < 0 && !mx_is_lacking(r))
                mx_sink_invalid(sink, 1);
        return r == 0;
}

static int read_number(struct mx_zram_reader *s, struct mx_sink *sink, int dirfd, const char *file,
                       uint64_t *ret, struct mx_err *reterr)
{
        int r = read_file(s, sink, dirfd, file, reterr);

        if (r <= 0)
                return r;
        if (mx_number_u64(s->buf.data, s->buf.len, ret) < 0)
                mx_sink_invalid(sink, 1);
        return 0;
}

static int read_old(struct mx_zram_reader *s, struct mx_sink *sink, int dirfd,
                    const struct old *old, size_t n, struct mx_zram_device *ret,
                    struct mx_err *reterr)
{
        for (size_t i = 0; i < n; i++) {
                int r = read_number(s, sink, dirfd, old[i].file, &ret->value[old[i].value], reterr);

                if (r < 0)
                        return r;
        }
        if (ret->value[MX_ZRAM_LIMIT] == 0)
                ret->value[MX_ZRAM_LIMIT] = MX_ABSENT;
        return 0;
}

static int read_mm(struct mx_zram_reader *s, struct mx_sink *sink, int dirfd,
                   struct mx_zram_device *ret, struct mx_err *reterr)
{
        int r = read_file(s, sink, dirfd, "mm_stat", reterr);

        if (r == 0)
                return read_old(s, sink, dirfd, old_mm, MX_ARRAY_SIZE(old_mm), ret, reterr);
        if (r > 0 &&
            mx_zram_mm_stat_parse(s->buf.data, s->buf.len, &ret->value[MX_ZRAM_ORIGINAL]) < 0)
                mx_sink_invalid(sink, 1);
        if (s->counts_moves)
                ret->value[MX_ZRAM_COMPACTED] = MX_ABSENT;
        return r;
}

static int read_io(struct mx_zram_reader *s, struct mx_sink *sink, int dirfd,
                   struct mx_zram_device *ret, struct mx_err *reterr)
{
        int r = read_file(s, sink, dirfd, "io_stat", reterr);

        if (r == 0)
                return read_old(s, sink, dirfd, old_io, MX_ARRAY_SIZE(old_io), ret, reterr);
        if (r > 0 &&
            mx_zram_io_stat_parse(s->buf.data, s->buf.len, &ret->value[MX_ZRAM_FAILED_READS]) < 0)
                mx_sink_invalid(sink, 1);
        return r;
}

/* A device without a backing device says "none". */
static int read_bd(struct mx_zram_reader *s, struct mx_sink *sink, int dirfd,
                   struct mx_zram_device *ret, struct mx_err *reterr)
{
        int r = s->lacks_backing ? 0 : read_file(s, sink, dirfd, "backing_dev", reterr);

        s->is_backing_missing = r == 0 && s->is_missing;
        if (r <= 0 || s->buf.len < 5 || memcmp(s->buf.data, "none\n", 5) == 0)
                return r;
        r = read_file(s, sink, dirfd, "bd_stat", reterr);
        if (r > 0 &&
            mx_zram_bd_stat_parse(s->buf.data, s->buf.len, &ret->value[MX_ZRAM_BACKED]) < 0)
                mx_sink_invalid(sink, 1);
        return r;
}

/* The set of labels with the algorithm, or the empty one where it is not known. */
static int read_algorithm(struct mx_zram_reader *s, struct mx_sink *sink, int dirfd,
                          const char *name, struct mx_labels *ret, struct mx_err *reterr)
{
        int r = read_file(s, sink, dirfd, "comp_algorithm", reterr);
        const char *algorithm;
        size_t len;

        *ret = (struct mx_labels){ 0 };
        if (r <= 0)
                return r;
        if (mx_zram_algorithm_parse(s->buf.data, s->buf.len, &algorithm, &len) < 0) {
                mx_sink_invalid(sink, 1);
                return 0;
        }
        mx_labels_begin(sink);
        mx_label(sink, "device", name, strlen(name));
        mx_label(sink, "algorithm", algorithm, len);
        *ret = mx_labels_end(sink);
        return 0;
}

/* Only a device that is set up is worth a descriptor of its directory. */
int mx_zram_read(struct mx_zram_reader *s, struct mx_sink *sink, uint32_t id,
                 struct mx_zram_device *ret, struct mx_labels *ret_labels,
                 struct mx_labels *ret_info, struct mx_err *reterr)
{
        mx_cleanup_close_ int fd = -1;
        char path[48];
        const char *name = path + sizeof(MX_ZRAM_BLOCK);
        size_t len;
        int r;

        len = (size_t)snprintf(path, sizeof(path), MX_ZRAM_BLOCK "/zram%u/disksize", id);
        for (size_t i = 0; i < MX_ZRAM_VALUES; i++)
                ret->value[i] = MX_ABSENT;
        r = read_number(s, sink, s->host->sys_fd, path, &ret->value[MX_ZRAM_DISK], reterr);
        if (r < 0 || ret->value[MX_ZRAM_DISK] == MX_ABSENT || ret->value[MX_ZRAM_DISK] == 0)
                return r;
        path[len - strlen("/disksize")] = '\0';
        fd = mx_host_openat(s->host, s->host->sys_fd, path, O_RDONLY | O_DIRECTORY);
        if (fd < 0)
                return mx_is_shortage(fd) ? mx_err_set(reterr, fd, "cannot open", MX_ZRAM_BLOCK, 0)
                                          : 0;
        r = read_mm(s, sink, fd, ret, reterr);
        r = r < 0 ? r : read_io(s, sink, fd, ret, reterr);
        r = r < 0 ? r : read_bd(s, sink, fd, ret, reterr);
        r = r < 0 ? r : read_algorithm(s, sink, fd, name, ret_info, reterr);
        if (r < 0)
                return r;
        /* A kernel built without writeback is not asked again; a device that has just gone lacks
         * the other files too. */
        s->lacks_backing |= s->is_backing_missing && !s->is_missing;
        mx_labels_begin(sink);
        mx_label(sink, "device", name, strlen(name));
        *ret_labels = mx_labels_end(sink);
        return 1;
}
