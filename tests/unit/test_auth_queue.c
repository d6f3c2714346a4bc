/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "auth_queue.h"

#include <errno.h>
#include <string.h>

static struct auth_queue q;
static struct auth_waiter waiters[AUTH_WAITERS_MAX];

static void done(void *cls, bool good)
{
        (void)cls, (void)good;
}

/* Verification number `what`, asked for by address number `from`. */
static int add(unsigned from, unsigned what)
{
        struct auth_claim claim = { .password = "secret" };
        unsigned char address[AUTH_ADDRESS_LEN] = { 0 };

        memcpy(claim.digest, &what, sizeof(what));
        memcpy(address, &from, sizeof(from));
        return auth_queue_add(&q, &claim, address, done, NULL, waiters);
}

static unsigned what(const struct auth_job *job)
{
        unsigned n;

        ck_assert_ptr_nonnull(job);
        memcpy(&n, job->claim.digest, sizeof(n));
        return n;
}

/* Begins and ends the next; returns its number. */
static unsigned next(void)
{
        struct auth_job *job = auth_queue_next(&q);
        unsigned n = what(job);

        ck_assert_uint_gt(auth_queue_end(&q, job, waiters), 0);
        return n;
}

static void reset(void)
{
        memset(&q, 0, sizeof(q));
}

START_TEST(one_address_is_served_in_the_order_of_asking)
{
        for (unsigned i = 1; i <= AUTH_JOBS_PER_ADDRESS; i++)
                ck_assert_int_eq(add(1, i), 0);
        for (unsigned i = 1; i <= AUTH_JOBS_PER_ADDRESS; i++)
                ck_assert_uint_eq(next(), i);
        ck_assert_ptr_null(auth_queue_next(&q));
}
END_TEST

START_TEST(addresses_take_turns)
{
        static const unsigned order[] = { 11, 21, 31, 12, 22, 13, 14 };

        for (unsigned i = 1; i <= 4; i++)
                ck_assert_int_eq(add(1, 10 + i), 0);
        for (unsigned i = 1; i <= 2; i++)
                ck_assert_int_eq(add(2, 20 + i), 0);
        ck_assert_int_eq(add(3, 31), 0);
        for (size_t i = 0; i < MX_ARRAY_SIZE(order); i++)
                ck_assert_uint_eq(next(), order[i]);
}
END_TEST

START_TEST(a_newcomer_waits_for_at_most_one_of_each_address_that_floods)
{
        unsigned n = 0, before;

        for (unsigned round = 0; round < 50; round++) {
                struct auth_job *job;

                /* Three addresses that ask for as much as they may, all the time. */
                for (unsigned from = 1; from <= 3; from++)
                        while (add(from, ++n) == 0)
                                ;
                job = auth_queue_next(&q);
                ck_assert_int_eq(add(9, 1000000 + round), 0);
                for (unsigned from = 1; from <= 3; from++)
                        while (add(from, ++n) == 0)
                                ;
                auth_queue_end(&q, job, waiters);
                before = 0;
                while (next() < 1000000) {
                        before++;
                        for (unsigned from = 1; from <= 3; from++)
                                while (add(from, ++n) == 0)
                                        ;
                }
                ck_assert_uint_le(before, 3);
        }
}
END_TEST

START_TEST(who_asks_for_the_same_shares_it_at_the_earlier_turn)
{
        for (unsigned i = 1; i <= 4; i++)
                ck_assert_int_eq(add(1, i), 0);
        ck_assert_int_eq(add(2, 50), 0);
        ck_assert_int_eq(add(2, 4), 0); /* its own second turn, the other's fourth */
        ck_assert_int_eq(add(3, 4), 0); /* a first turn */
        ck_assert_uint_eq(next(), 1);
        ck_assert_uint_eq(what(auth_queue_next(&q)), 4);
}
END_TEST

START_TEST(who_asks_for_what_is_under_way_joins_it)
{
        struct auth_job *job;

        ck_assert_int_eq(add(1, 1), 0);
        job = auth_queue_next(&q);
        ck_assert_int_eq(add(1, 1), 0);
        ck_assert_int_eq(add(2, 1), 0);
        ck_assert_ptr_null(auth_queue_next(&q));
        ck_assert_uint_eq(auth_queue_end(&q, job, waiters), 3);
        ck_assert_int_eq(add(1, 1), 0); /* and after its end it is a new one */
        ck_assert_uint_eq(next(), 1);
}
END_TEST

START_TEST(an_address_has_so_many_verifications_and_so_many_waiters)
{
        struct auth_job *job;

        for (unsigned i = 0; i < AUTH_JOBS_PER_ADDRESS; i++)
                ck_assert_int_eq(add(1, i), 0);
        ck_assert_int_eq(add(1, 99), -EBUSY);
        ck_assert_int_eq(add(2, 99), 0);
        job = auth_queue_next(&q); /* counts while it is under way */
        ck_assert_int_eq(add(1, 98), -EBUSY);
        auth_queue_end(&q, job, waiters);
        ck_assert_int_eq(add(1, 98), 0);
        for (unsigned i = AUTH_JOBS_PER_ADDRESS; i < AUTH_WAITERS_PER_ADDRESS; i++)
                ck_assert_int_eq(add(1, 98), 0);
        ck_assert_int_eq(add(1, 98), -EBUSY);
        ck_assert_int_eq(add(2, 98), 0);
}
END_TEST

START_TEST(in_all_there_are_so_many_verifications_and_so_many_waiters)
{
        unsigned n = 0;

        while (n < AUTH_JOBS_MAX) {
                ck_assert_int_eq(add(n, n), 0);
                n++;
        }
        ck_assert_int_eq(add(100, n), -EBUSY);
        ck_assert_int_eq(add(100, 1), 0);
        n++;
        for (; n < AUTH_WAITERS_MAX; n++)
                ck_assert_int_eq(add(200 + n, n % AUTH_JOBS_MAX), 0);
        ck_assert_int_eq(add(100, 1), -EBUSY);
        for (unsigned i = 0; i < AUTH_JOBS_MAX; i++)
                next();
        ck_assert_ptr_null(auth_queue_next(&q));
        ck_assert_int_eq(add(100, 1), 0);
}
END_TEST

static bool put_out_is(unsigned from)
{
        return memcmp(waiters[0].from, &from, sizeof(from)) == 0;
}

START_TEST(the_newest_verification_of_who_has_most_makes_room)
{
        unsigned n = 0;

        for (unsigned from = 0; from < 8; from++) /* eight that take all places */
                for (unsigned i = 0; i < 4; i++)
                        ck_assert_int_eq(add(from, n++), 0);
        ck_assert_uint_eq(what(auth_queue_next(&q)), 0);
        for (unsigned i = 0; i < 8; i++) { /* each makes room once, the newest first */
                ck_assert_int_eq(add(100 + i, 1000 + i), 1);
                ck_assert(put_out_is(7 - i));
        }
        for (unsigned i = 0; i < 8; i++)
                ck_assert_int_eq(add(i, 2000 + i), -EBUSY); /* three each: none has two more */
        ck_assert_int_eq(add(100, 1000 + 50), 1);           /* its second */
        ck_assert_int_eq(add(100, 1000 + 51), -EBUSY);
        for (unsigned i = 0; i < AUTH_JOBS_MAX - 1; i++)
                next();
        ck_assert_ptr_null(auth_queue_next(&q));
}
END_TEST

START_TEST(a_verification_that_others_wait_for_is_put_out_last_and_with_them)
{
        unsigned n = 4;

        for (unsigned i = 0; i < 4; i++)
                ck_assert_int_eq(add(1, i), 0);
        ck_assert_int_eq(add(2, 3), 0); /* joins the newest */
        ck_assert_int_eq(add(2, 2), 0);
        ck_assert_int_eq(add(2, 0), 0);
        for (; n < AUTH_JOBS_MAX; n++)
                ck_assert_int_eq(add(n, n), 0);
        ck_assert_int_eq(add(100, 100), 1); /* number 1 */
        ck_assert_int_eq(add(101, 101), 2); /* number 3 */
        ck_assert_int_eq(add(102, 102), 2); /* number 2 */
        ck_assert_int_eq(add(103, 103), -EBUSY);
        ck_assert_int_eq(add(103, 0), 0);
}
END_TEST

START_TEST(the_newest_waiter_of_who_has_most_makes_room)
{
        struct auth_job *job;

        for (unsigned from = 1; from <= 4; from++) /* four that take all places */
                for (unsigned i = 0; i < AUTH_WAITERS_PER_ADDRESS; i++)
                        ck_assert_int_eq(add(from, from * 10 + i % 2), 0);
        job = auth_queue_next(&q);
        for (unsigned i = 0; i < AUTH_WAITERS_PER_ADDRESS; i++) { /* down to the fair share */
                int e = add(9, 90);

                ck_assert_int_eq(e, i < 12 ? 1 : -EBUSY);
                if (e == 1)
                        ck_assert(put_out_is(4 - i % 4));
        }
        ck_assert_uint_eq(auth_queue_end(&q, job, waiters), 7); /* one of them was put out */
}
END_TEST

START_TEST(a_verification_goes_with_its_last_waiter_unless_it_is_joined)
{
        for (unsigned joins = 0; joins < 2; joins++) {
                reset();
                for (unsigned from = 1; from <= 3; from++)
                        for (unsigned i = 0; i < AUTH_WAITERS_PER_ADDRESS; i++)
                                ck_assert_int_eq(add(from, from), 0);
                for (unsigned i = 0; i < AUTH_WAITERS_PER_ADDRESS - 1; i++)
                        ck_assert_int_eq(add(4, 1), 0);
                ck_assert_int_eq(add(4, 50), 0);
                ck_assert_int_eq(add(9, joins ? 50 : 90), 1);
                ck_assert(put_out_is(4));
                ck_assert_uint_eq(next(), 1);
                ck_assert_uint_eq(next(), 2);
                ck_assert_uint_eq(next(), 3);
                ck_assert_uint_eq(next(), joins ? 50 : 90);
                ck_assert_ptr_null(auth_queue_next(&q));
        }
}
END_TEST

START_TEST(emptied_it_has_room_again_and_no_password)
{
        static const struct auth_job none;
        struct auth_job *job;

        ck_assert_int_eq(add(1, 1), 0);
        ck_assert_int_eq(add(1, 2), 0);
        ck_assert_int_eq(add(2, 2), 0);
        job = auth_queue_next(&q);
        ck_assert_uint_eq(auth_queue_empty(&q, waiters), 3);
        ck_assert_ptr_null(auth_queue_next(&q));
        ck_assert_str_eq(job->claim.password, "secret"); /* still under way */
        ck_assert_uint_eq(auth_queue_end(&q, job, waiters), 0);
        for (size_t i = 0; i < AUTH_JOBS_MAX; i++)
                ck_assert_mem_eq(&q.jobs[i], &none, sizeof(none));
        ck_assert_uint_eq(auth_queue_empty(&q, waiters), 0);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("auth_queue");
        TCase *t = tcase_create("auth_queue");

        tcase_add_checked_fixture(t, reset, NULL);
        tcase_add_test(t, one_address_is_served_in_the_order_of_asking);
        tcase_add_test(t, addresses_take_turns);
        tcase_add_test(t, a_newcomer_waits_for_at_most_one_of_each_address_that_floods);
        tcase_add_test(t, who_asks_for_the_same_shares_it_at_the_earlier_turn);
        tcase_add_test(t, who_asks_for_what_is_under_way_joins_it);
        tcase_add_test(t, an_address_has_so_many_verifications_and_so_many_waiters);
        tcase_add_test(t, in_all_there_are_so_many_verifications_and_so_many_waiters);
        tcase_add_test(t, the_newest_verification_of_who_has_most_makes_room);
        tcase_add_test(t, a_verification_that_others_wait_for_is_put_out_last_and_with_them);
        tcase_add_test(t, the_newest_waiter_of_who_has_most_makes_room);
        tcase_add_test(t, a_verification_goes_with_its_last_waiter_unless_it_is_joined);
        tcase_add_test(t, emptied_it_has_room_again_and_no_password);
        suite_add_tcase(s, t);
        return harness_main(s);
}
