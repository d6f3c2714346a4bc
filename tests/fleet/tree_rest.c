/* SPDX-License-Identifier: Apache-2.0 */
/* Settings, and the kernel's log. */
#include "tree_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RECORD_MAX 512

static int put_vm(const struct sim_tree *t, const struct sim_host *h)
{
        const struct sim_settings *vm = &h->vm;
        const struct {
                const char *file;
                uint64_t value;
        } rows[] = {
                { "admin_reserve_kbytes", 8192 },
                { "compaction_proactiveness", 20 },
                { "dirty_background_bytes", 0 },
                { "dirty_background_ratio", vm->dirty_background_ratio },
                { "dirty_bytes", 0 },
                { "dirty_expire_centisecs", vm->dirty_expire_centisecs },
                { "dirty_ratio", vm->dirty_ratio },
                { "dirty_writeback_centisecs", vm->dirty_writeback_centisecs },
                { "dirtytime_expire_seconds", 43200 },
                { "extfrag_threshold", 500 },
                { "laptop_mode", 0 },
                { "max_map_count", vm->max_map_count },
                { "min_free_kbytes", vm->min_free_kbytes },
                { "min_slab_ratio", 5 },
                { "min_unmapped_ratio", 1 },
                { "mmap_min_addr", 65536 },
                { "nr_hugepages", sim_sum(h).huge_pool },
                { "nr_overcommit_hugepages", 0 },
                { "numa_stat", 1 },
                { "oom_dump_tasks", 1 },
                { "oom_kill_allocating_task", 0 },
                { "overcommit_kbytes", 0 },
                { "overcommit_memory", vm->overcommit_memory },
                { "overcommit_ratio", vm->overcommit_ratio },
                { "page-cluster", vm->page_cluster },
                { "panic_on_oom", 0 },
                { "percpu_pagelist_high_fraction", 0 },
                { "stat_interval", 1 },
                { "swappiness", vm->swappiness },
                { "user_reserve_kbytes", 131072 },
                { "vfs_cache_pressure", vm->vfs_cache_pressure },
                { "watermark_boost_factor", vm->watermark_boost_factor },
                { "watermark_scale_factor", vm->watermark_scale_factor },
                { "zone_reclaim_mode", vm->zone_reclaim_mode },
        };
        int r = tree_line(t, "proc/sys/vm/lowmem_reserve_ratio", "256\t256\t32\t0\t0\n");

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && r == 0; i++) {
                char path[64];

                snprintf(path, sizeof(path), "proc/sys/vm/%s", rows[i].file);
                r = tree_line(t, path, "%llu\n", ULL(rows[i].value));
        }
        return r;
}

static int put_mode(const struct sim_tree *t, const char *file, const char *const *modes, size_t n,
                    const char *mode, struct text *x)
{
        char path[96];

        for (size_t i = 0; i < n; i++)
                text_add(x, strcmp(modes[i], mode) == 0 ? "%s[%s]" : "%s%s", i ? " " : "",
                         modes[i]);
        text_add(x, "\n");
        snprintf(path, sizeof(path), "sys/kernel/mm/transparent_hugepage/%s", file);
        return tree_put(t, path, x);
}

static int put_pools(const struct sim_tree *t, const struct sim_host *h)
{
        struct sim_node s = sim_sum(h);
        const struct {
                const char *file;
                uint64_t value;
        } rows[] = {
                { "nr_hugepages", s.huge_pool },   { "nr_hugepages_mempolicy", s.huge_pool },
                { "free_hugepages", s.huge_free }, { "resv_hugepages", 0 },
                { "surplus_hugepages", 0 },        { "nr_overcommit_hugepages", 0 },
        };
        int r = tree_mkdir(t, "sys/kernel/mm/hugepages/hugepages-2048kB");

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && r == 0; i++) {
                char path[96];

                snprintf(path, sizeof(path), "sys/kernel/mm/hugepages/hugepages-2048kB/%s",
                         rows[i].file);
                r = tree_line(t, path, "%09llu\n", ULL(rows[i].value));
        }
        return r;
}

int tree_settings(const struct sim_tree *t, const struct sim_host *h, struct text *x)
{
        static const char *const enabled[] = { "always", "madvise", "never" };
        static const char *const defrag[] = { "always", "defer", "defer+madvise", "madvise",
                                              "never" };
        int r = put_vm(t, h);

        r = r ?: tree_mkdir(t, "sys/kernel/mm/transparent_hugepage");
        r = r ?: put_mode(t, "enabled", enabled, 3, h->vm.thp_enabled, x);
        r = r ?: put_mode(t, "defrag", defrag, 5, h->vm.thp_defrag, x);
        return r ?: put_pools(t, h);
}

/* A record of its own, or none where nobody has read for long: a log loses its oldest then, and a
 * FIFO its newest. */
static int say(struct sim_tree *t, const struct sim_kill *k, unsigned level, const char *message)
{
        char record[RECORD_MAX];
        int n = snprintf(record, sizeof(record), "%u,%llu,%llu,-;%s\n", level, ULL(t->record++),
                         ULL(k->time > 0 ? k->time * 1e6 : 0), message);

        if (n < 0 || n >= (int)sizeof(record))
                return -EOVERFLOW;
        return write(t->kmsg, record, (size_t)n) < 0 && errno != EAGAIN ? -errno : 0;
}

static int say_kill(struct sim_tree *t, const struct sim_host *h, const struct sim_kill *k)
{
        const struct sim_unit *u = &h->unit[k->unit];
        char message[RECORD_MAX - 64], path[96];
        int r;

        snprintf(path, sizeof(path), "%s%s/%s", u->slice[0] ? "/" : "", u->slice, u->name);
        snprintf(
                message, sizeof(message),
                "oom-kill:constraint=%s,nodemask=(null),cpuset=/,mems_allowed=0,%s%s,task_memcg=%s,"
                "task=%s,pid=%u,uid=0",
                k->is_host ? "CONSTRAINT_NONE" : "CONSTRAINT_MEMCG",
                k->is_host ? "global_oom" : "oom_memcg=", k->is_host ? "" : path, path, k->comm,
                k->pid);
        r = say(t, k, 6, message);
        snprintf(message, sizeof(message),
                 "%s: Killed process %u (%s) total-vm:%llukB, anon-rss:%llukB, file-rss:%llukB, "
                 "shmem-rss:0kB, UID:0 pgtables:%llukB oom_score_adj:0",
                 k->is_host ? "Out of memory" : "Memory cgroup out of memory", k->pid, k->comm,
                 ULL(k->anon * 8), ULL(k->anon * 4), ULL(k->file * 4), ULL(k->page_tables * 4));
        return r ?: say(t, k, 3, message);
}

int tree_log(struct sim_tree *t, const struct sim_host *h)
{
        int r = 0;

        if (t->kills + SIM_KILLS_MAX < h->n_kills)
                t->kills = h->n_kills - SIM_KILLS_MAX;
        for (; t->kills < h->n_kills && r == 0; t->kills++)
                r = say_kill(t, h, &h->kill[t->kills % SIM_KILLS_MAX]);
        return r;
}
