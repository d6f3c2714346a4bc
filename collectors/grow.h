/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of records in buffers that grow to their caps. */
#ifndef COLLECTORS_GROW_H
#define COLLECTORS_GROW_H

#include "mx/buf.h"

#include <stdbool.h>

/* Room for one more of `size` bytes at the end of an array; NULL when it is full or there is no
 * memory for it. */
static inline void *mx_grow(struct mx_buf *b, size_t size)
{
        void *p;

        if (mx_buf_reserve(b, size) < 0)
                return NULL;
        p = b->data + b->len;
        b->len += size;
        return p;
}

/* A record that is spread over arrays: `size` bytes at the end of each. */
struct mx_grow_part {
        struct mx_buf *array;
        size_t size;
        void *at; /* where they are */
};

/* Lengthens all of the arrays, so that entries of one index stay together, or none: false, when one
 * is full or there is no memory for it. Sets `at`; it is scratch on failure. */
static inline bool mx_grow_all(struct mx_grow_part *part, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (mx_buf_reserve(part[i].array, part[i].size) < 0)
                        return false;
        for (size_t i = 0; i < n; i++) {
                part[i].at = part[i].array->data + part[i].array->len;
                part[i].array->len += part[i].size;
        }
        return true;
}

#endif
