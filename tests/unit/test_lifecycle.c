/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "lifecycle.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct told {
        atomic_uint times, successes;
        char reason[64];
        struct lifecycle *again; /* asks once more when it is told */
        struct told *next;
};

static void done(void *cls, const char *reason)
{
        struct told *t = cls;

        snprintf(t->reason, sizeof(t->reason), "%s", reason ? reason : "");
        atomic_fetch_add(&t->times, 1);
        if (!reason)
                atomic_fetch_add(&t->successes, 1);
        if (t->again)
                (void)lifecycle_ask(t->again, done, t->next);
}

static bool is_readable(const struct lifecycle *l)
{
        struct pollfd p = { .fd = lifecycle_fd(l), .events = POLLIN };

        return poll(&p, 1, 0) == 1;
}

static struct lifecycle *make(void)
{
        struct lifecycle *l = NULL;

        ck_assert_int_eq(lifecycle_new(&l), 0);
        ck_assert(!is_readable(l));
        return l;
}

static const char *const outcomes[] = { NULL, "f.yml:1:1: it is bad" };

START_TEST(who_asks_wakes_the_loop_and_is_told_the_outcome_once)
{
        struct lifecycle *l = make();
        struct told a = { 0 }, b = { 0 };

        ck_assert_int_eq(lifecycle_ask(l, done, &a), 0);
        ck_assert_int_eq(lifecycle_ask(l, done, &b), 0);
        ck_assert(is_readable(l));
        lifecycle_begin(l);
        ck_assert(!is_readable(l));
        ck_assert_uint_eq(atomic_load(&a.times), 0);
        lifecycle_end(l, outcomes[_i]);
        ck_assert_uint_eq(atomic_load(&a.times), 1);
        ck_assert_uint_eq(atomic_load(&b.times), 1);
        ck_assert_uint_eq(atomic_load(&a.successes), outcomes[_i] ? 0 : 1);
        ck_assert_str_eq(b.reason, outcomes[_i] ? outcomes[_i] : "");
        lifecycle_begin(l);
        lifecycle_end(l, NULL);
        lifecycle_free(l);
        ck_assert_uint_eq(atomic_load(&a.times), 1);
}
END_TEST

START_TEST(who_asks_while_one_is_under_way_waits_for_the_next)
{
        struct lifecycle *l = make();
        struct told early = { 0 }, late = { 0 };

        ck_assert_int_eq(lifecycle_ask(l, done, &early), 0);
        lifecycle_begin(l);
        ck_assert_int_eq(lifecycle_ask(l, done, &late), 0);
        ck_assert(is_readable(l));
        lifecycle_end(l, "first");
        ck_assert_uint_eq(atomic_load(&early.times), 1);
        ck_assert_uint_eq(atomic_load(&late.times), 0);
        ck_assert(is_readable(l));
        lifecycle_begin(l);
        lifecycle_end(l, NULL);
        ck_assert_uint_eq(atomic_load(&early.times), 1);
        ck_assert_uint_eq(atomic_load(&late.successes), 1);
        lifecycle_free(l);
}
END_TEST

START_TEST(an_end_without_a_begin_tells_nobody)
{
        struct lifecycle *l = make();
        struct told a = { 0 };

        ck_assert_int_eq(lifecycle_ask(l, done, &a), 0);
        lifecycle_end(l, NULL);
        ck_assert_uint_eq(atomic_load(&a.times), 0);
        ck_assert(is_readable(l));
        lifecycle_free(l);
        ck_assert_uint_eq(atomic_load(&a.times), 1);
}
END_TEST

START_TEST(who_is_told_may_ask_again)
{
        struct lifecycle *l = make();
        struct told second = { 0 }, first = { .again = l, .next = &second };

        ck_assert_int_eq(lifecycle_ask(l, done, &first), 0);
        lifecycle_begin(l);
        lifecycle_end(l, NULL);
        ck_assert_uint_eq(atomic_load(&second.times), 0);
        ck_assert(is_readable(l));
        lifecycle_begin(l);
        lifecycle_end(l, NULL);
        ck_assert_uint_eq(atomic_load(&second.times), 1);
        lifecycle_free(l);
}
END_TEST

START_TEST(more_than_may_wait_are_refused_until_the_others_are_told)
{
        struct lifecycle *l = make();
        struct told t[LIFECYCLE_WAITERS_MAX + 1] = { 0 };

        for (size_t i = 0; i < LIFECYCLE_WAITERS_MAX; i++)
                ck_assert_int_eq(lifecycle_ask(l, done, &t[i]), 0);
        ck_assert_int_eq(lifecycle_ask(l, done, &t[LIFECYCLE_WAITERS_MAX]), -EBUSY);
        lifecycle_begin(l);
        ck_assert_int_eq(lifecycle_ask(l, done, &t[LIFECYCLE_WAITERS_MAX]), -EBUSY);
        lifecycle_end(l, NULL);
        for (size_t i = 0; i < LIFECYCLE_WAITERS_MAX; i++)
                ck_assert_uint_eq(atomic_load(&t[i].successes), 1);
        ck_assert_uint_eq(atomic_load(&t[LIFECYCLE_WAITERS_MAX].times), 0);
        ck_assert_int_eq(lifecycle_ask(l, done, &t[LIFECYCLE_WAITERS_MAX]), 0);
        lifecycle_free(l);
}
END_TEST

START_TEST(a_stop_tells_all_that_it_failed_and_refuses_everyone_after)
{
        struct lifecycle *l = make();
        struct told taken = { 0 }, waiting = { .again = l, .next = &taken }, late = { 0 };

        ck_assert_int_eq(lifecycle_ask(l, done, &taken), 0);
        lifecycle_begin(l);
        ck_assert_int_eq(lifecycle_ask(l, done, &waiting), 0);
        lifecycle_stop(l);
        ck_assert_str_eq(taken.reason, "the daemon is ending");
        ck_assert_str_eq(waiting.reason, "the daemon is ending");
        ck_assert_int_eq(lifecycle_ask(l, done, &late), -ESHUTDOWN);
        lifecycle_end(l, NULL);
        lifecycle_stop(l);
        lifecycle_free(l);
        lifecycle_free(NULL);
        ck_assert_uint_eq(atomic_load(&taken.times), 1);
        ck_assert_uint_eq(atomic_load(&waiting.times), 1);
        ck_assert_uint_eq(atomic_load(&late.times), 0);
}
END_TEST

#define THREADS 4
#define ASKS    500

struct crowd {
        struct lifecycle *l;
        atomic_uint accepted, running;
        struct told told;
};

static void *ask_often(void *cls)
{
        struct crowd *c = cls;

        for (unsigned i = 0; i < ASKS; i++)
                if (lifecycle_ask(c->l, done, &c->told) == 0)
                        atomic_fetch_add(&c->accepted, 1);
        atomic_fetch_sub(&c->running, 1);
        return NULL;
}

START_TEST(everyone_who_was_accepted_is_told_whatever_the_threads_do)
{
        struct crowd c = { .l = make(), .running = THREADS };
        pthread_t threads[THREADS];

        for (size_t i = 0; i < THREADS; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_often, &c), 0);
        while (atomic_load(&c.running) > 0) {
                struct pollfd p = { .fd = lifecycle_fd(c.l), .events = POLLIN };

                if (poll(&p, 1, 1) == 1) {
                        lifecycle_begin(c.l);
                        lifecycle_end(c.l, NULL);
                }
        }
        for (size_t i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
        lifecycle_free(c.l);
        ck_assert_uint_gt(atomic_load(&c.accepted), 0);
        ck_assert_uint_eq(atomic_load(&c.told.times), atomic_load(&c.accepted));
}
END_TEST

int main(void)
{
        Suite *s = suite_create("lifecycle");
        TCase *t = tcase_create("lifecycle");

        tcase_add_loop_test(t, who_asks_wakes_the_loop_and_is_told_the_outcome_once, 0,
                            (int)MX_ARRAY_SIZE(outcomes));
        tcase_add_test(t, who_asks_while_one_is_under_way_waits_for_the_next);
        tcase_add_test(t, an_end_without_a_begin_tells_nobody);
        tcase_add_test(t, who_is_told_may_ask_again);
        tcase_add_test(t, more_than_may_wait_are_refused_until_the_others_are_told);
        tcase_add_test(t, a_stop_tells_all_that_it_failed_and_refuses_everyone_after);
        tcase_add_test(t, everyone_who_was_accepted_is_told_whatever_the_threads_do);
        suite_add_tcase(s, t);
        return harness_main(s);
}
