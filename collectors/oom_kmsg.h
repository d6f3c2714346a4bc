/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the kernel's log record by record, from the end it had when it was opened. */
#ifndef COLLECTORS_OOM_KMSG_H
#define COLLECTORS_OOM_KMSG_H

#include "oom_log.h"

#define OOM_RECORD_MAX 8192 /* the kernel's own limit: CONSOLE_EXT_LOG_MAX */

enum oom_kmsg_result {
        OOM_KMSG_RECORD, /* there is one */
        OOM_KMSG_LOST,   /* records were overwritten before they were read; go on */
        OOM_KMSG_SKIP,   /* one that is malformed or too large was passed over; go on */
        OOM_KMSG_DONE,   /* nothing more for now */
        OOM_KMSG_BROKEN, /* it can be read no more, and was closed */
};

/* A zeroed reader is closed. */
struct oom_kmsg {
        bool open;
        bool waits;         /* poll(2) tells when there is something: it is no regular file */
        bool passed;        /* it is the one that was passed to the daemon */
        bool passed_is_bad; /* that one opens and cannot be read */
        int fd;
        uint64_t next; /* sequence number of the next record; MX_ABSENT before the first */
        uint64_t lost; /* records, at least */
        ssize_t (*read)(int fd, void *buf, size_t n); /* read(2); the tests' own */
        char buf[OOM_RECORD_MAX];
};

/* Opens the kernel's log at its end: the one that was passed, unless it has turned out to be
 * unreadable, or else devfs/kmsg. -ENOENT without devfs or device, -EPERM with
 * kernel.dmesg_restrict and without CAP_SYSLOG, -EACCES where the device's mode says so. Counts in
 * k->lost go on. */
int oom_kmsg_open(struct oom_kmsg *k, const struct mx_host *host);
void oom_kmsg_close(struct oom_kmsg *k); /* accepts a zeroed one */

/* Reads one record; it lies in k->buf until the next call. Sources: kernel/printk/printk.c
 * devkmsg_read(), Documentation/ABI/testing/dev-kmsg, Linux 3.5 to 6.18. */
enum oom_kmsg_result oom_kmsg_read(struct oom_kmsg *k, struct mx_oom_record *ret);

#endif
