/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "mx/keymap.h"
#include "mx/topn.h"

#include <stdio.h>
#include <string.h>

struct row {
        uint64_t a, b;
};

static const struct mx_family families[] = {
        { "memory_test_a_bytes", "First thing.", "A", NULL, MX_GAUGE, MX_KIB,
          offsetof(struct row, a) },
        { "memory_test_b_total", "Second thing.", "B", "/proc/other", MX_COUNTER, MX_ONE,
          offsetof(struct row, b) },
        { "memory_test_c", "Signed thing.", "", "", MX_GAUGE, MX_INT, 0 },
        { "memory_test_build_info", "Info thing.", "", "", MX_INFO, MX_ONE, 0 },
        { "memory_test_index", "Signed share.", "", "", MX_GAUGE, MX_INT_MILLI, 0 },
};

/* Sink with the families above, begun. */
struct fixture {
        struct mx_registry *registry;
        struct mx_sink sink;
};

static void begin(struct fixture *f, uint64_t max_series, size_t max_bytes)
{
        ck_assert_int_eq(
                mx_registry_new(&f->registry, families, MX_ARRAY_SIZE(families), "/proc/x"), 0);
        mx_sink_init(&f->sink, f->registry, 4096, max_bytes, max_series);
        mx_sink_begin(&f->sink);
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

START_TEST(rows_come_out_family_by_family_with_their_labels)
{
        struct row rows[] = { { 1, 10 }, { 2, MX_ABSENT } };
        struct mx_labels labels[2];
        struct fixture f;

        begin(&f, 100, 4096);
        for (uint64_t i = 0; i < 2; i++) {
                mx_labels_begin(&f.sink);
                mx_label_u64(&f.sink, "node", i);
                mx_label(&f.sink, "name", "a\"b", 3);
                labels[i] = mx_labels_end(&f.sink);
        }
        mx_emit_rows(&f.sink, 0, 2, rows, 2, sizeof(rows[0]), labels);
        ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        ck_assert_uint_eq(f.sink.series, 3);
        assert_text(&f, "memory_test_a_bytes{node=\"0\",name=\"a\\\"b\"} 1024\n"
                        "memory_test_a_bytes{node=\"1\",name=\"a\\\"b\"} 2048\n"
                        "memory_test_b_total{node=\"0\",name=\"a\\\"b\"} 10\n");
        end(&f);
}
END_TEST

static const struct mx_prepared *prepared(struct fixture *f, size_t family)
{
        const struct mx_prepared *p;

        ck_assert_int_eq(mx_registry_prepare(f->registry, family, &p), 0);
        return p;
}

/* A family's metadata as a string, until the next call. */
static const char *meta(const struct mx_prepared *p, enum mx_format format)
{
        static char text[512];

        ck_assert_uint_lt(p->meta_len[format], sizeof(text));
        memcpy(text, p->meta[format], p->meta_len[format]);
        text[p->meta_len[format]] = '\0';
        return text;
}

START_TEST(a_family_is_prepared_when_its_first_samples_come)
{
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit(&f.sink, 0, MX_ABSENT);
        ck_assert_ptr_null(f.registry->slot[0].prepared);
        mx_emit(&f.sink, 0, 1);
        ck_assert_ptr_nonnull(f.registry->slot[0].prepared);
        ck_assert_ptr_null(f.registry->slot[1].prepared);
        ck_assert_int_eq(mx_registry_prepare_all(f.registry), 0);
        ck_assert_ptr_nonnull(f.registry->slot[1].prepared);
        ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        end(&f);
}
END_TEST

/* Of the longest strings, in bytes that become the longest text. */
START_TEST(a_family_as_long_as_is_allowed_can_be_shown_and_a_longer_one_is_refused)
{
        char name[MX_FAMILY_NAME_MAX + 2], help[MX_FAMILY_HELP_MAX + 2];
        char key[MX_FAMILY_KEY_MAX + 2], source[MX_FAMILY_SOURCE_MAX + 2];
        struct mx_family family = { name, help, key, source, MX_COUNTER, MX_ONE, 0 };
        struct fixture f;
        int i;

        memset(name, 'x', sizeof(name));
        memcpy(name + MX_FAMILY_NAME_MAX - 12, "_bytes_total", 13);
        memset(help, 0xff, sizeof(help));
        memcpy(help + MX_FAMILY_HELP_MAX - 1, ".", 2);
        memset(key, 0xff, sizeof(key));
        key[MX_FAMILY_KEY_MAX] = '\0';
        memset(source, 0xff, sizeof(source));
        source[MX_FAMILY_SOURCE_MAX] = '\0';
        begin(&f, 100, 1 << 20);
        i = mx_sink_add_family(&f.sink, &family);
        ck_assert_int_ge(i, 0);
        mx_emit(&f.sink, (size_t)i, 1);
        ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        memcpy(name, "another", 7);
        memcpy(help + MX_FAMILY_HELP_MAX, ".", 2);
        ck_assert_int_eq(mx_sink_add_family(&f.sink, &family), -EINVAL);
        end(&f);
}
END_TEST

START_TEST(metadata_differs_between_the_formats_and_samples_do_not)
{
        struct fixture f;
        const struct mx_prepared *p;

        begin(&f, 100, 4096);
        p = prepared(&f, 0);
        ck_assert_str_eq(meta(p, MX_TEXT), "# HELP memory_test_a_bytes First thing (/proc/x A).\n"
                                           "# TYPE memory_test_a_bytes gauge\n");
        ck_assert_str_eq(meta(p, MX_OPENMETRICS),
                         "# TYPE memory_test_a_bytes gauge\n# UNIT memory_test_a_bytes bytes\n"
                         "# HELP memory_test_a_bytes First thing (/proc/x A).\n");
        p = prepared(&f, 1);
        ck_assert_str_eq(meta(p, MX_OPENMETRICS),
                         "# TYPE memory_test_b counter\n"
                         "# HELP memory_test_b Second thing (/proc/other B).\n");
        p = prepared(&f, 3);
        ck_assert_str_eq(meta(p, MX_TEXT), "# HELP memory_test_build_info Info thing.\n"
                                           "# TYPE memory_test_build_info gauge\n");
        ck_assert_str_eq(meta(p, MX_OPENMETRICS),
                         "# TYPE memory_test_build info\n# HELP memory_test_build Info thing.\n");
        end(&f);
}
END_TEST

START_TEST(signed_thousandths_are_written_with_three_decimals)
{
        static const struct {
                int64_t value;
                const char *want;
        } cases[] = {
                { 0, "memory_test_index 0.000\n" },
                { 7, "memory_test_index 0.007\n" },
                { -500, "memory_test_index -0.500\n" },
                { -1000, "memory_test_index -1.000\n" },
                { 1234, "memory_test_index 1.234\n" },
                { -7, "memory_test_index -0.007\n" },
                { INT64_MIN, "" },
        };
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit(&f.sink, 4, (uint64_t)cases[_i].value);
        assert_text(&f, cases[_i].want);
        end(&f);
}
END_TEST

START_TEST(signed_values_keep_their_sign_and_their_own_mark_of_absence)
{
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit(&f.sink, 2, (uint64_t)(int64_t)-1);
        assert_text(&f, "memory_test_c -1\n");
        mx_sink_begin(&f.sink);
        mx_emit(&f.sink, 2, (uint64_t)INT64_MIN);
        assert_text(&f, "");
        end(&f);
}
END_TEST

START_TEST(values_no_memory_can_have_are_dropped_and_counted)
{
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit(&f.sink, 0, UINT64_MAX / 1024);
        mx_emit(&f.sink, 1, (uint64_t)INT64_MAX + 1);
        ck_assert_uint_eq(f.sink.invalid, 2);
        assert_text(&f, "");
        end(&f);
}
END_TEST

START_TEST(series_over_the_cap_are_dropped_and_counted)
{
        struct row rows[5] = { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 }, { 5, 5 } };
        struct fixture f;

        begin(&f, 7, 4096);
        ck_assert_uint_eq(mx_sink_room(&f.sink), 7);
        mx_emit_rows(&f.sink, 0, 2, rows, 5, sizeof(rows[0]), NULL);
        ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        ck_assert_uint_eq(f.sink.series, 7);
        ck_assert_uint_eq(f.sink.dropped, 3);
        ck_assert_uint_eq(mx_sink_room(&f.sink), 0);
        end(&f);
}
END_TEST

START_TEST(errors_stick_until_the_next_run)
{
        struct fixture f;

        begin(&f, 100, 60);
        for (int i = 0; i < 3; i++)
                mx_emit(&f.sink, (size_t)i, 1);
        ck_assert_int_eq(mx_sink_finish(&f.sink), -E2BIG);
        mx_sink_begin(&f.sink);
        ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        mx_emit(&f.sink, 99, 1);
        ck_assert_int_eq(mx_sink_finish(&f.sink), -EINVAL);
        end(&f);
}
END_TEST

static struct mx_labels label_set(struct mx_sink *s, const char *value)
{
        mx_labels_begin(s);
        mx_label(s, "x", value, strlen(value));
        return mx_labels_end(s);
}

START_TEST(label_sets_that_are_kept_outlive_the_run_and_no_others_do)
{
        uint64_t value[] = { 1, 2 };
        struct mx_labels labels[2];
        struct fixture f;
        size_t len;

        begin(&f, 100, 1 << 20);
        labels[0] = label_set(&f.sink, "kept");
        ck_assert(mx_labels_keep(&f.sink));
        len = f.sink.labels.len;
        for (int i = 0; i < 3; i++) {
                mx_sink_begin(&f.sink);
                ck_assert_uint_eq(f.sink.labels.len, len);
                labels[1] = label_set(&f.sink, "new");
                mx_emit_column(&f.sink, 2, value, 2, sizeof(*value), labels);
                ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        }
        assert_text(&f, "memory_test_c{x=\"kept\"} 1\nmemory_test_c{x=\"new\"} 2\n");
        mx_sink_begin(&f.sink);
        mx_emit_column(&f.sink, 99, value, 1, sizeof(*value), NULL); /* fails the run */
        ck_assert(!mx_labels_keep(&f.sink));
        mx_labels_drop(&f.sink);
        mx_sink_begin(&f.sink);
        ck_assert_uint_eq(f.sink.labels.len, 0);
        end(&f);
}
END_TEST

START_TEST(a_family_emitted_twice_in_a_run_fails_it)
{
        struct fixture f;

        begin(&f, 100, 4096);
        mx_emit(&f.sink, 0, 1);
        mx_emit(&f.sink, 0, 2);
        ck_assert_int_eq(mx_sink_finish(&f.sink), -EEXIST);
        end(&f);
}
END_TEST

static int rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        ret->help = "Made by rule.";
        ret->type = MX_GAUGE;
        return mx_name_append(name, "memory_test_")
                       ?: mx_name_append_key(name, kv->key, kv->key_len);
}

/* One key at a time counts as a text does. */
START_TEST(a_key_map_sets_and_counts_one_key_at_a_time)
{
        static const char *const keys[] = { "B", "New", "B", "\xff", "One", "Many" };
        uint64_t row[4] = { MX_ABSENT, MX_ABSENT, MX_ABSENT, MX_ABSENT };
        struct mx_keymap *map;
        struct fixture f;

        begin(&f, 100, 4096);
        ck_assert_int_eq(mx_keymap_new(&map, families, 0, 2, 4, rule), 0);
        for (size_t i = 0; i < MX_ARRAY_SIZE(keys); i++) {
                struct mx_kv kv = { .key = keys[i],
                                    .key_len = (uint32_t)strlen(keys[i]),
                                    .value = i + 1 };

                mx_keymap_set(map, &f.sink, &kv, i, row);
        }
        ck_assert_uint_eq(row[0], MX_ABSENT);
        ck_assert_uint_eq(row[1], 1);
        ck_assert_uint_eq(row[2], 2);
        ck_assert_uint_eq(row[3], MX_ABSENT);
        ck_assert_uint_eq(f.sink.invalid, 1); /* the second "B" */
        ck_assert_uint_eq(f.sink.dropped, 2); /* there is no room; what makes no name is not lost */
        mx_keymap_free(map);
        end(&f);
}
END_TEST

START_TEST(a_key_map_learns_new_keys_once_and_survives_a_changed_order)
{
        static const char *const texts[] = { "A 1\nNew 2\nB 3\n", "New 5\nB 6\nA 4\nNew 9\n" };
        uint64_t row[8];
        struct mx_keymap *map;
        struct mx_kv kv[8];
        struct fixture f;

        begin(&f, 100, 4096);
        ck_assert_int_eq(mx_keymap_new(&map, families, 0, 2, 8, rule), 0);
        for (int i = 0; i < 2; i++) {
                size_t skipped;
                int n = mx_kv_parse(texts[i], strlen(texts[i]), kv, 8, &skipped, NULL);

                ck_assert_int_ge(n, 3);
                mx_sink_begin(&f.sink);
                mx_keymap_fill(map, &f.sink, kv, (size_t)n, row);
                ck_assert_uint_eq(row[0], i ? 4 : 1);
                ck_assert_uint_eq(row[1], i ? 6 : 3);
                ck_assert_uint_eq(row[2], i ? 5 : 2);
                ck_assert_uint_eq(row[3], MX_ABSENT);
        }
        ck_assert_uint_eq(f.sink.unknown, 1);
        ck_assert_uint_eq(f.sink.invalid, 1); /* the second "New" */
        ck_assert_uint_eq(mx_keymap_columns(map), 3);
        mx_keymap_emit(map, &f.sink, row, 1, NULL);
        assert_text(&f, "memory_test_a_bytes 4096\nmemory_test_b_total 6\nmemory_test_new 5\n");
        mx_keymap_free(map);
        end(&f);
}
END_TEST

START_TEST(a_full_key_map_leaves_further_keys_out)
{
        struct mx_keymap *map;
        struct fixture f;

        begin(&f, 100, 4096);
        ck_assert_int_eq(mx_keymap_new(&map, families, 0, 2, 3, rule), 0);
        for (int i = 0; i < 5; i++) {
                char key[8];
                struct mx_kv kv = { .key = key, .value = 1 };

                kv.key_len = (uint32_t)snprintf(key, sizeof(key), "K%d", i);
                ck_assert_int_eq(mx_keymap_column(map, &f.sink, &kv, 0), i == 0 ? 2 : -E2BIG);
        }
        mx_keymap_free(map);
        end(&f);
}
END_TEST

START_TEST(a_key_with_a_nul_in_it_is_left_out_and_takes_no_other_keys_family)
{
        static const char text[] = "New 5\nNew\0 6\nNew\0\0x 7\n\0 8\n";
        uint64_t row[8];
        struct mx_keymap *map;
        struct fixture f;

        begin(&f, 100, 4096);
        ck_assert_int_eq(mx_keymap_new(&map, families, 0, 2, 8, rule), 0);
        for (int i = 0; i < 2; i++) {
                mx_sink_begin(&f.sink);
                ck_assert_int_eq(mx_keymap_read(map, &f.sink, text, sizeof(text) - 1, row), 4);
                mx_keymap_emit(map, &f.sink, row, 1, NULL);
                ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        }
        assert_text(&f, "memory_test_new 5\n");
        ck_assert_uint_eq(f.sink.unknown, 3); /* once each; the last one has no name */
        mx_keymap_free(map);
        end(&f);
}
END_TEST

START_TEST(kernel_keys_become_snake_case)
{
        static const char *const names[][2] = {
                { "MemFree", "mem_free" },          { "Active(anon)", "active_anon" },
                { "NFS_Unstable", "nfs_unstable" }, { "DirectMap4k", "direct_map4k" },
                { "Committed_AS", "committed_as" }, { "pgscan_kswapd", "pgscan_kswapd" },
                { "GPUActive", "gpu_active" },      { "  odd--key  ", "odd_key" },
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(names); i++) {
                char name[MX_KEYMAP_NAME_MAX] = "";

                ck_assert_int_eq(mx_name_append_key(name, names[i][0], strlen(names[i][0])), 0);
                ck_assert_str_eq(name, names[i][1]);
        }
}
END_TEST

START_TEST(names_that_come_to_nothing_or_do_not_fit_are_refused)
{
        char name[MX_KEYMAP_NAME_MAX] = "memory_", longest[400];

        memset(longest, 'x', sizeof(longest));
        ck_assert_int_eq(mx_name_append_key(name, "((()))", 6), -EINVAL);
        ck_assert_int_eq(mx_name_append_key(name, longest, sizeof(longest)), -EINVAL);
        longest[sizeof(longest) - 1] = '\0';
        ck_assert_int_eq(mx_name_append(name, longest), -EINVAL);
}
END_TEST

START_TEST(the_largest_are_chosen_in_order)
{
        struct mx_topn v[] = { { 5, 0, false }, { 0, 1, true },  { 9, 2, false },
                               { 7, 3, false }, { 9, 4, false }, { 1, 5, false } };

        ck_assert_uint_eq(mx_topn_select(v, 6, 3), 3);
        ck_assert_uint_eq(v[0].index, 2);
        ck_assert_uint_eq(v[1].index, 4);
        ck_assert_uint_eq(v[2].index, 3);
        ck_assert_uint_eq(mx_topn_select(v, 6, 10), 5);
        ck_assert_uint_eq(mx_topn_select(v, 0, 10), 0);
        ck_assert_uint_eq(mx_topn_select(v, 6, 0), 0);
}
END_TEST

START_TEST(an_incumbent_yields_only_to_one_that_is_larger_by_a_tenth)
{
        struct mx_topn close[] = { { 100, 0, true }, { 109, 1, false } };
        struct mx_topn far[] = { { 100, 0, true }, { 111, 1, false } };

        ck_assert_uint_eq(mx_topn_select(close, 2, 1), 1);
        ck_assert_uint_eq(close[0].index, 0);
        ck_assert_uint_eq(mx_topn_select(far, 2, 1), 1);
        ck_assert_uint_eq(far[0].index, 1);
}
END_TEST

static uint64_t wide[500];

/* Numbers of `digits` digits, in all rows. */
static void emit_wide(struct mx_sink *s, unsigned digits)
{
        uint64_t v = 1;

        while (--digits > 0)
                v *= 10;
        mx_sink_begin(s);
        for (size_t i = 0; i < MX_ARRAY_SIZE(wide); i++)
                wide[i] = v;
        mx_emit_column(s, 0, wide, MX_ARRAY_SIZE(wide), sizeof(*wide), NULL);
        ck_assert_int_eq(mx_sink_finish(s), 0);
}

START_TEST(a_text_that_grows_by_digits_later_does_not_make_the_buffer_grow)
{
        struct fixture f;
        size_t len, size;

        begin(&f, 10000, 1 << 20);
        emit_wide(&f.sink, 1);
        len = f.sink.out.len;
        size = f.sink.out.size;
        ck_assert_uint_ge(size, len + len / 4);
        for (unsigned digits = 2; digits <= 7; digits++)
                emit_wide(&f.sink, digits);
        ck_assert_uint_eq(f.sink.out.size, size);
        mx_sink_begin(&f.sink); /* and does not change for ever */
        ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        ck_assert_uint_eq(f.sink.out.size, size);
        end(&f);
}
END_TEST

START_TEST(a_text_that_becomes_much_longer_has_room_again)
{
        struct fixture f;
        size_t size;

        begin(&f, 10000, 1 << 20);
        emit_wide(&f.sink, 1);
        emit_wide(&f.sink, 12);
        size = f.sink.out.size;
        ck_assert_uint_ge(size, f.sink.out.len + f.sink.out.len / 4);
        emit_wide(&f.sink, 13);
        ck_assert_uint_eq(f.sink.out.size, size);
        end(&f);
}
END_TEST

START_TEST(the_room_that_is_left_is_within_the_cap)
{
        struct fixture f;
        size_t len;

        begin(&f, 10000, 1 << 20);
        emit_wide(&f.sink, 1);
        len = f.sink.out.len;
        end(&f);
        begin(&f, 10000, len + len / 8);
        emit_wide(&f.sink, 1);
        ck_assert_uint_eq(f.sink.out.len, len);
        ck_assert_uint_eq(f.sink.out.size, len + len / 8);
        ck_assert_int_eq(mx_sink_finish(&f.sink), 0);
        end(&f);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("sink");
        TCase *t = tcase_create("sink");

        tcase_add_test(t, rows_come_out_family_by_family_with_their_labels);
        tcase_add_test(t, a_family_as_long_as_is_allowed_can_be_shown_and_a_longer_one_is_refused);
        tcase_add_test(t, metadata_differs_between_the_formats_and_samples_do_not);
        tcase_add_test(t, a_family_is_prepared_when_its_first_samples_come);
        tcase_add_test(t, signed_values_keep_their_sign_and_their_own_mark_of_absence);
        tcase_add_loop_test(t, signed_thousandths_are_written_with_three_decimals, 0, 7);
        tcase_add_test(t, values_no_memory_can_have_are_dropped_and_counted);
        tcase_add_test(t, series_over_the_cap_are_dropped_and_counted);
        tcase_add_test(t, errors_stick_until_the_next_run);
        tcase_add_test(t, label_sets_that_are_kept_outlive_the_run_and_no_others_do);
        tcase_add_test(t, a_family_emitted_twice_in_a_run_fails_it);
        tcase_add_test(t, a_key_map_sets_and_counts_one_key_at_a_time);
        tcase_add_test(t, a_key_map_learns_new_keys_once_and_survives_a_changed_order);
        tcase_add_test(t, a_full_key_map_leaves_further_keys_out);
        tcase_add_test(t, a_key_with_a_nul_in_it_is_left_out_and_takes_no_other_keys_family);
        tcase_add_test(t, kernel_keys_become_snake_case);
        tcase_add_test(t, names_that_come_to_nothing_or_do_not_fit_are_refused);
        tcase_add_test(t, the_largest_are_chosen_in_order);
        tcase_add_test(t, an_incumbent_yields_only_to_one_that_is_larger_by_a_tenth);
        tcase_add_test(t, a_text_that_grows_by_digits_later_does_not_make_the_buffer_grow);
        tcase_add_test(t, a_text_that_becomes_much_longer_has_room_again);
        tcase_add_test(t, the_room_that_is_left_is_within_the_cap);
        suite_add_tcase(s, t);
        return harness_main(s);
}
