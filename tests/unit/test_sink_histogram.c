/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "sink_private.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define GAUGE 0

/* A family of each scale that a histogram may have. */
static const struct mx_family families[] = {
        { "memory_test_now", "A gauge.", "", "", MX_GAUGE, MX_ONE, 0 },
        { "memory_test_things", "Things.", "A", NULL, MX_HISTOGRAM, MX_ONE, 0 },
        { "memory_test_kib_bytes", "Sizes.", "B", NULL, MX_HISTOGRAM, MX_KIB, 0 },
        { "memory_test_pages_bytes", "Sizes.", "C", NULL, MX_HISTOGRAM, MX_PAGES, 0 },
        { "memory_test_slow_seconds", "Times.", "D", NULL, MX_HISTOGRAM, MX_USEC, 0 },
        { "memory_test_quick_seconds", "Times.", "E", NULL, MX_HISTOGRAM, MX_NSEC, 0 },
        { "memory_test_ratio", "Shares.", "F", NULL, MX_HISTOGRAM, MX_MILLI, 0 },
};
enum {
        THINGS = 1,
        KIB,
        PAGES,
        USEC,
        NSEC,
        RATIO
};

struct fixture {
        struct mx_registry *registry;
        struct mx_sink sink;
};

static void begin(struct fixture *f, uint64_t max_series, size_t max_bytes)
{
        ck_assert_int_eq(
                mx_registry_new(&f->registry, families, MX_ARRAY_SIZE(families), "/proc/x"), 0);
        mx_sink_init(&f->sink, f->registry, 65536, max_bytes, max_series);
        mx_sink_begin(&f->sink);
}

static void end(struct fixture *f)
{
        mx_sink_done(&f->sink);
        mx_registry_unref(f->registry);
}

static const char *text_of(struct fixture *f)
{
        ck_assert_int_eq(mx_sink_finish(&f->sink), 0);
        ck_assert_int_eq(mx_buf_add(&f->sink.out, "", 1), 0);
        f->sink.out.len--;
        return f->sink.out.data;
}

static struct mx_labels node(struct mx_sink *s, uint64_t n)
{
        mx_labels_begin(s);
        mx_label_u64(s, "node", n);
        return mx_labels_end(s);
}

static const uint64_t two_bounds[] = { 10, 20 };

/* ---- observations ---- */

START_TEST(a_bucket_takes_what_is_not_above_its_bound)
{
        static const uint64_t bounds[] = { 0, 10, 20, UINT64_MAX - 1 };
        static const struct {
                uint64_t value;
                size_t bucket;
        } cases[] = { { 0, 0 },  { 1, 1 },  { 9, 1 },  { 10, 1 },
                      { 11, 2 }, { 20, 2 }, { 21, 3 }, { UINT64_MAX, 4 } };

        for (uint32_t n = 0; n <= MX_ARRAY_SIZE(bounds); n++)
                for (size_t i = 0; i < MX_ARRAY_SIZE(cases); i++) {
                        struct mx_histogram h = { .bounds = bounds, .n = n };
                        size_t want = cases[i].bucket < n ? cases[i].bucket : n;

                        mx_histogram_add(&h, cases[i].value, 1);
                        for (size_t k = 0; k <= MX_BUCKETS_MAX; k++)
                                ck_assert_uint_eq(h.count[k], k == want);
                        ck_assert_uint_eq(h.sum, cases[i].value);
                }
}
END_TEST

START_TEST(a_sum_that_would_overflow_stays_at_the_largest)
{
        struct mx_histogram h = { .bounds = two_bounds, .n = 2 };

        for (int i = 0; i < 3; i++) {
                mx_histogram_add(&h, UINT64_MAX / 2 + 1, 1);
                ck_assert_uint_ge(h.sum, UINT64_MAX / 2 + 1);
        }
        mx_histogram_add(&h, 5, 1);
        ck_assert_uint_ge(h.sum, UINT64_MAX - 1);
        ck_assert_uint_eq(h.count[0], 1);
        ck_assert_uint_eq(h.count[2], 3);
}
END_TEST

START_TEST(an_observation_counts_as_often_as_it_weighs)
{
        struct mx_histogram h = { .bounds = two_bounds, .n = 2 };

        mx_histogram_add(&h, 7, 9);
        mx_histogram_add(&h, 12, 1);
        mx_histogram_add(&h, 99, 0);
        ck_assert_uint_eq(h.count[0], 9);
        ck_assert_uint_eq(h.count[1], 1);
        ck_assert_uint_eq(h.count[2], 0);
        ck_assert_uint_eq(h.sum, 75);
        mx_histogram_add(&h, 1ULL << 33, 1ULL << 33);
        ck_assert_uint_eq(h.count[2], 1ULL << 33);
        ck_assert_uint_eq(h.sum, UINT64_MAX - 1);
}
END_TEST

/* ---- text ---- */

START_TEST(buckets_are_cumulative_and_the_rest_follows)
{
        struct mx_histogram h = { two_bounds, 2, { 3, 0, 4 }, 1234 };
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit_histograms(&f.sink, THINGS, &h, 1, sizeof(h), NULL);
        ck_assert_str_eq(text_of(&f), "memory_test_things_bucket{le=\"10.0\"} 3\n"
                                      "memory_test_things_bucket{le=\"20.0\"} 3\n"
                                      "memory_test_things_bucket{le=\"+Inf\"} 7\n"
                                      "memory_test_things_sum 1234\n"
                                      "memory_test_things_count 7\n");
        ck_assert_uint_eq(f.sink.series, 5);
        ck_assert_uint_eq(f.sink.marks.n, 1);
        end(&f);
}
END_TEST

START_TEST(one_that_has_seen_nothing_or_has_no_bounds_is_there_too)
{
        struct mx_histogram h = { two_bounds, 1, { 0 }, 0 }, none = { NULL, 0, { 6 }, 60 };
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit_histograms(&f.sink, THINGS, &h, 1, sizeof(h), NULL);
        mx_emit_histograms(&f.sink, RATIO, &none, 1, sizeof(none), NULL);
        ck_assert_str_eq(text_of(&f), "memory_test_things_bucket{le=\"10.0\"} 0\n"
                                      "memory_test_things_bucket{le=\"+Inf\"} 0\n"
                                      "memory_test_things_sum 0\n"
                                      "memory_test_things_count 0\n"
                                      "memory_test_ratio_bucket{le=\"+Inf\"} 6\n"
                                      "memory_test_ratio_sum 0.060\n"
                                      "memory_test_ratio_count 6\n");
        end(&f);
}
END_TEST

START_TEST(each_row_has_its_labels_and_le_after_them)
{
        struct row {
                uint64_t before;
                struct mx_histogram h;
        } rows[3] = { { 1, { two_bounds, 1, { 1, 0 }, 4 } },
                      { 2, { two_bounds, 1, { 0, 2 }, 50 } },
                      { 3, { two_bounds, 1, { 3, 3 }, 90 } } };
        struct mx_labels labels[3] = { { 0 } };
        struct fixture f;

        begin(&f, 100, 4096);
        labels[0] = node(&f.sink, 0);
        labels[2] = node(&f.sink, 12);
        mx_emit_histograms(&f.sink, THINGS, &rows[0].h, 3, sizeof(rows[0]), labels);
        ck_assert_str_eq(text_of(&f), "memory_test_things_bucket{node=\"0\",le=\"10.0\"} 1\n"
                                      "memory_test_things_bucket{node=\"0\",le=\"+Inf\"} 1\n"
                                      "memory_test_things_sum{node=\"0\"} 4\n"
                                      "memory_test_things_count{node=\"0\"} 1\n"
                                      "memory_test_things_bucket{le=\"10.0\"} 0\n"
                                      "memory_test_things_bucket{le=\"+Inf\"} 2\n"
                                      "memory_test_things_sum 50\n"
                                      "memory_test_things_count 2\n"
                                      "memory_test_things_bucket{node=\"12\",le=\"10.0\"} 3\n"
                                      "memory_test_things_bucket{node=\"12\",le=\"+Inf\"} 6\n"
                                      "memory_test_things_sum{node=\"12\"} 90\n"
                                      "memory_test_things_count{node=\"12\"} 6\n");
        ck_assert_uint_eq(f.sink.series, 12);
        ck_assert_uint_eq(f.sink.marks.n, 1);
        end(&f);
}
END_TEST

static const struct {
        size_t family;
        uint64_t bound;
        const char *le, *sum;
} scales[] = {
        { THINGS, 0, "0.0", "0" },
        { THINGS, 1, "1.0", "1" },
        { THINGS, 10, "10.0", "10" },
        { THINGS, 4096, "4096.0", "4096" },
        { THINGS, 100000, "100000.0", "100000" },
        { THINGS, 999999, "999999.0", "999999" },
        { THINGS, 1000000, "1e+06", "1000000" },
        { THINGS, 1048576, "1.048576e+06", "1048576" },
        { THINGS, 16777216, "1.6777216e+07", "16777216" },
        { THINGS, 10000000000, "1e+10", "10000000000" },
        { THINGS, INT64_MAX, "9.223372036854775807e+18", "9223372036854775807" },
        { KIB, 4, "4096.0", "4096" },
        { KIB, 1, "1024.0", "1024" },
        { KIB, 1024, "1.048576e+06", "1048576" },
        { PAGES, 1, "65536.0", "65536" },
        { PAGES, 16, "1.048576e+06", "1048576" },
        { USEC, 0, "0.0", "0.000000" },
        { USEC, 1, "1e-06", "0.000001" },
        { USEC, 25, "2.5e-05", "0.000025" },
        { USEC, 100, "0.0001", "0.000100" },
        { USEC, 50000, "0.05", "0.050000" },
        { USEC, 1000000, "1.0", "1.000000" },
        { USEC, 10500000, "10.5", "10.500000" },
        { USEC, 1234567890000000, "1.23456789e+09", "1234567890.000000" },
        { NSEC, 1, "1e-09", "0.000000001" },
        { NSEC, 1500, "1.5e-06", "0.000001500" },
        { NSEC, 100000, "0.0001", "0.000100000" },
        { NSEC, 2000000000, "2.0", "2.000000000" },
        { RATIO, 1, "0.001", "0.001" },
        { RATIO, 50, "0.05", "0.050" },
        { RATIO, 999, "0.999", "0.999" },
        { RATIO, 1000, "1.0", "1.000" },
        { RATIO, 20000, "20.0", "20.000" },
};

START_TEST(bounds_are_in_base_units_and_in_the_canonical_form)
{
        struct mx_histogram h = { .bounds = &scales[_i].bound, .n = 1 };
        const char *name = families[scales[_i].family].name;
        struct fixture f;
        char want[512];

        mx_histogram_add(&h, scales[_i].bound, 1);
        begin(&f, 100, 4096);
        mx_emit_histograms(&f.sink, scales[_i].family, &h, 1, sizeof(h), NULL);
        snprintf(want, sizeof(want),
                 "%s_bucket{le=\"%s\"} 1\n%s_bucket{le=\"+Inf\"} 1\n%s_sum %s\n%s_count 1\n", name,
                 scales[_i].le, name, name, scales[_i].sum, name);
        ck_assert_str_eq(text_of(&f), want);
        end(&f);
}
END_TEST

START_TEST(a_sum_beyond_what_can_be_true_is_the_largest_and_is_counted)
{
        struct mx_histogram h = { two_bounds, 2, { 0, 0, 1 }, UINT64_MAX - 1 };
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit_histograms(&f.sink, KIB, &h, 1, sizeof(h), NULL);
        harness_assert(text_of(&f), "memory_test_kib_bytes_sum", "9223372036854775807");
        ck_assert_uint_eq(f.sink.invalid, 1);
        end(&f);
}
END_TEST

/* All rows a histogram can have, each as long as it can be, in a buffer that grows from nothing. */
START_TEST(the_largest_histogram_fits)
{
        uint64_t bounds[MX_BUCKETS_MAX];
        struct mx_histogram h = { .bounds = bounds, .n = MX_BUCKETS_MAX, .sum = INT64_MAX };
        struct mx_labels labels;
        struct fixture f;
        char value[1000];

        for (uint64_t i = 0; i < MX_BUCKETS_MAX; i++) {
                bounds[i] = (uint64_t)INT64_MAX - MX_BUCKETS_MAX + i + 1;
                h.count[i] = (uint64_t)1 << 58;
        }
        memset(value, '"', sizeof(value));
        for (size_t family = THINGS; family <= RATIO; family++) {
                if (family == KIB || family == PAGES)
                        continue;
                begin(&f, MX_BUCKETS_MAX + 3, 1 << 20);
                mx_labels_begin(&f.sink);
                mx_label(&f.sink, "name", value, sizeof(value));
                labels = mx_labels_end(&f.sink);
                mx_emit_histograms(&f.sink, family, &h, 1, sizeof(h), &labels);
                ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
                ck_assert_uint_eq(f.sink.series, MX_BUCKETS_MAX + 3);
                ck_assert_uint_eq(mx_sink_room(&f.sink), 0);
                end(&f);
        }
}
END_TEST

/* ---- caps and misuse ---- */

START_TEST(histograms_over_the_cap_are_dropped_whole_and_counted)
{
        struct mx_histogram rows[3] = { { two_bounds, 2, { 1 }, 1 },
                                        { two_bounds, 2, { 2 }, 2 },
                                        { two_bounds, 1, { 3 }, 3 } };
        static const struct {
                uint64_t cap, series, dropped;
        } cases[] = {
                { 14, 14, 0 }, { 13, 10, 4 }, { 10, 10, 4 }, { 9, 9, 5 },
                { 5, 5, 9 },   { 4, 4, 10 },  { 3, 0, 14 },  { 0, 0, 14 },
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(cases); i++) {
                struct mx_labels labels[3];
                struct fixture f;

                begin(&f, cases[i].cap, 4096);
                for (uint64_t k = 0; k < 3; k++)
                        labels[k] = node(&f.sink, k);
                mx_emit_histograms(&f.sink, THINGS, rows, 3, sizeof(rows[0]), labels);
                (void)text_of(&f);
                ck_assert_uint_eq(f.sink.series, cases[i].series);
                ck_assert_uint_eq(f.sink.dropped, cases[i].dropped);
                /* No metadata without a sample. */
                ck_assert_uint_eq(f.sink.marks.n, cases[i].series > 0);
                end(&f);
        }
}
END_TEST

START_TEST(a_cap_on_bytes_fails_the_run)
{
        struct mx_histogram h = { two_bounds, 2, { 1 }, 1 };
        struct fixture f;

        begin(&f, 100, 100);
        mx_emit_histograms(&f.sink, THINGS, &h, 1, sizeof(h), NULL);
        ck_assert_int_eq(mx_sink_finish(&f.sink), -E2BIG);
        end(&f);
}
END_TEST

static const uint64_t equal_bounds[] = { 5, 5 }, falling_bounds[] = { 6, 5 },
                      absent_bound[] = { 1, MX_ABSENT }, high_bounds[] = { UINT64_MAX / 1024 };
static struct mx_histogram good = { two_bounds, 2, { 1 }, 1 };
static struct mx_histogram equal = { equal_bounds, 2, { 1 }, 1 };
static struct mx_histogram falling = { falling_bounds, 2, { 1 }, 1 };
static struct mx_histogram absent = { absent_bound, 2, { 1 }, 1 };
static struct mx_histogram high = { high_bounds, 1, { 1 }, 1 };
static struct mx_histogram many = { two_bounds, MX_BUCKETS_MAX + 1, { 1 }, 1 };

static const struct {
        const char *what;
        size_t family;
        const struct mx_histogram *h;
} misuses[] = {
        { "a family of another type", GAUGE, &good },
        { "a family that is not there", MX_ARRAY_SIZE(families), &good },
        { "bounds that are equal", THINGS, &equal },
        { "bounds that fall", THINGS, &falling },
        { "a bound that is absent", THINGS, &absent },
        { "a bound that cannot be", PAGES, &high },
        { "more bounds than there may be", THINGS, &many },
};

START_TEST(a_mistake_fails_the_run)
{
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit_histograms(&f.sink, misuses[_i].family, misuses[_i].h, 1, sizeof(good), NULL);
        ck_assert_msg(mx_sink_finish(&f.sink) == -EINVAL, "%s", misuses[_i].what);
        mx_emit(&f.sink, GAUGE, 1); /* the error stays, and nothing is written any more */
        ck_assert_int_eq(mx_sink_finish(&f.sink), -EINVAL);
        mx_sink_begin(&f.sink);
        mx_emit_histograms(&f.sink, THINGS, &good, 1, sizeof(good), NULL);
        ck_assert_uint_eq(harness_count(text_of(&f), "memory_test_things_bucket"), 3);
        end(&f);
}
END_TEST

START_TEST(a_histogram_is_not_emitted_as_a_value_nor_twice)
{
        uint64_t value = 1;
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit(&f.sink, THINGS, 1);
        ck_assert_int_eq(mx_sink_finish(&f.sink), -EINVAL);
        mx_sink_begin(&f.sink);
        mx_emit_rows(&f.sink, GAUGE, 2, &value, 1, sizeof(value), NULL);
        ck_assert_int_eq(mx_sink_finish(&f.sink), -EINVAL);
        mx_sink_begin(&f.sink);
        for (int i = 0; i < 2; i++)
                mx_emit_histograms(&f.sink, THINGS, &good, 1, sizeof(good), NULL);
        ck_assert_int_eq(mx_sink_finish(&f.sink), -EEXIST);
        end(&f);
}
END_TEST

/* ---- names ---- */

START_TEST(a_name_that_promtool_or_openmetrics_would_refuse_is_refused)
{
        static const struct {
                const char *name;
                enum mx_scale scale;
                bool good;
        } cases[] = {
                { "memory_x_bytes", MX_KIB, true },
                { "memory_x_ratio", MX_MILLI, true },
                { "memory_x_gauged_ratio", MX_MILLI, true },
                { "memory_x_total", MX_ONE, false },
                { "memory_x_info", MX_ONE, false },
                { "memory_x_bucket", MX_ONE, false },
                { "memory_x_sum", MX_ONE, false },
                { "memory_x_count", MX_ONE, false },
                { "memory_x_created", MX_ONE, false },
                { "memory_x_histogram", MX_ONE, false },
                { "memory_histogram_bytes", MX_ONE, false },
                { "memory_gauge_bytes", MX_ONE, false },
                { "memory_gauged_gauge_bytes", MX_ONE, false },
                { "memory_x_percent", MX_ONE, false },
                { "memory_x_kib", MX_KIB, false },
                { "memory_x_bytes", MX_INT, false },
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(cases); i++) {
                struct mx_family f = { .name = cases[i].name,
                                       .help = "X.",
                                       .type = MX_HISTOGRAM,
                                       .scale = cases[i].scale };

                ck_assert_msg(!mx_family_check(&f) == cases[i].good, "%s: %s", cases[i].name,
                              mx_family_check(&f) ?: "taken");
        }
}
END_TEST

/* ---- whole expositions ---- */

static int any_open(void *state, const struct mx_host *host, const void *o, struct mx_err *reterr)
{
        (void)state, (void)host, (void)o, (void)reterr;
        return 0;
}

static int collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        static const uint64_t bounds[] = { 1, 5, 10, 50, 100, 500, 1000, 1000000, 20000000 };
        struct mx_histogram rows[2] = { { .bounds = bounds, .n = MX_ARRAY_SIZE(bounds) },
                                        { .bounds = bounds, .n = MX_ARRAY_SIZE(bounds) } };
        struct mx_labels labels[2];

        (void)state, (void)reterr;
        for (uint64_t i = 0; i < 2; i++)
                labels[i] = node(sink, i);
        for (uint64_t v = 1; v < (uint64_t)1 << 40; v *= 3)
                mx_histogram_add(&rows[v % 2], v, 1);
        for (size_t family = THINGS; family <= RATIO; family++)
                mx_emit_histograms(sink, family, rows, 2, sizeof(rows[0]), labels);
        mx_emit(sink, GAUGE, 7);
        return 0;
}

static void any_close(void *state)
{
        (void)state;
}

static const struct mx_collector fake = {
        .abi = MX_ABI,
        .size = sizeof(fake),
        .name = "fake",
        .help = "Fake.",
        .source = "/proc/x",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .max_series = 1000,
        .max_bytes = 1 << 20,
        .open = any_open,
        .collect = collect,
        .close = any_close,
};

static char *exposition(enum mx_format format)
{
        struct mx_host host = harness_host("x86_64-6.1-v2");
        struct mx_err err;
        struct harness h;
        char *text = NULL;

        harness_start(&h, &fake, &host, NULL);
        ck_assert_int_eq(harness_run(&h, format, &text, &err), OUTCOME_OK);
        harness_stop(&h);
        harness_host_done(&host);
        return text;
}

START_TEST(metadata_says_histogram_in_both_formats)
{
        char *text = exposition(MX_TEXT), *om = exposition(MX_OPENMETRICS);

        ck_assert_ptr_nonnull(strstr(text, "# HELP memory_test_ratio Shares (/proc/x F).\n"
                                           "# TYPE memory_test_ratio histogram\n"
                                           "memory_test_ratio_bucket{node=\"0\",le=\"0.001\"} "));
        ck_assert_ptr_nonnull(strstr(om, "# TYPE memory_test_ratio histogram\n"
                                         "# UNIT memory_test_ratio ratio\n"
                                         "# HELP memory_test_ratio Shares (/proc/x F).\n"
                                         "memory_test_ratio_bucket{node=\"0\",le=\"0.001\"} "));
        free(text);
        free(om);
}
END_TEST

/* Gives the file to the shell command, and says what it says. Ends with its status. */
static int judge(const char *tree, const char *command, char *ret, size_t size)
{
        char line[4096];
        FILE *f;
        int r;

        snprintf(line, sizeof(line),
                 "{ PATH=$PATH:${BUILD:-build}/tools/usr/bin; cd %s/..; %s; } <%s/in >%s/out 2>&1",
                 getenv("MX_TESTS_DIR") ?: "tests", command, tree, tree);
        r = system(line);
        ck_assert(WIFEXITED(r));
        snprintf(line, sizeof(line), "%s/out", tree);
        f = fopen(line, "re");
        ck_assert_ptr_nonnull(f);
        ret[fread(ret, 1, size - 1, f)] = '\0';
        fclose(f);
        return WEXITSTATUS(r);
}

START_TEST(the_readers_of_both_formats_have_nothing_to_say_against_it)
{
        static const struct {
                enum mx_format format;
                const char *command;
        } judges[] = {
                { MX_TEXT, "awk -v format=text -f tests/e2e/exposition.awk" },
                { MX_OPENMETRICS, "{ cat; echo '# EOF'; } | "
                                  "awk -v format=openmetrics -f tests/e2e/exposition.awk" },
                { MX_TEXT, "! command -v promtool >/dev/null || promtool check metrics" },
        };
        char *tree = harness_tree_new(), said[2048];

        for (size_t i = 0; i < MX_ARRAY_SIZE(judges); i++) {
                char *text = exposition(judges[i].format);

                harness_tree_write(tree, "in", text);
                ck_assert_int_eq(judge(tree, judges[i].command, said, sizeof(said)), 0);
                ck_assert_str_eq(said, "");
                free(text);
        }
        harness_tree_done(tree);
}
END_TEST

/* ...who would have something to say if there were. */
static const struct {
        const char *from, *to, *said;
} damages[] = {
        { "_bucket{node=\"0\",le=\"+Inf\"} ", "_bucket{node=\"0\",le=\"7000.0\"} ",
          "a sum before the bucket +Inf" },
        { "le=\"5.0\"", "le=\"5\"", "not a bound in the canonical form" },
        { "le=\"5.0\"", "le=\"0.5\"", "bounds that do not ascend" },
        { "node=\"1\",le=\"1.0\"} 1", "node=\"1\",le=\"1.0\"} 9", "has less in it" },
        { "memory_test_things_sum{node=\"0\"}", "memory_test_things_total{node=\"0\"}",
          "a sample outside of its family" },
        { "memory_test_things_count{node=\"1\"} ", "memory_test_things_count{node=\"1\"} 1",
          "a count that is not that of the bucket +Inf" },
        { "memory_test_now 7", "memory_test_now{le=\"7.0\"} 7", "a label le, but no bucket" },
        { "memory_test_things_bucket{node=\"1\",le=\"1.0\"",
          "memory_test_things_bucket{node=\"0\",le=\"1.0\"", "a histogram begins before" },
};

START_TEST(what_is_wrong_with_a_histogram_is_told)
{
        char *tree = harness_tree_new(), *text = exposition(MX_TEXT), *at, *out, said[8192];
        size_t len;
        FILE *f = open_memstream(&out, &len);

        at = strstr(text, damages[_i].from);
        ck_assert_msg(at != NULL, "%s", damages[_i].from);
        fwrite(text, 1, (size_t)(at - text), f);
        fprintf(f, "%s%s", damages[_i].to, at + strlen(damages[_i].from));
        fclose(f);
        harness_tree_write(tree, "in", out);
        judge(tree, "awk -v format=text -f tests/e2e/exposition.awk", said, sizeof(said));
        ck_assert_msg(strstr(said, damages[_i].said) != NULL, "%s\n%s", damages[_i].said, said);
        free(out);
        free(text);
        harness_tree_done(tree);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("sink_histogram");
        TCase *t = tcase_create("sink_histogram"), *w = tcase_create("whole");

        tcase_set_timeout(w, 60);
        tcase_add_test(t, a_bucket_takes_what_is_not_above_its_bound);
        tcase_add_test(t, a_sum_that_would_overflow_stays_at_the_largest);
        tcase_add_test(t, an_observation_counts_as_often_as_it_weighs);
        tcase_add_test(t, buckets_are_cumulative_and_the_rest_follows);
        tcase_add_test(t, one_that_has_seen_nothing_or_has_no_bounds_is_there_too);
        tcase_add_test(t, each_row_has_its_labels_and_le_after_them);
        tcase_add_loop_test(t, bounds_are_in_base_units_and_in_the_canonical_form, 0,
                            MX_ARRAY_SIZE(scales));
        tcase_add_test(t, a_sum_beyond_what_can_be_true_is_the_largest_and_is_counted);
        tcase_add_test(t, the_largest_histogram_fits);
        tcase_add_test(t, histograms_over_the_cap_are_dropped_whole_and_counted);
        tcase_add_test(t, a_cap_on_bytes_fails_the_run);
        tcase_add_loop_test(t, a_mistake_fails_the_run, 0, MX_ARRAY_SIZE(misuses));
        tcase_add_test(t, a_histogram_is_not_emitted_as_a_value_nor_twice);
        tcase_add_test(t, a_name_that_promtool_or_openmetrics_would_refuse_is_refused);
        tcase_add_test(w, metadata_says_histogram_in_both_formats);
        tcase_add_test(w, the_readers_of_both_formats_have_nothing_to_say_against_it);
        tcase_add_loop_test(w, what_is_wrong_with_a_histogram_is_told, 0, MX_ARRAY_SIZE(damages));
        suite_add_tcase(s, t);
        suite_add_tcase(s, w);
        return harness_main(s);
}
