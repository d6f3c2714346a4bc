/* SPDX-License-Identifier: Apache-2.0 */
/* The host between scrapes. What is exact and what is not:
 *
 * - Stall times (PSI) are brought up to date by the read itself (psi_show(), kernel/sched/psi.c,
 *   6.18): the share of the time between two looks is exact, to a thousandth and rounded up, so
 *   that 0 is truly nothing. But the kernel then leaves out the work that would have followed, and
 *   with it a look at the triggers of those without CAP_SYS_RESOURCE: read ten times a second, the
 *   file takes every other event from them, everybody's on the host (6.18: 6 of 10 events were
 *   told, all 10 with a reading a second, or with none). So it is read once a second.
 * - pswpin, pswpout and pgalloc_* are events summed over all CPUs at the read (all_vm_events(),
 *   mm/vmstat.c): exact too. So the mean over a gap that was not observed is known, and the fastest
 *   moment in it was no slower: extremes have it, histograms do not.
 * - nr_free_pages and MemAvailable are made of counters that each CPU folds in once a second or
 *   at 125 pages, whichever comes first: off by at most 125 pages a CPU and zone. They are levels:
 *   what they were between two looks is not known.
 */
#include "watch_host.h"

#include "pressure.h"

#define VMSTAT_MAX   65536
#define MEMINFO_MAX  65536
#define PRESSURE_MAX 4096

/* A mean over more than the shortest window says nothing of that window. */
#define SHORTEST_WINDOW (MX_WINDOW_SLOTS * mx_spans[MX_SPAN_1M].slot_usec)

#define PRESSURE_PERIOD MX_SECONDS(1)
#define PRESSURE_EARLY                                                                             \
        50000 /* a look that comes so much before its time is the one that is meant */

enum {
        VM_FREE,
        VM_SWAP_IN,
        VM_SWAP_OUT,
        VM_ALLOC, /* by kind from here on */
        VM_KEYS = VM_ALLOC + MX_WATCH_KINDS,
};

static const char *const vm_keys[VM_KEYS] = {
        [VM_FREE] = "nr_free_pages ",
        [VM_SWAP_IN] = "pswpin ",
        [VM_SWAP_OUT] = "pswpout ",
        [VM_ALLOC + MX_WATCH_DMA] = "pgalloc_dma ",
        [VM_ALLOC + MX_WATCH_DMA32] = "pgalloc_dma32 ",
        [VM_ALLOC + MX_WATCH_NORMAL] = "pgalloc_normal ",
        [VM_ALLOC + MX_WATCH_HIGHMEM] = "pgalloc_high ",
        [VM_ALLOC + MX_WATCH_MOVABLE] = "pgalloc_movable ",
};

enum {
        MEM_TOTAL,
        MEM_AVAILABLE,
        MEM_KEYS,
};

static const char *const mem_keys[MEM_KEYS] = {
        [MEM_TOTAL] = "MemTotal:",
        [MEM_AVAILABLE] = "MemAvailable:",
};

/* The low end in fine steps: it is what the worst moments are asked of. */
static const uint64_t share_left[] = { 5,   10,  15,  20,  30,  40,  50,  75,
                                       100, 150, 200, 300, 400, 500, 750, 1000 };
static const uint64_t share_lost[] = { 0, 1, 5, 10, 20, 50, 100, 200, 300, 400, 500, 750, 1000 };
static const uint64_t rate[] = { 0,        1U << 16, 1U << 18, 1U << 20,   1U << 22,  1U << 24,
                                 1U << 26, 1U << 28, 1U << 30, 1ULL << 32, 1ULL << 34 };

/* Opens a file that may be missing. */
static int open_optional(struct mx_file *f, const struct mx_host *host, const char *path,
                         size_t max, struct mx_err *reterr)
{
        struct mx_err err = { 0 };
        int r = mx_file_open(f, host, host->proc_fd, path, max, &err);

        if (r == 0)
                return 0;
        *f = (struct mx_file){ 0 };
        if (r == -ENOENT || r == -EACCES || r == -EPERM || r == -ENODEV)
                return 0;
        return mx_err_set(reterr, r, err.what, path, 0);
}

static void init_measure(struct mx_watch_host *h, enum mx_watch_measure m, const uint64_t *bounds,
                         size_t n, enum mx_extreme extreme)
{
        h->measure[m].seen.bounds = bounds;
        h->measure[m].seen.n = (uint32_t)n;
        mx_window_init(&h->measure[m].extreme, extreme);
}

int mx_watch_host_open(struct mx_watch_host *h, const struct mx_host *host, struct mx_err *reterr)
{
        int r;

        h->page_size = host->page_size;
        h->vmstat_keys = (struct mx_watch_keys){ .key = vm_keys, .n = VM_KEYS };
        h->meminfo_keys = (struct mx_watch_keys){ .key = mem_keys, .n = MEM_KEYS };
        init_measure(h, MX_WATCH_AVAILABLE, share_left, MX_ARRAY_SIZE(share_left), MX_LOWEST);
        init_measure(h, MX_WATCH_SWAP_IN, rate, MX_ARRAY_SIZE(rate), MX_HIGHEST);
        init_measure(h, MX_WATCH_SWAP_OUT, rate, MX_ARRAY_SIZE(rate), MX_HIGHEST);
        init_measure(h, MX_WATCH_SOME, share_lost, MX_ARRAY_SIZE(share_lost), MX_HIGHEST);
        init_measure(h, MX_WATCH_FULL, share_lost, MX_ARRAY_SIZE(share_lost), MX_HIGHEST);
        r = open_optional(&h->vmstat, host, "vmstat", VMSTAT_MAX, reterr);
        r = r ?: open_optional(&h->meminfo, host, "meminfo", MEMINFO_MAX, reterr);
        return r ?: open_optional(&h->pressure, host, "pressure/memory", PRESSURE_MAX, reterr);
}

void mx_watch_host_close(struct mx_watch_host *h)
{
        mx_file_close(&h->vmstat);
        mx_file_close(&h->meminfo);
        mx_file_close(&h->pressure);
}

/* The keys' numbers, all absent where there is no file. */
static int read_keys(struct mx_file *f, struct mx_watch_keys *keys, uint64_t *ret,
                     struct mx_err *reterr)
{
        struct mx_err err = { 0 };
        int r;

        for (uint32_t i = 0; i < keys->n; i++)
                ret[i] = MX_ABSENT;
        if (!f->path)
                return 0;
        r = mx_file_read(f, reterr);
        if (r < 0)
                return r;
        r = mx_watch_keys_read(keys, f->buf.data, f->buf.len, ret, &err);
        return r < 0 ? mx_err_set(reterr, r, err.what, f->path, err.line) : 0;
}

static int read_pressure(struct mx_file *f, struct mx_pressure *ret, struct mx_err *reterr)
{
        struct mx_err err = { 0 };
        int r;

        *ret = (struct mx_pressure){ MX_ABSENT, MX_ABSENT };
        if (!f->path)
                return 0;
        r = mx_file_read(f, reterr);
        if (r == -EOPNOTSUPP) {
                mx_file_close(f);
                return 0;
        }
        if (r < 0)
                return r;
        r = mx_pressure_parse(f->buf.data, f->buf.len, ret, &err);
        return r < 0 ? mx_err_set(reterr, r, err.what, f->path, err.line) : 0;
}

static bool is_pressure_due(const struct mx_watch_host *h, const uint64_t *now)
{
        return !now || !h->pressure_base.is_set ||
               *now - h->pressure_base.usec >= PRESSURE_PERIOD - PRESSURE_EARLY;
}

int mx_watch_host_read(struct mx_watch_host *h, const uint64_t *now, struct mx_watch_sample *ret,
                       struct mx_err *reterr)
{
        struct mx_pressure pressure = { MX_ABSENT, MX_ABSENT };
        uint64_t vm[VM_KEYS], mem[MEM_KEYS];
        int r;

        r = read_keys(&h->vmstat, &h->vmstat_keys, vm, reterr);
        r = r ?: read_keys(&h->meminfo, &h->meminfo_keys, mem, reterr);
        if (r == 0 && is_pressure_due(h, now))
                r = read_pressure(&h->pressure, &pressure, reterr);
        if (r < 0)
                return r;
        *ret = (struct mx_watch_sample){ .flow.free = vm[VM_FREE],
                                         .swap_in = vm[VM_SWAP_IN],
                                         .swap_out = vm[VM_SWAP_OUT],
                                         .total_kib = mem[MEM_TOTAL],
                                         .available_kib = mem[MEM_AVAILABLE],
                                         .some_usec = pressure.some_usec,
                                         .full_usec = pressure.full_usec };
        memcpy(ret->flow.alloc, &vm[VM_ALLOC], sizeof(ret->flow.alloc));
        return 0;
}

void mx_watch_host_meet(struct mx_watch_host *h, const struct mx_watch_sample *s)
{
        const uint64_t value[MX_WATCH_MEASURES] = {
                [MX_WATCH_AVAILABLE] = s->total_kib == MX_ABSENT ? MX_ABSENT : s->available_kib,
                [MX_WATCH_SWAP_IN] = s->swap_in,
                [MX_WATCH_SWAP_OUT] = s->swap_out,
                [MX_WATCH_SOME] = s->some_usec,
                [MX_WATCH_FULL] = s->full_usec,
        };

        for (size_t i = 0; i < MX_WATCH_MEASURES; i++)
                h->measure[i].is_known |= value[i] != MX_ABSENT;
}

/* A rate. Of no weight: only as an extreme. */
static void note(struct mx_watch_host *h, enum mx_watch_measure m, uint64_t now, uint64_t value,
                 uint64_t weight)
{
        if (value == MX_ABSENT)
                return;
        mx_histogram_add(&h->measure[m].seen, value, weight);
        mx_window_add(&h->measure[m].extreme, now, value);
}

/* What a counter has grown by, times `scale`, by the time in microseconds. MX_ABSENT where it is
 * not known, has gone back, or cannot be true. */
static uint64_t growth(uint64_t was, uint64_t is, uint64_t scale, uint64_t usec, bool up)
{
        uint64_t v;

        if (was == MX_ABSENT || is == MX_ABSENT || is < was ||
            __builtin_mul_overflow(is - was, scale, &v))
                return MX_ABSENT;
        return v / usec + (up && v % usec != 0);
}

/* PSI's clock is not quite ours: what comes to more than all the time is all of it. */
static uint64_t share(uint64_t was, uint64_t is, uint64_t usec)
{
        uint64_t v = growth(was, is, 1000, usec, true);

        return v == MX_ABSENT ? v : MX_MIN(v, 1000U);
}

static void note_available(struct mx_watch_host *h, const struct mx_watch_sample *s, uint64_t now,
                           uint64_t weight)
{
        uint64_t milli;

        if (s->total_kib == MX_ABSENT || s->total_kib == 0 || s->available_kib > s->total_kib ||
            __builtin_mul_overflow(s->available_kib, 1000, &milli))
                return;
        /* Up: a bucket takes what is not above its bound, and 5.9 is above 5. */
        mx_histogram_add(&h->measure[MX_WATCH_AVAILABLE].seen,
                         milli / s->total_kib + (milli % s->total_kib != 0), weight);
        mx_window_add(&h->measure[MX_WATCH_AVAILABLE].extreme, now, s->available_kib);
}

static void note_rates(struct mx_watch_host *h, const struct mx_watch_sample *s, uint64_t now,
                       uint64_t usec, uint64_t weight)
{
        uint64_t bytes = (uint64_t)h->page_size * 1000000;
        const struct mx_watch_sample *b = &h->base;

        note(h, MX_WATCH_SWAP_IN, now, growth(b->swap_in, s->swap_in, bytes, usec, false), weight);
        note(h, MX_WATCH_SWAP_OUT, now, growth(b->swap_out, s->swap_out, bytes, usec, false),
             weight);
}

/* Pressure counts from the look that last read it: for all the moments since, if none of them was
 * unobserved. */
static void note_pressure(struct mx_watch_host *h, const struct mx_watch_sample *s, uint64_t now,
                          uint64_t weight, bool is_observed)
{
        struct mx_watch_pressure_base *b = &h->pressure_base;
        uint64_t usec = now - b->usec;

        b->weight += weight;
        b->is_broken |= !is_observed;
        if (s->some_usec == MX_ABSENT)
                return;
        if (b->is_set && usec > 0 && usec <= SHORTEST_WINDOW) {
                weight = b->is_broken ? 0 : b->weight;
                note(h, MX_WATCH_SOME, now, share(b->some_usec, s->some_usec, usec), weight);
                note(h, MX_WATCH_FULL, now, share(b->full_usec, s->full_usec, usec), weight);
        }
        *b = (struct mx_watch_pressure_base){
                .is_set = true, .usec = now, .some_usec = s->some_usec, .full_usec = s->full_usec
        };
}

/* How many periods an observed time is, at least one. What is rounded off is left to the next, so
 * that all of them come to the time: else a pace of 1.4 periods would count for 1. */
static uint64_t weigh(struct mx_watch_host *h, uint64_t usec, uint64_t period)
{
        int64_t all = (int64_t)usec + h->uncounted_usec, half = (int64_t)period / 2;
        int64_t weight = MX_MAX((all + half) / (int64_t)period, 1);

        h->uncounted_usec = MX_MAX(all - weight * (int64_t)period, -half);
        return (uint64_t)weight;
}

void mx_watch_host_update(struct mx_watch_host *h, const struct mx_watch_sample *s, uint64_t now,
                          uint64_t period, bool is_observed)
{
        uint64_t usec = now - h->base_usec, weight = 1;

        if (h->has_base && is_observed) {
                if (usec < MX_MAX(period / 2, 1U)) {
                        note_available(h, s, now, 0);
                        return;
                }
                weight = weigh(h, usec, period);
        }
        note_available(h, s, now, weight);
        if (h->has_base && is_observed)
                note_rates(h, s, now, usec, weight);
        else if (h->has_base && usec > 0 && usec <= SHORTEST_WINDOW)
                note_rates(h, s, now, usec, 0);
        note_pressure(h, s, now, weight, is_observed);
        h->base = *s;
        h->base_usec = now;
        h->has_base = true;
}
