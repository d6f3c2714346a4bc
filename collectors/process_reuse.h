/* SPDX-License-Identifier: Apache-2.0 */
/* Of a process that has not moved, the last reading stands. */
#ifndef COLLECTORS_PROCESS_REUSE_H
#define COLLECTORS_PROCESS_REUSE_H

#include "process_sample.h"

/* Whether what p holds is taken for what status and oom_score would say now: it has been read in
 * one of the last runs, stat is what it was then, and it is not one of the few that are shown
 * alone. */
bool process_reuse_may(const struct process *p, const struct process_sample *v, uint32_t run);

/* Keeps what was read in full in this run, to be read so again after at most `reread` runs, or in
 * the next one when it cannot be relied on. Leaves alone what says which group p is in. */
void process_reuse_keep(struct process *p, const struct process_sample *v, uint32_t run,
                        uint32_t reread);

/* The next run that is the process's turn, one in `every`. Turns are spread by pid, so that every
 * run has an equal share. */
uint32_t process_turn(uint32_t pid, uint32_t run, uint32_t every);

#endif
