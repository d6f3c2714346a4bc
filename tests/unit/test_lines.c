/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/lines.h"
#include "mx/cleanup.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file with this content, at its start. */
static int file_of(const char *text, size_t len)
{
        int fd = memfd_create("lines", MFD_CLOEXEC);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
        ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
        return fd;
}

static const struct {
        const char *text;
        const char *joined; /* each line in brackets */
} texts[] = {
        { "", "" },       { "\n", "[]" },       { "a", "[a]" },
        { "a\n", "[a]" }, { "a\nb", "[a][b]" }, { "a\n\nb\n", "[a][][b]" },
};

START_TEST(a_file_is_its_lines_with_or_without_a_last_newline)
{
        mx_cleanup_(mx_buf_done) struct mx_buf buf = { 0 };
        mx_cleanup_close_ int fd = file_of(texts[_i].text, strlen(texts[_i].text));
        struct mx_line_reader r;
        const char *line;
        char joined[64] = "";
        size_t len, n = 0;

        mx_buf_init(&buf, 8192);
        r = mx_line_reader(fd, &buf, 1000);
        while (mx_line_next(&r, &line, &len) > 0)
                n += (size_t)snprintf(joined + n, sizeof(joined) - n, "[%.*s]", (int)len, line);
        ck_assert_str_eq(joined, texts[_i].joined);
        ck_assert_int_eq(mx_line_next(&r, &line, &len), 0);
        ck_assert_uint_eq(r.skipped, 0);
}
END_TEST

START_TEST(lines_across_pieces_come_whole_through_a_small_buffer)
{
        mx_cleanup_(mx_buf_done) struct mx_buf buf = { 0 };
        mx_cleanup_free_ char *text = calloc(5000, 32);
        mx_cleanup_close_ int fd = -1;
        struct mx_line_reader r;
        const char *line;
        size_t len, n = 0;

        for (unsigned i = 0; i < 5000; i++)
                n += (size_t)snprintf(text + n, 32, "%u line %u\n", i, i * 7919);
        fd = file_of(text, n);
        mx_buf_init(&buf, 65536);
        r = mx_line_reader(fd, &buf, 1 << 20);
        for (unsigned i = 0; i < 5000; i++) {
                char want[32];

                snprintf(want, sizeof(want), "%u line %u", i, i * 7919);
                ck_assert_int_eq(mx_line_next(&r, &line, &len), 1);
                ck_assert_uint_eq(len, strlen(want));
                ck_assert_mem_eq(line, want, len);
        }
        ck_assert_int_eq(mx_line_next(&r, &line, &len), 0);
        ck_assert_uint_le(buf.size, 8192);
}
END_TEST

START_TEST(a_line_longer_than_the_buffer_may_be_is_left_out_alone)
{
        mx_cleanup_(mx_buf_done) struct mx_buf buf = { 0 };
        mx_cleanup_free_ char *text = malloc(100010);
        mx_cleanup_close_ int fd = -1;
        struct mx_line_reader r;
        const char *line;
        size_t len;

        memset(text, 'x', 100010);
        memcpy(text, "first\n", 6);
        memcpy(text + 100000, "\nlast\n", 6);
        fd = file_of(text, 100006);
        mx_buf_init(&buf, 16384);
        r = mx_line_reader(fd, &buf, 1 << 20);
        ck_assert_int_eq(mx_line_next(&r, &line, &len), 1);
        ck_assert_mem_eq(line, "first", 5);
        ck_assert_int_eq(mx_line_next(&r, &line, &len), 1);
        ck_assert_uint_eq(len, 4);
        ck_assert_mem_eq(line, "last", 4);
        ck_assert_int_eq(mx_line_next(&r, &line, &len), 0);
        ck_assert_uint_eq(r.skipped, 1);
        ck_assert_uint_le(buf.size, 16384);
}
END_TEST

static const struct {
        const char *text, *joined;
        size_t skipped;
} small[] = {
        { "", "", 0 },
        { "one\ntwo\n", "[one][two]", 0 },
        { "one\n\ntwo", "[one][][two]", 0 },
        { "a\n0123456789abcdef\nb\n", "[a][b]", 1 },
        { "0123456789abcde\nb\n", "[0123456789abcde][b]", 0 },
        { "01234\n0123456789abcde\nb\n", "[01234][0123456789abcde][b]", 0 },
        { "0123456789abcdef0123456789abcdef0123456789abcdef", "", 1 },
        { "0123456789abcdef0123456789abcdef\nb", "[b]", 1 },
        { "0123456789abcdef\n0123\n0123\n01234\n", "[0123][0123][01234]", 1 },
        { "0123456789abcdef0\n0123456789abcdef0\nb", "[b]", 2 },
};

START_TEST(a_buffer_smaller_than_a_page_is_used_to_its_last_byte)
{
        mx_cleanup_(mx_buf_done) struct mx_buf buf = { 0 };
        mx_cleanup_close_ int fd = file_of(small[_i].text, strlen(small[_i].text));
        struct mx_line_reader r;
        const char *line;
        char joined[64] = "";
        size_t len, n = 0;
        int k;

        mx_buf_init(&buf, 16);
        r = mx_line_reader(fd, &buf, 1000);
        while ((k = mx_line_next(&r, &line, &len)) > 0)
                n += (size_t)snprintf(joined + n, sizeof(joined) - n, "[%.*s]", (int)len, line);
        ck_assert_int_eq(k, 0);
        ck_assert_str_eq(joined, small[_i].joined);
        ck_assert_uint_eq(r.skipped, small[_i].skipped);
}
END_TEST

/* Wherever in the buffer it begins: the fourth does 3,001 bytes behind its start. */
START_TEST(a_line_that_fits_is_kept)
{
        static const size_t lens[] = { 5000, 3190, 3000, 7000, 8191, 10 };
        mx_cleanup_(mx_buf_done) struct mx_buf buf = { 0 };
        mx_cleanup_free_ char *text = malloc(32768);
        mx_cleanup_close_ int fd = -1;
        struct mx_line_reader r;
        const char *line;
        size_t len, n = 0;

        memset(text, 'x', 32768);
        for (size_t i = 0; i < MX_ARRAY_SIZE(lens); i++) {
                n += lens[i];
                text[n++] = '\n';
        }
        fd = file_of(text, n);
        mx_buf_init(&buf, 8192);
        r = mx_line_reader(fd, &buf, 1 << 20);
        for (size_t i = 0; i < MX_ARRAY_SIZE(lens); i++) {
                ck_assert_int_eq(mx_line_next(&r, &line, &len), 1);
                ck_assert_uint_eq(len, lens[i]);
        }
        ck_assert_int_eq(mx_line_next(&r, &line, &len), 0);
        ck_assert_uint_eq(r.skipped, 0);
}
END_TEST

START_TEST(a_file_larger_than_accepted_and_one_that_cannot_be_read_are_errors)
{
        mx_cleanup_(mx_buf_done) struct mx_buf buf = { 0 };
        mx_cleanup_close_ int fd = file_of("a\nb\nc\n", 6), dir = open("/", O_RDONLY | O_CLOEXEC);
        struct mx_line_reader r;
        const char *line;
        size_t len;

        mx_buf_init(&buf, 8192);
        r = mx_line_reader(fd, &buf, 5);
        ck_assert_int_eq(mx_line_next(&r, &line, &len), -E2BIG);
        r = mx_line_reader(dir, &buf, 5);
        ck_assert_int_eq(mx_line_next(&r, &line, &len), -EISDIR);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("lines");
        TCase *t = tcase_create("lines");

        tcase_add_loop_test(t, a_file_is_its_lines_with_or_without_a_last_newline, 0,
                            (int)MX_ARRAY_SIZE(texts));
        tcase_add_test(t, lines_across_pieces_come_whole_through_a_small_buffer);
        tcase_add_test(t, a_line_longer_than_the_buffer_may_be_is_left_out_alone);
        tcase_add_loop_test(t, a_buffer_smaller_than_a_page_is_used_to_its_last_byte, 0,
                            (int)MX_ARRAY_SIZE(small));
        tcase_add_test(t, a_line_that_fits_is_kept);
        tcase_add_test(t, a_file_larger_than_accepted_and_one_that_cannot_be_read_are_errors);
        suite_add_tcase(s, t);
        return harness_main(s);
}
