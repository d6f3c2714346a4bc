/* SPDX-License-Identifier: Apache-2.0 */
/* Who was killed, by unit and name: counts that outlive process and cgroup, under a cap. */
#ifndef COLLECTORS_OOM_LEDGER_H
#define COLLECTORS_OOM_LEDGER_H

#include "oom_place.h"
#include "oom_report.h"

#define OOM_UNIT_MAX      255 /* NAME_MAX: a component of a path */
#define OOM_CONTAINER_MAX 64

/* One row: the victims of one unit (or container) and name. */
struct oom_victim {
        uint64_t kills;
        uint64_t last_usec;                      /* of the wall clock */
        uint64_t anon, file, shmem, page_tables; /* of the last one, in KiB */
        uint64_t one;                            /* 1; MX_ABSENT for the row of the others */
        uint64_t seen_usec;                      /* of the caller's clock: the last kill */
        uint64_t pid, uid;
        enum mx_oom_constraint constraint;
        uint32_t hash;
        uint32_t owner; /* hash of the outermost unit or container */
        uint16_t unit_len, container_len, comm_len, cgroup_len;
        char unit[OOM_UNIT_MAX], container[OOM_CONTAINER_MAX], comm[MX_OOM_COMM_MAX];
        char cgroup[OOM_PATH_MAX]; /* of the last one; cgroup_len 0 when it is not known */
};

struct oom_ledger {
        struct oom_victim *row; /* n rows, of at most `max`, and one more for the others */
        size_t n, max;
        bool has_other;  /* row[0] is that of the others */
        uint64_t folded; /* kills counted under the name "other" */
};

/* Makes room for `max` rows beside the others'. Returns 0 or -ENOMEM. */
int oom_ledger_init(struct oom_ledger *l, size_t max);
void oom_ledger_done(struct oom_ledger *l); /* accepts a zeroed one */

/* Counts a kill. Unit and container are those of the kill's path, as the cgroup collector names
 * them. At most a quarter of the rows (two, when that is less) is for one unit or container and all
 * in it, as whoever may name processes and make cgroups there could fill them all: its last row is
 * of the name "other". A victim that finds no room at all is counted in the row of the others,
 * which then stands first. */
void oom_ledger_add(struct oom_ledger *l, const struct mx_oom_kill *kill, uint64_t now_usec,
                    uint64_t wall_usec);

/* Forgets rows without a kill for `keep` microseconds. */
void oom_ledger_expire(struct oom_ledger *l, uint64_t now_usec, uint64_t keep);

#endif
