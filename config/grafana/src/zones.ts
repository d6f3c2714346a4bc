// SPDX-License-Identifier: Apache-2.0
import { Page, to, variables } from "./lib/dashboard";
import { graph, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host, increase, rate, times, zones as of } from "./lib/query";

const LEVELS = ["min", "low", "high"] as const;
const SAMPLED = "Sampled many times a second between scrapes, so that what lasts less than a scrape is seen as well.";
/** The order of a huge page on x86 and of a PMD on arm64 with 4 KiB pages. */
const HUGE = 'order="9"';

export const zones: Page = {
    file: "zones",
    title: "zones and watermarks",
    description:
        "Free memory of each zone against its watermarks, breaches between scrapes, and whether what is free is in pieces. Needs no recording rules.",
    variables: [variables.instance, variables.node, variables.zone],
    events: true,
    rows: [
        [
            "Now",
            [
                stat({
                    title: "Least headroom over min",
                    description:
                        "The least that free memory of a zone is above its min watermark now, of the zone's managed memory. Below 0 allocations that could use only this zone reclaim memory themselves.",
                    unit: "percentunit",
                    w: 4,
                    query: [
                        of(
                            "min((memory_zone_free_bytes - memory_zone_watermark_min_bytes) / memory_zone_managed_bytes)",
                        ),
                        "over min",
                    ],
                    steps: [
                        ["red", null],
                        ["orange", 0.001],
                        ["green", 0.005],
                    ],
                }),
                stat({
                    title: "Breaches of min",
                    description: `Times in the time shown that free memory of a zone fell below the min watermark. ${SAMPLED} Some are how the kernel works under load; hundreds an hour are direct reclaim.`,
                    unit: "short",
                    w: 4,
                    query: [of(times("memory_zone_watermark_min_breaches_total", "sum")), "breaches"],
                    steps: [
                        ["green", null],
                        ["orange", 1],
                        ["red", 100],
                    ],
                }),
                stat({
                    title: "Zones below low",
                    description:
                        "Zones whose free memory is below the low watermark now: kswapd is awake for them. Small zones may be there for good.",
                    unit: "short",
                    w: 4,
                    query: [of("sum(memory_zone_free_bytes < bool memory_zone_watermark_low_bytes)"), "zones"],
                    steps: [
                        ["green", null],
                        ["orange", 1],
                    ],
                }),
                stat({
                    title: "Given up on",
                    description:
                        "Nodes on which kswapd has given up, as reclaim freed nothing many times over (kswapd_failures): only direct reclaim is left there.",
                    unit: "short",
                    w: 4,
                    query: [of("sum(max by (node) (memory_zone_node_unreclaimable) > bool 0)"), "nodes"],
                    steps: parts.ANY,
                }),
                stat({
                    title: "min_free_kbytes",
                    description:
                        "What all min watermarks together keep free for atomic allocations and reclaim itself. Too little lets bursts of network traffic fail; too much is memory nobody may use.",
                    unit: "bytes",
                    w: 4,
                    query: [host("memory_vm_min_free_bytes"), "min free"],
                    steps: parts.PLAIN,
                }),
                stat({
                    title: "watermark_scale_factor",
                    description:
                        "Distance between the watermarks, of a zone's memory. The greater it is, the earlier kswapd wakes and the more it frees before bursts reach min; the price is as much memory kept free.",
                    unit: "percentunit",
                    w: 4,
                    query: [host("memory_vm_watermark_scale_ratio"), "scale"],
                    steps: parts.PLAIN,
                }),
            ],
        ],
        [
            "Free memory",
            [
                parts.betweenWatermarks(of, 12),
                parts.headroom(of, 12),
                graph({
                    title: "Free memory and watermarks",
                    description:
                        "Free memory of each zone and where its watermarks are, in bytes (/proc/zoneinfo). Choose a node and a zone for a picture that can be read. Watermarks that jump are boosted against fragmentation.",
                    unit: "bytes",
                    w: 12,
                    h: 10,
                    min: 0,
                    limits: /(min|low|high)$/,
                    queries: [
                        [of("memory_zone_free_bytes"), "node {{node}} {{zone}} free"],
                        ...LEVELS.map((l): [string, string] => [
                            of(`memory_zone_watermark_${l}_bytes`),
                            `node {{node}} {{zone}} ${l}`,
                        ]),
                    ],
                }),
                graph({
                    title: "What is in the zones",
                    description:
                        "Managed memory of the zones by use: free, on the lists that reclaim works on, and the rest, which is the kernel's and huge page pools. A zone that is all rest cannot be helped by reclaim.",
                    unit: "bytes",
                    w: 12,
                    h: 10,
                    min: 0,
                    stack: true,
                    limits: /^managed$/,
                    queries: [
                        ...["active_anon", "inactive_anon", "active_file", "inactive_file", "unevictable", "free"].map(
                            (part): [string, string] => [of(`sum(memory_zone_${part}_bytes)`), part.replace("_", " ")],
                        ),
                        [of("sum(memory_zone_managed_bytes)"), "managed"],
                    ],
                }),
            ],
        ],
        [
            "Breaches, seen between scrapes",
            [
                graph({
                    title: "Breaches",
                    description: `Times that free memory fell below a watermark. ${SAMPLED} Below low is kswapd at its work; below min tasks wait.`,
                    unit: "short",
                    w: 8,
                    min: 0,
                    bars: true,
                    queries: LEVELS.map((l): [string, string] => [
                        of(increase(`memory_zone_watermark_${l}_breaches_total`)),
                        `${l} node {{node}} {{zone}}`,
                    ]),
                    links: [to("reclaim", "What reclaim does")],
                }),
                graph({
                    title: "Time below watermarks",
                    description: `Share of time that free memory was below a watermark. ${SAMPLED} Any steady share below min is worth raising min_free_kbytes or watermark_scale_factor for.`,
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    queries: LEVELS.map((l): [string, string] => [
                        of(rate(`memory_zone_watermark_${l}_below_seconds_total`)),
                        `${l} node {{node}} {{zone}}`,
                    ]),
                }),
                graph({
                    title: "Deepest shortfall",
                    description: `Most that free memory was below a watermark within a minute, 0 if never. ${SAMPLED} What is as deep as min itself was a zone without a free page.`,
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: LEVELS.map((l): [string, string] => [
                        of(`memory_zone_watermark_${l}_deepest_shortfall_bytes{window="1m"}`),
                        `${l} node {{node}} {{zone}}`,
                    ]),
                }),
            ],
        ],
        [
            "Fragmentation",
            [
                graph({
                    title: "Free, but not for a huge page",
                    description:
                        "Share of a zone's free memory that lies in blocks too small for an allocation of order 9, 2 MiB on x86 (from /proc/buddyinfo). Near 1 huge pages need compaction; below order 4 it is what network drivers wait for.",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    max: 1,
                    queries: [
                        [of(`memory_buddy_unusable_free_ratio{${HUGE}}`), "node {{node}} {{zone}}"],
                        [of('memory_buddy_unusable_free_ratio{order="3"}'), "order 3 node {{node}} {{zone}}"],
                    ],
                }),
                graph({
                    title: "Free memory by size of block",
                    description:
                        "Free memory of the chosen zones in blocks of each order: 2 to its power in pages (/proc/buddyinfo). Large blocks that melt into small ones is fragmentation at work.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [[of("sum by (order) (memory_buddy_free_bytes)"), "order {{order}}"]],
                }),
                graph({
                    title: "Why a huge page would fail",
                    description:
                        "The fragmentation index of order 9: towards 0 an allocation would fail for want of memory, towards 1 for fragments, where compaction helps; -1 is that it would not fail.",
                    unit: "none",
                    w: 8,
                    queries: [[of(`memory_buddy_fragmentation_index{${HUGE}}`), "node {{node}} {{zone}}"]],
                }),
                graph({
                    title: "Allocations that failed",
                    description:
                        "Allocations in the kernel that failed, as far as its log tells of them (page allocation failure; one in ten seconds at most), by how many pages were asked for in one piece, as a power of 2. Order 0: the reserve was empty; 4 and more: memory is in fragments.",
                    unit: "short",
                    w: 6,
                    min: 0,
                    bars: true,
                    queries: [[host(increase("memory_page_allocation_failures_logged_total")), "order {{orders}}"]],
                }),
                graph({
                    title: "Compaction",
                    description:
                        "Times a second that a task had to compact memory itself (compact_stall) and how it ended, and that kcompactd was woken. Stalls that fail are time lost for nothing.",
                    unit: "ops",
                    w: 6,
                    min: 0,
                    queries: [
                        [host(rate("memory_vmstat_compact_stall_total")), "stalls"],
                        [host(rate("memory_vmstat_compact_success_total")), "succeeded"],
                        [host(rate("memory_vmstat_compact_fail_total")), "failed"],
                        [host(rate("memory_vmstat_compact_daemon_wake_total")), "kcompactd woken"],
                    ],
                }),
                graph({
                    title: "Huge pages at page faults",
                    description:
                        "Page faults a second that got a transparent huge page (thp_fault_alloc), and that wanted one and fell back to small pages (thp_fault_fallback). Many fallbacks are fragmentation or a cgroup at its limit.",
                    unit: "ops",
                    w: 6,
                    min: 0,
                    queries: [
                        [host(rate("memory_vmstat_thp_fault_alloc_total")), "got one"],
                        [host(rate("memory_vmstat_thp_fault_fallback_total")), "fell back"],
                    ],
                }),
                graph({
                    title: "Boost of the watermarks",
                    description:
                        "Memory by which watermarks are raised for a while, so that reclaim makes room where an allocation had to take a block of another kind (watermark_boost_factor, 5.0 and later).",
                    unit: "bytes",
                    w: 6,
                    min: 0,
                    queries: [[of("memory_zone_watermark_boost_bytes"), "node {{node}} {{zone}}"]],
                }),
            ],
        ],
        [
            "All zones",
            [
                table({
                    title: "Zones",
                    description:
                        "Every zone of the host that has memory, its free memory and watermarks now. A zone's min is its part of min_free_kbytes, by its managed memory.",
                    w: 24,
                    by: ["node", "zone"],
                    columns: [
                        { title: "managed", expr: of("memory_zone_managed_bytes"), unit: "bytes" },
                        { title: "free", expr: of("memory_zone_free_bytes"), unit: "bytes" },
                        ...LEVELS.map((l) => ({
                            title: l,
                            expr: of(`memory_zone_watermark_${l}_bytes`),
                            unit: "bytes",
                        })),
                        {
                            title: "reserved from Normal",
                            expr: of('memory_zone_lowmem_reserve_bytes{target_zone="Normal"}'),
                            unit: "bytes",
                        },
                        { title: "contiguous (CMA)", expr: of("memory_zone_cma_bytes"), unit: "bytes" },
                        {
                            title: "breaches of min",
                            expr: of(times("memory_zone_watermark_min_breaches_total")),
                            unit: "short",
                        },
                    ],
                }),
            ],
        ],
    ],
};
