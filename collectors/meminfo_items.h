/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a meminfo file as rows of a family table. /proc/meminfo prints them for the host,
 * /sys/devices/system/node/nodeN/meminfo many of the same for a node, so that each is named and
 * described here once.
 *
 * Sources: Documentation/filesystems/proc.rst "meminfo", fs/proc/meminfo.c and drivers/base/node.c
 * node_read_meminfo(), Linux 6.18. Rows of lines that new kernels lack stay for the old ones. */
#ifndef COLLECTORS_MEMINFO_ITEMS_H
#define COLLECTORS_MEMINFO_ITEMS_H

#include "mx/keymap.h"

/* Rows by unit: a line that ends in kB, and one that is a count. */
#define MX_MEMINFO_KIB(prefix, source, key, name, help)                                            \
        {                                                                                          \
                prefix name "_bytes", help, key, source, MX_GAUGE, MX_KIB, 0                       \
        }
#define MX_MEMINFO_COUNT(prefix, source, key, name, help)                                          \
        {                                                                                          \
                prefix name, help, key, source, MX_GAUGE, MX_ONE, 0                                \
        }

/* clang-format off */

/* In the kernel's order. Lines of the host alone, of both files, and of a node alone; each of the
 * three is a macro over (unit, key, name, help). */
#define MX_MEMINFO_ITEMS(HOST, BOTH, NODE) \
        BOTH(KIB, "MemTotal", "mem_total", "Usable RAM: physical memory less what the kernel's image and firmware keep.") \
        BOTH(KIB, "MemFree", "mem_free", "Memory that nothing uses, without what the per-CPU free lists hold.") \
        NODE(KIB, "MemUsed", "mem_used", "Memory that is not free: MemTotal less MemFree.") \
        HOST(KIB, "MemAvailable", "mem_available", "Estimate of memory that can be had for new programs without swapping.") \
        HOST(KIB, "Buffers", "buffers", "Page cache of block devices, mostly file system metadata.") \
        HOST(KIB, "Cached", "cached", "Page cache and shared memory, without the swap cache and Buffers.") \
        NODE(KIB, "FilePages", "file_pages", "Page cache and shared memory, with Buffers and the swap cache.") \
        BOTH(KIB, "SwapCached", "swap_cached", "Memory that is both in RAM and in swap, so that it can be evicted without writing.") \
        BOTH(KIB, "Active", "active", "Memory used recently, reclaimed last.") \
        BOTH(KIB, "Inactive", "inactive", "Memory used less recently, reclaimed first.") \
        BOTH(KIB, "Active(anon)", "active_anon", "Anonymous and shared memory used recently.") \
        BOTH(KIB, "Inactive(anon)", "inactive_anon", "Anonymous and shared memory used less recently.") \
        BOTH(KIB, "Active(file)", "active_file", "Page cache used recently.") \
        BOTH(KIB, "Inactive(file)", "inactive_file", "Page cache used less recently.") \
        BOTH(KIB, "Unevictable", "unevictable", "Memory that reclaim cannot take: locked, ramfs, secret memory.") \
        BOTH(KIB, "Mlocked", "mlocked", "Memory locked with mlock.") \
        BOTH(KIB, "HighTotal", "high_total", "Memory beyond the kernel's direct mapping (32-bit).") \
        BOTH(KIB, "HighFree", "high_free", "Free memory beyond the kernel's direct mapping (32-bit).") \
        BOTH(KIB, "LowTotal", "low_total", "Memory inside the kernel's direct mapping (32-bit).") \
        BOTH(KIB, "LowFree", "low_free", "Free memory inside the kernel's direct mapping (32-bit).") \
        HOST(KIB, "MmapCopy", "mmap_copy", "Memory allocated for mappings on a machine without an MMU.") \
        HOST(KIB, "SwapTotal", "swap_total", "Size of all swap devices together.") \
        HOST(KIB, "SwapFree", "swap_free", "Swap that is not in use.") \
        HOST(KIB, "Zswap", "zswap", "Memory that the compressed pages in zswap take.") \
        HOST(KIB, "Zswapped", "zswapped", "Memory held in zswap, before compression.") \
        BOTH(KIB, "Dirty", "dirty", "Memory waiting to be written to disk.") \
        BOTH(KIB, "Writeback", "writeback", "Memory being written to disk.") \
        BOTH(KIB, "AnonPages", "anon_pages", "Anonymous memory mapped into processes.") \
        BOTH(KIB, "Mapped", "mapped", "Page cache mapped into processes.") \
        BOTH(KIB, "Shmem", "shmem", "Shared memory and tmpfs.") \
        BOTH(KIB, "KReclaimable", "kernel_reclaimable", "Kernel memory that reclaim may take; it includes reclaimable slab.") \
        BOTH(KIB, "Slab", "slab", "Kernel objects in slab caches.") \
        BOTH(KIB, "SReclaimable", "slab_reclaimable", "Slab memory that reclaim may take, such as dentries and inodes.") \
        BOTH(KIB, "SUnreclaim", "slab_unreclaimable", "Slab memory that reclaim cannot take.") \
        BOTH(KIB, "KernelStack", "kernel_stack", "Kernel stacks of all tasks.") \
        BOTH(KIB, "ShadowCallStack", "shadow_call_stack", "Shadow call stacks of all tasks (arm64).") \
        BOTH(KIB, "PageTables", "page_tables", "Page tables of processes.") \
        BOTH(KIB, "SecPageTables", "secondary_page_tables", "Page tables of virtual machines and IOMMUs.") \
        HOST(KIB, "Quicklists", "quicklists", "Page tables kept for reuse (old kernels).") \
        BOTH(KIB, "NFS_Unstable", "nfs_unstable", "NFS pages sent but not yet on the server's disk; always 0 since 5.8.") \
        BOTH(KIB, "Bounce", "bounce", "Bounce buffers for block devices.") \
        BOTH(KIB, "WritebackTmp", "writeback_tmp", "Temporary buffers of FUSE writeback.") \
        HOST(KIB, "CommitLimit", "commit_limit", "Memory that may be committed when vm.overcommit_memory is 2.") \
        HOST(KIB, "Committed_AS", "committed_as", "Memory promised to processes, used or not.") \
        HOST(KIB, "VmallocTotal", "vmalloc_total", "Size of the vmalloc address space.") \
        HOST(KIB, "VmallocUsed", "vmalloc_used", "Memory allocated with vmalloc.") \
        HOST(KIB, "VmallocChunk", "vmalloc_chunk", "Largest free block of vmalloc space; always 0 since 4.4.") \
        HOST(KIB, "Percpu", "percpu", "Memory of the per-CPU allocator.") \
        HOST(KIB, "EarlyMemtestBad", "early_memtest_bad", "Memory found bad by the test at boot and taken out of use.") \
        HOST(KIB, "HardwareCorrupted", "hardware_corrupted", "Memory taken out of use after a hardware error.") \
        BOTH(KIB, "AnonHugePages", "anon_huge_pages", "Anonymous memory in transparent huge pages.") \
        BOTH(KIB, "ShmemHugePages", "shmem_huge_pages", "Shared memory and tmpfs in huge pages.") \
        BOTH(KIB, "ShmemPmdMapped", "shmem_pmd_mapped", "Shared memory mapped into processes with huge pages.") \
        BOTH(KIB, "FileHugePages", "file_huge_pages", "Page cache in huge pages.") \
        BOTH(KIB, "FilePmdMapped", "file_pmd_mapped", "Page cache mapped into processes with huge pages.") \
        HOST(KIB, "CmaTotal", "cma_total", "Memory reserved for the contiguous memory allocator.") \
        HOST(KIB, "CmaFree", "cma_free", "Free memory of the contiguous memory allocator.") \
        BOTH(KIB, "Unaccepted", "unaccepted", "Memory that a confidential guest has not yet accepted from its host.") \
        HOST(KIB, "Balloon", "balloon", "Memory returned to the hypervisor by balloon drivers.") \
        BOTH(KIB, "GPUActive", "gpu_active", "Memory allocated to GPU objects.") \
        BOTH(KIB, "GPUReclaim", "gpu_reclaim", "Memory in GPU allocation pools that reclaim may take.") \
        BOTH(COUNT, "HugePages_Total", "huge_pages", "Pages in the pool of default-size huge pages.") \
        BOTH(COUNT, "HugePages_Free", "huge_pages_free", "Huge pages in the pool that are not allocated.") \
        HOST(COUNT, "HugePages_Rsvd", "huge_pages_reserved", "Huge pages promised but not yet allocated; part of the free ones.") \
        BOTH(COUNT, "HugePages_Surp", "huge_pages_surplus", "Huge pages in the pool above its configured size.") \
        HOST(KIB, "Hugepagesize", "huge_page_size", "Size of one default-size huge page.") \
        HOST(KIB, "Hugetlb", "hugetlb", "Memory in huge page pools of all sizes.") \
        HOST(KIB, "DirectMap4k", "direct_map_4k", "Kernel's direct mapping made of 4 KiB pages.") \
        HOST(KIB, "DirectMap64k", "direct_map_64k", "Kernel's direct mapping made of 64 KiB pages.") \
        HOST(KIB, "DirectMap1M", "direct_map_1m", "Kernel's direct mapping made of 1 MiB pages.") \
        HOST(KIB, "DirectMap2M", "direct_map_2m", "Kernel's direct mapping made of 2 MiB pages.") \
        HOST(KIB, "DirectMap4M", "direct_map_4m", "Kernel's direct mapping made of 4 MiB pages.") \
        HOST(KIB, "DirectMap1G", "direct_map_1g", "Kernel's direct mapping made of 1 GiB pages.")

/* clang-format on */

/* What a line that the table lacks becomes: <prefix><key>_bytes when it ends in kB, and without
 * _bytes otherwise. Fills *ret but for `source`; returns 0 or -EINVAL. For the collectors' keymap
 * rules. */
int mx_meminfo_rule(const char *prefix, const struct mx_kv *kv, char *name, struct mx_family *ret);

#endif
