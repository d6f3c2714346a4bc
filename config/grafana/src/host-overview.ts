// SPDX-License-Identifier: Apache-2.0
import { Page, to, toUnitOfSeries, variables } from "./lib/dashboard";
import { graph, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host as of, increase, orZero, rate, topBy } from "./lib/query";

const AVAILABLE =
    "Memory that can be had without swapping (MemAvailable), of all memory. It counts page cache and slab that reclaim may take, and not the ARC of ZFS.";

export const host: Page = {
    file: "host-overview",
    title: "host overview",
    description:
        "Where the memory of one host is, whether it is short, and who uses it. Needs the job of memory_exporter, and no recording rules.",
    variables: [variables.instance],
    events: true,
    rows: [
        [
            "Now",
            [
                stat({
                    title: "Available",
                    description: AVAILABLE,
                    unit: "percentunit",
                    w: 4,
                    query: [of(parts.available), "available"],
                    steps: parts.LITTLE,
                }),
                stat({
                    title: "Memory",
                    description:
                        "Usable RAM: physical memory less what the kernel's image and firmware keep (MemTotal).",
                    unit: "bytes",
                    w: 4,
                    query: [of("memory_meminfo_mem_total_bytes"), "total"],
                    steps: parts.PLAIN,
                }),
                stat({
                    title: "All tasks waited",
                    description:
                        "Share of the last minutes in which no task got on, as all of them waited for memory (pressure, full).",
                    unit: "percentunit",
                    w: 4,
                    query: [of(rate("memory_pressure_full_seconds_total")), "full"],
                    steps: parts.PRESSURE,
                }),
                stat({
                    title: "Swapped in",
                    description:
                        "Memory read back from swap per second (pswpin). What was swapped out once and is not needed does no harm; this does.",
                    unit: "binBps",
                    w: 4,
                    query: [of(rate("memory_swap_in_bytes_total")), "in"],
                    steps: parts.SWAPPED_IN,
                }),
                parts.kills(4),
                stat({
                    title: "Collectors not well",
                    description:
                        "Collectors whose last run failed or is past its deadline. Those that this host has nothing for do not count.",
                    unit: "short",
                    w: 4,
                    query: [of(parts.notWell), "collectors"],
                    steps: parts.ANY,
                    links: [to("exporter", "Exporter health")],
                }),
            ],
        ],
        [
            "Memory",
            [
                graph({
                    title: "Memory by use",
                    description:
                        "Parts that do not overlap: page cache is without shared memory, which the kernel counts as cache. What is missing up to the total is vmalloc, drivers, network buffers and the ARC of ZFS.",
                    unit: "bytes",
                    w: 12,
                    h: 10,
                    min: 0,
                    stack: true,
                    limits: /^total$/,
                    queries: [
                        [of("memory_meminfo_anon_pages_bytes"), "anonymous"],
                        [of("memory_meminfo_shmem_bytes"), "shared memory"],
                        [of(parts.hugetlb), "huge page pools"],
                        [of("memory_meminfo_slab_unreclaimable_bytes"), "slab, unreclaimable"],
                        [
                            of(`memory_meminfo_kernel_stack_bytes + memory_meminfo_page_tables_bytes
                                                                + ${orZero("memory_meminfo_percpu_bytes", "memory_meminfo_page_tables_bytes")}`),
                            "stacks, page tables, per-CPU",
                        ],
                        [of("memory_meminfo_slab_reclaimable_bytes"), "slab, reclaimable"],
                        [
                            of(
                                "memory_meminfo_cached_bytes + memory_meminfo_buffers_bytes - memory_meminfo_shmem_bytes",
                            ),
                            "page cache",
                        ],
                        [of("memory_meminfo_mem_free_bytes"), "free"],
                        [of("memory_meminfo_mem_total_bytes"), "total"],
                    ],
                }),
                graph({
                    title: "Available",
                    description: `${AVAILABLE} The least of a minute is sampled between scrapes.`,
                    unit: "percentunit",
                    w: 6,
                    h: 10,
                    min: 0,
                    max: 1,
                    limits: /least/,
                    queries: [
                        [of(parts.available), "available"],
                        [
                            of(
                                'memory_watch_available_lowest_bytes{window="1m"} / on (job, instance) group_left () memory_meminfo_mem_total_bytes',
                            ),
                            "least of 1m",
                        ],
                    ],
                }),
                parts.pressure(6),
            ],
        ],
        [
            "Reclaim and swap",
            [
                parts.swapRates(8),
                parts.swapUsed(8),
                graph({
                    title: "OOM kills",
                    description:
                        "Processes killed by the OOM killer: all of the host (oom_kill of /proc/vmstat), and the units that lost most (memory.events). A unit whose cgroup is removed at once is counted with the host alone.",
                    unit: "short",
                    w: 8,
                    min: 0,
                    bars: true,
                    links: [to("processes", "Who was killed")],
                    queries: [
                        [of(increase("memory_vmstat_oom_kill_total")), "host"],
                        [of(parts.topUnitKills(5)), "{{unit}}"],
                    ],
                }),
            ],
        ],
        ["Zones", [parts.betweenWatermarks(of, 12), parts.headroom(of, 12)]],
        [
            "Who uses it",
            [
                graph({
                    title: "Top units",
                    description:
                        "The systemd units with most memory charged to them and to what is below them, page cache included.",
                    unit: "bytes",
                    w: 8,
                    h: 10,
                    min: 0,
                    queries: [[of(topBy(10, "unit", 'memory_cgroup_current_bytes{unit!=""}')), "{{unit}}"]],
                    link: toUnitOfSeries,
                }),
                parts.nearestToLimits(of, 8),
                parts.residentGroups(8, 10, [to("processes", "Processes and OOM")]),
            ],
        ],
        [
            "Huge pages and settings",
            [
                graph({
                    title: "Huge page pools",
                    description:
                        "Pools of hugetlb pages by size: what programs have, what is promised to them, and what lies idle, which nothing else can use. Below what programs reserve, the next mmap fails.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    limits: /pool/,
                    queries: [
                        [of("memory_hugepages_pool_bytes - memory_hugepages_free_bytes"), "{{page_size}} used"],
                        [of("memory_hugepages_reserved_bytes"), "{{page_size}} promised"],
                        [of("memory_hugepages_pool_bytes"), "{{page_size}} pool"],
                    ],
                }),
                graph({
                    title: "Transparent huge pages",
                    description:
                        "Memory that the kernel has put into huge pages by itself (AnonHugePages, ShmemHugePages, FileHugePages). Few where they are enabled, with compaction at work, is memory in fragments.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    stack: true,
                    links: [to("zones", "Fragmentation")],
                    queries: [
                        [of("memory_meminfo_anon_huge_pages_bytes"), "anonymous"],
                        [of("memory_meminfo_shmem_huge_pages_bytes"), "shared memory"],
                        [of("memory_meminfo_file_huge_pages_bytes"), "page cache"],
                    ],
                }),
                table({
                    title: "Kernel settings",
                    description:
                        "What is set for memory in numbers, in base units: bytes, seconds, and shares of 1. lowmem_reserve_divisor is by zone, in the kernel's order (index). How a host differs from others of its role, and modes such as that of transparent huge pages, are in the fleet dashboard.",
                    w: 8,
                    by: ["__name__", "index"],
                    columns: [
                        {
                            title: "value",
                            expr: of('{__name__=~"memory_vm_.+",__name__!="memory_vm_mode_info"}'),
                            unit: "none",
                        },
                    ],
                    links: [to("fleet", "Drift of settings")],
                }),
            ],
        ],
        [
            "The exporter",
            [
                graph({
                    title: "Collectors that do not work",
                    description:
                        "1 where the last run failed or is past its deadline; what these serve is old or missing.",
                    unit: "none",
                    w: 6,
                    min: 0,
                    queries: [
                        [of("1 - memory_exporter_collector_success"), "{{collector}} failed"],
                        [of("memory_exporter_collector_overdue"), "{{collector}} overdue"],
                    ],
                    links: [to("exporter", "Exporter health")],
                }),
                graph({
                    title: "Age of what is served",
                    description:
                        "Time since the run began whose result was served. More than a few intervals of a collector is one that hangs.",
                    unit: "s",
                    w: 6,
                    min: 0,
                    queries: [[of("memory_exporter_collector_age_seconds"), "{{collector}}"]],
                }),
                graph({
                    title: "Duration of runs",
                    description:
                        "Time that the last run of each collector took; a scrape waits for those that run when scraped.",
                    unit: "s",
                    w: 6,
                    min: 0,
                    queries: [[of("memory_exporter_collector_duration_seconds"), "{{collector}}"]],
                }),
                graph({
                    title: "Memory of the exporter",
                    description:
                        "Resident and locked memory of the daemon itself (VmRSS, VmLck). It locks itself, so that it answers when memory is short.",
                    unit: "bytes",
                    w: 6,
                    min: 0,
                    queries: [
                        [of("memory_exporter_resident_memory_bytes"), "resident"],
                        [of("memory_exporter_locked_memory_bytes"), "locked"],
                    ],
                }),
            ],
        ],
    ],
};
