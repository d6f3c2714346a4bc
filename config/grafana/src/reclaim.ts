// SPDX-License-Identifier: Apache-2.0
import { Page, to, variables } from "./lib/dashboard";
import { graph, heatmap, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host as of, increase, rate, rateOr } from "./lib/query";

const { scanned, stolen } = parts;
const moments = (histogram: string): string => of(`sum by (le) (${increase(`${histogram}_bucket`)})`);

export const reclaim: Page = {
    file: "reclaim",
    title: "reclaim and swap",
    description:
        "What the kernel does to get free memory, what that costs, and what comes back from disk because it was taken too soon. Needs no recording rules.",
    variables: [variables.instance],
    events: true,
    rows: [
        [
            "Now",
            [
                stat({
                    title: "Direct reclaim stalls",
                    description:
                        "Times a second that a task had to reclaim memory itself before it got a page (allocstall of all zones). Steadily above 0 is latency that programs see.",
                    unit: "ops",
                    w: 4,
                    query: [of(parts.stalls), "stalls"],
                    steps: [
                        ["green", null],
                        ["orange", 1],
                        ["red", 50],
                    ],
                }),
                stat({
                    title: "Efficiency",
                    description:
                        "Pages freed of those that reclaim looked at (pgsteal of pgscan). Low is a working set that does not fit, or nothing to write dirty pages to fast enough.",
                    unit: "percentunit",
                    w: 4,
                    query: [
                        of(`(${stolen.kswapd} + ${stolen.direct}) / ((${scanned.kswapd} + ${scanned.direct}) > 0)`),
                        "efficiency",
                    ],
                    steps: [
                        ["red", null],
                        ["orange", 0.3],
                        ["green", 0.6],
                    ],
                    none: "no reclaim",
                }),
                stat({
                    title: "Swapped in",
                    description:
                        "Memory read back from swap per second, the fastest within a minute, sampled (pswpin).",
                    unit: "binBps",
                    w: 4,
                    query: [of('memory_watch_swap_in_highest_bytes_per_second{window="1m"}'), "in"],
                    steps: parts.SWAPPED_IN,
                }),
                stat({
                    title: "Refaults of page cache",
                    description:
                        "Pages a second read back soon after reclaim took them (workingset_refault_file; before 5.9 of all kinds): the misses of the page cache.",
                    unit: "ops",
                    w: 4,
                    query: [of(parts.refaultsOfCache), "refaults"],
                    steps: [
                        ["green", null],
                        ["orange", 1000],
                        ["red", 10000],
                    ],
                }),
                stat({
                    title: "All tasks waited",
                    description:
                        "Highest share of a second within a minute in which no task got on, as all of them waited for memory (pressure, full), sampled.",
                    unit: "percentunit",
                    w: 4,
                    query: [of('memory_watch_pressure_full_highest_ratio{window="1m"}'), "full"],
                    steps: parts.PRESSURE,
                }),
                stat({
                    title: "Swap free",
                    description:
                        "Swap that is not in use, of all swap. Without any, anonymous memory cannot be reclaimed.",
                    unit: "percentunit",
                    w: 4,
                    query: [of("memory_meminfo_swap_free_bytes / (memory_meminfo_swap_total_bytes > 0)"), "free"],
                    steps: parts.LITTLE,
                    none: "no swap",
                }),
            ],
        ],
        [
            "Reclaim",
            [
                graph({
                    title: "Pages scanned",
                    description:
                        "Pages a second that reclaim looked at, by who did it (pgscan). kswapd is the background's work; direct is tasks that wait; proactive is asked for by user space.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [
                        [of(scanned.kswapd), "kswapd"],
                        [of(scanned.direct), "direct"],
                        [of(rate("memory_vmstat_pgscan_khugepaged_pages_total")), "khugepaged"],
                        [of(rate("memory_vmstat_pgscan_proactive_pages_total")), "proactive"],
                    ],
                }),
                graph({
                    title: "Pages freed",
                    description:
                        "Pages a second that reclaim freed, by who did it (pgsteal). Much less than was scanned is work for nothing.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [
                        [of(stolen.kswapd), "kswapd"],
                        [of(stolen.direct), "direct"],
                        [of(rate("memory_vmstat_pgsteal_khugepaged_pages_total")), "khugepaged"],
                        [of(rate("memory_vmstat_pgsteal_proactive_pages_total")), "proactive"],
                    ],
                }),
                graph({
                    title: "Direct reclaim stalls",
                    description:
                        "Times a second that a task had to reclaim memory itself (allocstall), or to wait for kswapd in that (pgscan_direct_throttle). Each is a pause of a program of up to many milliseconds.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [
                        [of(parts.stalls), "stalls"],
                        [of(rate("memory_vmstat_pgscan_direct_throttle_total")), "throttled"],
                    ],
                    links: [to("zones", "Zones and watermarks")],
                }),
                graph({
                    title: "Scanned, by kind",
                    description:
                        "Pages a second that reclaim looked at, anonymous and of page cache (5.9 and later). Their balance follows swappiness and what was refaulted.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [
                        [of(rate("memory_vmstat_pgscan_anon_pages_total")), "anonymous"],
                        [of(rate("memory_vmstat_pgscan_file_pages_total")), "page cache"],
                    ],
                }),
                graph({
                    title: "Refaults",
                    description:
                        "Pages a second that were needed again soon after reclaim took them (workingset_refault), and those that had been in active use (workingset_restore). Refaults of page cache are its misses; restored ones are thrashing.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [
                        [of(parts.refaultsOfCache), "page cache"],
                        [of(rate("memory_vmstat_workingset_refault_anon_pages_total")), "anonymous"],
                        [
                            of(
                                rateOr(
                                    "memory_vmstat_workingset_restore_file_pages_total",
                                    "memory_vmstat_workingset_restore_pages_total",
                                ),
                            ),
                            "page cache, was in active use",
                        ],
                        [of(rate("memory_vmstat_workingset_restore_anon_pages_total")), "anonymous, was in active use"],
                    ],
                }),
                graph({
                    title: "kswapd",
                    description:
                        "Times a second that kswapd set out to balance a node (pageoutrun), and that it had to be up again at once (low and high_wmark_hit_quickly): then the watermarks are too near to each other for what is allocated.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [
                        [of(rate("memory_vmstat_pageoutrun_total")), "runs"],
                        [of(rate("memory_vmstat_kswapd_low_wmark_hit_quickly_total")), "low again at once"],
                        [of(rate("memory_vmstat_kswapd_high_wmark_hit_quickly_total")), "below high again at once"],
                    ],
                }),
            ],
        ],
        [
            "Pressure",
            [
                parts.pressure(8),
                graph({
                    title: "Moments of stall",
                    description:
                        "Times that stall reached a threshold within its window, as the kernel itself told the exporter (PSI triggers): a share of 2 s, or what is configured. No scrape is too slow to see them.",
                    unit: "short",
                    w: 8,
                    min: 0,
                    bars: true,
                    queries: [[of(increase("memory_pressure_events_total")), "{{threshold}}"]],
                }),
                graph({
                    title: "Page faults",
                    description:
                        "Page faults a second (pgfault), and those that had to wait for a disk or for swap (pgmajfault). Major ones rise when programs start and when memory is short.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [
                        [of(rate("memory_vmstat_pgfault_total")), "all"],
                        [of(rate("memory_vmstat_pgmajfault_total")), "major"],
                    ],
                }),
                heatmap({
                    title: "Moments by share of time that some task waited",
                    description:
                        "How much pressure (some) there was from moment to moment, many a second, sampled: a dark band high up is short and heavy stalls that averages hide.",
                    unit: "percentunit",
                    w: 12,
                    query: moments("memory_watch_pressure_some_ratio"),
                }),
                heatmap({
                    title: "Moments by speed of swapping in",
                    description:
                        "How fast memory came back from swap from moment to moment, many a second, sampled. Bursts at the speed of the disk are programs that stand still.",
                    unit: "binBps",
                    w: 12,
                    query: moments("memory_watch_swap_in_bytes_per_second"),
                }),
            ],
        ],
        [
            "Swap and writing",
            [
                parts.swapRates(8),
                parts.swapUsed(8),
                graph({
                    title: "Fastest swapping",
                    description:
                        "Fastest that memory was read from swap and written to it within a minute, sampled: what a rate over minutes makes look small.",
                    unit: "binBps",
                    w: 8,
                    min: 0,
                    queries: [
                        [of('memory_watch_swap_in_highest_bytes_per_second{window="1m"}'), "in"],
                        [of('memory_watch_swap_out_highest_bytes_per_second{window="1m"}'), "out"],
                    ],
                }),
                graph({
                    title: "Compressed and cached swap",
                    description:
                        "Memory that zswap's compressed pages take (Zswap), what they were before (Zswapped), and what is both in RAM and in swap (SwapCached).",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: [
                        [of("memory_meminfo_zswap_bytes"), "zswap takes"],
                        [of("memory_meminfo_zswapped_bytes"), "zswap holds"],
                        [of("memory_meminfo_swap_cached_bytes"), "in RAM and swap"],
                    ],
                }),
                graph({
                    title: "Dirty memory",
                    description:
                        "Memory that waits to be written and that is being written, and where writers have to wait (nr_dirty_threshold). Reclaim cannot free it before it is written.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    limits: /threshold/,
                    queries: [
                        [of("memory_meminfo_dirty_bytes"), "dirty"],
                        [of("memory_meminfo_writeback_bytes"), "being written"],
                        [of("memory_vmstat_dirty_background_threshold_bytes"), "background threshold"],
                        [of("memory_vmstat_dirty_threshold_bytes"), "threshold"],
                    ],
                }),
                graph({
                    title: "Promised memory",
                    description:
                        "Memory promised to programs (Committed_AS) and the limit that holds with overcommit_memory 2 (CommitLimit). Near it there, allocations fail; with other modes it tells what programs could come to use.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    limits: /limit/,
                    queries: [
                        [of("memory_meminfo_committed_as_bytes"), "promised"],
                        [of("memory_meminfo_commit_limit_bytes"), "limit"],
                    ],
                }),
            ],
        ],
        [
            "What there is to reclaim",
            [
                graph({
                    title: "Active and inactive",
                    description:
                        "Memory on the lists of reclaim: in use of late (active), first to go (inactive), of anonymous memory and of files, and what may not be reclaimed (unevictable: locked, and ramfs). Little inactive is a working set that fills the host.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [
                        [of("memory_meminfo_active_anon_bytes"), "anonymous, active"],
                        [of("memory_meminfo_inactive_anon_bytes"), "anonymous, inactive"],
                        [of("memory_meminfo_active_file_bytes"), "files, active"],
                        [of("memory_meminfo_inactive_file_bytes"), "files, inactive"],
                        [of("memory_meminfo_unevictable_bytes"), "unevictable"],
                    ],
                }),
                graph({
                    title: "Read and written",
                    description:
                        "Data read from block devices, swap included, and written to them (below the line), per second (pgpgin, pgpgout). Reading that rises with refaults is page cache read again.",
                    unit: "binBps",
                    w: 8,
                    queries: [
                        parts.perSecond("memory_vmstat_pgpgin_bytes_total", "read"),
                        [of(`-${rate("memory_vmstat_pgpgout_bytes_total")}`), "written"],
                    ],
                }),
                table({
                    title: "Swap devices",
                    description:
                        "The swap devices and files of the host, now, as swapon shows them: the highest priority is filled first, those of one priority in turn.",
                    w: 8,
                    by: ["device"],
                    none: "no swap",
                    columns: [
                        { title: "size", expr: of("memory_swap_size_bytes"), unit: "bytes" },
                        { title: "used", expr: of("memory_swap_used_bytes"), unit: "bytes" },
                        { title: "priority", expr: of("memory_swap_priority"), unit: "none" },
                    ],
                    links: [to("compressed", "Merged and compressed memory")],
                }),
            ],
        ],
    ],
};
