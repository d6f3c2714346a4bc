/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/slabinfo.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS                                                                                    \
        "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : "      \
        "tunables "                                                                                \
        "<limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>"
#define HEADER "slabinfo - version: 2.1\n" COLUMNS "\n"
#define TAIL   " : tunables    0    0    0 : slabdata "

static int parse(const char *text, struct mx_slab *rows, size_t cap, size_t *skipped)
{
        return mx_slabinfo_parse(text, strlen(text), rows, cap, skipped, NULL);
}

static const struct {
        const char *text, *name;
        uint64_t active, objects, object_size, pages_per_slab, slabs;
} good[] = {
        { HEADER "kmalloc-96          3513   3528     96   42    1" TAIL "    84     85      0\n",
          "kmalloc-96", 3513, 3528, 96, 1, 85 },
        { HEADER "a(1:b-c)            1 2 3 4 5" TAIL "6 7 8", "a(1:b-c)", 1, 2, 3, 5, 7 },
        { HEADER "two words 12        1 2 3 4 5" TAIL "6 7 8\n", "two words 12", 1, 2, 3, 5, 7 },
        { HEADER "9                   1 2 3 4 5" TAIL "6 7 8\n", "9", 1, 2, 3, 5, 7 },
        { "slabinfo - version: 2.1 (statistics)\n" COLUMNS " : globalstat <listallocs> <maxobjs>\n"
          "nfs_inode_cache     7195   7698   1048    3    1 : tunables   24   12    8 : slabdata   "
          "2399   2566"
          "     17 : globalstat   28780 \t\t\t\t   0 : cpustat 266215   2399\n",
          "nfs_inode_cache", 7195, 7698, 1048, 1, 2566 },
        { "slabinfo - version: 2.1\nx 1 2 3 4 5" TAIL "6 7 8\n", "x", 1, 2, 3, 5, 7 },
        { "slabinfo - version: 2.2\n# name <num_objs> <new> <active_objs> <pagesperslab> : "
          "slabdata <num_slabs>\n"
          "x 1 ? 3 4 : slabdata 5\n",
          "x", 3, 1, MX_ABSENT, 4, 5 },
        { "slabinfo - version: 9.0\n# name <active_objs> <num_objs>\nx y 1 2\n", "x y", 1, 2,
          MX_ABSENT, MX_ABSENT, MX_ABSENT },
        { "slabinfo - version: 1.1 (SMP)\nkmem_cache            60     78    196    3    4    1 :  "
          "252  126\n",
          "kmem_cache", 60, 78, 196, 1, 4 },
        { "slabinfo - version: 1.1\nkmem_cache            60     78    196    3    4    1\n",
          "kmem_cache", 60, 78, 196, 1, 4 },
        { "slabinfo - version: 1.0\nkmem_cache            29     42\n", "kmem_cache", 29, 42,
          MX_ABSENT, MX_ABSENT, MX_ABSENT },
};

START_TEST(slabinfo_reads_a_cache_in_every_version)
{
        struct mx_slab row;
        size_t skipped;

        ck_assert_int_eq(parse(good[_i].text, &row, 1, &skipped), 1);
        ck_assert_uint_eq(skipped, 0);
        ck_assert_uint_eq(row.name_len, strlen(good[_i].name));
        ck_assert_mem_eq(row.name, good[_i].name, row.name_len);
        ck_assert_uint_eq(row.active, good[_i].active);
        ck_assert_uint_eq(row.objects, good[_i].objects);
        ck_assert_uint_eq(row.object_size, good[_i].object_size);
        ck_assert_uint_eq(row.pages_per_slab, good[_i].pages_per_slab);
        ck_assert_uint_eq(row.slabs, good[_i].slabs);
}
END_TEST

static const char *const bad_lines[] = {
        "x\n",
        "x 1 2 3 4 5\n",
        "x 1 2 3 4 5" TAIL "6\n",
        "x 1 2 3 4" TAIL "6 7 8\n",
        "x -1 2 3 4 5" TAIL "6 7 8\n",
        "x 1 2y 3 4 5" TAIL "6 7 8\n",
        "x 1 99999999999999999999 3 4 5" TAIL "6 7 8\n",
        "1 2 3 4 5" TAIL "6 7 8\n",
        " : 1 2 3\n",
        "\t \n",
};

START_TEST(slabinfo_skips_a_line_it_cannot_read_and_keeps_the_rest)
{
        char text[1024];
        struct mx_slab rows[2];
        size_t skipped;

        snprintf(text, sizeof(text), HEADER "%s\nok 1 2 3 4 5" TAIL "6 7 8\n", bad_lines[_i]);
        ck_assert_int_eq(parse(text, rows, 2, &skipped), 1);
        ck_assert_uint_eq(skipped, 1);
        ck_assert_mem_eq(rows[0].name, "ok", 2);
}
END_TEST

START_TEST(slabinfo_refuses_a_file_it_does_not_understand)
{
        static const struct {
                const char *text;
                int r;
        } t[] = { { "", -EBADMSG },
                  { "x 1 2\n", -EBADMSG },
                  { HEADER, -EBADMSG },
                  { HEADER "garbage\n", -EBADMSG },
                  { "slabinfo - version: 3.0\nx 1 2 3\n", -EBADMSG },
                  { "slabinfo - version: 3.0\n# name <foo> <bar>\nx 1 2 3\n", -EBADMSG },
                  { HEADER "a 1 2 3 4 5" TAIL "6 7 8\nb 1 2 3 4 5" TAIL "6 7 8\n", -E2BIG } };
        struct mx_slab row;
        size_t skipped;

        for (size_t i = 0; i < MX_ARRAY_SIZE(t); i++)
                ck_assert_int_eq(parse(t[i].text, &row, 1, &skipped), t[i].r);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_slab rows[4];
        size_t skipped;

        (void)mx_slabinfo_parse(buf, len, rows, 4, &skipped, NULL);
}

START_TEST(slabinfo_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(good); i++)
                harness_truncate(good[i].text, strlen(good[i].text), parse_any);
}
END_TEST

/* A machine whose caches tests change under a running collector. */
static char *tree;
static struct mx_host host;
static struct harness h;
static char file[1 << 20];

static void begin(void)
{
        snprintf(file, sizeof(file), "%s", HEADER);
}

/* A cache of `slabs` slabs of two pages. */
static void cache(const char *name, unsigned active, unsigned objects, unsigned size,
                  unsigned slabs)
{
        size_t n = strlen(file);

        snprintf(file + n, sizeof(file) - n, "%s %u %u %u 9 2" TAIL "%u %u 0\n", name, active,
                 objects, size, slabs, slabs);
}

static void start(const char *const *settings)
{
        harness_tree_write(tree, "proc/slabinfo", file);
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_slabinfo, &host, settings);
}

static char *run(void)
{
        struct mx_err err = { 0 };
        char *text = NULL;
        enum outcome o;

        harness_tree_write(tree, "proc/slabinfo", file);
        o = harness_run(&h, MX_TEXT, &text, &err);
        ck_assert_msg(o == OUTCOME_OK, "outcome %d: %s", (int)o, err.what);
        return text;
}

static void setup(void)
{
        tree = harness_tree_new();
        begin();
}

static void teardown(void)
{
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}

#define TOP(n) ((const char *const[]){ "top", n, NULL })

START_TEST(slabinfo_shows_the_largest_and_keeps_the_sum_in_the_remainder)
{
        char *text;

        cache("small", 1, 2, 8, 1);
        cache("large", 10, 20, 64, 100);
        cache("middle", 3, 4, 16, 10);
        cache("empty", 0, 0, 32, 0);
        start(TOP("2"));
        text = run();
        harness_assert(text, "memory_slab_bytes{cache=\"large\"}", "819200");
        harness_assert(text, "memory_slab_active_objects{cache=\"large\"}", "10");
        harness_assert(text, "memory_slab_objects{cache=\"large\"}", "20");
        harness_assert(text, "memory_slab_object_size_bytes{cache=\"large\"}", "64");
        harness_assert(text, "memory_slab_bytes{cache=\"middle\"}", "81920");
        harness_assert(text, "memory_slab_bytes{cache=\"other\"}", "8192");
        harness_assert(text, "memory_slab_active_objects{cache=\"other\"}", "1");
        harness_assert(text, "memory_slab_objects{cache=\"other\"}", "2");
        harness_assert_absent(text, "memory_slab_object_size_bytes{cache=\"other\"}");
        harness_assert_absent(text, "memory_slab_bytes{cache=\"small\"}");
        harness_assert(text, "memory_slab_caches", "4");
        free(text);
}
END_TEST

START_TEST(slabinfo_unites_caches_of_one_name)
{
        char *text;

        cache("twin", 1, 2, 8, 1);
        cache("single", 1, 2, 8, 1);
        cache("twin", 10, 20, 8, 3);
        cache("odd", 1, 2, 8, 1);
        cache("odd", 1, 2, 16, 1);
        start(NULL);
        text = run();
        harness_assert(text, "memory_slab_bytes{cache=\"twin\"}", "32768");
        harness_assert(text, "memory_slab_objects{cache=\"twin\"}", "22");
        harness_assert(text, "memory_slab_object_size_bytes{cache=\"twin\"}", "8");
        harness_assert_absent(text, "memory_slab_object_size_bytes{cache=\"odd\"}");
        harness_assert(text, "memory_slab_bytes{cache=\"other\"}", "0");
        harness_assert(text, "memory_slab_caches", "3");
        free(text);
}
END_TEST

START_TEST(slabinfo_counts_a_cache_called_other_in_the_remainder)
{
        char *text;

        cache("other", 1, 2, 8, 100);
        cache("a", 1, 2, 8, 1);
        start(NULL);
        text = run();
        harness_assert(text, "memory_slab_bytes{cache=\"other\"}", "819200");
        ck_assert_uint_eq(harness_count(text, "memory_slab_bytes"), 2);
        free(text);
}
END_TEST

START_TEST(slabinfo_does_not_flap_between_caches_of_about_one_size)
{
        char *text;

        cache("a", 1, 1, 8, 100);
        cache("b", 1, 1, 8, 99);
        start(TOP("1"));
        free(run());
        begin();
        cache("z", 1, 1, 8, 1); /* rows move, too */
        cache("a", 1, 1, 8, 100);
        cache("b", 1, 1, 8, 105);
        text = run();
        harness_assert(text, "memory_slab_bytes{cache=\"a\"}", "819200");
        free(text);
        begin();
        cache("a", 1, 1, 8, 100);
        cache("b", 1, 1, 8, 120);
        text = run();
        harness_assert_absent(text, "memory_slab_bytes{cache=\"a\"}");
        harness_assert(text, "memory_slab_bytes{cache=\"b\"}", "983040");
        free(text);
        begin();
        cache("b", 1, 1, 8, 120);
        cache("a", 1, 1, 8, 125);
        text = run();
        harness_assert(text, "memory_slab_bytes{cache=\"b\"}", "983040");
        free(text);
}
END_TEST

START_TEST(slabinfo_filters_keep_the_sum_whole)
{
        static const char *const settings[] = { "include", "kmalloc-.*|dentry", "exclude",
                                                "kmalloc-8", NULL };
        char *text;

        cache("kmalloc-8", 1, 1, 8, 10);
        cache("kmalloc-16", 1, 1, 8, 1);
        cache("dentry", 1, 1, 8, 1);
        cache("inode", 1, 1, 8, 10);
        start(settings);
        text = run();
        ck_assert_uint_eq(harness_count(text, "memory_slab_bytes"), 3);
        harness_assert(text, "memory_slab_bytes{cache=\"kmalloc-16\"}", "8192");
        harness_assert(text, "memory_slab_bytes{cache=\"other\"}", "163840");
        free(text);
}
END_TEST

START_TEST(slabinfo_puts_what_has_no_room_into_the_remainder)
{
        char *text;

        cache("a", 1, 1, 8, 3);
        cache("b", 1, 1, 8, 2);
        cache("c", 1, 1, 8, 1);
        start(NULL);
        h.instance.sink.max_series = 4 + 4 + 3;
        text = run();
        harness_assert(text, "memory_slab_bytes{cache=\"a\"}", "24576");
        harness_assert(text, "memory_slab_bytes{cache=\"other\"}", "24576");
        harness_assert(text, "memory_slab_caches", "3");
        ck_assert_uint_eq(h.instance.sink.dropped, 8);
        free(text);
}
END_TEST

START_TEST(slabinfo_with_top_zero_is_one_sum)
{
        char *text;

        cache("a", 1, 1, 8, 3);
        start(TOP("0"));
        text = run();
        ck_assert_uint_eq(h.instance.sink.series, 4);
        harness_assert(text, "memory_slab_bytes{cache=\"other\"}", "24576");
        free(text);
}
END_TEST

START_TEST(slabinfo_grows_with_the_number_of_caches_and_escapes_their_names)
{
        char name[64], *text;

        cache("a\"b\\c\xff", 1, 1, 8, 9000);
        for (unsigned i = 0; i < 3000; i++) {
                snprintf(name, sizeof(name), "cache-%u", i);
                cache(name, 1, 2, 8, i + 1);
        }
        start(TOP("2000"));
        for (int i = 0; i < 3; i++) {
                text = run();
                ck_assert_uint_eq(harness_count(text, "memory_slab_bytes"), 2001);
                harness_assert(text, "memory_slab_bytes{cache=\"a\\\"b\\\\c\xee\xbf\xbf\"}",
                               "73728000");
                harness_assert(text, "memory_slab_objects{cache=\"other\"}", "2002");
                harness_assert(text, "memory_slab_caches", "3001");
                free(text);
        }
}
END_TEST

START_TEST(slabinfo_survives_a_run_that_fails)
{
        struct mx_err err;
        char *text = NULL;

        cache("a", 1, 1, 8, 3);
        start(NULL);
        free(run());
        harness_tree_write(tree, "proc/slabinfo", "garbage\n");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_FAILED);
        ck_assert_int_eq(err.code, -EBADMSG);
        ck_assert_str_eq(err.path, "slabinfo");
        text = run();
        harness_assert(text, "memory_slab_bytes{cache=\"a\"}", "24576");
        free(text);
}
END_TEST

START_TEST(slabinfo_is_unsupported_where_there_is_none)
{
        struct mx_err err;
        char *text = NULL;

        start(NULL);
        harness_tree_remove(tree, "proc/slabinfo");
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
}
END_TEST

START_TEST(slabinfo_reads_the_machine_with_the_statistics_form)
{
        struct mx_host m = harness_host("x86_64-2.6.32-v1");
        char *text = harness_collect(&mx_slabinfo, &m, NULL);

        harness_assert(text, "memory_slab_bytes{cache=\"nfs_inode_cache\"}", "10510336");
        free(text);
        harness_host_done(&m);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("slabinfo");
        TCase *p = tcase_create("parser"), *t = tcase_create("collector");

        tcase_add_loop_test(p, slabinfo_reads_a_cache_in_every_version, 0,
                            (int)MX_ARRAY_SIZE(good));
        tcase_add_loop_test(p, slabinfo_skips_a_line_it_cannot_read_and_keeps_the_rest, 0,
                            (int)MX_ARRAY_SIZE(bad_lines));
        tcase_add_test(p, slabinfo_refuses_a_file_it_does_not_understand);
        tcase_add_test(p, slabinfo_never_reads_past_its_input);
        tcase_add_test(p, slabinfo_reads_the_machine_with_the_statistics_form);
        suite_add_tcase(s, p);
        tcase_add_checked_fixture(t, setup, teardown);
        tcase_add_test(t, slabinfo_shows_the_largest_and_keeps_the_sum_in_the_remainder);
        tcase_add_test(t, slabinfo_unites_caches_of_one_name);
        tcase_add_test(t, slabinfo_counts_a_cache_called_other_in_the_remainder);
        tcase_add_test(t, slabinfo_does_not_flap_between_caches_of_about_one_size);
        tcase_add_test(t, slabinfo_filters_keep_the_sum_whole);
        tcase_add_test(t, slabinfo_puts_what_has_no_room_into_the_remainder);
        tcase_add_test(t, slabinfo_with_top_zero_is_one_sum);
        tcase_add_test(t, slabinfo_grows_with_the_number_of_caches_and_escapes_their_names);
        tcase_add_test(t, slabinfo_survives_a_run_that_fails);
        tcase_add_test(t, slabinfo_is_unsupported_where_there_is_none);
        suite_add_tcase(s, t);
        return harness_main(s);
}
