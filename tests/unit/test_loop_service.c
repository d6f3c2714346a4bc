/* SPDX-License-Identifier: Apache-2.0 */
/* What a service manager hears of the loop, from its start to its stop. The loop runs on a thread
 * of its own, the test is the manager. */
#include "manager.h"

#include "lifecycle.h"
#include "loop.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>

struct world {
        struct manager manager;
        char *argv[6], config[300];
        int argc;
        struct engine engine;
        struct loop *loop;
        struct lifecycle *lifecycle;
        pthread_t thread;
        int web_result;
};

static int reload_web(void *cls, const struct settings *s, char *error)
{
        struct world *w = cls;

        (void)s;
        if (w->web_result < 0)
                snprintf(error, SETTINGS_ERROR_MAX, "web.yml:1:1: it is bad");
        return w->web_result;
}

static void *run(void *cls)
{
        struct world *w = cls;

        ck_assert_int_eq(loop_run(w->loop), 0);
        return NULL;
}

static void configure(struct world *w, const char *text)
{
        harness_tree_write(w->manager.tree, "c.yml", text);
}

#define MEMINFO                                                                                    \
        "log: {level: error}\n"                                                                    \
        "schedule: {deadline: 100ms}\n"                                                            \
        "collectors: {meminfo: {enabled: true, interval: 200ms}}\n"

static void prepare(struct world *w)
{
        *w = (struct world){ .argc = 0 };
        manager_new(&w->manager);
        loop_block_signals();
        harness_tree_write(w->manager.tree, "proc/meminfo", "MemTotal: 8 kB\nMemFree: 4 kB\n");
        configure(w, MEMINFO);
        snprintf(w->config, sizeof(w->config), "%s/c.yml", w->manager.tree);
}

static void start(struct world *w)
{
        struct loop_hooks hooks = { .reload_web = reload_web, .cls = w };

        w->argv[w->argc++] = strdup("memory_exporter");
        w->argv[w->argc++] = strdup("--collector.disable-defaults");
        ck_assert_int_gt(asprintf(&w->argv[w->argc++], "--config.file=%s", w->config), 0);
        ck_assert_int_gt(asprintf(&w->argv[w->argc++], "--path.procfs=%s/proc", w->manager.tree),
                         0);
        settings_unref(harness_engine(&w->engine, w->argc, w->argv));
        ck_assert_int_eq(lifecycle_new(&w->lifecycle), 0);
        hooks.lifecycle = w->lifecycle;
        ck_assert_int_eq(loop_new(&w->loop, &w->engine, &hooks, w->argc, w->argv), 0);
        ck_assert_int_eq(pthread_create(&w->thread, NULL, run, w), 0);
}

static void stop(struct world *w)
{
        ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
        ck_assert_str_eq(manager_waits_for(&w->manager, "STOPPING=1"),
                         "STOPPING=1\nSTATUS=stopping\n");
        pthread_join(w->thread, NULL);
        ck_assert_ptr_null(manager_hears(&w->manager, 0));
        loop_free(w->loop);
        lifecycle_free(w->lifecycle);
        ck_assert_uint_eq(engine_stop(&w->engine, MX_SECONDS(10)), 0);
        for (int i = 0; i < w->argc; i++)
                free(w->argv[i]);
        manager_free(&w->manager);
}

static void done(void *cls, const char *reason)
{
        (void)cls, (void)reason;
}

static void expect_reload(struct world *w, const char *status)
{
        char want[600];

        ck_assert_ptr_nonnull(manager_waits_for(&w->manager, "RELOADING=1\nMONOTONIC_USEC="));
        snprintf(want, sizeof(want), "READY=1\nSTATUS=%s", status);
        ck_assert_ptr_nonnull(manager_hears(&w->manager, 20000));
        ck_assert_msg(strncmp(w->manager.said, want, strlen(want)) == 0, "%s\ninstead of\n%s",
                      w->manager.said, want);
}

#define SERVING_TWO "serving 2 series from 1 collector\n"

START_TEST(ready_comes_when_what_runs_inline_has_run_and_says_what_is_served)
{
        struct world w;

        prepare(&w);
        start(&w);
        ck_assert_str_eq(manager_hears(&w.manager, 20000) ?: "nothing",
                         "READY=1\nSTATUS=" SERVING_TWO);
        stop(&w);
}
END_TEST

START_TEST(a_failed_reload_is_in_the_line_until_one_succeeds)
{
        char status[600];
        struct world w;

        prepare(&w);
        start(&w);
        manager_waits_for(&w.manager, "READY=1");
        configure(&w, "log: {level: loud}\n");
        ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
        snprintf(status, sizeof(status), "last reload failed: %s:1:14: ", w.config);
        expect_reload(&w, status);
        ck_assert_ptr_nonnull(strstr(w.manager.said, "; " SERVING_TWO));
        /* Of two reasons, the present one. */
        configure(&w, MEMINFO);
        w.web_result = -EINVAL;
        ck_assert_int_eq(lifecycle_ask(w.lifecycle, done, NULL), 0);
        expect_reload(&w, "last reload failed: web.yml:1:1: it is bad; " SERVING_TWO);
        w.web_result = 0;
        ck_assert_int_eq(lifecycle_ask(w.lifecycle, done, NULL), 0);
        expect_reload(&w, SERVING_TWO);
        stop(&w);
}
END_TEST

START_TEST(a_reload_that_changes_what_is_served_says_so_at_once)
{
        struct world w;

        prepare(&w);
        start(&w);
        manager_waits_for(&w.manager, "READY=1");
        configure(&w, "log: {level: error}\ncollectors: {meminfo: {enabled: false}}\n");
        ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
        expect_reload(&w, "serving 0 series from 0 collectors\n");
        configure(&w, MEMINFO);
        ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
        expect_reload(&w, SERVING_TWO);
        stop(&w);
}
END_TEST

START_TEST(the_line_follows_what_changes_without_a_reload)
{
        struct world w;

        prepare(&w);
        start(&w);
        manager_waits_for(&w.manager, "READY=1");
        harness_tree_write(w.manager.tree, "proc/meminfo", "MemTotal: 8 kB\n");
        ck_assert_str_eq(manager_waits_for(&w.manager, "STATUS="),
                         "STATUS=serving 1 series from 1 collector\n");
        stop(&w);
}
END_TEST

START_TEST(a_hanging_collector_delays_no_ready_and_starves_no_watchdog)
{
        struct world w;
        char path[300], moved[300];
        int fd;

        prepare(&w);
        setenv("WATCHDOG_USEC", "600000", 1);
        snprintf(path, sizeof(path), "%s/proc/meminfo", w.manager.tree);
        harness_tree_remove(w.manager.tree, "proc/meminfo");
        ck_assert_int_eq(mkfifo(path, 0600), 0);
        start(&w);
        ck_assert_str_eq(manager_waits_for(&w.manager, "READY=1"),
                         "READY=1\nSTATUS=serving 0 series from 0 collectors, 1 starting\n");
        ck_assert_str_eq(manager_waits_for(&w.manager, "hanging"),
                         "STATUS=serving 0 series from 0 collectors, 1 hanging\n");
        for (int i = 0; i < 12; i++)
                ck_assert_ptr_nonnull(manager_waits_for(&w.manager, "WATCHDOG=1"));
        /* Its open() returns: it can end, and another run does not hang anew. */
        snprintf(moved, sizeof(moved), "%s/fifo", w.manager.tree);
        ck_assert_int_eq(rename(path, moved), 0);
        harness_tree_write(w.manager.tree, "proc/meminfo", "MemTotal: 8 kB\n");
        fd = open(moved, O_WRONLY | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        close(fd);
        stop(&w);
}
END_TEST

START_TEST(a_reload_is_preceded_by_a_ping_and_nobody_pings_unasked)
{
        struct world w;

        prepare(&w);
        start(&w);
        manager_waits_for(&w.manager, "READY=1");
        ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
        ck_assert_ptr_nonnull(manager_hears(&w.manager, 20000));
        ck_assert_ptr_null(strstr(w.manager.said, "WATCHDOG"));
        stop(&w);

        prepare(&w);
        setenv("WATCHDOG_USEC", "600000000", 1);
        start(&w);
        manager_waits_for(&w.manager, "WATCHDOG=1");
        ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
        ck_assert_str_eq(manager_waits_for(&w.manager, "WATCHDOG=1"), "WATCHDOG=1\n");
        ck_assert_ptr_nonnull(manager_hears(&w.manager, 20000));
        ck_assert_int_eq(strncmp(w.manager.said, "RELOADING=1\n", 12), 0);
        stop(&w);
}
END_TEST

START_TEST(a_manager_that_takes_nothing_does_not_hold_up_the_loop)
{
        struct world w;

        prepare(&w);
        setenv("WATCHDOG_USEC", "300000", 1);
        manager_fill(&w.manager);
        start(&w);
        ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
        while (atomic_load(&w.engine.reloads) == 0)
                sched_yield();
        /* Every datagram that is taken makes room for one. */
        ck_assert_ptr_nonnull(strstr(manager_waits_for(&w.manager, "READY=1"), SERVING_TWO));
        stop(&w);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("loop_service");
        TCase *t = tcase_create("loop_service");

        tcase_set_timeout(t, 60);
        tcase_add_test(t, ready_comes_when_what_runs_inline_has_run_and_says_what_is_served);
        tcase_add_test(t, a_failed_reload_is_in_the_line_until_one_succeeds);
        tcase_add_test(t, a_reload_that_changes_what_is_served_says_so_at_once);
        tcase_add_test(t, the_line_follows_what_changes_without_a_reload);
        tcase_add_test(t, a_hanging_collector_delays_no_ready_and_starves_no_watchdog);
        tcase_add_test(t, a_reload_is_preceded_by_a_ping_and_nobody_pings_unasked);
        tcase_add_test(t, a_manager_that_takes_nothing_does_not_hold_up_the_loop);
        suite_add_tcase(s, t);
        return harness_main(s);
}
