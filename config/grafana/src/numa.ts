// SPDX-License-Identifier: Apache-2.0
import { Page, to, variables } from "./lib/dashboard";
import { graph, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host, nodes as of, rate, rateOr, top } from "./lib/query";

/** Memory of a node that is in use for good: not free, and no page cache. */
const USED = `(1 - (memory_node_meminfo_mem_free_bytes + memory_node_meminfo_inactive_file_bytes
        + memory_node_meminfo_active_file_bytes) / memory_node_meminfo_mem_total_bytes)`;
const LOCAL = `${rate("memory_numa_local_pages_total")} / (${rate("memory_numa_local_pages_total")} + ${rate("memory_numa_other_pages_total")})`;

export const numa: Page = {
    file: "numa",
    title: "NUMA",
    description:
        "How memory and its use are spread over the nodes of a host, and how much of it is where it is wanted. Needs no recording rules; a host with one node has little to show.",
    variables: [variables.instance, variables.node],
    events: true,
    rows: [
        [
            "Now",
            [
                stat({
                    title: "Nodes with memory",
                    description:
                        "Nodes that have memory; nodes of CPUs alone, and of slow memory without CPUs, exist as well.",
                    unit: "short",
                    w: 6,
                    query: [host("sum(memory_numa_node_has_memory)"), "nodes"],
                    steps: parts.PLAIN,
                }),
                stat({
                    title: "Allocated locally",
                    description:
                        "Share of the pages allocated lately on the node of the CPU that asked (numa_local of all). Below 0.9 on a host with several nodes, look at placement and policies.",
                    unit: "percentunit",
                    w: 6,
                    query: [
                        host(
                            `sum(${rate("memory_numa_local_pages_total")}) / (sum(${rate("memory_numa_local_pages_total")}) + sum(${rate("memory_numa_other_pages_total")}))`,
                        ),
                        "local",
                    ],
                    steps: [
                        ["red", null],
                        ["orange", 0.8],
                        ["green", 0.9],
                    ],
                    none: "nothing allocated",
                }),
                stat({
                    title: "Least free node",
                    description:
                        "Free memory and page cache of the node that has least, of its memory. One that is full while others have room makes tasks there reclaim, or allocate far away.",
                    unit: "percentunit",
                    w: 6,
                    query: [host(`1 - max(${USED})`), "least"],
                    steps: parts.LITTLE,
                }),
                stat({
                    title: "Unevenness",
                    description:
                        "How much more of its memory the fullest node has in use than the emptiest, page cache not counted.",
                    unit: "percentunit",
                    w: 6,
                    query: [host(`max(${USED}) - min(${USED})`), "unevenness"],
                    steps: [
                        ["green", null],
                        ["orange", 0.3],
                        ["red", 0.6],
                    ],
                }),
            ],
        ],
        [
            "Where memory is",
            [
                graph({
                    title: "Free, by node",
                    description:
                        "Free memory of each node, of its memory (node's meminfo). With zone_reclaim_mode or bound tasks a full node hurts even where others are free.",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    queries: [
                        [
                            of("memory_node_meminfo_mem_free_bytes / memory_node_meminfo_mem_total_bytes"),
                            "node {{node}}",
                        ],
                    ],
                    links: [to("zones", "Zones and watermarks")],
                }),
                graph({
                    title: "Anonymous memory, by node",
                    description:
                        "Anonymous memory mapped into processes, by node (AnonPages). This is what makes one node fuller than another for good.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [[of("memory_node_meminfo_anon_pages_bytes"), "node {{node}}"]],
                }),
                graph({
                    title: "Page cache, by node",
                    description:
                        "Page cache and shared memory, by node (FilePages). It lies where it was first read; a node full of it gives it back.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [[of("memory_node_meminfo_file_pages_bytes"), "node {{node}}"]],
                }),
            ],
        ],
        [
            "Whether it is where it is wanted",
            [
                graph({
                    title: "Allocated locally",
                    description:
                        "Share of pages of a node that CPUs of the node itself asked for (numa_local of numa_local and numa_other).",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    max: 1,
                    queries: [[of(LOCAL), "node {{node}}"]],
                }),
                graph({
                    title: "Misplaced allocations",
                    description:
                        "Pages a second that a node gave although another was wanted (numa_miss), and that wanted the node and were served elsewhere (numa_foreign, below the line). They rise when a node is full.",
                    unit: "ops",
                    w: 8,
                    queries: [
                        [of(rate("memory_numa_miss_pages_total")), "node {{node}} missed"],
                        [of(`-${rate("memory_numa_foreign_pages_total")}`), "node {{node}} foreign"],
                    ],
                }),
                graph({
                    title: "Interleaved allocations",
                    description:
                        "Pages a second served by the node that an interleaving policy wanted (interleave_hit), as databases ask for.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [[of(rate("memory_numa_interleave_hit_pages_total")), "node {{node}}"]],
                }),
                graph({
                    title: "NUMA balancing",
                    description:
                        "Faults a second that the kernel caused to learn who uses a page (numa_hint_faults), those of them that were local, and pages moved. Much movement with little gain is a host whose tasks wander.",
                    unit: "ops",
                    w: 12,
                    min: 0,
                    queries: [
                        [host(rate("memory_vmstat_numa_hint_faults_total")), "hint faults"],
                        [host(rate("memory_vmstat_numa_hint_faults_local_total")), "local ones"],
                        [host(rate("memory_vmstat_numa_pages_migrated_total")), "pages moved"],
                    ],
                }),
                graph({
                    title: "Refaults, by node",
                    description:
                        "Pages a second of page cache that were needed again soon after reclaim took them (workingset_refault_file; before 5.9 of all kinds). On one node alone: tasks there are bound to too little memory.",
                    unit: "ops",
                    w: 12,
                    min: 0,
                    queries: [
                        [
                            of(
                                rateOr(
                                    "memory_node_vmstat_workingset_refault_file_pages_total",
                                    "memory_node_vmstat_workingset_refault_pages_total",
                                ),
                            ),
                            "node {{node}}",
                        ],
                    ],
                }),
            ],
        ],
        [
            "Pools and units",
            [
                graph({
                    title: "Huge page pools, by node",
                    description:
                        "Pools of hugetlb pages of each node and what of them is free. A program that is bound to a node finds only that node's.",
                    unit: "bytes",
                    w: 12,
                    min: 0,
                    limits: /pool/,
                    queries: [
                        [
                            of("memory_node_hugepages_pool_bytes - memory_node_hugepages_free_bytes"),
                            "node {{node}} {{page_size}} used",
                        ],
                        [of("memory_node_hugepages_pool_bytes"), "node {{node}} {{page_size}} pool"],
                    ],
                }),
                graph({
                    title: "Largest cgroups, by node",
                    description:
                        "Anonymous memory of units and containers on each node (memory.numa_stat): who fills a node. Only where the option numa_stat of the collector cgroup is on.",
                    unit: "bytes",
                    w: 12,
                    min: 0,
                    queries: [
                        [
                            of(top(10, 'memory_cgroup_numa_anon_bytes{cgroup!~"/|.*[.]slice"}')),
                            "{{cgroup}} node {{node}}",
                        ],
                    ],
                    links: [to("units", "Units and cgroups")],
                }),
                table({
                    title: "Nodes",
                    description:
                        "The nodes of the host now: CPUs, memory, and what can be had on it. A node without CPUs is slow or remote memory.",
                    w: 14,
                    by: ["node"],
                    columns: [
                        { title: "CPUs", expr: of("memory_numa_cpus"), unit: "short" },
                        { title: "memory", expr: of("memory_node_meminfo_mem_total_bytes"), unit: "bytes" },
                        { title: "free", expr: of("memory_node_meminfo_mem_free_bytes"), unit: "bytes" },
                        {
                            title: "allocated as wanted",
                            expr: of(rate("memory_numa_hit_pages_total")),
                            unit: "ops",
                        },
                        { title: "anonymous", expr: of("memory_node_meminfo_anon_pages_bytes"), unit: "bytes" },
                        { title: "page cache", expr: of("memory_node_meminfo_file_pages_bytes"), unit: "bytes" },
                        {
                            title: "unreclaimable slab",
                            expr: of("memory_node_meminfo_slab_unreclaimable_bytes"),
                            unit: "bytes",
                        },
                    ],
                }),
                table({
                    title: "Distances",
                    description:
                        "How far the memory of one node is from the CPUs of another, as the firmware says: 10 is local, 20 takes twice as long.",
                    w: 10,
                    by: ["node", "to_node"],
                    columns: [{ title: "distance", expr: of("memory_numa_distance"), unit: "none" }],
                }),
            ],
        ],
    ],
};
