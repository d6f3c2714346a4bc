/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/zswap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct mx_collector mx_zswap;

#define PARAMETERS "sys/module/zswap/parameters/"
#define DEBUG      "sys/kernel/debug/zswap/"

static const struct {
        const char *text;
        uint64_t want;
} memory[] = {
        { "MemTotal:       24684084 kB\nMemFree:  1 kB\n", 24684084 },
        { "HighTotal: 5 kB\nMemTotal:16 kB", 16 },
        { "MemTotal:       24684084\n", MX_ABSENT }, /* a unit is not guessed */
        { "MemTotal:       many kB\n", MX_ABSENT },
        { "MemTotal: -5 kB\n", MX_ABSENT },
        { "MemTotals: 5 kB\n", MX_ABSENT },
        { "MemFree: 5 kB\n", MX_ABSENT },
        { "MemTotal:\n", MX_ABSENT },
        { "", MX_ABSENT },
};

START_TEST(all_of_ram_is_in_meminfo)
{
        ck_assert_uint_eq(mx_zswap_memory(memory[_i].text, strlen(memory[_i].text)),
                          memory[_i].want);
}
END_TEST

static const struct {
        uint64_t pages, percent, want;
} shares[] = {
        { 6171021, 20, 1234204 }, /* 24684084 kB; the kernel cuts off */
        { 1234204, 90, 1110783 },
        { 99, 1, 0 },
        { 100, 150, 150 }, /* it can be set above 100 */
        { 0, 20, 0 },
        { UINT64_MAX / 2, 3, MX_ABSENT },
        { MX_ABSENT, 20, MX_ABSENT },
        { 6171021, MX_ABSENT, MX_ABSENT },
};

START_TEST(a_share_is_cut_off_as_the_kernel_does)
{
        ck_assert_uint_eq(mx_zswap_share(shares[_i].pages, shares[_i].percent), shares[_i].want);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        (void)mx_zswap_memory(buf, len);
}

START_TEST(zswap_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(memory); i++)
                harness_truncate(memory[i].text, strlen(memory[i].text), parse_any);
}
END_TEST

static char *new_tree(void)
{
        char *tree = harness_tree_new();

        harness_tree_write(tree, "proc/meminfo", "MemTotal:       24684084 kB\n");
        harness_tree_write(tree, PARAMETERS "max_pool_percent", "20\n");
        harness_tree_write(tree, PARAMETERS "accept_threshold_percent", "90\n");
        return tree;
}

START_TEST(without_debugfs_there_are_the_sizes_that_follow_from_the_settings)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);

        text = harness_collect(&mx_zswap, &host, NULL);
        harness_assert(text, "memory_zswap_pool_limit_bytes", "5055299584");
        harness_assert(text, "memory_zswap_accept_threshold_bytes", "4549767168");
        ck_assert_uint_eq(harness_count(text, "memory_zswap_pool_bytes"), 0);
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(debugfs_adds_a_metric_for_each_of_its_files)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 65536);
        struct harness h;

        harness_start(&h, &mx_zswap, &host, NULL);
        free(harness_expect(&h, OUTCOME_OK));
        harness_tree_write(tree, DEBUG "pool_total_size", "95420416\n"); /* it is turned on */
        harness_tree_write(tree, DEBUG "stored_pages", "100\n");
        harness_tree_write(tree, DEBUG "written_back_pages", "3\n");
        harness_tree_write(tree, DEBUG "pool_limit_hit", "4\n");
        harness_tree_write(tree, DEBUG "reject_compress_poor", "5\n");
        harness_tree_write(tree, DEBUG "decompress_fail", "0\n");
        harness_tree_write(tree, DEBUG "quantum_pages", "6\n");
        harness_tree_write(tree, DEBUG "stored_incompressible_pages", "-1\n");
        harness_tree_write(tree, DEBUG "a_directory/x", "1\n");
        harness_tree_write(tree, DEBUG "reject_alloc_fail",
                           "0000000000000000000000000000000000000001\n");
        harness_tree_write(tree, DEBUG "reject_kmemcache_fail", "");
        harness_tree_write(tree, DEBUG "\xff", "1\n"); /* which makes no name: nothing is lost */
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_zswap_pool_bytes", "95420416");
        harness_assert(text, "memory_zswap_stored_bytes", "6553600");
        harness_assert(text, "memory_zswap_written_back_bytes_total", "196608");
        harness_assert(text, "memory_zswap_pool_limit_hits_total", "4");
        harness_assert(text, "memory_zswap_reject_compress_poor_total", "5");
        harness_assert(text, "memory_zswap_decompress_fail_total", "0");
        harness_assert(text, "memory_zswap_quantum_pages", "6");
        ck_assert_ptr_nonnull(strstr(text, "# TYPE memory_zswap_quantum_pages untyped\n"));
        harness_assert_absent(text, "memory_zswap_incompressible_bytes");
        harness_assert_absent(text, "memory_zswap_reject_alloc_fail_total");
        ck_assert_uint_eq(h.instance.sink.invalid, 3);
        ck_assert_uint_eq(h.instance.sink.unknown, 1);
        ck_assert_uint_eq(h.instance.sink.dropped, 0);
        free(text);
        harness_tree_remove(tree, "sys/kernel"); /* and unmounted */
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_zswap_pool_limit_bytes", "5055250432");
        harness_assert_absent(text, "memory_zswap_pool_bytes");
        harness_assert_absent(text, "memory_zswap_quantum_pages");
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

/* As files of debugfs do, a FIFO refuses to be read at an offset. */
START_TEST(a_file_that_has_no_offsets_is_read_all_the_same)
{
        char *tree = new_tree(), *text, path[PATH_MAX];
        struct mx_host host = harness_host_at(tree, 4096);
        int fd;

        harness_tree_write(tree, DEBUG "stored_pages", "7\n");
        snprintf(path, sizeof(path), "%s/" DEBUG "pool_limit_hit", tree);
        ck_assert_int_eq(mkfifo(path, 0600), 0);
        fd = open(path, O_RDWR | O_CLOEXEC); /* so that neither side waits for the other */
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(pread(fd, path, 1, 0), -1);
        ck_assert_int_eq(errno, ESPIPE);
        ck_assert_int_eq(write(fd, "12\n", 3), 3);
        host.may_block = true;
        text = harness_collect(&mx_zswap, &host, NULL);
        harness_assert(text, "memory_zswap_pool_limit_hits_total", "12");
        harness_assert(text, "memory_zswap_stored_bytes", "28672");
        free(text);
        close(fd);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(more_files_than_the_cap_are_dropped_and_counted)
{
        char *tree = new_tree(), *text, path[96];
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        for (unsigned i = 0; i < 40; i++) {
                snprintf(path, sizeof(path), DEBUG "unheard_of_%u", i);
                harness_tree_write(tree, path, "1\n");
        }
        harness_start(&h, &mx_zswap, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_zswap_pool_limit_bytes", "5055299584");
        ck_assert_uint_eq(h.instance.sink.unknown, 19); /* beside the 13 of the table */
        ck_assert_uint_eq(h.instance.sink.dropped, 21);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_size_is_left_out_when_what_it_follows_from_is_not_known)
{
        char *tree = new_tree(), *text;
        struct mx_host host = harness_host_at(tree, 4096);
        struct harness h;

        harness_start(&h, &mx_zswap, &host, NULL);
        harness_tree_remove(tree, PARAMETERS "accept_threshold_percent"); /* before 5.6 */
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_zswap_pool_limit_bytes", "5055299584");
        harness_assert_absent(text, "memory_zswap_accept_threshold_bytes");
        ck_assert_uint_eq(h.instance.sink.invalid, 0);
        free(text);
        harness_tree_write(tree, "proc/meminfo", "MemTotal: 18014398509481984 kB\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert_absent(text, "memory_zswap_pool_limit_bytes");
        ck_assert_uint_eq(h.instance.sink.invalid, 1);
        free(text);
        harness_tree_write(tree, "proc/meminfo", "MemTotal: 1000 kB\n");
        harness_tree_write(tree, PARAMETERS "max_pool_percent", "a fifth\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert_absent(text, "memory_zswap_pool_limit_bytes");
        ck_assert_uint_eq(h.instance.sink.invalid, 2);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(zswap_is_unsupported_on_a_kernel_without_it)
{
        harness_assert_unsupported(&mx_zswap, "proc/meminfo", "MemTotal: 1000 kB\n");
}
END_TEST

int main(void)
{
        Suite *s = suite_create("zswap");
        TCase *t = tcase_create("zswap");

        tcase_add_loop_test(t, all_of_ram_is_in_meminfo, 0, (int)MX_ARRAY_SIZE(memory));
        tcase_add_loop_test(t, a_share_is_cut_off_as_the_kernel_does, 0,
                            (int)MX_ARRAY_SIZE(shares));
        tcase_add_test(t, zswap_never_reads_past_its_input);
        tcase_add_test(t, without_debugfs_there_are_the_sizes_that_follow_from_the_settings);
        tcase_add_test(t, debugfs_adds_a_metric_for_each_of_its_files);
        tcase_add_test(t, a_file_that_has_no_offsets_is_read_all_the_same);
        tcase_add_test(t, more_files_than_the_cap_are_dropped_and_counted);
        tcase_add_test(t, a_size_is_left_out_when_what_it_follows_from_is_not_known);
        tcase_add_test(t, zswap_is_unsupported_on_a_kernel_without_it);
        suite_add_tcase(s, t);
        return harness_main(s);
}
