/* SPDX-License-Identifier: Apache-2.0 */
#include "process_smaps.h"

#include <time.h>

int process_smaps_init(struct process_smaps *s)
{
        s->n = 0;
        s->reading = calloc(PROCESS_TOP_ROWS, sizeof(*s->reading));
        return s->reading ? 0 : -ENOMEM;
}

void process_smaps_done(struct process_smaps *s)
{
        free(s->reading);
        *s = (struct process_smaps){ 0 };
}

static uint64_t now_usec(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_BOOTTIME, &ts);
        return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static struct process_reading *find(struct process_smaps *s, const struct process_row *row)
{
        for (size_t i = 0; i < s->n; i++)
                if (s->reading[i].pid == row->pid && s->reading[i].start_time == row->start_time)
                        return &s->reading[i];
        return NULL;
}

/* Keeps one reading for every row that may be read: drops those of processes that are no longer
 * chosen. There are at most PROCESS_TOP_ROWS rows, hence as many readings. */
static void match_rows(struct process_smaps *s, const struct process_top *top, uint64_t max_kib)
{
        size_t kept = 0;

        for (size_t i = 0; i < s->n; i++)
                s->reading[i].wanted = false;
        for (size_t i = 0; i < top->n; i++) {
                struct process_reading *r = find(s, &top->row[i]);

                if (r)
                        r->wanted = top->row[i].value[MX_PROCESS_RESIDENT] <= max_kib;
        }
        for (size_t i = 0; i < s->n; i++)
                if (s->reading[i].wanted)
                        s->reading[kept++] = s->reading[i];
        s->n = kept;
        for (size_t i = 0; i < top->n; i++) {
                const struct process_row *row = &top->row[i];

                if (row->value[MX_PROCESS_RESIDENT] <= max_kib && !find(s, row))
                        s->reading[s->n++] = (struct process_reading){
                                .pid = row->pid, .start_time = row->start_time, .wanted = true
                        };
        }
}

static void read_one(struct process_reading *r, struct process_reader *reader)
{
        struct mx_process_smaps value = { MX_ABSENT, MX_ABSENT };
        struct mx_process_stat stat;

        process_reader_seek(reader, r->pid);
        if (process_reader_read(reader, "smaps_rollup") < 0 ||
            mx_process_smaps_parse(reader->buf.data, reader->buf.len, &value, NULL) < 0 ||
            process_reader_read(reader, "stat") < 0 ||
            mx_process_stat_parse(reader->buf.data, reader->buf.len, &stat, NULL) < 0 ||
            stat.start_time != r->start_time)
                value = (struct mx_process_smaps){ MX_ABSENT, MX_ABSENT };
        r->value = value;
        r->at = now_usec();
}

void process_smaps_read(struct process_smaps *s, struct process_top *top,
                        struct process_reader *reader, const struct process_smaps_limits *limits)
{
        uint64_t start = now_usec();

        match_rows(s, top, limits->max_kib);
        for (size_t done = 0; done < s->n && now_usec() - start < limits->budget_usec; done++) {
                struct process_reading *oldest = &s->reading[0];

                for (size_t i = 1; i < s->n; i++)
                        if (s->reading[i].at < oldest->at)
                                oldest = &s->reading[i];
                read_one(oldest, reader);
        }
        for (size_t i = 0; i < top->n; i++) {
                struct process_row *row = &top->row[i];
                const struct process_reading *r = find(s, row);

                if (!r || r->at == 0 ||
                    (r->value.pss == MX_ABSENT && r->value.private == MX_ABSENT))
                        continue;
                row->pss = r->value.pss;
                row->private = r->value.private;
                row->age = now_usec() - r->at;
        }
}
