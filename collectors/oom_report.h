/* SPDX-License-Identifier: Apache-2.0 */
/* Puts the lines of an OOM report together: who was killed, where, why, and how large. Pure. */
#ifndef COLLECTORS_OOM_REPORT_H
#define COLLECTORS_OOM_REPORT_H

#include "oom_log.h"

#define MX_OOM_LINE_MAX 8192 /* of a record: CONSOLE_EXT_LOG_MAX; pieces joined: what fits */

/* One "Killed process" line. The texts lie in the report, until it is fed again. */
struct mx_oom_kill {
        uint64_t pid, uid;
        enum mx_oom_constraint constraint;
        struct mx_oom_text comm;
        struct mx_oom_text path; /* of the victim's own cgroup; len 0: the log does not say */
        bool path_is_group;      /* `path` is one that was killed whole: the victim was in it, or in
                                    one below it */
        bool repeated; /* the first victim of a group, which the kernel kills, prints and counts
                          once more with its group */
        uint64_t anon, file, shmem, page_tables; /* KiB; MX_ABSENT where the log does not say */
};

/* What was read and waits for its end. A zeroed report waits for nothing. */
struct mx_oom_report {
        char piece[MX_OOM_LINE_MAX]; /* a line that has come in part */
        size_t piece_len;
        uint32_t piece_caller;

        char held[MX_OOM_LINE_MAX]; /* the text of `context` */
        struct mx_oom_line context; /* CONTEXT or TASK_IN; NOTHING when there is none */
        struct mx_oom_line chosen;  /* CHOSEN, or NOTHING */
        bool context_is_chosen;     /* before 5.0: the TASK_IN is about the one chosen */

        char group[MX_OOM_LINE_MAX];
        size_t group_len;
        uint64_t group_usec; /* of its last line */
        uint64_t group_first, last_pid;
        enum mx_oom_constraint group_kind, last_kind; /* as the KILLED line alone tells it */
        uint32_t group_caller;

        char line[MX_OOM_LINE_MAX]; /* the line of the last kill */
};

/* Takes one record. True when it is a kill, which is then in *ret. Records of another facility than
 * the kernel's, which anybody may write who may open /dev/kmsg, are passed over. */
bool mx_oom_report_feed(struct mx_oom_report *r, const struct mx_oom_record *record,
                        struct mx_oom_kill *ret);

/* Records were lost: what was waited for may be among them. */
void mx_oom_report_forget(struct mx_oom_report *r);

#endif
