/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/mountinfo.h"
#include "mx/cleanup.h"

#include <string.h>

static const struct {
        const char *line, *root, *point, *type, *options; /* root NULL: no mount */
} lines[] = {
        { "25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=1k", "/", "/dev/shm", "tmpfs",
          "rw,size=1k" },
        { "35 31 8:1 /a\\040b /c\\011d rw shared:9 master:1 - cgroup x rw,memory", "/a\\040b",
          "/c\\011d", "cgroup", "rw,memory" },
        { "35 31 0:4 net:[4026531840] /run/netns/x rw - nsfs nsfs rw", "net:[4026531840]",
          "/run/netns/x", "nsfs", "rw" },
        { "35 31 0:32 / /c rw - cgroup  rw,memory", "/", "/c", "cgroup", "rw,memory" },
        { "35 31 0:32 / /c rw - cgroup", "/", "/c", "cgroup", "" },
        { "35 31 0:32 / /c rw -", NULL, NULL, NULL, NULL },
        { "35 31 0:32 / /c rw cgroup x rw", NULL, NULL, NULL, NULL },
        { "35 31 32 / /c rw - cgroup x rw", NULL, NULL, NULL, NULL },
        { "35 31 0:32 / c rw - cgroup x rw", NULL, NULL, NULL, NULL },
        { "", NULL, NULL, NULL, NULL },
};

static void assert_text(const char *got, size_t len, const char *want)
{
        ck_assert_uint_eq(len, strlen(want));
        ck_assert_mem_eq(got, want, len);
}

START_TEST(a_line_has_its_fields_whatever_stands_between_them)
{
        const char *line = lines[_i].line;
        struct mx_mount m = { .minor = 7 };

        ck_assert(mx_mount_parse(line, strlen(line), &m) == (lines[_i].root != NULL));
        if (!lines[_i].root) {
                ck_assert_uint_eq(m.minor, 7);
                return;
        }
        assert_text(m.root, m.root_len, lines[_i].root);
        assert_text(m.point, m.point_len, lines[_i].point);
        assert_text(m.type, m.type_len, lines[_i].type);
        assert_text(m.options, m.options_len, lines[_i].options);
}
END_TEST

static const struct {
        const char *in, *out; /* NULL: too long for 8 bytes */
} escapes[] = {
        { "/a\\040b", "/a b" },   { "\\134x", "\\x" },  { "a\\04", "a\\04" }, { "\\477", "\\477" },
        { "1234567", "1234567" }, { "12345678", NULL }, { "", "" },
};

START_TEST(escapes_are_undone_within_the_room_there_is)
{
        const char *in = escapes[_i].in, *out = escapes[_i].out;
        char ret[8];
        int r = mx_mount_unescape(in, strlen(in), ret, sizeof(ret));

        ck_assert_int_eq(r, out ? (int)strlen(out) : -ENAMETOOLONG);
        if (out)
                ck_assert_str_eq(ret, out);
        ck_assert_int_eq(mx_mount_unescape(in, strlen(in), ret, 0), -ENAMETOOLONG);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        char out[64];
        struct mx_mount m;

        (void)mx_mount_parse(buf, len, &m);
        (void)mx_mount_unescape(buf, len, out, sizeof(out));
}

START_TEST(mountinfo_never_reads_past_its_input)
{
        harness_truncate(lines[_i].line, strlen(lines[_i].line), parse_any);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("mountinfo");
        TCase *t = tcase_create("mountinfo");

        tcase_add_loop_test(t, a_line_has_its_fields_whatever_stands_between_them, 0,
                            (int)MX_ARRAY_SIZE(lines));
        tcase_add_loop_test(t, escapes_are_undone_within_the_room_there_is, 0,
                            (int)MX_ARRAY_SIZE(escapes));
        tcase_add_loop_test(t, mountinfo_never_reads_past_its_input, 0, (int)MX_ARRAY_SIZE(lines));
        suite_add_tcase(s, t);
        return harness_main(s);
}
