/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include "mx/cleanup.h"
#include "scale.h"

static const enum view_source source_of[HISTORY_SERIES] = {
        [HISTORY_AVAILABLE] = VIEW_MEMINFO, [HISTORY_SWAP_IN] = VIEW_SWAP,
        [HISTORY_SWAP_OUT] = VIEW_SWAP,     [HISTORY_MAJOR_FAULTS] = VIEW_VMSTAT,
        [HISTORY_OOM_KILLS] = VIEW_VMSTAT,  [HISTORY_SOME] = VIEW_PRESSURE,
        [HISTORY_FULL] = VIEW_PRESSURE,
};

static size_t slot(const struct history *h, size_t i)
{
        return (h->first + i) % HISTORY_POINTS_MAX;
}

static uint64_t latest(const uint64_t *usec)
{
        uint64_t max = 0;

        for (size_t i = 0; i < VIEW_SOURCES; i++)
                max = MX_MAX(max, usec[i]);
        return max;
}

bool history_add(struct history *h, const struct view *v)
{
        const struct view_counters *c = &v->counters;
        uint64_t now = latest(v->read_usec);
        size_t at;

        if (now == 0)
                return false;
        if (h->n > 0 && now < latest(h->point[slot(h, h->n - 1)].read_usec) + HISTORY_STEP_USEC)
                return false;
        if (h->n == HISTORY_POINTS_MAX)
                h->first = slot(h, 1);
        else
                h->n++;
        at = slot(h, h->n - 1);
        for (size_t i = 0; i < VIEW_SOURCES; i++)
                h->point[at].read_usec[i] = v->read_usec[i];
        h->point[at].value[HISTORY_AVAILABLE] = v->meminfo.available;
        h->point[at].value[HISTORY_SWAP_IN] = c->swap_in;
        h->point[at].value[HISTORY_SWAP_OUT] = c->swap_out;
        h->point[at].value[HISTORY_MAJOR_FAULTS] = c->major_faults;
        h->point[at].value[HISTORY_OOM_KILLS] = c->oom_kills;
        h->point[at].value[HISTORY_SOME] = c->pressure_some;
        h->point[at].value[HISTORY_FULL] = c->pressure_full;
        return true;
}

/* Walks the values of one series. Points in which its source had not been read anew say nothing. */
struct walk {
        const struct history *h;
        enum history_series series;
        size_t i;
        uint64_t usec, value;           /* current; value may be absent */
        uint64_t last_usec, last_value; /* the one before; usec 0: there is none */
};

static bool walk_next(struct walk *w)
{
        enum view_source source = source_of[w->series];

        for (; w->i < w->h->n; w->i++) {
                size_t at = slot(w->h, w->i);
                uint64_t usec = w->h->point[at].read_usec[source];

                if (usec <= w->usec)
                        continue;
                w->last_usec = w->usec;
                w->last_value = w->value;
                w->usec = usec;
                w->value = w->h->point[at].value[w->series];
                return true;
        }
        return false;
}

/* Can the two values be told from one another: is it the same counter, still going up? */
static bool has_grown(const struct walk *w)
{
        return w->last_usec > 0 && w->last_value != MX_ABSENT && w->value != MX_ABSENT &&
               w->value >= w->last_value;
}

/* Thousandths a second; a rate that does not fit is the largest that does. */
static uint64_t rate(const struct walk *w)
{
        return scale(w->value - w->last_value, 1000000000, w->usec - w->last_usec);
}

size_t history_samples(const struct history *h, enum history_series series, uint64_t since,
                       struct history_sample *ret)
{
        struct walk w = { .h = h, .series = series };
        bool gauge = series == HISTORY_AVAILABLE, before = false;
        size_t n = 0;

        while (walk_next(&w)) {
                bool known = gauge ? w.value != MX_ABSENT : has_grown(&w);
                bool near = w.usec - w.last_usec <= HISTORY_BREAK_USEC;

                if (known && w.usec >= since)
                        ret[n++] = (struct history_sample){ .usec = w.usec,
                                                            .value = gauge ? w.value : rate(&w),
                                                            .joined = before && near };
                before = known && w.usec >= since;
        }
        return n;
}

uint64_t history_growth(const struct history *h, enum history_series series, uint64_t since)
{
        struct walk w = { .h = h, .series = series };
        uint64_t sum = MX_ABSENT;

        while (walk_next(&w))
                if (has_grown(&w) && w.last_usec >= since)
                        sum = (sum == MX_ABSENT ? 0 : sum) + (w.value - w.last_value);
        return sum;
}
