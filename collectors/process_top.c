/* SPDX-License-Identifier: Apache-2.0 */
#include "process_top.h"

#include <stdlib.h>

int process_top_init(struct process_top *top)
{
        *top = (struct process_top){ 0 };
        top->chosen = calloc(PROCESS_TOP_ROWS, sizeof(*top->chosen));
        top->row = calloc(PROCESS_TOP_ROWS + 1, sizeof(*top->row));
        top->labels = calloc(PROCESS_TOP_ROWS + 1, sizeof(*top->labels));
        return top->chosen && top->row && top->labels ? 0 : -ENOMEM;
}

void process_top_done(struct process_top *top)
{
        free(top->ranked);
        free(top->chosen);
        free(top->row);
        free(top->labels);
        *top = (struct process_top){ 0 };
}

static struct process_row_detail no_detail(void)
{
        struct process_row_detail none;

        memset(&none, 0xff, sizeof(none)); /* MX_ABSENT throughout */
        return none;
}

struct process_row *process_top_find(struct process_top *top, const struct process *p)
{
        for (size_t i = 0; i < top->n; i++)
                if (top->row[i].pid == p->pid && top->row[i].start_time == p->start_time)
                        return &top->row[i];
        return NULL;
}

static bool fit_ranked(struct process_top *top, const struct process_table *table)
{
        struct mx_topn *ranked;

        if (top->ranked_size >= table->size)
                return true;
        ranked = realloc(top->ranked, table->size * sizeof(*ranked));
        if (!ranked)
                return false;
        top->ranked = ranked;
        top->ranked_size = table->size;
        return true;
}

/* Scores are coarse: of a machine's small processes all have the same (666 on 6.18). The killer
 * compares pages, so between equals the one that holds more is the likelier victim. */
static uint64_t oom_rank(const struct process *p)
{
        uint64_t size = p->value[MX_PROCESS_RESIDENT] + p->value[MX_PROCESS_SWAP];

        if (p->oom_score == UINT32_MAX || p->oom_score == 0)
                return 0;
        return (uint64_t)MX_MIN(p->oom_score, 1U << 20) << 40 | MX_MIN(size, (1ULL << 40) - 1);
}

static uint64_t rank_value(const struct process *p, enum process_flag flag)
{
        if (!(p->flags & PROCESS_LIVE))
                return 0;
        return flag == PROCESS_TOP_RESIDENT ? p->value[MX_PROCESS_RESIDENT] : oom_rank(p);
}

/* Marks the `max` best with `flag`, and unmarks all others; appends those to `chosen` that `listed`
 * does not mark yet. */
static size_t select_by(struct process_top *top, struct process_table *table,
                        enum process_flag flag, size_t max, uint8_t listed, size_t n)
{
        size_t best;

        for (uint32_t i = 0; i < table->n; i++) {
                struct process *p = &table->process[i];

                top->ranked[i] = (struct mx_topn){ .value = rank_value(p, flag),
                                                   .index = i,
                                                   .incumbent = p->flags & flag };
                p->flags &= (uint8_t)~flag;
        }
        best = mx_topn_select(top->ranked, table->n, max);
        for (size_t i = 0; i < best; i++) {
                struct process *p = &table->process[top->ranked[i].index];

                if (!(p->flags & listed))
                        top->chosen[n++] = top->ranked[i].index;
                p->flags |= (uint8_t)flag;
        }
        return n;
}

static void make_labels(struct process_top *top, struct mx_sink *sink, const struct process *p,
                        const struct process_reader *reader, bool has_cgroup)
{
        struct mx_process_cgroup cgroup = { 0 };
        struct mx_process_path unit;

        if (has_cgroup)
                (void)mx_process_cgroup_parse(reader->buf.data, reader->buf.len, &cgroup, NULL);
        unit = process_unit(&cgroup);
        mx_labels_begin(sink);
        mx_label_u64(sink, "pid", p->pid);
        mx_label(sink, "comm", p->comm, p->comm_len);
        if (unit.at)
                mx_label(sink, "unit", unit.at, unit.len);
        top->labels[top->n] = mx_labels_end(sink);
}

static void add_row(struct process_top *top, struct process_reader *reader, struct mx_sink *sink,
                    const struct process *p)
{
        struct process_row *row = &top->row[top->n];
        int64_t adj = INT64_MIN;
        int r;

        process_reader_seek(reader, p->pid);
        r = process_reader_read(reader, "oom_score_adj");
        if (r < 0 || mx_process_number_parse(reader->buf.data, reader->buf.len, &adj, NULL) < 0)
                adj = INT64_MIN;
        r = process_reader_read(reader, "cgroup");
        make_labels(top, sink, p, reader, r == 0);
        if (!process_sample_is_still(reader, p->start_time))
                return; /* its labels stay unused in the sink */
        *row = (struct process_row){ .pid = p->pid,
                                     .start_time = p->start_time,
                                     .oom_score =
                                             p->oom_score == UINT32_MAX ? MX_ABSENT : p->oom_score,
                                     .oom_score_adj = (uint64_t)adj,
                                     .detail = no_detail() };
        memcpy(row->value, p->value, sizeof(row->value));
        top->n++;
}

void process_top_choose(struct process_top *top, struct process_table *table, size_t n_resident,
                        size_t n_oom)
{
        size_t n;

        top->n_chosen = 0;
        if (!fit_ranked(top, table))
                return;
        n = select_by(top, table, PROCESS_TOP_RESIDENT, MX_MIN(n_resident, PROCESS_TOP_MAX), 0, 0);
        top->n_chosen = select_by(top, table, PROCESS_TOP_OOM, MX_MIN(n_oom, PROCESS_TOP_MAX),
                                  PROCESS_TOP_RESIDENT, n);
}

void process_top_fill(struct process_top *top, const struct process_table *table,
                      struct process_reader *reader, struct mx_sink *sink)
{
        top->n = 0;
        for (size_t i = 0; i < top->n_chosen; i++) {
                const struct process *p = &table->process[top->chosen[i]];

                if (p->flags & PROCESS_LIVE)
                        add_row(top, reader, sink, p);
        }
}

void process_top_remainder(struct process_top *top, struct mx_sink *sink,
                           const uint64_t total[MX_PROCESS_VALUES], uint32_t fields)
{
        struct process_row *rest = &top->row[top->n];

        *rest = (struct process_row){ .oom_score = MX_ABSENT,
                                      .oom_score_adj = (uint64_t)INT64_MIN,
                                      .detail = no_detail() };
        for (size_t k = 0; k < MX_PROCESS_VALUES; k++) {
                rest->value[k] = total[k];
                for (size_t i = 0; i < top->n; i++) {
                        rest->value[k] -= top->row[i].value[k];
                        if (!(fields & 1U << k))
                                top->row[i].value[k] = MX_ABSENT;
                }
                if (!(fields & 1U << k))
                        rest->value[k] = MX_ABSENT;
        }
        mx_labels_begin(sink);
        mx_label(sink, "comm", "other", 5);
        top->labels[top->n] = mx_labels_end(sink);
}
