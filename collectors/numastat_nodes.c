/* SPDX-License-Identifier: Apache-2.0 */
/* Which NUMA nodes there are, from the directory /sys/devices/system/node:
 *
 *   has_cpu  has_memory  node0  node1  node3  node7  online  possible  power  uevent       (6.18)
 *
 * Ids may have gaps. A node that comes or goes changes the content of `online`, which costs one
 * read to see; only then is the directory walked again. Distances are fixed by firmware while the
 * set of nodes is, so that they are read with the list and not at every run. */
#include "numastat_nodes.h"

#include "entries.h"
#include "numastat.h"

#include <fcntl.h>
#include <stdio.h>

#define DIR_PATH    "devices/system/node"
#define ONLINE_PATH DIR_PATH "/online"
#define IDS_MAX     1024 /* MAX_NUMNODES of the largest configuration */
#define SMALL_MAX                                                                                  \
        8192 /* online, cpulist, distance: at most a page, 7 bytes for each of 1024 nodes */
#define MEMINFO_MAX 16384 /* 6.18 prints 1.2 kB */

static const char *const names[NUMA_FILES] = {
        [NUMA_STAT] = "numastat",
        [NUMA_MEMINFO] = "meminfo",
        [NUMA_CPULIST] = "cpulist",
};

/* The kernel lacks the file, or keeps it from us: its values are absent and nothing else is amiss.
 */
static bool is_lacking(int r)
{
        return r == -ENOENT || r == -EACCES || r == -EPERM || r == -ENODEV;
}

static void drop(struct numa_nodes *nodes)
{
        for (size_t i = 0; i < nodes->n; i++)
                for (int f = 0; f < NUMA_FILES; f++)
                        mx_file_close(&nodes->node[i].file[f]);
        free(nodes->node);
        free(nodes->distance);
        nodes->node = NULL;
        nodes->distance = NULL;
        nodes->n = nodes->left_out = nodes->bad_distances = 0;
        nodes->fresh = false;
}

static void close_dirp(DIR **dir)
{
        if (*dir)
                (void)closedir(*dir);
}

static int by_id(const void *a, const void *b)
{
        uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

        return x < y ? -1 : x > y;
}

/* Returns the number of nodes, of which at most `cap` are written to `ids`, or a negative errno. */
static int list_ids(const struct mx_host *host, uint32_t *ids, size_t cap, struct mx_err *reterr)
{
        mx_cleanup_close_ int fd =
                mx_host_openat(host, host->sys_fd, DIR_PATH, O_RDONLY | O_DIRECTORY);
        mx_cleanup_(close_dirp) DIR *dir = NULL;
        const struct dirent *e;
        size_t n = 0;

        if (fd < 0)
                return mx_err_set(reterr, fd, "cannot open", DIR_PATH, 0);
        dir = fdopendir(fd);
        if (!dir)
                return mx_err_set(reterr, -errno, "cannot read", DIR_PATH, 0);
        (void)MX_TAKE_FD(fd);
        while (errno = 0, (e = readdir(dir)))
                if (n < cap && mx_node_name_parse(e->d_name, &ids[n]))
                        n++;
        if (errno != 0)
                return mx_err_set(reterr, -errno, "cannot read", DIR_PATH, 0);
        qsort(ids, n, sizeof(*ids), by_id);
        return (int)n;
}

static int open_node(struct numa_nodes *nodes, struct numa_node *node, struct mx_err *reterr)
{
        for (int f = 0; f < NUMA_FILES; f++) {
                struct mx_err err = { 0 };
                int r;

                snprintf(node->path[f], sizeof(node->path[f]), DIR_PATH "/node%u/%s", node->id,
                         names[f]);
                r = mx_file_open(&node->file[f], nodes->host, nodes->host->sys_fd, node->path[f],
                                 f == NUMA_MEMINFO ? MEMINFO_MAX : SMALL_MAX, &err);
                if (r == 0)
                        continue;
                mx_file_close(&node->file[f]);
                if (!is_lacking(r))
                        return mx_err_set(reterr, r, err.what, DIR_PATH, 0);
        }
        return 0;
}

static size_t find_node(const struct numa_nodes *nodes, uint32_t id)
{
        size_t i = 0;

        while (i < nodes->n && nodes->node[i].id != id)
                i++;
        return i;
}

/* Reads one node's line. Its columns are the nodes that are online; where `online` does not say
 * which, those of the directory. A line that fits neither says nothing. */
static bool read_distance(struct numa_nodes *nodes, size_t i, const uint32_t *columns,
                          size_t n_columns)
{
        uint64_t line[IDS_MAX];
        char path[64];
        int n;

        snprintf(path, sizeof(path), DIR_PATH "/node%u/distance", nodes->node[i].id);
        n = mx_read_at(nodes->host, nodes->host->sys_fd, path, &nodes->scratch);
        if (n < 0)
                return is_lacking(n);
        n = mx_distance_parse(nodes->scratch.data, nodes->scratch.len, line, IDS_MAX, NULL);
        if (n < 0 || (size_t)n != n_columns)
                return false;
        for (size_t c = 0; c < n_columns; c++) {
                size_t j = find_node(nodes, columns[c]);

                if (j < nodes->n)
                        nodes->distance[i * nodes->n + j] = line[c];
        }
        return true;
}

static int read_distances(struct numa_nodes *nodes, const uint32_t *ids, size_t n_ids)
{
        size_t size = nodes->n * nodes->n * sizeof(*nodes->distance);
        uint32_t online[IDS_MAX];
        uint64_t n_online = 0;

        if (nodes->n > NUMA_DISTANCES_MAX)
                return 0;
        nodes->distance = malloc(size);
        if (!nodes->distance)
                return -ENOMEM;
        memset(nodes->distance, 0xff, size); /* every byte of MX_ABSENT */
        if (nodes->online.path && mx_id_list_parse(nodes->online.buf.data, nodes->online.buf.len,
                                                   online, IDS_MAX, &n_online, NULL) < 0)
                n_online = 0;
        for (size_t i = 0; i < nodes->n; i++)
                if (n_online > 0 && n_online <= IDS_MAX
                            ? !read_distance(nodes, i, online, (size_t)n_online)
                            : !read_distance(nodes, i, ids, n_ids))
                        nodes->bad_distances++;
        return 0;
}

static int list(struct numa_nodes *nodes, struct mx_err *reterr)
{
        uint32_t ids[IDS_MAX] = { 0 };
        int n = list_ids(nodes->host, ids, IDS_MAX, reterr), r;

        if (n <= 0)
                return n < 0 ? n : mx_err_set(reterr, -ENOENT, "no NUMA node", DIR_PATH, 0);
        nodes->node = calloc(MX_MIN((size_t)n, NUMA_NODES_MAX), sizeof(*nodes->node));
        if (!nodes->node)
                return -ENOMEM;
        for (int i = 0; i < MX_MIN(n, NUMA_NODES_MAX); i++) {
                nodes->node[nodes->n].id = ids[i];
                r = open_node(nodes, &nodes->node[nodes->n++], reterr);
                if (r < 0)
                        return r;
        }
        nodes->left_out = (size_t)n - nodes->n;
        r = read_distances(nodes, ids, (size_t)n);
        if (r < 0)
                return r;
        mx_buf_reset(&nodes->listed);
        return mx_buf_add(&nodes->listed, nodes->online.buf.data, nodes->online.buf.len);
}

int numa_nodes_refresh(struct numa_nodes *nodes, bool *ret_changed, struct mx_err *reterr)
{
        int r = nodes->online.path ? mx_file_read(&nodes->online, reterr) : 0;

        *ret_changed = false;
        if (r < 0)
                return r;
        if (nodes->fresh && nodes->listed.len == nodes->online.buf.len &&
            (nodes->listed.len == 0 ||
             memcmp(nodes->listed.data, nodes->online.buf.data, nodes->listed.len) == 0))
                return 0;
        drop(nodes);
        r = list(nodes, reterr);
        if (r < 0) {
                drop(nodes);
                return r;
        }
        nodes->fresh = true;
        *ret_changed = true;
        return 0;
}

int numa_nodes_open(struct numa_nodes *nodes, const struct mx_host *host, struct mx_err *reterr)
{
        struct mx_err err = { 0 };
        bool changed;
        int r;

        nodes->host = host;
        mx_buf_init(&nodes->listed, SMALL_MAX + 1);
        mx_buf_init(&nodes->scratch, SMALL_MAX + 1);
        r = mx_file_open(&nodes->online, host, host->sys_fd, ONLINE_PATH, SMALL_MAX, &err);
        if (r < 0 && !is_lacking(r))
                return mx_err_set(reterr, r, err.what, err.path, 0);
        if (r < 0)
                mx_file_close(&nodes->online);
        return numa_nodes_refresh(nodes, &changed, reterr);
}

void numa_nodes_close(struct numa_nodes *nodes)
{
        drop(nodes);
        mx_file_close(&nodes->online);
        mx_buf_done(&nodes->listed);
        mx_buf_done(&nodes->scratch);
}
