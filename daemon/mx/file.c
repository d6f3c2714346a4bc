/* SPDX-License-Identifier: Apache-2.0 */
#include "mx/file.h"

#include "buf_fit.h"
#include "mx/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define FIRST_READ                                                                                 \
        4096 /* a seq_file's first buffer is one page; asking for less costs a second call */

#define ROOM 128 /* bytes beyond a quarter, for what a kept-open file says next time */

/* How a file is read. */
enum reading {
        KEPT,  /* open since an earlier reading: from the start, by offset */
        FRESH, /* just opened: on from where it is, as files of debugfs refuse offsets (-ESPIPE) */
        SMALL, /* FRESH, and a read that leaves room is the last */
};

/* seq_file hands out at most its own buffer per call, so a long file takes several reads and its
 * end is known only by a read of nothing. Where the buffer is full the cap decides: one byte past
 * it is -E2BIG, and for that one byte of room is always kept. */
static int read_whole(int fd, struct mx_buf *buf, enum reading how)
{
        mx_buf_reset(buf);
        for (;;) {
                size_t room;
                ssize_t n;
                int r = 0;

                if (buf->size - buf->len < 2)
                        r = mx_buf_reserve(buf, buf->len ? buf->len : MX_MIN(FIRST_READ, buf->cap));
                if (r == -E2BIG)
                        r = mx_buf_reserve(buf, buf->cap - buf->len);
                if (r < 0)
                        return r;
                if (buf->size == buf->len)
                        return -E2BIG;
                room = buf->size - buf->len;
                n = how == KEPT ? pread(fd, buf->data + buf->len, room, (off_t)buf->len)
                                : read(fd, buf->data + buf->len, room);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                buf->len += (size_t)n;
                if (n == 0 || (how == SMALL && buf->len < buf->size))
                        return 0;
        }
}

int mx_file_open(struct mx_file *f, const struct mx_host *host, int dirfd, const char *path,
                 size_t max, struct mx_err *reterr)
{
        int fd;

        *f = (struct mx_file){ .fd = -1, .path = path };
        mx_buf_init(&f->buf, max + 1);
        fd = mx_host_openat(host, dirfd, path, O_RDONLY);
        if (fd < 0)
                return mx_err_set(reterr, fd, "cannot open", path, 0);
        f->fd = fd;
        return 0;
}

int mx_file_read(struct mx_file *f, struct mx_err *reterr)
{
        size_t size = f->buf.size;
        int r = read_whole(f->fd, &f->buf, KEPT);

        /* Most of these files are a line or two, and keep their buffer. */
        if (r == 0 && size == 0)
                mx_buf_fit(&f->buf, f->buf.len / 4 + ROOM);

        if (r == -E2BIG)
                return mx_err_set(reterr, r, "larger than this collector accepts", f->path, 0);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot read", f->path, 0);
        return 0;
}

void mx_file_close(struct mx_file *f)
{
        if (!f || !f->path)
                return;
        f->fd = mx_close(f->fd);
        f->path = NULL;
        mx_buf_done(&f->buf);
}

int mx_read_at(const struct mx_host *host, int dirfd, const char *path, struct mx_buf *buf)
{
        mx_cleanup_close_ int fd = mx_host_openat(host, dirfd, path, O_RDONLY);

        return fd < 0 ? fd : read_whole(fd, buf, FRESH);
}

int mx_read_small_at(const struct mx_host *host, int dirfd, const char *path, struct mx_buf *buf)
{
        mx_cleanup_close_ int fd = mx_host_openat(host, dirfd, path, O_RDONLY);

        return fd < 0 ? fd : read_whole(fd, buf, SMALL);
}
