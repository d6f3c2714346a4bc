/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. The kill is the line "Killed process", and nothing else is: the others are rate-limited
 * (ten reports in five seconds), and a process that was chosen may have ended by itself. oom_lock
 * keeps one report from getting into another, but not the lines of others from getting between. So
 * what was said before a kill is used when it is about the same pid, and forgotten with it.
 *
 * A line that the kernel prints in parts (pr_cont) is one record, unless another CPU prints in
 * between or the record is full (about 1 KiB): then its rest comes in records with the flag c, and
 * from 3.5 to 4.8 with + as well. */
#include "oom_report.h"

/* The longest time between two lines of a group. It is killed in one go: without sleeping, but with
 * every line on a console that may be slow. */
#define GROUP_USEC MX_SECONDS(1)

void mx_oom_report_forget(struct mx_oom_report *r)
{
        r->piece_len = 0;
        r->context.kind = r->chosen.kind = MX_OOM_NOTHING;
        r->group_len = 0;
        r->last_pid = 0;
        r->last_kind = MX_OOM_NONE; /* which no KILLED line tells: see skip_message() */
}

/* Could it be the head of a line that is meant? Most records are none, and this is all they cost.
 */
static bool may_matter(const struct mx_oom_record *record)
{
        char c = record->len > 0 ? record->text[0] : '\0';

        return c == 'o' || c == 'O' || c == 'M' || c == 'K' || c == 'T';
}

/* Keeps a context, its path moved to where it stays. */
static void hold(struct mx_oom_report *r, const struct mx_oom_line *line)
{
        size_t n = MX_MIN(line->path.len, sizeof(r->held));

        r->context = *line;
        r->context_is_chosen = false;
        if (n > 0)
                memcpy(r->held, line->path.s, n);
        r->context.path = (struct mx_oom_text){ r->held, n };
}

static void hold_group(struct mx_oom_report *r, const struct mx_oom_line *line,
                       const struct mx_oom_record *record)
{
        r->group_len = MX_MIN(line->path.len, sizeof(r->group));
        memcpy(r->group, line->path.s, r->group_len);
        r->group_usec = record->usec;
        r->group_first = r->last_pid;
        r->group_kind = r->last_kind;
        r->group_caller = record->caller;
}

/* Is a kill without a report one of the group? One task kills all of it, with the message that the
 * first victim had (oom_kill_memcg_member(), 4.19 to 6.18). The report of another kill, of the
 * whole host or in another cgroup, may have been left out by the rate limit. */
static bool is_of_group(const struct mx_oom_report *r, const struct mx_oom_line *line,
                        const struct mx_oom_record *record)
{
        return r->group_len > 0 && record->usec >= r->group_usec &&
               record->usec - r->group_usec <= GROUP_USEC && line->constraint == r->group_kind &&
               record->caller == r->group_caller;
}

/* The path of a kill from what was said before it. */
static void place(struct mx_oom_report *r, const struct mx_oom_line *line,
                  const struct mx_oom_record *record, struct mx_oom_kill *k)
{
        if (r->context.kind == MX_OOM_CONTEXT && r->context.pid == k->pid)
                k->path = mx_oom_path_of(&r->context, k->comm);
        else if (r->context.kind == MX_OOM_TASK_IN && r->context_is_chosen &&
                 r->chosen.kind == MX_OOM_CHOSEN && r->chosen.pid == k->pid)
                k->path = r->context.path;
        if (k->path.len > 0)
                return;
        if (!is_of_group(r, line, record)) {
                r->group_len = 0; /* oom_lock: who kills another has done with the group */
                return;
        }
        r->group_usec = record->usec;
        k->path = (struct mx_oom_text){ r->group, r->group_len };
        k->path_is_group = true;
        k->repeated = k->pid == r->group_first;
}

static void kill_of(struct mx_oom_report *r, const struct mx_oom_line *line,
                    const struct mx_oom_record *record, struct mx_oom_kill *ret)
{
        *ret = (struct mx_oom_kill){ .pid = line->pid,
                                     .uid = line->uid,
                                     .constraint = line->constraint,
                                     .comm = line->comm,
                                     .anon = line->anon,
                                     .file = line->file,
                                     .shmem = line->shmem,
                                     .page_tables = line->page_tables };
        if (r->context.kind == MX_OOM_CONTEXT && r->context.pid == line->pid) {
                if (ret->uid == MX_ABSENT)
                        ret->uid = r->context.uid;
                if (ret->constraint == MX_OOM_UNKNOWN)
                        ret->constraint = r->context.constraint;
        } else if (r->chosen.kind == MX_OOM_CHOSEN && ret->constraint == MX_OOM_UNKNOWN) {
                ret->constraint = r->chosen.constraint;
        }
        place(r, line, record, ret);
        r->context.kind = r->chosen.kind = MX_OOM_NOTHING;
        r->last_pid = line->pid;
        r->last_kind = line->constraint;
}

/* Appends a record to the line it belongs to. False when there is none. */
static bool join(struct mx_oom_report *r, const struct mx_oom_record *record)
{
        if (record->cont == '-' || r->piece_len == 0 || record->caller != r->piece_caller ||
            record->len > sizeof(r->piece) - r->piece_len)
                return false;
        r->piece_len += mx_oom_unescape(record->text, record->len, r->piece + r->piece_len);
        memcpy(r->line, r->piece, r->piece_len);
        return true;
}

static void keep_piece(struct mx_oom_report *r, uint32_t caller, size_t n)
{
        memcpy(r->piece, r->line, n);
        r->piece_len = n;
        r->piece_caller = caller;
}

bool mx_oom_report_feed(struct mx_oom_report *r, const struct mx_oom_record *record,
                        struct mx_oom_kill *ret)
{
        struct mx_oom_line line;
        size_t n;

        if (record->priority >> 3 != 0)
                return false;
        if (join(r, record))
                n = r->piece_len;
        else if (may_matter(record) && record->len <= sizeof(r->line))
                n = mx_oom_unescape(record->text, record->len, r->line);
        else
                return false;
        mx_oom_line_parse(r->line, n, &line);
        if (line.kind != MX_OOM_NOTHING)
                r->piece_len = 0;
        switch (line.kind) {
        case MX_OOM_PIECE:
                keep_piece(r, record->caller, n);
                return false;
        case MX_OOM_CONTEXT:
        case MX_OOM_TASK_IN:
                hold(r, &line);
                r->group_len = 0;
                return false;
        case MX_OOM_CHOSEN:
                r->chosen = line;
                r->context_is_chosen = r->context.kind == MX_OOM_TASK_IN && !r->context_is_chosen;
                r->group_len = 0;
                return false;
        case MX_OOM_GROUP:
                hold_group(r, &line, record);
                return false;
        case MX_OOM_KILLED:
                kill_of(r, &line, record, ret);
                return true;
        case MX_OOM_NOTHING:
                break;
        }
        return false;
}
