/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the view share. */
#ifndef VIEW_PRIVATE_H
#define VIEW_PRIVATE_H

#include "view.h"

/* What is done with the samples of a family. */
enum view_kind {
        VIEW_SCALAR,  /* one sample without labels: stored at `offset` of struct view */
        VIEW_ZONE,    /* stored at `offset` of its zone; of several for a zone the largest */
        VIEW_PROCESS, /* stored at `offset` of its process, when that is among the largest */
        VIEW_CGROUP,
        VIEW_SUM,   /* stored at `offset` of struct view: the sum of all samples */
        VIEW_TMPFS, /* `is_size`: how much it may hold; else what it holds */
};

struct view_family {
        const char *name;
        enum view_kind kind;
        enum view_source source; /* of a scalar */
        unsigned decimals;       /* stored in units of 10^-decimals */
        bool is_signed;          /* stored as int64_t */
        bool is_size;            /* of a table: what rows are chosen by */
        size_t offset;
};

/* Sorted by name. */
extern const struct view_family view_families[];
extern const size_t view_n_families;

/* One sample. `value` is raw: see view_number(). */
struct view_sample {
        struct view_text labels, value;
};

/* The samples of one family as text, one to a line. */
struct view_samples {
        struct mx_lines lines;
        size_t name_len;
};
struct view_samples view_samples(const struct fragment *f, uint32_t mark);
/* Steps to the next well-formed sample. False when there is none. */
bool view_next(struct view_samples *it, struct view_sample *ret);

/* Exact, in units of 10^-decimals; MX_ABSENT when it is no such number. */
uint64_t view_number(struct view_text value, unsigned decimals);

uint64_t view_hash(struct view_text labels);

/* Absent when there is none, or one that is no number. */
uint64_t view_sum(struct view_samples it);
/* The fullest of those that are in both families, which name them in one order. */
void view_take_tmpfs(struct view *v, struct view_samples sizes, struct view_samples used);

/* Tables: the rows with the largest sizes, then the other columns of these rows. */
void view_take_sizes(struct view *v, const struct view_family *family, struct view_samples it);
void view_take_column(struct view *v, const struct view_family *family, struct view_samples it);
/* Finds the sizes of the process that has the highest oom_score. `sizes` are of all. */
void view_take_oom(struct view *v, struct view_samples scores, struct view_samples sizes);

#endif
