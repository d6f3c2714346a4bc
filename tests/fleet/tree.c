/* SPDX-License-Identifier: Apache-2.0 */
#include "tree_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIR_MAX 256

void text_add(struct text *x, const char *format, ...)
{
        size_t room = TEXT_MAX - x->len;
        va_list args;
        int n;

        va_start(args, format);
        n = vsnprintf(x->at + x->len, room, format, args);
        va_end(args);
        if (n > 0)
                x->len += (size_t)n < room ? (size_t)n : room - 1;
}

void text_kb(struct text *x, const char *prefix, const char *key, uint64_t pages)
{
        text_add(x, "%s%-15s " NR " kB\n", prefix, key, ULL(pages * (SIM_PAGE / 1024)));
}

int tree_put(const struct sim_tree *t, const char *path, struct text *x)
{
        int fd = openat(t->dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), r = 0;
        struct stat st;
        ssize_t n;

        if (fd < 0)
                return -errno;
        n = pwrite(fd, x->at, x->len, 0);
        if (n != (ssize_t)x->len)
                r = n < 0 ? -errno : -EIO;
        else if (fstat(fd, &st) < 0 || (st.st_size > n && ftruncate(fd, n) < 0))
                r = -errno;
        close(fd);
        x->len = 0;
        return r;
}

int tree_line(const struct sim_tree *t, const char *path, const char *format, ...)
{
        char line[256];
        int fd = openat(t->dir, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644), n, r = 0;
        va_list args;

        if (fd < 0)
                return -errno;
        va_start(args, format);
        n = vsnprintf(line, sizeof(line), format, args);
        va_end(args);
        if (n < 0 || pwrite(fd, line, (size_t)n, 0) != n || ftruncate(fd, n) < 0)
                r = -EIO;
        close(fd);
        return r;
}

int tree_mkdir(const struct sim_tree *t, const char *path)
{
        char part[DIR_MAX];

        for (size_t i = 1; i < sizeof(part); i++) {
                if (path[i] != '/' && path[i] != '\0')
                        continue;
                memcpy(part, path, i);
                part[i] = '\0';
                if (mkdirat(t->dir, part, 0755) < 0 && errno != EEXIST)
                        return -errno;
                if (path[i] == '\0')
                        return 0;
        }
        return -ENAMETOOLONG;
}

uint64_t tree_managed(const struct sim_node *n)
{
        return n->zone[SIM_DMA].managed + n->zone[SIM_DMA32].managed + n->zone[SIM_NORMAL].managed;
}

uint64_t tree_part(const struct sim_host *h, size_t node, uint64_t sum)
{
        double part = (double)tree_managed(&h->node[node]) / (double)sim_mem_total(h);

        return h->n_nodes == 1 ? sum : (uint64_t)((double)sum * part);
}

static int make_log(struct sim_tree *t)
{
        int flags;

        if (mkfifoat(t->dir, "dev/kmsg", 0600) < 0)
                return -errno;
        t->kmsg = openat(t->dir, "dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC);
        if (t->kmsg < 0)
                return -errno;
        flags = fcntl(t->kmsg, F_GETFL);
        return fcntl(t->kmsg, F_SETFL, flags | O_DIRECT) < 0 ? -errno : 0; /* a packet each */
}

int sim_tree_make(struct sim_tree *t, const char *path, const struct sim_host *h)
{
        static const char *const dirs[] = { "proc/self", "proc/pressure", "proc/sys/vm", "dev",
                                            "sys/fs/cgroup" };
        int r = mkdir(path, 0755) < 0 ? -errno : 0;

        *t = (struct sim_tree){ .dir = -1, .kmsg = -1, .kills = h->n_kills, .record = 1000 };
        if (r < 0)
                return r;
        t->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (t->dir < 0)
                return -errno;
        for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && r == 0; i++)
                r = tree_mkdir(t, dirs[i]);
        r = r ?: make_log(t);
        r = r ?: tree_mounts(t);
        return r ?: sim_tree_write(t, h, SIM_TREE_ALL);
}

int sim_tree_write(struct sim_tree *t, const struct sim_host *h, unsigned what)
{
        struct text x = { .len = 0 };
        int r = 0;

        if (h->is_down)
                return 0;
        if (what & SIM_TREE_HOST) {
                r = tree_zoneinfo(t, h, &x);
                r = r ?: tree_vmstat(t, h, &x);
                r = r ?: tree_meminfo(t, h, &x);
                r = r ?: tree_pressure(t, h, &x);
        }
        if (what & SIM_TREE_UNITS) {
                r = r ?: tree_cgroups(t, h, &x);
                r = r ?: tree_processes(t, h, &x);
        }
        if (what & SIM_TREE_REST) {
                r = r ?: tree_slabinfo(t, h, &x);
                r = r ?: tree_swaps(t, h, &x);
                r = r ?: tree_buddyinfo(t, h, &x);
                r = r ?: tree_nodes(t, h, &x);
                r = r ?: tree_settings(t, h, &x);
        }
        if (what & SIM_TREE_LOG)
                r = r ?: tree_log(t, h);
        return r;
}

void sim_tree_close(struct sim_tree *t)
{
        if (t->dir > 0)
                close(t->dir);
        if (t->kmsg > 0)
                close(t->kmsg);
        t->dir = t->kmsg = -1;
}
