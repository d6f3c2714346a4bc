/* SPDX-License-Identifier: Apache-2.0 */
/* Every line of /proc/meminfo.
 *
 *   MemTotal:       24684084 kB          (6.18, x86_64)
 *   MemFree:        24548112 kB
 *   ShadowCallStack:10373888 kB          (arm64: no blank once the number has eight digits)
 *   HugePages_Total:       0             (a count, without a unit)
 *
 * Sources: Documentation/filesystems/proc.rst "meminfo" and fs/proc/meminfo.c, Linux 6.18. A line that
 * the table lacks becomes memory_meminfo_<key>_bytes when it ends in kB, and without _bytes otherwise. */
#include "mx/collector.h"
#include "mx/keymap.h"

#define FILE_MAX  16384 /* 6.18 prints 1.5 kB */
#define LINES_MAX 192   /* 6.18 prints 57 */

#define KIB(key, name, help)                                                                       \
        {                                                                                          \
                "memory_meminfo_" name "_bytes", help, key, NULL, MX_GAUGE, MX_KIB, 0              \
        }
#define PAGES(key, name, help)                                                                     \
        {                                                                                          \
                "memory_meminfo_" name, help, key, NULL, MX_GAUGE, MX_ONE, 0                       \
        }

static const struct mx_family families[] = {
        KIB("MemTotal", "mem_total", "Usable RAM: physical memory less what the kernel's image and firmware keep."),
        KIB("MemFree", "mem_free", "Memory that nothing uses, buddy free lists and per-CPU lists."),
        KIB("MemAvailable", "mem_available", "Estimate of memory that can be had for new programs without swapping."),
        KIB("Buffers", "buffers", "Page cache of block devices, mostly file system metadata."),
        KIB("Cached", "cached", "Page cache and shared memory, without the swap cache and Buffers."),
        KIB("SwapCached", "swap_cached", "Memory that is both in RAM and in swap, so that it can be evicted without writing."),
        KIB("Active", "active", "Memory used recently, reclaimed last."),
        KIB("Inactive", "inactive", "Memory used less recently, reclaimed first."),
        KIB("Active(anon)", "active_anon", "Anonymous and shared memory used recently."),
        KIB("Inactive(anon)", "inactive_anon", "Anonymous and shared memory used less recently."),
        KIB("Active(file)", "active_file", "Page cache used recently."),
        KIB("Inactive(file)", "inactive_file", "Page cache used less recently."),
        KIB("Unevictable", "unevictable", "Memory that reclaim cannot take: locked, ramfs, secret memory."),
        KIB("Mlocked", "mlocked", "Memory locked with mlock."),
        KIB("HighTotal", "high_total", "Memory beyond the kernel's direct mapping (32-bit)."),
        KIB("HighFree", "high_free", "Free memory beyond the kernel's direct mapping (32-bit)."),
        KIB("LowTotal", "low_total", "Memory inside the kernel's direct mapping (32-bit)."),
        KIB("LowFree", "low_free", "Free memory inside the kernel's direct mapping (32-bit)."),
        KIB("MmapCopy", "mmap_copy", "Memory allocated for mappings on a machine without an MMU."),
        KIB("SwapTotal", "swap_total", "Size of all swap devices together."),
        KIB("SwapFree", "swap_free", "Swap that is not in use."),
        KIB("Zswap", "zswap", "Memory that the compressed pages in zswap take."),
        KIB("Zswapped", "zswapped", "Memory held in zswap, before compression."),
        KIB("Dirty", "dirty", "Memory waiting to be written to disk."),
        KIB("Writeback", "writeback", "Memory being written to disk."),
        KIB("AnonPages", "anon_pages", "Anonymous memory mapped into processes."),
        KIB("Mapped", "mapped", "Page cache mapped into processes."),
        KIB("Shmem", "shmem", "Shared memory and tmpfs."),
        KIB("KReclaimable", "kernel_reclaimable", "Kernel memory that reclaim may take; it includes reclaimable slab."),
        KIB("Slab", "slab", "Kernel objects in slab caches."),
        KIB("SReclaimable", "slab_reclaimable", "Slab memory that reclaim may take, such as dentries and inodes."),
        KIB("SUnreclaim", "slab_unreclaimable", "Slab memory that reclaim cannot take."),
        KIB("KernelStack", "kernel_stack", "Kernel stacks of all tasks."),
        KIB("ShadowCallStack", "shadow_call_stack", "Shadow call stacks of all tasks (arm64)."),
        KIB("PageTables", "page_tables", "Page tables of processes."),
        KIB("SecPageTables", "secondary_page_tables", "Page tables of virtual machines and IOMMUs."),
        KIB("Quicklists", "quicklists", "Page tables kept for reuse (old kernels)."),
        KIB("NFS_Unstable", "nfs_unstable", "NFS pages sent but not yet on the server's disk; always 0 since 5.8."),
        KIB("Bounce", "bounce", "Bounce buffers for block devices."),
        KIB("WritebackTmp", "writeback_tmp", "Temporary buffers of FUSE writeback."),
        KIB("CommitLimit", "commit_limit", "Memory that may be committed when vm.overcommit_memory is 2."),
        KIB("Committed_AS", "committed_as", "Memory promised to processes, used or not."),
        KIB("VmallocTotal", "vmalloc_total", "Size of the vmalloc address space."),
        KIB("VmallocUsed", "vmalloc_used", "Memory allocated with vmalloc."),
        KIB("VmallocChunk", "vmalloc_chunk", "Largest free block of vmalloc space; always 0 since 4.4."),
        KIB("Percpu", "percpu", "Memory of the per-CPU allocator."),
        KIB("EarlyMemtestBad", "early_memtest_bad", "Memory found bad by the test at boot and taken out of use."),
        KIB("HardwareCorrupted", "hardware_corrupted", "Memory taken out of use after a hardware error."),
        KIB("AnonHugePages", "anon_huge_pages", "Anonymous memory in transparent huge pages."),
        KIB("ShmemHugePages", "shmem_huge_pages", "Shared memory and tmpfs in huge pages."),
        KIB("ShmemPmdMapped", "shmem_pmd_mapped", "Shared memory mapped into processes with huge pages."),
        KIB("FileHugePages", "file_huge_pages", "Page cache in huge pages."),
        KIB("FilePmdMapped", "file_pmd_mapped", "Page cache mapped into processes with huge pages."),
        KIB("CmaTotal", "cma_total", "Memory reserved for the contiguous memory allocator."),
        KIB("CmaFree", "cma_free", "Free memory of the contiguous memory allocator."),
        KIB("Unaccepted", "unaccepted", "Memory that a confidential guest has not yet accepted from its host."),
        KIB("Balloon", "balloon", "Memory returned to the hypervisor by balloon drivers."),
        KIB("GPUActive", "gpu_active", "Memory allocated to GPU objects."),
        KIB("GPUReclaim", "gpu_reclaim", "Memory in GPU allocation pools that reclaim may take."),
        PAGES("HugePages_Total", "huge_pages", "Pages in the pool of default-size huge pages."),
        PAGES("HugePages_Free", "huge_pages_free", "Huge pages in the pool that are not allocated."),
        PAGES("HugePages_Rsvd", "huge_pages_reserved", "Huge pages promised but not yet allocated; part of the free ones."),
        PAGES("HugePages_Surp", "huge_pages_surplus", "Huge pages in the pool above its configured size."),
        KIB("Hugepagesize", "huge_page_size", "Size of one default-size huge page."),
        KIB("Hugetlb", "hugetlb", "Memory in huge page pools of all sizes."),
        KIB("DirectMap4k", "direct_map_4k", "Kernel's direct mapping made of 4 KiB pages."),
        KIB("DirectMap64k", "direct_map_64k", "Kernel's direct mapping made of 64 KiB pages."),
        KIB("DirectMap1M", "direct_map_1m", "Kernel's direct mapping made of 1 MiB pages."),
        KIB("DirectMap2M", "direct_map_2m", "Kernel's direct mapping made of 2 MiB pages."),
        KIB("DirectMap4M", "direct_map_4m", "Kernel's direct mapping made of 4 MiB pages."),
        KIB("DirectMap1G", "direct_map_1g", "Kernel's direct mapping made of 1 GiB pages."),
};

struct meminfo_state {
        struct mx_file file;
        struct mx_keymap *map;
        struct mx_kv lines[LINES_MAX];
        uint64_t row[LINES_MAX];
};

static int meminfo_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        int r = mx_name_append(name, "memory_meminfo_") ?: mx_name_append_key(name, kv->key, kv->key_len);

        if (r == 0 && kv->kib)
                r = mx_name_append(name, "_bytes");
        ret->help = "Memory information line that this version has no description of.";
        ret->type = MX_GAUGE;
        ret->scale = kv->kib ? MX_KIB : MX_ONE;
        return r;
}

static int meminfo_open(void *state, const struct mx_host *host, const void *options,
                        struct mx_err *reterr)
{
        struct meminfo_state *s = state;
        int r;

        (void)options;
        r = mx_file_open(&s->file, host, host->proc_fd, "meminfo", FILE_MAX, reterr);
        if (r < 0)
                return r;
        return mx_keymap_new(&s->map, families, 0, MX_ARRAY_SIZE(families), LINES_MAX, meminfo_rule);
}

static int meminfo_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct meminfo_state *s = state;
        size_t skipped;
        int n, r;

        r = mx_file_read(&s->file, reterr);
        if (r < 0)
                return r;
        n = mx_kv_parse(s->file.buf.data, s->file.buf.len, s->lines, LINES_MAX, &skipped, reterr);
        if (n < 0)
                return n;
        if (n == 0)
                return mx_err_set(reterr, -EBADMSG, "no line could be read", "meminfo", 1);
        mx_sink_invalid(sink, skipped);
        mx_keymap_fill(s->map, sink, s->lines, (size_t)n, s->row);
        mx_keymap_emit(s->map, sink, s->row, 1, NULL);
        return 0;
}

static void meminfo_close(void *state)
{
        struct meminfo_state *s = state;

        mx_file_close(&s->file);
        mx_keymap_free(s->map);
}

const struct mx_collector mx_meminfo = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "meminfo",
        .help = "Where the host's memory is.",
        .source = "/proc/meminfo",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_INLINE,
        .max_series = LINES_MAX,
        .max_bytes = 64 * 1024,
        .state_size = sizeof(struct meminfo_state),
        .open = meminfo_open,
        .collect = meminfo_collect,
        .close = meminfo_close,
};
