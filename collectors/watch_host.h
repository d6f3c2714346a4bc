/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the watch collector: what each look reads of the host as a whole, and what is kept of
 * it. */
#ifndef COLLECTORS_WATCH_HOST_H
#define COLLECTORS_WATCH_HOST_H

#include "watch_keys.h"
#include "watch_zones.h"

#include "mx/histogram.h"

/* One reading; MX_ABSENT is what this kernel does not say. */
struct mx_watch_sample {
        struct mx_watch_flow flow;
        uint64_t swap_in, swap_out;        /* pages since boot */
        uint64_t total_kib, available_kib; /* MemTotal, MemAvailable */
        uint64_t some_usec, full_usec;     /* stalled since boot */
};

enum mx_watch_measure {
        MX_WATCH_AVAILABLE, /* histogram: thousandths of the total, rounded up; window: KiB, the
                               lowest */
        MX_WATCH_SWAP_IN,   /* bytes per second; window: the highest, as below */
        MX_WATCH_SWAP_OUT,
        MX_WATCH_SOME, /* thousandths of the time */
        MX_WATCH_FULL,
        MX_WATCH_MEASURES,
};

/* Of the look that last read the pressure, and what came after it. */
struct mx_watch_pressure_base {
        bool is_set, is_broken; /* some time since was not observed */
        uint64_t usec;          /* when it was */
        uint64_t some_usec, full_usec;
        uint64_t weight; /* of the looks since */
};

struct mx_watch_host {
        struct mx_file vmstat, meminfo, pressure; /* closed where there is none */
        struct mx_watch_keys vmstat_keys, meminfo_keys;
        uint32_t page_size;

        struct mx_watch_sample base; /* what rates count from */
        uint64_t base_usec;
        bool has_base;
        struct mx_watch_pressure_base pressure_base;
        int64_t uncounted_usec; /* observed time that the histograms lack, or have too much */

        struct {
                bool is_known; /* this kernel says it */
                struct mx_histogram seen;
                struct mx_window extreme;
        } measure[MX_WATCH_MEASURES];
};

/* Opens /proc/vmstat, /proc/meminfo and /proc/pressure/memory; each may be missing. Fails only for
 * other reasons than that the machine lacks a file or hides it. */
int mx_watch_host_open(struct mx_watch_host *h, const struct mx_host *host, struct mx_err *reterr);
void mx_watch_host_close(struct mx_watch_host *h); /* accepts a zeroed one */

/* Reads all there is, but the pressure only when the last reading of it is a second old at `now`,
 * or `now` is NULL; else it is absent. *ret changes on success only. Fails as mx_file_read(),
 * mx_watch_keys_read() and mx_pressure_parse() do. A pressure file of a kernel that has PSI
 * switched off is closed. */
int mx_watch_host_read(struct mx_watch_host *h, const uint64_t *now, struct mx_watch_sample *ret,
                       struct mx_err *reterr);

/* Takes note of which measures there are. */
void mx_watch_host_meet(struct mx_watch_host *h, const struct mx_watch_sample *s);

/* Takes a sample into account. Rates and histograms are over the time since the base, which the
 * sample then becomes; not where that is less than half of `period`, as a page or two more would be
 * a storm. In a histogram the sample counts for each period of that time, so that looks that have
 * become rare weigh as much as those they stand for. Where the time was not observed (`is_observed`
 * false) an average says nothing about its moments, and no rate goes into a histogram; but the
 * fastest moment was no slower, so that it is taken note of as an extreme, unless the gap is longer
 * than the shortest window. */
void mx_watch_host_update(struct mx_watch_host *h, const struct mx_watch_sample *s,
                          uint64_t now_usec, uint64_t period, bool is_observed);

#endif
