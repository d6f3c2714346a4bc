/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin with an option of every type, and a pace of its own. It says what it was given. */
#include "good.h"

#include <mx/collector.h>

static const char *const modes[] = { "slow", "fast", NULL };
static const char *const keys[] = { "comm", "user", NULL };
static const char *const ends[] = { "from", "to", NULL };

static const struct mx_option options[] = {
        { "on", "A switch.", MX_OPT_BOOL, offsetof(struct good_options, on), "false", 0, 0, NULL },
        { "top_items", "A count.", MX_OPT_COUNT, offsetof(struct good_options, top), "10", 1, 100,
          NULL },
        { "pause", "A duration.", MX_OPT_DURATION, offsetof(struct good_options, pause), "2s", 1000,
          3600000000, NULL },
        { "room", "A size.", MX_OPT_SIZE, offsetof(struct good_options, room), "64KiB", 0, 0,
          NULL },
        { "mode", "A choice.", MX_OPT_CHOICE, offsetof(struct good_options, mode), "slow", 0, 0,
          modes },
        { "include", "A filter.", MX_OPT_FILTER, offsetof(struct good_options, include), NULL, 0, 0,
          NULL },
        { "groups", "A list.", MX_OPT_RULES, offsetof(struct good_options, groups), NULL, 0, 0,
          keys },
        { "spans", "A list of texts.", MX_OPT_ROWS, offsetof(struct good_options, spans), NULL, 0,
          3, ends },
};

static const char *good_check_row(const struct mx_option *option, const struct mx_row *row)
{
        uint64_t from = 0, to = UINT64_MAX;

        (void)option;
        if ((row->text[0] && mx_duration_parse(row->text[0], &from) < 0) ||
            (row->text[1] && mx_duration_parse(row->text[1], &to) < 0))
                return "'from' or 'to' is not a duration";
        return from < to ? NULL : "'from' is not before 'to'";
}

static const struct mx_family families[] = {
        { "memory_good_room_bytes", "What it was given.", "", NULL, MX_GAUGE, MX_ONE, 0 },
};

struct good {
        const struct good_options *options;
};

static int good_open(void *state, const struct mx_host *host, const void *opt,
                     struct mx_err *reterr)
{
        (void)host, (void)reterr;
        ((struct good *)state)->options = opt;
        return 0;
}

static int good_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        (void)reterr;
        mx_emit(sink, 0, ((struct good *)state)->options->room);
        return 0;
}

static void good_close(void *state)
{
        (void)state;
}

const struct mx_collector mx_collector = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "good_one",
        .help = "Plugin for the tests.",
        .source = "nothing",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .options = options,
        .n_options = MX_ARRAY_SIZE(options),
        .options_size = sizeof(struct good_options),
        .run = MX_RUN_INLINE,
        .off_by_default = true,
        .interval = MX_SECONDS(30),
        .max_series = 8,
        .max_bytes = 4096,
        .state_size = sizeof(struct good),
        .open = good_open,
        .collect = good_collect,
        .close = good_close,
        .check_row = good_check_row,
};
