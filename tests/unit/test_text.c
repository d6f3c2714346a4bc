/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include "harness.h"

#include "mx/cleanup.h"
#include "mx/scan.h"

static const struct {
        uint64_t value;
        const char *text;
} numbers[] = {
        { 0, "0" },
        { 7, "7" },
        { 10, "10" },
        { 99, "99" },
        { 100, "100" },
        { 12345, "12345" },
        { 1000000, "1000000" },
        { UINT64_MAX, "18446744073709551615" },
};

START_TEST(numbers_are_written_and_read_back_exactly)
{
        char out[32], *end = mx_text_u64(out, numbers[_i].value);
        const char *p = out;
        uint64_t back;

        *end = '\0';
        ck_assert_str_eq(out, numbers[_i].text);
        ck_assert_int_eq(mx_scan_u64(&p, end, &back), 0);
        ck_assert_ptr_eq(p, end);
        ck_assert_uint_eq(back, numbers[_i].value);
}
END_TEST

START_TEST(fixed_point_keeps_every_decimal)
{
        static const struct {
                uint64_t v;
                const char *text;
        } ratios[] = {
                { 0, "0.000" },    { 7, "0.007" },        { 10, "0.010" },
                { 99, "0.099" },   { 100, "0.100" },      { 999, "0.999" },
                { 1000, "1.000" }, { 123456, "123.456" }, { UINT64_MAX, "18446744073709551.615" },
        };
        char out[48];

        *mx_text_fixed(out, 1834021, 6) = '\0';
        ck_assert_str_eq(out, "1.834021");
        for (size_t i = 0; i < MX_ARRAY_SIZE(ratios); i++) {
                *mx_text_fixed(out, ratios[i].v, 3) = '\0';
                ck_assert_str_eq(out, ratios[i].text);
        }
        *mx_text_fixed(out, 21, 6) = '\0';
        ck_assert_str_eq(out, "0.000021");
        *mx_text_fixed(out, UINT64_MAX, 9) = '\0';
        ck_assert_str_eq(out, "18446744073.709551615");
}
END_TEST

static const struct {
        const char *in;
        size_t len;
        const char *out;
} escapes[] = {
        { "plain", 5, "plain" },
        { "a\"b\\c\nd", 7, "a\\\"b\\\\c\\nd" },
        { "caf\xc3\xa9", 5, "caf\xc3\xa9" },
        { "\xff", 1, "\xee\xbf\xbf" },
        { "\xfe", 1, "\xee\xbf\xbe" },
        { "\xc3", 1, "\xee\xbf\x83" },                                 /* cut off */
        { "\xc0\xaf", 2, "\xee\xbf\x80\xee\xbe\xaf" },                 /* overlong */
        { "\xed\xa0\x80", 3, "\xee\xbf\xad\xee\xbe\xa0\xee\xbe\x80" }, /* surrogate */
        { "\xf4\x90\x80\x80", 4, "\xee\xbf\xb4\xee\xbe\x90\xee\xbe\x80\xee\xbe\x80" },
        { "\xee\xbf\xbf", 3, "\xee\xbf\xae\xee\xbe\xbf\xee\xbe\xbf" }, /* what 0xff becomes */
        { "\xef\xbf\xbd", 3, "\xef\xbf\xbd" }, /* U+FFFD is a character like others */
        { "\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80" },
        { "a\0b", 3,
          "a\xee\xbc\x80"
          "b" },
        { "\t\x01", 2, "\t\x01" },
};

START_TEST(label_values_become_valid_utf8_and_are_escaped)
{
        mx_cleanup_(mx_buf_done) struct mx_buf b;

        mx_buf_init(&b, 256);
        ck_assert_int_eq(mx_text_escape(&b, escapes[_i].in, escapes[_i].len, false), 0);
        ck_assert_int_eq(mx_buf_add(&b, "", 1), 0);
        ck_assert_str_eq(b.data, escapes[_i].out);
}
END_TEST

START_TEST(numbers_that_do_not_fit_or_are_none_are_refused_and_nothing_moves)
{
        static const struct {
                const char *text;
                int r;
        } bad[] = { { "", -EBADMSG },
                    { "-1", -EBADMSG },
                    { "x", -EBADMSG },
                    { "18446744073709551616", -ERANGE },
                    { "99999999999999999999999999", -ERANGE } };

        for (size_t i = 0; i < MX_ARRAY_SIZE(bad); i++) {
                const char *p = bad[i].text;
                uint64_t v = 42;

                ck_assert_int_eq(mx_scan_u64(&p, p + strlen(p), &v), bad[i].r);
                ck_assert_ptr_eq(p, bad[i].text);
                ck_assert_uint_eq(v, 42);
        }
}
END_TEST

START_TEST(signed_numbers_reach_both_ends_of_their_range_and_no_further)
{
        static const char *const good[] = { "-9223372036854775808", "9223372036854775807", "-2" };
        static const int64_t want[] = { INT64_MIN, INT64_MAX, -2 };
        static const char *const bad[] = { "-9223372036854775809", "9223372036854775808" };
        int64_t v;

        for (size_t i = 0; i < MX_ARRAY_SIZE(good); i++) {
                const char *p = good[i];

                ck_assert_int_eq(mx_scan_i64(&p, p + strlen(p), &v), 0);
                ck_assert_int_eq(v, want[i]);
        }
        for (size_t i = 0; i < MX_ARRAY_SIZE(bad); i++) {
                const char *p = bad[i];

                ck_assert_int_eq(mx_scan_i64(&p, p + strlen(p), &v), -ERANGE);
        }
}
END_TEST

START_TEST(the_only_number_has_blanks_around_it_and_nothing_else)
{
        static const struct {
                const char *text;
                int r;
        } rows[] = { { "7", 0 },         { "  7\t ", 0 },     { "", -EBADMSG },
                     { "  ", -EBADMSG }, { "7 8", -EBADMSG }, { "7x", -EBADMSG },
                     { "-7", -EBADMSG }, { "7\n", -EBADMSG }, { "18446744073709551616", -ERANGE } };

        for (size_t i = 0; i < MX_ARRAY_SIZE(rows); i++) {
                const char *p = rows[i].text;
                uint64_t v = 42;

                ck_assert_int_eq(mx_scan_only_u64(p, p + strlen(p), &v), rows[i].r);
                ck_assert_uint_eq(v, rows[i].r == 0 ? 7 : 42);
        }
}
END_TEST

START_TEST(buffers_grow_to_their_cap_and_then_refuse_without_losing_anything)
{
        mx_cleanup_(mx_buf_done) struct mx_buf b;
        char chunk[100];

        memset(chunk, 'x', sizeof(chunk));
        mx_buf_init(&b, 1000);
        for (int i = 0; i < 10; i++)
                ck_assert_int_eq(mx_buf_add(&b, chunk, sizeof(chunk)), 0);
        ck_assert_int_eq(mx_buf_add(&b, "y", 1), -E2BIG);
        ck_assert_uint_eq(b.len, 1000);
        ck_assert_uint_le(b.size, 1000);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("text");
        TCase *t = tcase_create("text");

        tcase_add_loop_test(t, numbers_are_written_and_read_back_exactly, 0,
                            (int)MX_ARRAY_SIZE(numbers));
        tcase_add_test(t, fixed_point_keeps_every_decimal);
        tcase_add_loop_test(t, label_values_become_valid_utf8_and_are_escaped, 0,
                            (int)MX_ARRAY_SIZE(escapes));
        tcase_add_test(t, numbers_that_do_not_fit_or_are_none_are_refused_and_nothing_moves);
        tcase_add_test(t, signed_numbers_reach_both_ends_of_their_range_and_no_further);
        tcase_add_test(t, the_only_number_has_blanks_around_it_and_nothing_else);
        tcase_add_test(t, buffers_grow_to_their_cap_and_then_refuse_without_losing_anything);
        suite_add_tcase(s, t);
        return harness_main(s);
}
