/* SPDX-License-Identifier: Apache-2.0 */
#include "process_walk.h"

#include "process_limits.h"
#include "process_reuse.h"

/* The process is there, but what it holds is not known in this run: its page faults must not be
 * counted from 0 again when it is. */
static void keep_unread(struct process_state *s, uint32_t pid)
{
        struct process *p = process_table_find(&s->table, pid);

        if (!p)
                return;
        p->run = s->table.run;
        p->group = PROCESS_NO_GROUP;
        p->flags &= (uint8_t)~PROCESS_LIVE;
}

static bool is_same_identity(const struct process *p, const struct process_sample *v)
{
        return p->group != PROCESS_NO_GROUP && p->uid == v->status.uid &&
               p->cgroup_hash == v->cgroup_hash && p->comm_len == v->comm_len &&
               memcmp(p->comm, v->comm, sizeof(p->comm)) == 0;
}

/* What a counter of a process has risen by since it was last seen. One that went back has wrapped,
 * or is not to be believed: nothing is added. */
static void count_faults(struct process_group *group, struct process *p,
                         const struct process_sample *v)
{
        const uint64_t now[2] = { v->stat.minor_faults, v->stat.major_faults };

        for (size_t k = 0; k < 2; k++) {
                if (now[k] > p->faults[k] && now[k] <= (uint64_t)INT64_MAX)
                        group->pending[k] += now[k] - p->faults[k];
                p->faults[k] = now[k];
        }
}

void process_add_up(struct process_state *s, const struct process *p)
{
        process_group_add(&s->groups.group[p->group], p->value,
                          p->oom_score == UINT32_MAX ? MX_ABSENT : p->oom_score);
        for (size_t k = 0; k < PROCESS_LIMIT_KINDS; k++)
                process_group_raise(&s->groups.group[p->group].detail.of_limit[k],
                                    process_limit_used(p, (enum process_limit)k));
        s->processes++;
        s->zombies += (p->flags & PROCESS_ZOMBIE) != 0;
        s->fields |= p->fields;
        for (size_t k = 0; k < MX_PROCESS_VALUES; k++)
                s->total[k] += p->value[k];
}

/* Keeps a process of this run in the table; `full`: status and oom_score were read. One that the
 * table has no room for is added up at once. */
static void keep_sample(struct process_state *s, struct process *p, uint32_t pid,
                        const struct process_sample *v, bool full)
{
        struct process untracked = { .pid = pid, .group = PROCESS_NO_GROUP };
        bool is_tracked, is_new;

        if (p && p->start_time != v->stat.start_time)
                *p = untracked;
        if (!p)
                p = process_table_add(&s->table, pid);
        is_tracked = p != NULL;
        if (!p)
                p = &untracked;
        if (!is_same_identity(p, v)) {
                p->group = process_classify(&s->classifier, &s->groups, v->comm, v->comm_len,
                                            v->status.uid, &v->cgroup);
                p->uid = v->status.uid;
                p->cgroup_hash = v->cgroup_hash;
                p->comm_len = v->comm_len;
                memcpy(p->comm, v->comm, sizeof(p->comm));
        }
        is_new = p->run == 0;
        p->run = s->table.run;
        p->start_time = v->stat.start_time;
        p->flags &= (uint8_t)~PROCESS_FRESH;
        if (full)
                process_reuse_keep(p, v, s->table.run, (uint32_t)s->options->reread);
        if (is_tracked) {
                count_faults(&s->groups.group[p->group], p, v);
                if (full && s->options->limits)
                        s->invalid += process_limits_read(p, &s->reader, s->table.run, is_new);
                return;
        }
        s->untracked++;
        process_add_up(s, p);
}

/* Counts a process that was not read. Fails only for a reason that is not the process's. */
static int count_unread(struct process_state *s, uint32_t pid, int outcome)
{
        switch (outcome) {
        case PROCESS_IS_KTHREAD:
                s->kernel_threads++;
                return 0;
        case PROCESS_HAS_GONE:
                return 0;
        case PROCESS_IS_DENIED:
                s->denied++;
                keep_unread(s, pid);
                return 0;
        case PROCESS_IS_MALFORMED:
                s->invalid++;
                keep_unread(s, pid);
                return 0;
        default:
                return outcome;
        }
}

static int walk_one(struct process_state *s, uint32_t pid)
{
        struct process *p = process_table_find(&s->table, pid);
        struct process_sample v;
        bool full;
        int r;

        if (p && p->run == s->table.run)
                return 0; /* listed twice */
        r = process_sample_begin(&v, &s->reader, pid);
        if (r != PROCESS_READ)
                return count_unread(s, pid, r);
        full = !p || !process_reuse_may(p, &v, s->table.run);
        if (full)
                r = process_sample_finish(&v, &s->reader, pid);
        else
                v.status.uid = p->uid;
        if (r != PROCESS_READ)
                return count_unread(s, pid, r);
        if (s->classifier.needs_cgroup)
                process_sample_cgroup(&v, &s->reader);
        keep_sample(s, p, pid, &v, full);
        s->invalid += v.invalid;
        return 0;
}

int process_walk(struct process_state *s, struct mx_err *reterr)
{
        int r = process_list_read(&s->list, reterr);

        if (r < 0)
                return r;
        if (s->list.n == 0)
                return mx_err_set(reterr, -EOPNOTSUPP, "no process is to be seen", "/proc", 0);
        s->processes = s->kernel_threads = s->zombies = s->denied = s->invalid = s->untracked = 0;
        s->fields = 0;
        memset(s->total, 0, sizeof(s->total));
        process_table_begin(&s->table);
        process_groups_begin(&s->groups);
        process_classifier_begin(&s->classifier);
        for (size_t i = 0; i < s->list.n; i++) {
                r = walk_one(s, s->list.pid[i]);
                if (r < 0)
                        return mx_err_set(reterr, r, "cannot read a process", "/proc/<pid>", 0);
        }
        process_table_sweep(&s->table);
        return 0;
}

int process_refresh(struct process_state *s, struct process *p)
{
        struct process_sample v;
        int r = process_sample_begin(&v, &s->reader, p->pid);

        if (r == PROCESS_READ && v.stat.start_time != p->start_time)
                r = PROCESS_HAS_GONE;
        if (r == PROCESS_READ)
                r = process_sample_finish(&v, &s->reader, p->pid);
        if (r != PROCESS_READ)
                return count_unread(s, p->pid, r);
        process_reuse_keep(p, &v, s->table.run, (uint32_t)s->options->reread);
        if (s->options->limits)
                s->invalid += process_limits_read(p, &s->reader, s->table.run, false);
        s->invalid += v.invalid;
        return 0;
}
