/* SPDX-License-Identifier: Apache-2.0 */
#include "clock.h"
#include "harness.h"

#include "../../collectors/pressure_arm.h"
#include "../../collectors/pressure_events.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define HOST_FILE "proc/pressure/memory"
#define TOTALS    "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"

/* name, some, full, window, cgroup */
#define ROW(name_, some, full, window, cgroup)                                                     \
        {                                                                                          \
                .name = (name_), .text = {(some), (full), (window), (cgroup) }                     \
        }

static const struct {
        struct mx_row row;
        bool full;
        uint64_t stall, window;
        const char *text;
} good[] = {
        { ROW("a", "150ms", NULL, "1s", NULL), false, 150000, 1000000, "some 150000 1000000" },
        { ROW("a", NULL, "1s", NULL, NULL), true, 1000000, 2000000, "full 1000000 2000000" },
        { ROW("a", "1us", NULL, "500ms", "/"), false, 1, 500000, "some 1 500000" },
        { ROW("a", NULL, "9s999999us", "10s", "/system.slice/db.service"), true, 9999999, 10000000,
          "full 9999999 10000000" },
        { ROW("a", "1s", NULL, "0s2s", "/a..b/.c/..."), false, 1000000, 2000000,
          "some 1000000 2000000" },
};

START_TEST(a_trigger_is_told_to_the_kernel_in_microseconds_with_a_nul)
{
        char text[MX_TRIGGER_TEXT_MAX];
        struct mx_trigger t;
        size_t n = strlen(good[_i].text) + 1;

        ck_assert_ptr_null(mx_trigger_parse(&good[_i].row, &t));
        ck_assert_uint_eq(t.full, good[_i].full);
        ck_assert_uint_eq(t.stall, good[_i].stall);
        ck_assert_uint_eq(t.window, good[_i].window);
        ck_assert_ptr_eq(t.cgroup, good[_i].row.text[3]);
        ck_assert_uint_eq(mx_trigger_text(&t, text), n);
        ck_assert_mem_eq(text, good[_i].text, n);
}
END_TEST

static char long_path[MX_TRIGGER_CGROUP_MAX + 2];

static const struct {
        struct mx_row row;
        const char *why;
} bad[] = {
        { ROW("a", NULL, NULL, "2s", "/a"), "neither 'some' nor 'full'" },
        { ROW("a", "1s", "1s", NULL, NULL), "both 'some' and 'full'" },
        { ROW("a", "150", NULL, NULL, NULL), "'some' is not a duration" },
        { ROW("a", NULL, "-1s", NULL, NULL), "'full' is not a duration" },
        { ROW("a", "1s", NULL, "2 s", NULL), "'window' is not a duration" },
        { ROW("a", "1s", NULL, "99999999999999999999s", NULL), "'window' is not a duration" },
        { ROW("a", "1ms", NULL, "499ms", NULL), "'window' is not between 500ms and 10s" },
        { ROW("a", "1ms", NULL, "10001ms", NULL), "'window' is not between 500ms and 10s" },
        { ROW("a", "0", NULL, NULL, NULL), "'some' is not above 0" },
        { ROW("a", NULL, "2s", NULL, NULL), "'full' is not shorter than the window, which is 2s" },
        { ROW("a", "1s", NULL, "1s", NULL), "'some' is not shorter than 'window'" },
        { ROW("a", "1s", NULL, NULL, "system.slice"), "'cgroup' does not begin with '/'" },
        { ROW("a", "1s", NULL, NULL, "/a/"), "'cgroup' has an empty component" },
        { ROW("a", "1s", NULL, NULL, "//a"), "'cgroup' has an empty component" },
        { ROW("a", "1s", NULL, NULL, "/.."), "'cgroup' has a component '.' or '..'" },
        { ROW("a", "1s", NULL, NULL, "/a/../b"), "'cgroup' has a component '.' or '..'" },
        { ROW("a", "1s", NULL, NULL, "/a/."), "'cgroup' has a component '.' or '..'" },
        { ROW("a", "1s", NULL, NULL, long_path), "'cgroup' is longer" },
        { ROW("full_5_percent", "1s", NULL, NULL, NULL), "'name' is that of a threshold" },
};

START_TEST(a_row_that_makes_no_trigger_is_refused_in_words)
{
        struct mx_trigger t = { .name = "as it was" };
        const char *why;

        memset(long_path, 'a', sizeof(long_path) - 1);
        long_path[0] = '/';
        why = mx_trigger_parse(&bad[_i].row, &t);
        ck_assert_ptr_nonnull(why);
        ck_assert_msg(strncmp(why, bad[_i].why, strlen(bad[_i].why)) == 0, "%s", why);
        ck_assert_str_eq(mx_pressure_events.check_row(&mx_pressure_events.options[1], &bad[_i].row),
                         why);
        ck_assert_str_eq(t.name, "as it was");
}
END_TEST

START_TEST(the_built_in_thresholds_need_no_privilege)
{
        size_t n = 0;

        for (const struct mx_trigger *t = mx_trigger_defaults; t->name; t++, n++) {
                ck_assert_uint_eq(t->window % MX_TRIGGER_WINDOW_COMMON, 0);
                ck_assert_uint_lt(t->stall, t->window);
                ck_assert_ptr_null(t->cgroup);
        }
        /* With as many rows as the file may have, all of them have a descriptor. */
        ck_assert_uint_eq(n + mx_pressure_events.options[1].max, MX_WATCH_FDS_MAX);
}
END_TEST

/* A trigger of 200 ms; the base is what was read when it was armed. */
static const struct {
        bool privileged, proven;
        uint64_t base, total;
        bool real;
} proofs[] = {
        /* unprivileged: the first has to have grown by the threshold */
        { false, false, 1000, 1000, false },
        { false, false, 1000, 200998, false },
        { false, false, 1000, 200999, true }, /* both are cut to microseconds */
        { false, false, 1000, 201000, true },
        { false, true, 1000, 1001, true },
        { false, true, 1000, 1000, false }, /* the echo of one that was counted late */
        /* privileged: decided by an account of which this one may show a fraction */
        { true, false, 1000, 1001, true },
        { true, false, 1000, 1000, false },
        { true, true, 1000, 1001, true },
        /* a total that goes back is another cgroup's */
        { false, true, 1000, 999, false },
        /* what cannot be read disproves nothing */
        { false, false, MX_ABSENT, 5, true },
        { false, false, 1000, MX_ABSENT, true },
        { false, true, MX_ABSENT, MX_ABSENT, true },
};

START_TEST(an_event_counts_when_the_stall_bears_it_out)
{
        const struct mx_trigger t = { .name = "t", .stall = 200000, .window = 2000000 };
        struct mx_trigger_proof p = { proofs[_i].base, proofs[_i].proven };
        bool real = mx_trigger_prove(&t, &p, proofs[_i].total, proofs[_i].privileged);

        ck_assert_uint_eq(real, proofs[_i].real);
        ck_assert_uint_eq(p.total, real ? proofs[_i].total : proofs[_i].base);
        ck_assert_uint_eq(p.proven, real || proofs[_i].proven);
}
END_TEST

START_TEST(a_false_event_does_not_move_the_base_of_the_first_real_one)
{
        const struct mx_trigger t = { .name = "t", .stall = 200000, .window = 2000000 };
        struct mx_trigger_proof p = { 1000, false };

        ck_assert(!mx_trigger_prove(&t, &p, 150000, false));
        ck_assert(!mx_trigger_prove(&t, &p, 180000, false));
        ck_assert(mx_trigger_prove(&t, &p, 201000, false));
        ck_assert(mx_trigger_prove(&t, &p, 201001, false));
}
END_TEST

/* A machine whose pressure files are FIFOs: what is written can be read, and no copy is harmed. */
struct machine {
        char *tree;
        struct mx_host host;
        struct harness h;
        int fifo;
};

static int make_fifo(const char *tree, const char *path)
{
        char full[4096];
        int fd;

        harness_tree_write(tree, path, "");
        snprintf(full, sizeof(full), "%s/%s", tree, path);
        ck_assert_int_eq(unlink(full), 0);
        ck_assert_int_eq(mkfifo(full, 0600), 0);
        fd = open(full, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        return fd;
}

static void start_machine(struct machine *m, const char *const *settings)
{
        harness_tree_write(m->tree, "sys/fs/cgroup/cgroup.controllers", "memory\n");
        m->host = harness_host_at(m->tree, 4096);
        m->host.may_block = true;
        harness_start(&m->h, &mx_pressure_events, &m->host, settings);
}

static void add_row(struct machine *m, const char *name, const char *const *pairs)
{
        const struct mx_option *o = &mx_pressure_events.options[1];
        char reason[OPTION_ERROR_MAX];

        ck_assert_int_eq(option_list_add(o, m->h.options, name), 0);
        for (; *pairs; pairs += 2)
                ck_assert_int_eq(option_list_set(o, m->h.options, pairs[0], pairs[1], reason), 0);
        ck_assert_ptr_null(option_list_check(&mx_pressure_events, o, m->h.options));
}

#define ADD_ROW(m, name, ...) add_row(m, name, (const char *const[]){ __VA_ARGS__, NULL })

static char *run_ok(struct machine *m)
{
        struct mx_err err = { 0 };
        char *text = NULL;
        enum outcome outcome = harness_run(&m->h, MX_TEXT, &text, &err);

        ck_assert_msg(outcome == OUTCOME_OK, "%s", err.what ? err.what : "?");
        return text;
}

static void run_unsupported(struct machine *m, int code)
{
        struct mx_err err = { 0 };
        char *text = NULL;

        ck_assert_int_eq(harness_run(&m->h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        ck_assert_int_eq(err.code, code);
        ck_assert_ptr_nonnull(err.what);
}

static void stop_machine(struct machine *m)
{
        harness_stop(&m->h);
        harness_host_done(&m->host);
        m->fifo = mx_close(m->fifo);
        harness_tree_done(m->tree);
}

static struct mx_watch_plan plan_of(const struct machine *m)
{
        struct mx_watch_plan plan = { 0 };

        mx_pressure_events.plan(m->h.instance.state, &plan);
        return plan;
}

static enum mx_looked look(struct machine *m, enum mx_look why)
{
        return mx_pressure_events.watch(m->h.instance.state, why, 1);
}

static size_t drain(int fd, char *buf, size_t size)
{
        ssize_t n = read(fd, buf, size);

        return n > 0 ? (size_t)n : 0;
}

START_TEST(all_thresholds_are_written_and_shown_from_the_start)
{
        static const char want[] = "some 200000 2000000\0some 1000000 2000000\0"
                                   "full 100000 2000000\0full 1000000 2000000\0"
                                   "some 50000 500000";
        struct machine m = { .tree = harness_tree_new() };
        char *text, got[256];

        m.fifo = make_fifo(m.tree, HOST_FILE);
        start_machine(&m, NULL);
        ADD_ROW(&m, "short \"one\"", "some", "50ms", "window", "500ms");
        text = run_ok(&m);
        ck_assert_uint_eq(drain(m.fifo, got, sizeof(got)), sizeof(want));
        ck_assert_mem_eq(got, want, sizeof(want));
        ck_assert_uint_eq(harness_count(text, "memory_pressure_events_total"), 5);
        ck_assert_uint_eq(harness_count(text, "memory_pressure_last_event_timestamp_seconds"), 0);
        harness_assert(text, "memory_pressure_events_total{threshold=\"some_10_percent\"}", "0");
        harness_assert(text, "memory_pressure_trigger_armed{threshold=\"full_50_percent\"}", "1");
        harness_assert(text,
                       "memory_pressure_trigger_stall_seconds{threshold=\"short \\\"one\\\"\"}",
                       "0.050000");
        harness_assert(text,
                       "memory_pressure_trigger_window_seconds{threshold=\"some_50_percent\"}",
                       "2.000000");
        free(text);
        /* What is armed is not armed again. */
        free(run_ok(&m));
        ck_assert_uint_eq(drain(m.fifo, got, sizeof(got)), 0);
        stop_machine(&m);
}
END_TEST

START_TEST(nothing_is_asked_of_the_clock)
{
        struct machine m = { .tree = harness_tree_new() };
        struct mx_watch_plan plan;

        m.fifo = make_fifo(m.tree, HOST_FILE);
        start_machine(&m, NULL);
        free(run_ok(&m));
        plan = plan_of(&m);
        ck_assert_uint_eq(plan.period, 0);
        ck_assert_uint_eq(plan.n_fds, 4);
        for (size_t i = 0; i < plan.n_fds; i++) {
                ck_assert_int_ge(plan.fds[i].fd, 0);
                ck_assert_int_eq(plan.fds[i].events, POLLPRI);
        }
        stop_machine(&m);
}
END_TEST

START_TEST(each_event_counts_once_for_the_threshold_that_it_is_of)
{
        struct machine m = { .tree = harness_tree_new() };
        struct mx_watch_plan plan;
        time_t before = time(NULL);
        const char *last;
        char *text;

        m.fifo = make_fifo(m.tree, HOST_FILE);
        start_machine(&m, NULL);
        free(run_ok(&m));
        plan = plan_of(&m);
        plan.fds[1].revents = plan.fds[3].revents = POLLPRI;
        ck_assert_int_eq(look(&m, MX_LOOK_FD), MX_LOOKED_NEWS);
        ck_assert_int_eq(look(&m, MX_LOOK_FD), MX_LOOKED_ON); /* it was taken */
        plan.fds[1].revents = POLLPRI;
        ck_assert_int_eq(look(&m, MX_LOOK_CLOCK), MX_LOOKED_ON); /* means nothing then */
        ck_assert_int_eq(look(&m, MX_LOOK_FD), MX_LOOKED_NEWS);
        text = run_ok(&m);
        harness_assert(text, "memory_pressure_events_total{threshold=\"some_10_percent\"}", "0");
        harness_assert(text, "memory_pressure_events_total{threshold=\"some_50_percent\"}", "2");
        harness_assert(text, "memory_pressure_events_total{threshold=\"full_5_percent\"}", "0");
        harness_assert(text, "memory_pressure_events_total{threshold=\"full_50_percent\"}", "1");
        last = harness_value(text, "memory_pressure_last_event_timestamp_seconds{threshold=\"some_"
                                   "50_percent\"}");
        ck_assert_ptr_nonnull(last);
        ck_assert_int_ge(atoll(last), before);
        /* time(3) is behind that clock by up to a tick. */
        ck_assert_int_le(atoll(last), (long long)(clock_usec(CLOCK_REALTIME) / 1000000));
        harness_assert_absent(text, "memory_pressure_last_event_timestamp_seconds{threshold=\"some_"
                                    "10_percent\"}");
        free(text);
        stop_machine(&m);
}
END_TEST

#define UNIT(family) "memory_pressure_" family "{threshold=\"unit\",cgroup=\"/system.slice/db\"}"

START_TEST(a_cgroup_that_dies_keeps_its_counter_and_is_watched_again_when_it_is_back)
{
        struct machine m = { .tree = harness_tree_new(), .fifo = -1 };
        struct mx_watch_plan plan;
        char *text;

        start_machine(&m, (const char *const[]){ "host", "false", NULL });
        ADD_ROW(&m, "unit", "some", "50ms", "cgroup", "/system.slice/db");
        text = run_ok(&m); /* it may come: that is not unsupported */
        harness_assert(text, UNIT("events_total"), "0");
        harness_assert(text, UNIT("trigger_armed"), "0");
        free(text);
        m.fifo = make_fifo(m.tree, "sys/fs/cgroup/system.slice/db/memory.pressure");
        text = run_ok(&m);
        harness_assert(text, UNIT("trigger_armed"), "1");
        free(text);
        plan = plan_of(&m);
        plan.fds[0].revents = POLLPRI;
        ck_assert_int_eq(look(&m, MX_LOOK_FD), MX_LOOKED_NEWS);
        plan.fds[0].revents = POLLPRI | POLLERR; /* what the kernel says of a dead one */
        ck_assert_int_eq(look(&m, MX_LOOK_FD), MX_LOOKED_NEWS);
        ck_assert_int_eq(plan.fds[0].fd, -1);
        harness_tree_remove(m.tree, "sys/fs/cgroup/system.slice");
        text = run_ok(&m);
        harness_assert(text, UNIT("events_total"), "1");
        harness_assert(text, UNIT("trigger_armed"), "0");
        free(text);
        mx_close(m.fifo);
        m.fifo = make_fifo(m.tree, "sys/fs/cgroup/system.slice/db/memory.pressure");
        text = run_ok(&m);
        harness_assert(text, UNIT("events_total"), "1");
        harness_assert(text, UNIT("trigger_armed"), "1");
        free(text);
        stop_machine(&m);
}
END_TEST

START_TEST(a_captured_machine_is_unsupported_and_not_written_to)
{
        struct machine m = { .tree = harness_tree_new(), .fifo = -1 };
        char full[4096], got[sizeof(TOTALS) + 64];
        int fd;

        harness_tree_write(m.tree, HOST_FILE, TOTALS);
        start_machine(&m, NULL);
        run_unsupported(&m, -EOPNOTSUPP);
        snprintf(full, sizeof(full), "%s/" HOST_FILE, m.tree);
        fd = open(full, O_RDONLY | O_CLOEXEC);
        ck_assert_int_ge(fd, 0);
        ck_assert_uint_eq(drain(fd, got, sizeof(got)), strlen(TOTALS));
        ck_assert_mem_eq(got, TOTALS, strlen(TOTALS));
        mx_close(fd);
        stop_machine(&m);
}
END_TEST

START_TEST(a_kernel_without_psi_is_unsupported)
{
        struct machine m = { .tree = harness_tree_new(), .fifo = -1 };

        start_machine(&m, NULL);
        run_unsupported(&m, -ENOENT);
        stop_machine(&m);
}
END_TEST

START_TEST(a_cgroup_above_what_is_mounted_is_unsupported_alone_and_unarmed_beside_others)
{
        struct machine m = { .tree = harness_tree_new() };
        char *text;

        harness_tree_write(m.tree, "proc/self/mountinfo",
                           "31 22 0:26 /machine /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        start_machine(&m, (const char *const[]){ "host", "false", NULL });
        ADD_ROW(&m, "unit", "some", "50ms", "cgroup", "/machine2");
        run_unsupported(&m, -ENODEV);
        m.fifo = make_fifo(m.tree, "sys/fs/cgroup/a/memory.pressure");
        ADD_ROW(&m, "other", "some", "50ms", "cgroup", "/machine/a");
        text = run_ok(&m);
        harness_assert(text,
                       "memory_pressure_trigger_armed{threshold=\"unit\",cgroup=\"/machine2\"}",
                       "0");
        harness_assert(text,
                       "memory_pressure_trigger_armed{threshold=\"other\",cgroup=\"/machine/a\"}",
                       "1");
        free(text);
        stop_machine(&m);
}
END_TEST

START_TEST(nothing_to_watch_makes_no_sample)
{
        struct machine m = { .tree = harness_tree_new(), .fifo = -1 };
        char *text;

        start_machine(&m, (const char *const[]){ "host", "false", NULL });
        text = run_ok(&m);
        ck_assert_uint_eq(harness_count(text, "memory_pressure_events_total"), 0);
        ck_assert_uint_eq(plan_of(&m).n_fds, 0);
        free(text);
        stop_machine(&m);
}
END_TEST

START_TEST(this_kernel_arms_the_built_in_thresholds_or_says_why_not)
{
        struct machine m = { .tree = harness_tree_new(), .fifo = -1 };
        struct mx_err err = { 0 };
        struct mx_watch_plan plan;
        char *text = NULL;
        enum outcome outcome;

        start_machine(&m, NULL);
        mx_close(m.h.instance.host.proc_fd);
        m.host.proc_fd = m.h.instance.host.proc_fd = open("/proc", O_PATH | O_CLOEXEC);
        outcome = harness_run(&m.h, MX_TEXT, &text, &err);
        if (outcome == OUTCOME_UNSUPPORTED) {
                printf("# skipped: %s\n", err.what);
        } else {
                ck_assert_msg(outcome == OUTCOME_OK, "%s", err.what);
                plan = plan_of(&m);
                for (size_t i = 0; i < plan.n_fds; i++)
                        ck_assert_uint_ne(mx_trigger_total(&mx_trigger_defaults[i], plan.fds[i].fd),
                                          MX_ABSENT);
                ck_assert_int_ge(poll(plan.fds, plan.n_fds, 0), 0);
                for (size_t i = 0; i < plan.n_fds; i++)
                        ck_assert_int_eq(plan.fds[i].revents & (POLLERR | POLLNVAL), 0);
        }
        free(text);
        stop_machine(&m);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("pressure_events");
        TCase *t = tcase_create("pressure_events");

        tcase_add_loop_test(t, a_trigger_is_told_to_the_kernel_in_microseconds_with_a_nul, 0,
                            (int)MX_ARRAY_SIZE(good));
        tcase_add_loop_test(t, a_row_that_makes_no_trigger_is_refused_in_words, 0,
                            (int)MX_ARRAY_SIZE(bad));
        tcase_add_test(t, the_built_in_thresholds_need_no_privilege);
        tcase_add_loop_test(t, an_event_counts_when_the_stall_bears_it_out, 0,
                            (int)MX_ARRAY_SIZE(proofs));
        tcase_add_test(t, a_false_event_does_not_move_the_base_of_the_first_real_one);
        tcase_add_test(t, all_thresholds_are_written_and_shown_from_the_start);
        tcase_add_test(t, nothing_is_asked_of_the_clock);
        tcase_add_test(t, each_event_counts_once_for_the_threshold_that_it_is_of);
        tcase_add_test(t,
                       a_cgroup_that_dies_keeps_its_counter_and_is_watched_again_when_it_is_back);
        tcase_add_test(t, a_captured_machine_is_unsupported_and_not_written_to);
        tcase_add_test(t, a_kernel_without_psi_is_unsupported);
        tcase_add_test(
                t, a_cgroup_above_what_is_mounted_is_unsupported_alone_and_unarmed_beside_others);
        tcase_add_test(t, nothing_to_watch_makes_no_sample);
        tcase_add_test(t, this_kernel_arms_the_built_in_thresholds_or_says_why_not);
        suite_add_tcase(s, t);
        return harness_main(s);
}
