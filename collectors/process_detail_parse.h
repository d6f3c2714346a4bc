/* SPDX-License-Identifier: Apache-2.0 */
/* Parsers of what is read of few processes, or seldom: limits, and the lines of maps and numa_maps.
 */
#ifndef COLLECTORS_PROCESS_DETAIL_PARSE_H
#define COLLECTORS_PROCESS_DETAIL_PARSE_H

#include "mx/collector.h"

#define MX_PROCESS_NODES_MAX 64 /* NUMA nodes with memory that are told apart */

/* /proc/<pid>/limits: the soft limits, which are those that bind. */
struct mx_process_limits {
        uint64_t locked;        /* Max locked memory, bytes; MX_ABSENT: unlimited */
        uint64_t address_space; /* Max address space, bytes; MX_ABSENT: unlimited */
};

/* -EBADMSG when one of the two lines is missing or is neither a number nor "unlimited", -ERANGE
 * when a number is above 2^64-1; *ret is then unchanged. Source: fs/proc/base.c proc_pid_limits(),
 * Linux 6.18; the same since 2.6.24. */
int mx_process_limits_parse(const char *buf, size_t len, struct mx_process_limits *ret,
                            struct mx_err *reterr);

/* Does /proc/<pid>/status say that the process has CAP_IPC_LOCK in effect? mlock(2) does not look
 * at the limit then. False where there is no such line. */
bool mx_process_may_lock(const char *buf, size_t len);

/* Is a line of /proc/<pid>/maps one of the mappings that the kernel holds against vm.max_map_count?
 * All are but the vsyscall page, which is at an address of the kernel's half and in no process's
 * list (fs/proc/task_mmu.c, Linux 6.18, prints it for any process on x86). */
bool mx_process_map_counts(const char *line, size_t len);

/* Adds the pages of a line of /proc/<pid>/numa_maps to kib[i], the KiB of node id[i]. `page_kib` is
 * the size of a base page: what a line counts in that does not say (kernels before 3.13), unless it
 * is of huge pages. -EBADMSG when a count is no number, is of a node that is not listed, or is in
 * pages of a size that is not said; -ERANGE when it cannot be true. `kib` is then unchanged.
 * Source: fs/proc/task_mmu.c show_numa_map(), Linux 6.18: blanks and '=' in a file's name are
 * escaped there, so that no name can make a word of its own. */
int mx_process_numa_line(const char *line, size_t len, uint64_t page_kib, const uint32_t *id,
                         size_t n, uint64_t *kib);

/* Reads a list of nodes as sysfs writes it ("0-1,3,7"), ascending, into id[MX_PROCESS_NODES_MAX].
 * Returns their number, which may be 0, or -EBADMSG, or -E2BIG when there are more. Source:
 * lib/vsprintf.c bitmap_list_string(), Linux 6.18. */
int mx_process_nodes_parse(const char *buf, size_t len, uint32_t *id);

#endif
