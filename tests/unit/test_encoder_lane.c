/* SPDX-License-Identifier: Apache-2.0 */
/* The lane in which workers encode: who takes it, and what becomes of its workspaces. */
#include "engine.h"
#include "harness.h"

#include "clock.h"

#include <string.h>

#define N_FAKES 4 /* two of each kind */
#define ROUNDS  30

static const struct mx_family families[N_FAKES] = {
        { "memory_fake_a", "A value.", "", "", MX_GAUGE, MX_ONE, 0 },
        { "memory_fake_b", "A value.", "", "", MX_GAUGE, MX_ONE, 0 },
        { "memory_fake_c", "A value.", "", "", MX_GAUGE, MX_ONE, 0 },
        { "memory_fake_d", "A value.", "", "", MX_GAUGE, MX_ONE, 0 },
};

static int fake_open(void *state, const struct mx_host *host, const void *options,
                     struct mx_err *reterr)
{
        (void)state, (void)host, (void)options, (void)reterr;
        return 0;
}

static int fake_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        (void)state, (void)reterr;
        mx_emit(sink, 0, mx_sink_run(sink));
        return 0;
}

static void fake_close(void *state)
{
        (void)state;
}

#define FAKE(i, name_, run_)                                                                       \
        {                                                                                          \
                .abi = MX_ABI, .size = sizeof(struct mx_collector), .name = name_,                 \
                .help = "Makes one sample.", .source = "fake", .families = &families[i],           \
                .n_families = 1, .run = run_, .max_series = 4, .max_bytes = 4096, .state_size = 1, \
                .open = fake_open, .collect = fake_collect, .close = fake_close                    \
        }

static const struct mx_collector fakes[N_FAKES] = {
        FAKE(0, "fake_a", MX_RUN_WORKER),
        FAKE(1, "fake_b", MX_RUN_WATCH),
        FAKE(2, "fake_c", MX_RUN_WORKER),
        FAKE(3, "fake_d", MX_RUN_WATCH),
};

static struct engine engine;

/* Settings in which the fakes with a bit in `mask` are enabled. */
static struct settings *make_settings(unsigned mask)
{
        struct settings *s = harness_settings(&fakes[0]);

        s->collectors[0].enabled = mask & 1;
        for (size_t i = 1; i < N_FAKES; i++) {
                struct collector_settings *cs = &s->collectors[i];

                options_free(cs->options, cs->collector);
                cs->options = NULL;
                cs->collector = &fakes[i];
                cs->expiry = MX_SECONDS(60);
                cs->max_series = 4;
                cs->enabled = mask >> i & 1;
        }
        return s;
}

static void start(unsigned mask)
{
        char error[SETTINGS_ERROR_MAX] = "";
        struct settings *s = make_settings(mask);

        log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
        ck_assert_msg(engine_init(&engine, s, error) == 0, "%s", error);
        settings_unref(s);
}

static void reload(unsigned mask)
{
        char error[SETTINGS_ERROR_MAX] = "";
        struct settings *s = make_settings(mask);

        ck_assert_msg(engine_reload(&engine, s, error) == 0, "%s", error);
        settings_unref(s);
}

static void want(enum encoding encoding)
{
        demand_note(&engine.shared.demand, encoding, MX_TEXT, clock_usec(CLOCK_BOOTTIME));
}

/* Asks every collector for a run at once, and waits for all of them. */
static void run_all(void)
{
        struct collector_view v[N_FAKES];
        bool busy = true;

        for (size_t i = 0; i < engine.n_runners; i++)
                ck_assert(runner_ask(engine.runners[i], clock_usec(CLOCK_BOOTTIME)));
        while (busy) {
                size_t n = engine_view(&engine, clock_usec(CLOCK_BOOTTIME), v, N_FAKES);

                busy = false;
                for (size_t i = 0; i < n; i++)
                        busy = busy || v[i].status.running;
                sched_yield();
        }
}

static bool has_workspaces(void)
{
        struct encoder_lane *lane = &engine.shared.lane;
        bool has;

        pthread_mutex_lock(&lane->lock);
        has = lane->encoder.deflater || lane->encoder.zstandard;
        pthread_mutex_unlock(&lane->lock);
        return has;
}

/* Is what the only collector said encoded? */
static bool is_encoded(void)
{
        static const struct selection all = { 0 };
        struct fragment *f;
        bool made;

        ck_assert_uint_eq(engine_snapshot(&engine, &all, clock_usec(CLOCK_BOOTTIME), &f, 1), 1);
        made = f->encoded[ENCODING_ZSTD][MX_TEXT].made;
        fragment_unref(f);
        return made;
}

START_TEST(workers_encode_what_is_asked_for_whether_they_watch_or_not)
{
        start(1U << _i);
        run_all();
        ck_assert(!has_workspaces()); /* nobody has asked */
        want(ENCODING_ZSTD);
        run_all();
        ck_assert(has_workspaces());
        ck_assert(is_encoded());
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
}
END_TEST

START_TEST(one_that_watches_does_not_wait_for_the_lane_and_leaves_the_rest_to_others)
{
        start(2);
        want(ENCODING_ZSTD);
        pthread_mutex_lock(&engine.shared.lane.lock);
        run_all();
        ck_assert(!is_encoded());
        pthread_mutex_unlock(&engine.shared.lane.lock);
        run_all();
        ck_assert(is_encoded());
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
}
END_TEST

START_TEST(a_reload_that_removes_the_last_collector_of_the_lane_gives_its_workspaces_back)
{
        start(3);
        want(ENCODING_GZIP);
        want(ENCODING_ZSTD);
        run_all();
        ck_assert(has_workspaces());
        reload(0);
        while (atomic_load(&engine.shared.threads) > 0)
                sched_yield();
        ck_assert(!has_workspaces());
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
}
END_TEST

/* What everyone is given is whole, whoever else encodes, comes or goes. */
static void assert_encoded(enum encoding encoding, size_t n)
{
        static const struct selection all = { 0 };
        struct fragment *f[N_FAKES];
        char got[4096], plain[4096];

        ck_assert_uint_eq(engine_snapshot(&engine, &all, clock_usec(CLOCK_BOOTTIME), f, N_FAKES),
                          n);
        for (size_t i = 0; i < n; i++) {
                const struct fragment_encoded *e = &f[i]->encoded[encoding][MX_TEXT];

                if (engine.runners[i]->config->collector->run != MX_RUN_WATCH)
                        ck_assert(e->made);
                if (e->made && encoding == ENCODING_ZSTD) {
                        size_t len = fragment_len(f[i], MX_TEXT);

                        fragment_copy(f[i], MX_TEXT, plain);
                        ck_assert_uint_eq(
                                harness_decode(encoding, e->buf.data, e->buf.len, got, sizeof(got)),
                                len);
                        ck_assert_mem_eq(got, plain, len);
                }
                fragment_unref(f[i]);
        }
}

START_TEST(collectors_that_share_a_lane_take_turns_while_others_leave_it)
{
        start(15);
        for (unsigned i = 0; i < ROUNDS; i++) {
                want(ENCODING_ZSTD);
                want(ENCODING_GZIP);
                run_all();
                assert_encoded(ENCODING_ZSTD, engine.n_runners);
                assert_encoded(ENCODING_GZIP, engine.n_runners);
                reload(i % 2 ? 15 : 3); /* the others' threads end as the next runs begin */
        }
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("encoder_lane");
        TCase *t = tcase_create("encoder_lane");

        tcase_add_loop_test(t, workers_encode_what_is_asked_for_whether_they_watch_or_not, 0, 2);
        tcase_add_test(t,
                       one_that_watches_does_not_wait_for_the_lane_and_leaves_the_rest_to_others);
        tcase_add_test(
                t, a_reload_that_removes_the_last_collector_of_the_lane_gives_its_workspaces_back);
        tcase_add_test(t, collectors_that_share_a_lane_take_turns_while_others_leave_it);
        suite_add_tcase(s, t);
        return harness_main(s);
}
