/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. The array holds two queues: first the processes never read, in the order in which they
 * came, then the others, the oldest reading first. A run appends the new ones to the first queue,
 * reads from both, and turns the array so that what it has read is at the end. Nothing is ever
 * sorted or searched.
 *
 * Who has waited longer is read first; a process that has just come, before older readings too, as
 * its group has no sums without it. But where processes come and go all the time, that would leave
 * no time for the others: what is read for such a reason takes half of the time.
 *
 * The start time was compared when the process was listed, in this run. That all pids have been
 * given out since and it is another's by now is not ruled out; the next run drops its reading. To
 * read stat once more after each reading costs a sixth on top of it (6.18, small processes). */
#include "process_readings.h"

#include "process_sample.h"

#include <time.h>

#define FIRST_SIZE 32

void process_readings_init(struct process_readings *r, size_t width)
{
        *r = (struct process_readings){ .width = width };
}

void process_readings_done(struct process_readings *r)
{
        free(r->entry);
        *r = (struct process_readings){ 0 };
}

static size_t stride_of(const struct process_readings *r)
{
        return sizeof(struct process_reading) + r->width * sizeof(uint64_t);
}

struct process_reading *process_reading_at(const struct process_readings *r, size_t i)
{
        return (void *)(r->entry + i * stride_of(r));
}

static uint64_t now_usec(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_BOOTTIME, &ts);
        return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t process_reading_age(const struct process_reading *reading)
{
        return now_usec() - reading->at;
}

static bool is_wanted(const struct process *p, const struct process_readings_want *want)
{
        uint64_t rss = p->value[MX_PROCESS_RESIDENT];

        return p->flags & PROCESS_LIVE && rss > 0 && rss <= want->max_kib &&
               (want->all || p->flags & PROCESS_SHOWN_ALONE);
}

static void keep_wanted(struct process_readings *r, struct process_table *table,
                        const struct process_readings_want *want)
{
        size_t kept = 0, kept_new = 0;

        for (size_t i = 0; i < r->n; i++) {
                struct process_reading *e = process_reading_at(r, i);
                struct process *p = process_table_find(table, e->pid);

                if (!p || p->start_time != e->start_time || !is_wanted(p, want))
                        continue;
                p->flags |= PROCESS_MATCHED;
                e->index = (uint32_t)(p - table->process);
                if (kept != i)
                        memcpy(process_reading_at(r, kept), e, stride_of(r));
                kept++;
                kept_new += i < r->n_new;
        }
        r->n = kept;
        r->n_new = kept_new;
}

/* Room for one more; what there is none for has no reading. */
static bool fit(struct process_readings *r)
{
        size_t size = r->size ? r->size * 2 : FIRST_SIZE;
        char *grown;

        if (r->n < r->size)
                return true;
        if (r->size >= PROCESS_READINGS_MAX)
                return false;
        grown = realloc(r->entry, size * stride_of(r));
        if (!grown)
                return false;
        r->entry = grown;
        r->size = size;
        return true;
}

static void swap_bytes(char *a, char *b, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                char c = a[i];

                a[i] = b[i];
                b[i] = c;
        }
}

static void reverse(struct process_readings *r, size_t first, size_t end)
{
        size_t n = stride_of(r);

        for (; first + 1 < end; first++, end--)
                swap_bytes(r->entry + first * n, r->entry + (end - 1) * n, n);
}

/* Of the entries from `first` to before `end`, exchanges those before `middle` and the others. */
static void turn(struct process_readings *r, size_t first, size_t middle, size_t end)
{
        if (first == middle || middle == end)
                return;
        reverse(r, first, middle);
        reverse(r, middle, end);
        reverse(r, first, end);
}

static void add_wanted(struct process_readings *r, struct process_table *table,
                       const struct process_readings_want *want)
{
        size_t before = r->n;
        uint64_t now = now_usec();

        for (uint32_t i = 0; i < table->n; i++) {
                struct process *p = &table->process[i];
                bool has = p->flags & PROCESS_MATCHED;

                p->flags &= (uint8_t)~PROCESS_MATCHED;
                if (has || !is_wanted(p, want))
                        continue;
                if (!fit(r)) {
                        r->left_out++;
                        continue;
                }
                *process_reading_at(r, r->n++) = (struct process_reading){
                        .pid = p->pid, .index = i, .start_time = p->start_time, .at = now
                };
        }
        turn(r, r->n_new, before, r->n);
        r->n_new += r->n - before;
}

/* Has the process that the reader is at ended? It holds nothing then, unless it is its first thread
 * alone that has. */
static bool has_ended(struct process_reader *reader, uint64_t start_time)
{
        struct mx_process_stat stat;
        int e = process_reader_read(reader, "stat");

        if (e < 0)
                return e == -ENOENT || e == -ESRCH;
        return mx_process_stat_parse(reader->buf.data, reader->buf.len, &stat, NULL) == 0 &&
               (stat.start_time != start_time || (stat.state == 'Z' && stat.threads <= 1));
}

static void read_one(struct process_readings *r, struct process_reading *e,
                     struct process_reader *reader, process_read_fn *read, void *arg)
{
        int result;

        process_reader_seek(reader, e->pid);
        memset(e->value, 0, r->width * sizeof(*e->value));
        result = read(reader, e->value, arg);
        e->at = now_usec();
        e->known = result == 0;
        if (result < 0 && has_ended(reader, e->start_time)) {
                memset(e->value, 0, r->width * sizeof(*e->value));
                e->known = true;
        } else if (result == -EBADMSG || result == -ERANGE) {
                r->invalid++;
        }
}

/* How many of each queue have been read in this run. */
struct progress {
        size_t fresh, old;
};

/* Reads the next process; there is one. */
static void read_next(struct process_readings *r, struct progress *done,
                      struct process_reader *reader, process_read_fn *read, void *arg)
{
        bool has_new = done->fresh < r->n_new, has_old = r->n_new + done->old < r->n;
        struct process_reading *fresh = process_reading_at(r, done->fresh);
        struct process_reading *old = process_reading_at(r, r->n_new + done->old);
        bool is_contended = has_new && has_old && fresh->at > old->at;
        bool takes_new = has_new && (!is_contended || r->ahead <= 0);
        uint64_t start = now_usec();
        int64_t took;

        read_one(r, takes_new ? fresh : old, reader, read, arg);
        *(takes_new ? &done->fresh : &done->old) += 1;
        took = (int64_t)(now_usec() - start);
        if (is_contended)
                r->ahead += takes_new ? took : -took;
}

void process_readings_run(struct process_readings *r, struct process_table *table,
                          struct process_reader *reader, const struct process_readings_want *want,
                          process_read_fn *read, void *arg)
{
        uint64_t start = now_usec();
        struct progress done = { 0 };

        r->invalid = r->left_out = 0;
        keep_wanted(r, table, want);
        add_wanted(r, table, want);
        while (done.fresh + done.old < r->n && now_usec() - start < want->budget_usec)
                read_next(r, &done, reader, read, arg);
        /* from the front of each queue to the end */
        turn(r, 0, done.fresh, r->n);
        turn(r, r->n_new - done.fresh, r->n_new - done.fresh + done.old, r->n - done.fresh);
        r->n_new -= done.fresh;
}
