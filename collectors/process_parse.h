/* SPDX-License-Identifier: Apache-2.0 */
/* Parsers of the files under /proc/<pid>/ that never wait for the process they describe. */
#ifndef COLLECTORS_PROCESS_PARSE_H
#define COLLECTORS_PROCESS_PARSE_H

#include "mx/collector.h"

#define MX_PROCESS_KTHREAD 0x00200000U /* PF_KTHREAD in the flags of stat, since 2.6.27 */

/* /proc/<pid>/stat. `comm` points into the buffer: any bytes, at most 15 of them for a user's
 * process. */
struct mx_process_stat {
        const char *comm;
        uint32_t comm_len;
        char state;            /* field 3: 'Z' is a zombie */
        uint64_t flags;        /* field 9 */
        uint64_t minor_faults; /* field 10, of all threads, living and dead */
        uint64_t major_faults; /* field 12 */
        uint64_t threads;      /* field 20 */
        uint64_t start_time;   /* field 22, clock ticks since boot */
};

/* The name lies between the first '(' and the last ')'; fields after the 22nd are not looked at.
 * -EBADMSG when a field is missing or is no number, -ERANGE above 2^64-1; *ret is then unchanged.
 * Source: Documentation/filesystems/proc.rst table 1-4 and fs/proc/array.c do_task_stat(),
 * Linux 6.18. */
int mx_process_stat_parse(const char *buf, size_t len, struct mx_process_stat *ret,
                          struct mx_err *reterr);

/* The memory lines of /proc/<pid>/status, in the kernel's order. */
enum mx_process_value {
        MX_PROCESS_VIRTUAL,     /* VmSize */
        MX_PROCESS_LOCKED,      /* VmLck */
        MX_PROCESS_RESIDENT,    /* VmRSS */
        MX_PROCESS_ANON,        /* RssAnon, since 4.5 */
        MX_PROCESS_FILE,        /* RssFile */
        MX_PROCESS_SHMEM,       /* RssShmem */
        MX_PROCESS_PAGE_TABLES, /* VmPTE */
        MX_PROCESS_SWAP,        /* VmSwap */
        MX_PROCESS_HUGETLB,     /* HugetlbPages, since 4.4, with CONFIG_HUGETLB_PAGE */
        MX_PROCESS_VALUES,
};

struct mx_process_status {
        uint64_t value[MX_PROCESS_VALUES]; /* KiB; MX_ABSENT when there is no such line */
        uint32_t uid;                      /* effective, as ps shows it; UINT32_MAX when absent */
        uint32_t invalid; /* known lines that were skipped: malformed, repeated, or too large to be
                             true */
};

/* Reads up to the "Threads:" line, which follows the memory lines in every kernel since 2.6.10. A
 * process without memory of its own (a zombie, a kernel thread) has no memory lines. -EBADMSG when
 * no known line could be read; *ret is then unchanged. Source: fs/proc/array.c and
 * fs/proc/task_mmu.c, Linux 6.18. */
int mx_process_status_parse(const char *buf, size_t len, struct mx_process_status *ret,
                            struct mx_err *reterr);

/* /proc/<pid>/oom_score and oom_score_adj: one number and a newline. -EBADMSG, -ERANGE. */
int mx_process_number_parse(const char *buf, size_t len, int64_t *ret, struct mx_err *reterr);

/* Paths in /proc/<pid>/cgroup, as they are there: relative to the reader's cgroup namespace,
 * without the kernel's " (deleted)". They point into the buffer; `at` is NULL when there is no such
 * hierarchy. */
struct mx_process_path {
        const char *at;
        size_t len;
};

struct mx_process_cgroup {
        struct mx_process_path unified; /* 0::/path */
        struct mx_process_path systemd; /* 1:name=systemd:/path */
        struct mx_process_path memory;  /* 4:memory:/path, also where it is mounted with others */
};

/* Lines of other hierarchies and lines that are malformed are skipped. -EBADMSG when no line is of
 * the form id:controllers:/path; an empty file is no error. Source: cgroups(7),
 * Documentation/admin-guide/cgroup-v2.rst, Linux 6.18. */
int mx_process_cgroup_parse(const char *buf, size_t len, struct mx_process_cgroup *ret,
                            struct mx_err *reterr);

/* /proc/<pid>/smaps_rollup, in KiB; MX_ABSENT when there is no such line. */
struct mx_process_smaps {
        uint64_t pss;      /* Pss: each page divided by the number of processes that map it */
        uint64_t private;  /* Private_Clean + Private_Dirty: what this process alone maps */
        uint64_t swap_pss; /* SwapPss: the same as Pss of what is swapped out */
};

/* -EBADMSG when neither is there. Source: Documentation/ABI/testing/procfs-smaps_rollup,
 * Linux 6.18. */
int mx_process_smaps_parse(const char *buf, size_t len, struct mx_process_smaps *ret,
                           struct mx_err *reterr);

#endif
