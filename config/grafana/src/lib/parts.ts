// SPDX-License-Identifier: Apache-2.0
// Panels and expressions that more than one dashboard has.
import { to, toCgroupOfSeries } from "./dashboard";
import { graph, Link, Panel, Query, stat, Steps, table } from "./panel";
import { host, orZero, overZones, rate, rateOr, times, top, topOf } from "./query";

const MIB = 1024 ** 2;

/** Colours by how little is left, of how much it is time to look, and by whether anything is there at all. */
export const LITTLE: Steps = [
    ["red", null],
    ["orange", 0.1],
    ["green", 0.2],
];
export const PRESSURE: Steps = [
    ["green", null],
    ["orange", 0.01],
    ["red", 0.1],
];
export const SWAPPED_IN: Steps = [
    ["green", null],
    ["orange", MIB],
    ["red", 16 * MIB],
];
export const ANY: Steps = [
    ["green", null],
    ["red", 1],
];
export const PLAIN: Steps = [["text", null]];

export const available = "memory_meminfo_mem_available_bytes / memory_meminfo_mem_total_bytes";
export const hugetlb =
    "memory_meminfo_hugetlb_bytes or memory_meminfo_huge_pages * memory_meminfo_huge_page_size_bytes";
/** Before 5.9 refaults are counted together. */
export const refaultsOfCache = rateOr(
    "memory_vmstat_workingset_refault_file_pages_total",
    "memory_vmstat_workingset_refault_pages_total",
);
export const stalls = overZones("memory_vmstat_allocstall", "_total");
/** Before 4.8 these are counted by zone. */
export const scanned = {
    kswapd: overZones("memory_vmstat_pgscan_kswapd", "_pages_total"),
    direct: overZones("memory_vmstat_pgscan_direct", "_pages_total"),
};
export const stolen = {
    kswapd: overZones("memory_vmstat_pgsteal_kswapd", "_pages_total"),
    direct: overZones("memory_vmstat_pgsteal_direct", "_pages_total"),
};

/** Collectors whose last run failed, and of the others those past their deadline: each counts once. */
export const notWell = "sum(1 - memory_exporter_collector_success > 0 or memory_exporter_collector_overdue)";

/** Of a cgroup: what reclaim cannot free without swap. Reclaimable slab is absent in cgroup v1. */
export const unreclaimable = `(memory_cgroup_current_bytes - (memory_cgroup_stat_file_bytes - memory_cgroup_stat_shmem_bytes)
        - ${orZero("memory_cgroup_stat_slab_reclaimable_bytes", "memory_cgroup_current_bytes")})`;
/** The same of the limit that is met first. */
export const ofLimit = `${unreclaimable} / (memory_cgroup_effective_limit_bytes > 0)`;
/** Processes of cgroups killed: v1, and a kernel without memory.events, have the counts of the cgroup itself alone. */
function cgroupKills(range: string): string {
    const kills = (events: string): string => `increase(memory_cgroup_${events}_events_total${range})`;
    return `(${kills("oom_kill")} or ${kills("local_oom_kill")})`;
}
/** The same of units, some of which have several cgroups: counts that include those below are in the largest of them. */
function unitKills(range: string): string {
    const kills = (by: string, events: string): string =>
        `${by} by (job, instance, unit) (increase(memory_cgroup_${events}_events_total{unit!=""}${range}))`;
    return `(${kills("max", "oom_kill")} or ${kills("sum", "local_oom_kill")})`;
}
/** Those that lost most in the time shown. */
const most = (n: number, kills: (range: string) => string): string =>
    `${kills("[$__rate_interval]")} and topk(${n}, ${kills("[$__range] @ end()")})`;
export const topKills = (n: number): string => most(n, cgroupKills);
export const topUnitKills = (n: number): string => most(n, unitKills);

export const someAndFull: Query[] = [
    [host(rate("memory_pressure_some_seconds_total")), "some"],
    [host(rate("memory_pressure_full_seconds_total")), "full"],
    [host('memory_watch_pressure_full_highest_ratio{window="1m"}'), "full, worst second of 1m"],
];

export const pressure = (w: number): Panel =>
    graph({
        title: "Pressure",
        description:
            "Share of time in which at least one task (some), or all that had work (full), waited for memory, from /proc/pressure/memory; the worst second of a minute is sampled. Full above a few percent for minutes is a host that thrashes.",
        unit: "percentunit",
        w,
        min: 0,
        queries: someAndFull,
        limits: /worst/,
    });

export const swapRates = (w: number): Panel =>
    graph({
        title: "Swap rates",
        description:
            "Memory read back from swap, and written to it (below the line), per second (pswpin, pswpout). Reading is what programs wait for; writing alone may be reclaim putting away what nobody uses.",
        unit: "binBps",
        w,
        queries: [
            [host(rate("memory_swap_in_bytes_total")), "in"],
            [host(`-${rate("memory_swap_out_bytes_total")}`), "out"],
        ],
    });

export const swapUsed = (w: number): Panel =>
    graph({
        title: "Swap used",
        description:
            "Swap in use by device, and the size of all devices, from /proc/swaps. A full swap is no harm by itself; with little memory available it means that the OOM killer is next.",
        unit: "bytes",
        w,
        min: 0,
        stack: true,
        limits: /size/,
        queries: [
            [host("memory_swap_used_bytes"), "{{device}}"],
            [host("memory_meminfo_swap_total_bytes"), "size of all"],
        ],
    });

export const betweenWatermarks = (select: (expr: string) => string, w: number): Panel =>
    graph({
        title: "Free memory between the watermarks",
        description:
            "Where a zone's free memory is: 0 is min, below which allocations reclaim memory themselves; 1 is high, at which kswapd rests; drawn up to 4. One zone that is low is no harm while another has room, and small zones may be low for good.",
        unit: "none",
        w,
        queries: [
            [
                select(`clamp((memory_zone_free_bytes - memory_zone_watermark_min_bytes)
                                        / (memory_zone_watermark_high_bytes - memory_zone_watermark_min_bytes), -1, 4)`),
                "node {{node}} {{zone}}",
            ],
        ],
    });

export const headroom = (select: (expr: string) => string, w: number): Panel =>
    graph({
        title: "Headroom for the kernel's own allocations",
        description:
            "Free memory of a zone above its low watermark, less what it reserves from allocations that could use a higher zone (lowmem_reserve). Where every zone is below 0, kswapd works.",
        unit: "bytes",
        w,
        queries: [
            [
                select(`memory_zone_free_bytes{zone!~"HighMem|Movable|Device"} - memory_zone_watermark_low_bytes
                                        - (sum without (target_zone) (memory_zone_lowmem_reserve_bytes{target_zone="Normal"})
                                        or 0 * memory_zone_free_bytes)`),
                "node {{node}} {{zone}}",
            ],
        ],
    });

/** Of the host, or of what is chosen there. */
export const nearestToLimits = (select: (expr: string) => string, w: number): Panel =>
    graph({
        title: "Units and cgroups nearest to their limits",
        description:
            "Memory that reclaim cannot free without swap, of the lowest limit on the cgroup's path. At 1 the next allocation kills; page cache up to the limit is what limits are for and does not count.",
        unit: "percentunit",
        w,
        h: 10,
        min: 0,
        queries: [[select(topOf(10, ofLimit)), "{{cgroup}}"]],
        link: toCgroupOfSeries,
    });

export const residentGroups = (w: number, h: number, links: Link[] = []): Panel =>
    graph({
        title: "Resident memory of process groups",
        description:
            "Groups of processes with most resident memory of all kinds (VmRSS); what processes share counts for each of them.",
        unit: "bytes",
        w,
        h,
        min: 0,
        queries: [[host(top(10, "memory_process_group_resident_bytes")), "{{group}}"]],
        links,
    });

export const kills = (w: number): Panel =>
    stat({
        title: "OOM kills",
        description:
            "Processes killed by the OOM killer in the time shown, for want of memory on the host or at the limit of a cgroup (oom_kill of /proc/vmstat, 4.13 and later).",
        unit: "short",
        w,
        query: [host(times("memory_vmstat_oom_kill_total")), "kills"],
        steps: ANY,
    });

/** What is set, in words and in numbers: both are of the collector vm_settings. */
export const modes = (title: string, what: string, below: string, w: number): Panel =>
    table({
        title,
        description: `How ${what} is set, now: the word that is in force in each file of the kernel. How a host differs from others of its role is in the fleet dashboard.`,
        w,
        by: ["setting", "mode"],
        columns: [{ title: "set", expr: host(`memory_vm_mode_info{setting=~"${below}/.+"}`), unit: "bool_yes_no" }],
        links: [to("fleet", "Drift of settings")],
    });

export const numbers = (title: string, what: string, names: string, w: number): Panel =>
    table({
        title,
        description: `What is set for ${what} in numbers, in base units: bytes, seconds, and shares of 1. docs/metrics.md says what each one means.`,
        w,
        by: ["__name__"],
        columns: [{ title: "value", expr: host(`{__name__=~"${names}_.+"}`), unit: "none" }],
    });

/** Counters as rates a second. */
export const perSecond = (counter: string, legend: string): Query => [host(rate(counter)), legend];
