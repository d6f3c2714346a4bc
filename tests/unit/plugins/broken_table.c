/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin whose second metric is not fit to be exposed. */
#include <mx/collector.h>

static const struct mx_family families[] = {
        { "memory_broken_fine_bytes", "This one is fine.", "", NULL, MX_GAUGE, MX_ONE, 0 },
        { "memory_broken_events", "A counter without its suffix.", "", NULL, MX_COUNTER, MX_ONE,
          0 },
};

static int nothing_open(void *state, const struct mx_host *host, const void *options,
                        struct mx_err *reterr)
{
        (void)state, (void)host, (void)options, (void)reterr;
        return 0;
}

static int nothing_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        (void)state, (void)sink, (void)reterr;
        return 0;
}

static void nothing_close(void *state)
{
        (void)state;
}

const struct mx_collector mx_collector = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "broken",
        .help = "Plugin for the tests.",
        .source = "nothing",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .max_series = 8,
        .max_bytes = 4096,
        .open = nothing_open,
        .collect = nothing_collect,
        .close = nothing_close,
};
