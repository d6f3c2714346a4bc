// SPDX-License-Identifier: Apache-2.0
import { Page, to, variables } from "./lib/dashboard";
import { graph, Panel, stat, Steps, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { host as of, top, topOf } from "./lib/query";

/** Colours by how full it is. */
const FULL: Steps = [
    ["green", null],
    ["orange", 0.8],
    ["red", 0.95],
];

const now: Panel[] = [
    stat({
        title: "Shared memory",
        description:
            "Shared memory and tmpfs, of all memory (Shmem). It counts as page cache, and cannot be dropped: only swap, deleting files or removing segments frees it.",
        unit: "percentunit",
        w: 6,
        query: [of("memory_meminfo_shmem_bytes / memory_meminfo_mem_total_bytes"), "shared"],
        steps: [
            ["green", null],
            ["orange", 0.3],
            ["red", 0.5],
        ],
    }),
    stat({
        title: "Fullest tmpfs",
        description:
            "What the fullest tmpfs holds, of what it may hold. At 1 writes fail with no space left on device; before that the files in it may have taken the host's memory.",
        unit: "percentunit",
        w: 6,
        query: [of("max(memory_tmpfs_used_bytes / (memory_tmpfs_size_bytes > 0))"), "fullest"],
        steps: FULL,
        none: "no tmpfs",
    }),
    stat({
        title: "Left behind",
        description:
            "Memory and swap of System V shared memory segments that no process is attached to. Unless a program is to find them again, they were left behind: ipcs -m lists them, ipcrm removes them.",
        unit: "bytes",
        w: 6,
        query: [of("memory_shm_unattached_resident_bytes + memory_shm_unattached_swapped_bytes"), "left behind"],
        steps: [
            ["green", null],
            ["orange", 1024 ** 3],
        ],
        none: "no System V IPC",
    }),
    stat({
        title: "May still be committed",
        description:
            "Memory that programs may still ask for under strict commitment (vm.overcommit_memory 2), without the reserve for root. Below 0 they get nothing, however much is free. Under other policies there is no such limit.",
        unit: "bytes",
        w: 6,
        query: [of("memory_overcommit_headroom_bytes"), "headroom"],
        steps: [
            ["red", null],
            ["orange", 256 * 1024 ** 2],
            ["green", 1024 ** 3],
        ],
        none: "no limit is in force",
    }),
];

const files: Panel[] = [
    graph({
        title: "tmpfs, by mount",
        description:
            "What the files in each tmpfs take, in memory or in swap: those with most, as the host has them mounted. A line that climbs for days is something that writes and never deletes.",
        unit: "bytes",
        w: 8,
        min: 0,
        queries: [[of(top(10, "memory_tmpfs_used_bytes")), "{{mountpoint}}"]],
    }),
    graph({
        title: "tmpfs, of their size",
        description:
            "What each tmpfs holds of what it may hold (used), and how many files and directories of how many it may have (files): the fullest. At 1 nothing more can be written there.",
        unit: "percentunit",
        w: 8,
        min: 0,
        queries: [
            [of(topOf(10, "memory_tmpfs_used_bytes / (memory_tmpfs_size_bytes > 0)")), "{{mountpoint}} used"],
            [of(topOf(10, "memory_tmpfs_inodes / (memory_tmpfs_inodes_limit > 0)")), "{{mountpoint}} files"],
        ],
    }),
    graph({
        title: "All shared memory",
        description:
            "Shared memory of all kinds (Shmem), and the parts that are known: tmpfs and System V segments, some of which may be in swap. The rest is mapped without a file, memfd, and graphics buffers.",
        unit: "bytes",
        w: 8,
        min: 0,
        limits: /all/,
        queries: [
            [of("memory_meminfo_shmem_bytes"), "all"],
            [of("sum(memory_tmpfs_used_bytes)"), "tmpfs"],
            [of("memory_shm_resident_bytes"), "System V"],
        ],
    }),
    table({
        title: "tmpfs",
        description:
            "Each tmpfs of the host, now. The sizes together may be more than the host has: nothing of them is set aside. Those without a limit, or out of the exporter's reach, are only counted (tmpfs that were not read).",
        w: 24,
        by: ["mountpoint"],
        sort: "used",
        none: "no tmpfs",
        columns: [
            { title: "size", expr: of("memory_tmpfs_size_bytes"), unit: "bytes" },
            { title: "used", expr: of("memory_tmpfs_used_bytes"), unit: "bytes" },
            {
                title: "used of size",
                expr: of("memory_tmpfs_used_bytes / (memory_tmpfs_size_bytes > 0)"),
                unit: "percentunit",
                steps: FULL,
            },
            { title: "files", expr: of("memory_tmpfs_inodes"), unit: "short" },
            { title: "files at most", expr: of("memory_tmpfs_inodes_limit"), unit: "short" },
        ],
    }),
    graph({
        title: "How many tmpfs, and not read",
        description:
            "The host's tmpfs, each once however often it is mounted, and those of which it is not known what they hold: without a limit, covered by another mount, or in a mount that hangs.",
        unit: "short",
        w: 8,
        min: 0,
        queries: [
            [of("memory_tmpfs_filesystems"), "all"],
            [of("memory_tmpfs_unread_filesystems"), "not read"],
        ],
    }),
    graph({
        title: "Who has shared memory mapped",
        description:
            "Shared memory and tmpfs that groups of processes have mapped (RssShmem), of those with most; what several map counts for each. Files in a tmpfs that nobody maps are not in it.",
        unit: "bytes",
        w: 16,
        min: 0,
        queries: [[of(top(10, "memory_process_group_shmem_bytes")), "{{group}}"]],
        links: [to("processes", "Processes and OOM")],
    }),
];

const sysv: Panel[] = [
    graph({
        title: "System V shared memory",
        description:
            "Memory and swap that System V segments take, their size, of which what nobody has touched takes nothing, and the most that it may come to (shmall), where that can be reached.",
        unit: "bytes",
        w: 8,
        min: 0,
        limits: /size|limit/,
        queries: [
            [of("memory_shm_resident_bytes"), "in memory"],
            [of("memory_shm_swapped_bytes"), "in swap"],
            [of("memory_shm_size_bytes"), "size"],
            [of("memory_shm_size_limit_bytes"), "limit"],
        ],
    }),
    graph({
        title: "Nobody attached, removed, locked",
        description:
            "Memory of segments that no process is attached to, that are marked for removal and go with the last process, and that are locked, which swap cannot free. Left behind and growing is a program that dies without cleaning up.",
        unit: "bytes",
        w: 8,
        min: 0,
        queries: [
            [of("memory_shm_unattached_resident_bytes"), "nobody attached"],
            [of("memory_shm_unattached_swapped_bytes"), "nobody attached, in swap"],
            [of("memory_shm_removed_resident_bytes"), "removed"],
            [of("memory_shm_locked_resident_bytes"), "locked"],
        ],
    }),
    graph({
        title: "Of the limits of System V IPC",
        description:
            "Segments, message queues, semaphore sets and semaphores, of as many as there may be (shmmni, msgmni, SEMMNI, SEMMNS). At 1 programs get no more of them (ENOSPC), mostly as others left theirs behind.",
        unit: "percentunit",
        w: 8,
        min: 0,
        queries: [
            [of("memory_shm_segments / memory_shm_segments_limit"), "segments"],
            [of("memory_msg_queues / memory_msg_queues_limit"), "message queues"],
            [of("memory_sem_sets / memory_sem_sets_limit"), "semaphore sets"],
            [of("memory_sem_semaphores / memory_sem_semaphores_limit"), "semaphores"],
        ],
    }),
    graph({
        title: "How many segments",
        description:
            "System V shared memory segments (ipcs -m): all, and those that nobody is attached to, are marked for removal, or are locked.",
        unit: "short",
        w: 8,
        min: 0,
        queries: [
            [of("memory_shm_segments"), "all"],
            [of("memory_shm_unattached_segments"), "nobody attached"],
            [of("memory_shm_removed_segments"), "removed"],
            [of("memory_shm_locked_segments"), "locked"],
        ],
    }),
    graph({
        title: "Messages in queues",
        description:
            "Bytes of the messages in all System V message queues, which are memory of the kernel. What climbs is a reader that does not keep up, or is gone.",
        unit: "bytes",
        w: 8,
        min: 0,
        queries: [[of("memory_msg_queued_bytes"), "messages"]],
    }),
    table({
        title: "Sizes that may be had",
        description:
            "What one segment, one message queue and one message may have at most (shmmax, msgmnb, msgmax). A segment without a row has no limit that could be reached.",
        w: 8,
        by: ["__name__"],
        columns: [
            {
                title: "at most",
                expr: of('{__name__=~"memory_(shm_segment|msg_queue|msg_message)_limit_bytes"}'),
                unit: "bytes",
            },
        ],
    }),
];

const commitment: Panel[] = [
    graph({
        title: "Promised under strict commitment",
        description:
            "Memory that programs were promised (Committed_AS), what may be in all, and what is left without the reserve for root: only while vm.overcommit_memory is 2, as nothing else holds to the limit.",
        unit: "bytes",
        w: 8,
        limits: /limit/,
        queries: [
            [of("memory_meminfo_committed_as_bytes and memory_overcommit_limit_bytes"), "promised"],
            [of("memory_overcommit_limit_bytes"), "limit"],
            [of("memory_overcommit_headroom_bytes"), "left"],
        ],
        links: [to("reclaim", "Promised memory")],
    }),
    graph({
        title: "Promised, of memory and swap",
        description:
            "Memory that programs were promised (Committed_AS), of all memory and swap that the host has. Far above 1 it holds only as long as they do not use it; how much of it that is, resident memory tells.",
        unit: "percentunit",
        w: 8,
        min: 0,
        queries: [
            [
                of(
                    "memory_meminfo_committed_as_bytes / (memory_meminfo_mem_total_bytes + memory_meminfo_swap_total_bytes)",
                ),
                "promised",
            ],
        ],
        links: [to("processes", "Processes and OOM")],
    }),
    table({
        title: "Policy of commitment",
        description:
            "How promises are checked (vm.overcommit_memory): heuristic refuses a single mapping larger than memory and swap, always refuses none, never holds to the limit.",
        w: 4,
        by: ["policy"],
        columns: [{ title: "in force", expr: of("memory_overcommit_policy_info"), unit: "bool_yes_no" }],
    }),
    stat({
        title: "Largest mapping",
        description:
            "Size above which a single mapping is refused however much is free: all memory and swap, under the policy heuristic of kernels since 5.2.",
        unit: "bytes",
        w: 4,
        h: 9,
        query: [of("memory_overcommit_largest_allocation_bytes"), "largest"],
        steps: parts.PLAIN,
        none: "not by this policy",
    }),
];

export const shared: Page = {
    file: "shared",
    title: "shared and promised memory",
    description:
        "tmpfs and System V shared memory against their limits, what nobody uses of it any more, and what programs were promised. Needs no recording rules.",
    variables: [variables.instance],
    events: true,
    rows: [
        ["Now", now],
        ["tmpfs", files],
        ["System V", sysv],
        ["Commitment", commitment],
    ],
};
