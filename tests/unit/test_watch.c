/* SPDX-License-Identifier: Apache-2.0 */
#include "watch_sim.h"

#include "../../collectors/watch_keys.h"

#define MS            1000
#define PERIOD        (100 * MS)
#define DMA           0
#define NORMAL0       2
#define NORMAL1       3
#define AT(n, z)      "{node=\"" n "\",zone=\"" z "\"}"
#define IN(n, z, w)   "{node=\"" n "\",zone=\"" z "\",window=\"" w "\"}"
#define MIN_BREACHES  "memory_zone_watermark_min_breaches_total"
#define LOW_BREACHES  "memory_zone_watermark_low_breaches_total"
#define HIGH_BREACHES "memory_zone_watermark_high_breaches_total"
#define MIN_BELOW     "memory_zone_watermark_min_below_seconds_total"
#define HIGH_BELOW    "memory_zone_watermark_high_below_seconds_total"
#define MIN_DEEPEST   "memory_zone_watermark_min_deepest_shortfall_bytes"
#define READS         "memory_watch_zone_reads_total"
#define UNOBSERVED    "memory_watch_unobserved_seconds_total"
#define AVAILABLE     "memory_watch_available_ratio"

static struct sim s;

static void setup(void)
{
        sim_new(&s);
        sim_start(&s, NULL);
}

static void teardown(void)
{
        sim_done(&s);
}

static void first_run(void)
{
        free(sim_text(&s));
        sim_look(&s, PERIOD);
}

START_TEST(watch_shows_every_series_from_the_first_run_on)
{
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "DMA"), "0");
        SIM_ASSERT(&s, HIGH_BELOW AT("1", "Normal"), "0.000000");
        SIM_ASSERT(&s, AVAILABLE "_count", "0");
        SIM_ASSERT(&s, "memory_watch_pressure_full_ratio_bucket{le=\"+Inf\"}", "0");
        SIM_ASSERT(&s, UNOBSERVED, "0.000000");
        SIM_ASSERT(&s, READS, "0");
        char *text = sim_text(&s);
        harness_assert_absent(text, MIN_DEEPEST IN("0", "DMA", "1m"));
        harness_assert_absent(text, "memory_watch_available_lowest_bytes{window=\"1m\"}");
        free(text);
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_DEEPEST IN("0", "DMA", "1m"), "0");
        SIM_ASSERT(&s, MIN_DEEPEST IN("1", "Normal", "1h"), "0");
}
END_TEST

START_TEST(watch_counts_a_breach_once_and_the_time_below)
{
        first_run();
        sim_set_free(&s, NORMAL0, 10000);
        for (int i = 0; i < 5; i++)
                sim_look(&s, PERIOD);
        sim_set_free(&s, NORMAL0, 15000); /* above low, below high */
        sim_look(&s, PERIOD);
        sim_set_free(&s, NORMAL0, 900000);
        sim_look(&s, PERIOD);
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "Normal"), "1");
        SIM_ASSERT(&s, LOW_BREACHES AT("0", "Normal"), "1");
        SIM_ASSERT(&s, HIGH_BREACHES AT("0", "Normal"), "1");
        SIM_ASSERT(&s, MIN_BELOW AT("0", "Normal"), "0.500000");
        SIM_ASSERT(&s, HIGH_BELOW AT("0", "Normal"), "0.600000");
        SIM_ASSERT(&s, MIN_DEEPEST IN("0", "Normal", "1m"), "4096000");
        SIM_ASSERT(&s, MIN_DEEPEST IN("0", "Normal", "1h"), "4096000");
        SIM_ASSERT(&s, MIN_BREACHES AT("1", "Normal"), "0");
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "DMA"), "0");
}
END_TEST

START_TEST(watch_counts_another_breach_only_after_a_rise_of_an_eighth)
{
        static const uint64_t around[] = { 10999, 11000, 10999, 12374, 10999, 12375, 10999 };

        first_run();
        for (size_t i = 0; i < MX_ARRAY_SIZE(around); i++) {
                sim_set_free(&s, NORMAL0, around[i]);
                sim_look(&s, PERIOD);
        }
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "Normal"), "2");
        SIM_ASSERT(&s, LOW_BREACHES AT("0", "Normal"), "1");
        SIM_ASSERT(&s, MIN_BELOW AT("0", "Normal"), "0.300000");
}
END_TEST

START_TEST(watch_asks_a_small_zone_to_rise_by_a_page_at_least)
{
        s.zone[DMA].min = 4;
        s.is_changed = true;
        sim_write(&s);
        first_run();
        sim_set_free(&s, DMA, 3);
        sim_look(&s, PERIOD);
        sim_set_free(&s, DMA, 4);
        sim_look(&s, PERIOD);
        sim_set_free(&s, DMA, 3);
        sim_look(&s, PERIOD);
        sim_set_free(&s, DMA, 5);
        sim_look(&s, PERIOD);
        sim_set_free(&s, DMA, 3);
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "DMA"), "2");
}
END_TEST

START_TEST(watch_does_not_count_a_zone_that_is_below_when_it_starts)
{
        sim_set_free(&s, NORMAL0, 100);
        sim_write(&s);
        first_run();
        sim_look(&s, PERIOD);
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "Normal"), "0");
        SIM_ASSERT(&s, MIN_BELOW AT("0", "Normal"), "0.200000");
        sim_set_free(&s, NORMAL0, 900000);
        sim_look(&s, PERIOD);
        sim_set_free(&s, NORMAL0, 100);
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "Normal"), "1");
}
END_TEST

START_TEST(watch_counts_a_breach_between_the_first_run_and_the_first_look)
{
        free(sim_text(&s));
        sim_set_free(&s, NORMAL1, 100);
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BREACHES AT("1", "Normal"), "1");
}
END_TEST

START_TEST(watch_leaves_out_zones_without_memory_and_follows_those_that_come_and_go)
{
        s.zone[s.n++] = (struct sim_zone){ 1, "Movable", MX_WATCH_MOVABLE, 0, 32, 32, 32, 0 };
        sim_write(&s);
        first_run();
        char *text = sim_text(&s);
        ck_assert_uint_eq(harness_count(text, MIN_BREACHES), 4);
        free(text);
        s.zone[4].managed = s.zone[4].free = 500000;
        sim_write(&s);
        sim_look(&s, PERIOD);
        for (int i = 0; i < 10; i++)
                sim_look(&s, PERIOD); /* a second: it is met */
        SIM_ASSERT(&s, MIN_BREACHES AT("1", "Movable"), "0");
        sim_set_free(&s, 4, 10);
        for (int i = 0; i < 3; i++)
                sim_look(&s, PERIOD);
        s.zone[4].managed = s.zone[4].free = 0;
        sim_write(&s);
        for (int i = 0; i < 3; i++)
                sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BREACHES AT("1", "Movable"), "1");
        SIM_ASSERT(&s, MIN_BELOW AT("1", "Movable"), "0.300000");
}
END_TEST

START_TEST(watch_reads_zones_once_a_second_while_nothing_happens)
{
        free(sim_text(&s));
        for (int i = 0; i < 100; i++)
                sim_look(&s, PERIOD);
        SIM_ASSERT(&s, READS, "10");
}
END_TEST

/* Half of Normal's least room is 434,718 pages. */
static const struct {
        const char *what;
        int zone;
        uint64_t alloc, free;
        bool is_read;
} gates[] = {
        { "little is allocated", NORMAL0, 1000, 1000, false },
        { "all of it is freed again", NORMAL0, 400000, 0, false },
        { "so much is allocated that one zone may have fallen", NORMAL0, 440000, 0, true },
        { "DMA is untouched, whatever else falls", NORMAL0, 4000, 4000, false },
        { "DMA is allocated from", DMA, 1000, 100, false },
        { "DMA is allocated from in earnest", DMA, 1900, 100, true },
        { "DMA is allocated from and the host falls", DMA, 10, 2000, true },
        { "free memory goes without being counted", NORMAL0, 10, 434719, true },
        { "free memory goes without anything being counted", NORMAL0, 0, 2000, true },
        { "free memory rises", NORMAL0, 0, (uint64_t)-50000, false },
};

START_TEST(watch_reads_zones_exactly_when_one_may_have_come_near_its_marks)
{
        first_run();
        s.alloc[s.zone[gates[_i].zone].kind] += gates[_i].alloc;
        s.zone[NORMAL0].free -= gates[_i].free;
        sim_write_host(&s);
        sim_look(&s, PERIOD);
        char *text = sim_text(&s);
        ck_assert_msg(strcmp(harness_value(text, READS), gates[_i].is_read ? "2" : "1") == 0, "%s",
                      gates[_i].what);
        free(text);
}
END_TEST

START_TEST(watch_reads_zones_each_time_while_one_has_not_risen_clear)
{
        first_run();
        sim_set_free(&s, NORMAL0, 17000); /* above high, below an eighth above it */
        for (int i = 0; i < 5; i++)
                sim_look(&s, PERIOD);
        SIM_ASSERT(&s, READS, "6");
}
END_TEST

START_TEST(watch_reads_zones_each_time_where_the_kernel_does_not_count)
{
        static const char *const texts[] = {
                "nr_free_pages 2503840\npswpin 1\npswpout 1\n",       /* no pgalloc_* */
                "pgalloc_dma 1\npgalloc_dma32 1\npgalloc_normal 1\n", /* no nr_free_pages */
                "",
        };

        harness_tree_write(s.tree, "proc/vmstat", texts[_i]);
        free(sim_text(&s));
        for (int i = 0; i < 10; i++)
                sim_look(&s, PERIOD);
        SIM_ASSERT(&s, READS, "10");
}
END_TEST

START_TEST(watch_takes_a_page_for_a_block_on_kernels_that_count_blocks)
{
        static const struct {
                const char *release, *reads;
        } kernels[] = { { "5.13.9-arch1\n", "1" }, { "5.14.0-70.el9.x86_64\n", "2" },
                        { "6.0.1\n", "2" },        { "6.1.0-18-amd64\n", "1" },
                        { "4.18.0-305\n", "1" },   { "odd\n", "1" } };

        harness_tree_write(s.tree, "proc/sys/kernel/osrelease", kernels[_i].release);
        first_run();
        s.alloc[MX_WATCH_NORMAL] += 2000; /* times 512: more than a zone has */
        sim_write_host(&s);
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, READS, kernels[_i].reads);
}
END_TEST

static uint64_t reads(void)
{
        char *text = sim_text(&s);
        uint64_t v = strtoull(harness_value(text, READS), NULL, 10);

        free(text);
        return v;
}

/* Is a thousand pages counted as allocated cause enough to read the zones? */
static bool is_wary(void)
{
        uint64_t was;

        sim_look(&s, MX_SECONDS(1)); /* the read that is due anyway */
        was = reads();
        s.alloc[MX_WATCH_NORMAL] += 1000;
        sim_write_host(&s);
        sim_look(&s, PERIOD);
        return reads() > was;
}

START_TEST(watch_is_wary_for_a_minute_after_a_zone_lost_more_than_was_counted)
{
        first_run();
        ck_assert(!is_wary());
        s.zone[NORMAL0].free -= 600000; /* and nothing is counted */
        sim_write(&s);
        sim_look(&s, PERIOD);
        ck_assert(is_wary());
        for (int i = 0; i < 500; i++)
                sim_look(&s, PERIOD);
        ck_assert(is_wary());
        for (int i = 0; i < 100; i++)
                sim_look(&s, PERIOD);
        ck_assert(!is_wary());
}
END_TEST

START_TEST(watch_keeps_a_failed_look_for_the_next_run_and_counts_its_time_as_unobserved)
{
        static const struct {
                const char *path, *text, *name;
                unsigned line;
        } bad[] = {
                { "proc/zoneinfo", "Node 0, zone Normal\n  pages free x\n", "zoneinfo", 2 },
                { "proc/zoneinfo", "", "zoneinfo", 1 },
                { "proc/zoneinfo", "Node 0, zone Normal\n  pages free 1\n  min 1\n", "zoneinfo",
                  1 },
                { "proc/zoneinfo", "Node 0, Normal\n", "zoneinfo", 1 },
                { "proc/vmstat", "nr_free_pages\npswpin 1 2\n", "vmstat", 2 },
                { "proc/vmstat", "nr_free_pages 18446744073709551616\n", "vmstat", 1 },
                { "proc/meminfo", "MemTotal: 1 kB\nMemAvailable: -1 kB\n", "meminfo", 2 },
                { "proc/meminfo", "MemTotal: 1 MB\n", "meminfo", 1 },
                { "proc/pressure/memory", "some total=\n", "pressure/memory", 1 },
        };
        struct mx_err err = { 0 };
        char *text = NULL;

        first_run();
        sim_set_free(&s, NORMAL0, 100); /* so that zones are read */
        sim_look(&s, PERIOD);
        harness_tree_write(s.tree, bad[_i].path, bad[_i].text);
        for (int i = 0; i < (_i == 8 ? 9 : 1); i++) /* pressure is read once a second */
                sim_look(&s, PERIOD);
        ck_assert_int_eq(sim_run(&s, &text, &err), OUTCOME_FAILED);
        ck_assert_str_eq(err.path, bad[_i].name);
        ck_assert_uint_eq(err.line, bad[_i].line);
        sim_write(&s);
        sim_look(&s, PERIOD);
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, UNOBSERVED, "0.200000");
        SIM_ASSERT(&s, MIN_BELOW AT("0", "Normal"), _i == 8 ? "0.900000" : "0.100000");
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "Normal"), "1");
}
END_TEST

START_TEST(watch_credits_a_gap_of_three_periods_and_none_that_is_longer)
{
        first_run();
        sim_set_free(&s, NORMAL0, 100);
        sim_look(&s, PERIOD);
        sim_look(&s, 3 * PERIOD);
        SIM_ASSERT(&s, MIN_BELOW AT("0", "Normal"), "0.300000");
        SIM_ASSERT(&s, UNOBSERVED, "0.000000");
        for (int i = 0; i < 50; i++)
                sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BELOW AT("0", "Normal"), "5.300000");
        sim_look(&s, MX_SECONDS(3600));
        SIM_ASSERT(&s, MIN_BELOW AT("0", "Normal"), "5.300000");
        SIM_ASSERT(&s, UNOBSERVED, "3600.000000");
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "Normal"), "1");
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BELOW AT("0", "Normal"), "5.400000");
}
END_TEST

START_TEST(watch_gets_used_to_a_period_that_is_stretched)
{
        char *text;

        first_run();
        sim_set_free(&s, NORMAL0, 100);
        for (int i = 0; i < 100; i++)
                sim_look(&s, MX_SECONDS(2));
        text = sim_text(&s);
        harness_assert(text, UNOBSERVED, "6.000000"); /* until 3 x 2^n x 100 ms is enough */
        harness_assert(text, MIN_BELOW AT("0", "Normal"), "194.000000");
        free(text);
}
END_TEST

START_TEST(watch_gets_used_to_an_uneven_pace)
{
        uint64_t was;
        char *text;

        first_run();
        for (int i = 0; i < 400; i++)
                sim_look(&s, i % 10 == 9 ? 7 * PERIOD : PERIOD);
        text = sim_text(&s);
        was = strtoull(harness_value(text, UNOBSERVED), NULL, 10);
        ck_assert_uint_le(was, 3);
        free(text);
        sim_look(&s, MX_SECONDS(10));
        text = sim_text(&s);
        ck_assert_uint_eq(strtoull(harness_value(text, UNOBSERVED), NULL, 10), was + 10);
        free(text);
}
END_TEST

START_TEST(watch_observes_a_rise_of_the_watermarks_within_a_second)
{
        first_run();
        s.zone[NORMAL0].min = 950000;
        s.zone[NORMAL0].low = 960000;
        s.zone[NORMAL0].high = 970000;
        sim_write(&s);
        for (int i = 0; i < 10; i++)
                sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "Normal"), "1");
}
END_TEST

START_TEST(watch_forgets_extremes_when_their_window_is_over)
{
        first_run();
        sim_set_free(&s, NORMAL0, 1000);
        sim_look(&s, PERIOD);
        sim_set_free(&s, NORMAL0, 900000);
        for (int i = 0; i < 700; i++)
                sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_DEEPEST IN("0", "Normal", "1m"), "0");
        SIM_ASSERT(&s, MIN_DEEPEST IN("0", "Normal", "5m"), "40960000");
}
END_TEST

START_TEST(watch_keeps_the_host_as_histograms_and_extremes)
{
        char *text;

        first_run();
        s.swap_in = 25; /* in 100 ms: 1,024,000 bytes a second */
        s.swap_out = 2560;
        s.some = 30000;
        s.full = 1;
        sim_set_free(&s, NORMAL0, 800000);
        for (int i = 0; i < 10; i++) /* pressure is read once a second */
                sim_look(&s, PERIOD);
        text = sim_text(&s);
        harness_assert(text, AVAILABLE "_count", "11");
        harness_assert(text, AVAILABLE "_bucket{le=\"0.5\"}", "0");
        harness_assert(text, AVAILABLE "_bucket{le=\"0.75\"}", "11");
        harness_assert(text, "memory_watch_available_lowest_bytes{window=\"1m\"}", "10870128640");
        harness_assert(text, "memory_watch_swap_in_bytes_per_second_count", "10");
        harness_assert(text, "memory_watch_swap_in_bytes_per_second_sum", "1024000");
        harness_assert(text, "memory_watch_swap_in_bytes_per_second_bucket{le=\"0.0\"}", "9");
        harness_assert(text, "memory_watch_swap_in_highest_bytes_per_second{window=\"5m\"}",
                       "1024000");
        harness_assert(text, "memory_watch_swap_out_highest_bytes_per_second{window=\"1m\"}",
                       "104857600");
        harness_assert(text, "memory_watch_pressure_some_highest_ratio{window=\"1h\"}", "0.030");
        harness_assert(text, "memory_watch_pressure_full_highest_ratio{window=\"1m\"}", "0.001");
        harness_assert(text, "memory_watch_pressure_full_ratio_bucket{le=\"0.0\"}", "0");
        harness_assert(text, "memory_watch_pressure_full_ratio_bucket{le=\"0.001\"}", "10");
        free(text);
}
END_TEST

#define SWAP_IN "memory_watch_swap_in_bytes_per_second"
#define FULL    "memory_watch_pressure_full_ratio"

/* In the worst tenth of the time looks come up to four times as far apart. */
START_TEST(watch_weighs_a_moment_by_the_time_that_it_stands_for)
{
        char *text;

        first_run();
        for (int i = 0; i < 89; i++)
                sim_look(&s, PERIOD);
        sim_set_free(&s, NORMAL0, 20000);
        for (int i = 0; i < 2; i++) { /* 200, 400 ms: the usual gap doubles */
                s.full += (2U << i) * PERIOD / 4;
                s.swap_in += (2U << i) * 10;
                sim_write(&s);
                sim_look(&s, (2U << i) * PERIOD);
        }
        s.full += PERIOD;
        s.swap_in += 40;
        sim_write(&s);
        sim_look(&s, 4 * PERIOD);
        text = sim_text(&s);
        harness_assert(text, UNOBSERVED, "0.000000");
        harness_assert(text, AVAILABLE "_count", "100");
        harness_assert(text, AVAILABLE "_bucket{le=\"0.4\"}", "10");
        /* Eight seconds of nothing, and 50 ms of the 1.1 s after them; what is left is no second.
         */
        harness_assert(text, FULL "_count", "91");
        harness_assert(text, FULL "_bucket{le=\"0.0\"}", "80");
        harness_assert(text, FULL "_bucket{le=\"0.05\"}", "91");
        harness_assert(text, FULL "_sum", "0.506");
        harness_assert(text, SWAP_IN "_sum", "4096000"); /* 100 pages in tenths of a second */
        free(text);
}
END_TEST

START_TEST(watch_leaves_no_time_out_of_its_histograms_at_an_odd_pace)
{
        static const struct {
                uint64_t gap;
                int looks;
                const char *count;
        } paces[] = {
                { 140000, 50, "71" },  /* the first look, and 7 s */
                { 260000, 50, "131" }, /* and 13 s */
                { 60000, 50, "51" },   /* a look counts for one at least */
                { 99000, 50, "51" },
        };

        first_run();
        for (int i = 0; i < paces[_i].looks; i++)
                sim_look(&s, paces[_i].gap);
        SIM_ASSERT(&s, AVAILABLE "_count", paces[_i].count);
}
END_TEST

START_TEST(watch_knows_of_a_gap_that_its_fastest_moment_was_no_slower_than_the_mean)
{
        char *text;

        first_run();
        s.swap_in = 1000; /* 5 s: 819,200 bytes a second */
        s.swap_out = 2000;
        s.some = 2500000;
        s.full = 1250000;
        sim_write_host(&s);
        sim_look(&s, MX_SECONDS(5));
        text = sim_text(&s);
        harness_assert(text, UNOBSERVED, "5.000000");
        harness_assert(text, "memory_watch_swap_in_highest_bytes_per_second{window=\"1m\"}",
                       "819200");
        harness_assert(text, "memory_watch_swap_out_highest_bytes_per_second{window=\"1h\"}",
                       "1638400");
        harness_assert(text, "memory_watch_pressure_some_highest_ratio{window=\"1m\"}", "0.500");
        harness_assert(text, "memory_watch_pressure_full_highest_ratio{window=\"5m\"}", "0.250");
        harness_assert(text, SWAP_IN "_count", "0");
        harness_assert(text, FULL "_count", "0");
        free(text);
        s.swap_in += 100000000;
        sim_write_host(&s);
        sim_look(&s, MX_SECONDS(61)); /* when in it, and whether within a minute, is not known */
        SIM_ASSERT(&s, "memory_watch_swap_in_highest_bytes_per_second{window=\"1h\"}", "819200");
}
END_TEST

START_TEST(watch_knows_of_a_look_that_failed_the_mean_from_before_to_after_it)
{
        first_run();
        harness_tree_write(s.tree, "proc/meminfo", "MemTotal: x\n");
        sim_look(&s, PERIOD);
        s.swap_in = 100;
        sim_write_host(&s);
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, "memory_watch_swap_in_highest_bytes_per_second{window=\"1m\"}", "2048000");
        SIM_ASSERT(&s, SWAP_IN "_count", "0");
}
END_TEST

/* A bucket takes what is not above its bound. */
START_TEST(watch_puts_an_available_share_above_a_bound_above_it)
{
        static const struct {
                const char *available;
                const char *below_5, *below_10;
        } shares[] = { { "500", "1", "1" },
                       { "501", "0", "1" },
                       { "599", "0", "1" },
                       { "1000", "0", "1" },
                       { "1001", "0", "0" } };
        char meminfo[128];

        snprintf(meminfo, sizeof(meminfo), "MemTotal: 100000 kB\nMemAvailable: %s kB\n",
                 shares[_i].available);
        harness_tree_write(s.tree, "proc/meminfo", meminfo);
        first_run();
        SIM_ASSERT(&s, AVAILABLE "_bucket{le=\"0.005\"}", shares[_i].below_5);
        SIM_ASSERT(&s, AVAILABLE "_bucket{le=\"0.01\"}", shares[_i].below_10);
}
END_TEST

START_TEST(watch_takes_no_wait_for_its_budget_for_a_gap)
{
        static const char *const settings[] = { "budget", "1us", NULL };

        harness_stop(&s.h);
        sim_start(&s, settings);
        first_run();
        sim_look(&s, MX_SECONDS(2)); /* that took more than 2 us of CPU time */
        SIM_ASSERT(&s, UNOBSERVED, "0.000000");
        sim_look(&s, MX_SECONDS(10));
        SIM_ASSERT(&s, UNOBSERVED, "10.000000");
}
END_TEST

START_TEST(watch_makes_no_rate_of_a_counter_that_goes_back_or_of_a_gap)
{
        char *text;

        s.swap_in = s.swap_out = s.some = s.full = 1000000;
        sim_write(&s);
        first_run();
        s.swap_in = s.swap_out = s.some = s.full = 3;
        sim_write_host(&s);
        sim_look(&s, PERIOD);
        s.swap_in = s.swap_out = s.some = s.full = 5000000000000;
        sim_write_host(&s);
        sim_look(&s, MX_SECONDS(59));
        s.swap_in = UINT64_MAX - 1;
        sim_write_host(&s);
        sim_look(&s, PERIOD);
        text = sim_text(&s);
        harness_assert(text, "memory_watch_swap_in_bytes_per_second_count", "0");
        harness_assert(text, "memory_watch_swap_out_bytes_per_second_sum", "0");
        harness_assert(text, "memory_watch_pressure_some_ratio_sum", "0.000");
        harness_assert_absent(text, "memory_watch_swap_in_highest_bytes_per_second{window=\"1m\"}");
        harness_assert(text, "memory_watch_pressure_some_highest_ratio{window=\"1m\"}", "1.000");
        harness_assert(text, AVAILABLE "_count", "4");
        free(text);
}
END_TEST

START_TEST(watch_makes_no_rate_of_an_instant)
{
        first_run();
        s.swap_in = 1000;
        sim_write_host(&s);
        sim_look(&s, 0);
        sim_look(&s, 10);
        SIM_ASSERT(&s, "memory_watch_swap_in_bytes_per_second_count", "0");
        sim_look(&s, PERIOD - 10);
        SIM_ASSERT(&s, "memory_watch_swap_in_bytes_per_second_sum", "40960000");
}
END_TEST

START_TEST(watch_reads_pressure_once_a_second_for_a_reading_takes_events_from_triggers)
{
        first_run();
        s.some = 500000;
        sim_write_host(&s);
        for (int i = 0; i < 9; i++)
                sim_look(&s, PERIOD);
        SIM_ASSERT(&s, "memory_watch_pressure_some_ratio_count", "0");
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, "memory_watch_pressure_some_ratio_count", "10");
        SIM_ASSERT(&s, "memory_watch_pressure_some_highest_ratio{window=\"1m\"}", "0.500");
}
END_TEST

START_TEST(watch_takes_stalls_for_no_more_than_all_of_the_time)
{
        first_run();
        s.some = 1003000;
        sim_write_host(&s);
        for (int i = 0; i < 10; i++)
                sim_look(&s, PERIOD);
        SIM_ASSERT(&s, "memory_watch_pressure_some_highest_ratio{window=\"1m\"}", "1.000");
}
END_TEST

static const struct {
        const char *missing, *absent, *there;
} lacking[] = {
        { "proc/pressure", "memory_watch_pressure_some_ratio_count", AVAILABLE "_count" },
        { "proc/meminfo", AVAILABLE "_count", READS },
        { "proc/vmstat", "memory_watch_swap_in_bytes_per_second_count", READS },
        { "proc/zoneinfo", READS, AVAILABLE "_count" },
};

START_TEST(watch_shows_nothing_of_what_the_kernel_lacks)
{
        char *text;

        harness_tree_remove(s.tree, lacking[_i].missing);
        free(sim_text(&s));
        for (int i = 0; i < 3; i++) {
                s.now += PERIOD;
                (void)mx_watch.watch(s.h.instance.state, MX_LOOK_CLOCK, s.now);
        }
        text = sim_text(&s);
        harness_assert_absent(text, lacking[_i].absent);
        ck_assert_ptr_nonnull(harness_value(text, lacking[_i].there));
        harness_assert(text, UNOBSERVED, "0.000000");
        free(text);
}
END_TEST

START_TEST(watch_makes_nothing_of_a_meminfo_without_available_memory)
{
        char *text;

        harness_tree_write(s.tree, "proc/meminfo", "MemTotal: 1000 kB\nMemFree: 10 kB\n");
        free(sim_text(&s));
        sim_look(&s, PERIOD);
        text = sim_text(&s);
        harness_assert_absent(text, AVAILABLE "_count");
        harness_assert_absent(text, "memory_watch_available_lowest_bytes{window=\"1m\"}");
        free(text);
}
END_TEST

START_TEST(watch_does_not_believe_more_available_memory_than_there_is)
{
        harness_tree_write(s.tree, "proc/meminfo", "MemTotal: 10 kB\nMemAvailable: 5 kB\n");
        first_run();
        harness_tree_write(s.tree, "proc/meminfo",
                           "MemTotal: 10 kB\nMemAvailable: 18446744073709551360 kB\n");
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, AVAILABLE "_count", "1");
        SIM_ASSERT(&s, "memory_watch_available_lowest_bytes{window=\"1m\"}", "5120");
}
END_TEST

START_TEST(watch_is_unsupported_where_there_is_nothing_to_watch_or_it_is_off)
{
        static const char *const off[] = { "period", "0", NULL };
        struct mx_err err = { 0 };
        char *text = NULL;

        harness_stop(&s.h);
        sim_start(&s, off);
        ck_assert_int_eq(sim_run(&s, &text, &err), OUTCOME_UNSUPPORTED);
        ck_assert_str_eq(err.what, "sampling is off: period is 0");
        harness_stop(&s.h);
        sim_start(&s, NULL);
        for (size_t i = 0; i < MX_ARRAY_SIZE(lacking); i++)
                harness_tree_remove(s.tree, lacking[i].missing);
        ck_assert_int_eq(sim_run(&s, &text, &err), OUTCOME_UNSUPPORTED);
        ck_assert_int_eq(err.code, -ENOENT);
}
END_TEST

START_TEST(watch_plans_as_it_is_told_and_no_faster_than_every_ten_milliseconds)
{
        static const struct {
                const char *settings[5];
                uint64_t period, budget;
        } plans[] = {
                { { NULL }, 100000, 2000 },
                { { "period", "1ms", "budget", "5ms", NULL }, 10000, 5000 },
                { { "period", "1s", "budget", "0", NULL }, 1000000, 0 },
        };
        struct mx_watch_plan plan;

        harness_stop(&s.h);
        sim_start(&s, plans[_i].settings);
        free(sim_text(&s));
        mx_watch.plan(s.h.instance.state, &plan);
        ck_assert_uint_eq(plan.period, plans[_i].period);
        ck_assert_uint_eq(plan.budget, plans[_i].budget);
        ck_assert_uint_eq(plan.n_fds, 0);
}
END_TEST

START_TEST(watch_starts_at_zero_when_it_is_opened_anew_and_counts_nothing_twice)
{
        first_run();
        sim_set_free(&s, NORMAL0, 100);
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "Normal"), "1");
        harness_stop(&s.h);
        sim_start(&s, NULL);
        free(sim_text(&s));
        sim_look(&s, PERIOD);
        SIM_ASSERT(&s, MIN_BREACHES AT("0", "Normal"), "0");
}
END_TEST

START_TEST(watch_follows_at_most_1024_zones_and_says_how_many_series_it_left_out)
{
        char *text, *zones = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&zones, &size);

        for (unsigned i = 0; i < MX_WATCH_ZONES_MAX + 2; i++)
                fprintf(out,
                        "Node %u, zone Normal\n  pages free 90\n min 1\n low 2\n high 3\n"
                        " managed 99\n",
                        i);
        fclose(out);
        harness_tree_write(s.tree, "proc/zoneinfo", zones);
        free(zones);
        text = sim_text(&s);
        ck_assert_uint_eq(harness_count(text, MIN_BREACHES), MX_WATCH_ZONES_MAX);
        ck_assert_uint_eq(s.h.instance.sink.dropped, 2 * 15);
        free(text);
}
END_TEST

START_TEST(watch_takes_a_zone_that_is_there_twice_for_one)
{
        s.zone[s.n] = s.zone[NORMAL0];
        s.zone[s.n++].free = 1;
        sim_write(&s);
        first_run();
        char *text = sim_text(&s);
        ck_assert_uint_eq(harness_count(text, MIN_BREACHES), 4);
        harness_assert(text, MIN_BELOW AT("0", "Normal"), "0.000000");
        free(text);
}
END_TEST

/* Keys. */

static const char *const keys[] = { "b ", "a ", "MemTotal:", "bb " };

static int read_keys(struct mx_watch_keys *k, const char *text, uint64_t *v, struct mx_err *err)
{
        return mx_watch_keys_read(k, text, strlen(text), v, err);
}

START_TEST(watch_keys_finds_keys_in_any_order_and_learns_it)
{
        struct mx_watch_keys k = { .key = keys, .n = 4 };
        uint64_t v[4] = { 0 };

        ck_assert_int_eq(read_keys(&k, "x 1\na 2\nMemTotal:3 kB\nb 4\nb 9\n", v, NULL), 0);
        ck_assert_uint_eq(k.n_order, 3);
        ck_assert_uint_eq(v[0], 4);
        ck_assert_uint_eq(v[1], 2);
        ck_assert_uint_eq(v[2], 3);
        ck_assert_uint_eq(v[3], MX_ABSENT);
        ck_assert_int_eq(read_keys(&k, "a 5\nMemTotal:  6 kB\nb 7", v, NULL), 0);
        ck_assert_uint_eq(v[0], 7);
        ck_assert_int_eq(read_keys(&k, "bb 1\nb 2\na 3\n", v, NULL), 0);
        ck_assert_uint_eq(k.n_order, 3);
        ck_assert_uint_eq(v[0], 2);
        ck_assert_uint_eq(v[2], MX_ABSENT);
        ck_assert_uint_eq(v[3], 1);
        ck_assert_int_eq(read_keys(&k, "", v, NULL), 0);
        ck_assert_uint_eq(v[0], MX_ABSENT);
}
END_TEST

START_TEST(watch_keys_leaves_the_result_alone_where_a_line_cannot_be_read)
{
        static const char *const bad[] = { "a\n1\na \n", "z\nz\na x\n", "z 1\n\na 1 kB 2",
                                           "b 1\na 1\nbb 99999999999999999999" };
        struct mx_watch_keys k = { .key = keys, .n = 4 };
        uint64_t v[4] = { 8, 8, 8, 8 };
        struct mx_err err = { 0 };

        ck_assert_int_lt(read_keys(&k, bad[_i], v, &err), 0);
        ck_assert_uint_eq(err.line, 3);
        for (size_t i = 0; i < 4; i++)
                ck_assert_uint_eq(v[i], 8);
}
END_TEST

static void parse_keys(const char *buf, size_t len)
{
        struct mx_watch_keys k = { .key = keys, .n = 4 };
        uint64_t v[4];

        (void)mx_watch_keys_read(&k, buf, len, v, NULL);
        (void)mx_watch_keys_read(&k, buf, len, v, NULL);
}

static void parse_levels(const char *buf, size_t len)
{
        const char *pos = buf;
        struct mx_zone_level l;

        while (mx_zoneinfo_next_level(buf, &pos, buf + len, &l, NULL) > 0)
                ;
}

START_TEST(watch_never_reads_past_its_input)
{
        static const char lines[] = "b 12\na 13 kB\nMemTotal:  14 kB\nbb 15\n";
        size_t len;
        char *text = harness_fixture("x86_64-2.6.32-v1", "proc/zoneinfo", &len);

        harness_truncate(lines, sizeof(lines) - 1, parse_keys);
        harness_truncate(text, len, parse_levels);
        free(text);
}
END_TEST

static void add_cases(TCase *t)
{
        tcase_add_test(t, watch_shows_every_series_from_the_first_run_on);
        tcase_add_test(t, watch_counts_a_breach_once_and_the_time_below);
        tcase_add_test(t, watch_counts_another_breach_only_after_a_rise_of_an_eighth);
        tcase_add_test(t, watch_asks_a_small_zone_to_rise_by_a_page_at_least);
        tcase_add_test(t, watch_does_not_count_a_zone_that_is_below_when_it_starts);
        tcase_add_test(t, watch_counts_a_breach_between_the_first_run_and_the_first_look);
        tcase_add_test(t, watch_leaves_out_zones_without_memory_and_follows_those_that_come_and_go);
        tcase_add_test(t, watch_reads_zones_once_a_second_while_nothing_happens);
        tcase_add_loop_test(t, watch_reads_zones_exactly_when_one_may_have_come_near_its_marks, 0,
                            (int)MX_ARRAY_SIZE(gates));
        tcase_add_test(t, watch_reads_zones_each_time_while_one_has_not_risen_clear);
        tcase_add_loop_test(t, watch_reads_zones_each_time_where_the_kernel_does_not_count, 0, 3);
        tcase_add_loop_test(t, watch_takes_a_page_for_a_block_on_kernels_that_count_blocks, 0, 6);
        tcase_add_test(t, watch_is_wary_for_a_minute_after_a_zone_lost_more_than_was_counted);
        tcase_add_loop_test(
                t, watch_keeps_a_failed_look_for_the_next_run_and_counts_its_time_as_unobserved, 0,
                9);
        tcase_add_test(t, watch_credits_a_gap_of_three_periods_and_none_that_is_longer);
        tcase_add_test(t, watch_gets_used_to_a_period_that_is_stretched);
        tcase_add_test(t, watch_gets_used_to_an_uneven_pace);
        tcase_add_test(t, watch_observes_a_rise_of_the_watermarks_within_a_second);
        tcase_add_test(t, watch_forgets_extremes_when_their_window_is_over);
        tcase_add_test(t, watch_keeps_the_host_as_histograms_and_extremes);
        tcase_add_test(t, watch_weighs_a_moment_by_the_time_that_it_stands_for);
        tcase_add_loop_test(t, watch_leaves_no_time_out_of_its_histograms_at_an_odd_pace, 0, 4);
        tcase_add_test(t, watch_knows_of_a_gap_that_its_fastest_moment_was_no_slower_than_the_mean);
        tcase_add_test(t, watch_knows_of_a_look_that_failed_the_mean_from_before_to_after_it);
        tcase_add_loop_test(t, watch_puts_an_available_share_above_a_bound_above_it, 0, 5);
        tcase_add_test(t, watch_takes_no_wait_for_its_budget_for_a_gap);
        tcase_add_test(t, watch_makes_no_rate_of_a_counter_that_goes_back_or_of_a_gap);
        tcase_add_test(t, watch_makes_no_rate_of_an_instant);
        tcase_add_test(t,
                       watch_reads_pressure_once_a_second_for_a_reading_takes_events_from_triggers);
        tcase_add_test(t, watch_takes_stalls_for_no_more_than_all_of_the_time);
        tcase_add_loop_test(t, watch_shows_nothing_of_what_the_kernel_lacks, 0,
                            (int)MX_ARRAY_SIZE(lacking));
        tcase_add_test(t, watch_makes_nothing_of_a_meminfo_without_available_memory);
        tcase_add_test(t, watch_does_not_believe_more_available_memory_than_there_is);
        tcase_add_test(t, watch_is_unsupported_where_there_is_nothing_to_watch_or_it_is_off);
        tcase_add_loop_test(t, watch_plans_as_it_is_told_and_no_faster_than_every_ten_milliseconds,
                            0, 3);
        tcase_add_test(t, watch_starts_at_zero_when_it_is_opened_anew_and_counts_nothing_twice);
        tcase_add_test(t, watch_follows_at_most_1024_zones_and_says_how_many_series_it_left_out);
        tcase_add_test(t, watch_takes_a_zone_that_is_there_twice_for_one);
}

int main(void)
{
        Suite *suite = suite_create("watch");
        TCase *t = tcase_create("watch"), *parsers = tcase_create("parsers");

        tcase_add_checked_fixture(t, setup, teardown);
        add_cases(t);
        tcase_add_test(parsers, watch_keys_finds_keys_in_any_order_and_learns_it);
        tcase_add_loop_test(parsers, watch_keys_leaves_the_result_alone_where_a_line_cannot_be_read,
                            0, 4);
        tcase_add_test(parsers, watch_never_reads_past_its_input);
        suite_add_tcase(suite, t);
        suite_add_tcase(suite, parsers);
        return harness_main(suite);
}
