/* SPDX-License-Identifier: Apache-2.0 */
/* The files of one zram device. */
#ifndef COLLECTORS_ZRAM_READ_H
#define COLLECTORS_ZRAM_READ_H

#include "zram.h"

#define MX_ZRAM_BLOCK "block" /* below sysfs */

struct mx_zram_device {
        uint64_t value[MX_ZRAM_VALUES];
};

struct mx_zram_reader {
        const struct mx_host *host;
        struct mx_buf buf;
        bool is_missing;         /* the file read last does not exist */
        bool is_backing_missing; /* so was the one that names the backing device */
        bool lacks_backing;      /* the kernel knows no backing devices */
        bool counts_moves;       /* its seventh column of mm_stat is not of pages: 4.1 and 4.2 */
};

/* `host` outlives the reader. Reads the kernel's release, without which it is taken for a recent
 * one. */
void mx_zram_reader_init(struct mx_zram_reader *reader, const struct mx_host *host);
void mx_zram_reader_done(struct mx_zram_reader *reader); /* accepts a zeroed one */

/* Reads /sys/block/zram<id>. What is not there, or cannot be true, is absent; the second is counted
 * as invalid. Returns 1; 0 for a device that has gone or is not set up, of which nothing is to be
 * used; -ENOMEM, -EMFILE or -ENFILE. *ret_labels has the device, *ret_info the algorithm too, or
 * nothing where that is not known. */
int mx_zram_read(struct mx_zram_reader *reader, struct mx_sink *sink, uint32_t id,
                 struct mx_zram_device *ret, struct mx_labels *ret_labels,
                 struct mx_labels *ret_info, struct mx_err *reterr);

#endif
