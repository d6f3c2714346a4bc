// SPDX-License-Identifier: Apache-2.0
import { Page, to, variables } from "./lib/dashboard";
import { graph, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host as of, rate, top, topOf } from "./lib/query";

/** The share of accesses to the ARC that were hits. */
const found = (kind: string): string => {
    const hits = rate(`memory_arc_${kind}hits_total`);
    return `${hits} / (${hits} + ${rate(`memory_arc_${kind}misses_total`)})`;
};

export const slab: Page = {
    file: "slab",
    title: "slab and kernel",
    description:
        "Memory that the kernel holds for itself: slab caches one by one, stacks, page tables, per-CPU memory, vmalloc, and the ARC of ZFS. Needs no recording rules; slab caches need the right to read /proc/slabinfo.",
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
                    title: "The kernel's memory, and what is named by nothing",
                    description:
                        "All memory that the kernel takes for itself, and the part of it that no counter names: what drivers, network buffers and firmware interfaces allocate page by page, and the ARC of ZFS. A steady climb of that is a driver that leaks.",
                    unit: "bytes",
                    w: 8,
                    queries: [
                        [of("memory_kernel_used_bytes"), "all of the kernel's"],
                        [of("memory_kernel_unaccounted_bytes"), "named by nothing"],
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
        [
            "ARC of ZFS",
            [
                graph({
                    title: "What the ARC is made of",
                    description:
                        "Parts of the ARC (arcstats): buffers of file data and of metadata, and what it needs to keep track of them. Much metadata is directories and small files.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [
                        [of("memory_arc_data_size_bytes"), "data"],
                        [of("memory_arc_metadata_size_bytes"), "metadata"],
                        [of("memory_arc_headers_size_bytes"), "headers"],
                        [of("memory_arc_dbuf_size_bytes"), "dbufs"],
                        [of("memory_arc_dnode_size_bytes"), "dnodes"],
                        [of("memory_arc_bonus_size_bytes"), "bonus buffers"],
                    ],
                }),
                graph({
                    title: "Found in the ARC",
                    description:
                        "Share of the accesses that found their block in the ARC (hits), of all and of those that programs wait for (demand). A fall when memory is short is an ARC that had to shrink.",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    max: 1,
                    queries: [
                        [of(found("")), "all"],
                        [of(found("demand_data_")), "data, demand"],
                        [of(found("demand_metadata_")), "metadata, demand"],
                    ],
                }),
                graph({
                    title: "The ARC under pressure",
                    description:
                        "Times a second that writers waited for the ARC to shrink (memory_throttle_count), and that tasks or kswapd asked it to. With MemAvailable low it does give back, later than page cache does.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [
                        parts.perSecond("memory_arc_throttled_total", "writers waited"),
                        parts.perSecond("memory_arc_direct_reclaims_total", "asked by tasks"),
                        parts.perSecond("memory_arc_kswapd_reclaims_total", "asked by kswapd"),
                    ],
                    links: [to("reclaim", "Reclaim and swap")],
                }),
            ],
        ],
        [
            "vmalloc and kinds of pages (off by default)",
            [
                graph({
                    title: "vmalloc, by caller",
                    description:
                        "Memory of the functions of the kernel that hold most of vmalloc (/proc/vmallocinfo): modules, file systems and BPF maps among them. One that climbs for days leaks. Needs the option vmallocinfo of the collector kernel_memory, and root.",
                    unit: "bytes",
                    w: 12,
                    h: 10,
                    min: 0,
                    queries: [[of(top(10, "memory_vmalloc_caller_allocated_bytes")), "{{caller}}"]],
                }),
                graph({
                    title: "vmalloc, by kind",
                    description:
                        "Memory that areas of vmalloc hold, by kind (/proc/vmallocinfo); ioremap maps devices and takes none. Needs the option vmallocinfo of the collector kernel_memory, and root.",
                    unit: "bytes",
                    w: 6,
                    h: 10,
                    min: 0,
                    stack: true,
                    queries: [[of("memory_vmalloc_allocated_bytes"), "{{kind}}"]],
                }),
                graph({
                    title: "Address space of vmalloc",
                    description:
                        "Addresses that the areas of vmalloc take, by kind. On 32 bits they are scarce; unpurged ones are free, and wait for the next purge. Needs the option vmallocinfo of the collector kernel_memory, and root.",
                    unit: "bytes",
                    w: 6,
                    h: 10,
                    min: 0,
                    stack: true,
                    queries: [[of("memory_vmalloc_area_bytes"), "{{kind}}"]],
                }),
                graph({
                    title: "Free memory, by kind of page",
                    description:
                        "Free memory by what it may be used for (/proc/pagetypeinfo), of all zones; where the kernel stopped counting it is the least. Little that is Unmovable makes the kernel take blocks of others, which fragments memory. Needs the collector page_types, and root.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [
                        [
                            of(
                                "sum by (migrate_type) (memory_page_types_free_bytes or memory_page_types_free_least_bytes)",
                            ),
                            "{{migrate_type}}",
                        ],
                    ],
                    links: [to("zones", "Fragmentation")],
                }),
                graph({
                    title: "Blocks set aside, by kind of page",
                    description:
                        "Memory in pageblocks that are set aside for each kind of page, used or free (/proc/pagetypeinfo). What Unmovable has it seldom gives back: its growth is memory where no huge page can be made. Needs the collector page_types, and root.",
                    unit: "bytes",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [
                        [
                            of(
                                "sum by (migrate_type) (memory_page_types_blocks) * on () group_left () max(memory_page_types_block_size_bytes)",
                            ),
                            "{{migrate_type}}",
                        ],
                    ],
                }),
                graph({
                    title: "Blocks with pages of another kind",
                    description:
                        "Pageblocks that hold pages of another kind than they are for: what fragments memory for good. Known only where the kernel was started with page_owner=on, with the collector page_types, and root.",
                    unit: "short",
                    w: 8,
                    min: 0,
                    queries: [[of("sum by (migrate_type) (memory_page_types_mixed_blocks)"), "{{migrate_type}}"]],
                }),
            ],
        ],
    ],
};
