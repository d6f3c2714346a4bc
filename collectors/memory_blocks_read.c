/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_blocks_read.h"

#include "entries.h"

#include <fcntl.h>
#include <stdio.h>

#define BLOCKS MX_BLOCKS_DIR
#define NODES  "devices/system/node"

static int add_block(void *arg, const char *name)
{
        struct mx_blocks *s = arg;
        uint32_t id;

        if (!mx_block_name_parse(name, &id))
                return 0;
        if (s->n == MX_BLOCKS_MAX) {
                s->left_out++;
                return 0;
        }
        if (s->n == s->size) {
                size_t size = MX_MAX(s->size * 2, (size_t)64);
                struct mx_block *grown = realloc(s->block, size * sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                s->block = grown;
                s->size = size;
        }
        s->block[s->n++] = (struct mx_block){ id, MX_BLOCK_NO_NODE, MX_BLOCK_UNKNOWN };
        return 0;
}

int mx_blocks_read_word(struct mx_blocks *s, int dirfd, const char *path)
{
        int r = mx_read_small_at(s->host, dirfd, path, &s->buf);

        if (r < 0)
                mx_buf_reset(&s->buf);
        return mx_is_shortage(r) || r == -ENOENT || r == -ENODEV ? r : 0;
}

static int count_removable(struct mx_blocks *s, int dirfd, uint32_t id)
{
        char path[48];
        int r;

        snprintf(path, sizeof(path), "memory%u/removable", id);
        r = mx_blocks_read_word(s, dirfd, path);
        if (r == 0 && s->buf.len > 0) {
                s->removable = (s->removable == MX_ABSENT ? 0 : s->removable);
                s->removable += s->buf.data[0] == '1';
        }
        return mx_is_shortage(r) ? r : 0;
}

int mx_blocks_read(struct mx_blocks *s, bool removable, size_t *ret_invalid, struct mx_err *reterr)
{
        mx_cleanup_close_ int dirfd =
                mx_host_openat(s->host, s->host->sys_fd, BLOCKS, O_RDONLY | O_DIRECTORY);
        size_t kept = 0, invalid = 0;
        int r;

        s->n = s->left_out = 0;
        s->removable = MX_ABSENT;
        r = dirfd < 0 ? dirfd : mx_entries(s->host, dirfd, ".", add_block, s);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot list", BLOCKS, 0);
        for (size_t i = 0; i < s->n; i++) {
                struct mx_block *b = &s->block[i];
                char path[48];

                snprintf(path, sizeof(path), "memory%u/state", b->id);
                r = mx_blocks_read_word(s, dirfd, path);
                if (mx_is_shortage(r))
                        return mx_err_set(reterr, r, "cannot read a block's state", BLOCKS, 0);
                if (r < 0)
                        continue;
                b->state = (uint8_t)mx_block_state_parse(s->buf.data, s->buf.len);
                invalid += b->state == MX_BLOCK_UNKNOWN;
                if (removable && (r = count_removable(s, dirfd, b->id)) < 0)
                        return mx_err_set(reterr, r, "cannot read", "removable", 0);
                s->block[kept++] = *b;
        }
        s->n = kept;
        mx_blocks_sort(s->block, s->n);
        *ret_invalid = invalid;
        return 0;
}

static int add_node(void *arg, const char *name)
{
        struct mx_blocks *s = arg;
        uint32_t id;
        size_t i;

        if (!mx_node_name_parse(name, &id))
                return 0;
        if (s->n_nodes == MX_BLOCK_NODES_MAX) {
                s->nodes_left_out++;
                return 0;
        }
        if (s->n_nodes == s->nodes_size) {
                size_t size = MX_MAX(s->nodes_size * 2, (size_t)2);
                struct mx_block_node *grown = realloc(s->node, size * sizeof(*grown));

                if (!grown)
                        return -ENOMEM;
                s->node = grown;
                s->nodes_size = size;
        }
        for (i = s->n_nodes++; i > 0 && s->node[i - 1].id > id; i--)
                s->node[i] = s->node[i - 1];
        s->node[i] = (struct mx_block_node){ .id = id };
        return 0;
}

/* Counts a block with the node in whose directory it is linked. A block across the border of nodes
 * is linked in both, and belongs to none. */
static int link_block(void *arg, const char *name)
{
        struct mx_blocks *s = arg;
        struct mx_block *b;
        uint32_t id;

        if (!mx_block_name_parse(name, &id))
                return 0;
        b = mx_blocks_find(s->block, s->n, id);
        if (!b) { /* not read; if all were, it was added since they were listed */
                s->node[s->linking].blocks[MX_BLOCK_UNKNOWN] += s->left_out > 0;
        } else if (b->node == MX_BLOCK_NO_NODE) {
                b->node = s->linking;
                s->node[s->linking].blocks[b->state]++;
        } else if (b->node != MX_BLOCK_MANY_NODES && b->node != s->linking) {
                s->node[b->node].blocks[b->state]--;
                b->node = MX_BLOCK_MANY_NODES;
        }
        return 0;
}

int mx_blocks_read_nodes(struct mx_blocks *s, struct mx_err *reterr)
{
        int r;

        s->n_nodes = s->nodes_left_out = 0;
        r = mx_entries(s->host, s->host->sys_fd, NODES, add_node, s);
        if (r < 0 && !mx_is_lacking(r))
                return mx_err_set(reterr, r, "cannot list", NODES, 0);
        for (size_t i = 0; i < s->n_nodes; i++) {
                char path[64];

                snprintf(path, sizeof(path), NODES "/node%u", s->node[i].id);
                s->linking = (uint16_t)i;
                r = mx_entries(s->host, s->host->sys_fd, path, link_block, s);
                if (r < 0 && !mx_is_lacking(r))
                        return mx_err_set(reterr, r, "cannot list the blocks of a node", NODES, 0);
        }
        return 0;
}

void mx_blocks_done(struct mx_blocks *s)
{
        mx_buf_done(&s->buf);
        free(s->block);
        free(s->node);
}
