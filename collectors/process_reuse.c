/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Most processes of a host sleep from one run to the next. Reading one costs 11 us for
 * stat, 17 for status and 7 for oom_score (6.18), nearly all of it the kernel's. So stat is read of
 * every process in every run, for page faults and threads; the others only when stat is not, byte
 * for byte, what it was with the last full reading, or that one is `reread` runs old. Of stat's 52
 * fields any will do as a sign of life: state, faults, times, threads, vsize, rss, the name, the
 * CPU it last ran on, signals; the start time tells a pid that is used again.
 *
 * What can change without a sign in stat:
 *
 * - By the process itself, if it runs for less than a clock tick (10 ms) on the same CPU without a
 *   fault and sleeps again in the same place: mlock and setuid need no more.
 * - Reclaim, swapoff, truncation of a mapped file and khugepaged change it from outside. They move
 *   rss; but since 6.2 (f1a7941243c1) stat's rss does not hold what each CPU keeps to itself:
 *   fewer pages than a batch, the larger of 32 and twice the number of CPUs
 *   (lib/percpu_counter.c), for each of the three kinds, either way. What is not seen is hence
 *   less than 6 * CPUs * batch pages: 1.5 MiB with 2 CPUs; with 64, 192 MiB, if every one of them
 *   had its part in it. A CPU that moves a batch of a kind or more is seen. Before 6.2 only the
 *   process's own threads kept pages to themselves (64 each), and what others do shows at once.
 * - HugetlbPages are not in rss: truncation of a hugetlbfs file is not seen.
 * - oom_score follows oom_score_adj, which others may write, and the sum of memory and swap.
 * - Who shares its memory (vfork, CLONE_VM) may mlock.
 *
 * All of this is seen after `reread` runs at the latest. */
#include "process_reuse.h"

bool process_reuse_may(const struct process *p, const struct process_sample *v, uint32_t run)
{
        return (p->flags & PROCESS_LIVE) && !(p->flags & PROCESS_SHOWN_ALONE) &&
               p->stat_hash == v->stat_hash && p->start_time == v->stat.start_time &&
               (int32_t)(run - p->due) < 0;
}

/* The factor keeps pids that are multiples of `every` apart. */
uint32_t process_turn(uint32_t pid, uint32_t run, uint32_t every)
{
        uint32_t phase = (pid * 2654435769U) >> 16;

        return run + every - (run + phase) % every;
}

void process_reuse_keep(struct process *p, const struct process_sample *v, uint32_t run,
                        uint32_t reread)
{
        bool zombie = v->stat.state == 'Z';

        p->fields = 0;
        for (size_t k = 0; k < MX_PROCESS_VALUES; k++) {
                bool there = v->status.value[k] != MX_ABSENT;

                p->value[k] = there ? v->status.value[k] : 0;
                p->fields |= (uint16_t)(there << k);
        }
        p->oom_score = v->oom_score == MX_ABSENT ? UINT32_MAX : (uint32_t)v->oom_score;
        p->stat_hash = v->stat_hash;
        p->flags &= (uint8_t) ~(PROCESS_ZOMBIE | PROCESS_MAY_LOCK);
        p->flags |= PROCESS_LIVE | PROCESS_FRESH;
        p->flags |= (uint8_t)((zombie ? PROCESS_ZOMBIE : 0) | (v->may_lock ? PROCESS_MAY_LOCK : 0));
        /* Whose first thread has ended shows none of the others' memory in stat. What could not be
         * read is counted in every run. */
        if ((zombie && v->stat.threads > 1) || v->invalid > 0 || v->oom_score == MX_ABSENT)
                p->due = run;
        else
                p->due = process_turn(p->pid, run, reread);
}
