/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_OVERCOMMIT_H
#define COLLECTORS_OVERCOMMIT_H

#include "mx/collector.h"

/* The values of vm.overcommit_memory (include/uapi/linux/mman.h). */
enum mx_overcommit_policy {
        MX_OVERCOMMIT_HEURISTIC,
        MX_OVERCOMMIT_ALWAYS,
        MX_OVERCOMMIT_NEVER,
};

/* What a commitment is checked against; KiB, MX_ABSENT where the kernel does not say. */
struct mx_overcommit {
        uint64_t policy; /* above the enum's last: a policy nobody has met yet */
        uint64_t mem_total, swap_total, limit, committed;
        uint64_t admin_reserve; /* vm.admin_reserve_kbytes; before 3.10 there is none, and a 32nd of
                                   what RAM adds to the limit is kept instead */
        bool is_by_size;        /* the heuristic is that of 5.2 and later */
        uint32_t page_size;     /* bytes */
};

/* Bytes that processes without CAP_SYS_ADMIN may still commit together, as INT64_MIN where the
 * policy has no such limit or a number is not known. Below 0 once more is committed than they may
 * have. Source: __vm_enough_memory() in mm/util.c, Linux 6.18, and in mm/mmap.c, Linux 2.6.32. */
int64_t mx_overcommit_headroom(const struct mx_overcommit *o);

/* Bytes of the largest single mapping that the heuristic policy admits; MX_ABSENT under another
 * policy, and before 5.2, when it went by what was free at that moment. */
uint64_t mx_overcommit_largest(const struct mx_overcommit *o);

/* Is the release, as uname(2) and /proc/sys/kernel/osrelease have it ("5.15.0-91-generic"), of
 * major.minor or later? False for what is none. */
bool mx_release_is_from(const char *release, size_t len, uint64_t major, uint64_t minor);

extern const struct mx_collector mx_overcommit;

#endif
