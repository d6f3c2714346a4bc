/* SPDX-License-Identifier: Apache-2.0 */
#include "oom_kmsg.h"

#include <fcntl.h>
#include <sys/stat.h>

static int duplicate(int log_fd)
{
        mx_cleanup_close_ int fd = fcntl(log_fd, F_DUPFD_CLOEXEC, 0);

        return fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : MX_TAKE_FD(fd);
}

int oom_kmsg_open(struct oom_kmsg *k, const struct mx_host *host)
{
        bool passed = host->log_fd >= 0 && !k->passed_is_bad;
        mx_cleanup_close_ int fd =
                passed ? duplicate(host->log_fd)
                       : mx_host_openat(host, host->dev_fd, "kmsg", O_RDONLY | O_NONBLOCK);
        struct stat st;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        /* What is no device and no file (a test's FIFO) has no end to go to. */
        if (lseek(fd, 0, SEEK_END) < 0 && errno != ESPIPE)
                return -errno;
        k->fd = MX_TAKE_FD(fd);
        k->open = true;
        k->passed = passed;
        k->waits = !S_ISREG(st.st_mode);
        k->next = MX_ABSENT;
        k->read = k->read ?: read;
        return 0;
}

void oom_kmsg_close(struct oom_kmsg *k)
{
        if (k->open)
                k->fd = mx_close(k->fd);
        k->open = false;
}

/* What read(2) says instead of a record. */
static enum oom_kmsg_result refused(struct oom_kmsg *k, int err)
{
        switch (err) {
        case EAGAIN:
        case EINTR:
                return OOM_KMSG_DONE;
        case EPIPE:
                /* How many is told by the number of the next one, if one was read before. */
                k->lost += k->next == MX_ABSENT;
                return OOM_KMSG_LOST;
        case EINVAL:
                /* Larger than the buffer; the kernel goes on with the next one. */
                return OOM_KMSG_SKIP;
        default:
                k->passed_is_bad = k->passed_is_bad || k->passed;
                oom_kmsg_close(k);
                return OOM_KMSG_BROKEN;
        }
}

enum oom_kmsg_result oom_kmsg_read(struct oom_kmsg *k, struct mx_oom_record *ret)
{
        ssize_t n;

        if (!k->open)
                return OOM_KMSG_BROKEN;
        n = k->read(k->fd, k->buf, sizeof(k->buf));
        if (n < 0)
                return refused(k, errno);
        if (n == 0)
                return OOM_KMSG_DONE; /* the end of a captured machine's file */
        if (mx_oom_record_parse(k->buf, (size_t)n, ret) < 0)
                return OOM_KMSG_SKIP;
        if (k->next != MX_ABSENT && ret->seq > k->next)
                k->lost += ret->seq - k->next;
        k->next = ret->seq + 1;
        return OOM_KMSG_RECORD;
}
