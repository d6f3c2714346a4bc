/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/swap.h"

#include <stdio.h>
#include <string.h>

#define HEADER "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
#define VMSTAT "nr_free_pages 1\npgpgin 5\npswpin 3\npswpout 4\npgfault 9\n"

static int parse(const char *text, struct mx_swap *rows, size_t cap, size_t *skipped)
{
        return mx_swap_parse(text, strlen(text), rows, cap, skipped, NULL);
}

static const struct {
        const char *text, *path, *kind;
        uint64_t size, used, deleted;
        int64_t priority;
} good[] = {
        { HEADER "/dev/sda2                               partition\t2097148\t\t1024\t\t-2\n",
          "/dev/sda2", "partition", 2097148, 1024, 0, -2 },
        { "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n/dev/dm-1 partition\t8388600\t20480\t-1\n",
          "/dev/dm-1", "partition", 8388600, 20480, 0, -1 },
        { HEADER "/a\\040b\\011c\\012d\\134e file 8 4 32767", "/a b\tc\nd\\e", "file", 8, 4, 0,
          32767 },
        { HEADER "/swap.img (deleted)                     file\t\t8\t4\t-2\n", "/swap.img", "file",
          8, 4, 1, -2 },
        { HEADER "/swap.img\\040(deleted) file\t8\t4\t-2\n", "/swap.img", "file", 8, 4, 1, -2 },
        { HEADER "/my swap  file file\t8\t4\t-2\n", "/my swap  file", "file", 8, 4, 0, -2 },
        { "Filename Type Size Used Priority Id\n/s (deleted) file 8 4 -2 77\n", "/s", "file", 8, 4,
          1, -2 },
        { "Id Filename Type Used Size Priority\n7 /s s file 4 8 -2\n", "/s s", "file", 8, 4, 0,
          -2 },
        { HEADER "/s file 8 4 -2 77 0\n", "/s", "file", 8, 4, 0,
          -2 }, /* columns the header lacks */
        { "/dev/sda2 partition 8 4 -1\n", "/dev/sda2", "partition", 8, 4, 0, -1 },
        { HEADER "/x\\04 vswap 8 4 0\n", "/x\\04", "vswap", 8, 4, 0, 0 },
        { HEADER "/x\\777 file 8 4 0\n", "/x\\777", "file", 8, 4, 0, 0 },
        { HEADER "none virtual 18014398509481983 0 0\n", "none", "virtual", 18014398509481983U, 0,
          0, 0 },
};

START_TEST(swap_reads_a_device_in_every_form_kernels_print)
{
        struct mx_swap row;
        size_t skipped, n;
        char path[256];

        ck_assert_int_eq(parse(good[_i].text, &row, 1, &skipped), 1);
        ck_assert_uint_eq(skipped, 0);
        n = mx_swap_unescape(row.path, row.path_len, path);
        ck_assert_uint_eq(n, strlen(good[_i].path));
        ck_assert_mem_eq(path, good[_i].path, n);
        ck_assert_uint_eq(row.kind_len, strlen(good[_i].kind));
        ck_assert_mem_eq(row.kind, good[_i].kind, row.kind_len);
        ck_assert_uint_eq(row.size_kib, good[_i].size);
        ck_assert_uint_eq(row.used_kib, good[_i].used);
        ck_assert_uint_eq(row.deleted, good[_i].deleted);
        ck_assert_int_eq(row.priority, good[_i].priority);
}
END_TEST

static const char *const bad_lines[] = {
        "/s file\n",
        "/s file 8 4\n",
        "/s file 8 x -2\n",
        "/s file -8 4 -2\n",
        "/s file 8 4 --2\n",
        "/s file 8kB 4 -2\n",
        "/s file 99999999999999999999 4 -2\n",
        "/s file 8 4 9223372036854775808\n",
        "/s 12 8 4 -2\n",
};

START_TEST(swap_skips_a_line_it_cannot_read_and_keeps_the_rest)
{
        char text[512];
        struct mx_swap rows[2];
        size_t skipped;

        snprintf(text, sizeof(text), HEADER "%s\n\t\n/ok file 8 4 -2\n", bad_lines[_i]);
        ck_assert_int_eq(parse(text, rows, 2, &skipped), 1);
        ck_assert_uint_eq(skipped, 1);
        ck_assert_mem_eq(rows[0].path, "/ok", 3);
        snprintf(text, sizeof(text), HEADER "%s", bad_lines[_i]);
        ck_assert_int_eq(parse(text, rows, 2, &skipped), -EBADMSG);
}
END_TEST

START_TEST(swap_without_a_header_or_a_line_is_not_a_machine_without_swap)
{
        struct mx_swap row;
        size_t skipped;

        ck_assert_int_eq(parse("", &row, 1, &skipped), -EBADMSG);
        ck_assert_int_eq(parse("\n\n", &row, 1, &skipped), -EBADMSG);
        ck_assert_int_eq(parse("garbage\n", &row, 1, &skipped), -EBADMSG);
        ck_assert_int_eq(parse(HEADER, &row, 1, &skipped), 0);
        ck_assert_int_eq(parse(HEADER "/a file 1 0 0\n/b file 1 0 0\n", &row, 1, &skipped), -E2BIG);
}
END_TEST

static const struct {
        const char *text;
        int r;
        uint64_t in, out;
} counters[] = {
        { VMSTAT, 0, 3, 4 },
        { "pswpin 3\npswpout 4", 0, 3, 4 },
        { "pswpout 4\npgpgin 7\npswpin 3\n", 0, 3, 4 },
        { "nr_pswpin 3\nxpswpout 4\n", 0, MX_ABSENT, MX_ABSENT },
        { "pswpin 3\n", 0, 3, MX_ABSENT },
        { "", 0, MX_ABSENT, MX_ABSENT },
        { "a 1\npswpin -3\npswpout 4\n", -EBADMSG, MX_ABSENT, 4 },
        { "pswpin \npswpout 4x\n", -EBADMSG, MX_ABSENT, MX_ABSENT },
        { "a 1\npswpin 18446744073709551616\n", -EBADMSG, MX_ABSENT, MX_ABSENT },
};

START_TEST(swap_finds_its_two_counters_wherever_they_stand)
{
        struct mx_swap_io io;
        const char *text = counters[_i].text;

        ck_assert_int_eq(mx_swap_io_parse(text, strlen(text), &io, NULL), counters[_i].r);
        ck_assert_uint_eq(io.in_pages, counters[_i].in);
        ck_assert_uint_eq(io.out_pages, counters[_i].out);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_swap rows[4];
        struct mx_swap_io io;
        size_t skipped;

        ck_assert_int_le(mx_swap_parse(buf, len, rows, 4, &skipped, NULL), 4);
        (void)mx_swap_io_parse(buf, len, &io, NULL);
}

START_TEST(swap_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(good); i++)
                harness_truncate(good[i].text, strlen(good[i].text), parse_any);
        harness_truncate(VMSTAT, strlen(VMSTAT), parse_any);
}
END_TEST

/* Runs the collector over a made machine, twice, so that what is kept between runs shows. */
static char *collect(const char *swaps, const char *vmstat, uint64_t max_series,
                     struct mx_sink *ret_sink)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;

        harness_tree_write(tree, "proc/swaps", swaps);
        if (vmstat)
                harness_tree_write(tree, "proc/vmstat", vmstat);
        host = harness_host_at(tree, 65536);
        harness_start(&h, &mx_swap, &host, NULL);
        if (max_series)
                h.instance.sink.max_series = max_series;
        for (int i = 0; i < 2; i++) {
                free(text);
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
        }
        if (ret_sink)
                *ret_sink = h.instance.sink;
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
        return text;
}

START_TEST(swap_exports_bytes_and_signed_priorities)
{
        char *text = collect(HEADER "/dev/zram0 partition 100 50 100\n/s\\134\\040f file 8 4 -2\n",
                             VMSTAT, 0, NULL);

        harness_assert(text, "memory_swap_size_bytes{device=\"/dev/zram0\",kind=\"partition\"}",
                       "102400");
        harness_assert(text, "memory_swap_used_bytes{device=\"/dev/zram0\",kind=\"partition\"}",
                       "51200");
        harness_assert(text, "memory_swap_priority{device=\"/s\\\\ f\",kind=\"file\"}", "-2");
        harness_assert(text, "memory_swap_deleted{device=\"/s\\\\ f\",kind=\"file\"}", "0");
        harness_assert(text, "memory_swap_devices", "2");
        harness_assert(text, "memory_swap_in_bytes_total", "196608");
        harness_assert(text, "memory_swap_out_bytes_total", "262144");
        ck_assert_ptr_nonnull(strstr(text, "(/proc/vmstat pswpin).\n"));
        free(text);
}
END_TEST

START_TEST(swap_says_zero_devices_on_a_machine_without_swap_and_nothing_of_what_it_cannot_see)
{
        char *text = collect(HEADER, NULL, 0, NULL);

        harness_assert(text, "memory_swap_devices", "0");
        ck_assert_uint_eq(harness_count(text, "memory_swap_size_bytes"), 0);
        harness_assert_absent(text, "memory_swap_in_bytes_total");
        free(text);
}
END_TEST

START_TEST(swap_unites_lines_of_one_name)
{
        struct mx_sink sink;
        char *text =
                collect(HEADER "/s file 8 4 -2\n/s\\040(deleted) file 16 2 -3\n/s block 1 1 -4\n",
                        VMSTAT, 0, &sink);

        harness_assert(text, "memory_swap_size_bytes{device=\"/s\",kind=\"file\"}", "24576");
        harness_assert(text, "memory_swap_used_bytes{device=\"/s\",kind=\"file\"}", "6144");
        harness_assert(text, "memory_swap_deleted{device=\"/s\",kind=\"file\"}", "1");
        harness_assert_absent(text, "memory_swap_priority{device=\"/s\",kind=\"file\"}");
        harness_assert(text, "memory_swap_priority{device=\"/s\",kind=\"block\"}", "-4");
        harness_assert(text, "memory_swap_devices", "3");
        free(text);
}
END_TEST

START_TEST(swap_puts_devices_over_the_cap_into_a_remainder)
{
        struct mx_sink sink;
        char *text = collect(HEADER "/a file 1 1 1\n/b file 2 0 2\n/c file 3 0 3\n/d file 4 1 4\n",
                             VMSTAT, 3 + 2 * 4, &sink);

        harness_assert(text, "memory_swap_size_bytes{device=\"/a\",kind=\"file\"}", "1024");
        harness_assert(text, "memory_swap_size_bytes{device=\"other\",kind=\"other\"}", "9216");
        harness_assert(text, "memory_swap_used_bytes{device=\"other\",kind=\"other\"}", "1024");
        harness_assert_absent(text, "memory_swap_priority{device=\"other\",kind=\"other\"}");
        harness_assert(text, "memory_swap_devices", "4");
        harness_assert(text, "memory_swap_out_bytes_total", "262144");
        ck_assert_uint_gt(sink.dropped, 0);
        free(text);
}
END_TEST

START_TEST(swap_reads_the_machine_with_a_blank_in_its_swap_file)
{
        struct mx_host host = harness_host("x86_64-6.18-hybrid");
        char *text = harness_collect(&mx_swap, &host, NULL);

        harness_assert(text, "memory_swap_size_bytes{device=\"/tmp/fx swap\",kind=\"file\"}",
                       "67104768");
        harness_assert(text, "memory_swap_priority{device=\"/tmp/fx swap\",kind=\"file\"}", "5");
        free(text);
        harness_host_done(&host);
}
END_TEST

START_TEST(swap_is_unsupported_on_a_kernel_without_swap)
{
        char *tree = harness_tree_new(), *text = NULL;
        struct mx_host host = harness_host_at(tree, 4096);
        struct mx_err err;
        struct harness h;

        harness_start(&h, &mx_swap, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("swap");
        TCase *t = tcase_create("swap");

        tcase_add_loop_test(t, swap_reads_a_device_in_every_form_kernels_print, 0,
                            (int)MX_ARRAY_SIZE(good));
        tcase_add_loop_test(t, swap_skips_a_line_it_cannot_read_and_keeps_the_rest, 0,
                            (int)MX_ARRAY_SIZE(bad_lines));
        tcase_add_test(t, swap_without_a_header_or_a_line_is_not_a_machine_without_swap);
        tcase_add_loop_test(t, swap_finds_its_two_counters_wherever_they_stand, 0,
                            (int)MX_ARRAY_SIZE(counters));
        tcase_add_test(t, swap_never_reads_past_its_input);
        tcase_add_test(t, swap_exports_bytes_and_signed_priorities);
        tcase_add_test(
                t,
                swap_says_zero_devices_on_a_machine_without_swap_and_nothing_of_what_it_cannot_see);
        tcase_add_test(t, swap_unites_lines_of_one_name);
        tcase_add_test(t, swap_puts_devices_over_the_cap_into_a_remainder);
        tcase_add_test(t, swap_reads_the_machine_with_a_blank_in_its_swap_file);
        tcase_add_test(t, swap_is_unsupported_on_a_kernel_without_swap);
        suite_add_tcase(s, t);
        return harness_main(s);
}
