/* SPDX-License-Identifier: Apache-2.0 */
/* The extremes of a value over fixed spans of time that end now: what the deepest or highest moment
 * was, whoever asks, and however often.
 *
 * Each span is cut into MX_WINDOW_SLOTS slots on the grid of the clock, and a value is kept per
 * slot. A span therefore covers its length and up to one slot more (a minute: 60 to 65 s), and a
 * moment leaves all readers' windows at once. No allocation, no I/O. */
#ifndef MX_WINDOW_H
#define MX_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#define MX_WINDOW_SLOTS 12

/* The spans, shortest first. A label `window` with `name` tells them apart. */
enum mx_span {
        MX_SPAN_1M,
        MX_SPAN_5M,
        MX_SPAN_1H,
        MX_SPANS,
};

struct mx_span_info {
        const char *name;   /* "1m" */
        uint64_t slot_usec; /* a span is MX_WINDOW_SLOTS of these */
};
extern const struct mx_span_info mx_spans[MX_SPANS];

enum mx_extreme {
        MX_HIGHEST,
        MX_LOWEST,
};

/* One value over all spans. The zero value is empty and looks for the highest. */
struct mx_window {
        enum mx_extreme extreme;
        uint32_t newest[MX_SPANS]; /* number of the newest slot, counted from the clock's start,
                                      plus one; 32 bits are 680 years */
        uint64_t slot[MX_SPANS][MX_WINDOW_SLOTS + 1]; /* by number modulo its length; value plus
                                                         one, 0 when nothing was seen */
};

void mx_window_init(struct mx_window *w, enum mx_extreme extreme);

/* Takes note of `value` (not MX_ABSENT, which is ignored) at `now_usec`, of a clock that never goes
 * back: an earlier time counts as the newest one met. O(1), or one pass over the slots after a
 * pause. */
void mx_window_add(struct mx_window *w, uint64_t now_usec, uint64_t value);

/* The extreme of the span that ends at `now_usec`; MX_ABSENT when nothing was noted in it. */
uint64_t mx_window_read(const struct mx_window *w, enum mx_span span, uint64_t now_usec);

#endif
