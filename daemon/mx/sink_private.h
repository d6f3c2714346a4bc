/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a sink, for the daemon that owns it; collectors see include/mx/sink.h. */
#ifndef MX_SINK_PRIVATE_H
#define MX_SINK_PRIVATE_H

#include "mx/buf.h"
#include "mx/sink.h"
#include "registry.h"

/* Where a family's samples start in the text. A family's samples end where the next mark's start.
 */
struct mx_mark {
        const struct mx_prepared *family;
        uint32_t off;
};

struct mx_marks {
        struct mx_mark *v;
        uint32_t n, size;
        size_t meta_len[MX_FORMAT_MAX_]; /* of all families together */
};

struct mx_sink {
        struct mx_registry *registry;
        struct mx_buf out;     /* samples of the run; lent by the fragment they are for */
        size_t size_before;    /* of `out`, at the beginning of the run */
        struct mx_marks marks; /* likewise */
        struct mx_buf labels;  /* arena of rendered label sets */
        uint32_t labels_start;
        size_t labels_kept; /* bytes of `labels` that outlive the run */
        bool labels_open;
        int err;
        uint32_t page_size;
        uint64_t run;
        uint64_t series, max_series;

        /* Since the instance was made. */
        uint64_t dropped, unknown, invalid;
};

/* Takes a reference on `registry`. Allocates nothing yet. */
void mx_sink_init(struct mx_sink *s, struct mx_registry *registry, uint32_t page_size,
                  size_t max_bytes, uint64_t max_series);
void mx_sink_done(struct mx_sink *s);

/* Starts the next run: empties the text and clears the error. */
void mx_sink_begin(struct mx_sink *s);

/* Ends it and returns the sticky error: 0, -E2BIG (byte cap), -ENOMEM, -EINVAL (a family out of
 * range), -EEXIST (a family emitted twice). A text that has made the buffer grow is given room, so
 * that counters which gain digits do not make it grow again: a quarter of its length and 256 bytes,
 * or its whole length and 256 bytes below 16 KiB, as far as the cap goes. The first text leaves the
 * buffer with just that, so that it may also shrink; a later one with at least that. */
int mx_sink_finish(struct mx_sink *s);

/* For those who write samples: the first error is kept; and the family's samples follow, which they
 * may do once in a run (-EEXIST, -ENOMEM). */
static inline void mx_sink_poison(struct mx_sink *s, int err)
{
        if (s->err == 0)
                s->err = err;
}
int mx_sink_mark(struct mx_sink *s, size_t family);

#endif
