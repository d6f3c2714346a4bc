/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin with a histogram and the extremes of windows: what the daemon exports for them. */
#include <mx/collector.h>
#include <mx/window.h>

#include <string.h>

static const uint64_t bounds[] = { 1, 50, 1000, 20000000 };

static const struct mx_family families[] = {
        { "memory_spread_seconds", "How long it never took.", "", NULL, MX_HISTOGRAM, MX_USEC, 0 },
        { "memory_spread_highest", "The most it has counted.", "", NULL, MX_GAUGE, MX_ONE, 0 },
};

struct spread {
        struct mx_histogram histogram[2];
        struct mx_window window;
        uint64_t runs;
};

static int spread_open(void *state, const struct mx_host *host, const void *options,
                       struct mx_err *reterr)
{
        struct spread *s = state;

        (void)host, (void)options, (void)reterr;
        for (int i = 0; i < 2; i++)
                s->histogram[i] =
                        (struct mx_histogram){ .bounds = bounds, .n = MX_ARRAY_SIZE(bounds) };
        mx_window_init(&s->window, MX_HIGHEST);
        return 0;
}

static int spread_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct spread *s = state;
        struct mx_labels labels[MX_SPANS];
        uint64_t highest[MX_SPANS];

        (void)reterr;
        mx_histogram_add(&s->histogram[s->runs % 2], s->runs * 40, 1);
        mx_window_add(&s->window, 0, ++s->runs);
        for (enum mx_span i = MX_SPAN_1M; i < MX_SPANS; i++) {
                mx_labels_begin(sink);
                mx_label(sink, "window", mx_spans[i].name, strlen(mx_spans[i].name));
                labels[i] = mx_labels_end(sink);
                highest[i] = mx_window_read(&s->window, i, 0);
        }
        mx_emit_histograms(sink, 0, s->histogram, 2, sizeof(s->histogram[0]), labels);
        mx_emit_column(sink, 1, highest, MX_SPANS, sizeof(highest[0]), labels);
        return 0;
}

static void spread_close(void *state)
{
        (void)state;
}

const struct mx_collector mx_collector = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "spread",
        .help = "Plugin for the tests of histograms.",
        .source = "nothing",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .interval = MX_SECONDS(1),
        .max_series = 32,
        .max_bytes = 8192,
        .state_size = sizeof(struct spread),
        .open = spread_open,
        .collect = spread_collect,
        .close = spread_close,
};
