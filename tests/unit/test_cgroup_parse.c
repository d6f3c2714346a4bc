/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/cgroup_mounts.h"
#include "../../collectors/mountinfo.h"
#include "../../collectors/cgroup_paths.h"
#include "../../collectors/cgroup_values.h"

#include <string.h>

#define HEX64 "0e34ee2485f2a31aaa34009da523a1d2ffd3f3efa30e09d9b88226bcf60ee1ac"

static const struct {
        const char *text;
        int value_r; /* of mx_cgroup_value_parse() */
        uint64_t value;
        int limit_r;
        uint64_t limit;
} values[] = {
        { "0\n", 0, 0, 0, 0 },
        { "2138112", 0, 2138112, 0, 2138112 },
        { "max\n", -EBADMSG, 7, 0, MX_ABSENT },
        { "max", -EBADMSG, 7, 0, MX_ABSENT },
        { "maximum\n", -EBADMSG, 7, -EBADMSG, 7 },
        { "max\n\n", -EBADMSG, 7, -EBADMSG, 7 },
        { "9223372036854771712\n", 0, 9223372036854771712U, 0, MX_ABSENT }, /* 4 KiB pages */
        { "9223372036854710272\n", 0, 9223372036854710272U, 0, MX_ABSENT }, /* 64 KiB pages */
        { "9223372036854513664\n", 0, 9223372036854513664U, 0, MX_ABSENT }, /* 256 KiB pages */
        { "9223372036854775807\n", 0, INT64_MAX, 0, MX_ABSENT },            /* before 3.13 */
        { "18446744073709551615\n", 0, UINT64_MAX, 0, MX_ABSENT },          /* 3.13 to 3.18 */
        { "8796093018112\n", 0, 8796093018112, 0, MX_ABSENT },              /* 32 bits */
        { "8796093022208\n", 0, 8796093022208, 0, 8796093022208 },          /* 8 TiB */
        { "1152921504606846976\n", 0, 1ULL << 60, 0, 1ULL << 60 },
        { "", -EBADMSG, 7, -EBADMSG, 7 },
        { "\n", -EBADMSG, 7, -EBADMSG, 7 },
        { "-1\n", -EBADMSG, 7, -EBADMSG, 7 },
        { "12 \n", -EBADMSG, 7, -EBADMSG, 7 },
        { "12\n13\n", -EBADMSG, 7, -EBADMSG, 7 },
        { "0x10\n", -EBADMSG, 7, -EBADMSG, 7 },
        { "18446744073709551616\n", -ERANGE, 7, -ERANGE, 7 },
};

START_TEST(a_value_is_one_number_and_a_limit_is_a_number_or_none)
{
        size_t len = strlen(values[_i].text);
        uint64_t v = 7;

        ck_assert_int_eq(mx_cgroup_value_parse(values[_i].text, len, &v, NULL), values[_i].value_r);
        ck_assert_uint_eq(v, values[_i].value);
        v = 7;
        ck_assert_int_eq(mx_cgroup_limit_parse(values[_i].text, len, &v, NULL), values[_i].limit_r);
        ck_assert_uint_eq(v, values[_i].limit);
}
END_TEST

static const struct {
        const char *path, *unit, *slice, *container;
        enum mx_cgroup_kind kind;
        bool sub;
} paths[] = {
        { "/", "", "", "", MX_CGROUP_PLAIN, false },
        { "", "", "", "", MX_CGROUP_PLAIN, false },
        { "/system.slice", "", "system.slice", "", MX_CGROUP_SLICE, false },
        { "/system.slice/ssh.service", "ssh.service", "system.slice", "", MX_CGROUP_UNIT, false },
        { "//system.slice//ssh.service/", "ssh.service", "system.slice", "", MX_CGROUP_UNIT,
          false },
        { "/system.slice/systemd-udevd.service/udev", "systemd-udevd.service", "system.slice", "",
          MX_CGROUP_PLAIN, true },
        { "/system.slice/a.service/b.slice", "a.service", "b.slice", "", MX_CGROUP_SLICE, false },
        { "/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service", "foo.service",
          "app.slice", "", MX_CGROUP_UNIT, false },
        { "/user.slice/user-1000.slice/user@1000.service/app.slice", "user@1000.service",
          "app.slice", "", MX_CGROUP_SLICE, false },
        { "/system.slice/dev-disk-by\\x2duuid.swap", "dev-disk-by\\x2duuid.swap", "system.slice",
          "", MX_CGROUP_UNIT, false },
        { "/system.slice/backup:daily run.service", "backup:daily run.service", "system.slice", "",
          MX_CGROUP_UNIT, false },
        { "/.service/.slice", "", "", "", MX_CGROUP_PLAIN, false },
        { "/a.timer", "", "", "", MX_CGROUP_PLAIN, false },
        { "/docker/" HEX64, "", "", HEX64, MX_CGROUP_CONTAINER, false },
        { "/docker/" HEX64 "/init", "", "", HEX64, MX_CGROUP_PLAIN, true },
        { "/docker/" HEX64 "/system.slice/a.service", "a.service", "system.slice", HEX64,
          MX_CGROUP_UNIT, true },
        { "/system.slice/docker-" HEX64 ".scope", "docker-" HEX64 ".scope", "system.slice", HEX64,
          MX_CGROUP_CONTAINER, false },
        { "/kubepods/besteffort/pod0f6d3b1e/" HEX64, "", "", HEX64, MX_CGROUP_CONTAINER, false },
        { "/kubepods.slice/kubepods-pod1.slice/cri-containerd-" HEX64 ".scope",
          "cri-containerd-" HEX64 ".scope", "kubepods-pod1.slice", HEX64, MX_CGROUP_CONTAINER,
          false },
        { "/kubepods.slice/crio-" HEX64 ".scope", "crio-" HEX64 ".scope", "kubepods.slice", HEX64,
          MX_CGROUP_CONTAINER, false },
        { "/machine.slice/libpod-" HEX64 ".scope/container", "libpod-" HEX64 ".scope",
          "machine.slice", HEX64, MX_CGROUP_PLAIN, true },
        { "/machine.slice/libpod-conmon-" HEX64 ".scope", "libpod-conmon-" HEX64 ".scope",
          "machine.slice", "", MX_CGROUP_UNIT, false },
        { "/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" HEX64,
          "containerd.service", "system.slice", HEX64, MX_CGROUP_CONTAINER, false },
        { "/machine.slice/libpod_pod_" HEX64 ".slice", "", "libpod_pod_" HEX64 ".slice", "",
          MX_CGROUP_SLICE, false },
        { "/docker/f" HEX64, "", "", "", MX_CGROUP_PLAIN, false },
        { "/docker/0E34EE2485F2A31AAA34009DA523A1D2FFD3F3EFA30E09D9B88226BCF60EE1AC", "", "", "",
          MX_CGROUP_PLAIN, false },
};

static void assert_word(struct mx_cgroup_word w, const char *want)
{
        ck_assert_uint_eq(w.len, strlen(want));
        ck_assert_int_eq(memcmp(w.len ? w.s : "", want, w.len), 0);
}

START_TEST(a_path_names_its_unit_slice_and_container)
{
        struct mx_cgroup_names n;

        mx_cgroup_path_parse(paths[_i].path, strlen(paths[_i].path), &n);
        assert_word(n.unit, paths[_i].unit);
        assert_word(n.slice, paths[_i].slice);
        assert_word(n.container, paths[_i].container);
        ck_assert_int_eq((int)n.kind, (int)paths[_i].kind);
        ck_assert_int_eq(n.sub, paths[_i].sub);
}
END_TEST

#define TABLE                                                                                      \
        "22 27 0:20 / /sys rw,nosuid shared:7 - sysfs sysfs rw\n"                                  \
        "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"               \
        "36 31 0:33 / /sys/fs/cgroup/cpu,cpuacct rw shared:1 master:2 - cgroup cgroup "            \
        "rw,cpu,cpuacct\n"                                                                         \
        "41 31 0:38 /../.. /mnt/a\\040b rw - cgroup2 cgroup2 rw,nsdelegate\n"

START_TEST(the_mount_table_gives_cgroup_mounts_only)
{
        struct mx_cgroup_mount m[4];
        char point[64];

        ck_assert_int_eq(mx_cgroup_mounts_parse(TABLE, strlen(TABLE), m, 4, NULL), 3);
        ck_assert(!m[0].v2 && m[0].memory);
        ck_assert(!m[1].v2 && !m[1].memory);
        ck_assert(m[2].v2 && !m[2].memory);
        ck_assert_int_eq(mx_mount_unescape(m[2].point, m[2].point_len, point, sizeof(point)), 8);
        ck_assert_str_eq(point, "/mnt/a b");
        ck_assert_int_eq(mx_mount_unescape(m[2].root, m[2].root_len, point, sizeof(point)), 6);
        ck_assert_str_eq(point, "/../..");
}
END_TEST

START_TEST(more_mounts_than_rows_are_an_error)
{
        struct mx_cgroup_mount m[2];
        struct mx_err err = { 0 };

        ck_assert_int_eq(mx_cgroup_mounts_parse(TABLE, strlen(TABLE), m, 2, &err), -E2BIG);
        ck_assert_uint_eq(err.line, 4);
}
END_TEST

static const char *const no_mounts[] = {
        "",
        "\n\n",
        "35 31 0:32 / /sys/fs/cgroup/memory rw\n",
        "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroupfs cgroup rw,memory\n",
        "35 31 0:32 / /sys/fs/cgroup/memory rw -\n",
        "35 31 0:32 / relative rw - cgroup cgroup rw,memory\n",
        "- - - - - - - - - -\n",
};

START_TEST(a_line_that_is_no_cgroup_mount_is_skipped)
{
        struct mx_cgroup_mount m[2];

        ck_assert_int_eq(mx_cgroup_mounts_parse(no_mounts[_i], strlen(no_mounts[_i]), m, 2, NULL),
                         0);
}
END_TEST

START_TEST(an_escape_that_is_cut_off_stays_as_it_is_and_a_small_buffer_is_refused)
{
        char out[8];

        ck_assert_int_eq(mx_mount_unescape("a\\04", 4, out, sizeof(out)), 4);
        ck_assert_str_eq(out, "a\\04");
        ck_assert_int_eq(mx_mount_unescape("\\134x", 5, out, sizeof(out)), 2);
        ck_assert_str_eq(out, "\\x");
        ck_assert_int_eq(mx_mount_unescape("12345678", 8, out, sizeof(out)), -ENAMETOOLONG);
        ck_assert_int_eq(mx_mount_unescape("", 0, out, 0), -ENAMETOOLONG);
}
END_TEST

#define NUMA                                                                                       \
        "total=4608 N0=4608\nhierarchical_total=14566 N0=14000 N7=566\nanon N0=18071552 "          \
        "N1=0\n\nshmem\n"

START_TEST(numa_lines_of_both_versions_become_cells)
{
        struct mx_cgroup_numa c[8];
        size_t skipped = 9;

        ck_assert_int_eq(mx_cgroup_numa_parse(NUMA, strlen(NUMA), c, 8, &skipped, NULL), 5);
        ck_assert_uint_eq(skipped, 0);
        ck_assert_uint_eq(c[2].node, 7);
        ck_assert_uint_eq(c[2].value, 566);
        ck_assert_uint_eq(c[3].key_len, 4);
        ck_assert_uint_eq(c[3].value, 18071552);
        ck_assert_int_eq(mx_cgroup_numa_parse(NUMA, strlen(NUMA), c, 4, &skipped, NULL), -E2BIG);
}
END_TEST

START_TEST(a_numa_line_that_cannot_be_read_costs_no_other)
{
        const char *text = "anon N0=1 N1=\nfile N0=2 X\n=1 N0=1\nsock N0=-1\nshmem=x N0=1\nslab "
                           "N99999999999=1\n"
                           "kernel N0=18446744073709551616\nunevictable N0=3\n";
        struct mx_cgroup_numa c[16];
        size_t skipped;

        ck_assert_int_eq(mx_cgroup_numa_parse(text, strlen(text), c, 16, &skipped, NULL), 1);
        ck_assert_uint_eq(c[0].value, 3);
        ck_assert_uint_eq(skipped, 7);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_cgroup_numa cells[4];
        struct mx_cgroup_mount mounts[4];
        struct mx_cgroup_names names;
        size_t skipped;
        uint64_t v;
        char out[32];

        (void)mx_cgroup_value_parse(buf, len, &v, NULL);
        (void)mx_cgroup_limit_parse(buf, len, &v, NULL);
        (void)mx_cgroup_numa_parse(buf, len, cells, 4, &skipped, NULL);
        (void)mx_cgroup_mounts_parse(buf, len, mounts, 4, NULL);
        (void)mx_mount_unescape(buf, len, out, sizeof(out));
        mx_cgroup_path_parse(buf, len, &names);
}

START_TEST(cgroup_parsers_never_read_past_their_input)
{
        harness_truncate(TABLE, strlen(TABLE), parse_any);
        harness_truncate(NUMA, strlen(NUMA), parse_any);
        harness_truncate("9223372036854771712\n", 20, parse_any);
        harness_truncate("max\n", 4, parse_any);
        for (size_t i = 0; i < MX_ARRAY_SIZE(paths); i++)
                harness_truncate(paths[i].path, strlen(paths[i].path), parse_any);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("cgroup_parse");
        TCase *t = tcase_create("cgroup_parse");

        tcase_add_loop_test(t, a_value_is_one_number_and_a_limit_is_a_number_or_none, 0,
                            (int)MX_ARRAY_SIZE(values));
        tcase_add_loop_test(t, a_path_names_its_unit_slice_and_container, 0,
                            (int)MX_ARRAY_SIZE(paths));
        tcase_add_test(t, the_mount_table_gives_cgroup_mounts_only);
        tcase_add_test(t, more_mounts_than_rows_are_an_error);
        tcase_add_loop_test(t, a_line_that_is_no_cgroup_mount_is_skipped, 0,
                            (int)MX_ARRAY_SIZE(no_mounts));
        tcase_add_test(t, an_escape_that_is_cut_off_stays_as_it_is_and_a_small_buffer_is_refused);
        tcase_add_test(t, numa_lines_of_both_versions_become_cells);
        tcase_add_test(t, a_numa_line_that_cannot_be_read_costs_no_other);
        tcase_add_test(t, cgroup_parsers_never_read_past_their_input);
        suite_add_tcase(s, t);
        return harness_main(s);
}
