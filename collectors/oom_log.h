/* SPDX-License-Identifier: Apache-2.0 */
/* Records of the kernel's log, and the lines among them that tell of an OOM kill. Pure. */
#ifndef COLLECTORS_OOM_LOG_H
#define COLLECTORS_OOM_LOG_H

#include "mx/collector.h"

#define MX_OOM_COMM_MAX 63 /* bytes: 15 of a user's process, up to 63 of a kernel thread */

/* One record as /dev/kmsg gives it. `text` points into the buffer that was parsed, without the
 * newline and what follows it (KEY=value lines), and with the kernel's \xNN as they are. */
struct mx_oom_record {
        uint64_t seq;
        uint64_t usec;     /* since boot, of the kernel's own clock */
        uint32_t priority; /* facility << 3 | level */
        char cont;       /* '-'; 'c' and '+': a piece of a line that did not fit where it belongs */
        uint32_t caller; /* hash of the caller id, 0 where the kernel does not print it */
        const char *text;
        size_t len;
};

/* Parses "prio,seq,usec,flags[,...];text". -EBADMSG when it is not of that form, -ERANGE for a
 * number that is too large; *ret is then unchanged. Source: Documentation/ABI/testing/dev-kmsg,
 * Linux 3.5 to 6.18. */
int mx_oom_record_parse(const char *buf, size_t len, struct mx_oom_record *ret);

/* Turns \xNN into the byte it stands for. Writes at most `len` bytes and returns their number;
 * `dst` may be `text`. */
size_t mx_oom_unescape(const char *text, size_t len, char *dst);

enum mx_oom_kind {
        MX_OOM_NOTHING,
        MX_OOM_CONTEXT, /* since 5.0: "oom-kill:constraint=..." */
        MX_OOM_TASK_IN, /* before 5.0: "Task in /a killed as a result of limit of /b" */
        MX_OOM_CHOSEN,  /* before 5.2: "...: Kill process 1 (a) score 9 or sacrifice child" */
        MX_OOM_GROUP,   /* since 4.19: "Tasks in /a are going to be killed due to ..." */
        MX_OOM_KILLED,  /* "...Killed process 1 (a) total-vm:...": the kill */
        MX_OOM_PIECE,   /* the beginning of CONTEXT, TASK_IN or GROUP, without its end */
};

enum mx_oom_constraint {
        MX_OOM_NONE, /* the whole host was short of memory */
        MX_OOM_CPUSET,
        MX_OOM_MEMORY_POLICY,
        MX_OOM_MEMCG,
        MX_OOM_UNKNOWN, /* before 5.0 the log does not say it of a kill that is not MEMCG's */
        MX_OOM_CONSTRAINTS,
};
extern const char *const mx_oom_constraints[MX_OOM_CONSTRAINTS];

struct mx_oom_text {
        const char *s;
        size_t len;
};

/* What a line says; members that its kind has not are 0, MX_ABSENT or MX_OOM_UNKNOWN. The texts
 * point into the line. */
struct mx_oom_line {
        enum mx_oom_kind kind;
        enum mx_oom_constraint constraint;
        uint64_t pid, uid; /* of the first PID namespace and the first user namespace */
        struct mx_oom_text comm;

        /* CONTEXT: the path, ",task=" and the name in one, as nothing says where one ends (both may
         * hold ",task="): see mx_oom_path_of(). TASK_IN, GROUP: the path. */
        struct mx_oom_text path;

        /* KILLED, in KiB */
        uint64_t total_vm, anon, file, shmem, page_tables;
};

/* Reads one unescaped line of the kernel's facility. Any bytes are accepted: what is not meant, or
 * is malformed, is MX_OOM_NOTHING. O(len).
 *
 * A process names itself and, where it may make cgroups, its cgroup; both stand in these lines
 * unquoted. So fields are found from the ends that the kernel writes, a path starts with '/', and
 * the victim's cgroup lies in the one whose limit was met, which tells where one path ends and the
 * next begins. A name (15 bytes) is too short for any of these lines; at most a line that begins
 * with one ("Task in /") is taken for a PIECE.
 *
 * Sources: mm/oom_kill.c and mm/memcontrol.c of Linux 3.10, 4.14, 4.19, 5.0, 5.4, 5.15, 6.18; Red
 * Hat's ", UID 0," of 7 (after the name) and of 6 (before it). */
void mx_oom_line_parse(const char *line, size_t len, struct mx_oom_line *ret);

/* The path of a CONTEXT, with the name of the victim from the KILLED line of the same pid. Where
 * the name does not fit (it was changed in between), what may be one is cut off. len 0 when there
 * is none. */
struct mx_oom_text mx_oom_path_of(const struct mx_oom_line *context, struct mx_oom_text comm);

#endif
