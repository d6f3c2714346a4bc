// SPDX-License-Identifier: Apache-2.0
import { Page, to, variables } from "./lib/dashboard";
import { Column, graph, Panel, Query, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host as of, rate, rateOr, top } from "./lib/query";

/** A counter of huge pages by size. */
const bySize = (counter: string, legend: string): Query => [
    of(rate(`memory_thp_${counter}_total`)),
    `{{page_size}} ${legend}`,
];
const pool = (title: string, what: string): Column => ({
    title,
    expr: of(`memory_hugepages_${what}_bytes`),
    unit: "bytes",
});

const now: Panel[] = [
    stat({
        title: "In huge pages",
        description:
            "Share of anonymous memory that is mapped by transparent huge pages of the large size (AnonHugePages of AnonPages). Little where they are on for all memory: programs with small mappings, or free memory in fragments.",
        unit: "percentunit",
        w: 8,
        query: [of("memory_meminfo_anon_huge_pages_bytes / memory_meminfo_anon_pages_bytes"), "huge"],
        steps: parts.PLAIN,
    }),
    stat({
        title: "Page faults without one",
        description:
            "Share of the page faults that wanted a transparent huge page lately and fell back to small pages (thp_fault_fallback). Above a half for long, with compaction at work, memory is in fragments.",
        unit: "percentunit",
        w: 8,
        query: [
            of(
                `${rate("memory_vmstat_thp_fault_fallback_total")} / (${rate("memory_vmstat_thp_fault_fallback_total")} + ${rate("memory_vmstat_thp_fault_alloc_total")})`,
            ),
            "fell back",
        ],
        steps: [
            ["green", null],
            ["orange", 0.25],
            ["red", 0.5],
        ],
        none: "none wanted",
    }),
    stat({
        title: "Idle in pools",
        description:
            "Huge pages of hugetlb pools that are neither in use nor promised to a program: memory that nothing else can have. Much for long is a pool that is too large.",
        unit: "bytes",
        w: 8,
        query: [of("sum(memory_hugepages_free_bytes - memory_hugepages_reserved_bytes)"), "idle"],
        steps: parts.PLAIN,
        none: "no huge pages",
    }),
];

const transparent: Panel[] = [
    graph({
        title: "Anonymous memory, by size",
        description:
            "Anonymous memory in transparent huge pages of each size (nr_anon, 6.12 and later), and those of them that are mapped in part only, the rest of which is held for nothing until they are split.",
        unit: "bytes",
        w: 12,
        min: 0,
        stack: true,
        limits: /partly/,
        queries: [
            [of("memory_thp_anon_bytes"), "{{page_size}}"],
            [of("memory_thp_anon_partially_mapped_bytes"), "{{page_size}} partly mapped"],
        ],
    }),
    graph({
        title: "Page faults that got one, by size",
        description:
            "Page faults a second that got a huge page of the size (anon_fault_alloc, 6.10 and later). Before that the kernel counts the large size alone: see Huge pages at page faults.",
        unit: "ops",
        w: 12,
        min: 0,
        queries: [bySize("anon_fault_alloc", "got one")],
        links: [to("zones", "Huge pages at page faults")],
    }),
    graph({
        title: "Fell back to a smaller size",
        description:
            "Page faults a second that found no huge page of the size (anon_fault_fallback), and those of them that had no room below the limit of a cgroup (charge). Many without charge: free memory is in fragments.",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [
            bySize("anon_fault_fallback", "not found"),
            bySize("anon_fault_fallback_charge", "no room in cgroup"),
        ],
        links: [to("zones", "Fragmentation")],
    }),
    graph({
        title: "Splits, by size",
        description:
            "Huge pages a second that were split, that could not be since somebody held them, and that are to be when memory is short (split, split_failed, split_deferred). Many splits undo what faults and khugepaged made.",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [bySize("split", "split"), bySize("split_failed", "failed"), bySize("split_deferred", "deferred")],
    }),
    graph({
        title: "Swapping in one piece, by size",
        description:
            "Huge pages a second written to swap or zswap whole, split first for want of room in one piece, and read back whole (below the line). Those that are split come back as small pages.",
        unit: "ops",
        w: 8,
        queries: [
            bySize("swpout", "out"),
            bySize("zswpout", "to zswap"),
            bySize("swpout_fallback", "split first"),
            [of(`-${rate("memory_thp_swpin_total")}`), "{{page_size}} in"],
            [of(`-${rate("memory_thp_swpin_fallback_total")}`), "{{page_size}} in as smaller ones"],
        ],
        links: [to("reclaim", "Reclaim and swap")],
    }),
    graph({
        title: "Shared memory, by size",
        description:
            "Huge pages a second allocated for shared memory and tmpfs, and those that fell back to a smaller size (shmem_alloc, shmem_fallback). Nothing where shmem_enabled is never.",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [bySize("shmem_alloc", "got one"), bySize("shmem_fallback", "fell back")],
        links: [to("shared", "Shared memory")],
    }),
    graph({
        title: "khugepaged",
        description:
            "Huge pages a second that khugepaged made of small ones (pages_collapsed), those it found no free memory for (thp_collapse_alloc_failed), and its passes through all memory. No pass for hours is a scan that is set too slow.",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [
            parts.perSecond("memory_thp_khugepaged_collapses_total", "collapsed"),
            parts.perSecond("memory_vmstat_thp_collapse_alloc_failed_total", "no huge page free"),
            parts.perSecond("memory_thp_khugepaged_full_scans_total", "full scans"),
        ],
    }),
    graph({
        title: "What khugepaged passed over",
        description:
            "Places a second that khugepaged left as they are, with more pages missing, in swap or shared than max_ptes_none, max_ptes_swap and max_ptes_shared allow (thp_scan_exceed_*, 5.17 and later).",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [
            parts.perSecond("memory_vmstat_thp_scan_exceed_none_pte_total", "pages missing"),
            parts.perSecond("memory_vmstat_thp_scan_exceed_swap_pte_total", "in swap"),
            parts.perSecond("memory_vmstat_thp_scan_exceed_share_pte_total", "shared"),
        ],
    }),
    graph({
        title: "Splits of large huge pages",
        description:
            "Huge pages of the large size a second that were split, could not be, were put on the list to be split when memory is short, were split as mostly zeros, and mappings of them that were (thp_split_*, thp_deferred_split_page). What kernels before 6.10 know.",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [
            [of(rateOr("memory_vmstat_thp_split_page_total", "memory_vmstat_thp_split_total")), "split"],
            parts.perSecond("memory_vmstat_thp_split_page_failed_total", "failed"),
            parts.perSecond("memory_vmstat_thp_deferred_split_page_total", "deferred"),
            parts.perSecond("memory_vmstat_thp_underused_split_page_total", "mostly zeros"),
            parts.perSecond("memory_vmstat_thp_split_pmd_total", "mappings"),
        ],
    }),
    graph({
        title: "Swapping and moving large huge pages",
        description:
            "Huge pages of the large size a second that were written to swap whole, or split first; and that compaction and balancing moved, could not move, or split to move them (thp_swpout, thp_migration_*).",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [
            parts.perSecond("memory_vmstat_thp_swpout_total", "swapped whole"),
            parts.perSecond("memory_vmstat_thp_swpout_fallback_total", "split to be swapped"),
            parts.perSecond("memory_vmstat_thp_migration_success_total", "moved"),
            parts.perSecond("memory_vmstat_thp_migration_fail_total", "not moved"),
            parts.perSecond("memory_vmstat_thp_migration_split_total", "split to be moved"),
        ],
    }),
    graph({
        title: "Huge pages of files and of zeros",
        description:
            "Huge pages a second for files and shared memory, those that fell back, and those mapped (thp_file_*); and huge pages of zeros that reads of untouched memory got (thp_zero_page_alloc).",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [
            parts.perSecond("memory_vmstat_thp_file_alloc_total", "of files, got one"),
            parts.perSecond("memory_vmstat_thp_file_fallback_total", "of files, fell back"),
            parts.perSecond("memory_vmstat_thp_file_mapped_total", "of files, mapped"),
            parts.perSecond("memory_vmstat_thp_zero_page_alloc_total", "of zeros"),
        ],
    }),
    parts.modes("Transparent huge pages: modes", "transparent huge pages", "transparent_hugepage", 12),
    parts.numbers("khugepaged: settings", "khugepaged", "memory_vm_khugepaged", 12),
];

const pools: Panel[] = [
    table({
        title: "Pools by size",
        description:
            "Pools of hugetlb pages, now: all of it, free, promised to mappings, above the set size (surplus), and how far it may grow so. No room to grow and all promised: the next mmap fails.",
        w: 24,
        h: 7,
        by: ["page_size"],
        columns: [
            pool("pool", "pool"),
            pool("free", "free"),
            pool("promised", "reserved"),
            pool("surplus", "surplus"),
            pool("may grow by", "overcommit"),
        ],
        links: [to("numa", "Pools by node")],
    }),
    graph({
        title: "Pages for the pools",
        description:
            "Huge pages a second that pools got of the page allocator, and that it had none for (htlb_buddy_alloc_success, _fail). Failures when a pool is to grow on a host that runs: free memory is in fragments.",
        unit: "ops",
        w: 12,
        min: 0,
        queries: [
            parts.perSecond("memory_vmstat_htlb_buddy_alloc_success_total", "got"),
            parts.perSecond("memory_vmstat_htlb_buddy_alloc_fail_total", "failed"),
        ],
    }),
    graph({
        title: "Who has pages of the pools",
        description:
            "Memory from pools that groups of processes have mapped (HugetlbPages), of those with most; shared pages count for each process. It is not part of their resident memory.",
        unit: "bytes",
        w: 12,
        min: 0,
        queries: [[of(top(10, "memory_process_group_hugetlb_bytes")), "{{group}}"]],
        links: [to("processes", "Processes and OOM")],
    }),
];

export const huge: Page = {
    file: "huge",
    title: "huge pages",
    description:
        "Transparent huge pages by size, what khugepaged makes of small ones, and pools of huge pages: what programs get of them, and what they do not. Needs no recording rules; sizes one by one are known since 6.10.",
    variables: [variables.instance],
    events: true,
    rows: [
        ["Now", now],
        ["Transparent huge pages", transparent],
        ["Pools of huge pages", pools],
    ],
};
