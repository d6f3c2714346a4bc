/* SPDX-License-Identifier: Apache-2.0 */
/* Collectors for which memory cannot be had at one place. */
#include "harness.h"

#include "../../collectors/buddyinfo.h"
#include "../../collectors/grow.h"
#include "../../collectors/vm_settings_kept.h"
#include "../../collectors/zoneinfo.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NEVER        -1
#define REALLOCS_MAX 200 /* more than a run makes */

static int until_failure = NEVER;

/* Fails once when the count is down. */
void *realloc(void *p, size_t size)
{
        static void *(*real)(void *, size_t);

        if (!real)
                *(void **)&real = dlsym(RTLD_NEXT, "realloc");
        if (until_failure >= 0 && until_failure-- == 0)
                return NULL;
        return real(p, size);
}

static char *make_buddyinfo(void)
{
        size_t size = 4096, len = 0;
        char *text = malloc(size);

        for (unsigned i = 0; i < 12; i++)
                len += (size_t)snprintf(text + len, size - len,
                                        "Node %u, zone Normal %u 1 2 3 4 5 6 7 8 9 10\n", i, i);
        return text;
}

static char *make_zoneinfo(void)
{
        size_t size = 32768, len = 0;
        char *text = malloc(size);

        for (unsigned i = 0; i < 80; i++)
                len += (size_t)snprintf(text + len, size - len,
                                        "Node %u, zone Normal\n  per-node stats\n"
                                        "      nr_dirtied %u\n  pages free %u\n"
                                        "        managed %u\n        protection: (0, %u)\n",
                                        i, 1000 + i, 2000 + i, 3000 + i, 4000 + i);
        return text;
}

static const struct {
        const struct mx_collector *collector;
        const char *path;
        char *(*make)(void);
} cases[] = {
        { &mx_buddyinfo, "proc/buddyinfo", make_buddyinfo },
        { &mx_zoneinfo, "proc/zoneinfo", make_zoneinfo },
};

/* Every line of `text` is in `all`; returns how many there are. */
static size_t assert_lines(const char *all, char *text)
{
        char *save = NULL;
        size_t n = 0;

        for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save), n++)
                ck_assert_msg(strstr(all, l) != NULL, "a sample that is not so: %s", l);
        return n;
}

START_TEST(whatever_allocation_fails_what_is_left_is_true)
{
        char *tree = harness_tree_new(), *content = cases[_i].make(), *all = NULL, *text = NULL;
        struct mx_host host;
        struct mx_err err;
        struct harness h;
        bool has_failed = true;
        size_t n_part = 0;

        harness_tree_write(tree, cases[_i].path, content);
        harness_tree_write(tree, "sys/x", "");
        host = harness_host_at(tree, 4096);
        all = harness_collect(cases[_i].collector, &host, NULL);
        for (int i = 0; i < REALLOCS_MAX; i++) {
                enum outcome outcome;

                harness_start(&h, cases[_i].collector, &host, NULL);
                until_failure = i;
                outcome = harness_run(&h, MX_TEXT, &text, &err);
                has_failed = until_failure == NEVER;
                until_failure = NEVER;
                if (outcome == OUTCOME_OK) {
                        bool is_whole = strcmp(text, all) == 0;

                        ck_assert_uint_gt(assert_lines(all, text), 0);
                        ck_assert(is_whole || h.instance.sink.dropped > 0);
                        n_part += !is_whole;
                        free(text);
                } else {
                        ck_assert_int_eq(err.code, -ENOMEM);
                }
                ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_OK);
                ck_assert_str_eq(text, all); /* and the next run makes up for it */
                free(text);
                harness_stop(&h);
                if (!has_failed)
                        break;
        }
        ck_assert(!has_failed);       /* all of them have had their turn */
        ck_assert_uint_gt(n_part, 0); /* the test has met the case it is for */
        free(all);
        free(content);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_record_goes_into_all_of_its_arrays_or_into_none)
{
        struct mx_buf wide, narrow;
        struct mx_grow_part part[] = { { &wide, 8, NULL }, { &narrow, 2, NULL } };

        mx_buf_init(&wide, 800);
        mx_buf_init(&narrow, 6);
        for (size_t i = 0; i < 3; i++) {
                ck_assert(mx_grow_all(part, 2));
                ck_assert_ptr_eq(part[0].at, wide.data + i * 8);
                ck_assert_ptr_eq(part[1].at, narrow.data + i * 2);
        }
        ck_assert(!mx_grow_all(part, 2));
        ck_assert_uint_eq(wide.len, 24);
        ck_assert_uint_eq(narrow.len, 6);
        mx_buf_done(&wide);
        mx_buf_done(&narrow);
}
END_TEST

START_TEST(a_setting_without_memory_for_its_family_is_tried_again)
{
        static const struct mx_family none = { 0 };
        static struct vm_unknowns unknowns;
        struct mx_registry *registry;
        struct vm_unknown *u;
        struct mx_sink sink;

        ck_assert_int_eq(mx_registry_new(&registry, &none, 0, "/proc/sys/vm"), 0);
        mx_sink_init(&sink, registry, 4096, 4096, 10);
        mx_sink_begin(&sink);
        until_failure = _i;
        ck_assert_ptr_null(vm_unknowns_find(&unknowns, &sink, "new_thing"));
        ck_assert_int_eq(until_failure, NEVER);
        ck_assert_uint_eq(sink.dropped, 1);
        ck_assert_uint_eq(sink.unknown, 0);
        u = vm_unknowns_find(&unknowns, &sink, "new_thing");
        ck_assert_ptr_nonnull(u);
        ck_assert_int_ge(u->family, 0);
        ck_assert_ptr_eq(vm_unknowns_find(&unknowns, &sink, "new_thing"), u);
        ck_assert_uint_eq(sink.dropped, 1);
        ck_assert_uint_eq(sink.unknown, 1);
        mx_sink_done(&sink);
        mx_registry_unref(registry);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("shortage");
        TCase *t = tcase_create("shortage");

        tcase_add_loop_test(t, whatever_allocation_fails_what_is_left_is_true, 0,
                            (int)MX_ARRAY_SIZE(cases));
        tcase_add_test(t, a_record_goes_into_all_of_its_arrays_or_into_none);
        tcase_add_loop_test(t, a_setting_without_memory_for_its_family_is_tried_again, 0, 2);
        suite_add_tcase(s, t);
        return harness_main(s);
}
