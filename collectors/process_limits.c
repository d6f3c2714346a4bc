/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Limits are set when a service is started and seldom after, and most processes have the
 * same. So the file (9 us; anybody may read it, and it waits for nothing) is read of a process when
 * the exporter starts, or at its second full reading, so that what lives for a moment costs
 * nothing, and then in one of LIMITS_RUNS runs; sooner of those that are shown alone, and in every
 * full reading of one that has used half of a limit, as whoever is called to it raises the limit
 * and wants to see that it helped.
 *
 * What the kernel compares: mm->locked_vm, which is VmLck, with RLIMIT_MEMLOCK in pages
 * (mm/mlock.c do_mlock(), unless CAP_IPC_LOCK), and mm->total_vm, which is VmSize, with RLIMIT_AS
 * (mm/mmap.c may_expand_vm(), whoever asks), Linux 6.18. Memory pinned for devices (VmPin) and
 * io_uring's counts elsewhere. */
#include "process_limits.h"

#include "process_detail_parse.h"
#include "process_reuse.h"

#define LIMITS_RUNS 64
#define SHOWN_RUNS  4
#define NEAR        500 /* thousandths */

static const enum mx_process_value used[PROCESS_LIMIT_KINDS] = {
        [PROCESS_LIMIT_LOCKED] = MX_PROCESS_LOCKED,
        [PROCESS_LIMIT_VIRTUAL] = MX_PROCESS_VIRTUAL,
};

uint64_t process_limit_used(const struct process *p, enum process_limit kind)
{
        uint64_t kib = p->value[used[kind]], limit = p->limit[kind];

        if (!(p->flags & PROCESS_LIMITS) || limit == MX_ABSENT || limit == 0)
                return MX_ABSENT;
        if (!(p->fields >> used[kind] & 1U) || kib > (uint64_t)INT64_MAX / 1024000)
                return MX_ABSENT;
        if (kind == PROCESS_LIMIT_LOCKED && (kib == 0 || p->flags & PROCESS_MAY_LOCK))
                return MX_ABSENT;
        return kib * 1024000 / limit;
}

static bool is_near(const struct process *p)
{
        for (size_t k = 0; k < PROCESS_LIMIT_KINDS; k++) {
                uint64_t share = process_limit_used(p, (enum process_limit)k);

                if (share != MX_ABSENT && share >= NEAR)
                        return true;
        }
        return false;
}

uint64_t process_limits_read(struct process *p, struct process_reader *reader, uint32_t run,
                             bool is_new)
{
        struct mx_process_limits v;
        uint64_t invalid = 0;

        if (is_new && run > 1)
                p->limits_due = run + 1;
        if (p->flags & PROCESS_SHOWN_ALONE && (int32_t)(p->limits_due - run) > SHOWN_RUNS)
                p->limits_due = run; /* it was not shown when that was set */
        if ((int32_t)(run - p->limits_due) < 0)
                return 0;
        p->flags &= (uint8_t)~PROCESS_LIMITS;
        if (process_reader_read(reader, "limits") == 0) {
                if (mx_process_limits_parse(reader->buf.data, reader->buf.len, &v, NULL) < 0) {
                        invalid++;
                } else {
                        p->limit[PROCESS_LIMIT_LOCKED] = v.locked;
                        p->limit[PROCESS_LIMIT_VIRTUAL] = v.address_space;
                        p->flags |= PROCESS_LIMITS;
                }
        }
        if (is_near(p))
                p->limits_due = run + 1;
        else
                p->limits_due = process_turn(
                        p->pid, run, p->flags & PROCESS_SHOWN_ALONE ? SHOWN_RUNS : LIMITS_RUNS);
        return invalid;
}

void process_limits_fill(struct process_top *top, const struct process_table *table)
{
        for (size_t i = 0; i < top->n; i++) {
                struct process_row *row = &top->row[i];
                const struct process *p = process_table_find(table, row->pid);

                if (!p || !(p->flags & PROCESS_LIMITS))
                        continue;
                for (size_t k = 0; k < PROCESS_LIMIT_KINDS; k++) {
                        row->detail.of_limit[k] = process_limit_used(p, (enum process_limit)k);
                        if (row->detail.of_limit[k] != MX_ABSENT)
                                row->detail.limit[k] = p->limit[k];
                }
        }
}
