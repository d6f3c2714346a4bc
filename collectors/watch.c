/* SPDX-License-Identifier: Apache-2.0 */
/* What happens between two scrapes: free memory of each zone against its watermarks, and available
 * memory, swap traffic and stalls of the host, looked at ten times a second and kept as counters,
 * histograms and extremes over fixed windows, which any number of scrapers can read and none can
 * reset.
 *
 * A look takes the state it finds to hold until the next one. A dip that lasts two periods is
 * therefore seen, once; the time below is off by less than a period for each; a shorter dip is seen
 * as often as a look falls into it. Time over which that cannot be said (a look that failed, a gap
 * of more than three times the usual and what the budget made it wait) is not credited to anything
 * and counted as unobserved. Histograms count time: a look that stands for several periods counts
 * as often.
 *
 * What the kernel counts by itself is exact and not repeated here: allocstall and kswapd's wake-ups
 * (/proc/vmstat), stall times (/proc/pressure/memory), memory.events of a cgroup. See watch_host.c
 * for how exact what is read here is, and watch_zones.c for when zones are not read and why that
 * hides nothing. */
#include "watch_gap.h"
#include "watch_host.h"
#include "watch_zones.h"

#include "mx/collector.h"

#include <time.h>

#define PERIOD_MIN 10000 /* microseconds */

#define ZONES "/proc/zoneinfo"
/* Of the last: is_stale() in the daemon's instance.c; an EIO of a file system in user space that
 * stands in for /proc is one. */
#define COUNTED                                                                                    \
        "counted since the exporter started, and from 0 after a restart, a change of its "         \
        "settings or a failure for which its files are opened anew"
#define SINCE  "sampled; " COUNTED
#define PERIOD "each as long as the configured period, "

/* clang-format off */
#define BREACHES(mark) \
        { "memory_zone_watermark_" #mark "_breaches_total", "Times free memory of the zone fell below the " #mark " watermark (again only after it had risen an eighth above; one that was below at the start is not counted), " SINCE ".", \
          #mark, ZONES, MX_COUNTER, MX_ONE, offsetof(struct mx_watch_zone, breaches[MARK_##mark]) }
#define BELOW(mark) \
        { "memory_zone_watermark_" #mark "_below_seconds_total", "Time that free memory of the zone was below the " #mark " watermark, " SINCE ".", \
          #mark, ZONES, MX_COUNTER, MX_USEC, offsetof(struct mx_watch_zone, below_usec[MARK_##mark]) }
#define DEEPEST(mark) \
        { "memory_zone_watermark_" #mark "_deepest_shortfall_bytes", "Most that free memory of the zone was below the " #mark " watermark within the window, 0 if never, sampled since the exporter started.", \
          #mark, ZONES, MX_GAUGE, MX_PAGES, 0 }

enum {
        MARK_min = MX_WATCH_MIN,
        MARK_low = MX_WATCH_LOW,
        MARK_high = MX_WATCH_HIGH,
};

enum {
        BREACHES,
        BELOW = BREACHES + MX_WATCH_MARKS,
        DEEPEST = BELOW + MX_WATCH_MARKS,
        SEEN = DEEPEST + MX_WATCH_MARKS,
        EXTREME = SEEN + MX_WATCH_MEASURES,
        UNOBSERVED = EXTREME + MX_WATCH_MEASURES,
        ZONE_READS,
};

static const struct mx_family families[] = {
        [BREACHES] = BREACHES(min), BREACHES(low), BREACHES(high),
        [BELOW] = BELOW(min), BELOW(low), BELOW(high),
        [DEEPEST] = DEEPEST(min), DEEPEST(low), DEEPEST(high),
        [SEEN + MX_WATCH_AVAILABLE] = { "memory_watch_available_ratio", "Moments by how much of all memory was available, " PERIOD SINCE ".", "MemAvailable", "/proc/meminfo", MX_HISTOGRAM, MX_MILLI, 0 },
        [SEEN + MX_WATCH_SWAP_IN] = { "memory_watch_swap_in_bytes_per_second", "Moments by how fast memory was read back from swap, " PERIOD SINCE ".", "pswpin", "/proc/vmstat", MX_HISTOGRAM, MX_ONE, 0 },
        [SEEN + MX_WATCH_SWAP_OUT] = { "memory_watch_swap_out_bytes_per_second", "Moments by how fast memory was written to swap, " PERIOD SINCE ".", "pswpout", "/proc/vmstat", MX_HISTOGRAM, MX_ONE, 0 },
        [SEEN + MX_WATCH_SOME] = { "memory_watch_pressure_some_ratio", "Moments by the share of time in which at least one task was stalled waiting for memory, " PERIOD SINCE ".", "some total", "/proc/pressure/memory", MX_HISTOGRAM, MX_MILLI, 0 },
        [SEEN + MX_WATCH_FULL] = { "memory_watch_pressure_full_ratio", "Moments by the share of time in which all non-idle tasks were stalled waiting for memory at once, " PERIOD SINCE ".", "full total", "/proc/pressure/memory", MX_HISTOGRAM, MX_MILLI, 0 },
        [EXTREME + MX_WATCH_AVAILABLE] = { "memory_watch_available_lowest_bytes", "Least memory that was available within the window, sampled since the exporter started.", "MemAvailable", "/proc/meminfo", MX_GAUGE, MX_KIB, 0 },
        [EXTREME + MX_WATCH_SWAP_IN] = { "memory_watch_swap_in_highest_bytes_per_second", "Fastest that memory was read back from swap within the window, sampled since the exporter started.", "pswpin", "/proc/vmstat", MX_GAUGE, MX_ONE, 0 },
        [EXTREME + MX_WATCH_SWAP_OUT] = { "memory_watch_swap_out_highest_bytes_per_second", "Fastest that memory was written to swap within the window, sampled since the exporter started.", "pswpout", "/proc/vmstat", MX_GAUGE, MX_ONE, 0 },
        [EXTREME + MX_WATCH_SOME] = { "memory_watch_pressure_some_highest_ratio", "Highest share of a second within the window (or of the time between two samples, if that was longer) in which at least one task was stalled waiting for memory, sampled since the exporter started.", "some total", "/proc/pressure/memory", MX_GAUGE, MX_MILLI, 0 },
        [EXTREME + MX_WATCH_FULL] = { "memory_watch_pressure_full_highest_ratio", "Highest share of a second within the window (or of the time between two samples, if that was longer) in which all non-idle tasks were stalled waiting for memory at once, sampled since the exporter started.", "full total", "/proc/pressure/memory", MX_GAUGE, MX_MILLI, 0 },
        [UNOBSERVED] = { "memory_watch_unobserved_seconds_total", "Time that the samples say nothing about, as one failed or came late; " COUNTED ".", NULL, NULL, MX_COUNTER, MX_USEC, 0 },
        [ZONE_READS] = { "memory_watch_zone_reads_total", "Samples for which the zones were read, as a second had passed or they could not be known to be above their watermarks otherwise; " COUNTED ".", NULL, ZONES, MX_COUNTER, MX_ONE, 0 },
};

struct watch_options {
        uint64_t period, budget;
};

static const struct mx_option watch_options[] = {
        { "period", "Time from one sample to the next; 0 turns sampling off, and what is below 10ms is 10ms.", MX_OPT_DURATION, offsetof(struct watch_options, period), "100ms", 0, MX_SECONDS(60), NULL },
        { "budget", "CPU time a second that sampling may take on average: the period is stretched to stay below; 0: no limit.", MX_OPT_DURATION, offsetof(struct watch_options, budget), "2ms", 0, MX_SECONDS(1), NULL },
};
/* clang-format on */

struct deepest {
        uint64_t pages[MX_WATCH_MARKS];
};

struct watch_state {
        struct watch_options options;
        struct mx_watch_host host;
        struct mx_watch_zones zones;
        struct mx_watch_gap gap;

        bool has_looked;
        uint64_t look_usec;       /* of the last look */
        uint64_t unobserved_usec; /* sample */
        bool was_seen;            /* the last look has not failed */
        struct mx_err err;        /* why it has */

        /* For one run: arrays that grow to what the machine needs and stay. */
        struct mx_buf labels, deepest, deepest_labels;
};

/* The state of things before the first look: which series there are, and which zones are below. */
static int meet(struct watch_state *s, struct mx_err *reterr)
{
        struct mx_watch_sample sample;
        int r = mx_watch_host_read(&s->host, NULL, &sample, reterr);

        if (r < 0)
                return r;
        mx_watch_host_meet(&s->host, &sample);
        if (s->zones.file.path) {
                r = mx_watch_zones_read(&s->zones, reterr);
                if (r < 0)
                        return r;
                mx_watch_zones_update(&s->zones, &sample.flow, NULL);
        }
        for (size_t i = 0; i < MX_WATCH_MEASURES; i++)
                if (s->host.measure[i].is_known)
                        return 0;
        return s->zones.file.path
                       ? 0
                       : mx_err_set(reterr, -ENOENT, "there is nothing to watch", "zoneinfo", 0);
}

static int watch_open(void *state, const struct mx_host *host, const void *options,
                      struct mx_err *reterr)
{
        struct watch_state *s = state;
        int r;

        s->options = *(const struct watch_options *)options;
        if (s->options.period == 0)
                return mx_err_set(reterr, -EOPNOTSUPP, "sampling is off: period is 0", NULL, 0);
        s->options.period = MX_MAX(s->options.period, (uint64_t)PERIOD_MIN);
        s->gap = (struct mx_watch_gap){ .period = s->options.period,
                                        .budget = s->options.budget,
                                        .usual_usec = s->options.period };
        mx_buf_init(&s->labels, MX_WATCH_ZONES_MAX * sizeof(struct mx_labels));
        mx_buf_init(&s->deepest, MX_WATCH_ZONES_MAX * MX_SPANS * sizeof(struct deepest));
        mx_buf_init(&s->deepest_labels, MX_WATCH_ZONES_MAX * MX_SPANS * sizeof(struct mx_labels));
        r = mx_watch_zones_open(&s->zones, host, reterr);
        if (r == -ENOENT || r == -EACCES || r == -EPERM)
                s->zones.file = (struct mx_file){ 0 };
        else if (r < 0)
                return r;
        r = mx_watch_host_open(&s->host, host, reterr);
        return r ?: meet(s, reterr);
}

static uint64_t cpu_nsec(void)
{
        struct timespec ts = { 0 };

        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
        return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static int look(struct watch_state *s, uint64_t now, struct mx_watch_sample *ret, bool *ret_zones)
{
        int r = mx_watch_host_read(&s->host, &now, ret, &s->err);

        if (r < 0)
                return r;
        *ret_zones = s->zones.file.path && mx_watch_zones_due(&s->zones, &ret->flow, now);
        return *ret_zones ? mx_watch_zones_read(&s->zones, &s->err) : 0;
}

static void look_and_note(struct watch_state *s, uint64_t now)
{
        uint64_t gap = s->has_looked ? now - s->look_usec : 0;
        struct mx_watch_sample sample;
        bool zones = false, observed;
        int r;

        r = look(s, now, &sample, &zones);
        observed = mx_watch_gap_observed(&s->gap, gap) && s->was_seen && r == 0;
        if (s->has_looked && !observed)
                s->unobserved_usec += gap;
        s->look_usec = now;
        s->was_seen = r == 0;
        s->has_looked = true;
        if (r < 0)
                return;
        s->err = (struct mx_err){ 0 };
        if (observed)
                mx_watch_zones_pass(&s->zones, gap);
        if (zones)
                mx_watch_zones_update(&s->zones, &sample.flow, &now);
        mx_window_add(&s->zones.observed, now, 0);
        mx_watch_host_update(&s->host, &sample, now, s->options.period, observed);
}

static enum mx_looked watch_watch(void *state, enum mx_look why, uint64_t now)
{
        struct watch_state *s = state;
        uint64_t before = cpu_nsec();

        (void)why; /* there is nothing but the clock */
        look_and_note(s, now);
        s->gap.spent_nsec = cpu_nsec() - before;
        return MX_LOOKED_ON;
}

static void watch_plan(void *state, struct mx_watch_plan *ret)
{
        const struct watch_state *s = state;

        *ret = (struct mx_watch_plan){ .period = s->options.period, .budget = s->options.budget };
}

static void label_zone(struct mx_sink *sink, const struct mx_watch_zone *zone)
{
        mx_labels_begin(sink);
        mx_label_u64(sink, "node", zone->node);
        mx_label(sink, "zone", zone->name, zone->name_len);
}

/* Room for the rows of all zones, which is allocated when zones are met. */
static int make_room(struct watch_state *s)
{
        size_t n = s->zones.n;

        mx_buf_reset(&s->labels);
        mx_buf_reset(&s->deepest);
        mx_buf_reset(&s->deepest_labels);
        return mx_buf_reserve(&s->labels, n * sizeof(struct mx_labels))
                       ?: mx_buf_reserve(&s->deepest, n * MX_SPANS * sizeof(struct deepest))
                       ?: mx_buf_reserve(&s->deepest_labels,
                                         n * MX_SPANS * sizeof(struct mx_labels));
}

static void emit_zones(struct watch_state *s, struct mx_sink *sink)
{
        struct mx_labels *labels = (void *)s->labels.data;
        struct mx_labels *deepest_labels = (void *)s->deepest_labels.data;
        struct deepest *deepest = (void *)s->deepest.data;
        size_t n = s->zones.n, row = 0;

        for (size_t i = 0; i < n; i++) {
                const struct mx_watch_zone *zone = mx_watch_zone_at(&s->zones, i);

                label_zone(sink, zone);
                labels[i] = mx_labels_end(sink);
                for (enum mx_span span = 0; span < MX_SPANS; span++, row++) {
                        label_zone(sink, zone);
                        mx_label(sink, "window", mx_spans[span].name, strlen(mx_spans[span].name));
                        deepest_labels[row] = mx_labels_end(sink);
                        for (size_t m = 0; m < MX_WATCH_MARKS; m++)
                                deepest[row].pages[m] = mx_watch_zone_deepest(
                                        &s->zones, zone, (enum mx_watch_mark)m, span, s->look_usec);
                }
        }
        mx_emit_rows(sink, BREACHES, DEEPEST - BREACHES, s->zones.table.data, n,
                     sizeof(struct mx_watch_zone), labels);
        for (size_t m = 0; m < MX_WATCH_MARKS; m++)
                mx_emit_column(sink, DEEPEST + m, &deepest[0].pages[m], row, sizeof(*deepest),
                               deepest_labels);
}

static void emit_host(const struct watch_state *s, struct mx_sink *sink)
{
        for (size_t i = 0; i < MX_WATCH_MEASURES; i++) {
                const struct mx_window *extreme = &s->host.measure[i].extreme;

                if (!s->host.measure[i].is_known)
                        continue;
                mx_emit_histograms(sink, SEEN + i, &s->host.measure[i].seen, 1,
                                   sizeof(struct mx_histogram), NULL);
                mx_emit_windows(sink, EXTREME + i, &extreme, 1, s->look_usec, NULL);
        }
}

static int watch_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct watch_state *s = state;
        int r;

        if (s->err.code < 0)
                return mx_err_set(reterr, s->err.code, s->err.what, s->err.path, s->err.line);
        s->host.vmstat_keys.n_order = s->host.meminfo_keys.n_order = 0; /* to be learned anew */
        r = make_room(s);
        if (r < 0)
                return mx_err_set(reterr, r, "no room for the zones", NULL, 0);
        if (s->zones.n > 0)
                emit_zones(s, sink);
        emit_host(s, sink);
        mx_emit(sink, UNOBSERVED, s->unobserved_usec);
        if (s->zones.file.path)
                mx_emit(sink, ZONE_READS, s->zones.reads);
        mx_sink_dropped(sink, s->zones.left_out * MX_WATCH_MARKS * (2 + MX_SPANS));
        return 0;
}

static void watch_close(void *state)
{
        struct watch_state *s = state;

        mx_watch_host_close(&s->host);
        mx_watch_zones_close(&s->zones);
        mx_buf_done(&s->labels);
        mx_buf_done(&s->deepest);
        mx_buf_done(&s->deepest_labels);
}

const struct mx_collector mx_watch = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "watch",
        .help = "Memory between two scrapes: breaches of watermarks, and the worst moments.",
        .source = ZONES,
        .labels =
                "`node` and `zone`; `window` is the span of an extreme, which ends now: 1m, 5m or "
                "1h, and up to a twelfth more.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .options = watch_options,
        .n_options = MX_ARRAY_SIZE(watch_options),
        .options_size = sizeof(struct watch_options),
        .run = MX_RUN_WATCH,
        .interval = MX_SECONDS(5),
        .max_series = 16384,
        .max_bytes = 4U << 20,
        .state_size = sizeof(struct watch_state),
        .open = watch_open,
        .collect = watch_collect,
        .close = watch_close,
        .watch = watch_watch,
        .plan = watch_plan,
};
