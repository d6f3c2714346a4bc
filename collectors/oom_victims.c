/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a kill that was read: its cgroup is found, and it is booked.
 *
 * The log leaves out the cgroup of most kills when there are many (ten reports in five seconds),
 * and a small victim is gone before it can be asked. Such a kill is put off until the counts of
 * cgroups are read. When all that were put off can only have been in one cgroup, they were there.
 * That is so at a quiet moment, when the line of every kill that was counted has been read: then
 * what a cgroup has counted beyond the kills known to be there is kills that were put off, and as
 * many as were put off leave none that could have been elsewhere, as in a cgroup that has gone.
 * Where anything is in doubt (is_muddled) nothing is said. */
#include "oom.h"

#include "cgroup_values.h"

#include <time.h>

#define LATE_USEC MX_SECONDS(10)

static uint64_t wall_usec(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void book(struct oom_state *s, const struct mx_oom_kill *k, uint64_t wall)
{
        s->unplaced += k->path.len == 0;
        oom_ledger_add(&s->ledger, k, s->now, wall);
}

/* Puts a kill without a cgroup aside, until the counts of cgroups are read. */
static void put_off(struct oom_state *s, const struct mx_oom_kill *k)
{
        struct oom_late *l = &s->late[s->n_late];

        if (!s->cgroups.open || !s->counts || s->n_late == OOM_LATE_MAX) {
                s->is_muddled = true;
                book(s, k, wall_usec());
                return;
        }
        *l = (struct oom_late){ .kill = *k, .since = s->now, .wall_usec = wall_usec() };
        memcpy(l->comm, k->comm.s, k->comm.len);
        s->n_late++;
}

/* Books the first `n` of those that were put off, with or without a path. */
static void book_late(struct oom_state *s, size_t n, struct mx_oom_text path)
{
        for (size_t i = 0; i < n; i++) {
                struct oom_late *l = &s->late[i];

                l->kill.comm.s = l->comm;
                l->kill.path = path;
                book(s, &l->kill, l->wall_usec);
                oom_cgroups_credit(&s->cgroups, path);
        }
        s->n_late -= n;
        memmove(s->late, s->late + n, s->n_late * sizeof(s->late[0]));
}

bool oom_give_up_late(struct oom_state *s)
{
        size_t n = 0;

        while (n < s->n_late && s->now - s->late[n].since >= LATE_USEC)
                n++;
        if (n == 0)
                return false;
        book_late(s, n, (struct mx_oom_text){ 0 });
        s->is_muddled = true;
        return true;
}

void oom_take_kill(struct oom_state *s, struct mx_oom_kill *k)
{
        if (s->can_place && (k->path.len == 0 || k->path_is_group)) {
                int n = oom_place_find(s->host, &s->buf, k->pid, k->comm, s->path);

                if (n > 0) {
                        k->path = (struct mx_oom_text){ s->path, (size_t)n };
                        k->path_is_group = false;
                }
        }
        s->named++;
        s->constraint[k->constraint]++;
        oom_cgroups_credit(&s->cgroups, k->path);
        if (k->repeated) {
                s->repeated++;
                return;
        }
        s->is_muddled = s->is_muddled || k->path_is_group;
        if (k->path.len > 0)
                book(s, k, wall_usec());
        else
                put_off(s, k);
}

/* Is every kill that the cgroups have counted one whose line was read? Asked of the count after
 * they were. */
static bool is_quiet(struct oom_state *s)
{
        uint64_t count = MX_ABSENT;

        if (!s->is_drained || s->kernel != s->named + s->unexplained ||
            mx_read_at(s->host, s->host->proc_fd, "vmstat", &s->vmstat) < 0)
                return false;
        (void)mx_cgroup_key_parse(s->vmstat.data, s->vmstat.len, "oom_kill", &count);
        return count == s->last_count;
}

void oom_place_late(struct oom_state *s)
{
        struct mx_oom_text path;

        if (!is_quiet(s))
                return;
        if (s->n_late > 0 && !s->is_muddled) {
                path = oom_cgroups_find(&s->cgroups, s->n_late);
                if (path.len > 0)
                        book_late(s, s->n_late, path);
        }
        if (s->n_late > 0)
                return;
        oom_cgroups_absorb(&s->cgroups);
        s->is_muddled = false;
}
