/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <string.h>

#define MINUTE 60000000ULL

static const struct mx_family families[] = {
        { "memory_test_a_bytes", "First thing.", "A", NULL, MX_GAUGE, MX_KIB, 0 },
        { "memory_test_b_total", "Second thing.", "B", NULL, MX_COUNTER, MX_ONE, 0 },
        { "memory_test_c", "Signed thing.", "", "", MX_GAUGE, MX_INT, 0 },
};

struct fixture {
        struct mx_registry *registry;
        struct mx_sink sink;
        struct mx_window window;
        const struct mx_window *rows[3];
        struct mx_labels labels[3];
};

static void begin(struct fixture *f, uint64_t max_series, size_t max_bytes)
{
        memset(f, 0, sizeof(*f));
        ck_assert_int_eq(mx_registry_new(&f->registry, families, MX_ARRAY_SIZE(families), "x"), 0);
        mx_sink_init(&f->sink, f->registry, 4096, max_bytes, max_series);
        mx_sink_begin(&f->sink);
        mx_window_add(&f->window, MINUTE, 7);
        mx_window_add(&f->window, 4 * MINUTE, 3);
        f->rows[1] = &f->window;
        mx_labels_begin(&f->sink);
        mx_label(&f->sink, "name", "a\"b", 3);
        f->labels[1] = mx_labels_end(&f->sink);
}

static void end(struct fixture *f)
{
        mx_sink_done(&f->sink);
        mx_registry_unref(f->registry);
}

static void assert_text(struct fixture *f, const char *want)
{
        ck_assert_int_eq(mx_buf_add(&f->sink.out, "", 1), 0);
        ck_assert_str_eq(f->sink.out.data, want);
}

START_TEST(a_window_has_a_sample_for_every_span_after_the_labels_of_its_row)
{
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit_windows(&f.sink, 0, f.rows, 3, 4 * MINUTE, f.labels);
        ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        ck_assert_uint_eq(f.sink.series, 3);
        assert_text(&f, "memory_test_a_bytes{name=\"a\\\"b\",window=\"1m\"} 3072\n"
                        "memory_test_a_bytes{name=\"a\\\"b\",window=\"5m\"} 7168\n"
                        "memory_test_a_bytes{name=\"a\\\"b\",window=\"1h\"} 7168\n");
        end(&f);
}
END_TEST

START_TEST(a_span_in_which_nothing_was_noted_has_no_sample)
{
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit_windows(&f.sink, 0, f.rows, 3, 10 * MINUTE, NULL);
        assert_text(&f, "memory_test_a_bytes{window=\"1h\"} 7168\n");
        end(&f);
        begin(&f, 100, 4096);
        mx_emit_windows(&f.sink, 0, f.rows, 3, 100 * MINUTE, NULL);
        ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        ck_assert_uint_eq(f.sink.marks.n, 0);
        end(&f);
}
END_TEST

START_TEST(the_cap_on_series_holds_and_what_is_over_it_is_counted)
{
        struct fixture f;

        begin(&f, 2, 4096);
        mx_emit_windows(&f.sink, 0, f.rows, 3, 4 * MINUTE, f.labels);
        ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        ck_assert_uint_eq(f.sink.series, 2);
        ck_assert_uint_eq(f.sink.dropped, 1);
        end(&f);
}
END_TEST

START_TEST(what_cannot_be_written_fails_the_run)
{
        static const struct {
                size_t family, max_bytes;
                int times, err;
        } rows[] = {
                { 3, 4096, 1, -EINVAL }, { 1, 4096, 1, -EINVAL }, { 2, 4096, 1, -EINVAL },
                { 0, 4096, 2, -EEXIST }, { 0, 40, 1, -E2BIG },
        };
        struct fixture f;

        begin(&f, 100, rows[_i].max_bytes);
        for (int i = 0; i < rows[_i].times; i++)
                mx_emit_windows(&f.sink, rows[_i].family, f.rows, 3, 4 * MINUTE, f.labels);
        ck_assert_int_eq(mx_sink_finish(&f.sink), rows[_i].err);
        end(&f);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("sink_window");
        TCase *t = tcase_create("windows");

        tcase_add_test(t, a_window_has_a_sample_for_every_span_after_the_labels_of_its_row);
        tcase_add_test(t, a_span_in_which_nothing_was_noted_has_no_sample);
        tcase_add_test(t, the_cap_on_series_holds_and_what_is_over_it_is_counted);
        tcase_add_loop_test(t, what_cannot_be_written_fails_the_run, 0, 5);
        suite_add_tcase(s, t);
        return harness_main(s);
}
