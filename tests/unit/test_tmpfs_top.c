/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/tmpfs_top.h"
#include "mx/cleanup.h"

#include <stdio.h>
#include <string.h>

/* Three of a host, /a /b /c, with so much in each; what is 0 has not been read. */
static void fill(struct mx_tmpfs_mounts *m, const uint64_t used[3])
{
        static const char *const line[] = { "1 0 0:40 / /a rw - tmpfs x rw",
                                            "1 0 0:41 / /b rw - tmpfs x rw",
                                            "1 0 0:42 / /c rw - tmpfs x rw" };
        struct mx_tmpfs *row;
        size_t n;

        mx_tmpfs_mounts_reset(m);
        for (size_t i = 0; i < MX_ARRAY_SIZE(line); i++) {
                struct mx_mount mount;

                ck_assert(mx_mount_parse(line[i], strlen(line[i]), &mount));
                ck_assert_int_eq(mx_tmpfs_mounts_add(m, MX_VIEW_INIT, &mount), 0);
        }
        row = mx_tmpfs_rows(m, &n);
        for (size_t i = 0; i < n; i++) {
                row[i].is_read = used[i] > 0;
                row[i].used = used[i] - row[i].is_read;
                row[i].inodes = i == 0 ? MX_ABSENT : i;
        }
}

/* Who is shown, as "/b /a", and in front of it the remainder, as "+12 ". */
static const char *choose(struct mx_tmpfs_top *t, const struct mx_tmpfs_mounts *m, size_t max)
{
        static _Thread_local char text[256];
        const struct mx_tmpfs *row;
        size_t n, len = 0;

        ck_assert_int_eq(mx_tmpfs_top_choose(t, m, max, NULL, NULL), 0);
        row = (const void *)t->rows.data;
        n = t->rows.len / sizeof(*row);
        text[0] = '\0';
        if (n > t->n_shown)
                len = (size_t)snprintf(text, sizeof(text), "+%llu ",
                                       (unsigned long long)row[n - 1].used);
        for (size_t i = 0; i < t->n_shown; i++)
                len += (size_t)snprintf(text + len, sizeof(text) - len, "%s",
                                        mx_tmpfs_text(m, row[i].name));
        return text;
}

/* One after the other: each remembers who was shown by the one before. */
static const struct {
        uint64_t used[3];
        size_t max;
        const char *shown;
} turns[] = {
        { { 101, 201, 1 }, 1, "+100 /b" }, /* 100, 200, 0 */
        { { 210, 201, 1 }, 1, "+209 /b" }, /* larger by less than a tenth */
        { { 301, 201, 1 }, 1, "+200 /a" }, /* by more */
        { { 301, 310, 1 }, 1, "+309 /a" }, /* and back */
        { { 301, 310, 1 }, 2, "+0 /b/a" }, /* the largest first, whoever was shown */
        { { 301, 310, 1 }, 3, "/b/a/c" },  /* one that is empty, too */
        { { 0, 310, 1 }, 300, "/b/c" },    /* one that could not be read is nowhere */
        { { 301, 310, 1 }, 0, "+609 " },   /* none */
        { { 301, 310, 1 }, 1, "+300 /b" }, /* so that nobody was shown before */
};

START_TEST(who_was_shown_gives_way_to_who_holds_more_by_a_tenth)
{
        mx_cleanup_(mx_tmpfs_mounts_done) struct mx_tmpfs_mounts m;
        mx_cleanup_(mx_tmpfs_top_done) struct mx_tmpfs_top t;

        mx_tmpfs_mounts_init(&m);
        mx_tmpfs_top_init(&t);
        for (size_t i = 0; i < MX_ARRAY_SIZE(turns); i++) {
                fill(&m, turns[i].used);
                ck_assert_str_eq(choose(&t, &m, turns[i].max), turns[i].shown);
        }
}
END_TEST

START_TEST(two_of_one_name_are_one_series_and_the_remainder)
{
        mx_cleanup_(mx_tmpfs_mounts_done) struct mx_tmpfs_mounts m;
        mx_cleanup_(mx_tmpfs_top_done) struct mx_tmpfs_top t;
        struct mx_tmpfs *row;
        size_t n;

        mx_tmpfs_mounts_init(&m);
        mx_tmpfs_top_init(&t);
        fill(&m, (const uint64_t[]){ 101, 201, 301 });
        row = mx_tmpfs_rows(&m, &n);
        row[0].name = row[2].name;
        ck_assert_str_eq(choose(&t, &m, 3), "+100 /c/b");
        row = (void *)t.rows.data;
        ck_assert_uint_eq(row[2].inodes, MX_ABSENT);
        ck_assert_uint_eq(row[2].size, MX_ABSENT);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("tmpfs_top");
        TCase *t = tcase_create("tmpfs_top");

        tcase_add_test(t, who_was_shown_gives_way_to_who_holds_more_by_a_tenth);
        tcase_add_test(t, two_of_one_name_are_one_series_and_the_remainder);
        suite_add_tcase(s, t);
        return harness_main(s);
}
