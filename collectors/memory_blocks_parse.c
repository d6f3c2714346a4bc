/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_blocks.h"

#include "entries.h"

const char *const mx_block_state_names[MX_BLOCK_STATES] = {
        [MX_BLOCK_ONLINE] = "online",
        [MX_BLOCK_OFFLINE] = "offline",
        [MX_BLOCK_GOING_OFFLINE] = "going-offline",
        [MX_BLOCK_UNKNOWN] = "unknown",
};

bool mx_block_name_parse(const char *name, uint32_t *ret_id)
{
        return mx_index_parse(name, "memory", ret_id);
}

static int hex_digit(char c)
{
        if (mx_is_digit(c))
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return -1;
}

int mx_block_size_parse(const char *buf, size_t len, uint64_t *ret_bytes)
{
        uint64_t v = 0;

        if (len > 0 && buf[len - 1] == '\n')
                len--;
        for (size_t i = 0; i < len; i++) {
                int digit = hex_digit(buf[i]);

                if (digit < 0)
                        return -EBADMSG;
                if (v > INT64_MAX >> 4)
                        return -ERANGE;
                v = v << 4 | (unsigned)digit;
        }
        if (v == 0)
                return -EBADMSG;
        *ret_bytes = v;
        return 0;
}

enum mx_block_state mx_block_state_parse(const char *buf, size_t len)
{
        if (len > 0 && buf[len - 1] == '\n')
                len--;
        for (unsigned i = 0; i < MX_BLOCK_UNKNOWN; i++)
                if (len == strlen(mx_block_state_names[i]) &&
                    memcmp(buf, mx_block_state_names[i], len) == 0)
                        return i;
        return MX_BLOCK_UNKNOWN;
}

/* Lets the block at `i` down to its place in the heap of the first `n`. */
static void sift(struct mx_block *blocks, size_t i, size_t n)
{
        struct mx_block moved = blocks[i];

        for (size_t child; (child = 2 * i + 1) < n; i = child) {
                if (child + 1 < n && blocks[child + 1].id > blocks[child].id)
                        child++;
                if (blocks[child].id <= moved.id)
                        break;
                blocks[i] = blocks[child];
        }
        blocks[i] = moved;
}

void mx_blocks_sort(struct mx_block *blocks, size_t n)
{
        for (size_t i = n / 2; i-- > 0;)
                sift(blocks, i, n);
        for (size_t left = n; left > 1;) {
                struct mx_block top = blocks[0];

                blocks[0] = blocks[--left];
                blocks[left] = top;
                sift(blocks, 0, left);
        }
}

struct mx_block *mx_blocks_find(struct mx_block *blocks, size_t n, uint32_t id)
{
        size_t low = 0;

        while (n > 0) {
                size_t half = n / 2;

                if (blocks[low + half].id == id)
                        return &blocks[low + half];
                if (blocks[low + half].id < id) {
                        low += half + 1;
                        n -= half + 1;
                } else {
                        n = half;
                }
        }
        return NULL;
}
