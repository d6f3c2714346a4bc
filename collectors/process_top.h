/* SPDX-License-Identifier: Apache-2.0 */
/* The single processes that are exported: the largest, and the likeliest victims of the OOM killer.
 */
#ifndef COLLECTORS_PROCESS_TOP_H
#define COLLECTORS_PROCESS_TOP_H

#include "process_classify.h"
#include "process_sample.h"

#define PROCESS_TOP_MAX  200 /* of each kind */
#define PROCESS_TOP_ROWS 400 /* of both */

struct process_row {
        uint32_t pid;
        uint64_t start_time;
        uint64_t value[MX_PROCESS_VALUES]; /* KiB; not all of them are exported */
        uint64_t oom_score;
        uint64_t oom_score_adj; /* an int64_t; INT64_MIN is absent */
        struct process_row_detail {
                uint64_t limit[PROCESS_LIMIT_KINDS];    /* bytes; process_limits.h */
                uint64_t of_limit[PROCESS_LIMIT_KINDS]; /* thousandths of it that are used */
                uint64_t pss, private, swap_pss, age;   /* KiB, microseconds; process_smaps.h */
                uint64_t maps, of_max_maps, maps_age;   /* and thousandths; process_maps.h */
        } detail;
};

struct process_top {
        struct mx_topn *ranked; /* as many as the table has entries */
        uint32_t ranked_size;
        uint32_t *chosen; /* indices in the table; PROCESS_TOP_ROWS */
        size_t n_chosen;
        struct process_row *row;  /* one more than that: the last is the remainder */
        struct mx_labels *labels; /* of the rows */
        size_t n;                 /* rows without the remainder */
};

/* The row of a process, or NULL. O(rows). */
struct process_row *process_top_find(struct process_top *top, const struct process *p);

/* Returns 0 or -ENOMEM; process_top_done() is due either way. */
int process_top_init(struct process_top *top);
void process_top_done(struct process_top *top);

/* Chooses `n_resident` by resident memory and `n_oom` by oom_score: top->chosen is their union,
 * each once. */
void process_top_choose(struct process_top *top, struct process_table *table, size_t n_resident,
                        size_t n_oom);

/* Fills top->row with the chosen processes that are live. What only they need (unit,
 * oom_score_adj) is read now, for them alone; one that has gone since, or whose pid is another
 * process now, is left out and so part of the remainder. */
void process_top_fill(struct process_top *top, const struct process_table *table,
                      struct process_reader *reader, struct mx_sink *sink);

/* Adds the row that makes every column sum up to `total` (KiB, by enum mx_process_value): what is
 * not in `fields` (bits by the same) is made absent everywhere. Its label is comm="other" without a
 * pid, which no process can have. */
void process_top_remainder(struct process_top *top, struct mx_sink *sink,
                           const uint64_t total[MX_PROCESS_VALUES], uint32_t fields);

#endif
