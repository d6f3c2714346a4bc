/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmarks hold collectors against must not be dearer than it has to be. */
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static size_t noted[16], n_noted;

static ssize_t pread_noted(int fd, void *buf, size_t n, off_t off)
{
        if (n_noted < MX_ARRAY_SIZE(noted))
                noted[n_noted++] = n;
        return pread(fd, buf, n, off);
}

#define pread pread_noted
#include "../bench/floor.c"
#undef pread

static const struct {
        size_t size; /* of the file */
        bool once;
        size_t first[4], then[4]; /* what is asked for in the first run and later */
} reads[] = {
        { 2, true, { 4096 }, { 4096 } },
        { 2, false, { 4096, 4094 }, { 4096, 4094 } },
        { 4096, true, { 4096, 4096 }, { 8192 } },
        { 10000, true, { 4096, 4096, 8192 }, { 16384 } },
        { 10000, false, { 4096, 4096, 8192, 6384 }, { 16384, 6384 } },
};

static void check(const struct floor_list *list, const size_t *want)
{
        size_t n = 0;

        n_noted = 0;
        floor_run(list, false);
        while (n < 4 && want[n] > 0)
                n++;
        ck_assert_uint_eq(n_noted, n);
        ck_assert_mem_eq(noted, want, n * sizeof(*want));
}

START_TEST(the_floor_asks_for_a_page_and_for_more_where_there_is_more)
{
        char *tree = harness_tree_new(), *text = calloc(1, reads[_i].size + 1), path[512];
        struct mx_host host;
        struct access access = { .path = path, .reads = reads[_i].once ? 1 : 2 };
        struct accesses accesses = { &access, 1, 1 };
        struct floor_list list;

        memset(text, '1', reads[_i].size);
        harness_tree_write(tree, "proc/sys/vm/x", text);
        host = harness_host_at(tree, 4096);
        snprintf(path, sizeof(path), "%s/sys/vm/x", host.proc_path);
        ck_assert_int_eq(floor_new(&list, &accesses, &host), 0);
        check(&list, reads[_i].first);
        check(&list, reads[_i].then);
        floor_done(&list);
        harness_host_done(&host);
        harness_tree_done(tree);
        free(text);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("floor");
        TCase *t = tcase_create("floor");

        tcase_add_loop_test(t, the_floor_asks_for_a_page_and_for_more_where_there_is_more, 0,
                            MX_ARRAY_SIZE(reads));
        suite_add_tcase(s, t);
        return harness_main(s);
}
