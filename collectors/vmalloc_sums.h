/* SPDX-License-Identifier: Apache-2.0 */
/* Sums over the areas of /proc/vmallocinfo by kind, by node and by caller; the inside of the
 * kernel_memory collector. Callers stay known from one reading to the next, which is what keeps the
 * set of those shown from flapping. */
#ifndef COLLECTORS_VMALLOC_SUMS_H
#define COLLECTORS_VMALLOC_SUMS_H

#include "mx/topn.h"
#include "vmallocinfo.h"

#define VMALLOC_CALLERS_MAX 2047 /* 6.18 has 60 on a small guest, some hundred on a large host */
#define VMALLOC_TOP_MAX     200
#define VMALLOC_NODES_MAX   1024 /* that are told apart */

struct vmalloc_sum {
        uint64_t areas, bytes, pages;
};

struct vmalloc_caller {
        struct vmalloc_sum sum;
        uint32_t name; /* offset in `names` */
        uint16_t name_len;
        bool is_shown; /* since the last reading */
};

struct vmalloc_sums {
        struct vmalloc_sum kind[MX_VMALLOC_KINDS];
        struct mx_buf nodes;   /* struct mx_vmalloc_node, n_nodes of them */
        struct mx_buf callers; /* struct vmalloc_caller, n_callers of them */
        struct mx_buf names;
        struct mx_buf items; /* struct mx_topn, scratch */
        struct mx_buf shown; /* struct vmalloc_caller, n_shown of them, the remainder last */
        uint16_t *bucket;    /* by hash of the name: index into callers + 1, 0 is empty */
        size_t n_nodes, n_callers, n_shown;
        size_t n_live;               /* callers that have areas */
        struct vmalloc_sum nameless; /* areas without a caller, or with one more than there is room
                                        for */
        size_t skipped;
        struct mx_vmalloc_area area; /* scratch */
};

/* Returns 0 or -ENOMEM. To be called once, before any other; `s` is zeroed. */
int vmalloc_sums_init(struct vmalloc_sums *s);

/* A reading starts: all sums are 0. */
void vmalloc_sums_begin(struct vmalloc_sums *s);

/* Adds one line of the file. */
void vmalloc_sums_line(struct vmalloc_sums *s, const char *line, size_t len);

/* The reading is over: chooses the `top` callers with the most pages and fills `shown` with them,
 * the largest first, and one remainder named "other". Returns 0 or -ENOMEM. */
int vmalloc_sums_end(struct vmalloc_sums *s, size_t top);

const struct vmalloc_caller *vmalloc_sums_shown(const struct vmalloc_sums *s, size_t i);
const char *vmalloc_sums_name(const struct vmalloc_sums *s, const struct vmalloc_caller *c);
const struct mx_vmalloc_node *vmalloc_sums_node(const struct vmalloc_sums *s, size_t i);

/* Accepts a zeroed one. */
void vmalloc_sums_done(struct vmalloc_sums *s);

#endif
