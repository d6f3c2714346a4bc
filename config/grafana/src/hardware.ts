// SPDX-License-Identifier: Apache-2.0
import { Page, to, variables } from "./lib/dashboard";
import { graph, Panel, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host as of, increase, times } from "./lib/query";

const now: Panel[] = [
    stat({
        title: "Broken memory",
        description:
            "Memory that the kernel has given up since the hardware reported it as broken (HardwareCorrupted). Any is a module to be replaced; it comes back only with a restart.",
        unit: "bytes",
        w: 6,
        query: [of("memory_meminfo_hardware_corrupted_bytes"), "broken"],
        steps: parts.ANY,
        none: "not known",
    }),
    stat({
        title: "Errors that were not corrected",
        description:
            "Memory errors that the hardware found and could not correct, in the time shown, of all controllers (ue_count of EDAC). Any is a reason to replace the module.",
        unit: "short",
        w: 6,
        query: [of(times("memory_edac_uncorrected_errors_total", "sum")), "errors"],
        steps: parts.ANY,
        none: "no EDAC",
    }),
    stat({
        title: "Errors that were corrected",
        description:
            "Memory errors that the hardware corrected in the time shown, of all controllers (ce_count of EDAC). A few in a month are ordinary; some every hour are a module that wears out.",
        unit: "short",
        w: 6,
        query: [of(times("memory_edac_corrected_errors_total", "sum")), "errors"],
        steps: [
            ["green", null],
            ["orange", 1],
        ],
        none: "no EDAC",
    }),
    stat({
        title: "Memory not online",
        description:
            "Memory in blocks that are offline or on their way: it is there, and neither MemTotal nor any zone counts it.",
        unit: "bytes",
        w: 6,
        query: [of('sum(memory_blocks_bytes{state!="online"})'), "not online"],
        steps: [
            ["green", null],
            ["orange", 1],
        ],
        none: "no hot-plug",
    }),
];

const errors: Panel[] = [
    graph({
        title: "Corrected errors, by module",
        description:
            "Memory errors that the hardware corrected, by module (dimm_ce_count), and by controller those that it could not give to one. A module with errors every hour is wearing out; errors that were not corrected often follow.",
        unit: "short",
        w: 8,
        min: 0,
        bars: true,
        queries: [
            [of(increase("memory_edac_dimm_corrected_errors_total")), "{{controller}} {{dimm}} {{dimm_label}}"],
            [of(increase("memory_edac_unlocated_corrected_errors_total")), "{{controller}} somewhere"],
        ],
    }),
    graph({
        title: "Errors not corrected, by module",
        description:
            "Memory errors that the hardware could not correct, by module (dimm_ue_count), and by controller those that it could not give to one. Each one killed a process or the kernel, or will when the page is used.",
        unit: "short",
        w: 8,
        min: 0,
        bars: true,
        queries: [
            [of(increase("memory_edac_dimm_uncorrected_errors_total")), "{{controller}} {{dimm}} {{dimm_label}}"],
            [of(increase("memory_edac_unlocated_uncorrected_errors_total")), "{{controller}} somewhere"],
        ],
    }),
    graph({
        title: "What became of broken pages",
        description:
            "Pages that the hardware reported as broken since the host started, by what the kernel could do (memory_failure of each node, 6.4 and later). Ignored and failed may still be used, and fail again.",
        unit: "short",
        w: 8,
        min: 0,
        queries: [
            [of("memory_node_memory_failure_recovered_pages_total"), "node {{node}} out of use"],
            [of("memory_node_memory_failure_delayed_pages_total"), "node {{node}} when next used"],
            [of("memory_node_memory_failure_failed_pages_total"), "node {{node}} failed"],
            [of("memory_node_memory_failure_ignored_pages_total"), "node {{node}} ignored"],
        ],
    }),
    table({
        title: "Modules",
        description:
            "Each module that EDAC knows, now: its size, and the errors since the driver was loaded or somebody reset the counts. The label is that of the board, where driver or firmware know it.",
        w: 16,
        by: ["controller", "dimm", "dimm_label"],
        sort: "corrected",
        none: "no EDAC",
        columns: [
            { title: "size", expr: of("memory_edac_dimm_size_bytes"), unit: "bytes" },
            {
                title: "corrected",
                expr: of("memory_edac_dimm_corrected_errors_total"),
                unit: "short",
            },
            {
                title: "not corrected",
                expr: of("memory_edac_dimm_uncorrected_errors_total"),
                unit: "short",
                steps: parts.ANY,
            },
        ],
    }),
    table({
        title: "Controllers",
        description:
            "Each memory controller that EDAC knows, now: the memory behind it, all errors, and for how long they have been counted.",
        w: 8,
        by: ["controller"],
        none: "no EDAC",
        columns: [
            { title: "memory", expr: of("memory_edac_controller_size_bytes"), unit: "bytes" },
            { title: "corrected", expr: of("memory_edac_corrected_errors_total"), unit: "short" },
            {
                title: "not corrected",
                expr: of("memory_edac_uncorrected_errors_total"),
                unit: "short",
                steps: parts.ANY,
            },
            { title: "counted for", expr: of("memory_edac_since_reset_seconds"), unit: "s" },
        ],
    }),
    table({
        title: "What the modules are",
        description:
            "Place, kind of memory and of error correction of each module, in the driver's words. A module without error correction (None) has errors that nothing tells of.",
        w: 16,
        h: 7,
        by: ["controller", "dimm", "dimm_label", "location", "memory_type", "edac_mode"],
        none: "no EDAC",
        columns: [{ title: "there", expr: of("memory_edac_dimm_info"), unit: "bool_yes_no" }],
    }),
    table({
        title: "What the controllers are",
        description:
            "What the driver calls each memory controller (mc_name), by which its errors are found in the kernel's log.",
        w: 8,
        h: 7,
        by: ["controller", "controller_name"],
        none: "no EDAC",
        columns: [{ title: "there", expr: of("memory_edac_controller_info"), unit: "bool_yes_no" }],
    }),
];

const blocks: Panel[] = [
    graph({
        title: "Memory blocks by state",
        description:
            "Memory in blocks that are online, offline, or on their way (state of each block, with holes). What is offline counts nowhere else: neither in MemTotal nor in any zone. What the kernel calls removable needs the option removable of the collector memory_blocks.",
        unit: "bytes",
        w: 8,
        min: 0,
        stack: true,
        limits: /removable/,
        queries: [
            [of("memory_blocks_bytes"), "{{state}}"],
            [of("memory_blocks_removable_bytes"), "removable"],
        ],
    }),
    graph({
        title: "Memory blocks not online, by node",
        description:
            "Memory of each node in blocks that are not online. Memory that was added and stays offline is a hot-plug without auto_online_blocks, or one that failed.",
        unit: "bytes",
        w: 8,
        min: 0,
        queries: [[of('memory_node_blocks_bytes{state!="online"}'), "node {{node}} {{state}}"]],
        links: [to("numa", "NUMA")],
    }),
    table({
        title: "What is done with memory that is added",
        description:
            "Whether added memory is taken online by itself, and into which zone (auto_online_blocks, online_policy and others): the word in force.",
        w: 4,
        by: ["setting", "mode"],
        columns: [{ title: "set", expr: of("memory_blocks_mode_info"), unit: "bool_yes_no" }],
    }),
    stat({
        title: "Size of a block",
        description:
            "The least memory that can be added, removed, or taken on- or offline. Large blocks make it hard to take one offline, as nothing in it may be in use for good.",
        unit: "bytes",
        w: 4,
        h: 9,
        query: [of("memory_block_size_bytes"), "size"],
        steps: parts.PLAIN,
        none: "no hot-plug",
    }),
];

export const hardware: Page = {
    file: "hardware",
    title: "hardware",
    description:
        "Whether memory modules are sound, what became of pages that were not, and memory that can be added and taken offline. Needs no recording rules; errors by module need a driver of EDAC for the memory controller.",
    variables: [variables.instance],
    events: true,
    rows: [
        ["Now", now],
        ["Memory errors", errors],
        ["Memory blocks", blocks],
    ],
};
