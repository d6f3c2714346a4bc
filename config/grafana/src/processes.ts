// SPDX-License-Identifier: Apache-2.0
import { Page, to, variables } from "./lib/dashboard";
import { graph, stat, Steps, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host as of, increase, times, top, topOf, topRate } from "./lib/query";

const SHARED = "what processes share counts for each of them";

/** Colours by how near to a limit. */
const NEAR: Steps = [
    ["green", null],
    ["orange", 0.8],
    ["red", 0.95],
];

export const processes: Page = {
    file: "processes",
    title: "processes and OOM",
    description:
        "Which programs hold memory, which of them grow, and whom the OOM killer took. Needs no recording rules.",
    variables: [variables.instance],
    events: true,
    rows: [
        [
            "Now",
            [
                stat({
                    title: "Processes",
                    description: "Processes that were seen, without kernel threads.",
                    unit: "short",
                    w: 4,
                    query: [of("memory_processes"), "processes"],
                    steps: parts.PLAIN,
                }),
                stat({
                    title: "Hidden",
                    description:
                        "Processes that the exporter could not see, for hidepid, a security module or a PID namespace: what they hold is in no group here.",
                    unit: "short",
                    w: 4,
                    query: [of("memory_processes_hidden"), "hidden"],
                    steps: [
                        ["green", null],
                        ["orange", 10],
                    ],
                }),
                stat({
                    title: "Zombies",
                    description:
                        "Processes that have ended and wait for their parent to take notice. They hold no memory; many are a parent that does not do its work.",
                    unit: "short",
                    w: 4,
                    query: [of("memory_process_zombies"), "zombies"],
                    steps: [
                        ["green", null],
                        ["orange", 100],
                    ],
                }),
                parts.kills(4),
                stat({
                    title: "Unexplained kills",
                    description:
                        "OOM kills in the time shown that the kernel counted and no line of its log explains: the log was overwritten, rate-limited or cannot be read.",
                    unit: "short",
                    w: 4,
                    query: [of(times("memory_oom_unexplained_kills_total")), "kills"],
                    steps: [
                        ["green", null],
                        ["orange", 1],
                    ],
                }),
                stat({
                    title: "Kernel's log",
                    description:
                        "Whether the exporter can read the kernel's log, without which it cannot say who was killed. It needs CAP_SYSLOG where kernel.dmesg_restrict is 1.",
                    unit: "bool_yes_no",
                    w: 4,
                    query: [of("memory_oom_log_readable"), "readable"],
                    steps: [
                        ["orange", null],
                        ["green", 1],
                    ],
                }),
            ],
        ],
        [
            "Groups",
            [
                graph({
                    title: "Anonymous memory",
                    description: `Groups of processes with most resident anonymous memory (RssAnon): what only swap can free. A line that climbs for hours and never falls is a leak; ${SHARED} after a fork.`,
                    unit: "bytes",
                    w: 12,
                    h: 10,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_anon_bytes")), "{{group}}"]],
                }),
                graph({
                    title: "Growth over an hour",
                    description:
                        "Anonymous memory that groups gained or lost per second, as the slope through an hour. What stays above 0 whatever the load is a leak.",
                    unit: "binBps",
                    w: 12,
                    h: 10,
                    queries: [[of(topOf(10, "deriv(memory_process_group_anon_bytes[1h])")), "{{group}}"]],
                }),
                parts.residentGroups(8, 9),
                graph({
                    title: "Swapped out",
                    description:
                        "Groups with most memory in swap (VmSwap). With major faults as well, it is needed and slow.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_swap_bytes")), "{{group}}"]],
                    links: [to("reclaim", "Reclaim and swap")],
                }),
                graph({
                    title: "Major faults",
                    description:
                        "Page faults a second that had to read from disk or swap (majflt), of the groups with most: who waits.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [[of(topRate(10, "memory_process_group_major_faults_total")), "{{group}}"]],
                }),
                graph({
                    title: "Locked memory",
                    description: "Memory that groups have locked (VmLck): reclaim can take none of it.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_locked_bytes")), "{{group}}"]],
                }),
                graph({
                    title: "Page tables",
                    description:
                        "Page tables of groups (VmPTE). Many processes that map the same large memory have one set each: huge pages make them small.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_page_tables_bytes")), "{{group}}"]],
                }),
                graph({
                    title: "Processes by group",
                    description:
                        "Processes in the groups with most of them. A count that climbs is a program that forks and does not reap, or load that queues.",
                    unit: "short",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_processes")), "{{group}}"]],
                }),
            ],
        ],
        [
            "Single processes",
            [
                table({
                    title: "Largest processes",
                    description:
                        "The processes with most resident memory, and those that the OOM killer would take first (oom_score; oom_score_adj is what was set). The row other is all the rest.",
                    w: 24,
                    h: 11,
                    by: ["pid", "comm", "unit"],
                    sort: "resident",
                    columns: [
                        { title: "resident", expr: of("memory_process_resident_bytes"), unit: "bytes" },
                        { title: "anonymous", expr: of("memory_process_anon_bytes"), unit: "bytes" },
                        { title: "files", expr: of("memory_process_file_bytes"), unit: "bytes" },
                        { title: "shared memory", expr: of("memory_process_shmem_bytes"), unit: "bytes" },
                        { title: "swapped", expr: of("memory_process_swap_bytes"), unit: "bytes" },
                        { title: "OOM score", expr: of("memory_process_oom_score"), unit: "none" },
                        { title: "score set", expr: of("memory_process_oom_score_adj"), unit: "none" },
                    ],
                }),
            ],
        ],
        [
            "What is shared, counted once (off by default)",
            [
                graph({
                    title: "Proportional set size",
                    description:
                        "Resident memory of groups, each page divided by the number of processes that map it (PSS): what may be summed. A group has it once all its processes have been read. Needs the option smaps_groups of the collector process.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_pss_bytes")), "{{group}}"]],
                }),
                graph({
                    title: "Unique set size",
                    description:
                        "Resident memory of groups that only one process maps (USS): the least that ending them frees. Needs the option smaps_groups of the collector process.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_uss_bytes")), "{{group}}"]],
                }),
                graph({
                    title: "Proportional swap",
                    description:
                        "Anonymous memory of groups in swap, each page divided by the number of processes that share it (SwapPss). Needs the option smaps_groups of the collector process.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_swap_pss_bytes")), "{{group}}"]],
                }),
                graph({
                    title: "How much of it was read",
                    description:
                        "Share of the resident memory of groups whose PSS has been read, of those with least: below 1 a group has no sums. Processes above smaps_max_rss, and those of others without CAP_SYS_PTRACE, are never read; for the rest the budget is too small. Needs the option smaps_groups.",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    max: 1,
                    queries: [
                        [
                            of(
                                "memory_process_group_smaps_coverage_ratio and bottomk(10, min_over_time(memory_process_group_smaps_coverage_ratio[$__range] @ end()))",
                            ),
                            "{{group}}",
                        ],
                    ],
                }),
                graph({
                    title: "Age of the oldest reading",
                    description:
                        "Time since the oldest reading that the sums of a group are made of, of the groups with oldest. Many minutes: raise smaps_budget. Needs the option smaps_groups of the collector process.",
                    unit: "s",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_smaps_age_seconds")), "{{group}}"]],
                }),
                graph({
                    title: "Memory of processes, by node",
                    description:
                        "Memory of the largest processes on each NUMA node (numa_maps). What lies on another node than the process runs on is slower. Needs the option numa_maps of the collector process, and a host with several nodes.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: [[of(top(20, "memory_process_node_bytes")), "{{comm}} ({{pid}}) node {{node}}"]],
                    links: [to("numa", "NUMA")],
                }),
                table({
                    title: "Single processes, what is shared counted once",
                    description:
                        "Proportional and unique set size and swap of the processes that are shown one by one, and how old that is. Needs the option smaps_rollup or smaps_groups of the collector process.",
                    w: 24,
                    by: ["pid", "comm", "unit"],
                    sort: "PSS",
                    none: "smaps_rollup and smaps_groups are off",
                    columns: [
                        { title: "PSS", expr: of("memory_process_pss_bytes"), unit: "bytes" },
                        { title: "USS", expr: of("memory_process_uss_bytes"), unit: "bytes" },
                        { title: "swap PSS", expr: of("memory_process_swap_pss_bytes"), unit: "bytes" },
                        { title: "read", expr: of("memory_process_smaps_age_seconds"), unit: "s" },
                    ],
                }),
            ],
        ],
        [
            "Limits of processes",
            [
                graph({
                    title: "Of the limit of locked memory",
                    description:
                        "What a process of each group has locked of what it may (RLIMIT_MEMLOCK), the group's highest. At 1 mlock, io_uring and BPF get no more; LimitMEMLOCK of the unit raises it.",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_highest_locked_limit_ratio")), "{{group}}"]],
                }),
                graph({
                    title: "Of the limit of address space",
                    description:
                        "Address space that a process of each group takes of what it may (RLIMIT_AS), the group's highest. At 1 its next allocation fails, however much memory is free.",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_highest_virtual_limit_ratio")), "{{group}}"]],
                }),
                graph({
                    title: "Of the limit of mappings",
                    description:
                        "Mappings that a process of each group has of vm.max_map_count, the group's highest. At 1 its next mmap fails, which looks like a lack of memory. Needs the option map_counts of the collector process.",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_highest_maps_limit_ratio")), "{{group}}"]],
                }),
                table({
                    title: "Processes against their limits",
                    description:
                        "The processes shown one by one that have such a limit, now: locked memory, address space, and mappings, which need the option map_counts of the collector process.",
                    w: 24,
                    by: ["pid", "comm", "unit"],
                    none: "no process has a limit",
                    columns: [
                        { title: "may lock", expr: of("memory_process_locked_limit_bytes"), unit: "bytes" },
                        {
                            title: "locked of that",
                            expr: of("memory_process_locked_limit_ratio"),
                            unit: "percentunit",
                            steps: NEAR,
                        },
                        {
                            title: "address space at most",
                            expr: of("memory_process_virtual_limit_bytes"),
                            unit: "bytes",
                        },
                        {
                            title: "taken of that",
                            expr: of("memory_process_virtual_limit_ratio"),
                            unit: "percentunit",
                            steps: NEAR,
                        },
                        { title: "mappings", expr: of("memory_process_maps"), unit: "short" },
                        {
                            title: "of max_map_count",
                            expr: of("memory_process_maps_limit_ratio"),
                            unit: "percentunit",
                            steps: NEAR,
                        },
                    ],
                }),
            ],
        ],
        [
            "OOM kills",
            [
                graph({
                    title: "Kills by what was short",
                    description:
                        "OOM kills that the kernel's log tells of, by what was short of memory: the host (none), the nodes of a cpuset or memory policy, or a cgroup at its limit (memcg).",
                    unit: "short",
                    w: 8,
                    min: 0,
                    bars: true,
                    queries: [[of(increase("memory_oom_constraint_kills_total")), "{{constraint}}"]],
                }),
                graph({
                    title: "Kills counted, and explained",
                    description:
                        "OOM kills that the kernel counted (oom_kill of /proc/vmstat), those its log names, and those that nothing explains.",
                    unit: "short",
                    w: 8,
                    min: 0,
                    bars: true,
                    queries: [
                        [of(increase("memory_oom_kernel_kills_total")), "counted"],
                        [of(increase("memory_oom_named_kills_total")), "named"],
                        [of(increase("memory_oom_unexplained_kills_total")), "unexplained"],
                    ],
                }),
                graph({
                    title: "Next to be killed",
                    description:
                        "Highest oom_score of a process of each group, of those with the highest: at a shortage of the whole host the OOM killer takes the first. oom_score_adj (OOMScoreAdjust) moves it.",
                    unit: "none",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_process_group_highest_oom_score")), "{{group}}"]],
                }),
                table({
                    title: "Victims",
                    description:
                        "Who was killed since the exporter started, by unit or container and name, with what the last victim held when it was killed (from the kernel's log). Kept for a day.",
                    w: 24,
                    by: ["unit", "container", "comm"],
                    sort: "last",
                    none: "nobody was killed",
                    columns: [
                        { title: "kills", expr: of("memory_oom_kills_total"), unit: "short" },
                        {
                            title: "last",
                            expr: of("1000 * memory_oom_last_kill_timestamp_seconds"),
                            unit: "dateTimeAsIso",
                        },
                        { title: "anonymous", expr: of("memory_oom_last_victim_anon_bytes"), unit: "bytes" },
                        { title: "files", expr: of("memory_oom_last_victim_file_bytes"), unit: "bytes" },
                        { title: "shared memory", expr: of("memory_oom_last_victim_shmem_bytes"), unit: "bytes" },
                        { title: "page tables", expr: of("memory_oom_last_victim_page_tables_bytes"), unit: "bytes" },
                    ],
                    links: [to("units", "Units and cgroups")],
                }),
            ],
        ],
    ],
};
