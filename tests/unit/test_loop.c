/* SPDX-License-Identifier: Apache-2.0 */
/* The loop with a web side that only notes what is asked of it. A test ends the loop as a user
 * does, with SIGTERM. */
#include "harness.h"

#include "lifecycle.h"
#include "loop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CALLS_MAX 8

struct world {
        char *tree, file[300];
        char *argv[4];
        int argc;
        struct engine engine;
        struct loop *loop;
        struct lifecycle *lifecycle;

        /* The web side. */
        unsigned calls, notes;
        int results[CALLS_MAX];
        const struct settings *given[CALLS_MAX];
        void (*at_call)(struct world *w);

        /* Who has asked. */
        unsigned told;
        char reason[SETTINGS_ERROR_MAX];
        size_t row;
        pthread_t thread;
        void (*at_told)(struct world *w);
};

static void end(struct world *w)
{
        (void)w;
        ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
}

static int reload_web(void *cls, const struct settings *s, char *error)
{
        struct world *w = cls;
        int r;

        ck_assert_uint_lt(w->calls, CALLS_MAX);
        w->given[w->calls] = s;
        r = w->results[w->calls++];
        if (r < 0)
                snprintf(error, SETTINGS_ERROR_MAX, "web.yml:1:1: it is bad");
        if (w->at_call)
                w->at_call(w);
        return r;
}

static size_t web_paths(void *cls, const char **ret, size_t max)
{
        struct world *w = cls;

        ck_assert_uint_ge(max, 1);
        ret[0] = w->file;
        return 1;
}

static void note(void *cls)
{
        struct world *w = cls;

        w->notes++;
        end(w);
}

static void done(void *cls, const char *reason)
{
        struct world *w = cls;

        w->told++;
        snprintf(w->reason, sizeof(w->reason), "%s", reason ? reason : "");
        if (w->at_told)
                w->at_told(w);
}

static void world_new(struct world *w)
{
        char *argument;
        struct loop_hooks hooks = {
                .reload_web = reload_web, .web_paths = web_paths, .note = note, .cls = w
        };

        *w = (struct world){ .tree = harness_tree_new() };
        harness_tree_write(w->tree, "c.yml", "log: {level: error}\n");
        harness_tree_write(w->tree, "web.yml", "old");
        snprintf(w->file, sizeof(w->file), "%s/web.yml", w->tree);
        ck_assert_int_gt(asprintf(&argument, "--config.file=%s/c.yml", w->tree), 0);
        w->argv[w->argc++] = strdup("memory_exporter");
        w->argv[w->argc++] = strdup("--collector.disable-defaults");
        w->argv[w->argc++] = argument;
        settings_unref(harness_engine(&w->engine, w->argc, w->argv));
        ck_assert_int_eq(lifecycle_new(&w->lifecycle), 0);
        hooks.lifecycle = w->lifecycle;
        ck_assert_int_eq(loop_new(&w->loop, &w->engine, &hooks, w->argc, w->argv), 0);
}

static void world_free(struct world *w)
{
        loop_free(w->loop);
        lifecycle_free(w->lifecycle);
        ck_assert_uint_eq(engine_stop(&w->engine, MX_SECONDS(10)), 0);
        for (int i = 0; i < w->argc; i++)
                free(w->argv[i]);
        harness_tree_done(w->tree);
}

static void *ask_from_elsewhere(void *cls)
{
        struct world *w = cls;

        ck_assert_int_eq(lifecycle_ask(w->lifecycle, done, w), 0);
        return NULL;
}

START_TEST(a_reload_that_a_thread_asks_for_is_done_by_the_loop_and_told)
{
        struct settings *before;
        pthread_t thread;
        struct world w;

        loop_block_signals();
        world_new(&w);
        before = w.engine.settings;
        w.at_told = end;
        ck_assert_int_eq(pthread_create(&thread, NULL, ask_from_elsewhere, &w), 0);
        ck_assert_int_eq(loop_run(w.loop), 0);
        pthread_join(thread, NULL);
        ck_assert_uint_eq(w.told, 1);
        ck_assert_str_eq(w.reason, "");
        ck_assert_uint_eq(w.calls, 1);
        ck_assert_ptr_ne(w.engine.settings, before);
        ck_assert_ptr_eq(w.given[0], w.engine.settings);
        ck_assert_uint_eq(atomic_load(&w.engine.reloads), 1);
        ck_assert(atomic_load(&w.engine.reload_ok));
        ck_assert_int_eq(lifecycle_ask(w.lifecycle, done, &w), -ESHUTDOWN);
        world_free(&w);
}
END_TEST

START_TEST(a_reload_that_the_web_side_refuses_changes_nothing_and_tells_why)
{
        struct settings *before;
        struct world w;

        loop_block_signals();
        world_new(&w);
        before = w.engine.settings;
        w.results[0] = -EINVAL;
        w.at_told = end;
        ask_from_elsewhere(&w);
        ck_assert_int_eq(loop_run(w.loop), 0);
        ck_assert_str_eq(w.reason, "web.yml:1:1: it is bad");
        ck_assert_ptr_eq(w.engine.settings, before);
        ck_assert_uint_eq(atomic_load(&w.engine.failed_reloads), 1);
        ck_assert(!atomic_load(&w.engine.reload_ok));
        world_free(&w);
}
END_TEST

START_TEST(a_bad_file_is_not_shown_to_the_web_side)
{
        struct world w;
        char want[400];

        loop_block_signals();
        world_new(&w);
        w.at_told = end;
        harness_tree_write(w.tree, "c.yml", "log: {level: loud}\n");
        ask_from_elsewhere(&w);
        ck_assert_int_eq(loop_run(w.loop), 0);
        ck_assert_uint_eq(w.calls, 0);
        snprintf(want, sizeof(want), "%s/c.yml:1:14: ", w.tree);
        ck_assert_int_eq(strncmp(w.reason, want, strlen(want)), 0);
        world_free(&w);
}
END_TEST

static void end_at_first_call(struct world *w)
{
        if (w->calls == 1)
                end(w);
}

START_TEST(a_signal_reloads_the_web_side_too_and_answers_who_has_asked)
{
        struct world w;

        loop_block_signals();
        world_new(&w);
        w.at_call = end_at_first_call;
        ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
        ck_assert_int_eq(loop_run(w.loop), 0);
        ck_assert_uint_eq(w.calls, 1);
        ck_assert_uint_eq(atomic_load(&w.engine.reloads), 1);
        world_free(&w);
}
END_TEST

static void write_web(struct world *w)
{
        harness_tree_write(w->tree, "web.yml", "a new one");
}

static void write_or_end(struct world *w)
{
        if (w->calls == 2)
                harness_tree_write(w->tree, "web.yml", "another one, which is better");
        else if (w->calls == 3)
                end(w);
}

START_TEST(a_web_file_that_changes_is_read_anew_with_the_settings_in_force)
{
        struct world w;

        loop_block_signals();
        world_new(&w);
        w.results[1] = -EINVAL;
        w.at_told = write_web;
        w.at_call = write_or_end;
        ask_from_elsewhere(&w);
        ck_assert_int_eq(loop_run(w.loop), 0);
        ck_assert_uint_eq(w.calls, 3);
        ck_assert_ptr_eq(w.given[1], w.engine.settings);
        ck_assert_ptr_eq(w.given[2], w.engine.settings);
        /* It is no reload of the configuration. */
        ck_assert_uint_eq(atomic_load(&w.engine.reloads), 1);
        ck_assert_uint_eq(atomic_load(&w.engine.failed_reloads), 0);
        world_free(&w);
}
END_TEST

#define MEMINFO "log: {level: error}\ncollectors: {meminfo: {enabled: true, interval: "

static void outlast_a_tick(struct world *w)
{
        (void)w;
        nanosleep(&(struct timespec){ .tv_nsec = 130000000 }, NULL);
}

/* What the file says in turn, and how many runs there are at the least: one at the start, and one
 * between any two reloads; a file that changes is news of its directory, which take turns too. */
static const struct {
        const char *files[2];
        uint64_t runs;
} rewritten[] = {
        { { NULL, NULL }, 4 },
        { { MEMINFO "110ms}}\n", MEMINFO "100ms}}\n" }, 3 },
};

static void ask_again_or_end(struct world *w)
{
        if (w->told == 6) {
                end(w);
                return;
        }
        if (rewritten[w->row].files[w->told % 2])
                harness_tree_write(w->tree, "c.yml", rewritten[w->row].files[w->told % 2]);
        ask_from_elsewhere(w);
}

START_TEST(a_tick_that_is_due_during_a_reload_is_not_lost_however_often_one_reloads)
{
        struct collector_view view;
        struct world w;

        loop_block_signals();
        world_new(&w);
        w.row = (size_t)_i;
        harness_tree_write(w.tree, "c.yml", MEMINFO "100ms}}\n");
        w.at_call = outlast_a_tick;
        w.at_told = ask_again_or_end;
        ask_from_elsewhere(&w);
        ck_assert_int_eq(loop_run(w.loop), 0);
        ck_assert_uint_eq(w.told, 6);
        ck_assert_uint_eq(engine_view(&w.engine, 0, &view, 1), 1);
        ck_assert_uint_ge(view.status.runs, rewritten[w.row].runs);
        world_free(&w);
}
END_TEST

static void *end_after_four_runs(void *cls)
{
        struct world *w = cls;
        struct collector_view view = { .name = "" };

        while (engine_view(&w->engine, 0, &view, 1) != 1 || view.status.runs < 4)
                sched_yield();
        end(w);
        return NULL;
}

/* The first reload brings the collector, the second makes it beat faster. */
static void shorten(struct world *w)
{
        if (w->told > 2)
                return;
        if (w->told == 1) {
                harness_tree_write(w->tree, "c.yml", MEMINFO "100ms}}\n");
                ask_from_elsewhere(w);
                return;
        }
        ck_assert_int_eq(pthread_create(&w->thread, NULL, end_after_four_runs, w), 0);
}

START_TEST(an_interval_that_a_reload_shortens_is_kept_from_then_on)
{
        struct world w;

        loop_block_signals();
        world_new(&w);
        harness_tree_write(w.tree, "c.yml", MEMINFO "1h}}\n");
        w.at_told = shorten;
        ask_from_elsewhere(&w);
        ck_assert_int_eq(loop_run(w.loop), 0);
        pthread_join(w.thread, NULL);
        ck_assert_uint_eq(w.told, 2);
        world_free(&w);
}
END_TEST

static void change_and_ask(struct world *w)
{
        static const char *const files[] = { MEMINFO "100ms}}\n", MEMINFO "200ms}}\n",
                                             "log: {level: error}\n", MEMINFO "100ms}}\n" };

        ck_assert_uint_eq(w->engine.n_runners, w->told > 1 && w->told != 4);
        if (w->told > MX_ARRAY_SIZE(files)) {
                end(w);
                return;
        }
        harness_tree_write(w->tree, "c.yml", files[w->told - 1]);
        ask_from_elsewhere(w);
}

START_TEST(a_collector_that_comes_changes_or_goes_takes_its_timer_along)
{
        struct collector_view view;
        struct world w;

        loop_block_signals();
        world_new(&w);
        w.at_told = change_and_ask;
        ask_from_elsewhere(&w);
        ck_assert_int_eq(loop_run(w.loop), 0);
        ck_assert_uint_eq(w.told, 5);
        ck_assert_uint_eq(engine_view(&w.engine, 0, &view, 1), 1);
        ck_assert_uint_ge(view.status.runs, 1);
        world_free(&w);
}
END_TEST

START_TEST(the_time_for_a_note_comes_round)
{
        struct world w;

        loop_block_signals();
        world_new(&w);
        ck_assert_int_eq(loop_run(w.loop), 0);
        ck_assert_uint_eq(w.notes, 1);
        world_free(&w);
}
END_TEST

START_TEST(a_loop_without_hooks_runs)
{
        struct loop *loop = NULL;
        struct world w;

        loop_block_signals();
        world_new(&w);
        ck_assert_int_eq(loop_new(&loop, &w.engine, NULL, w.argc, w.argv), 0);
        end(&w);
        ck_assert_int_eq(loop_run(loop), 0);
        loop_free(loop);
        world_free(&w);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("loop");
        TCase *t = tcase_create("loop");

        tcase_set_timeout(t, 60);
        tcase_add_test(t, a_reload_that_a_thread_asks_for_is_done_by_the_loop_and_told);
        tcase_add_test(t, a_reload_that_the_web_side_refuses_changes_nothing_and_tells_why);
        tcase_add_test(t, a_bad_file_is_not_shown_to_the_web_side);
        tcase_add_test(t, a_signal_reloads_the_web_side_too_and_answers_who_has_asked);
        tcase_add_test(t, a_web_file_that_changes_is_read_anew_with_the_settings_in_force);
        tcase_add_loop_test(
                t, a_tick_that_is_due_during_a_reload_is_not_lost_however_often_one_reloads, 0,
                (int)MX_ARRAY_SIZE(rewritten));
        tcase_add_test(t, an_interval_that_a_reload_shortens_is_kept_from_then_on);
        tcase_add_test(t, a_collector_that_comes_changes_or_goes_takes_its_timer_along);
        tcase_add_test(t, the_time_for_a_note_comes_round);
        tcase_add_test(t, a_loop_without_hooks_runs);
        suite_add_tcase(s, t);
        return harness_main(s);
}
