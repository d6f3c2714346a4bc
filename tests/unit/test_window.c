/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "mx/scan.h"
#include "mx/window.h"

#include <string.h>

#define SLOT(span)   (mx_spans[span].slot_usec)
#define LENGTH(span) (MX_WINDOW_SLOTS * SLOT(span))

static const char *const names[MX_SPANS] = { "1m", "5m", "1h" };
static const uint64_t seconds[MX_SPANS] = { 60, 300, 3600 };
static const enum mx_extreme extremes[] = { MX_HIGHEST, MX_LOWEST };

/* What is kept in every span; all of them say the same. */
static uint64_t read_all(const struct mx_window *w, uint64_t now)
{
        uint64_t v = mx_window_read(w, MX_SPAN_1M, now);

        for (enum mx_span span = MX_SPAN_1M; span < MX_SPANS; span++)
                ck_assert_uint_eq(mx_window_read(w, span, now), v);
        return v;
}

START_TEST(the_spans_are_as_long_as_their_names_say)
{
        for (enum mx_span span = MX_SPAN_1M; span < MX_SPANS; span++) {
                ck_assert_str_eq(mx_spans[span].name, names[span]);
                ck_assert_uint_eq(LENGTH(span), MX_SECONDS(seconds[span]));
        }
}
END_TEST

START_TEST(an_empty_window_has_no_extreme)
{
        static const uint64_t times[] = { 0, 1, MX_SECONDS(5), MX_SECONDS(1000000), UINT64_MAX };
        struct mx_window w = { 0 };

        for (size_t i = 0; i < MX_ARRAY_SIZE(times); i++)
                ck_assert_uint_eq(read_all(&w, times[i]), MX_ABSENT);
        for (size_t i = 0; i < MX_ARRAY_SIZE(extremes); i++) {
                mx_window_init(&w, extremes[i]);
                mx_window_add(&w, MX_SECONDS(7), MX_ABSENT);
                ck_assert_uint_eq(read_all(&w, MX_SECONDS(7)), MX_ABSENT);
        }
}
END_TEST

START_TEST(the_highest_or_the_lowest_is_kept_whatever_the_order)
{
        static const uint64_t orders[][3] = { { 1, 5, 9 }, { 9, 5, 1 }, { 5, 9, 1 }, { 5, 1, 9 } };

        for (size_t i = 0; i < MX_ARRAY_SIZE(orders); i++) {
                struct mx_window high = { 0 }, low;

                mx_window_init(&low, MX_LOWEST);
                for (uint64_t k = 0; k < 3; k++) {
                        mx_window_add(&high, MX_SECONDS(100 + 7 * k), orders[i][k]);
                        mx_window_add(&low, MX_SECONDS(100 + 7 * k), orders[i][k]);
                }
                ck_assert_uint_eq(read_all(&high, MX_SECONDS(114)), 9);
                ck_assert_uint_eq(read_all(&low, MX_SECONDS(114)), 1);
        }
}
END_TEST

/* The numbers next to those that stand for "nothing", inside and outside. */
START_TEST(every_value_but_absent_is_a_value)
{
        static const uint64_t values[] = {
                0, 1, (uint64_t)INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX - 2, UINT64_MAX - 1
        };

        for (size_t e = 0; e < MX_ARRAY_SIZE(extremes); e++)
                for (size_t i = 0; i < MX_ARRAY_SIZE(values); i++)
                        for (size_t k = 0; k < MX_ARRAY_SIZE(values); k++) {
                                size_t want = (i > k) == (extremes[e] == MX_HIGHEST) ? i : k;
                                struct mx_window w;

                                mx_window_init(&w, extremes[e]);
                                mx_window_add(&w, 0, values[i]);
                                ck_assert_uint_eq(read_all(&w, 0), values[i]);
                                mx_window_add(&w, 0, values[k]);
                                mx_window_add(&w, 0, MX_ABSENT);
                                ck_assert_uint_eq(read_all(&w, 0), values[want]);
                        }
}
END_TEST

START_TEST(a_moment_leaves_a_span_between_its_length_and_a_slot_more)
{
        for (enum mx_span span = MX_SPAN_1M; span < MX_SPANS; span++)
                for (uint64_t at = 0; at < 3 * SLOT(span); at += SLOT(span) / 5 + 1) {
                        uint64_t gone = at / SLOT(span) * SLOT(span) + LENGTH(span) + SLOT(span);
                        struct mx_window w = { 0 };

                        mx_window_add(&w, at, 42);
                        ck_assert_uint_gt(gone, at + LENGTH(span));
                        ck_assert_uint_le(gone, at + LENGTH(span) + SLOT(span));
                        ck_assert_uint_eq(mx_window_read(&w, span, at + LENGTH(span)), 42);
                        ck_assert_uint_eq(mx_window_read(&w, span, gone - 1), 42);
                        ck_assert_uint_eq(mx_window_read(&w, span, gone), MX_ABSENT);
                        /* A lesser value that came later is what is left. */
                        mx_window_add(&w, at + SLOT(span), 7);
                        ck_assert_uint_eq(mx_window_read(&w, span, gone - 1), 42);
                        ck_assert_uint_eq(mx_window_read(&w, span, gone), 7);
                        mx_window_add(&w, gone, 1);
                        ck_assert_uint_eq(mx_window_read(&w, span, gone), 7);
                }
}
END_TEST

START_TEST(a_pause_of_any_length_leaves_nothing_behind_that_is_too_old)
{
        for (enum mx_span span = MX_SPAN_1M; span < MX_SPANS; span++)
                for (uint64_t slots = 1; slots < 5 * MX_WINDOW_SLOTS; slots++) {
                        uint64_t now = MX_SECONDS(86400);
                        struct mx_window w = { 0 };

                        for (uint64_t i = 0; i < 20; i++) /* every slot has been used */
                                mx_window_add(&w, now + i * SLOT(span), 100);
                        now += (19 + slots) * SLOT(span);
                        mx_window_add(&w, now, 1);
                        ck_assert_uint_eq(mx_window_read(&w, span, now),
                                          slots <= MX_WINDOW_SLOTS ? 100 : 1);
                        ck_assert_uint_eq(mx_window_read(&w, span, now + LENGTH(span)), 1);
                }
}
END_TEST

START_TEST(a_first_moment_long_after_the_clocks_start_is_like_any_other)
{
        static const uint64_t starts[] = { 0, 1, MX_SECONDS(59), MX_SECONDS(1U << 31), UINT64_MAX };

        for (size_t i = 0; i < MX_ARRAY_SIZE(starts); i++) {
                struct mx_window w = { 0 };

                mx_window_add(&w, starts[i], 3);
                ck_assert_uint_eq(read_all(&w, starts[i]), 3);
        }
}
END_TEST

START_TEST(time_that_stands_still_adds_to_the_same_moment)
{
        struct mx_window w;

        mx_window_init(&w, MX_LOWEST);
        for (uint64_t v = 100; v > 0; v--)
                mx_window_add(&w, MX_SECONDS(1000), v);
        ck_assert_uint_eq(read_all(&w, MX_SECONDS(1000)), 1);
}
END_TEST

START_TEST(an_earlier_time_counts_as_the_newest_one_met)
{
        struct mx_window w = { 0 };

        mx_window_add(&w, MX_SECONDS(10000), 5);
        mx_window_add(&w, 0, 9);
        mx_window_add(&w, MX_SECONDS(9990), 8);
        ck_assert_uint_eq(read_all(&w, MX_SECONDS(10000)), 9);
        ck_assert_uint_eq(read_all(&w, 0), 9); /* nor does a reader see the past */
        ck_assert_uint_eq(mx_window_read(&w, MX_SPAN_1M, MX_SECONDS(10064)), 9);
        ck_assert_uint_eq(mx_window_read(&w, MX_SPAN_1M, MX_SECONDS(10065)), MX_ABSENT);
}
END_TEST

START_TEST(readers_change_nothing_however_often_they_ask)
{
        struct mx_window w = { 0 }, before;

        mx_window_add(&w, MX_SECONDS(100), 5);
        before = w;
        for (uint64_t now = 0; now < MX_SECONDS(10000); now += MX_SECONDS(13))
                for (enum mx_span span = MX_SPAN_1M; span < MX_SPANS; span++)
                        (void)mx_window_read(&w, span, now);
        ck_assert_mem_eq(&w, &before, sizeof(w));
}
END_TEST

/* ---- against a model that keeps every moment ---- */

#define MOMENTS 3000

static uint64_t next_random(uint64_t *state)
{
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state;
}

struct model {
        struct {
                uint64_t usec, value;
        } moment[MOMENTS];
        size_t n;
};

static uint64_t model_read(const struct model *m, enum mx_extreme extreme, enum mx_span span,
                           uint64_t now)
{
        uint64_t v = MX_ABSENT;

        for (size_t i = m->n; i-- > 0;) {
                uint64_t value = m->moment[i].value;

                if (m->moment[i].usec / SLOT(span) + MX_WINDOW_SLOTS < now / SLOT(span))
                        break;
                if (value != MX_ABSENT &&
                    (v == MX_ABSENT || (extreme == MX_HIGHEST ? value > v : value < v)))
                        v = value;
        }
        return v;
}

/* Steps from none to hours, small ones far more often; now and then the clock goes back. */
static uint64_t step(uint64_t *state)
{
        return next_random(state) % (1ULL << (next_random(state) % 34));
}

START_TEST(a_random_walk_agrees_with_a_model_that_keeps_every_moment)
{
        enum mx_extreme extreme = extremes[_i % 2];
        uint64_t state = 0x9e3779b97f4a7c15ULL + (unsigned)_i, now = step(&state);
        static struct model m;
        struct mx_window w;

        m.n = 0;
        mx_window_init(&w, extreme);
        while (m.n < MOMENTS) {
                uint64_t r = next_random(&state), value = r % 16 == 0   ? MX_ABSENT
                                                          : r % 16 == 1 ? r >> 1
                                                                        : r >> 40;
                uint64_t back = r % 32 == 2 ? step(&state) % (now + 1) : 0;

                now += step(&state);
                mx_window_add(&w, now - back, value);
                /* What is absent does not move the clock, and an earlier time is the newest. */
                if (value != MX_ABSENT) {
                        uint64_t newest = m.n ? m.moment[m.n - 1].usec : 0;

                        m.moment[m.n].usec = now - back > newest ? now - back : newest;
                        m.moment[m.n++].value = value;
                }
                for (enum mx_span span = MX_SPAN_1M; span < MX_SPANS; span++) {
                        uint64_t later = now + (r % 4 == 3 ? step(&state) : 0);

                        ck_assert_msg(mx_window_read(&w, span, later) ==
                                              model_read(&m, extreme, span, later),
                                      "walk %d, moment %zu, span %s", _i, m.n, names[span]);
                }
        }
}
END_TEST

int main(void)
{
        Suite *s = suite_create("window");
        TCase *t = tcase_create("window");

        tcase_set_timeout(t, 60);
        tcase_add_test(t, the_spans_are_as_long_as_their_names_say);
        tcase_add_test(t, an_empty_window_has_no_extreme);
        tcase_add_test(t, the_highest_or_the_lowest_is_kept_whatever_the_order);
        tcase_add_test(t, every_value_but_absent_is_a_value);
        tcase_add_test(t, a_moment_leaves_a_span_between_its_length_and_a_slot_more);
        tcase_add_test(t, a_pause_of_any_length_leaves_nothing_behind_that_is_too_old);
        tcase_add_test(t, a_first_moment_long_after_the_clocks_start_is_like_any_other);
        tcase_add_test(t, time_that_stands_still_adds_to_the_same_moment);
        tcase_add_test(t, an_earlier_time_counts_as_the_newest_one_met);
        tcase_add_test(t, readers_change_nothing_however_often_they_ask);
        tcase_add_loop_test(t, a_random_walk_agrees_with_a_model_that_keeps_every_moment, 0, 16);
        suite_add_tcase(s, t);
        return harness_main(s);
}
