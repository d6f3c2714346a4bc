/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "clock.h"
#include "loop_watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PATIENCE_USEC 20000000
#define QUIET_USEC    350000 /* three times what it takes to notice a change */
#define LONG_AGO      0
#define NEVER         UINT64_MAX

/* A path in a tree; valid until the fourth call after. */
static const char *in(const char *tree, const char *name)
{
        static char text[4][300];
        static unsigned turn;

        snprintf(text[++turn % 4], sizeof(text[0]), "%s/%s", tree, name);
        return text[turn % 4];
}

static void swap_link(const char *tree, const char *name, const char *target)
{
        ck_assert_int_eq(symlink(target, in(tree, "tmp")), 0);
        ck_assert_int_eq(rename(in(tree, "tmp"), in(tree, name)), 0);
}

/* What happens to "f", which is there, or which is not when `what` begins with '+'. */
static void happen(const char *tree, const char *what)
{
        struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

        if (strcmp(what, "written anew") == 0 || strcmp(what, "+created") == 0) {
                harness_tree_write(tree, "f", "new content");
        } else if (strcmp(what, "replaced by one of the same size and time") == 0) {
                harness_tree_write(tree, "g", "old");
                ck_assert_int_eq(utimensat(AT_FDCWD, in(tree, "g"), old, 0), 0);
                ck_assert_int_eq(rename(in(tree, "g"), in(tree, "f")), 0);
        } else if (strcmp(what, "removed") == 0) {
                ck_assert_int_eq(unlink(in(tree, "f")), 0);
        } else if (strcmp(what, "made readable to others") == 0) {
                ck_assert_int_eq(chmod(in(tree, "f"), 0604), 0);
        } else if (strcmp(what, "a link that is swapped") == 0) {
                swap_link(tree, "f", "proc/.keep");
        } else {
                ck_abort_msg("%s", what);
        }
}

static const char *const happenings[] = {
        "written anew",
        "replaced by one of the same size and time",
        "removed",
        "made readable to others",
        "a link that is swapped",
        "+created",
};

static char *tree_with_file(const char *what)
{
        struct timespec old[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };
        char *tree = harness_tree_new();

        if (what[0] != '+') {
                harness_tree_write(tree, "f", "old");
                ck_assert_int_eq(utimensat(AT_FDCWD, in(tree, "f"), old, 0), 0);
        }
        return tree;
}

START_TEST(a_signature_differs_when_the_file_does)
{
        char *tree = tree_with_file(happenings[_i]);
        struct watch_signature a, b, c;

        watch_sign(in(tree, "f"), &a);
        watch_sign(in(tree, "f"), &b);
        ck_assert(watch_is_same(&a, &b));
        ck_assert_int_eq(a.present, happenings[_i][0] != '+');
        happen(tree, happenings[_i]);
        watch_sign(in(tree, "f"), &c);
        ck_assert_msg(!watch_is_same(&a, &c), "%s", happenings[_i]);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_signature_follows_links)
{
        char *tree = harness_tree_new();
        struct watch_signature a, b, c;

        harness_tree_write(tree, "one/f", "content");
        harness_tree_write(tree, "two/f", "content");
        ck_assert_int_eq(symlink("one", in(tree, "data")), 0);
        watch_sign(in(tree, "data/f"), &a);
        watch_sign(in(tree, "one/f"), &b);
        ck_assert(watch_is_same(&a, &b));
        swap_link(tree, "data", "two");
        watch_sign(in(tree, "data/f"), &c);
        ck_assert(!watch_is_same(&a, &c));
        watch_sign(in(tree, "nothing"), &a);
        watch_sign(in(tree, "one/f/nothing"), &b);
        ck_assert(!a.present && watch_is_same(&a, &b));
        harness_tree_done(tree);
}
END_TEST

struct watcher {
        sd_event *event;
        struct loop_watch *watch;
        char paths[4][300];
        size_t n_paths;
        unsigned changes;
        int result;
        bool is_timed_out;
        char during[300]; /* a file to write while the files are read */
};

static size_t paths_of(void *cls, const char **ret, size_t max)
{
        struct watcher *w = cls;

        ck_assert_uint_ge(max, w->n_paths);
        for (size_t i = 0; i < w->n_paths; i++)
                ret[i] = w->paths[i];
        return w->n_paths;
}

static int on_change(void *cls)
{
        struct watcher *w = cls;

        w->changes++;
        loop_watch_mark(w->watch);
        if (w->during[0]) {
                harness_tree_write(w->during, "f", "written while it was read");
                w->during[0] = '\0';
        }
        loop_watch_set(w->watch);
        return w->result;
}

static void watch_paths(struct watcher *w, const char *a, const char *b)
{
        snprintf(w->paths[0], sizeof(w->paths[0]), "%s", a);
        snprintf(w->paths[1], sizeof(w->paths[1]), "%s", b ? b : "");
        w->n_paths = b ? 2 : 1;
}

static void watcher_start(struct watcher *w, uint64_t since, const char *a, const char *b)
{
        *w = (struct watcher){ .result = 0 };
        watch_paths(w, a, b);
        ck_assert_int_ge(sd_event_new(&w->event), 0);
        ck_assert_int_eq(loop_watch_new(&w->watch, w->event, since, paths_of, w, on_change, w), 0);
        loop_watch_set(w->watch);
}

static void watcher_stop(struct watcher *w)
{
        loop_watch_free(w->watch);
        sd_event_unref(w->event);
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *cls)
{
        struct watcher *w = cls;

        (void)source, (void)usec;
        w->is_timed_out = true;
        return 0;
}

/* Runs the loop until there have been `n` changes, or for as long. */
static void run_until(struct watcher *w, unsigned n, uint64_t usec)
{
        sd_event_source *limit = NULL;

        w->is_timed_out = false;
        ck_assert_int_ge(sd_event_add_time(w->event, &limit, CLOCK_MONOTONIC,
                                           clock_usec(CLOCK_MONOTONIC) + usec, 1, on_timeout, w),
                         0);
        while (w->changes < n && !w->is_timed_out)
                ck_assert_int_ge(sd_event_run(w->event, UINT64_MAX), 0);
        sd_event_source_disable_unref(limit);
}

static void expect(struct watcher *w, unsigned changes)
{
        run_until(w, changes, PATIENCE_USEC);
        ck_assert_uint_eq(w->changes, changes);
}

/* So many, and no more. */
static void expect_last(struct watcher *w, unsigned changes)
{
        expect(w, changes);
        run_until(w, changes + 1, QUIET_USEC);
        ck_assert_uint_eq(w->changes, changes);
}

START_TEST(a_change_is_noticed_once)
{
        char *tree = tree_with_file(happenings[_i]);
        struct watcher w;

        watcher_start(&w, NEVER, in(tree, "f"), in(tree, "other"));
        happen(tree, happenings[_i]);
        expect(&w, 1);
        harness_tree_write(tree, "f", "and again");
        if (strstr(happenings[_i], "link")) /* in another directory: no event */
                loop_watch_look(w.watch);
        expect_last(&w, 2);
        watcher_stop(&w);
        harness_tree_done(tree);
}
END_TEST

START_TEST(what_happens_to_other_files_is_no_change)
{
        char *tree = tree_with_file("");
        struct watcher w;

        watcher_start(&w, NEVER, in(tree, "f"), NULL);
        harness_tree_write(tree, "other", "x");
        ck_assert_int_eq(mkdir(in(tree, "d"), 0700), 0);
        ck_assert_int_eq(unlink(in(tree, "other")), 0);
        expect_last(&w, 0);
        watcher_stop(&w);
        harness_tree_done(tree);
}
END_TEST

/* As the kubelet does it: the files are links into "..data", which is a link that is swapped. */
START_TEST(a_swap_of_the_directory_that_files_are_linked_from_is_noticed_once)
{
        char *tree = harness_tree_new();
        struct watcher w;

        harness_tree_write(tree, "..1/crt", "1");
        harness_tree_write(tree, "..1/key", "1");
        ck_assert_int_eq(symlink("..1", in(tree, "..data")), 0);
        ck_assert_int_eq(symlink("..data/crt", in(tree, "crt")), 0);
        ck_assert_int_eq(symlink("..data/key", in(tree, "key")), 0);
        watcher_start(&w, NEVER, in(tree, "crt"), in(tree, "key"));
        expect(&w, 0);
        harness_tree_write(tree, "..2/crt", "2");
        harness_tree_write(tree, "..2/key", "2");
        swap_link(tree, "..data", "..2");
        expect_last(&w, 1);
        watcher_stop(&w);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_directory_that_comes_goes_and_comes_back_is_watched)
{
        char *tree = harness_tree_new();
        struct watcher w;

        watcher_start(&w, NEVER, in(tree, "d/f"), NULL);
        expect(&w, 0);
        harness_tree_write(tree, "d/f", "1"); /* what is not there sends no event */
        run_until(&w, 1, QUIET_USEC);
        loop_watch_look(w.watch);
        expect(&w, 1);
        harness_tree_write(tree, "d/f", "2");
        expect(&w, 2);
        harness_tree_remove(tree, "d");
        expect(&w, 3);
        harness_tree_write(tree, "d/f", "3");
        loop_watch_look(w.watch);
        expect(&w, 4);
        harness_tree_write(tree, "d/f", "4");
        expect(&w, 5);
        /* Another directory at its place. */
        harness_tree_write(tree, "e/f", "5");
        ck_assert_int_eq(rename(in(tree, "d"), in(tree, "gone")), 0);
        ck_assert_int_eq(rename(in(tree, "e"), in(tree, "d")), 0);
        expect(&w, 6);
        harness_tree_write(tree, "d/f", "6");
        expect_last(&w, 7);
        watcher_stop(&w);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_change_while_the_files_are_read_is_noticed)
{
        char *tree = tree_with_file("");
        struct watcher w;

        watcher_start(&w, NEVER, in(tree, "f"), NULL);
        snprintf(w.during, sizeof(w.during), "%s", tree);
        harness_tree_write(tree, "f", "new");
        expect_last(&w, 2);
        watcher_stop(&w);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_file_that_changed_before_it_was_watched_counts_as_changed)
{
        char *tree = tree_with_file("");
        struct watcher w;

        watcher_start(&w, LONG_AGO, in(tree, "f"), NULL);
        expect_last(&w, 1);
        watcher_stop(&w);
        watcher_start(&w, clock_usec(CLOCK_REALTIME) + 1000000, in(tree, "f"), NULL);
        expect_last(&w, 0);
        watcher_stop(&w);
        harness_tree_done(tree);
}
END_TEST

START_TEST(the_paths_are_asked_for_anew_and_the_old_ones_let_go)
{
        char *tree = tree_with_file("");
        struct watcher w;

        harness_tree_write(tree, "d/g", "x");
        watcher_start(&w, NEVER, in(tree, "f"), NULL);
        watch_paths(&w, in(tree, "d/g"), NULL);
        loop_watch_set(w.watch);
        harness_tree_write(tree, "f", "new");
        expect_last(&w, 0);
        harness_tree_write(tree, "d/g", "y");
        expect(&w, 1);
        w.n_paths = 0;
        loop_watch_set(w.watch);
        harness_tree_write(tree, "d/g", "z");
        expect_last(&w, 1);
        watcher_stop(&w);
        harness_tree_done(tree);
}
END_TEST

START_TEST(what_has_failed_is_tried_again_at_the_next_look)
{
        char *tree = tree_with_file("");
        struct watcher w;

        watcher_start(&w, NEVER, in(tree, "f"), NULL);
        w.result = -1;
        harness_tree_write(tree, "f", "bad");
        expect(&w, 1);
        loop_watch_look(w.watch);
        ck_assert_uint_eq(w.changes, 2);
        w.result = 0;
        loop_watch_look(w.watch);
        ck_assert_uint_eq(w.changes, 3);
        loop_watch_look(w.watch);
        expect_last(&w, 3);
        watcher_stop(&w);
        loop_watch_mark(NULL);
        loop_watch_set(NULL);
        loop_watch_look(NULL);
        loop_watch_free(NULL);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_file_that_never_rests_is_read_all_the_same)
{
        char *tree = tree_with_file("");
        struct watcher w;
        uint64_t end = clock_usec(CLOCK_MONOTONIC) + PATIENCE_USEC;

        watcher_start(&w, NEVER, in(tree, "f"), NULL);
        while (w.changes == 0 && clock_usec(CLOCK_MONOTONIC) < end) {
                harness_tree_write(tree, "f", "more");
                run_until(&w, 1, 20000);
        }
        ck_assert_uint_eq(w.changes, 1);
        watcher_stop(&w);
        harness_tree_done(tree);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("loop_watch");
        TCase *t = tcase_create("loop_watch");

        tcase_set_timeout(t, 60);
        tcase_add_loop_test(t, a_signature_differs_when_the_file_does, 0,
                            (int)MX_ARRAY_SIZE(happenings));
        tcase_add_test(t, a_signature_follows_links);
        tcase_add_loop_test(t, a_change_is_noticed_once, 0, (int)MX_ARRAY_SIZE(happenings));
        tcase_add_test(t, what_happens_to_other_files_is_no_change);
        tcase_add_test(t, a_swap_of_the_directory_that_files_are_linked_from_is_noticed_once);
        tcase_add_test(t, a_directory_that_comes_goes_and_comes_back_is_watched);
        tcase_add_test(t, a_change_while_the_files_are_read_is_noticed);
        tcase_add_test(t, a_file_that_changed_before_it_was_watched_counts_as_changed);
        tcase_add_test(t, the_paths_are_asked_for_anew_and_the_old_ones_let_go);
        tcase_add_test(t, what_has_failed_is_tried_again_at_the_next_look);
        tcase_add_test(t, a_file_that_never_rests_is_read_all_the_same);
        suite_add_tcase(s, t);
        return harness_main(s);
}
