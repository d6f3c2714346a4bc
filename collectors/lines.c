/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include "mx/cleanup.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PIECE 4096 /* what seq_file hands out at once (fs/seq_file.c, 6.18) */

static void move_to_start(struct mx_line_reader *r)
{
        struct mx_buf *b = r->buf;

        b->len -= r->pos;
        if (b->len > 0)
                memmove(b->data, b->data + r->pos, b->len);
        r->pos = 0;
}

/* Reads on behind what is unread. A line that fills the buffer at its cap is thrown away as far as
 * it has come. */
static int fill(struct mx_line_reader *r)
{
        struct mx_buf *b = r->buf;
        ssize_t n;
        int k;

        move_to_start(r);
        if (b->len == b->cap) {
                if (!r->is_skipping)
                        r->skipped++;
                r->is_skipping = true;
                r->seen = 0;
                mx_buf_reset(b);
        }
        k = mx_buf_reserve(b, MX_MIN((size_t)PIECE, b->cap - b->len));
        if (k < 0)
                return k;
        do
                n = read(r->fd, b->data + b->len, b->size - b->len);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        if ((uint64_t)n > r->left)
                return -E2BIG;
        r->left -= (uint64_t)n;
        r->is_end = n == 0;
        b->len += (size_t)n;
        return 0;
}

int mx_line_next(struct mx_line_reader *r, const char **ret, size_t *ret_len)
{
        for (;;) {
                size_t n = r->buf->len - r->pos;
                const char *start = NULL, *nl = NULL;
                bool is_tail = r->is_skipping;
                int k;

                if (n > 0) {
                        start = r->buf->data + r->pos;
                        nl = memchr(start + r->seen, '\n', n - r->seen);
                }
                if (nl || (r->is_end && n > 0)) {
                        size_t len = nl ? (size_t)(nl - start) : n;

                        r->pos += len + (nl ? 1 : 0);
                        r->is_skipping = false;
                        r->seen = 0;
                        if (is_tail)
                                continue;
                        *ret = start;
                        *ret_len = len;
                        return 1;
                }
                if (r->is_end)
                        return 0;
                r->seen = n;
                k = fill(r);
                if (k < 0)
                        return k;
        }
}
