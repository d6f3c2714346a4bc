/* SPDX-License-Identifier: Apache-2.0 */
/* A growing buffer with a mandatory cap. Growth doubles up to the cap and then fails with -E2BIG; a
 * reset keeps the allocation, so that a buffer stops allocating once it has seen its largest
 * content. */
#ifndef MX_BUF_H
#define MX_BUF_H

#include <stddef.h>

struct mx_buf {
        char *data; /* `len` bytes are valid; no NUL is kept */
        size_t len;
        size_t size; /* allocated bytes */
        size_t cap;  /* upper bound of `size` */
};

/* Cannot fail and allocates nothing. */
static inline void mx_buf_init(struct mx_buf *b, size_t cap)
{
        *b = (struct mx_buf){ .cap = cap };
}

static inline void mx_buf_reset(struct mx_buf *b)
{
        b->len = 0;
}

/* Makes room for `more` bytes after `len`. Returns 0, -E2BIG when the cap would be passed, or
 * -ENOMEM; on failure the content is unchanged. Amortised O(1) per byte. */
int mx_buf_reserve(struct mx_buf *b, size_t more) __attribute__((warn_unused_result));

/* Appends n bytes. Fails as mx_buf_reserve() does. */
int mx_buf_add(struct mx_buf *b, const void *data, size_t n) __attribute__((warn_unused_result));

/* Frees the allocation and keeps the cap: the buffer may be used again. */
void mx_buf_done(struct mx_buf *b);

#endif
