/* SPDX-License-Identifier: Apache-2.0 */
/* The one reader. A file whose path is fixed stays open and is read whole from its start each time;
 * this spares a path walk and the kernel's own set-up for every read. */
#ifndef MX_FILE_H
#define MX_FILE_H

#include "mx/buf.h"
#include "mx/err.h"
#include "mx/host.h"

struct mx_file {
        int fd; /* meaningful only while `path` is set, so that a zeroed file is a closed one */
        const char *path;  /* for errors: static, or outlives the file */
        struct mx_buf buf; /* the last content read */
};

/* Opens dirfd/path for mx_file_read(); `max` is the largest content accepted, in bytes. On failure
 * *f is closed but safe to hand to mx_file_close(). Fails as mx_host_openat() does. */
int mx_file_open(struct mx_file *f, const struct mx_host *host, int dirfd, const char *path,
                 size_t max, struct mx_err *reterr) __attribute__((warn_unused_result));

/* Reads the whole content into f->buf. A short read is not the end of the file: only a read of
 * nothing is. Returns 0; -E2BIG when the file is larger than `max` (nothing is cut off in silence);
 * -EIO, -ENODEV, -ESRCH, -EOPNOTSUPP and whatever else read(2) says. */
int mx_file_read(struct mx_file *f, struct mx_err *reterr) __attribute__((warn_unused_result));

/* Closes and frees. Accepts NULL, a closed file, and a zeroed one. */
void mx_file_close(struct mx_file *f);

/* Opens dirfd/path, reads it whole into `buf` (replacing its content), and closes it. For files
 * that come and go, where a kept descriptor per file would cost more than it spares, and for those
 * that can be read only once, as what simple_attr_open() serves in debugfs (fs/libfs.c, 6.18),
 * where mx_file_read() is -ESPIPE. The caller turns the result into an error report where it is
 * one: ENOENT, ESRCH and ENODEV say that the owner has gone. */
int mx_read_at(const struct mx_host *host, int dirfd, const char *path, struct mx_buf *buf)
        __attribute__((warn_unused_result));

/* As mx_read_at(), for a file that the kernel hands out whole in one read(2) when there is room for
 * it: what single_open() serves, as /proc/<pid>/status, and what is copied from memory. A read that
 * leaves room has then met the end, and the second read, which would say so, is spared (a sixth of
 * the CPU that reading /proc/<pid>/ takes, 6.18). A file that fills the buffer is read on to its
 * end. */
int mx_read_small_at(const struct mx_host *host, int dirfd, const char *path, struct mx_buf *buf)
        __attribute__((warn_unused_result));

#endif
