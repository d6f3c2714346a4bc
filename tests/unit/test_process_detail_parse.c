/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/process_detail_parse.h"

#include <stdio.h>
#include <string.h>

#define HEAD   "Limit                     Soft Limit           Hard Limit           Units     \n"
#define LOCKED "Max locked memory         65536                unlimited            bytes     \n"
#define SPACE  "Max address space         unlimited            unlimited            bytes     \n"

static const struct {
        const char *text;
        int result;
        uint64_t locked, space;
} limits[] = {
        { HEAD LOCKED SPACE, 0, 65536, MX_ABSENT },
        { SPACE "Max file locks  1 2 locks\n" LOCKED, 0, 65536, MX_ABSENT },
        { "Max locked memory 0 0 bytes\nMax address space 1 2 bytes\n", 0, 0, 1 },
        { "Max locked memory unlimited x\nMax address space 18446744073709551615 x", 0, MX_ABSENT,
          UINT64_MAX },
        { HEAD LOCKED, -EBADMSG, 0, 0 },
        { HEAD SPACE, -EBADMSG, 0, 0 },
        { "", -EBADMSG, 0, 0 },
        { HEAD "Max locked memory         -1  -1 bytes\n" SPACE, -EBADMSG, 0, 0 },
        { HEAD "Max locked memory         12k 12k bytes\n" SPACE, -EBADMSG, 0, 0 },
        { HEAD "Max locked memory         unlimitedly 1 bytes\n" SPACE, -EBADMSG, 0, 0 },
        { HEAD "Max locked memory 18446744073709551616 1 bytes\n" SPACE, -ERANGE, 0, 0 },
        { HEAD "Max locked memoryx        1 1 bytes\n" SPACE, -EBADMSG, 0, 0 },
        { HEAD "Max locked memory         1", -EBADMSG, 0, 0 }, /* cut: more digits may follow */
};

START_TEST(limits_are_the_soft_ones_in_any_order_and_whole)
{
        struct mx_process_limits v = { 7, 8 };
        int r = mx_process_limits_parse(limits[_i].text, strlen(limits[_i].text), &v, NULL);

        ck_assert_int_eq(r, limits[_i].result);
        ck_assert_uint_eq(v.locked, r ? 7 : limits[_i].locked);
        ck_assert_uint_eq(v.address_space, r ? 8 : limits[_i].space);
}
END_TEST

static const struct {
        const char *text;
        bool may;
} caps[] = {
        { "Threads:\t1\nCapPrm:\t000001ffffffffff\nCapEff:\t000001ffffffffff\n", true },
        { "Threads:\t1\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000000000\n", false },
        { "Name:\tx\nCapEff:\t0000000000004000\n", true },
        { "Name:\tx\nCapEff:\t0000000000002000\n", false },
        { "Name:\tx\\nCapEff:\t0000000000004000\n", false },
        { "Name:\tx\n", false },
        { "", false },
};

START_TEST(who_may_lock_without_limit_is_told_by_the_effective_capabilities)
{
        ck_assert_int_eq(mx_process_may_lock(caps[_i].text, strlen(caps[_i].text)), caps[_i].may);
}
END_TEST

static const struct {
        const char *line;
        bool counts;
} maps[] = {
        { "55f0a4c00000-55f0a4d20000 r-xp 00000000 fd:00 1318420 /usr/bin/x", true },
        { "00400000-00401000 r-xp 00000000 fd:00 1318420 /usr/bin/x", true },
        { "7fffffffffff0000-7fffffffffff1000 rw-p 00000000 00:00 0 [vsyscall]", true },
        { "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]", false },
        { "08048000-08049000 r-xp 00000000 fd:00 7 /ffffffffff600000-ffff [vsyscall]", true },
        { "ffff0000-ffff1000 r-xp 00000000 00:00 0 x", true },
        { "", false },
};

START_TEST(mappings_are_all_lines_but_the_kernel_s_own_page)
{
        ck_assert_int_eq(mx_process_map_counts(maps[_i].line, strlen(maps[_i].line)),
                         maps[_i].counts);
}
END_TEST

static const struct {
        const char *line;
        int result;
        uint64_t kib[3]; /* of nodes 0, 1, 7 */
} numa[] = {
        { "7f00 default anon=3 dirty=3 N0=1 N7=2 kernelpagesize_kB=4", 0, { 4, 0, 8 } },
        { "7f00 default huge dirty=50 N1=50 kernelpagesize_kB=2048", 0, { 0, 102400, 0 } },
        { "7f00 default huge dirty=5 N0=2 N1=3 kernelpagesize_kB=1048576",
          0,
          { 2097152, 3145728, 0 } },
        { "7f00 default heap anon=3 N0=3", 0, { 192, 0, 0 } }, /* the base page */
        { "7f00 default huge dirty=5 N0=2", -EBADMSG, { 0 } },
        { "7f00 default file=/tmp/N0\\0755\\040x", 0, { 0 } },
        { "7f00 default file=/tmp/huge\\040N1\\0759 mapped=1 N0=1 kernelpagesize_kB=4",
          0,
          { 4, 0, 0 } },
        { "7f00 bind:0-1 stack", 0, { 0 } },
        { "7f00 weighted interleave:0-1,7 N0=1 N1=1 N7=1 kernelpagesize_kB=64", 0, { 64, 64, 64 } },
        { "7f00 default N0=1 N0=2 kernelpagesize_kB=4", 0, { 12, 0, 0 } },
        { "7f00 default N3=1 kernelpagesize_kB=4", -EBADMSG, { 0 } }, /* a node there is not */
        { "7f00 default N0=1 N1=x kernelpagesize_kB=4", -EBADMSG, { 0 } },
        { "7f00 default N0=1 N1= kernelpagesize_kB=4", -EBADMSG, { 0 } },
        { "7f00 default N0 kernelpagesize_kB=4", -EBADMSG, { 0 } },
        { "7f00 default N0=-1 kernelpagesize_kB=4", -EBADMSG, { 0 } },
        { "7f00 default N0=1 kernelpagesize_kB=", -EBADMSG, { 0 } },
        { "7f00 default N0=1 kernelpagesize_kB=0", -EBADMSG, { 0 } },
        { "7f00 default N0=18446744073709551615 kernelpagesize_kB=4", -ERANGE, { 0 } },
        { "7f00 default N0=1 N1=9007199254740992 kernelpagesize_kB=1", -ERANGE, { 0 } },
        { "7f00 default Nx=1 N=2 kernelpagesize_kB=4", 0, { 0 } },
        { "", 0, { 0 } },
};

START_TEST(numa_lines_count_pages_of_their_own_size_by_node)
{
        static const uint32_t id[] = { 0, 1, 7 };
        uint64_t kib[3] = { 100, 200, 300 };
        size_t len = strlen(numa[_i].line);

        ck_assert_int_eq(mx_process_numa_line(numa[_i].line, len, 64, id, 3, kib), numa[_i].result);
        for (size_t k = 0; k < 3; k++)
                ck_assert_uint_eq(kib[k], 100 * (k + 1) + numa[_i].kib[k]);
}
END_TEST

static const struct {
        const char *text;
        int n;
        uint32_t first, last;
} lists[] = {
        { "0\n", 1, 0, 0 },
        { "0-1,3,7\n", 4, 0, 7 },
        { "0-63\n", 64, 0, 63 },
        { "\n", 0, 0, 0 },
        { "", 0, 0, 0 },
        { "0-64\n", -E2BIG, 0, 0 },
        { "0-62,64-65\n", -E2BIG, 0, 0 },
        { "1,0\n", -EBADMSG, 0, 0 },
        { "0,0\n", -EBADMSG, 0, 0 },
        { "3-1\n", -EBADMSG, 0, 0 },
        { "0-\n", -EBADMSG, 0, 0 },
        { "0,\n", -EBADMSG, 0, 0 },
        { "0 1\n", -EBADMSG, 0, 0 },
        { "x\n", -EBADMSG, 0, 0 },
        { "4294967295\n", -EBADMSG, 0, 0 },
};

START_TEST(node_lists_ascend_and_are_bounded)
{
        uint32_t id[MX_PROCESS_NODES_MAX];
        int n = mx_process_nodes_parse(lists[_i].text, strlen(lists[_i].text), id);

        ck_assert_int_eq(n, lists[_i].n);
        if (n > 0) {
                ck_assert_uint_eq(id[0], lists[_i].first);
                ck_assert_uint_eq(id[n - 1], lists[_i].last);
        }
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        static const uint32_t id[] = { 0, 1 };
        uint32_t nodes[MX_PROCESS_NODES_MAX];
        struct mx_process_limits v;
        uint64_t kib[2] = { 0 };

        (void)mx_process_limits_parse(buf, len, &v, NULL);
        (void)mx_process_may_lock(buf, len);
        (void)mx_process_map_counts(buf, len);
        (void)mx_process_numa_line(buf, len, 4, id, 2, kib);
        (void)mx_process_nodes_parse(buf, len, nodes);
}

START_TEST(parsers_never_read_past_their_input)
{
        static const char *const texts[] = {
                HEAD LOCKED SPACE, "x\nCapEff:\t0000000000004000\n",
                "ffffffffff600000-ffffffffff601000 --xp", "0-1,3,7\n",
                "7f00 default huge N0=1 N1=22 kernelpagesize_kB=2048"
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(texts); i++)
                harness_truncate(texts[i], strlen(texts[i]), parse_any);
}
END_TEST

#define LOOP(t, test, table) tcase_add_loop_test(t, test, 0, (int)MX_ARRAY_SIZE(table))

int main(void)
{
        Suite *s = suite_create("process_detail_parse");
        TCase *t = tcase_create("process_detail_parse");

        LOOP(t, limits_are_the_soft_ones_in_any_order_and_whole, limits);
        LOOP(t, who_may_lock_without_limit_is_told_by_the_effective_capabilities, caps);
        LOOP(t, mappings_are_all_lines_but_the_kernel_s_own_page, maps);
        LOOP(t, numa_lines_count_pages_of_their_own_size_by_node, numa);
        LOOP(t, node_lists_ascend_and_are_bounded, lists);
        tcase_add_test(t, parsers_never_read_past_their_input);
        suite_add_tcase(s, t);
        return harness_main(s);
}
