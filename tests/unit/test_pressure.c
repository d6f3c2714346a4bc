/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/pressure.h"

#include <string.h>

#define BOTH                                                                                       \
        "some avg10=0.00 avg60=0.12 avg300=0.05 total=1834021\n"                                   \
        "full avg10=0.00 avg60=0.07 avg300=0.02 total=1102937\n"

static int parse(const char *text, struct mx_pressure *ret, struct mx_err *err)
{
        return mx_pressure_parse(text, strlen(text), ret, err);
}

START_TEST(pressure_reads_both_lines)
{
        struct mx_pressure v;

        ck_assert_int_eq(parse(BOTH, &v, NULL), 0);
        ck_assert_uint_eq(v.some_usec, 1834021);
        ck_assert_uint_eq(v.full_usec, 1102937);
}
END_TEST

START_TEST(pressure_accepts_missing_full_and_ignores_unknown_lines)
{
        struct mx_pressure v;

        ck_assert_int_eq(parse("most total=9\nsome total=7\n", &v, NULL), 0);
        ck_assert_uint_eq(v.some_usec, 7);
        ck_assert_uint_eq(v.full_usec, MX_ABSENT);
}
END_TEST

static const struct {
        const char *text;
        int r;
        unsigned line;
} bad[] = {
        { "", -EBADMSG, 0 },
        { "full total=1\n", -EBADMSG, 1 },
        { "some total=1\nsome total=1\n", -EBADMSG, 2 },
        { "some avg10=0.00\n", -EBADMSG, 1 },
        { "some total=\n", -EBADMSG, 1 },
        { "some total=-1\n", -EBADMSG, 1 },
        { "some total=1x\n", -EBADMSG, 1 },
        { "some subtotal=1\n", -EBADMSG, 1 },
        { "some total=18446744073709551616\n", -ERANGE, 1 },
        { "some total=1\nfull total=99999999999999999999999\n", -ERANGE, 2 },
};

START_TEST(pressure_rejects_malformed_text_by_line_and_leaves_the_result_alone)
{
        struct mx_pressure v = { 11, 22 };
        struct mx_err err = { 0 };

        ck_assert_int_eq(parse(bad[_i].text, &v, &err), bad[_i].r);
        ck_assert_uint_eq(err.line, bad[_i].line);
        ck_assert_ptr_nonnull(err.what);
        ck_assert_uint_eq(v.some_usec, 11);
        ck_assert_uint_eq(v.full_usec, 22);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_pressure v;

        (void)mx_pressure_parse(buf, len, &v, NULL);
}

START_TEST(pressure_never_reads_past_its_input)
{
        harness_truncate(BOTH, strlen(BOTH), parse_any);
}
END_TEST

START_TEST(pressure_exports_seconds_exactly)
{
        char *tree = harness_tree_new(), *text;
        struct mx_host host;

        harness_tree_write(tree, "proc/pressure/memory", BOTH);
        host = harness_host_at(tree, 4096);
        text = harness_collect(&mx_pressure, &host, NULL);
        harness_assert(text, "memory_pressure_some_seconds_total", "1.834021");
        harness_assert(text, "memory_pressure_full_seconds_total", "1.102937");
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(pressure_is_unsupported_where_the_kernel_has_none)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host = harness_host_at(tree, 4096);
        struct mx_err err;
        struct harness h;

        harness_start(&h, &mx_pressure, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        ck_assert_int_eq(err.code, -ENOENT);
        ck_assert_str_eq(err.path, "pressure/memory");
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("pressure");
        TCase *t = tcase_create("pressure");

        tcase_add_test(t, pressure_reads_both_lines);
        tcase_add_test(t, pressure_accepts_missing_full_and_ignores_unknown_lines);
        tcase_add_loop_test(t, pressure_rejects_malformed_text_by_line_and_leaves_the_result_alone,
                            0, (int)MX_ARRAY_SIZE(bad));
        tcase_add_test(t, pressure_never_reads_past_its_input);
        tcase_add_test(t, pressure_exports_seconds_exactly);
        tcase_add_test(t, pressure_is_unsupported_where_the_kernel_has_none);
        suite_add_tcase(s, t);
        return harness_main(s);
}
