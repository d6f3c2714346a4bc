// SPDX-License-Identifier: Apache-2.0
import { Page, to, toCgroupOfSeries, variables } from "./lib/dashboard";
import { graph, Query, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { cgroup, host, increase, rate, rateOr, top, topOf, topRate, units as of } from "./lib/query";

const stat_ = (part: string, legend: string): Query => [cgroup(`memory_cgroup_stat_${part}_bytes`), legend];
const v1 = "On cgroup v1 it is what that has instead, or nothing.";

export const units: Page = {
    file: "units",
    title: "units and cgroups",
    description:
        "Memory of systemd units, slices and containers against their limits, who of them is slowed down or killed, and one of them in detail. Needs no recording rules; for cgroup v2 and, where it has them, v1.",
    variables: [variables.instance, variables.unit, variables.cgroup],
    events: true,
    rows: [
        [
            "All units chosen",
            [
                graph({
                    title: "Memory",
                    description:
                        "The largest by memory charged to them, page cache included (memory.current). Slices contain their units: with All both are here.",
                    unit: "bytes",
                    w: 8,
                    h: 10,
                    min: 0,
                    queries: [[of(top(10, "memory_cgroup_current_bytes")), "{{cgroup}}"]],
                    link: toCgroupOfSeries,
                }),
                graph({
                    title: "Working set",
                    description:
                        "Memory charged without page cache that was used least recently (current less inactive_file), which reclaim takes first. It is what Kubernetes evicts by.",
                    unit: "bytes",
                    w: 8,
                    h: 10,
                    min: 0,
                    queries: [
                        [
                            of(topOf(10, "memory_cgroup_current_bytes - memory_cgroup_stat_inactive_file_bytes")),
                            "{{cgroup}}",
                        ],
                    ],
                    link: toCgroupOfSeries,
                }),
                parts.nearestToLimits(of, 8),
                graph({
                    title: "Pressure, all tasks waited",
                    description:
                        "Share of time in which no task of the cgroup got on, as all of them waited for memory (memory.pressure, full; v2 alone): throttled at high, thrashing at max, or the host is short.",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    queries: [[of(topRate(10, "memory_cgroup_pressure_full_seconds_total")), "{{cgroup}}"]],
                    link: toCgroupOfSeries,
                }),
                graph({
                    title: "Throttled at high",
                    description:
                        "Times a second that tasks were throttled because usage was above memory.high (MemoryHigh). It is meant to slow a unit; for long it is a limit too low.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [[of(topRate(10, "memory_cgroup_high_events_total")), "{{cgroup}}"]],
                    link: toCgroupOfSeries,
                }),
                graph({
                    title: "At the limit",
                    description: `Times a second that usage was about to pass max, and reclaim had to make room first (memory.events max). ${v1}`,
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [
                        [of(topRate(10, "memory_cgroup_max_events_total")), "{{cgroup}}"],
                        [of(topRate(10, "memory_cgroup_limit_hits_total")), "{{cgroup}}"],
                    ],
                    link: toCgroupOfSeries,
                }),
                graph({
                    title: "OOM kills",
                    description:
                        "Processes of the cgroup or below killed by any OOM killer (memory.events oom_kill; on v1 of the cgroup itself). A slice counts its units' as well.",
                    unit: "short",
                    w: 8,
                    min: 0,
                    bars: true,
                    queries: [[of(parts.topKills(10)), "{{cgroup}}"]],
                    links: [to("processes", "Who was killed")],
                }),
                graph({
                    title: "Refaults of page cache",
                    description:
                        "Pages a second that the cgroup read back soon after reclaim took them (workingset_refault_file): its limit is too low for what it reads.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [[of(topRate(10, "memory_cgroup_stat_workingset_refault_file_total")), "{{cgroup}}"]],
                    link: toCgroupOfSeries,
                }),
                graph({
                    title: "Swap",
                    description:
                        "The largest by swap used (memory.swap.current). What is read back shows in the refaults of anonymous memory below.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_cgroup_swap_current_bytes")), "{{cgroup}}"]],
                    link: toCgroupOfSeries,
                }),
                table({
                    title: "Limits",
                    description:
                        "Cgroups with a limit of their own or above them, and how they stand: high throttles, max kills, low protects. Highest anonymous is sampled over an hour, and shows spikes between scrapes.",
                    w: 24,
                    h: 11,
                    by: ["cgroup", "unit"],
                    sort: "used of limit",
                    none: "no cgroup has a limit",
                    columns: [
                        { title: "limit", expr: of("memory_cgroup_effective_limit_bytes"), unit: "bytes" },
                        {
                            title: "memory",
                            expr: of("memory_cgroup_current_bytes and memory_cgroup_effective_limit_bytes"),
                            unit: "bytes",
                        },
                        {
                            title: "used of limit",
                            expr: of(parts.ofLimit),
                            unit: "percentunit",
                            steps: [
                                ["green", null],
                                ["orange", 0.8],
                                ["red", 0.95],
                            ],
                        },
                        {
                            title: "highest anonymous in 1 h",
                            expr: of(
                                'memory_cgroup_anon_highest_bytes{window="1h"} and on (cgroup) memory_cgroup_effective_limit_bytes',
                            ),
                            unit: "bytes",
                        },
                        {
                            title: "peak",
                            expr: of("memory_cgroup_peak_bytes and memory_cgroup_effective_limit_bytes"),
                            unit: "bytes",
                        },
                        { title: "high", expr: of("memory_cgroup_high_bytes"), unit: "bytes" },
                        { title: "low", expr: of("memory_cgroup_low_bytes > 0"), unit: "bytes" },
                    ],
                }),
            ],
        ],
        [
            "One cgroup: $cgroup",
            [
                graph({
                    title: "By use",
                    description:
                        "Parts of the cgroup's memory that do not overlap (memory.stat), what is charged in all, and its limits. Page cache is without shared memory.",
                    unit: "bytes",
                    w: 12,
                    h: 11,
                    min: 0,
                    stack: true,
                    limits: /^(charged|high|max|effective limit)$/,
                    queries: [
                        stat_("anon", "anonymous"),
                        stat_("shmem", "shared memory"),
                        [cgroup("memory_cgroup_stat_file_bytes - memory_cgroup_stat_shmem_bytes"), "page cache"],
                        stat_("kernel", "kernel"),
                        [cgroup("memory_cgroup_current_bytes"), "charged"],
                        [cgroup("memory_cgroup_high_bytes"), "high"],
                        [cgroup("memory_cgroup_max_bytes"), "max"],
                        [cgroup("memory_cgroup_effective_limit_bytes"), "effective limit"],
                    ],
                }),
                graph({
                    title: "Anonymous memory, and its peaks",
                    description:
                        "Anonymous memory and the highest of a minute and of an hour, sampled between scrapes: the room that a limit has to leave.",
                    unit: "bytes",
                    w: 6,
                    h: 11,
                    min: 0,
                    limits: /limit/,
                    queries: [
                        stat_("anon", "anonymous"),
                        [cgroup('memory_cgroup_anon_highest_bytes{window="1m"}'), "highest of 1m"],
                        [cgroup('memory_cgroup_anon_highest_bytes{window="1h"}'), "highest of 1h"],
                        [cgroup("memory_cgroup_effective_limit_bytes"), "limit"],
                    ],
                }),
                graph({
                    title: "Pressure",
                    description:
                        "Share of time in which at least one task of the cgroup (some), or all that had work (full), waited for memory (memory.pressure, v2 alone).",
                    unit: "percentunit",
                    w: 6,
                    h: 11,
                    min: 0,
                    queries: [
                        [cgroup(rate("memory_cgroup_pressure_some_seconds_total")), "some"],
                        [cgroup(rate("memory_cgroup_pressure_full_seconds_total")), "full"],
                    ],
                }),
                graph({
                    title: "Events",
                    description: `Times that the cgroup was reclaimed from below its protection (low), throttled (high), at its limit (max), about to fail (oom), and lost a process (oom_kill). ${v1}`,
                    unit: "short",
                    w: 6,
                    min: 0,
                    bars: true,
                    queries: [
                        [cgroup(increase("memory_cgroup_low_events_total")), "low"],
                        [cgroup(increase("memory_cgroup_high_events_total")), "high"],
                        [
                            cgroup(
                                `${increase("memory_cgroup_max_events_total")} or ${increase("memory_cgroup_limit_hits_total")}`,
                            ),
                            "max",
                        ],
                        [cgroup(increase("memory_cgroup_oom_events_total")), "oom"],
                        [
                            cgroup(
                                `${increase("memory_cgroup_oom_kill_events_total")} or ${increase("memory_cgroup_local_oom_kill_events_total")}`,
                            ),
                            "oom_kill",
                        ],
                    ],
                }),
                graph({
                    title: "Refaults and major faults",
                    description:
                        "Pages a second that were needed again soon after reclaim took them (workingset_refault), and page faults that waited for a disk (pgmajfault).",
                    unit: "ops",
                    w: 6,
                    min: 0,
                    queries: [
                        [
                            cgroup(
                                rateOr(
                                    "memory_cgroup_stat_workingset_refault_file_total",
                                    "memory_cgroup_stat_workingset_refault_total",
                                ),
                            ),
                            "page cache",
                        ],
                        [cgroup(rate("memory_cgroup_stat_workingset_refault_anon_total")), "anonymous"],
                        [cgroup(rate("memory_cgroup_stat_pgmajfault_total")), "major faults"],
                    ],
                }),
                graph({
                    title: "Reclaim",
                    description:
                        "Pages a second that reclaim looked at in the cgroup (pgscan), and those it freed (pgsteal, where the collector's option stat is detailed or all).",
                    unit: "ops",
                    w: 6,
                    min: 0,
                    queries: [
                        [cgroup(rate("memory_cgroup_stat_pgscan_total")), "scanned"],
                        [cgroup(rate("memory_cgroup_stat_pgsteal_total")), "freed"],
                    ],
                }),
                graph({
                    title: "Swap",
                    description: "Swap used by the cgroup, what zswap holds of it in memory, and its limit.",
                    unit: "bytes",
                    w: 6,
                    min: 0,
                    limits: /max/,
                    queries: [
                        [cgroup("memory_cgroup_swap_current_bytes"), "swap"],
                        [cgroup("memory_cgroup_zswap_current_bytes"), "zswap"],
                        [cgroup("memory_cgroup_swap_max_bytes"), "max"],
                    ],
                }),
                graph({
                    title: "Activations and restores, by kind",
                    description:
                        "Of the refaults: pages a second that were in use so lately that they go back to the active list (workingset_activate), and that were active when reclaim took them (workingset_restore, with the option stat of the collector cgroup: detailed or all). That is a working set that does not fit.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [
                        [
                            cgroup(
                                rateOr(
                                    "memory_cgroup_stat_workingset_activate_file_total",
                                    "memory_cgroup_stat_workingset_activate_total",
                                ),
                            ),
                            "page cache, active",
                        ],
                        [cgroup(rate("memory_cgroup_stat_workingset_activate_anon_total")), "anonymous, active"],
                        [
                            cgroup(
                                rateOr(
                                    "memory_cgroup_stat_workingset_restore_file_total",
                                    "memory_cgroup_stat_workingset_restore_total",
                                ),
                            ),
                            "page cache, restored",
                        ],
                        [cgroup(rate("memory_cgroup_stat_workingset_restore_anon_total")), "anonymous, restored"],
                    ],
                }),
                graph({
                    title: "Freed, by who reclaims",
                    description:
                        "Pages a second that reclaim freed in the cgroup (pgsteal_*): in the background, by tasks that had to wait, for huge pages, and on request (memory.reclaim). Direct is what slows the cgroup down. Needs the option stat of the collector cgroup: detailed or all.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: ["kswapd", "direct", "khugepaged", "proactive"].map(
                        (who): Query => [cgroup(rate(`memory_cgroup_stat_pgsteal_${who}_total`)), who],
                    ),
                }),
                graph({
                    title: "Moved to slower memory, by who reclaims",
                    description:
                        "Pages a second of the cgroup that reclaim moved to a node of slower memory instead of freeing them (pgdemote_*), and that came back (pgpromote_success, below the line). Needs the option stat of the collector cgroup: detailed or all.",
                    unit: "ops",
                    w: 8,
                    queries: [
                        ...["kswapd", "direct", "khugepaged", "proactive"].map(
                            (who): Query => [cgroup(rate(`memory_cgroup_stat_pgdemote_${who}_total`)), who],
                        ),
                        [cgroup(`-${rate("memory_cgroup_stat_pgpromote_success_total")}`), "came back"],
                    ],
                }),
            ],
        ],
        [
            "The tree",
            [
                stat({
                    title: "Cgroups",
                    description: "Cgroups found with the memory controller.",
                    unit: "short",
                    w: 6,
                    query: [host("memory_cgroups"), "found"],
                    steps: parts.PLAIN,
                }),
                stat({
                    title: "Shown",
                    description:
                        "Cgroups that have series of their own; the rest is in the cgroup other (option max_cgroups), or left out by the options.",
                    unit: "short",
                    w: 6,
                    query: [host("memory_cgroups_exported"), "shown"],
                    steps: parts.PLAIN,
                }),
                stat({
                    title: "Dying",
                    description:
                        "Removed cgroups that memory still refers to, below the root. Thousands that only grow hold page cache and per-CPU memory nobody sees.",
                    unit: "short",
                    w: 6,
                    query: [host("max(memory_cgroup_dying_descendants)"), "dying"],
                    steps: [
                        ["green", null],
                        ["orange", 1000],
                    ],
                }),
                stat({
                    title: "Hierarchy",
                    description:
                        "Version of the cgroup hierarchy that the memory controller is in. On 1 there is no pressure, no high and no low.",
                    unit: "none",
                    w: 6,
                    query: [host("memory_cgroup_hierarchy_version"), "version"],
                    steps: parts.PLAIN,
                }),
            ],
        ],
    ],
};
