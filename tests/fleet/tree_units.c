/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups and the processes in them. */
#include "tree_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROOT      "sys/fs/cgroup"
#define NAME_SIZE 192
#define HERTZ     100

int tree_mounts(const struct sim_tree *t)
{
        int r = tree_line(t, "proc/cgroups",
                          "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t9\t1\n");

        return r
                       ?: tree_line(
                                  t, "proc/self/mountinfo",
                                  "22 27 0:20 / /sys rw,relatime - sysfs sysfs rw\n"
                                  "23 27 0:21 / /proc rw,relatime - proc proc rw\n"
                                  "31 22 0:26 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw\n");
}

static void add_unit(struct sim_unit *sum, const struct sim_unit *u)
{
        sum->anon += u->anon;
        sum->file += u->file;
        sum->shmem += u->shmem;
        sum->slab_reclaimable += u->slab_reclaimable;
        sum->slab_unreclaimable += u->slab_unreclaimable;
        sum->kernel_stack += u->kernel_stack;
        sum->page_tables += u->page_tables;
        sum->swap += u->swap;
        sum->peak += u->peak;
        sum->events_low += u->events_low;
        sum->events_high += u->events_high;
        sum->events_max += u->events_max;
        sum->events_oom += u->events_oom;
        sum->events_oom_kill += u->events_oom_kill;
        sum->pgfault += u->pgfault;
        sum->pgmajfault += u->pgmajfault;
        sum->pgscan += u->pgscan;
        sum->pgsteal += u->pgsteal;
        sum->refault_anon += u->refault_anon;
        sum->refault_file += u->refault_file;
        sum->psi_some_usec += u->psi_some_usec;
        sum->psi_full_usec += u->psi_full_usec;
}

static void add_stat(struct text *x, const struct sim_unit *u)
{
        uint64_t slab = u->slab_reclaimable + u->slab_unreclaimable;
        struct sim_lru l = sim_lru(u->anon, u->shmem, u->file);
        const struct {
                const char *key;
                uint64_t pages;
        } sizes[] = {
                { "anon", u->anon },
                { "file", u->file + u->shmem },
                { "kernel", slab + u->kernel_stack + u->page_tables },
                { "kernel_stack", u->kernel_stack },
                { "pagetables", u->page_tables },
                { "sec_pagetables", 0 },
                { "percpu", 0 },
                { "sock", 0 },
                { "vmalloc", 0 },
                { "shmem", u->shmem },
                { "file_mapped", u->file / 8 },
                { "file_dirty", 0 },
                { "file_writeback", 0 },
                { "swapcached", 0 },
                { "anon_thp", 0 },
                { "inactive_anon", l.inactive_anon },
                { "active_anon", l.active_anon },
                { "inactive_file", l.inactive_file },
                { "active_file", l.active_file },
                { "unevictable", 0 },
                { "slab_reclaimable", u->slab_reclaimable },
                { "slab_unreclaimable", u->slab_unreclaimable },
                { "slab", slab },
        };
        const struct {
                const char *key;
                uint64_t n;
        } events[] = {
                { "workingset_refault_anon", u->refault_anon },
                { "workingset_refault_file", u->refault_file },
                { "workingset_activate_anon", u->refault_anon / 4 },
                { "workingset_activate_file", u->refault_file / 2 },
                { "pgscan", u->pgscan },
                { "pgsteal", u->pgsteal },
                { "pgfault", u->pgfault },
                { "pgmajfault", u->pgmajfault },
        };

        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
                text_add(x, "%s %015llu\n", sizes[i].key, ULL(sizes[i].pages * SIM_PAGE));
        for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
                text_add(x, "%s %015llu\n", events[i].key, ULL(events[i].n));
}

static int put(const struct sim_tree *t, const char *dir, const char *file, struct text *x)
{
        char path[NAME_SIZE];

        snprintf(path, sizeof(path), "%s/%s", dir, file);
        return tree_put(t, path, x);
}

static int put_limit(const struct sim_tree *t, const char *dir, const char *file, uint64_t pages)
{
        char path[NAME_SIZE];

        snprintf(path, sizeof(path), "%s/%s", dir, file);
        return pages == SIM_NO_LIMIT ? tree_line(t, path, "max\n")
                                     : tree_line(t, path, "%llu\n", ULL(pages * SIM_PAGE));
}

static int put_size(const struct sim_tree *t, const char *dir, const char *file, uint64_t pages)
{
        char path[NAME_SIZE];

        snprintf(path, sizeof(path), "%s/%s", dir, file);
        return tree_line(t, path, "%015llu\n", ULL(pages * SIM_PAGE));
}

static int put_events(const struct sim_tree *t, const char *dir, const struct sim_unit *u,
                      struct text *x)
{
        int r;

        text_add(x, "low %09llu\nhigh %09llu\nmax %09llu\n", ULL(u->events_low),
                 ULL(u->events_high), ULL(u->events_max));
        text_add(x, "oom %09llu\noom_kill %09llu\noom_group_kill 0\n", ULL(u->events_oom),
                 ULL(u->events_oom_kill));
        r = put(t, dir, "memory.events", x);
        text_add(x, "some avg10=0.00 avg60=0.00 avg300=0.00 total=%015llu\n",
                 ULL(u->psi_some_usec));
        text_add(x, "full avg10=0.00 avg60=0.00 avg300=0.00 total=%015llu\n",
                 ULL(u->psi_full_usec));
        return r ?: put(t, dir, "memory.pressure", x);
}

/* A cgroup below the root; `children` of them are below it. */
static int put_unit(const struct sim_tree *t, const char *dir, const struct sim_unit *u,
                    unsigned children, struct text *x)
{
        int r = tree_mkdir(t, dir);

        add_stat(x, u);
        r = r ?: put(t, dir, "memory.stat", x);
        r = r ?: put_events(t, dir, u, x);
        r = r ?: put_size(t, dir, "memory.current", sim_unit_current(u));
        r = r ?: put_size(t, dir, "memory.peak", u->peak);
        r = r ?: put_size(t, dir, "memory.swap.current", u->swap);
        r = r ?: put_limit(t, dir, "memory.max", u->max);
        r = r ?: put_limit(t, dir, "memory.high", u->high);
        r = r ?: put_limit(t, dir, "memory.swap.max", SIM_NO_LIMIT);
        r = r ?: put_limit(t, dir, "memory.min", 0);
        r = r ?: put_limit(t, dir, "memory.low", 0);
        text_add(x, "high 0\nmax 0\nfail 0\n");
        r = r ?: put(t, dir, "memory.swap.events", x);
        text_add(x, "nr_descendants %u\nnr_dying_descendants 0\n", children);
        r = r ?: put(t, dir, "cgroup.stat", x);
        text_add(x, "memory pids\n");
        return r ?: put(t, dir, "cgroup.controllers", x);
}

static int put_root(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        struct sim_node s = sim_sum(h);
        struct sim_unit all = { .anon = s.anon,
                                .file = s.file,
                                .shmem = s.shmem,
                                .slab_reclaimable = s.slab_reclaimable,
                                .slab_unreclaimable = s.slab_unreclaimable,
                                .kernel_stack = s.kernel_stack,
                                .page_tables = s.page_tables,
                                .pgfault = h->count.pgfault,
                                .pgmajfault = h->count.pgmajfault,
                                .pgscan = h->count.pgscan_kswapd + h->count.pgscan_direct,
                                .pgsteal = h->count.pgsteal_kswapd + h->count.pgsteal_direct,
                                .refault_anon = h->count.refault_anon,
                                .refault_file = h->count.refault_file };
        int r;

        add_stat(x, &all);
        r = put(t, ROOT, "memory.stat", x);
        text_add(x, "nr_descendants %zu\nnr_dying_descendants 0\n", h->n_units + 1);
        r = r ?: put(t, ROOT, "cgroup.stat", x);
        text_add(x, "memory pids\n");
        r = r ?: put(t, ROOT, "cgroup.controllers", x);
        text_add(x, "memory pids\n");
        return r ?: put(t, ROOT, "cgroup.subtree_control", x);
}

static void unit_path(const struct sim_unit *u, char *path, size_t size)
{
        snprintf(path, size, "%s%s/%s", u->slice[0] ? "/" : "", u->slice, u->name);
}

int tree_cgroups(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        struct sim_unit slice = { .slice = "", .max = SIM_NO_LIMIT, .high = SIM_NO_LIMIT };
        unsigned children = 0;
        int r = put_root(t, h, x);

        for (size_t i = 0; i < h->n_units && r == 0; i++) {
                char path[NAME_SIZE] = ROOT;

                unit_path(&h->unit[i], path + strlen(ROOT), sizeof(path) - strlen(ROOT));
                if (h->unit[i].slice[0]) {
                        slice.name = h->unit[i].slice;
                        add_unit(&slice, &h->unit[i]);
                        children++;
                }
                r = put_unit(t, path, &h->unit[i], 0, x);
        }
        return r ?: put_unit(t, ROOT "/system.slice", &slice, children, x);
}

/* The group as if the k-th of its processes were all of it. */
static struct sim_group one_of(const struct sim_group *g, uint32_t k)
{
        struct sim_group one = *g;

        one.n_pids = 1;
        one.first_pid = g->first_pid + k;
        one.anon = sim_part(g->anon, k, g->n_pids);
        one.file = sim_part(g->file, k, g->n_pids);
        one.shmem = sim_part(g->shmem, k, g->n_pids);
        one.swap = sim_part(g->swap, k, g->n_pids);
        one.huge = sim_part(g->huge, k, g->n_pids);
        one.minflt = sim_part(g->minflt, k, g->n_pids);
        one.majflt = sim_part(g->majflt, k, g->n_pids);
        return one;
}

static void add_status(struct text *x, const struct sim_group *g)
{
        uint64_t anon = g->anon * 4, file = g->file * 4, shmem = g->shmem * 4;
        uint64_t rss = anon + file + shmem;

        text_add(x,
                 "Name:\t%s\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t%u\nPid:\t%u\nPPid:\t1\n"
                 "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t64\n",
                 g->comm, g->first_pid, g->first_pid);
        text_add(x, "VmPeak:\t" NR " kB\nVmSize:\t" NR " kB\nVmLck:\t       0 kB\n",
                 ULL(rss * 2 + 200000), ULL(rss * 2 + 200000));
        text_add(x, "VmHWM:\t" NR " kB\nVmRSS:\t" NR " kB\n", ULL(rss), ULL(rss));
        text_add(x, "RssAnon:\t" NR " kB\nRssFile:\t" NR " kB\nRssShmem:\t" NR " kB\n", ULL(anon),
                 ULL(file), ULL(shmem));
        text_add(x,
                 "VmPTE:\t" NR " kB\nVmSwap:\t" NR " kB\nHugetlbPages:\t" NR " kB\nThreads:\t4\n",
                 ULL(rss / 400 + 60), ULL(g->swap * 4), ULL(g->huge * 2048));
}

/* Until it is renamed to its number, a process is in a directory that no reader takes for one. */
static int put_process(const struct sim_tree *t, const struct sim_host *h,
                       const struct sim_group *g, const char *dir, struct text *x)
{
        uint64_t rss = g->anon + g->file + g->shmem, bad = rss + g->swap;
        uint32_t pid = g->first_pid;
        double start = g->start > h->boot ? (g->start - h->boot) * HERTZ : 0;
        char path[NAME_SIZE];
        int r;

        text_add(x, "%u (%s) S 1 %u %u 0 -1 4194560 %012llu 0 %012llu 0 100 50 0 0 20 0 4 0 ", pid,
                 g->comm, pid, pid, ULL(g->minflt), ULL(g->majflt));
        text_add(x,
                 "%012llu %015llu %012llu 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 0 0 0 "
                 "0 0 0 0 0 0 0 0 0 0 0\n",
                 ULL(start) + 1000, ULL((rss * 2 + 50000) * SIM_PAGE), ULL(rss));
        r = put(t, dir, "stat", x);
        add_status(x, g);
        r = r ?: put(t, dir, "status", x);
        text_add(x, "%06llu\n",
                 ULL((1000 + bad * 1000 / (sim_mem_total(h) + h->swap_total)) * 2 / 3));
        r = r ?: put(t, dir, "oom_score", x);
        snprintf(path, sizeof(path), "%s/comm", dir);
        if (faccessat(t->dir, path, F_OK, 0) == 0)
                return r;
        text_add(x, "%s\n", g->comm);
        r = r ?: put(t, dir, "comm", x);
        unit_path(&h->unit[g->unit], path, sizeof(path));
        text_add(x, "0::%s\n", path);
        r = r ?: put(t, dir, "cgroup", x);
        text_add(x, "0\n");
        return r ?: put(t, dir, "oom_score_adj", x);
}

static void remove_process(const struct sim_tree *t, uint32_t pid)
{
        static const char *const files[] = { "stat", "status", "oom_score",
                                             "comm", "cgroup", "oom_score_adj" };
        char path[NAME_SIZE];

        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
                snprintf(path, sizeof(path), "proc/%u/%s", pid, files[i]);
                unlinkat(t->dir, path, 0);
        }
        snprintf(path, sizeof(path), "proc/%u", pid);
        unlinkat(t->dir, path, AT_REMOVEDIR);
}

static int make_process(const struct sim_tree *t, const struct sim_host *h,
                        const struct sim_group *g, struct text *x)
{
        char to[32];
        int r = tree_mkdir(t, "proc/new");

        r = r ?: put_process(t, h, g, "proc/new", x);
        snprintf(to, sizeof(to), "proc/%u", g->first_pid);
        return r ?: renameat(t->dir, "proc/new", t->dir, to) < 0 ? -errno : 0;
}

int tree_processes(struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        int r = 0;

        for (size_t i = 0; i < h->n_groups && r == 0; i++) {
                const struct sim_group *g = &h->group[i];
                bool is_new = t->first_pid[i] != g->first_pid || t->n_pids[i] != g->n_pids;

                for (uint32_t k = 0; is_new && k < t->n_pids[i]; k++)
                        remove_process(t, t->first_pid[i] + k);
                t->first_pid[i] = g->first_pid;
                t->n_pids[i] = g->n_pids;
                for (uint32_t k = 0; k < g->n_pids && r == 0; k++) {
                        struct sim_group one = one_of(g, k);
                        char dir[32];

                        snprintf(dir, sizeof(dir), "proc/%u", one.first_pid);
                        r = is_new ? make_process(t, h, &one, x) : put_process(t, h, &one, dir, x);
                }
        }
        return r;
}
