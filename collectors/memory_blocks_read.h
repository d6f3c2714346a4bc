/* SPDX-License-Identifier: Apache-2.0 */
/* The memory blocks of a host as they are, and the nodes they belong to. */
#ifndef COLLECTORS_MEMORY_BLOCKS_READ_H
#define COLLECTORS_MEMORY_BLOCKS_READ_H

#include "memory_blocks.h"

#define MX_BLOCKS_DIR      "devices/system/memory"
#define MX_BLOCKS_MAX      32768
#define MX_BLOCK_NODES_MAX 256
#define MX_BLOCKS_FILE_MAX 64 /* the longest, a state that the kernel has no word for, takes 34 */

struct mx_block_node {
        uint32_t id;
        uint32_t blocks[MX_BLOCK_STATES]; /* of those that are in this node alone */
};

/* A zeroed one, with `host` set and `buf` made with a cap of MX_BLOCKS_FILE_MAX, is ready for use
 * and for mx_blocks_done(). */
struct mx_blocks {
        const struct mx_host *host;
        struct mx_buf buf; /* the last file read */
        struct mx_block *block;
        size_t n, size;     /* blocks, of so many allocated */
        size_t left_out;    /* listed beyond MX_BLOCKS_MAX, and not read */
        uint64_t removable; /* blocks that the kernel calls so; MX_ABSENT: not asked, or not said */
        struct mx_block_node *node; /* by id */
        size_t n_nodes, nodes_size;
        size_t nodes_left_out; /* beyond MX_BLOCK_NODES_MAX */
        uint16_t linking;      /* position of the node whose links are listed */
};

/* Reads a small file into s->buf. Returns 0, with nothing in the buffer where there is no such file
 * or it cannot be read; -ENOENT or -ENODEV where it is not there; or what all files are short of.
 */
int mx_blocks_read_word(struct mx_blocks *s, int dirfd, const char *path)
        __attribute__((warn_unused_result));

/* Lists the blocks and reads the state of each, and with `removable` that as well. Those that go
 * away meanwhile are none; *ret_invalid becomes the number of those whose state is no word that is
 * known. Fails as listing a directory does, and with what all files are short of. */
int mx_blocks_read(struct mx_blocks *s, bool removable, size_t *ret_invalid, struct mx_err *reterr)
        __attribute__((warn_unused_result));

/* Lists the nodes, and the blocks of each: of what mx_blocks_read() has read. None where the host
 * has no NUMA. */
int mx_blocks_read_nodes(struct mx_blocks *s, struct mx_err *reterr)
        __attribute__((warn_unused_result));

/* Frees what is allocated. */
void mx_blocks_done(struct mx_blocks *s);

#endif
