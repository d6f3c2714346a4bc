/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/vmallocinfo, the areas of kernel address space that are mapped page by page: for the
 * kernel_memory collector. */
#ifndef COLLECTORS_VMALLOCINFO_H
#define COLLECTORS_VMALLOCINFO_H

#include "mx/collector.h"

/* What an area is. An area has one: the first that holds. */
enum mx_vmalloc_kind {
        MX_VMALLOC_UNPURGED, /* given back, but its addresses are not yet; takes no memory */
        MX_VMALLOC_RAM,      /* vm_map_ram(): pages of somebody else, for a short time */
        MX_VMALLOC_USER,     /* memory that processes may map, such as rings and BPF maps */
        MX_VMALLOC_IOREMAP,  /* registers and memory of devices; takes no RAM */
        MX_VMALLOC_SPARSE,   /* filled in page by page (BPF arenas, since 6.9) */
        MX_VMALLOC_VMALLOC,
        MX_VMALLOC_VMAP, /* pages of somebody else, unless the area says how many it has */
        MX_VMALLOC_DMA,  /* dma-coherent */
        MX_VMALLOC_OTHER,
        MX_VMALLOC_KINDS,
};

extern const char *const mx_vmalloc_kind_names[MX_VMALLOC_KINDS];

#define MX_VMALLOC_NODES_MAX  64 /* nodes that one line may name */
#define MX_VMALLOC_CALLER_MAX 255

struct mx_vmalloc_area {
        uint64_t bytes; /* of addresses, with the guard page that most end with */
        uint64_t pages; /* allocated for it */
        enum mx_vmalloc_kind kind;
        const char *caller; /* the function that made it, in the text; NULL: not said */
        uint32_t caller_len;
        uint32_t n_nodes;
        struct mx_vmalloc_node {
                uint32_t node;
                uint64_t pages;
        } node[MX_VMALLOC_NODES_MAX]; /* scratch beyond n_nodes */
};

/* Parses one line, without its newline. Returns 0, or -EBADMSG or -ERANGE for what is none; *ret is
 * scratch then. Words that are not known are passed over. Source: s_show() in mm/vmalloc.c,
 * Linux 2.6.32, and vmalloc_info_show(), Linux 6.18. */
int mx_vmallocinfo_parse(const char *line, size_t len, struct mx_vmalloc_area *ret);

#endif
