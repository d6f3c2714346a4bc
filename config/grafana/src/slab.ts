// SPDX-License-Identifier: Apache-2.0
import { Page, to, variables } from "./lib/dashboard";
import { graph, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host as of, orZero, rate, top, topOf } from "./lib/query";

export const slab: Page = {
    file: "slab",
    title: "slab and kernel",
    description:
        "Memory that the kernel holds for itself: slab caches one by one, stacks, page tables, per-CPU memory, and the ARC of ZFS. Needs no recording rules; slab caches need the right to read /proc/slabinfo.",
    variables: [variables.instance],
    events: true,
    rows: [
        [
            "Now",
            [
                stat({
                    title: "Unreclaimable slab",
                    description:
                        "Slab memory that reclaim cannot take (SUnreclaim), of all memory. Above a tenth, or climbing for days, something in the kernel leaks or has too many objects.",
                    unit: "percentunit",
                    w: 6,
                    query: [
                        of("memory_meminfo_slab_unreclaimable_bytes / memory_meminfo_mem_total_bytes"),
                        "unreclaimable",
                    ],
                    steps: [
                        ["green", null],
                        ["orange", 0.1],
                        ["red", 0.25],
                    ],
                }),
                stat({
                    title: "Reclaimable slab",
                    description:
                        "Slab memory that reclaim may take, such as dentries and inodes (SReclaimable), of all memory. It counts as available, and is slower to get than page cache.",
                    unit: "percentunit",
                    w: 6,
                    query: [
                        of("memory_meminfo_slab_reclaimable_bytes / memory_meminfo_mem_total_bytes"),
                        "reclaimable",
                    ],
                    steps: parts.PLAIN,
                }),
                stat({
                    title: "Slab caches",
                    description: "Slab caches of the kernel; those shown one by one are the largest.",
                    unit: "short",
                    w: 6,
                    query: [of("memory_slab_caches"), "caches"],
                    steps: parts.PLAIN,
                }),
                stat({
                    title: "ARC would give back",
                    description:
                        "What the ARC of ZFS holds above its minimum and would give back when memory is short. MemAvailable does not count it.",
                    unit: "bytes",
                    w: 6,
                    query: [of("memory_arc_shrinkable_bytes"), "shrinkable"],
                    steps: parts.PLAIN,
                    none: "no ZFS",
                }),
            ],
        ],
        [
            "Slab",
            [
                graph({
                    title: "Largest caches",
                    description:
                        "Memory of the slab caches that take most (pages of their slabs, /proc/slabinfo). dentry and inode caches are file system metadata and shrink; others that climb without end leak.",
                    unit: "bytes",
                    w: 12,
                    h: 10,
                    min: 0,
                    queries: [[of(top(10, "memory_slab_bytes")), "{{cache}}"]],
                }),
                graph({
                    title: "Growth over an hour",
                    description:
                        "Memory that slab caches gained or lost per second, as the slope through an hour. A steady slope for many hours, in one cache, is a leak.",
                    unit: "binBps",
                    w: 12,
                    h: 10,
                    queries: [[of(topOf(10, "deriv(memory_slab_bytes[1h])")), "{{cache}}"]],
                }),
                graph({
                    title: "Reclaimable and not",
                    description: "Slab memory that reclaim may take (SReclaimable) and that it cannot (SUnreclaim).",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [
                        [of("memory_meminfo_slab_unreclaimable_bytes"), "unreclaimable"],
                        [of("memory_meminfo_slab_reclaimable_bytes"), "reclaimable"],
                    ],
                }),
                graph({
                    title: "Allocated for nothing",
                    description:
                        "Memory of objects that the largest caches have room for and that are not in use: slabs kept for a few objects each. It can come back only when a slab is empty.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    queries: [
                        [
                            of(
                                topOf(
                                    10,
                                    "(memory_slab_objects - memory_slab_active_objects) * memory_slab_object_size_bytes",
                                ),
                            ),
                            "{{cache}}",
                        ],
                    ],
                }),
                graph({
                    title: "Shrinkers",
                    description:
                        "Objects a second that the shrinkers of slab caches looked at (slabs_scanned), and inodes' pages freed with them. High for long is metadata that does not fit.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [
                        [of(rate("memory_vmstat_slabs_scanned_total")), "objects scanned"],
                        [of(rate("memory_vmstat_kswapd_inodesteal_pages_total")), "pages with inodes, kswapd"],
                        [of(rate("memory_vmstat_pginodesteal_pages_total")), "pages with inodes, direct"],
                    ],
                    links: [to("reclaim", "Reclaim and swap")],
                }),
            ],
        ],
        [
            "Other memory of the kernel",
            [
                graph({
                    title: "Kernel memory by use",
                    description:
                        "What the kernel holds beside slab: stacks and page tables of processes, per-CPU memory, vmalloc. Stacks climb with threads, page tables with what processes map.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [
                        [of("memory_meminfo_kernel_stack_bytes"), "stacks"],
                        [of("memory_meminfo_page_tables_bytes"), "page tables"],
                        [of("memory_meminfo_percpu_bytes"), "per-CPU"],
                        [of("memory_meminfo_vmalloc_used_bytes"), "vmalloc, with stacks"],
                    ],
                }),
                graph({
                    title: "Accounted for by nothing",
                    description:
                        "All memory less every part that the kernel names: what drivers, network buffers and firmware interfaces allocate straight from the page allocator, and the ARC of ZFS. A steady climb is a driver that leaks.",
                    unit: "bytes",
                    w: 8,
                    queries: [
                        [
                            of(`memory_meminfo_mem_total_bytes - memory_meminfo_mem_free_bytes - memory_meminfo_anon_pages_bytes
                                                                - memory_meminfo_cached_bytes - memory_meminfo_buffers_bytes - ${orZero("memory_meminfo_swap_cached_bytes", "memory_meminfo_mem_total_bytes")}
                                                                - memory_meminfo_slab_bytes - memory_meminfo_kernel_stack_bytes - memory_meminfo_page_tables_bytes
                                                                - ${orZero("memory_meminfo_percpu_bytes", "memory_meminfo_mem_total_bytes")}
                                                                - (${parts.hugetlb} or 0 * memory_meminfo_mem_total_bytes)`),
                            "unaccounted",
                        ],
                    ],
                }),
                graph({
                    title: "ARC of ZFS",
                    description:
                        "Size of the ARC, the size it aims at, and the least and most it may have. The kernel counts it as memory in use, not as page cache; it shrinks under pressure, late.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    limits: /least|most/,
                    queries: [
                        [of("memory_arc_size_bytes"), "size"],
                        [of("memory_arc_target_bytes"), "target"],
                        [of("memory_arc_target_min_bytes"), "least"],
                        [of("memory_arc_target_max_bytes"), "most"],
                    ],
                }),
                table({
                    title: "Caches",
                    description:
                        "The slab caches that are shown one by one, now: memory, objects and how large one is.",
                    w: 24,
                    h: 12,
                    by: ["cache"],
                    sort: "memory",
                    columns: [
                        { title: "memory", expr: of("memory_slab_bytes"), unit: "bytes" },
                        { title: "objects in use", expr: of("memory_slab_active_objects"), unit: "short" },
                        { title: "objects", expr: of("memory_slab_objects"), unit: "short" },
                        { title: "one object", expr: of("memory_slab_object_size_bytes"), unit: "bytes" },
                    ],
                }),
            ],
        ],
    ],
};
