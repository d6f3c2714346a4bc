/* SPDX-License-Identifier: Apache-2.0 */
/* The last minutes as graphs. One pixel of the viewBox is a second; a line breaks where nothing is
 * known. */
#include "page_private.h"

#include "mx/cleanup.h"
#include "scale.h"

#include <inttypes.h>

#define WIDTH  600
#define HEIGHT 100

enum unit {
        UNIT_BYTES,
        UNIT_BYTES_PER_SECOND, /* values in thousandths, as those below */
        UNIT_SHARE,            /* of microseconds: 10^9 is all the time */
        UNIT_PER_SECOND,
};

#define ALL_THE_TIME 1000000000ULL

struct line {
        enum history_series series;
        const char *name, *class;
};

struct graph {
        const char *id, *title;
        enum unit unit;
        uint64_t floor; /* the scale ends no lower: quiet is to look quiet */
        struct line line[2];
        size_t n;
};

static const struct graph graphs[] = {
        { "graph-available",
          "Available memory",
          UNIT_BYTES,
          1,
          { { HISTORY_AVAILABLE, "available", "a" } },
          1 },
        { "graph-pressure",
          "Time spent waiting for memory",
          UNIT_SHARE,
          ALL_THE_TIME / 100,
          { { HISTORY_SOME, "some", "a" }, { HISTORY_FULL, "all (full)", "b" } },
          2 },
        { "graph-swap",
          "Swap traffic",
          UNIT_BYTES_PER_SECOND,
          1048576000,
          { { HISTORY_SWAP_IN, "in", "a" }, { HISTORY_SWAP_OUT, "out", "b" } },
          2 },
        { "graph-faults",
          "Major page faults",
          UNIT_PER_SECOND,
          10000,
          { { HISTORY_MAJOR_FAULTS, "faults", "a" } },
          1 },
};

static void put_value(struct html *h, enum unit unit, uint64_t v)
{
        switch (unit) {
        case UNIT_BYTES:
                html_bytes(h, v);
                return;
        case UNIT_BYTES_PER_SECOND:
                html_bytes(h, v / 1000 + (v % 1000 >= 500));
                html_put(h, "/s");
                return;
        case UNIT_SHARE:
                html_percent(h, MX_MIN(v, ALL_THE_TIME), ALL_THE_TIME);
                return;
        case UNIT_PER_SECOND:
                html_milli(h, v);
                html_put(h, "/s");
        }
}

/* The next 1, 2 or 5 times a power of ten (or of two) that is not below v. */
static uint64_t round_up(uint64_t v, enum unit unit)
{
        uint64_t step = 1;

        if (unit == UNIT_BYTES_PER_SECOND) {
                for (step = 1000; step < v && step < UINT64_MAX / 2;)
                        step *= 2;
                return step;
        }
        while (step < v && step < UINT64_MAX / 10) {
                if (step * 2 >= v)
                        return step * 2;
                if (step * 5 >= v)
                        return step * 5;
                step *= 10;
        }
        return MX_MAX(step, v);
}

struct drawing {
        const struct graph *g;
        const struct page_model *m;
        uint64_t since, scale;
        struct history_sample sample[2][HISTORY_POINTS_MAX];
        size_t n[2];
};

static void measure(struct drawing *d)
{
        uint64_t max = d->g->floor;

        for (size_t l = 0; l < d->g->n; l++) {
                d->n[l] = history_samples(&d->m->history, d->g->line[l].series, d->since,
                                          d->sample[l]);
                for (size_t i = 0; i < d->n[l]; i++)
                        max = MX_MAX(max, d->sample[l][i].value);
        }
        if (d->g->unit == UNIT_BYTES && d->m->view.meminfo.total != MX_ABSENT)
                d->scale = MX_MAX(d->m->view.meminfo.total, max);
        else if (d->g->unit == UNIT_SHARE)
                d->scale = MX_MIN(round_up(max, d->g->unit), ALL_THE_TIME);
        else
                d->scale = round_up(max, d->g->unit);
}

static uint64_t x_of(const struct drawing *d, uint64_t usec)
{
        return MX_MIN((usec - d->since) * WIDTH / HISTORY_USEC, WIDTH);
}

/* In tenths, from above. */
static uint64_t y_of(const struct drawing *d, uint64_t value)
{
        return HEIGHT * 10 - scale(MX_MIN(value, d->scale), HEIGHT * 10, d->scale);
}

static void put_point(struct html *h, const struct drawing *d, char how,
                      const struct history_sample *s)
{
        uint64_t y = y_of(d, s->value);

        html_format(h, "%c%" PRIu64 " %" PRIu64 ".%" PRIu64, how, x_of(d, s->usec), y / 10, y % 10);
}

/* A sample that stands alone is drawn as a stroke of no length, which its round cap makes a dot. */
static void put_line(struct html *h, const struct drawing *d, size_t l)
{
        html_format(h, "<path class=\"line l-%s\" d=\"", d->g->line[l].class);
        for (size_t i = 0; i < d->n[l]; i++) {
                const struct history_sample *s = &d->sample[l][i];

                put_point(h, d, s->joined ? 'L' : 'M', s);
                if (!s->joined && (i + 1 == d->n[l] || !s[1].joined))
                        html_put(h, "h0");
        }
        html_put(h, "\"/>");
}

static void put_area(struct html *h, const struct drawing *d)
{
        html_put(h, "<path class=\"area\" d=\"");
        for (size_t i = 0; i < d->n[0]; i++) {
                const struct history_sample *s = &d->sample[0][i];

                if (!s->joined)
                        html_format(h, "M%" PRIu64 " %d", x_of(d, s->usec), HEIGHT);
                put_point(h, d, 'L', s);
                if (i + 1 == d->n[0] || !s[1].joined)
                        html_format(h, "V%dZ", HEIGHT);
        }
        html_put(h, "\"/>");
}

static void put_current(struct html *h, const struct drawing *d)
{
        html_put(h, "<p class=\"now\">");
        for (size_t l = 0; l < d->g->n; l++) {
                const struct line *line = &d->g->line[l];

                html_format(h, "<span data-series=\"%s\">", line->name);
                if (d->g->n > 1)
                        html_format(h,
                                    "<svg class=\"key\" viewBox=\"0 0 10 10\" aria-hidden=\"true\">"
                                    "<path class=\"line l-%s\" d=\"M0 5H10\"/></svg>%s ",
                                    line->class, line->name);
                html_put(h, "<b>");
                if (d->g->unit == UNIT_BYTES && d->m->view.meminfo.available != MX_ABSENT)
                        html_bytes(h, d->m->view.meminfo.available); /* newer than the last point */
                else if (d->n[l] > 0)
                        put_value(h, d->g->unit, d->sample[l][d->n[l] - 1].value);
                else
                        html_put(h, "\u2013");
                html_put(h, "</b></span>");
        }
        html_put(h, "</p>");
}

static bool is_counted(const struct view *v, enum history_series series)
{
        switch (series) {
        case HISTORY_AVAILABLE:
                return v->meminfo.available != MX_ABSENT;
        case HISTORY_SWAP_IN:
                return v->counters.swap_in != MX_ABSENT;
        case HISTORY_SOME:
                return v->counters.pressure_some != MX_ABSENT;
        default:
                return v->counters.major_faults != MX_ABSENT;
        }
}

static void put_graph(struct html *h, struct drawing *d)
{
        const struct graph *g = d->g;

        measure(d);
        html_format(h, "<figure class=\"card graph\" id=\"%s\"><figcaption><h3>%s</h3>", g->id,
                    g->title);
        put_current(h, d);
        html_put(h, "</figcaption>");
        if (d->n[0] == 0) {
                html_put(h, is_counted(&d->m->view, g->line[0].series)
                                    ? "<p class=\"note empty\">Two results are needed for the "
                                      "first point: it comes in a few seconds.</p></figure>"
                                    : "<p class=\"note empty\">Not known: this kernel, or this "
                                      "configuration, gives no such number.</p></figure>");
                return;
        }
        html_format(h,
                    "<div class=\"plot\"><svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
                    "role=\"img\" aria-labelledby=\"%s-t %s-d\"><title id=\"%s-t\">%s</title>"
                    "<desc id=\"%s-d\">The last ten minutes, on a scale from 0 to ",
                    WIDTH, HEIGHT, g->id, g->id, g->id, g->title, g->id);
        put_value(h, g->unit, d->scale);
        html_put(h, "</desc><path class=\"grid\" d=\"M0 0H600M0 50H600M0 100H600\"/>");
        if (g->n == 1)
                put_area(h, d);
        for (size_t l = g->n; l-- > 0;)
                put_line(h, d, l);
        html_put(h, "</svg><span class=\"ymax\">");
        put_value(h, g->unit, d->scale);
        html_put(h, "</span><span class=\"ymin\">0</span></div><p class=\"axis\"><span>10\u202fmin "
                    "ago</span><span>now</span></p></figure>");
}

void page_history(struct html *h, const struct page_model *m)
{
        struct drawing d = { .m = m };

        d.since = m->now_usec > HISTORY_USEC ? m->now_usec - HISTORY_USEC : 0;
        html_put(h, "<div class=\"cards wide\">");
        for (size_t i = 0; i < MX_ARRAY_SIZE(graphs); i++) {
                d.g = &graphs[i];
                put_graph(h, &d);
        }
        html_put(h, "</div>");
}
