/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/zram.h"

#include <stdio.h>
#include <string.h>

extern const struct mx_collector mx_zram;

#define ZRAM "sys/block/zram"

static const struct {
        const char *name;
        int64_t id; /* -1: it is none */
} names[] = {
        { "zram0", 0 },
        { "zram17", 17 },
        { "zram2147483647", 2147483647 },
        { "zram2147483648", -1 },
        { "zram99999999999999999999", -1 },
        { "zram", -1 },
        { "zram00", -1 },
        { "zram01", -1 },
        { "zram-1", -1 },
        { "zram 1", -1 },
        { "zram1p1", -1 },
        { "zramx", -1 },
        { "xzram0", -1 },
        { "sda", -1 },
        { "", -1 },
};

START_TEST(a_device_is_known_by_its_name)
{
        uint32_t id = 7;

        ck_assert(mx_zram_name_parse(names[_i].name, &id) == (names[_i].id >= 0));
        ck_assert_uint_eq(id, names[_i].id >= 0 ? (uint64_t)names[_i].id : 7);
}
END_TEST

#define NONE MX_ABSENT

static const struct {
        const char *what, *text;
        int r;
        uint64_t want[MX_ZRAM_MM];
} mm[] = {
        { "nine columns",
          "14725120  4411545  4517888 50331648  4517888      512        0     1024     1025\n",
          0,
          { 14725120, 4411545, 4517888, 50331648, 4517888, 512, 0, 1024, 1025 } },
        { "eight",
          "14725120  4411545  4517888        0  4517888      512        3     1024\n",
          0,
          { 14725120, 4411545, 4517888, NONE, 4517888, 512, 3, 1024, NONE } },
        { "seven", "1 2 3 4 5 6 7", 0, { 1, 2, 3, 4, 5, 6, 7, NONE, NONE } },
        { "a vendor's ten, of which the ninth is another",
          "1 2 3 4 5 6 7 8 9 10\n",
          0,
          { 1, 2, 3, 4, 5, 6, 7, 8, NONE } },
        { "six", "1 2 3 4 5 6\n", -EBADMSG, { 0 } },
        { "nothing", "", -EBADMSG, { 0 } },
        { "a line without anything", "\n", -EBADMSG, { 0 } },
        { "a negative number", "1 2 3 4 -5 6 7\n", -EBADMSG, { 0 } },
        { "words", "1 2 3 4 5 6 seven\n", -EBADMSG, { 0 } },
        { "a number with a tail", "1 2 3 4 5 6 7x\n", -EBADMSG, { 0 } },
        { "two lines", "1 2 3 4 5 6 7\n8 9\n", -EBADMSG, { 0 } },
        { "a number too large", "1 2 3 4 5 6 18446744073709551616\n", -ERANGE, { 0 } },
        { "columns without end",
          "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n",
          -EBADMSG,
          { 0 } },
};

START_TEST(mm_stat_is_read_with_as_many_columns_as_are_understood)
{
        uint64_t got[MX_ZRAM_MM];

        memset(got, 7, sizeof(got));
        ck_assert_int_eq(mx_zram_mm_stat_parse(mm[_i].text, strlen(mm[_i].text), got), mm[_i].r);
        for (size_t i = 0; i < MX_ZRAM_MM; i++)
                ck_assert_msg(got[i] == (mm[_i].r == 0 ? mm[_i].want[i] : 0x0707070707070707),
                              "%s: column %zu", mm[_i].what, i + 1);
}
END_TEST

static const struct {
        const char *text;
        int r;
        uint64_t want[MX_ZRAM_IO];
} io[] = {
        { "       1        2        3        4\n", 0, { 1, 2, 3, 4 } },
        { "       0        0        0        4\n", 0, { 0, 0, 0, 4 } },
        { "       0        0 0        4\n", 0, { 0, 0, NONE, 4 } }, /* not counted any more */
        { "12345678 12345678 0 12345678\n", 0, { 12345678, 12345678, NONE, 12345678 } },
        { "12345678 12345678 12345678 12345678\n", 0, { 12345678, 12345678, 12345678, 12345678 } },
        { "       0        0 5        4\n", 0, { 0, 0, 5, 4 } },
        { "       1        2        3        4        5\n", 0, { 1, 2, 3, 4 } },
        { "       1        2        3\n", -EBADMSG, { 0 } },
        { "", -EBADMSG, { 0 } },
        { "       1        2        3       -4\n", -EBADMSG, { 0 } },
};

START_TEST(what_the_kernel_counts_no_more_is_absent)
{
        uint64_t got[MX_ZRAM_IO];

        memset(got, 7, sizeof(got));
        ck_assert_int_eq(mx_zram_io_stat_parse(io[_i].text, strlen(io[_i].text), got), io[_i].r);
        for (size_t i = 0; i < MX_ZRAM_IO; i++)
                ck_assert_uint_eq(got[i], io[_i].r == 0 ? io[_i].want[i] : 0x0707070707070707);
}
END_TEST

static const struct {
        const char *text;
        int r;
        uint64_t want[MX_ZRAM_BD];
} bd[] = {
        { "   32761     1024    33792\n", 0, { 134189056, 4194304, 138412032 } },
        { "0 0 0", 0, { 0, 0, 0 } },
        { "2251799813685247 0 0\n", 0, { 9223372036854771712, 0, 0 } },
        { "0 0 2251799813685248\n", -ERANGE, { 0 } },
        { "18446744073709551615 0 0\n", -ERANGE, { 0 } },
        { "1 2\n", -EBADMSG, { 0 } },
        { "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n", -EBADMSG, { 0 } }, /* a vendor's */
        { "", -EBADMSG, { 0 } },
};

START_TEST(bd_stat_is_in_units_of_4_kib_whatever_a_page_is)
{
        uint64_t got[MX_ZRAM_BD];

        memset(got, 7, sizeof(got));
        ck_assert_int_eq(mx_zram_bd_stat_parse(bd[_i].text, strlen(bd[_i].text), got), bd[_i].r);
        for (size_t i = 0; i < MX_ZRAM_BD; i++)
                ck_assert_uint_eq(got[i], bd[_i].r == 0 ? bd[_i].want[i] : 0x0707070707070707);
}
END_TEST

static const struct {
        const char *text, *want;
} algorithms[] = {
        { "[lzo-rle] lzo lz4 \n", "lzo-rle" },
        { "lzo lz4 [zstd] \n", "zstd" },
        { "[lzo]", "lzo" },
        { "lzo lz4\n", NULL },
        { "", NULL },
        { "[", NULL },
        { "[]\n", NULL },
        { "[lzo\n", NULL },
        { "[lzo] [lz4]\n", NULL },
        { "[lzo lz4]\n", NULL },
        { "]lzo[\n", NULL },
        { "[[lzo]]\n", NULL },
};

START_TEST(the_algorithm_in_use_is_in_brackets)
{
        const char *got = NULL, *text = algorithms[_i].text, *want = algorithms[_i].want;
        size_t len = 0;

        ck_assert_int_eq(mx_zram_algorithm_parse(text, strlen(text), &got, &len),
                         want ? 0 : -EBADMSG);
        ck_assert_uint_eq(len, want ? strlen(want) : 0);
        ck_assert(want ? memcmp(got, want, len) == 0 : got == NULL);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        uint64_t v[MX_ZRAM_VALUES];
        const char *word;
        size_t n;

        (void)mx_zram_mm_stat_parse(buf, len, v);
        (void)mx_zram_io_stat_parse(buf, len, v);
        (void)mx_zram_bd_stat_parse(buf, len, v);
        (void)mx_zram_algorithm_parse(buf, len, &word, &n);
}

START_TEST(zram_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(mm); i++)
                harness_truncate(mm[i].text, strlen(mm[i].text), parse_any);
        for (size_t i = 0; i < MX_ARRAY_SIZE(algorithms); i++)
                harness_truncate(algorithms[i].text, strlen(algorithms[i].text), parse_any);
}
END_TEST

static void write_at(const char *tree, unsigned id, const char *file, const char *content)
{
        char path[128];

        snprintf(path, sizeof(path), ZRAM "%u/%s", id, file);
        harness_tree_write(tree, path, content);
}

static char *new_tree(void)
{
        char *tree = harness_tree_new();

        harness_tree_write(tree, "proc/x", "");
        harness_tree_write(tree, "sys/block/sda/size", "1\n");
        write_at(tree, 0, "disksize", "67108864\n");
        write_at(tree, 0, "comp_algorithm", "lzo-rle [zstd] \n");
        write_at(tree, 0, "mm_stat",
                 "14725120  4411545  4517888 50331648  4517889      512        3     1024     "
                 "1025\n");
        write_at(tree, 0, "io_stat", "       5        6 0        7\n");
        return tree;
}

#define D0 "{device=\"zram0\"}"

START_TEST(a_device_says_what_it_holds_and_what_that_takes)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 65536);

        text = harness_collect(&mx_zram, &host, NULL);
        harness_assert(text, "memory_zram_devices", "1");
        harness_assert(text, "memory_zram_info{device=\"zram0\",algorithm=\"zstd\"}", "1");
        harness_assert(text, "memory_zram_disk_bytes" D0, "67108864");
        harness_assert(text, "memory_zram_original_bytes" D0, "14725120");
        harness_assert(text, "memory_zram_compressed_bytes" D0, "4411545");
        harness_assert(text, "memory_zram_used_bytes" D0, "4517888");
        harness_assert(text, "memory_zram_limit_bytes" D0, "50331648");
        harness_assert(text, "memory_zram_used_peak_bytes" D0, "4517889");
        harness_assert(text, "memory_zram_same_filled_bytes" D0, "33554432");
        harness_assert(text, "memory_zram_compacted_bytes_total" D0, "196608");
        harness_assert(text, "memory_zram_incompressible_bytes" D0, "67108864");
        harness_assert(text, "memory_zram_incompressible_stored_bytes_total" D0, "67174400");
        harness_assert(text, "memory_zram_failed_reads_total" D0, "5");
        harness_assert(text, "memory_zram_failed_writes_total" D0, "6");
        harness_assert_absent(text, "memory_zram_invalid_requests_total" D0);
        harness_assert(text, "memory_zram_discarded_bytes_total" D0, "458752");
        harness_assert_absent(text, "memory_zram_writeback_bytes" D0);
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(writeback_is_shown_where_there_is_a_backing_device)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 65536);
        struct harness h;

        write_at(tree, 0, "backing_dev", "none\n");
        write_at(tree, 0, "bd_stat", "       0        0        0\n");
        harness_start(&h, &mx_zram, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert_absent(text, "memory_zram_writeback_bytes" D0);
        free(text);
        write_at(tree, 0, "backing_dev", "/dev/nvme0n1p5\n");
        write_at(tree, 0, "bd_stat", "      10       11       12\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_zram_writeback_bytes" D0, "40960");
        harness_assert(text, "memory_zram_writeback_read_bytes_total" D0, "45056");
        harness_assert(text, "memory_zram_writeback_written_bytes_total" D0, "49152");
        ck_assert_uint_eq(h.instance.sink.invalid, 0);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

static const struct {
        const char *release;
        bool counts_pages;
} releases[] = {
        { "4.0.9\n", true },
        { "4.1.0\n", false },
        { "4.2.8-300.fc23.x86_64\n", false },
        { "4.3.0-1-amd64\n", true },
        { "4.18.0-553.el8_10.x86_64\n", true },
        { "6.18.3\n", true },
        { "five\n", true },
        { NULL, true },
};

START_TEST(what_is_moved_and_not_of_pages_is_left_out)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 65536);

        if (releases[_i].release)
                harness_tree_write(tree, "proc/sys/kernel/osrelease", releases[_i].release);
        text = harness_collect(&mx_zram, &host, NULL);
        if (releases[_i].counts_pages)
                harness_assert(text, "memory_zram_compacted_bytes_total" D0, "196608");
        else
                harness_assert_absent(text, "memory_zram_compacted_bytes_total" D0);
        harness_assert(text, "memory_zram_used_bytes" D0, "4517888");
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(an_old_kernel_has_a_file_for_each_number)
{
        char *tree = harness_tree_new(), *text;
        struct mx_host host;

        harness_tree_write(tree, "proc/x", "");
        write_at(tree, 3, "disksize", "1048576\n");
        write_at(tree, 3, "orig_data_size", "409600\n");
        write_at(tree, 3, "compr_data_size", "100000\n");
        write_at(tree, 3, "mem_used_total", "110592\n");
        write_at(tree, 3, "mem_limit", "0\n");
        write_at(tree, 3, "zero_pages", "7\n");
        write_at(tree, 3, "invalid_io", "0\n");
        write_at(tree, 3, "notify_free", "9\n");
        host = harness_host_at(tree, 4096);
        text = harness_collect(&mx_zram, &host, NULL);
        harness_assert(text, "memory_zram_original_bytes{device=\"zram3\"}", "409600");
        harness_assert(text, "memory_zram_compressed_bytes{device=\"zram3\"}", "100000");
        harness_assert(text, "memory_zram_used_bytes{device=\"zram3\"}", "110592");
        harness_assert(text, "memory_zram_same_filled_bytes{device=\"zram3\"}", "28672");
        harness_assert(text, "memory_zram_invalid_requests_total{device=\"zram3\"}", "0");
        harness_assert(text, "memory_zram_discarded_bytes_total{device=\"zram3\"}", "36864");
        harness_assert_absent(text, "memory_zram_limit_bytes{device=\"zram3\"}");
        harness_assert_absent(text, "memory_zram_failed_reads_total{device=\"zram3\"}");
        ck_assert_uint_eq(harness_count(text, "memory_zram_info"), 0);
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_device_may_come_go_or_not_be_set_up)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        write_at(tree, 10, "disksize", "0\n");
        write_at(tree, 10, "mm_stat", "0 0 0 0 0 0 0 0 0\n");
        harness_start(&h, &mx_zram, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_zram_devices", "2");
        ck_assert_uint_eq(harness_count(text, "memory_zram_disk_bytes"), 1);
        free(text);
        write_at(tree, 10, "disksize", "4096\n");
        write_at(tree, 2, "disksize", "8192\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_zram_devices", "3");
        harness_assert(text, "memory_zram_disk_bytes{device=\"zram2\"}", "8192");
        harness_assert(text, "memory_zram_disk_bytes{device=\"zram10\"}", "4096");
        ck_assert(strstr(text, "device=\"zram2\"") < strstr(text, "device=\"zram10\""));
        free(text);
        harness_tree_remove(tree, ZRAM "0");
        harness_tree_remove(tree, ZRAM "2");
        harness_tree_remove(tree, ZRAM "10");
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        harness_tree_remove(tree, "sys/block");
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        write_at(tree, 0, "disksize", "4096\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_zram_disk_bytes" D0, "4096");
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(what_a_device_cannot_say_makes_no_sample_and_is_counted)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        write_at(tree, 0, "mm_stat", "1 2 3\n");
        write_at(tree, 0, "io_stat", "a b c d\n");
        write_at(tree, 0, "comp_algorithm", "lzo\n");
        write_at(tree, 0, "backing_dev", "/dev/sdb1\n");
        write_at(tree, 0, "bd_stat", "1 2 3 4\n");
        write_at(tree, 1, "disksize", "-1\n");
        harness_start(&h, &mx_zram, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_zram_disk_bytes" D0, "67108864");
        ck_assert_uint_eq(harness_count(text, "memory_zram_disk_bytes"), 1);
        ck_assert_uint_eq(harness_count(text, "memory_zram_original_bytes"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_zram_failed_reads_total"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_zram_writeback_bytes"), 0);
        ck_assert_uint_eq(harness_count(text, "memory_zram_info"), 0);
        ck_assert_uint_eq(h.instance.sink.invalid, 5);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(devices_above_the_cap_are_dropped_and_counted)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        for (unsigned i = 1; i < 140; i++)
                write_at(tree, i, "disksize", "4096\n");
        harness_start(&h, &mx_zram, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_zram_devices", "140");
        ck_assert_uint_eq(harness_count(text, "memory_zram_disk_bytes"), 128);
        harness_assert(text, "memory_zram_disk_bytes{device=\"zram127\"}", "4096");
        harness_assert_absent(text, "memory_zram_disk_bytes{device=\"zram128\"}");
        ck_assert_uint_eq(h.instance.sink.dropped, 12 * 18);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(zram_is_unsupported_on_a_host_without_devices)
{
        harness_assert_unsupported(&mx_zram, "sys/block/sda/size", "1\n");
}
END_TEST

int main(void)
{
        Suite *s = suite_create("zram");
        TCase *p = tcase_create("parser"), *t = tcase_create("collector");

        tcase_add_loop_test(p, a_device_is_known_by_its_name, 0, (int)MX_ARRAY_SIZE(names));
        tcase_add_loop_test(p, mm_stat_is_read_with_as_many_columns_as_are_understood, 0,
                            (int)MX_ARRAY_SIZE(mm));
        tcase_add_loop_test(p, what_the_kernel_counts_no_more_is_absent, 0, (int)MX_ARRAY_SIZE(io));
        tcase_add_loop_test(p, bd_stat_is_in_units_of_4_kib_whatever_a_page_is, 0,
                            (int)MX_ARRAY_SIZE(bd));
        tcase_add_loop_test(p, the_algorithm_in_use_is_in_brackets, 0,
                            (int)MX_ARRAY_SIZE(algorithms));
        tcase_add_test(p, zram_never_reads_past_its_input);
        suite_add_tcase(s, p);
        tcase_add_test(t, a_device_says_what_it_holds_and_what_that_takes);
        tcase_add_test(t, writeback_is_shown_where_there_is_a_backing_device);
        tcase_add_loop_test(t, what_is_moved_and_not_of_pages_is_left_out, 0,
                            (int)MX_ARRAY_SIZE(releases));
        tcase_add_test(t, an_old_kernel_has_a_file_for_each_number);
        tcase_add_test(t, a_device_may_come_go_or_not_be_set_up);
        tcase_add_test(t, what_a_device_cannot_say_makes_no_sample_and_is_counted);
        tcase_add_test(t, devices_above_the_cap_are_dropped_and_counted);
        tcase_add_test(t, zram_is_unsupported_on_a_host_without_devices);
        suite_add_tcase(s, t);
        return harness_main(s);
}
