/* SPDX-License-Identifier: Apache-2.0 */
/* The hosts of the fleet tests are as consistent as a kernel's, lively while they are healthy, and
 * have the faults that are injected. */
#include "../fleet/model.h"

#include "harness.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define SEED 7
#define HOUR 3600.0

static const double steps[] = { 1, 60, 600 };

static void run(struct sim_host *h, double from, double to, double dt)
{
        for (double t = from + dt; t <= to; t += dt)
                sim_step(h, t, dt);
}

static void assert_whole(const struct sim_host *h)
{
        for (size_t i = 0; i < h->n_nodes; i++) {
                const struct sim_node *n = &h->node[i];
                uint64_t managed = 0, used = 0;

                for (size_t k = 0; k < SIM_ZONES; k++) {
                        const struct sim_zone *z = &n->zone[k];

                        managed += z->managed;
                        used += z->free;
                        ck_assert_uint_le(z->free, z->managed);
                        ck_assert_uint_le(z->mark[SIM_MIN], z->mark[SIM_LOW]);
                        ck_assert_uint_le(z->mark[SIM_LOW], z->mark[SIM_HIGH]);
                }
                used += n->anon + n->file + n->shmem + n->slab_reclaimable + n->slab_unreclaimable;
                used += n->kernel_stack + n->page_tables + n->other;
                used += n->huge_pool * SIM_HUGE_PAGES;
                ck_assert_uint_eq(used, managed);
                ck_assert_uint_le(n->huge_free, n->huge_pool);
        }
        ck_assert_uint_le(sim_mem_available(h), sim_mem_total(h));
        ck_assert_uint_le(h->swap_used, h->swap_total);
}

static void assert_units_agree(const struct sim_host *h)
{
        uint64_t anon = 0, swap = 0;

        for (size_t i = 0; i < h->n_units; i++) {
                anon += h->unit[i].anon;
                swap += h->unit[i].swap;
                ck_assert_uint_le(sim_unit_current(&h->unit[i]), h->unit[i].peak);
                ck_assert_uint_le(sim_unit_current(&h->unit[i]), h->unit[i].max);
        }
        ck_assert_uint_eq(swap, h->swap_used);
        ck_assert_uint_eq(anon, sim_sum(h).anon);
}

START_TEST(every_page_is_somewhere)
{
        for (unsigned i = 0; i < SIM_ROLES * SIM_FAULTS * MX_ARRAY_SIZE(steps); i++) {
                double dt = steps[i / SIM_ROLES / SIM_FAULTS];
                struct sim_host h;

                sim_init(&h, (enum sim_role)(i % SIM_ROLES), 4, SEED);
                if (sim_inject(&h, (enum sim_fault)(i / SIM_ROLES % SIM_FAULTS), HOUR) < 0)
                        continue;
                for (int k = 1; k <= 60; k++) {
                        sim_step(&h, HOUR - 10 * dt + k * dt, dt);
                        assert_whole(&h);
                        assert_units_agree(&h);
                }
        }
}
END_TEST

/* As plain numbers, one after the other. */
static void assert_no_counter_fell(const struct sim_host *before, const struct sim_host *after)
{
        const uint64_t *a = (const uint64_t *)(const void *)&before->count;
        const uint64_t *b = (const uint64_t *)(const void *)&after->count;

        for (size_t i = 0; i < sizeof(before->count) / sizeof(*a); i++)
                ck_assert_uint_le(a[i], b[i]);
        for (size_t i = 0; i < after->n_nodes; i++) {
                ck_assert_uint_le(before->node[i].numa_hit, after->node[i].numa_hit);
                ck_assert_uint_le(before->node[i].numa_miss, after->node[i].numa_miss);
                ck_assert_uint_le(before->node[i].zone[SIM_NORMAL].breaches[SIM_LOW],
                                  after->node[i].zone[SIM_NORMAL].breaches[SIM_LOW]);
        }
        for (size_t i = 0; i < after->n_units; i++) {
                ck_assert_uint_le(before->unit[i].pgfault, after->unit[i].pgfault);
                ck_assert_uint_le(before->unit[i].events_oom_kill, after->unit[i].events_oom_kill);
                ck_assert_uint_le(before->unit[i].psi_full_usec, after->unit[i].psi_full_usec);
        }
}

START_TEST(counters_fall_at_a_boot_and_never_else)
{
        for (unsigned i = 0; i < SIM_ROLES * SIM_FAULTS; i++) {
                struct sim_host h, before;
                unsigned boots = 0;

                sim_init(&h, (enum sim_role)(i % SIM_ROLES), 3, SEED);
                if (sim_inject(&h, (enum sim_fault)(i / SIM_ROLES), HOUR) < 0)
                        continue;
                h.next_reboot = 5 * HOUR;
                for (double t = 60; t <= 10 * HOUR; t += 60) {
                        before = h;
                        sim_step(&h, t, 60);
                        if (h.boots == before.boots) {
                                assert_no_counter_fell(&before, &h);
                                continue;
                        }
                        boots++;
                        ck_assert(h.boot > before.boot);
                        ck_assert_uint_lt(h.count.pgfault, before.count.pgfault);
                }
                ck_assert_uint_eq(boots, 1);
        }
}
END_TEST

START_TEST(the_same_seed_is_the_same_host)
{
        struct sim_host a, b, other;

        memset(&a, 0, sizeof(a));
        memset(&b, 0, sizeof(b));
        sim_init(&a, SIM_WEB, 2, SEED);
        sim_init(&b, SIM_WEB, 2, SEED);
        sim_init(&other, SIM_WEB, 3, SEED);
        run(&a, 0, 3 * HOUR, 60);
        run(&b, 0, 3 * HOUR, 60);
        run(&other, 0, 3 * HOUR, 60);
        ck_assert_str_eq(a.name, "web-02");
        ck_assert_uint_eq(a.count.pgfault, b.count.pgfault);
        ck_assert_uint_eq(sim_mem_available(&a), sim_mem_available(&b));
        ck_assert_uint_ne(a.count.pgfault, other.count.pgfault);
        ck_assert_uint_ne(sim_mem_available(&a), sim_mem_available(&other));
}
END_TEST

/* What an alert may look at. */
static void assert_well(const struct sim_host *h)
{
        ck_assert_uint_eq(h->count.oom_kill, 0);
        ck_assert_uint_eq(h->count.allocstall[SIM_NORMAL], 0);
        ck_assert_uint_eq(h->count.psi_full_usec, 0);
        ck_assert_uint_ge(sim_mem_available(h), sim_mem_total(h) / 5);
        for (size_t i = 0; i < h->n_nodes; i++)
                for (size_t k = 0; k < SIM_ZONES; k++) {
                        const struct sim_zone *z = &h->node[i].zone[k];

                        ck_assert_uint_eq(z->breaches[SIM_MIN], 0);
                        ck_assert_uint_ge(z->free, z->mark[SIM_LOW]);
                }
}

/* Of each role. No thread and no memory of its own is in a host: a sanitizer, which takes a minute
 * for ten of them, has two. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define HOSTS_FOR_DAYS 2
#else
#define HOSTS_FOR_DAYS 10
#endif

START_TEST(healthy_hosts_are_well_for_days)
{
        for (unsigned i = 0; i < SIM_ROLES * HOSTS_FOR_DAYS; i++) {
                struct sim_host h;

                sim_init(&h, (enum sim_role)(i % SIM_ROLES), i / SIM_ROLES, SEED);
                for (double t = 60; t <= 72 * HOUR; t += 60) {
                        sim_step(&h, t, 60);
                        assert_well(&h);
                }
                run(&h, 72 * HOUR, 72 * HOUR + 600, 1);
                assert_well(&h);
        }
}
END_TEST

START_TEST(healthy_hosts_are_lively)
{
        for (unsigned i = 0; i < SIM_ROLES; i++) {
                struct sim_host h;
                uint64_t least = UINT64_MAX, most = 0, reclaimed;

                sim_init(&h, (enum sim_role)i, 1, SEED);
                reclaimed = h.count.pgsteal_kswapd;
                for (double t = 60; t <= 24 * HOUR; t += 60) {
                        uint64_t anon;

                        sim_step(&h, t, 60);
                        anon = sim_sum(&h).anon;
                        least = MX_MIN(least, anon);
                        most = anon > most ? anon : most;
                }
                ck_assert_uint_gt(most - least, sim_mem_total(&h) / 200);
                if (i == SIM_STORAGE || i == SIM_DATABASE)
                        ck_assert_uint_gt(h.count.pgsteal_kswapd - reclaimed, 1000000);
        }
}
END_TEST

static void begin(struct sim_host *h, enum sim_role role, unsigned index, enum sim_fault fault)
{
        sim_init(h, role, index, SEED);
        ck_assert_int_eq(sim_inject(h, fault, HOUR), 0);
        run(h, 0, HOUR - 60, 60);
        ck_assert_uint_eq(h->count.oom_kill, 0);
        ck_assert_uint_eq(h->count.psi_full_usec, 0);
}

START_TEST(faults_are_what_they_are_called)
{
        struct sim_host h;
        uint64_t before;

        begin(&h, SIM_WEB, 1, SIM_LEAK);
        before = h.group[0].anon;
        run(&h, HOUR - 60, 5 * HOUR, 60);
        ck_assert_uint_gt(h.group[0].anon, before + sim_mem_total(&h) / 5);
        begin(&h, SIM_BATCH, 1, SIM_SWAP_STORM);
        run(&h, HOUR - 60, 2 * HOUR, 60);
        ck_assert_uint_gt(h.count.pswpin, 2400 * sim_mem_total(&h) / 300);
        ck_assert_uint_gt(h.count.psi_full_usec, 600000000);
        begin(&h, SIM_STORAGE, 1, SIM_OOM_LOOP);
        run(&h, HOUR - 60, 2 * HOUR, 60);
        ck_assert_uint_ge(h.unit[4].events_oom_kill, 70);
        ck_assert_uint_eq(h.unit[4].events_oom_kill, h.count.oom_kill);
        ck_assert_uint_eq(h.n_kills, h.count.oom_kill);
        ck_assert_str_eq(h.unit[h.kill[0].unit].name, "job.service");
        begin(&h, SIM_CACHE, 1, SIM_SLAB_LEAK);
        before = sim_sum(&h).slab_unreclaimable;
        run(&h, HOUR - 60, 5 * HOUR, 60);
        ck_assert_uint_gt(sim_sum(&h).slab_unreclaimable, before + sim_mem_total(&h) / 10);
        begin(&h, SIM_WEB, 2, SIM_MISCONFIGURED);
        before = h.node[0].zone[SIM_NORMAL].mark[SIM_LOW];
        run(&h, HOUR - 60, 2 * HOUR, 60);
        ck_assert_uint_eq(h.vm.swappiness, 100);
        ck_assert_uint_gt(h.node[0].zone[SIM_NORMAL].mark[SIM_LOW], 2 * before);
        begin(&h, SIM_WEB, 3, SIM_THROTTLED);
        run(&h, HOUR - 60, 2 * HOUR, 60);
        ck_assert_uint_gt(h.unit[0].events_high, 1000);
        begin(&h, SIM_WEB, 3, SIM_DOWN);
        ck_assert(!h.is_down);
        run(&h, HOUR - 60, 2 * HOUR, 60);
        ck_assert(h.is_down);
}
END_TEST

/* In short steps the zone itself is seen below min, for a second or so. */
START_TEST(breaches_are_counted_in_long_steps_and_seen_in_short_ones)
{
        const struct sim_zone *z;
        struct sim_host h;
        unsigned seen = 0;

        begin(&h, SIM_DATABASE, 1, SIM_BREACHES);
        run(&h, HOUR - 60, 2 * HOUR, 60);
        z = &h.node[0].zone[SIM_NORMAL];
        ck_assert_uint_ge(z->breaches[SIM_MIN], 100);
        ck_assert_uint_ge(z->free, z->mark[SIM_LOW]);
        for (double t = 2 * HOUR + 0.5; t <= 2 * HOUR + 300; t += 0.5) {
                sim_step(&h, t, 0.5);
                assert_whole(&h);
                seen += z->free < z->mark[SIM_MIN];
        }
        ck_assert_uint_ge(seen, 10);
        ck_assert_uint_le(seen, 200);
}
END_TEST

START_TEST(skewed_nodes_are_one_full_and_others_not)
{
        struct sim_host h;

        begin(&h, SIM_DATABASE, 1, SIM_NUMA_SKEW);
        ck_assert_uint_eq(sim_sum(&h).numa_miss, 0);
        run(&h, HOUR - 60, 2 * HOUR, 60);
        ck_assert_uint_lt(h.node[0].zone[SIM_NORMAL].free, h.node[1].zone[SIM_NORMAL].free / 4);
        ck_assert_uint_gt(h.node[1].numa_miss, 10000);
        ck_assert_uint_eq(sim_sum(&h).numa_miss, sim_sum(&h).numa_foreign);
        ck_assert_uint_eq(h.node[1].numa_hit + h.node[1].numa_miss,
                          h.node[1].numa_local + h.node[1].numa_other);
}
END_TEST

/* A minute of a compressed host is more than an hour of its day, and rates are per second still. */
START_TEST(a_compressed_day_is_as_lively)
{
        struct sim_host h;
        uint64_t faults, least = UINT64_MAX, most = 0;

        sim_init(&h, SIM_WEB, 1, SEED);
        sim_compress(&h, 1200);
        faults = h.count.pgfault;
        for (double t = 1; t <= 1200; t++) {
                uint64_t anon;

                sim_step(&h, t, 1);
                assert_whole(&h);
                anon = sim_sum(&h).anon;
                least = MX_MIN(least, anon);
                most = anon > most ? anon : most;
        }
        assert_well(&h);
        ck_assert_uint_gt(most - least, sim_mem_total(&h) / 10);
        ck_assert_uint_lt(h.count.pgfault - faults, 1200 * 20000);
        ck_assert(h.own.deployed > 0 && h.own.deployed < 1200);
}
END_TEST

/* As tests/fleet/fleet.c and tests/fleet/demo have it. */
#define DEMO_SEED    20260101
#define DEMO_DAY     1200
#define DEMO_HEALTHY 20

/* What MemorySwapInStorm, MemoryPressureFull and MemoryDirectReclaimStalls look at, in the 60 s
 * from `before` on. */
static bool is_storm(const struct sim_counters *before, const struct sim_counters *after,
                     uint64_t total)
{
        return after->pswpin - before->pswpin > 60 * total / 1000 &&
               after->psi_full_usec - before->psi_full_usec > 6000000 &&
               after->allocstall[SIM_NORMAL] + after->allocstall_movable -
                               before->allocstall[SIM_NORMAL] - before->allocstall_movable >
                       60 &&
               after->psi_some_usec - before->psi_some_usec > 3000000;
}

/* The jobs of a day that takes 20 minutes end every minute or so, and the storm goes on. */
START_TEST(a_swap_storm_of_the_demo_comes_within_minutes_and_stays)
{
        for (unsigned i = 0; i < 10; i++) {
                struct sim_counters before;
                struct sim_host h;

                sim_init(&h, SIM_BATCH, i, DEMO_SEED);
                sim_compress(&h, DEMO_DAY);
                ck_assert_int_eq(sim_inject(&h, SIM_SWAP_STORM, DEMO_HEALTHY), 0);
                if (i != 1) /* whose next day it is; a new start of processes ends any storm */
                        h.next_deploy = h.next_reboot = INFINITY;
                for (double t = 0; t < DEMO_DAY; t += 60) {
                        before = h.count;
                        run(&h, t, t + 60, 1);
                        assert_whole(&h);
                        if (t >= 360)
                                ck_assert(is_storm(&before, &h.count, sim_mem_total(&h)));
                }
        }
}
END_TEST

/* Of the settings, and of what is made of them. */
static void assert_set_alike(const struct sim_host *a, const struct sim_host *b)
{
        ck_assert_mem_eq(&a->vm, &b->vm, sizeof(a->vm));
        ck_assert_uint_eq(a->unit[0].high, b->unit[0].high);
        ck_assert(a->is_down == b->is_down);
        for (size_t i = 0; i < a->n_nodes; i++)
                for (size_t k = 0; k < SIM_ZONES; k++)
                        ck_assert_mem_eq(a->node[i].zone[k].mark, b->node[i].zone[k].mark,
                                         sizeof(a->node[i].zone[k].mark));
}

START_TEST(a_host_that_is_healthy_again_is_set_as_it_was)
{
        for (unsigned i = 0; i < SIM_ROLES * SIM_FAULTS; i++) {
                struct sim_host h, fresh;

                sim_init(&h, (enum sim_role)(i % SIM_ROLES), 0, SEED);
                fresh = h;
                if (sim_inject(&h, (enum sim_fault)(i / SIM_ROLES), 0) < 0)
                        continue;
                run(&h, 0, HOUR, 60);
                ck_assert_int_eq(sim_inject(&h, SIM_HEALTHY, HOUR), 0);
                assert_set_alike(&h, &fresh);
                run(&h, HOUR, 2 * HOUR, 60);
                assert_set_alike(&h, &fresh);
                assert_whole(&h);
        }
}
END_TEST

START_TEST(a_host_has_one_fault_at_a_time)
{
        struct sim_host h, fresh;

        sim_init(&h, SIM_WEB, 1, SEED);
        fresh = h;
        ck_assert_int_eq(sim_inject(&h, SIM_MISCONFIGURED, 0), 0);
        run(&h, 0, HOUR, 60);
        ck_assert_int_eq(sim_inject(&h, SIM_DOWN, HOUR), 0);
        run(&h, HOUR, 2 * HOUR, 60);
        ck_assert(h.is_down);
        ck_assert_int_eq(sim_inject(&h, SIM_NUMA_SKEW, 2 * HOUR), -EINVAL);
        ck_assert(h.is_down);
        ck_assert_int_eq(sim_inject(&h, SIM_BREACHES, 3 * HOUR), 0);
        assert_set_alike(&h, &fresh);
}
END_TEST

START_TEST(parts_add_up_and_rise_with_their_sum)
{
        for (uint64_t sum = 0; sum < 50; sum++)
                for (uint32_t n = 1; n < 8; n++) {
                        uint64_t all = 0;

                        for (uint32_t k = 0; k < n; k++) {
                                all += sim_part(sum, k, n);
                                ck_assert_uint_le(sim_part(sum, k, n), sim_part(sum + 1, k, n));
                        }
                        ck_assert_uint_eq(all, sum);
                }
        for (uint64_t pages = 0; pages < 50; pages++) {
                struct sim_lru l = sim_lru(pages, 7, 3 * pages);

                ck_assert_uint_eq(l.active_anon + l.inactive_anon, pages + 7);
                ck_assert_uint_eq(l.active_file + l.inactive_file, 3 * pages);
                ck_assert_uint_le(sim_buffers(pages), pages);
        }
}
END_TEST

START_TEST(a_host_that_cannot_have_a_fault_says_so)
{
        struct sim_host h;

        sim_init(&h, SIM_WEB, 1, SEED);
        ck_assert_uint_eq(h.n_nodes, 1);
        ck_assert_int_eq(sim_inject(&h, SIM_NUMA_SKEW, 0), -EINVAL);
        sim_init(&h, SIM_CACHE, 1, SEED);
        ck_assert_uint_eq(h.swap_total, 0);
        ck_assert_int_eq(sim_inject(&h, SIM_SWAP_STORM, 0), -EINVAL);
        ck_assert_int_eq(sim_inject(&h, SIM_FAULTS, 0), -EINVAL);
        ck_assert_int_eq(h.fault, SIM_HEALTHY);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("fleet_model");
        TCase *tc = tcase_create("core");

        tcase_set_timeout(tc, 120);
        tcase_add_test(tc, every_page_is_somewhere);
        tcase_add_test(tc, counters_fall_at_a_boot_and_never_else);
        tcase_add_test(tc, the_same_seed_is_the_same_host);
        tcase_add_test(tc, healthy_hosts_are_well_for_days);
        tcase_add_test(tc, healthy_hosts_are_lively);
        tcase_add_test(tc, faults_are_what_they_are_called);
        tcase_add_test(tc, breaches_are_counted_in_long_steps_and_seen_in_short_ones);
        tcase_add_test(tc, skewed_nodes_are_one_full_and_others_not);
        tcase_add_test(tc, a_compressed_day_is_as_lively);
        tcase_add_test(tc, a_swap_storm_of_the_demo_comes_within_minutes_and_stays);
        tcase_add_test(tc, a_host_that_is_healthy_again_is_set_as_it_was);
        tcase_add_test(tc, a_host_has_one_fault_at_a_time);
        tcase_add_test(tc, parts_add_up_and_rise_with_their_sum);
        tcase_add_test(tc, a_host_that_cannot_have_a_fault_says_so);
        suite_add_tcase(s, tc);
        return harness_main(s);
}
