/* SPDX-License-Identifier: Apache-2.0 */
#include "buf_fit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 512 /* most kernel files of one value and most label sets fit */

int mx_buf_reserve(struct mx_buf *b, size_t more)
{
        size_t size = b->size ? b->size : FIRST_SIZE;
        char *data;

        if (more <= b->size - b->len)
                return 0;
        if (more > b->cap - b->len)
                return -E2BIG;
        while (size < b->len + more)
                size *= 2;
        if (size > b->cap)
                size = b->cap;
        data = realloc(b->data, size);
        if (!data)
                return -ENOMEM;
        b->data = data;
        b->size = size;
        return 0;
}

int mx_buf_add(struct mx_buf *b, const void *data, size_t n)
{
        int r = mx_buf_reserve(b, n);

        if (r < 0)
                return r;
        if (n > 0)
                memcpy(b->data + b->len, data, n);
        b->len += n;
        return 0;
}

void mx_buf_fit(struct mx_buf *b, size_t room)
{
        size_t size = room < b->cap - b->len ? b->len + room : b->cap;
        char *data = size > 0 && b->data ? realloc(b->data, size) : NULL;

        if (!data)
                return;
        b->data = data;
        b->size = size;
}

void mx_buf_done(struct mx_buf *b)
{
        free(b->data);
        *b = (struct mx_buf){ .cap = b->cap };
}
