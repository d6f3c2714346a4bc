/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/cgroup.h"
#include "../../collectors/cgroup_values.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define V2     "sys/fs/cgroup/"
#define V1     "sys/fs/cgroup/memory/"
#define MIB    (1ULL << 20)
#define START  (1000ULL * 1000000) /* the machine is not just booted */
#define SECOND 1000000ULL

#define LABELS(window)                                                                             \
        "{cgroup=\"/system.slice/ssh.service\",unit=\"ssh.service\",slice=\"system.slice\","       \
        "window=\"" window "\"}"
#define HIGHEST(window) "memory_cgroup_anon_highest_bytes" LABELS(window)
#define LOOK            "memory_cgroup_anon_look_seconds"

static const char *const windows[] = { HIGHEST("1m"), HIGHEST("5m"), HIGHEST("1h") };

/* A host whose files the test rewrites, on a clock of the test's own. */
struct world {
        char *tree;
        int version;
        struct mx_host host;
        struct harness h;
        uint64_t now;
};

static void put(const struct world *w, const char *cgroup, const char *file, const char *text)
{
        char path[512];

        snprintf(path, sizeof(path), "%s%s/%s", w->version == 1 ? V1 : V2, cgroup, file);
        harness_tree_write(w->tree, path, text);
}

static void set_usage(const struct world *w, const char *cgroup, uint64_t usage)
{
        char text[32];

        snprintf(text, sizeof(text), "%llu\n", (unsigned long long)usage);
        put(w, cgroup, w->version == 1 ? "memory.usage_in_bytes" : "memory.current", text);
}

static void set_anon(const struct world *w, const char *cgroup, uint64_t anon)
{
        char text[128];

        snprintf(text, sizeof(text),
                 w->version == 1 ? "cache 1\nrss 2\ntotal_cache 11\ntotal_rss %llu\n"
                                 : "anon %llu\nfile 20\nanon_thp 0\n",
                 (unsigned long long)anon);
        put(w, cgroup, "memory.stat", text);
}

static void set(const struct world *w, const char *cgroup, uint64_t usage, uint64_t anon)
{
        set_usage(w, cgroup, usage);
        set_anon(w, cgroup, anon);
}

static void add(const struct world *w, const char *cgroup, uint64_t usage, uint64_t anon)
{
        set(w, cgroup, usage, anon);
        if (w->version == 2)
                put(w, cgroup, "memory.max", "max\n");
}

static void begin(struct world *w, int version)
{
        struct rlimit limit;

        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
        limit.rlim_cur = MX_MIN(limit.rlim_max, 1024); /* so that 128 are kept open */
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        *w = (struct world){ .tree = harness_tree_new(), .version = version, .now = START };
        if (version == 1) {
                harness_tree_write(w->tree, "proc/self/mountinfo",
                                   "32 31 0:35 / /sys/fs/cgroup/memory rw - cgroup cgroup "
                                   "rw,memory\n");
                set(w, ".", 90 * MIB, 30 * MIB);
        } else {
                harness_tree_write(w->tree, "proc/self/mountinfo",
                                   "31 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
                harness_tree_write(w->tree, V2 "cgroup.controllers", "memory\n");
                set_anon(w, ".", 30 * MIB);
        }
        add(w, "system.slice", 80 * MIB, 20 * MIB);
        add(w, "system.slice/ssh.service", 40 * MIB, 10 * MIB);
}

static void start(struct world *w, const char *const *settings)
{
        w->host = harness_host_at(w->tree, 4096);
        w->host.may_block = true;
        harness_start(&w->h, &mx_cgroup, &w->host, settings);
}

static void end(struct world *w)
{
        harness_stop(&w->h);
        harness_host_done(&w->host);
        harness_tree_done(w->tree);
}

static char *run(struct world *w)
{
        struct mx_err err = { 0 };
        char *text = NULL;

        ck_assert_int_eq(harness_run(&w->h, MX_TEXT, &text, &err), OUTCOME_OK);
        return text;
}

static void look_after(struct world *w, uint64_t usec)
{
        w->now += usec;
        ck_assert_int_eq(mx_cgroup.watch(w->h.instance.state, MX_LOOK_CLOCK, w->now), MX_LOOKED_ON);
}

static struct mx_watch_plan plan_of(const struct world *w)
{
        struct mx_watch_plan plan;

        mx_cgroup.plan(w->h.instance.state, &plan);
        return plan;
}

static void expect(struct world *w, const char *series, uint64_t value)
{
        char *text = run(w), number[32];

        snprintf(number, sizeof(number), "%llu", (unsigned long long)value);
        harness_assert(text, series, number);
        free(text);
}

START_TEST(a_spike_between_two_runs_is_seen_stays_for_the_window_and_leaves_after_it)
{
        static const uint64_t length[] = { 60 * SECOND, 300 * SECOND, 3600 * SECOND };
        static const uint64_t slot[] = { 5 * SECOND, 25 * SECOND, 300 * SECOND };
        struct world w;

        for (size_t i = 0; i < MX_ARRAY_SIZE(windows); i++) {
                uint64_t seen;

                begin(&w, _i);
                start(&w, NULL);
                free(run(&w));
                look_after(&w, SECOND);
                set(&w, "system.slice/ssh.service", 104 * MIB, 74 * MIB);
                look_after(&w, SECOND);
                seen = w.now;
                set(&w, "system.slice/ssh.service", 40 * MIB, 10 * MIB);
                while (w.now + 2 * SECOND < seen + length[i]) {
                        look_after(&w, length[i] / 20);
                        expect(&w, windows[i], 74 * MIB);
                }
                w.now = MX_MAX(w.now, seen + length[i] + slot[i]);
                look_after(&w, SECOND);
                expect(&w, windows[i], 10 * MIB);
                end(&w);
        }
}
END_TEST

START_TEST(before_any_look_the_windows_hold_what_the_run_has_read)
{
        struct world w;

        begin(&w, _i);
        start(&w, NULL);
        for (size_t i = 0; i < MX_ARRAY_SIZE(windows); i++)
                expect(&w, windows[i], 10 * MIB);
        /* The first look finds the machine up for a while: what the run saw is not lost to that. */
        look_after(&w, 0);
        for (size_t i = 0; i < MX_ARRAY_SIZE(windows); i++)
                expect(&w, windows[i], 10 * MIB);
        end(&w);
}
END_TEST

START_TEST(all_scrapers_agree_however_often_a_run_is_asked_for)
{
        struct world w;
        char *first, *again;

        begin(&w, 2);
        start(&w, NULL);
        free(run(&w));
        look_after(&w, SECOND);
        set(&w, "system.slice/ssh.service", 104 * MIB, 74 * MIB);
        look_after(&w, SECOND);
        set(&w, "system.slice/ssh.service", 40 * MIB, 10 * MIB);
        free(run(&w));
        first = run(&w);
        for (int i = 0; i < 3; i++) {
                again = run(&w);
                ck_assert_str_eq(again, first);
                free(again);
        }
        harness_assert(first, HIGHEST("1m"), "77594624");
        free(first);
        end(&w);
}
END_TEST

START_TEST(page_cache_that_comes_and_goes_is_no_high)
{
        struct world w;

        begin(&w, _i);
        start(&w, NULL);
        free(run(&w));
        for (int i = 0; i < 5; i++) {
                set_usage(&w, "system.slice/ssh.service", (400 + 50 * (unsigned)i) * MIB);
                look_after(&w, SECOND);
        }
        expect(&w, HIGHEST("1m"), 10 * MIB);
        end(&w);
}
END_TEST

/* Beyond the ones that are read by turns, so that what is seen is seen by rule. */
static void add_crowd(const struct world *w, unsigned n)
{
        char path[64];

        for (unsigned i = 0; i < n; i++) {
                snprintf(path, sizeof(path), "system.slice/w%04u.service", i);
                add(w, path, 4 * MIB, MIB);
        }
}

static void set_crowd_anon(const struct world *w, unsigned n, uint64_t anon)
{
        char path[64];

        for (unsigned i = 0; i < n; i++) {
                snprintf(path, sizeof(path), "system.slice/w%04u.service", i);
                set_anon(w, path, anon);
        }
}

#define MANY(number)                                                                               \
        "memory_cgroup_anon_highest_bytes{cgroup=\"/system.slice/w" number ".service\","           \
        "unit=\"w" number ".service\",slice=\"system.slice\",window=\"1m\"}"
static const char many[] = MANY("0077");

START_TEST(what_replaces_page_cache_at_the_limit_is_seen_although_usage_stands_still)
{
        struct world w;

        begin(&w, 2);
        add_crowd(&w, 100);
        put(&w, "system.slice/w0077.service", "memory.max", "4194304\n");
        start(&w, NULL);
        free(run(&w));
        look_after(&w, SECOND);
        look_after(&w, SECOND / 10);
        set_anon(&w, "system.slice/w0077.service", 3 * MIB);
        look_after(&w, SECOND / 10);
        set_anon(&w, "system.slice/w0077.service", MIB);
        expect(&w, many, 3 * MIB);
        end(&w);
}
END_TEST

START_TEST(a_rise_is_measured_from_the_lowest_usage_since_the_last_reading)
{
        struct world w;

        begin(&w, 2);
        add_crowd(&w, 100);
        start(&w, NULL);
        free(run(&w));
        look_after(&w, SECOND);
        set_usage(&w, "system.slice/w0077.service", MIB); /* its page cache goes */
        look_after(&w, SECOND / 10);
        set(&w, "system.slice/w0077.service", 4 * MIB, 4 * MIB); /* and anonymous memory comes */
        look_after(&w, SECOND / 10);
        set(&w, "system.slice/w0077.service", 4 * MIB, MIB);
        expect(&w, many, 4 * MIB);
        end(&w);
}
END_TEST

START_TEST(those_that_do_not_move_are_read_by_turns)
{
        struct world w;

        begin(&w, 2);
        add_crowd(&w, 100);
        start(&w, NULL);
        free(run(&w));
        look_after(&w, SECOND);
        set_anon(&w, "system.slice/w0077.service", 3 * MIB);
        for (int i = 0; i < 7; i++) /* 102 of them, 16 a second */
                look_after(&w, SECOND);
        set_anon(&w, "system.slice/w0077.service", MIB);
        expect(&w, many, 3 * MIB);
        end(&w);
}
END_TEST

START_TEST(looks_that_come_some_milliseconds_late_or_early_miss_no_turn)
{
        static const uint64_t jitter[] = { 3000, 0, 3000, 1000, 2000, 0, 3000 };
        struct world w;
        char *text;

        begin(&w, 2);
        add_crowd(&w, 58); /* with two more */
        start(&w, NULL);
        free(run(&w));
        set_crowd_anon(&w, 58, 3 * MIB);
        for (size_t i = 0; i < 5; i++) { /* 16 at each but the first, which starts the clock */
                w.now = START + i * SECOND;
                look_after(&w, jitter[i + (size_t)_i]);
        }
        set_crowd_anon(&w, 58, MIB);
        text = run(&w);
        for (unsigned i = 0; i < 58; i++) {
                char series[160];

                snprintf(series, sizeof(series), MANY("%04u"), i, i);
                harness_assert(text, series, "3145728");
        }
        free(text);
        end(&w);
}
END_TEST

/* What is taken away while it is looked at, and in which order. */
static const char *const gone[] = { "system.slice/ssh.service",
                                    "system.slice/ssh.service/memory.stat",
                                    "system.slice/ssh.service/memory.current" };

START_TEST(a_cgroup_that_vanishes_between_the_runs_harms_nothing)
{
        struct world w;
        char path[128], *text;

        begin(&w, 2);
        start(&w, NULL);
        free(run(&w));
        look_after(&w, SECOND);
        snprintf(path, sizeof(path), V2 "%s", gone[_i]);
        harness_tree_remove(w.tree, path);
        for (int i = 0; i < 3; i++)
                look_after(&w, SECOND);
        text = run(&w);
        ck_assert_ptr_null(strstr(text, "ssh.service"));
        harness_assert(text,
                       "memory_cgroup_anon_highest_bytes{cgroup=\"/system.slice\","
                       "slice=\"system.slice\",window=\"1m\"}",
                       "20971520");
        harness_assert(text, LOOK, "1.000000");
        free(text);
        end(&w);
}
END_TEST

START_TEST(nonsense_in_a_file_is_no_reading)
{
        static const char *const nonsense[] = { "",
                                                "anon\n",
                                                "anon -5\n",
                                                "anon 1x\n",
                                                "anon 99999999999999999999999\n",
                                                "anonymous 5\n" };
        struct world w;

        begin(&w, 2);
        start(&w, NULL);
        free(run(&w));
        for (size_t i = 0; i < MX_ARRAY_SIZE(nonsense); i++) {
                put(&w, "system.slice/ssh.service", "memory.stat", nonsense[i]);
                set_usage(&w, "system.slice/ssh.service", (900 + i * 90) * MIB);
                look_after(&w, SECOND);
        }
        put(&w, "system.slice/ssh.service", "memory.current", "many\n");
        look_after(&w, SECOND);
        set(&w, "system.slice/ssh.service", 40 * MIB, 10 * MIB);
        expect(&w, HIGHEST("1m"), 10 * MIB);
        end(&w);
}
END_TEST

START_TEST(a_unit_that_is_restarted_keeps_its_windows_and_is_looked_at_at_once)
{
        struct world w;
        char *text;

        begin(&w, _i);
        start(&w, NULL);
        free(run(&w));
        look_after(&w, SECOND);
        set(&w, "system.slice/ssh.service", 104 * MIB, 74 * MIB);
        look_after(&w, SECOND);
        harness_tree_remove(w.tree, _i == 1 ? V1 "system.slice/ssh.service"
                                            : V2 "system.slice/ssh.service");
        look_after(&w, SECOND);
        text = run(&w);
        ck_assert_ptr_null(strstr(text, "ssh.service"));
        free(text);
        look_after(&w, SECOND);
        add(&w, "system.slice/ssh.service", MIB, MIB);
        expect(&w, HIGHEST("1m"), 74 * MIB);
        end(&w);
}
END_TEST

START_TEST(a_cgroup_that_has_gone_for_good_is_forgotten_after_five_minutes)
{
        static const struct {
                uint64_t away, highest;
        } rows[] = { { 290 * SECOND, 74 * MIB }, { 310 * SECOND, 10 * MIB } };
        struct world w;

        begin(&w, 2);
        set(&w, "system.slice/ssh.service", 104 * MIB, 74 * MIB);
        start(&w, NULL);
        free(run(&w));
        look_after(&w, SECOND);
        free(run(&w));
        harness_tree_remove(w.tree, V2 "system.slice/ssh.service");
        look_after(&w, rows[_i].away);
        free(run(&w));
        add(&w, "system.slice/ssh.service", 40 * MIB, 10 * MIB);
        expect(&w, HIGHEST("1h"), rows[_i].highest);
        end(&w);
}
END_TEST

START_TEST(with_a_period_of_nothing_there_are_no_windows_and_no_looks)
{
        static const char *const settings[] = { "period", "0s", NULL };
        struct world w;
        char *text;

        begin(&w, _i);
        start(&w, settings);
        text = run(&w);
        ck_assert_ptr_null(strstr(text, "anon_highest"));
        ck_assert_ptr_null(strstr(text, LOOK));
        free(text);
        ck_assert_uint_eq(plan_of(&w).period, 0);
        ck_assert_uint_eq(plan_of(&w).n_fds, 0);
        end(&w);
}
END_TEST

START_TEST(the_remainder_has_no_window_and_those_left_out_are_not_looked_at)
{
        static const char *const settings[] = { "max_cgroups", "4", NULL };
        struct world w;
        char *text;

        begin(&w, 2);
        add_crowd(&w, 20);
        start(&w, settings);
        for (int i = 0; i < 3; i++) {
                text = run(&w);
                harness_assert(text, "memory_cgroups_exported", "4");
                /* All but the root, which has no usage on v2. */
                ck_assert_uint_eq(harness_count(text, "memory_cgroup_anon_highest_bytes"), 3 * 3);
                ck_assert_ptr_nonnull(strstr(text, "cgroup=\"other\""));
                free(text);
                look_after(&w, SECOND);
        }
        end(&w);
}
END_TEST

START_TEST(windows_count_against_the_series_cap_before_they_are_written)
{
        struct mx_collector small = mx_cgroup;
        struct world w;
        char *text = NULL;
        struct mx_err err;

        begin(&w, 2);
        add_crowd(&w, 40);
        small.max_series = 160;
        w.host = harness_host_at(w.tree, 4096);
        harness_start(&w.h, &small, &w.host, NULL);
        ck_assert_int_eq(harness_run(&w.h, MX_TEXT, &text, &err), OUTCOME_OK);
        ck_assert_ptr_nonnull(strstr(text, "cgroup=\"other\""));
        ck_assert_uint_eq(harness_count(text, "memory_cgroup_anon_highest_bytes"),
                          3 * harness_count(text, "memory_cgroup_current_bytes") - 3);
        free(text);
        end(&w);
}
END_TEST

/* As the daemon does, but for the budget: by the plan, from one run to the next. */
static unsigned looks_in(struct world *w, uint64_t usec)
{
        uint64_t until = w->now + usec;
        unsigned looks = 0;

        for (; w->now + plan_of(w).period <= until; looks++)
                look_after(w, plan_of(w).period);
        return looks;
}

START_TEST(of_a_thousand_all_are_looked_at_in_little_more_than_a_period)
{
        struct world w;
        char *text;

        begin(&w, _i);
        add_crowd(&w, 1000);
        start(&w, NULL);
        free(run(&w));
        ck_assert_uint_lt(plan_of(&w).period, SECOND);
        ck_assert_uint_eq(plan_of(&w).budget, 2000);
        looks_in(&w, SECOND);
        /* One of the many, in the midst of a run's time. */
        set(&w, "system.slice/w0077.service", 40 * MIB, 30 * MIB);
        looks_in(&w, 5 * SECOND / 4);
        set(&w, "system.slice/w0077.service", 4 * MIB, MIB);
        looks_in(&w, 8 * SECOND);
        text = run(&w);
        harness_assert(text, many, "31457280");
        ck_assert_str_le(harness_value(text, LOOK), "1.250000");
        ck_assert_uint_eq(harness_count(text, "memory_cgroup_anon_highest_bytes"),
                          3 * (1002U + (_i == 1)));
        free(text);
        end(&w);
}
END_TEST

START_TEST(in_a_crowd_the_largest_and_those_that_move_are_looked_at_at_every_look)
{
        struct world w;

        begin(&w, 2);
        add_crowd(&w, 600);
        set(&w, "system.slice/w0077.service", 400 * MIB, 300 * MIB);
        start(&w, NULL);
        free(run(&w));
        look_after(&w, plan_of(&w).period);
        for (unsigned i = 1; i < 20; i++) { /* shorter and shorter spikes, higher and higher */
                set(&w, "system.slice/w0077.service", (400 + 40 * i) * MIB, (300 + 40 * i) * MIB);
                look_after(&w, plan_of(&w).period);
                set(&w, "system.slice/w0077.service", 400 * MIB, 300 * MIB);
                look_after(&w, plan_of(&w).period);
                expect(&w, many, (300 + 40 * i) * MIB);
        }
        end(&w);
}
END_TEST

START_TEST(an_eighth_of_the_descriptors_is_kept_open_and_all_are_closed_at_the_end)
{
        struct world w;
        int before = dup(0), with, after;

        close(before);
        begin(&w, 2);
        add_crowd(&w, 300);
        start(&w, NULL);
        free(run(&w));
        looks_in(&w, 3 * SECOND);
        with = dup(0);
        close(with);
        ck_assert_int_gt(with, before + 100);
        ck_assert_int_lt(with, before + 128 + 32);
        harness_tree_remove(w.tree, V2 "system.slice");
        free(run(&w));
        with = dup(0);
        close(with);
        ck_assert_int_lt(with, before + 32);
        end(&w);
        after = dup(0);
        close(after);
        ck_assert_int_eq(after, before);
}
END_TEST

START_TEST(nothing_is_allocated_once_warm)
{
        struct world w;
        size_t before;

        begin(&w, 2);
        add_crowd(&w, 300);
        start(&w, NULL);
        free(run(&w));
        for (int i = 0; i < 3; i++) {
                looks_in(&w, 2 * SECOND);
                free(run(&w));
        }
        before = mallinfo2().uordblks + mallinfo2().hblkhd;
        for (int i = 0; i < 5; i++) {
                looks_in(&w, 5 * SECOND);
                free(run(&w));
        }
        ck_assert_uint_eq(mallinfo2().uordblks + mallinfo2().hblkhd, before);
        end(&w);
}
END_TEST

START_TEST(storms_of_short_lived_cgroups_do_not_pile_up)
{
        static const char *const settings[] = { "max_cgroups", "50", NULL };
        struct world w;
        char path[64];
        size_t early = 0, late;

        begin(&w, 2);
        start(&w, settings);
        for (unsigned round = 0; round < 60; round++) {
                for (unsigned i = 0; i < 20; i++) {
                        snprintf(path, sizeof(path), "system.slice/r%u-%u.scope", round, i);
                        add(&w, path, 4 * MIB, MIB);
                }
                free(run(&w));
                look_after(&w, SECOND);
                for (unsigned i = 0; i < 20; i++) {
                        snprintf(path, sizeof(path), V2 "system.slice/r%u-%u.scope", round, i);
                        harness_tree_remove(w.tree, path);
                }
                if (round == 9)
                        early = mallinfo2().uordblks;
        }
        late = mallinfo2().uordblks;
        ck_assert_uint_lt(late, early + 16 * 1024);
        end(&w);
}
END_TEST

START_TEST(the_line_of_a_key_is_found_and_no_other)
{
        static const struct {
                const char *text, *key;
                int r;
                uint64_t value;
        } rows[] = {
                { "anon 5\nfile 6\n", "anon", 0, 5 },
                { "anon 5\nfile 6\n", "file", 0, 6 },
                { "anon_thp 7\nanon 5", "anon", 0, 5 },
                { "anon 1\nanon 2\n", "anon", 0, 1 },
                { "rss 1\ntotal_rss_huge 2\ntotal_rss 3\n", "total_rss", 0, 3 },
                { "anon 18446744073709551615\n", "anon", 0, UINT64_MAX },
                { "anon 18446744073709551616\n", "anon", -ENOENT, 77 },
                { "anon  8 \n", "anon", 0, 8 },
                { "anon\n5\n", "anon", -ENOENT, 77 },
                { "anon5\n", "anon", -ENOENT, 77 },
                { "anon 5 6\n", "anon", -ENOENT, 77 },
                { "anon -5\n", "anon", -ENOENT, 77 },
                { "", "anon", -ENOENT, 77 },
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(rows); i++) {
                uint64_t value = 77;

                ck_assert_int_eq(mx_cgroup_key_parse(rows[i].text, strlen(rows[i].text),
                                                     rows[i].key, &value),
                                 rows[i].r);
                ck_assert_uint_eq(value, rows[i].value);
        }
}
END_TEST

static void parse_key(const char *buf, size_t len)
{
        uint64_t value;

        (void)mx_cgroup_key_parse(buf, len, "total_rss", &value);
}

START_TEST(a_truncated_file_is_not_read_past_its_end)
{
        static const char text[] = "rss 1\ntotal_rss_huge 2\ntotal_rss 123456\n";

        harness_truncate(text, sizeof(text) - 1, parse_key);
}
END_TEST

static TCase *windows_case(void)
{
        TCase *t = tcase_create("windows");

        tcase_add_loop_test(
                t, a_spike_between_two_runs_is_seen_stays_for_the_window_and_leaves_after_it, 1, 3);
        tcase_add_loop_test(t, before_any_look_the_windows_hold_what_the_run_has_read, 1, 3);
        tcase_add_test(t, all_scrapers_agree_however_often_a_run_is_asked_for);
        tcase_add_loop_test(t, page_cache_that_comes_and_goes_is_no_high, 1, 3);
        tcase_add_test(t,
                       what_replaces_page_cache_at_the_limit_is_seen_although_usage_stands_still);
        tcase_add_test(t, a_rise_is_measured_from_the_lowest_usage_since_the_last_reading);
        tcase_add_test(t, those_that_do_not_move_are_read_by_turns);
        tcase_add_loop_test(t, looks_that_come_some_milliseconds_late_or_early_miss_no_turn, 0, 3);
        tcase_add_loop_test(t, with_a_period_of_nothing_there_are_no_windows_and_no_looks, 1, 3);
        tcase_add_test(t, the_line_of_a_key_is_found_and_no_other);
        tcase_add_test(t, a_truncated_file_is_not_read_past_its_end);
        return t;
}

static TCase *trouble(void)
{
        TCase *t = tcase_create("trouble");

        tcase_add_loop_test(t, a_cgroup_that_vanishes_between_the_runs_harms_nothing, 0,
                            (int)MX_ARRAY_SIZE(gone));
        tcase_add_test(t, nonsense_in_a_file_is_no_reading);
        tcase_add_loop_test(t, a_unit_that_is_restarted_keeps_its_windows_and_is_looked_at_at_once,
                            1, 3);
        tcase_add_loop_test(t, a_cgroup_that_has_gone_for_good_is_forgotten_after_five_minutes, 0,
                            2);
        tcase_add_test(t, the_remainder_has_no_window_and_those_left_out_are_not_looked_at);
        tcase_add_test(t, windows_count_against_the_series_cap_before_they_are_written);
        return t;
}

static TCase *crowds(void)
{
        TCase *t = tcase_create("crowds");

        tcase_set_timeout(t, 120);
        tcase_add_loop_test(t, of_a_thousand_all_are_looked_at_in_little_more_than_a_period, 1, 3);
        tcase_add_test(t, in_a_crowd_the_largest_and_those_that_move_are_looked_at_at_every_look);
        tcase_add_test(t, an_eighth_of_the_descriptors_is_kept_open_and_all_are_closed_at_the_end);
        tcase_add_test(t, nothing_is_allocated_once_warm);
        tcase_add_test(t, storms_of_short_lived_cgroups_do_not_pile_up);
        return t;
}

int main(void)
{
        Suite *s = suite_create("cgroup_peak");

        harness_trees_in_memory();
        suite_add_tcase(s, windows_case());
        suite_add_tcase(s, trouble());
        suite_add_tcase(s, crowds());
        return harness_main(s);
}
