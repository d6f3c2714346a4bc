/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/process_parse.h"

#include <stdio.h>
#include <string.h>

#define TAIL                                                                                       \
        " S 1 2 3 0 -1 4194560 1001 7 12 9 1 2 3 4 20 0 5 0 169155 3133440 388 "                   \
        "18446744073709551615 1\n"

static int parse_stat(const char *text, struct mx_process_stat *ret)
{
        return mx_process_stat_parse(text, strlen(text), ret, NULL);
}

/* The name, as it is printed between the parentheses. */
static const char *const names[] = {
        "cat",
        "",
        " ",
        "a b",
        "(sd-pam)",
        "a) R 1 (b",
        ") Z 9 9 9",
        "))))((((",
        "tab\tand\nline",
        "\xff\xfe\x80",
        "kworker/u8:3-events_unbound",
        "1 (2) S 3",
};

START_TEST(process_stat_takes_the_name_between_the_first_and_the_last_parenthesis)
{
        struct mx_process_stat v;
        char text[256];

        snprintf(text, sizeof(text), "21448 (%s)" TAIL, names[_i]);
        ck_assert_int_eq(parse_stat(text, &v), 0);
        ck_assert_uint_eq(v.comm_len, strlen(names[_i]));
        ck_assert_mem_eq(v.comm, names[_i], v.comm_len);
        ck_assert_int_eq(v.state, 'S');
        ck_assert_uint_eq(v.flags, 4194560);
        ck_assert_uint_eq(v.minor_faults, 1001);
        ck_assert_uint_eq(v.major_faults, 12);
        ck_assert_uint_eq(v.threads, 5);
        ck_assert_uint_eq(v.start_time, 169155);
}
END_TEST

static const struct {
        const char *text;
        int r;
} bad_stat[] = {
        { "", -EBADMSG },
        { "1 cat S", -EBADMSG },
        { "1 (cat", -EBADMSG },
        { "1 )cat( S 1 2 3", -EBADMSG },
        { "1 (cat)", -EBADMSG },
        { "1 (cat) S", -EBADMSG },
        { "1 (cat) S 1 2 3 0 -1 x 1", -EBADMSG },
        { "1 (cat) S 1 2 3 0 -1 1 -5 0 0 0 0 0 0 0 20 0 1 0 5 ", -EBADMSG },
        { "1 (cat) S 1 2 3 0 -1 1 99999999999999999999 0 0 0 0 0 0 0 20 0 1 0 5 ", -ERANGE },
        { "1 (cat) S 1 2 3 0 -1 1 1 0 0 0 0 0 0 0 20 0 1 0 5", -EBADMSG }, /* cut in the 22nd */
};

START_TEST(process_stat_refuses_what_is_cut_or_no_number)
{
        struct mx_process_stat v = { .flags = 77 };

        ck_assert_int_eq(parse_stat(bad_stat[_i].text, &v), bad_stat[_i].r);
        ck_assert_uint_eq(v.flags, 77);
}
END_TEST

#define STATUS                                                                                     \
        "Name:\tcat\nUmask:\t0022\nState:\tR (running)\nTgid:\t21448\nPid:\t21448\n"               \
        "Uid:\t1000\t1001\t1002\t1003\nGid:\t0\t0\t0\t0\nGroups:\t \nKthread:\t0\n"                \
        "VmPeak:\t    9999 kB\nVmSize:\t    3060 kB\nVmLck:\t       4 kB\nVmPin:\t       1 kB\n"   \
        "VmHWM:\t    5555 kB\nVmRSS:\t    1728 kB\nRssAnon:\t     112 kB\nRssFile:\t    1610 kB\n" \
        "RssShmem:\t       6 kB\nVmData:\t     360 kB\nVmPTE:\t      48 kB\nVmSwap:\t      20 "    \
        "kB\n"                                                                                     \
        "HugetlbPages:\t    2048 kB\nCoreDumping:\t0\nThreads:\t1\nSigQ:\t0/96365\n"

static int parse_status(const char *text, struct mx_process_status *ret)
{
        return mx_process_status_parse(text, strlen(text), ret, NULL);
}

START_TEST(process_status_reads_every_memory_line_and_the_effective_user)
{
        static const uint64_t want[MX_PROCESS_VALUES] = {
                3060, 4, 1728, 112, 1610, 6, 48, 20, 2048
        };
        struct mx_process_status v;

        ck_assert_int_eq(parse_status(STATUS, &v), 0);
        for (size_t i = 0; i < MX_PROCESS_VALUES; i++)
                ck_assert_uint_eq(v.value[i], want[i]);
        ck_assert_uint_eq(v.uid, 1001);
        ck_assert_uint_eq(v.invalid, 0);
}
END_TEST

START_TEST(process_status_of_a_zombie_has_no_memory_but_a_user)
{
        struct mx_process_status v;

        ck_assert_int_eq(
                parse_status("Name:\tz\nState:\tZ (zombie)\nUid:\t5\t6\t7\t8\nThreads:\t1\n", &v),
                0);
        ck_assert_uint_eq(v.uid, 6);
        for (size_t i = 0; i < MX_PROCESS_VALUES; i++)
                ck_assert_uint_eq(v.value[i], MX_ABSENT);
}
END_TEST

static const struct {
        const char *text;
        uint64_t rss, swap;
        uint32_t invalid;
} odd_status[] = {
        { "VmSwap:\t1 kB\nVmRSS:\t2 kB\n", 2, 1, 0 }, /* another order */
        { "VmRSS:\t2 kB\nVmRSS:\t3 kB\n", 2, MX_ABSENT, 1 },
        { "VmRSS:\t2 kB\nVmSwap:\t-1 kB\n", 2, MX_ABSENT, 1 },
        { "VmRSS:\t2 kB\nVmSwap:\t1\n", 2, MX_ABSENT, 1 },
        { "VmRSS:\t2 kB\nVmSwap:\t1 MB\n", 2, MX_ABSENT, 1 },
        { "VmRSS:\t2 kB\nVmSwap:\t1 kB more\n", 2, MX_ABSENT, 1 },
        { "VmRSS:\t2 kB\nVmSwap:\n\n\nVmLck:\t0 kB", 2, MX_ABSENT, 1 },
        { "VmRSS:2 kB\nVmSwap:\t18446744073709551615 kB\n", 2, MX_ABSENT, 1 },
        { "VmRSS:\t2 kB\nVmSwap:\t99999999999999999999999 kB\n", 2, MX_ABSENT, 1 },
        { "VmRSS:\t2 kB\nVmRSSX:\t9 kB\nVm:\nV\nThreads:\t1\nVmSwap:\t8 kB\n", 2, MX_ABSENT, 0 },
        { "Uid:\tx\nVmRSS:\t2 kB\nUid:\t1\t4294967295\t1\t1\n", 2, MX_ABSENT, 2 },
};

START_TEST(process_status_skips_and_counts_lines_it_cannot_believe)
{
        struct mx_process_status v;

        ck_assert_int_eq(parse_status(odd_status[_i].text, &v), 0);
        ck_assert_uint_eq(v.value[MX_PROCESS_RESIDENT], odd_status[_i].rss);
        ck_assert_uint_eq(v.value[MX_PROCESS_SWAP], odd_status[_i].swap);
        ck_assert_uint_eq(v.invalid, odd_status[_i].invalid);
}
END_TEST

START_TEST(process_status_without_a_known_line_is_refused)
{
        struct mx_process_status v = { .uid = 3 };

        ck_assert_int_eq(parse_status("", &v), -EBADMSG);
        ck_assert_int_eq(parse_status("Name:\tx\n\n\nVmRSS:\tx\nThreads:\t1\n", &v), -EBADMSG);
        ck_assert_uint_eq(v.uid, 3);
}
END_TEST

static const struct {
        const char *text;
        int r;
        int64_t value;
} numbers[] = {
        { "0\n", 0, 0 },
        { "666\n", 0, 666 },
        { "-1000\n", 0, -1000 },
        { "7", 0, 7 },
        { "", -EBADMSG, 5 },
        { "\n", -EBADMSG, 5 },
        { "1 2\n", -EBADMSG, 5 },
        { "1\n2\n", -EBADMSG, 5 },
        { "9223372036854775808\n", -ERANGE, 5 },
};

START_TEST(process_number_is_one_number)
{
        int64_t v = 5;

        ck_assert_int_eq(
                mx_process_number_parse(numbers[_i].text, strlen(numbers[_i].text), &v, NULL),
                numbers[_i].r);
        ck_assert_int_eq(v, numbers[_i].value);
}
END_TEST

static const struct {
        const char *text, *unified, *systemd, *memory;
        int r;
} cgroups[] = {
        { "0::/system.slice/ssh.service\n", "/system.slice/ssh.service", NULL, NULL, 0 },
        { "9:name=systemd:/a\n8:pids:/b\n4:memory:/c:d\n0::/\n", "/", "/a", "/c:d", 0 },
        { "5:cpuset,memory:/x\n2:cpu,cpuacct:/y\n", NULL, NULL, "/x", 0 },
        { "5:notmemory,memory2:/x\n", NULL, NULL, NULL, 0 },
        { "0::/gone.scope (deleted)\n", "/gone.scope", NULL, NULL, 0 },
        { "0::/../../other ns\n", "/../../other ns", NULL, NULL, 0 },
        { "garbage\n\n0::/ok\n1:x\n2:y:no-slash\n", "/ok", NULL, NULL, 0 },
        { "", NULL, NULL, NULL, 0 },
        { "garbage\n", "!", "!", "!", -EBADMSG },
        { "0::", "!", "!", "!", -EBADMSG },
};

static void assert_path(const struct mx_process_path *got, const char *want)
{
        if (!want) {
                ck_assert_ptr_null(got->at);
                return;
        }
        ck_assert_uint_eq(got->len, strlen(want));
        ck_assert_mem_eq(got->at, want, got->len);
}

START_TEST(process_cgroup_finds_the_three_hierarchies_that_matter)
{
        struct mx_process_cgroup v = { { "!", 1 }, { "!", 1 }, { "!", 1 } };

        ck_assert_int_eq(
                mx_process_cgroup_parse(cgroups[_i].text, strlen(cgroups[_i].text), &v, NULL),
                cgroups[_i].r);
        assert_path(&v.unified, cgroups[_i].unified);
        assert_path(&v.systemd, cgroups[_i].systemd);
        assert_path(&v.memory, cgroups[_i].memory);
}
END_TEST

#define SMAPS                                                                                      \
        "55d0c9b4c000-7ffd3d7f0000 ---p 00000000 00:00 0                          [rollup]\n"      \
        "Rss:                1728 kB\nPss:                 412 kB\nPss_Dirty:            90 kB\n"  \
        "Pss_Anon:            80 kB\nShared_Clean:       1500 kB\nShared_Dirty:          0 kB\n"   \
        "Private_Clean:        88 kB\nPrivate_Dirty:       92 kB\nReferenced:         1728 kB\n"

START_TEST(process_smaps_reads_pss_and_adds_the_private_lines)
{
        struct mx_process_smaps v;

        ck_assert_int_eq(mx_process_smaps_parse(SMAPS, strlen(SMAPS), &v, NULL), 0);
        ck_assert_uint_eq(v.pss, 412);
        ck_assert_uint_eq(v.private, 180);
        ck_assert_int_eq(mx_process_smaps_parse("Pss: 3 kB\nPrivate_Clean: 1 kB\n", 31, &v, NULL),
                         0);
        ck_assert_uint_eq(v.pss, 3);
        ck_assert_uint_eq(v.private, MX_ABSENT);
        ck_assert_int_eq(mx_process_smaps_parse("Rss: 3 kB\n", 10, &v, NULL), -EBADMSG);
        ck_assert_int_eq(mx_process_smaps_parse("", 0, &v, NULL), -EBADMSG);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_process_stat stat;
        struct mx_process_status status;
        struct mx_process_cgroup cgroup;
        struct mx_process_smaps smaps;
        int64_t number;

        (void)mx_process_stat_parse(buf, len, &stat, NULL);
        (void)mx_process_status_parse(buf, len, &status, NULL);
        (void)mx_process_cgroup_parse(buf, len, &cgroup, NULL);
        (void)mx_process_smaps_parse(buf, len, &smaps, NULL);
        (void)mx_process_number_parse(buf, len, &number, NULL);
}

START_TEST(process_parsers_never_read_past_their_input)
{
        static const char *const texts[] = {
                "21448 (a) b" TAIL, STATUS, SMAPS, "-1000\n",
                "4:memory:/a\n0::/system.slice/x.service (deleted)\n"
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(texts); i++)
                harness_truncate(texts[i], strlen(texts[i]), parse_any);
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test(t, test, 0, (int)MX_ARRAY_SIZE(table))

int main(void)
{
        Suite *s = suite_create("process_parse");
        TCase *t = tcase_create("process_parse");

        LOOP(t, process_stat_takes_the_name_between_the_first_and_the_last_parenthesis, names);
        LOOP(t, process_stat_refuses_what_is_cut_or_no_number, bad_stat);
        tcase_add_test(t, process_status_reads_every_memory_line_and_the_effective_user);
        tcase_add_test(t, process_status_of_a_zombie_has_no_memory_but_a_user);
        LOOP(t, process_status_skips_and_counts_lines_it_cannot_believe, odd_status);
        tcase_add_test(t, process_status_without_a_known_line_is_refused);
        LOOP(t, process_number_is_one_number, numbers);
        LOOP(t, process_cgroup_finds_the_three_hierarchies_that_matter, cgroups);
        tcase_add_test(t, process_smaps_reads_pss_and_adds_the_private_lines);
        tcase_add_test(t, process_parsers_never_read_past_their_input);
        suite_add_tcase(s, t);
        return harness_main(s);
}
