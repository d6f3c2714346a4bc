/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the watch collector: the zones of the host, how often and for how long each was below
 * its watermarks, and whether they have to be looked at now. */
#ifndef COLLECTORS_WATCH_ZONES_H
#define COLLECTORS_WATCH_ZONES_H

#include "zoneinfo.h"

#include "mx/window.h"

#define MX_WATCH_ZONES_MAX 1024

/* Kinds of zones, by their names in /proc/zoneinfo. */
enum mx_watch_kind {
        MX_WATCH_DMA,
        MX_WATCH_DMA32,
        MX_WATCH_NORMAL,
        MX_WATCH_HIGHMEM,
        MX_WATCH_MOVABLE,
        MX_WATCH_KINDS,
        MX_WATCH_OTHER = MX_WATCH_KINDS, /* a kind that /proc/vmstat has no count for */
};

enum mx_watch_mark {
        MX_WATCH_MIN,
        MX_WATCH_LOW,
        MX_WATCH_HIGH,
        MX_WATCH_MARKS,
};

/* What /proc/vmstat says of all zones together, in pages; MX_ABSENT where it does not. */
struct mx_watch_flow {
        uint64_t free;                  /* nr_free_pages */
        uint64_t alloc[MX_WATCH_KINDS]; /* pgalloc_*: allocated since boot */
};

struct mx_watch_zone {
        uint64_t breaches[MX_WATCH_MARKS], below_usec[MX_WATCH_MARKS]; /* samples */
        struct mx_window shortfall[MX_WATCH_MARKS];                    /* pages */

        uint64_t node;
        char name[MX_ZONE_NAME_MAX + 1];
        uint32_t name_len;
        enum mx_watch_kind kind;
        uint64_t round; /* the read it was last met in */
        uint64_t free;  /* pages, in that read */
        uint64_t allowance;
        bool below[MX_WATCH_MARKS];
        bool armed[MX_WATCH_MARKS]; /* was far enough above for the next entry to count */
};

struct mx_watch_zones {
        struct mx_file file;  /* closed where there is none */
        struct mx_buf table;  /* of struct mx_watch_zone: grows by what is met and stays */
        struct mx_buf parsed; /* of struct mx_zone_level: the read that is not taken over yet */
        size_t n;             /* of `table` */
        uint64_t left_out;    /* zones beyond the cap, in the last read */
        struct mx_window observed; /* of zeros: the times that zones were known not to be below */

        uint64_t round;     /* reads taken over, from 1 */
        uint64_t reads;     /* the same without the first, which only says where things stand */
        uint64_t read_usec; /* when the last one was */
        bool is_timed;      /* that is known */

        /* As of the last read. */
        bool any_below;
        uint64_t room[MX_WATCH_OTHER + 1]; /* pages that each kind can lose before a zone of it is
                                              to be looked at; MX_ABSENT where there is none */
        struct mx_watch_flow flow;
        uint64_t weight;     /* pages that a page counted as allocated may stand for */
        uint64_t light;      /* the least of it on this kernel */
        uint64_t heavy;      /* what it becomes for a while when it has proved too low */
        uint64_t heavy_usec; /* when that was */
};

/* Opens /proc/zoneinfo. Fails as mx_file_open() does, and is then as good as closed. */
int mx_watch_zones_open(struct mx_watch_zones *z, const struct mx_host *host,
                        struct mx_err *reterr);
void mx_watch_zones_close(struct mx_watch_zones *z); /* accepts a zeroed one */

/* May a zone have come near its watermarks since the last read? */
bool mx_watch_zones_due(const struct mx_watch_zones *z, const struct mx_watch_flow *flow,
                        uint64_t now_usec);

/* Reads and parses, and changes nothing that counts. Returns 0, or a negative errno. */
int mx_watch_zones_read(struct mx_watch_zones *z, struct mx_err *reterr);

/* Credits `usec` of observed time to the marks that the last look found zones below. */
void mx_watch_zones_pass(struct mx_watch_zones *z, uint64_t usec);

/* Takes over what was read. `flow` was read before it. Without a time (`now_usec` NULL) zones are
 * met and their states taken as they are, and nothing is counted. */
void mx_watch_zones_update(struct mx_watch_zones *z, const struct mx_watch_flow *flow,
                           const uint64_t *now_usec);

static inline struct mx_watch_zone *mx_watch_zone_at(const struct mx_watch_zones *z, size_t i)
{
        return (struct mx_watch_zone *)(void *)z->table.data + i;
}

/* The deepest shortfall, in pages: 0 where the zone was seen and never below; MX_ABSENT where it
 * was not looked at in the whole span. */
uint64_t mx_watch_zone_deepest(const struct mx_watch_zones *z, const struct mx_watch_zone *zone,
                               enum mx_watch_mark mark, enum mx_span span, uint64_t now_usec);

#endif
