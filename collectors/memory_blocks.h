/* SPDX-License-Identifier: Apache-2.0 */
/* The pure part of the memory_blocks collector. */
#ifndef COLLECTORS_MEMORY_BLOCKS_H
#define COLLECTORS_MEMORY_BLOCKS_H

#include "mx/collector.h"

enum mx_block_state {
        MX_BLOCK_ONLINE,
        MX_BLOCK_OFFLINE,
        MX_BLOCK_GOING_OFFLINE,
        MX_BLOCK_UNKNOWN, /* not read, or in words of a newer kernel */
};
#define MX_BLOCK_STATES (MX_BLOCK_UNKNOWN + 1)

/* The kernel's word for each, and "unknown". */
extern const char *const mx_block_state_names[MX_BLOCK_STATES];

/* A memory block, and the node that it is linked in. */
struct mx_block {
        uint32_t id;
        uint16_t node; /* position in the caller's list, or one of the two below */
        uint8_t state; /* enum mx_block_state */
};
#define MX_BLOCK_NO_NODE    UINT16_MAX
#define MX_BLOCK_MANY_NODES (UINT16_MAX - 1)

/* "memory17" -> 17. False for any other name, one with a leading zero included; *ret changes on
 * success only. */
bool mx_block_name_parse(const char *name, uint32_t *ret_id);

/* Reads block_size_bytes, hexadecimal digits without 0x, into bytes. Returns 0, -EBADMSG where it
 * is not one such number or is 0, -ERANGE where it is not below 2^63; *ret changes on success only.
 * Source: block_size_bytes_show() in drivers/base/memory.c, Linux 2.6.12 to 6.18. */
int mx_block_size_parse(const char *buf, size_t len, uint64_t *ret_bytes);

/* Reads memory<N>/state. Source: state_show() in drivers/base/memory.c, Linux 2.6.12 to 6.18. */
enum mx_block_state mx_block_state_parse(const char *buf, size_t len);

/* By id, ascending, in place: O(n log n), without recursion and without memory, which qsort(3)
 * takes. */
void mx_blocks_sort(struct mx_block *blocks, size_t n);

/* The block with this id among those sorted, or NULL. O(log n). */
struct mx_block *mx_blocks_find(struct mx_block *blocks, size_t n, uint32_t id);

#endif
