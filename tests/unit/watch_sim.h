/* SPDX-License-Identifier: Apache-2.0 */
/* A host for the watch collector's tests: a temporary tree whose zones, /proc/vmstat and
 * /proc/meminfo agree with each other, and a clock of the test's own. Free memory that a zone loses
 * is counted as allocated from its kind, as a kernel does. */
#ifndef WATCH_SIM_H
#define WATCH_SIM_H

#include "harness.h"

#include "../../collectors/watch_zones.h"

#include <stdio.h>
#include <string.h>

extern const struct mx_collector mx_watch;

#define SIM_ZONES_MAX 16

struct sim_zone {
        unsigned node;
        const char *name;
        enum mx_watch_kind kind;
        uint64_t free, min, low, high, managed;
};

struct sim {
        char *tree;
        struct mx_host host;
        struct harness h;
        uint64_t now;
        struct sim_zone zone[SIM_ZONES_MAX];
        size_t n;
        uint64_t alloc[MX_WATCH_KINDS], swap_in, swap_out, some, full;
        bool is_changed;
};

/* Three kinds of zones on two nodes. */
static inline void sim_zones(struct sim *s)
{
        static const struct sim_zone zones[] = {
                { 0, "DMA", MX_WATCH_DMA, 3840, 26, 32, 38, 3840 },
                { 0, "DMA32", MX_WATCH_DMA32, 400000, 5000, 6250, 7500, 770000 },
                { 0, "Normal", MX_WATCH_NORMAL, 900000, 11000, 13750, 16500, 1600000 },
                { 1, "Normal", MX_WATCH_NORMAL, 1200000, 16000, 20000, 24000, 2300000 },
        };

        memcpy(s->zone, zones, sizeof(zones));
        s->n = MX_ARRAY_SIZE(zones);
        for (size_t i = 0; i < MX_WATCH_KINDS; i++)
                s->alloc[i] = 1000000;
}

static inline void sim_write_zones(struct sim *s)
{
        char text[16384];
        size_t len = 0;

        for (size_t i = 0; i < s->n; i++) {
                const struct sim_zone *z = &s->zone[i];

                len += (size_t)snprintf(
                        text + len, sizeof(text) - len,
                        "Node %u, zone %8s\n  per-node stats\n      nr_inactive_anon 1945\n"
                        "  pages free     %llu\n        boost    0\n        min      %llu\n"
                        "        low      %llu\n        high     %llu\n        spanned  %llu\n"
                        "        present  %llu\n        managed  %llu\n"
                        "        protection: (0, 1)\n      nr_free_pages %llu\n  pagesets\n"
                        "    cpu: 0\n              count:    1\n              high:     2\n"
                        "  vm stats threshold: 4\n  start_pfn:           1\n",
                        z->node, z->name, (unsigned long long)z->free, (unsigned long long)z->min,
                        (unsigned long long)z->low, (unsigned long long)z->high,
                        (unsigned long long)z->managed, (unsigned long long)z->managed,
                        (unsigned long long)z->managed, (unsigned long long)z->free);
        }
        harness_tree_write_n(s->tree, "proc/zoneinfo", text, len);
}

static inline uint64_t sim_free(const struct sim *s)
{
        uint64_t sum = 0;

        for (size_t i = 0; i < s->n; i++)
                sum += s->zone[i].free;
        return sum;
}

static inline void sim_write_host(struct sim *s)
{
        unsigned long long kib = sim_free(s) * 4;
        char text[1024];

        snprintf(
                text, sizeof(text),
                "nr_free_pages %llu\nnr_zone_inactive_anon 5\npgpgin 1\npswpin %llu\npswpout %llu\n"
                "pgalloc_dma %llu\npgalloc_dma32 %llu\npgalloc_normal %llu\npgalloc_movable %llu\n"
                "pgfree 7\n",
                kib / 4, (unsigned long long)s->swap_in, (unsigned long long)s->swap_out,
                (unsigned long long)s->alloc[MX_WATCH_DMA],
                (unsigned long long)s->alloc[MX_WATCH_DMA32],
                (unsigned long long)s->alloc[MX_WATCH_NORMAL],
                (unsigned long long)s->alloc[MX_WATCH_MOVABLE]);
        harness_tree_write(s->tree, "proc/vmstat", text);
        snprintf(text, sizeof(text),
                 "MemTotal:       %8llu kB\nMemFree:        %8llu kB\nMemAvailable:   %8llu kB\n",
                 20000000ULL, kib, kib + 1000000);
        harness_tree_write(s->tree, "proc/meminfo", text);
        snprintf(text, sizeof(text),
                 "some avg10=0.00 avg60=0.00 avg300=0.00 total=%llu\n"
                 "full avg10=0.00 avg60=0.00 avg300=0.00 total=%llu\n",
                 (unsigned long long)s->some, (unsigned long long)s->full);
        harness_tree_write(s->tree, "proc/pressure/memory", text);
}

static inline void sim_write(struct sim *s)
{
        sim_write_zones(s);
        sim_write_host(s);
        s->is_changed = false;
}

/* Free memory of a zone changes; what is lost was allocated. */
static inline void sim_set_free(struct sim *s, size_t zone, uint64_t pages)
{
        struct sim_zone *z = &s->zone[zone];

        if (pages == z->free)
                return;
        if (pages < z->free)
                s->alloc[z->kind] += z->free - pages;
        z->free = pages;
        s->is_changed = true;
}

static inline void sim_new(struct sim *s)
{
        *s = (struct sim){ .tree = harness_tree_new(), .now = 1000000000 };
        sim_zones(s);
        sim_write(s);
        s->host = harness_host_at(s->tree, 4096);
        s->host.may_block = true;
}

static inline void sim_start(struct sim *s, const char *const *settings)
{
        harness_start(&s->h, &mx_watch, &s->host, settings);
}

static inline enum outcome sim_run(struct sim *s, char **ret, struct mx_err *err)
{
        return harness_run(&s->h, MX_TEXT, ret, err);
}

/* What is served now; owned by the caller. */
static inline char *sim_text(struct sim *s)
{
        struct mx_err err = { 0 };
        char *text = NULL;
        enum outcome outcome = sim_run(s, &text, &err);

        ck_assert_msg(outcome == OUTCOME_OK, "outcome %d: %s (%s, line %u)", (int)outcome, err.what,
                      err.path ? err.path : "-", err.line);
        return text;
}

/* The clock moves on, then the collector looks. */
static inline void sim_look(struct sim *s, uint64_t usec)
{
        s->now += usec;
        if (s->is_changed)
                sim_write(s);
        ck_assert_int_eq(mx_watch.watch(s->h.instance.state, MX_LOOK_CLOCK, s->now), MX_LOOKED_ON);
}

static inline void sim_done(struct sim *s)
{
        harness_stop(&s->h);
        harness_host_done(&s->host);
        harness_tree_done(s->tree);
}

#define SIM_ASSERT(s, series, value)                                                               \
        do {                                                                                       \
                char *text_ = sim_text(s);                                                         \
                harness_assert(text_, series, value);                                              \
                free(text_);                                                                       \
        } while (0)

#endif
