/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/sysvipc.h"
#include "mx/cleanup.h"

#include <string.h>

#define SHM_HEADER                                                                                 \
        "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  " \
        "cgid      atime      dtime      ctime                   rss                  swap"

static struct mx_ipc_header header_of(const char *text)
{
        struct mx_ipc_header h;

        ck_assert_int_eq(mx_ipc_header_parse(text, strlen(text), &h), 0);
        return h;
}

START_TEST(columns_are_found_by_their_names)
{
        struct mx_ipc_header h = header_of(SHM_HEADER);

        ck_assert_uint_eq(h.n_words, 16);
        ck_assert_uint_eq(h.at[MX_IPC_SIZE], 4);
        ck_assert_uint_eq(h.at[MX_IPC_NATTCH], 7);
        ck_assert_uint_eq(h.at[MX_IPC_RSS], 15);
        ck_assert_uint_eq(h.at[MX_IPC_SWAP], 16);
        ck_assert_uint_eq(h.at[MX_IPC_NSEMS], 0);
        /* as 2.6.32 prints them on 32 bits, and as nobody does */
        h = header_of("       key      shmid perms       size  cpid  lpid nattch   uid");
        ck_assert_uint_eq(h.at[MX_IPC_RSS], 0);
        h = header_of("key new size size");
        ck_assert_uint_eq(h.at[MX_IPC_SIZE], 3);
}
END_TEST

static const char *const no_headers[] = { "", " ", "keys shmid", "shmid key", "0 3 1600 4096" };

START_TEST(what_does_not_begin_with_key_is_no_table)
{
        struct mx_ipc_header h = { .n_words = 7 };

        ck_assert_int_eq(mx_ipc_header_parse(no_headers[_i], strlen(no_headers[_i]), &h), -EBADMSG);
        ck_assert_uint_eq(h.n_words, 7);
}
END_TEST

/* Below SHM_HEADER. */
static const struct {
        const char *line;
        int r;
        uint64_t perms, size, nattch, rss, swap;
} rows[] = {
        { "         0          3  1600               1048576  4411  4412      2     0     0     0  "
          "   "
          "0 1700000000 1700000001 1700000002                524288                  4096",
          0, 01600, 1048576, 2, 524288, 4096 },
        { "-1442840576 98304   666 0 0 0 0 1 2 3 4 5 6 7 0 0", 0, 0666, 0, 0, 0, 0 },
        { "1 2 3777 9223372036854775807 0 0 4294967295 1 2 3 4 5 6 7 1 2", 0, 03777, INT64_MAX,
          4294967295, 1, 2 },
        { "1 2 608 1 0 0 0 1 2 3 4 5 6 7 1 2", -EBADMSG, 0, 0, 0, 0, 0 }, /* 8 is not octal */
        { "1 2 0666 -1 0 0 0 1 2 3 4 5 6 7 1 2", -EBADMSG, 0, 0, 0, 0, 0 },
        { "1 2 0666 1x 0 0 0 1 2 3 4 5 6 7 1 2", -EBADMSG, 0, 0, 0, 0, 0 },
        { "1 2 0666 18446744073709551615 0 0 0 1 2 3 4 5 6 7 1 2", -ERANGE, 0, 0, 0, 0, 0 },
        { "1 2 0666 18446744073709551616 0 0 0 1 2 3 4 5 6 7 1 2", -ERANGE, 0, 0, 0, 0, 0 },
        { "1 2 7777777777777777777777 1 0 0 0 1 2 3 4 5 6 7 1 2", -ERANGE, 0, 0, 0, 0, 0 },
        { "1 2 0666 1 0 0 0 1 2 3 4 5 6 7 1", -EBADMSG, 0, 0, 0, 0, 0 },
        { "1 2 0666 1 0 0 0 1 2 3 4 5 6 7 1 2 3", -EBADMSG, 0, 0, 0, 0, 0 },
        { "", -EBADMSG, 0, 0, 0, 0, 0 },
};

START_TEST(a_row_is_read_whole_or_not_at_all)
{
        struct mx_ipc_header h = header_of(SHM_HEADER);
        uint64_t v[MX_IPC_COLUMNS];

        memset(v, 7, sizeof(v));
        ck_assert_int_eq(mx_ipc_row_parse(&h, rows[_i].line, strlen(rows[_i].line), v), rows[_i].r);
        if (rows[_i].r < 0) {
                for (size_t i = 0; i < MX_IPC_COLUMNS; i++)
                        ck_assert_uint_eq(v[i], 0x0707070707070707);
                return;
        }
        ck_assert_uint_eq(v[MX_IPC_PERMS], rows[_i].perms);
        ck_assert_uint_eq(v[MX_IPC_SIZE], rows[_i].size);
        ck_assert_uint_eq(v[MX_IPC_NATTCH], rows[_i].nattch);
        ck_assert_uint_eq(v[MX_IPC_RSS], rows[_i].rss);
        ck_assert_uint_eq(v[MX_IPC_SWAP], rows[_i].swap);
        ck_assert_uint_eq(v[MX_IPC_QNUM], MX_ABSENT);
}
END_TEST

START_TEST(sizes_count_in_whole_pages_and_sums_do_not_wrap)
{
        struct mx_ipc_header h = header_of(SHM_HEADER);
        uint64_t row[MX_IPC_COLUMNS] = { [MX_IPC_SIZE] = 4097, [MX_IPC_RSS] = 4096 };
        struct mx_shm_sum s;

        mx_shm_sum_init(&s, &h);
        mx_shm_sum_add(&s, row, 4096);
        row[MX_IPC_SIZE] = 65536;
        mx_shm_sum_add(&s, row, 4096);
        row[MX_IPC_SIZE] = 0;
        row[MX_IPC_RSS] = UINT64_MAX - 2;
        mx_shm_sum_add(&s, row, 4096);
        ck_assert_uint_eq(s.segments, 3);
        ck_assert_uint_eq(s.pages, 18);
        ck_assert_uint_eq(s.resident, UINT64_MAX - 1);
        ck_assert_uint_eq(s.swapped, 0);
        h = header_of("key shmid");
        mx_shm_sum_init(&s, &h);
        row[MX_IPC_SIZE] = MX_ABSENT;
        mx_shm_sum_add(&s, row, 4096);
        ck_assert_uint_eq(s.segments, 1);
        ck_assert_uint_eq(s.pages, MX_ABSENT);
        ck_assert_uint_eq(s.resident, MX_ABSENT);
}
END_TEST

static const struct {
        const char *text;
        size_t n;
        int r;
        uint64_t first, last;
} limits[] = {
        { "18446744073692774399\n", 1, 0, 18446744073692774399U, 18446744073692774399U },
        { "250\t32000\t32\t128\n", 4, 0, 250, 128 },
        { "4096", 1, 0, 4096, 4096 },
        { "", 1, -EBADMSG, 0, 0 },
        { "\n", 1, -EBADMSG, 0, 0 },
        { "-1\n", 1, -EBADMSG, 0, 0 },
        { "1\t2\n", 1, -EBADMSG, 0, 0 },
        { "250\t32000\t32\n", 4, -EBADMSG, 0, 0 },
        { "250\t32000\t32\t128\t1\n", 4, -EBADMSG, 0, 0 },
        { "18446744073709551616\n", 1, -ERANGE, 0, 0 },
};

START_TEST(a_limit_is_the_numbers_there_should_be_and_no_others)
{
        uint64_t v[MX_IPC_LIMITS_MAX] = { 7, 7, 7, 7 };

        ck_assert_int_eq(
                mx_ipc_limits_parse(limits[_i].text, strlen(limits[_i].text), v, limits[_i].n),
                limits[_i].r);
        ck_assert_uint_eq(v[0], limits[_i].r ? 7 : limits[_i].first);
        ck_assert_uint_eq(v[limits[_i].n - 1], limits[_i].r ? 7 : limits[_i].last);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_ipc_header h = header_of(SHM_HEADER);
        uint64_t v[MX_IPC_COLUMNS];

        (void)mx_ipc_row_parse(&h, buf, len, v);
        (void)mx_ipc_limits_parse(buf, len, v, MX_IPC_LIMITS_MAX);
        (void)mx_ipc_header_parse(buf, len, &h);
}

START_TEST(sysvipc_never_reads_past_its_input)
{
        harness_truncate(SHM_HEADER, strlen(SHM_HEADER), parse_any);
        for (size_t i = 0; i < MX_ARRAY_SIZE(rows); i++)
                harness_truncate(rows[i].line, strlen(rows[i].line), parse_any);
        for (size_t i = 0; i < MX_ARRAY_SIZE(limits); i++)
                harness_truncate(limits[i].text, strlen(limits[i].text), parse_any);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("sysvipc");
        TCase *t = tcase_create("sysvipc");

        tcase_add_test(t, columns_are_found_by_their_names);
        tcase_add_loop_test(t, what_does_not_begin_with_key_is_no_table, 0,
                            (int)MX_ARRAY_SIZE(no_headers));
        tcase_add_loop_test(t, a_row_is_read_whole_or_not_at_all, 0, (int)MX_ARRAY_SIZE(rows));
        tcase_add_test(t, sizes_count_in_whole_pages_and_sums_do_not_wrap);
        tcase_add_loop_test(t, a_limit_is_the_numbers_there_should_be_and_no_others, 0,
                            (int)MX_ARRAY_SIZE(limits));
        tcase_add_test(t, sysvipc_never_reads_past_its_input);
        suite_add_tcase(s, t);
        return harness_main(s);
}
