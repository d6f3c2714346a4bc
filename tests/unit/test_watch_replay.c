/* SPDX-License-Identifier: Apache-2.0 */
/* The proof of the watch collector: a host is replayed on a clock of the test's own, with dips of
 * known length at random times on random zones, and what was counted is held against what was made.
 * Beside it runs what there was before: a scraper of the plain gauges, every 15 seconds. The report
 * goes to stdout. */
#include "watch_sim.h"

#include "../../collectors/zoneinfo.h"

#define PERIOD  100000 /* microseconds */
#define JITTER  15000  /* a look comes up to this much later than it should */
#define GAP_MAX (PERIOD + JITTER)
#define EACH    20 /* dips of each length */
#define ZONES   4
#define RUN     5000000 /* from one run of the collector to the next */
#define PLAIN   15000000
#define SEEDS   5

static const uint64_t lengths[] = { 50000, 100000, 200000, 230000, 300000, 1000000, 10000000 };
#define LENGTHS MX_ARRAY_SIZE(lengths)
#define DIPS    (LENGTHS * EACH)

static const char *const marks[] = { "min", "low", "high" };
static const char *const places[ZONES] = { "node=\"0\",zone=\"DMA\"", "node=\"0\",zone=\"DMA32\"",
                                           "node=\"0\",zone=\"Normal\"",
                                           "node=\"1\",zone=\"Normal\"" };

struct dip {
        size_t length; /* index */
        uint64_t start, end, level;
        unsigned mark;                 /* the deepest it goes below */
        uint64_t before, below_before; /* of that mark's counters */
        uint64_t counted, below;
        bool is_seen; /* by the scraper of the gauges */
};

/* The dips of a zone, one after the other. */
struct track {
        struct dip dip[DIPS];
        size_t n, next; /* not over yet */
        bool is_in, is_due;
};

/* A scraper of the counters. It adds up what Prometheus's increase() does: a counter that falls was
 * reset, and has risen from 0 since. */
struct scraper {
        uint64_t every, at;
        uint64_t last[ZONES][3], sum[ZONES][3];
        bool has_last;
};

static struct sim s;
static struct track track[ZONES];
static uint64_t random_state;

/* splitmix64: the same dips on every machine. */
static uint64_t next_random(uint64_t below)
{
        uint64_t z = (random_state += 0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return (z ^ (z >> 31)) % below;
}

static uint64_t mark_of(const struct sim_zone *z, unsigned mark)
{
        return mark == 0 ? z->min : mark == 1 ? z->low : z->high;
}

static void shuffle(size_t *v, size_t n)
{
        for (size_t i = n - 1; i > 0; i--) {
                size_t k = next_random(i + 1), t = v[i];

                v[i] = v[k];
                v[k] = t;
        }
}

static void make_dips(void)
{
        uint64_t at[ZONES];
        size_t order[DIPS];

        memset(track, 0, sizeof(track));
        for (size_t i = 0; i < ZONES; i++)
                at[i] = s.now + MX_SECONDS(2);
        for (size_t i = 0; i < DIPS; i++)
                order[i] = i % LENGTHS;
        shuffle(order, DIPS);
        for (size_t i = 0; i < DIPS; i++) {
                size_t zone = next_random(ZONES);
                struct dip *d = &track[zone].dip[track[zone].n++];
                unsigned mark = (unsigned)next_random(3);
                uint64_t top = mark_of(&s.zone[zone], mark);
                uint64_t floor = mark == 0 ? 0 : mark_of(&s.zone[zone], mark - 1);

                d->length = order[i];
                d->start = at[zone] + 2 * GAP_MAX + next_random(MX_SECONDS(12));
                d->end = d->start + lengths[order[i]];
                d->level = floor + next_random(top - floor);
                d->mark = mark;
                at[zone] = d->end;
        }
}

static uint64_t healthy(size_t zone)
{
        static const uint64_t level[ZONES] = { 3840, 400000, 900000, 1200000 };

        return level[zone] - next_random(level[zone] / 20);
}

/* Everything that happens to a zone up to now, in order, so that what a dip took is counted as
 * allocated even if it is over. */
static void advance_zone(size_t i)
{
        struct track *t = &track[i];

        while (t->next < t->n) {
                struct dip *d = &t->dip[t->next];

                if (!t->is_in) {
                        if (s.now < d->start)
                                return;
                        sim_set_free(&s, i, d->level);
                        t->is_in = true;
                }
                if (s.now < d->end)
                        return;
                sim_set_free(&s, i, healthy(i));
                t->is_in = false;
                t->is_due = true; /* to be settled by the look that comes now */
                return;           /* dips are further apart than looks */
        }
}

/* A sample of a zone: memory_zone_<before><mark><after>{<place><window>}; of seconds the
 * microseconds.
 */
struct kind {
        const char *before, *after, *window;
};

static const struct kind breaches = { "watermark_", "_breaches_total", "" };
static const struct kind below = { "watermark_", "_below_seconds_total", "" };
static const struct kind deepest = { "watermark_", "_deepest_shortfall_bytes", ",window=\"1h\"" };
static const struct kind level_gauge = { "", "_bytes", "" };
static const struct kind mark_gauge = { "watermark_", "_bytes", "" };

static uint64_t value(const char *text, const struct kind *kind, const char *mark,
                      const char *place)
{
        const char *p;
        char series[256];
        uint64_t v = 0, micro = 0;

        snprintf(series, sizeof(series), "memory_zone_%s%s%s{%s%s}", kind->before, mark,
                 kind->after, place, kind->window);
        p = harness_value(text, series);
        ck_assert_msg(p != NULL, "no %s", series);
        ck_assert_int_eq(mx_scan_u64(&p, p + strlen(p), &v), 0);
        if (*p == '.') {
                p++;
                ck_assert_int_eq(mx_scan_u64(&p, p + strlen(p), &micro), 0);
                return v * 1000000 + micro;
        }
        return v;
}

/* After a dip, and the look that followed it: what was counted for it. */
static void settle(void)
{
        char *text = NULL;

        for (size_t i = 0; i < ZONES; i++) {
                struct track *t = &track[i];
                struct dip *d = &t->dip[t->next];

                if (!t->is_due)
                        continue;
                t->is_due = false;
                if (!text)
                        text = sim_text(&s);
                d->counted = value(text, &breaches, marks[d->mark], places[i]) - d->before;
                d->below = value(text, &below, marks[d->mark], places[i]) - d->below_before;
                t->next++;
                if (t->next < t->n) {
                        const char *mark = marks[d[1].mark];

                        d[1].before = value(text, &breaches, mark, places[i]);
                        d[1].below_before = value(text, &below, mark, places[i]);
                }
        }
        free(text);
}

static void scrape(struct scraper *c, const char *served)
{
        for (size_t i = 0; i < ZONES; i++)
                for (size_t m = 0; m < 3; m++) {
                        uint64_t v = value(served, &breaches, marks[m], places[i]);

                        if (c->has_last)
                                c->sum[i][m] += v < c->last[i][m] ? v : v - c->last[i][m];
                        c->last[i][m] = v;
                }
        c->has_last = true;
}

/* What the gauges alone say at this moment. */
static void scrape_gauges(struct harness *gauges)
{
        struct mx_err err;
        char *text = NULL;

        ck_assert_int_eq(harness_run(gauges, MX_TEXT, &text, &err), OUTCOME_OK);
        for (size_t i = 0; i < ZONES; i++) {
                struct track *t = &track[i];
                uint64_t level = value(text, &level_gauge, "free", places[i]);

                if (t->is_in &&
                    level < value(text, &mark_gauge, marks[t->dip[t->next].mark], places[i]))
                        t->dip[t->next].is_seen = true;
        }
        free(text);
}

static bool is_over(void)
{
        for (size_t i = 0; i < ZONES; i++)
                if (track[i].next < track[i].n)
                        return false;
        return true;
}

/* Some come and go of pages that changes little. */
static void make_noise(void)
{
        for (size_t i = 0; i < ZONES; i++)
                if (!track[i].is_in && i != 0) {
                        sim_set_free(&s, i, healthy(i));
                        s.alloc[s.zone[i].kind] += next_random(2000);
                }
        s.is_changed = true;
}

static uint64_t replay(struct harness *gauges, struct scraper *scrapers, size_t n)
{
        uint64_t looks = 0, run = s.now, plain = s.now + next_random(PLAIN), grid = s.now;
        char *served = sim_text(&s);

        for (; !is_over() || looks % 50 != 0; looks++) {
                grid += PERIOD;
                s.now = grid + next_random(JITTER);
                if (next_random(4) == 0)
                        make_noise();
                for (size_t i = 0; i < ZONES; i++)
                        advance_zone(i);
                sim_look(&s, 0);
                settle();
                if (s.now >= run) {
                        free(served);
                        served = sim_text(&s);
                        run += RUN;
                }
                for (size_t i = 0; i < n; i++)
                        if (s.now >= scrapers[i].at) {
                                scrape(&scrapers[i], served);
                                scrapers[i].at += scrapers[i].every;
                        }
                if (s.now >= plain) {
                        scrape_gauges(gauges);
                        plain += PLAIN;
                }
        }
        free(served);
        served = sim_text(&s);
        for (size_t i = 0; i < n; i++)
                scrape(&scrapers[i], served);
        free(served);
        return looks;
}

static void report(uint64_t looks)
{
        char *text = sim_text(&s);
        const char *reads = harness_value(text, "memory_watch_zone_reads_total");

        printf("replayed host: %llu looks at %d ms in %llu s, zones read in %s of them\n",
               (unsigned long long)looks, PERIOD / 1000,
               (unsigned long long)looks * PERIOD / 1000000, reads);
        for (size_t k = 0; k < LENGTHS; k++) {
                uint64_t made = 0, counted = 0, seen = 0, worst = 0;

                for (size_t i = 0; i < ZONES; i++)
                        for (size_t n = 0; n < track[i].n; n++) {
                                const struct dip *d = &track[i].dip[n];
                                uint64_t length = lengths[k], off;

                                if (d->length != k)
                                        continue;
                                off = d->below > length ? d->below - length : length - d->below;
                                worst = MX_MAX(worst, off);
                                made++;
                                counted += d->counted;
                                seen += d->is_seen;
                        }
                printf("  dips of %5llu ms: %llu made, %llu counted (sampled), %llu seen in gauges "
                       "every 15 s; time below off by at most %llu ms\n",
                       (unsigned long long)lengths[k] / 1000, (unsigned long long)made,
                       (unsigned long long)counted, (unsigned long long)seen,
                       (unsigned long long)worst / 1000);
        }
        fflush(stdout);
        free(text);
}

static void check_dips(void)
{
        for (size_t i = 0; i < ZONES; i++)
                for (size_t n = 0; n < track[i].n; n++) {
                        const struct dip *d = &track[i].dip[n];
                        uint64_t length = lengths[d->length];

                        ck_assert_msg(d->counted <= 1, "a dip of %llu us was counted %llu times",
                                      (unsigned long long)length, (unsigned long long)d->counted);
                        if (length >= 2 * PERIOD)
                                ck_assert_msg(d->counted == 1, "a dip of %llu us was missed",
                                              (unsigned long long)length);
                        ck_assert_uint_le(d->below, length + GAP_MAX);
                        ck_assert_uint_ge(d->below + GAP_MAX, length);
                }
}

/* Dips of a zone that went below a mark: those that must have been counted, and those that may. */
struct made {
        uint64_t least, most;
        uint64_t deep_least, deep_most; /* bytes below the mark */
};

static struct made made_in(size_t zone, unsigned mark)
{
        const uint64_t top = mark_of(&s.zone[zone], mark);
        struct made made = { 0 };

        for (size_t n = 0; n < track[zone].n; n++) {
                const struct dip *d = &track[zone].dip[n];
                uint64_t depth;

                if (d->level >= top)
                        continue;
                depth = (top - d->level) * 4096;
                made.most++;
                made.deep_most = MX_MAX(made.deep_most, depth);
                if (lengths[d->length] < 2 * PERIOD)
                        continue;
                made.least++;
                made.deep_least = MX_MAX(made.deep_least, depth);
        }
        return made;
}

static void check_between(uint64_t value, uint64_t least, uint64_t most)
{
        ck_assert_uint_ge(value, least);
        ck_assert_uint_le(value, most);
}

/* What the collector says at the end, and what each scraper has made of it on the way. */
static void check_zones(const struct scraper *scrapers, size_t n, const char *text)
{
        for (size_t i = 0; i < ZONES; i++)
                for (unsigned m = 0; m < 3; m++) {
                        struct made made = made_in(i, m);

                        check_between(value(text, &breaches, marks[m], places[i]), made.least,
                                      made.most);
                        check_between(value(text, &deepest, marks[m], places[i]), made.deep_least,
                                      made.deep_most);
                        for (size_t k = 0; k < n; k++)
                                check_between(scrapers[k].sum[i][m], made.least, made.most);
                }
}

START_TEST(watch_counts_every_dip_of_two_periods_once_whoever_scrapes_and_however_often)
{
        struct scraper scrapers[] = { { .every = 5000000 },
                                      { .every = 15000000 },
                                      { .every = 60000000 } };
        struct harness gauges;
        uint64_t looks;
        char *text;

        random_state = (uint64_t)_i + 1;
        sim_new(&s);
        sim_start(&s, NULL);
        harness_start(&gauges, &mx_zoneinfo, &s.host, NULL);
        make_dips();
        looks = replay(&gauges, scrapers, MX_ARRAY_SIZE(scrapers));
        report(looks);
        check_dips();
        text = sim_text(&s);
        check_zones(scrapers, MX_ARRAY_SIZE(scrapers), text);
        harness_assert(text, "memory_watch_unobserved_seconds_total", "0.000000");
        free(text);
        harness_stop(&gauges);
        sim_done(&s);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("watch_replay");
        TCase *t = tcase_create("watch_replay");

        harness_trees_in_memory();
        tcase_set_timeout(t, 120);
        tcase_add_loop_test(
                t, watch_counts_every_dip_of_two_periods_once_whoever_scrapes_and_however_often, 0,
                SEEDS);
        suite_add_tcase(suite, t);
        return harness_main(suite);
}
