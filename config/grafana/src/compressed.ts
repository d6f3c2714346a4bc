// SPDX-License-Identifier: Apache-2.0
import { Page, variables } from "./lib/dashboard";
import { Column, graph, Panel, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host as of, rate } from "./lib/query";

const zram = (title: string, what: string): Column => ({ title, expr: of(`memory_zram_${what}_bytes`), unit: "bytes" });
// What is on a backing device counts as stored, and takes no memory.
const zramInMemory = "memory_zram_original_bytes - memory_zram_writeback_bytes or memory_zram_original_bytes";
const zswapTakes = "(memory_meminfo_zswap_bytes or memory_zswap_pool_bytes)";
const zswapHolds = "(memory_meminfo_zswapped_bytes or memory_zswap_stored_bytes)";

const now: Panel[] = [
    stat({
        title: "Profit of KSM",
        description:
            "Memory that merging of equal pages saves, less what KSM needs to keep track of them (general_profit, 6.1 and later). Below 0 it costs more than it saves.",
        unit: "bytes",
        w: 8,
        query: [of("memory_ksm_profit_bytes"), "profit"],
        steps: [
            ["orange", null],
            ["green", 0],
        ],
        none: "not known",
    }),
    stat({
        title: "zram: stored per byte taken",
        description:
            "Data in all zram devices, without what is on backing devices, of the memory that they take, waste of the allocator included. Near 1 what is stored does not compress, and zram gains nothing.",
        unit: "none",
        w: 8,
        query: [of(`sum(${zramInMemory}) / (sum(memory_zram_used_bytes) > 0)`), "ratio"],
        steps: [
            ["orange", null],
            ["green", 1.5],
        ],
        none: "no zram in use",
    }),
    stat({
        title: "zswap full",
        description:
            "Memory that zswap takes, of what it may take (max_pool_percent). At 1 pages go to the swap device, or push others there.",
        unit: "percentunit",
        w: 8,
        query: [of(`${zswapTakes} / memory_zswap_pool_limit_bytes`), "full"],
        steps: [
            ["green", null],
            ["orange", 0.9],
        ],
        none: "zswap is off",
    }),
];

const ksm: Panel[] = [
    graph({
        title: "Saved by merging",
        description:
            "Memory that merging of equal pages saves (pages_sharing), and of pages of zeros (ksm_zero_pages); what merged pages take, each once (pages_shared); and what is left when the cost is taken off (general_profit).",
        unit: "bytes",
        w: 8,
        limits: /profit/,
        queries: [
            [of("memory_ksm_sharing_bytes"), "saved"],
            [of("memory_ksm_zero_bytes"), "saved, zeros"],
            [of("memory_ksm_shared_bytes"), "merged pages"],
            [of("memory_ksm_profit_bytes"), "profit"],
        ],
    }),
    graph({
        title: "Looked at for nothing",
        description:
            "Memory of pages that have no equal and are compared again and again (pages_unshared), and that change too fast to be (pages_volatile). Much more than is saved: KSM takes CPU time for little.",
        unit: "bytes",
        w: 8,
        min: 0,
        queries: [
            [of("memory_ksm_unshared_bytes"), "no equal"],
            [of("memory_ksm_volatile_bytes"), "changes too fast"],
        ],
    }),
    graph({
        title: "Progress of KSM",
        description:
            "Pages a second that KSM looked at (pages_scanned), passed over as it could not merge them before (pages_skipped), and its passes through all memory that may be merged (full_scans).",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [
            parts.perSecond("memory_ksm_scanned_pages_total", "pages scanned"),
            parts.perSecond("memory_ksm_skipped_pages_total", "pages passed over"),
            parts.perSecond("memory_ksm_full_scans_total", "full scans"),
        ],
    }),
    graph({
        title: "Copied again",
        description:
            "Merged pages a second that were copied since somebody wrote to them (cow_ksm), or when read from swap (ksm_swpin_copy). Many: what is merged does not stay equal.",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [
            parts.perSecond("memory_vmstat_cow_ksm_total", "written to"),
            parts.perSecond("memory_vmstat_ksm_swpin_copy_pages_total", "read from swap"),
        ],
    }),
    graph({
        title: "Pages merged into several",
        description:
            "Merged pages of which there are several copies, and those copies, as max_page_sharing limits how often one is mapped (stable_node_chains, stable_node_dups).",
        unit: "short",
        w: 8,
        min: 0,
        queries: [
            [of("memory_ksm_stable_node_chains"), "pages"],
            [of("memory_ksm_stable_node_dups"), "copies"],
        ],
    }),
    parts.numbers("KSM: settings", "KSM", "memory_vm_ksm", 8),
];

const zramRow: Panel[] = [
    graph({
        title: "Memory of zram devices",
        description:
            "Data stored in each zram device before and after compression, the memory that it takes with waste, and its limit (mm_stat). At the limit writes fail, and what is swapped there stays in memory.",
        unit: "bytes",
        w: 12,
        min: 0,
        limits: /limit/,
        queries: [
            [of("memory_zram_original_bytes"), "{{device}} stored"],
            [of("memory_zram_compressed_bytes"), "{{device}} compressed"],
            [of("memory_zram_used_bytes"), "{{device}} takes"],
            [of("memory_zram_limit_bytes"), "{{device}} limit"],
        ],
    }),
    graph({
        title: "Stored per byte taken",
        description:
            "Data stored in each zram device, without what is on its backing device, of the memory that it takes. Swap usually gets 2 to 4; near 1 it is data that is compressed or encrypted already.",
        unit: "none",
        w: 12,
        min: 0,
        queries: [[of(`(${zramInMemory}) / (memory_zram_used_bytes > 0)`), "{{device}}"]],
    }),
    graph({
        title: "Not compressed",
        description:
            "Stored data that does not compress and is kept as it is (huge_pages), that repeats one word and takes no memory (same_pages), and that is on the backing device (bd_count).",
        unit: "bytes",
        w: 8,
        min: 0,
        queries: [
            [of("memory_zram_incompressible_bytes"), "{{device}} incompressible"],
            [of("memory_zram_same_filled_bytes"), "{{device}} one word"],
            [of("memory_zram_writeback_bytes"), "{{device}} on backing device"],
        ],
    }),
    graph({
        title: "Failures of zram",
        description:
            "Reads and writes a second that failed, and requests that were not of whole pages (io_stat). A write fails at the limit of the device or for want of memory; a read that fails is data that is lost.",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [
            [of(rate("memory_zram_failed_reads_total")), "{{device}} reads"],
            [of(rate("memory_zram_failed_writes_total")), "{{device}} writes"],
            [of(rate("memory_zram_invalid_requests_total")), "{{device}} invalid"],
        ],
    }),
    graph({
        title: "Written back and given back",
        description:
            "Data a second written to the backing device, and read from it (below the line); said to be needed no more, stored or not (notify_free); and memory that compaction of the allocator gave back.",
        unit: "binBps",
        w: 8,
        queries: [
            [of(rate("memory_zram_writeback_written_bytes_total")), "{{device}} written back"],
            [of(`-${rate("memory_zram_writeback_read_bytes_total")}`), "{{device}} read back"],
            [of(rate("memory_zram_discarded_bytes_total")), "{{device}} discarded"],
            [of(rate("memory_zram_compacted_bytes_total")), "{{device}} compacted"],
        ],
    }),
    table({
        title: "zram devices",
        description:
            "The zram devices that are set up, now: their size, what they hold and take, the most that they have taken, and their limit, if any.",
        w: 16,
        h: 7,
        by: ["device"],
        none: "no zram device is set up",
        columns: [
            zram("size", "disk"),
            zram("stored", "original"),
            zram("takes", "used"),
            zram("most taken", "used_peak"),
            zram("limit", "limit"),
        ],
    }),
    table({
        title: "Algorithms of zram",
        description: "The compression algorithm of each zram device that is set up (comp_algorithm).",
        w: 8,
        h: 7,
        by: ["device", "algorithm"],
        none: "no zram device is set up",
        columns: [{ title: "set", expr: of("memory_zram_info"), unit: "bool_yes_no" }],
    }),
];

const zswap: Panel[] = [
    graph({
        title: "zswap against its limit",
        description:
            "Memory that zswap takes (Zswap, or pool_total_size of debugfs), what it holds uncompressed, the most it may take, and where it takes pages again once it was full.",
        unit: "bytes",
        w: 8,
        min: 0,
        limits: /limit|again/,
        queries: [
            [of(zswapTakes), "takes"],
            [of(zswapHolds), "holds"],
            [of("memory_zswap_pool_limit_bytes"), "limit"],
            [of("memory_zswap_accept_threshold_bytes"), "takes pages again"],
        ],
    }),
    graph({
        title: "Held per byte taken",
        description:
            "What zswap holds uncompressed, of the memory that it takes. Near 1 it holds what does not compress, and gains nothing.",
        unit: "none",
        w: 8,
        min: 0,
        queries: [[of(`${zswapHolds} / (${zswapTakes} > 0)`), "ratio"]],
    }),
    graph({
        title: "Pages through zswap",
        description:
            "Pages a second that went into zswap (zswpout), were read from it (zswpin, below the line), and went on to the swap device to make room (zswpwb). Much going on is a pool too small for what is swapped.",
        unit: "ops",
        w: 8,
        queries: [
            parts.perSecond("memory_vmstat_zswpout_pages_total", "in"),
            [of(`-${rate("memory_vmstat_zswpin_pages_total")}`), "read"],
            parts.perSecond("memory_vmstat_zswpwb_pages_total", "to the device"),
        ],
    }),
    graph({
        title: "Not taken by zswap",
        description:
            "Pages a second that zswap did not take, and why: it was full, there was no memory for them, or they did not become smaller (reject_* of debugfs, which only root may read). They go to the swap device.",
        unit: "ops",
        w: 8,
        min: 0,
        queries: [
            parts.perSecond("memory_zswap_pool_limit_hits_total", "full at first"),
            parts.perSecond("memory_zswap_reject_reclaim_fail_total", "full"),
            parts.perSecond("memory_zswap_reject_alloc_fail_total", "no memory"),
            parts.perSecond("memory_zswap_reject_kmemcache_fail_total", "no memory for an entry"),
            parts.perSecond("memory_zswap_reject_compress_fail_total", "algorithm failed"),
            parts.perSecond("memory_zswap_reject_compress_poor_total", "not smaller"),
            parts.perSecond("memory_zswap_decompress_fail_total", "not read back"),
        ],
    }),
    graph({
        title: "Pages that zswap need not compress",
        description:
            "Pages in zswap that repeat one word and take no memory (older kernels), and those kept as they are since they do not compress (recent kernels); both from debugfs, which only root may read.",
        unit: "bytes",
        w: 8,
        min: 0,
        queries: [
            [of("memory_zswap_same_filled_bytes"), "one word"],
            [of("memory_zswap_incompressible_bytes"), "incompressible"],
        ],
    }),
    parts.modes("zswap: modes", "zswap", "zswap", 8),
];

export const compressed: Page = {
    file: "compressed",
    title: "merged and compressed memory",
    description:
        "Memory that the kernel saves by merging equal pages (KSM) and by compressing what is swapped out (zram, zswap): what is held, what it takes, its limits, and what it could not store. Needs no recording rules.",
    variables: [variables.instance],
    events: true,
    rows: [
        ["Now", now],
        ["KSM", ksm],
        ["zram", zramRow],
        ["zswap", zswap],
    ],
};
