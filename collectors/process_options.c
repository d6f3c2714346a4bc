/* SPDX-License-Identifier: Apache-2.0 */
#include "process_options.h"

#include "process_top.h"

static const char *const rule_keys[] = { "comm", "unit", "cgroup", "user", NULL };
static const char *const group_bys[] = { "comm", "unit", "cgroup", "user", "rules", NULL };

#define AT(member) offsetof(struct process_options, member)

/* clang-format off */
const struct mx_option process_options[] = {
        { "group_by", "What names the group of a process that no rule takes; rules: such a process is in the group other.", MX_OPT_CHOICE, AT(group_by), "comm", 0, 0, group_bys },
        { "groups", "Groups by regular expressions over comm, unit, cgroup and user: the first that matches takes the process; shown even when empty.", MX_OPT_RULES, AT(groups), NULL, 0, 0, rule_keys },
        { "max_groups", "Groups with series of their own beside those of the rules, the largest by resident memory; the rest is summed in the group other.", MX_OPT_COUNT, AT(max_groups), "200", 0, 500, NULL },
        { "empty_runs", "Runs for which a group without processes is still shown, with 0.", MX_OPT_COUNT, AT(empty_runs), "20", 0, 1000000, NULL },
        { "top_resident", "Single processes shown for their resident memory.", MX_OPT_COUNT, AT(top_resident), "20", 0, PROCESS_TOP_MAX, NULL },
        { "top_oom_score", "Single processes shown for their oom_score.", MX_OPT_COUNT, AT(top_oom_score), "5", 0, PROCESS_TOP_MAX, NULL },
        { "reread", "Runs after which a process that has not moved is read again: while its stat stays the same, its memory and oom_score are those of the last full reading, unless it is shown singly; 1 reads every process in full each time.", MX_OPT_COUNT, AT(reread), "4", 1, 1000, NULL },
        { "limits", "Read how much memory processes may lock and how much address space they may take, seldom where that is far off.", MX_OPT_BOOL, AT(limits), "true", 0, 0, NULL },
        { "smaps_rollup", "Read proportional and unique set sizes of the single processes: slow, holds up the process that is read, and may wait for one that is stuck.", MX_OPT_BOOL, AT(smaps_rollup), "false", 0, 0, NULL },
        { "smaps_groups", "Read them of all processes, a part in each run, and show their sums by group; the single processes have theirs too.", MX_OPT_BOOL, AT(smaps_groups), "false", 0, 0, NULL },
        { "smaps_max_rss", "Processes with more resident memory are left out of smaps_rollup, and leave their group without sums.", MX_OPT_SIZE, AT(smaps_max_rss), "1GiB", 0, 0, NULL },
        { "smaps_budget", "Time per run after which no further smaps_rollup is begun.", MX_OPT_DURATION, AT(smaps_budget), "50ms", 0, 60000000, NULL },
        { "map_counts", "Count the mappings of all processes, a part in each run: as slow as their number, holds up the process that is read, and may wait for one that is stuck.", MX_OPT_BOOL, AT(map_counts), "false", 0, 0, NULL },
        { "maps_budget", "Time per run after which no further process's mappings are counted.", MX_OPT_DURATION, AT(maps_budget), "20ms", 0, 60000000, NULL },
        { "numa_maps", "Read on which nodes the memory of the single processes lies: slow, holds up the process that is read, and may wait for one that is stuck; nothing is read on hosts with one node.", MX_OPT_BOOL, AT(numa_maps), "false", 0, 0, NULL },
        { "numa_max_rss", "Processes with more resident memory are left out of numa_maps.", MX_OPT_SIZE, AT(numa_max_rss), "1GiB", 0, 0, NULL },
        { "numa_budget", "Time per run after which no further numa_maps is begun.", MX_OPT_DURATION, AT(numa_budget), "50ms", 0, 60000000, NULL },
};
/* clang-format on */
