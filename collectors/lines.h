/* SPDX-License-Identifier: Apache-2.0 */
/* A file read line by line through one small buffer, for tables that can be thousands of lines long
 * while a few numbers are wanted of them: holding 4,096 segments as text takes 1 MiB. */
#ifndef COLLECTORS_LINES_H
#define COLLECTORS_LINES_H

#include "mx/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct mx_line_reader {
        int fd;             /* of a file at its start; the caller closes it */
        struct mx_buf *buf; /* its cap is that of a line and its newline; what it held is lost */
        uint64_t left;      /* bytes that may still be read */
        size_t pos;         /* of what is unread in the buffer */
        size_t seen;        /* bytes of that which have no newline */
        size_t skipped;     /* lines that were longer than the buffer may be, and left out */
        bool is_end, is_skipping;
};

/* `max` is the largest content accepted, in bytes. Cannot fail. */
static inline struct mx_line_reader mx_line_reader(int fd, struct mx_buf *buf, uint64_t max)
{
        mx_buf_reset(buf);
        return (struct mx_line_reader){ .fd = fd, .buf = buf, .left = max };
}

/* Steps to the next line, which is without its newline and valid until the next call. Returns 1; 0
 * at the end; -E2BIG above the largest content; -ENOMEM; or what read(2) says. A last line without
 * a newline is a line. Allocates only while the buffer grows to the longest line. */
int mx_line_next(struct mx_line_reader *r, const char **ret, size_t *ret_len)
        __attribute__((warn_unused_result));

#endif
