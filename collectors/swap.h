/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_SWAP_H
#define COLLECTORS_SWAP_H

#include "mx/collector.h"

/* One line of /proc/swaps. Text points into the buffer that was parsed. */
struct mx_swap {
        const char *path; /* as printed, with octal escapes; without a trailing " (deleted)" */
        const char *kind; /* "partition", "file", or what a newer kernel has */
        uint32_t path_len, kind_len;
        uint64_t deleted;            /* 1 when the file's name is gone, else 0 */
        uint64_t size_kib, used_kib; /* KiB */
        int64_t priority;
};

/* Counters of /proc/vmstat, in pages since boot; MX_ABSENT when the kernel has no such line. */
struct mx_swap_io {
        uint64_t in_pages, out_pages;
};

/* Parses /proc/swaps into at most `cap` rows. Columns are taken from the header where there is one,
 * so that columns a newer kernel adds do no harm. A line that cannot be read is skipped and added
 * to *ret_skipped. Returns the number of rows, which is 0 on a machine without swap; -E2BIG above
 * `cap`; -EBADMSG when there is neither a header nor a readable line, or when lines follow and none
 * is readable. Rows are scratch up to the returned number. Source: mm/swapfile.c swap_show(),
 * Linux 6.18. */
int mx_swap_parse(const char *buf, size_t len, struct mx_swap *rows, size_t cap,
                  size_t *ret_skipped, struct mx_err *reterr);

/* Writes `len` bytes of a path as the kernel prints it to `dst`, which has room for as many, with
 * \ooo turned back into the byte it means. Returns the bytes written. */
size_t mx_swap_unescape(const char *path, size_t len, char *dst);

/* Finds pswpin and pswpout in the text of /proc/vmstat. Returns 0, or -EBADMSG when a line is there
 * and its number is not; that value is then absent. *ret is always written. Source: mm/vmstat.c
 * vmstat_text, Linux 6.18. */
int mx_swap_io_parse(const char *buf, size_t len, struct mx_swap_io *ret, struct mx_err *reterr);

extern const struct mx_collector mx_swap;

#endif
