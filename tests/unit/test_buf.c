/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "buf_fit.h"
#include "mx/buf.h"

#include <errno.h>
#include <string.h>

static const struct {
        size_t len, room, cap, want; /* want: allocated bytes */
} fits[] = {
        { 100, 28, 1 << 20, 128 },    /* smaller than the first allocation */
        { 5000, 10, 1 << 20, 5010 },  /* than what doubling gave */
        { 500, 1000, 1 << 20, 1500 }, /* larger */
        { 500, 1000, 600, 600 },      /* but within the cap */
        { 500, SIZE_MAX, 600, 600 },  { 100, 0, 1 << 20, 100 },
        { 0, 10, 1 << 20, 10 },       { 0, 0, 1 << 20, 512 }, /* nothing to keep: left as it is */
};

START_TEST(a_buffer_is_cut_or_widened_to_its_content_and_room)
{
        static char content[5000];
        struct mx_buf b;

        memset(content, 'x', sizeof(content));
        mx_buf_init(&b, fits[_i].cap);
        ck_assert_int_eq(mx_buf_reserve(&b, 1), 0);
        ck_assert_int_eq(mx_buf_add(&b, content, fits[_i].len), 0);
        mx_buf_fit(&b, fits[_i].room);
        ck_assert_uint_eq(b.size, fits[_i].want);
        ck_assert_uint_eq(b.len, fits[_i].len);
        if (b.len > 0)
                ck_assert_mem_eq(b.data, content, b.len);
        ck_assert_int_eq(mx_buf_reserve(&b, b.size - b.len), 0); /* it is all there */
        memset(b.data + b.len, 0, b.size - b.len);
        ck_assert_int_eq(mx_buf_reserve(&b, b.cap - b.len + 1), -E2BIG);
        mx_buf_done(&b);
}
END_TEST

START_TEST(a_buffer_without_memory_is_not_given_any)
{
        struct mx_buf b;

        mx_buf_init(&b, 100);
        mx_buf_fit(&b, 50);
        ck_assert_ptr_null(b.data);
        ck_assert_uint_eq(b.size, 0);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("buf");
        TCase *t = tcase_create("buf");

        tcase_add_loop_test(t, a_buffer_is_cut_or_widened_to_its_content_and_room, 0,
                            (int)MX_ARRAY_SIZE(fits));
        tcase_add_test(t, a_buffer_without_memory_is_not_given_any);
        suite_add_tcase(s, t);
        return harness_main(s);
}
