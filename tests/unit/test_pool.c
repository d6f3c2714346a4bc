/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "pool.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define ITEMS 10000

static void *items[ITEMS];

static bool is_all(const unsigned char *item, size_t value, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if (item[i] != value)
                        return false;
        return true;
}

START_TEST(items_are_zeroed_aligned_and_apart)
{
        struct pool p;

        for (size_t size = sizeof(void *); size <= 1024; size = size * 3 / 2 + 1) {
                pool_init(&p, size);
                for (int round = 0; round < 2; round++) {
                        for (size_t i = 0; i < 300; i++) {
                                unsigned char *item = items[i] = pool_get(&p);

                                ck_assert_ptr_nonnull(item);
                                ck_assert_uint_eq((uintptr_t)item % sizeof(max_align_t) % 16, 0);
                                ck_assert(is_all(item, 0, size));
                                memset(item, (int)(i % 255 + 1), size);
                        }
                        for (size_t i = 0; i < 300; i++) {
                                const unsigned char *item = items[i];

                                ck_assert(is_all(item, i % 255 + 1, size));
                                pool_put(&p, items[i]);
                        }
                }
                pool_done(&p);
                ck_assert_uint_eq(p.blocks, 0);
        }
}
END_TEST

START_TEST(what_a_crowd_took_is_given_back_but_one_block)
{
        struct pool p;

        pool_init(&p, 72);
        for (size_t i = 0; i < ITEMS; i++)
                items[i] = pool_get(&p);
        ck_assert_uint_ge(p.blocks, ITEMS * 72 / p.page);
        ck_assert_uint_le(p.blocks, ITEMS * 100 / p.page + 1);
        /* In an order that empties blocks in the middle. */
        for (size_t i = 0; i < ITEMS; i++)
                pool_put(&p, items[i * 7919 % ITEMS]);
        ck_assert_uint_eq(p.blocks, 1);
        ck_assert_uint_eq(p.empty, 1);
        pool_done(&p);
}
END_TEST

START_TEST(a_number_that_swings_around_a_boundary_maps_nothing)
{
        struct pool p;
        void *last, *before = NULL;

        pool_init(&p, 72);
        for (size_t i = 0; i < p.per_block; i++)
                items[i] = pool_get(&p);
        for (int i = 0; i < 10; i++) {
                last = pool_get(&p);
                ck_assert_uint_eq(p.blocks, 2);
                pool_put(&p, last);
                ck_assert_uint_eq(p.blocks, 2);
                ck_assert(!before || last == before);
                before = last;
        }
        for (size_t i = 0; i < p.per_block; i++)
                pool_put(&p, items[i]);
        ck_assert_uint_eq(p.blocks, 1);
        pool_done(&p);
}
END_TEST

START_TEST(a_pool_that_was_never_made_can_be_ended)
{
        struct pool p = { 0 };

        pool_done(&p);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("pool");
        TCase *t = tcase_create("pool");

        tcase_add_test(t, items_are_zeroed_aligned_and_apart);
        tcase_add_test(t, what_a_crowd_took_is_given_back_but_one_block);
        tcase_add_test(t, a_number_that_swings_around_a_boundary_maps_nothing);
        tcase_add_test(t, a_pool_that_was_never_made_can_be_ended);
        suite_add_tcase(s, t);
        return harness_main(s);
}
