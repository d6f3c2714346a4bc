/* SPDX-License-Identifier: Apache-2.0 */
/* One collector's last complete result: the samples as text with a mark where each family starts.
 * Immutable once published, reference-counted, and recycled: a fragment whose last reference goes
 * returns to its pool with its buffers, so that collecting and serving allocate nothing once warm.
 *
 * Invariants:
 * 1. A fragment is written by the collecting thread before it is published and by nobody after it,
 * but for its encoded forms, which the collecting thread makes before or the HTTP thread after
 * that.
 * 2. Every reference is taken under the store's lock, or from a reference already held.
 * 3. The pool outlives its fragments: each fragment in use counts as a reference on it. */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include "encoding.h"
#include "sink_private.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/uio.h>

#define ENCODED_ROOM_MIN 64

struct fragment_pool;

/* The fragment in one encoding and format: made at most once per collection (encode.h). Its buffer
 * may be one that a spare has left. */
struct fragment_encoded {
        struct mx_buf buf; /* valid when `made` */
        uint32_t crc;      /* of the plain text, for gzip */
        uint64_t len;      /* the same */
        bool made;
};

struct fragment {
        struct fragment_pool *pool;
        struct fragment *next; /* in the pool's list of spares */
        atomic_uint refs;
        struct mx_buf samples;
        struct mx_marks marks;
        uint64_t started_usec; /* CLOCK_BOOTTIME at the start of the run it came from */
        uint64_t wall_usec;    /* CLOCK_REALTIME at the same moment */
        uint64_t series;
        struct fragment_encoded encoded[ENCODING_MAX_][MX_FORMAT_MAX_]; /* identity: never made */
};

/* `registry` is referenced. Returns 0 or -ENOMEM. */
int fragment_pool_new(struct fragment_pool **ret, struct mx_registry *registry);
/* Drops the owner's reference; the pool goes when its last fragment has come home. Accepts NULL. */
void fragment_pool_unref(struct fragment_pool *p);

/* An empty fragment, from the spares where there is one. NULL when out of memory. */
struct fragment *fragment_new(struct fragment_pool *p);
struct fragment *fragment_ref(struct fragment *f);
struct fragment *fragment_unref(struct fragment *f); /* accepts and returns NULL */

/* Sees to it that what is written next has some room, a few bytes at least: what a library writes
 * at the end of a block (zlib wants more than six, to write it once). For those who fill `out`. */
static inline int encoded_make_room(struct mx_buf *out)
{
        return out->size - out->len < ENCODED_ROOM_MIN ? mx_buf_reserve(out, ENCODED_ROOM_MIN) : 0;
}

/* Gives f->encoded[encoding][format] a buffer that a spare of its pool does not need, if it has
 * none of its own and there is one. So what is encoded after it was published, when the result
 * before it has gone as a rule, needs one set of buffers for all results, and not one for each. The
 * caller is the only one who touches it. */
void fragment_take_buffer(struct fragment *f, enum encoding encoding, enum mx_format format);

/* A run writes straight into the fragment's buffers: lend them to the sink before it, take them
 * back with what is in them after it. So two sets of buffers circulate, the one that is served and
 * the one that is written. */
void fragment_lend(struct fragment *f, struct mx_sink *sink);
void fragment_take_back(struct fragment *f, struct mx_sink *sink);

/* Bytes of the fragment as text in `format`. O(1). */
size_t fragment_len(const struct fragment *f, enum mx_format format);
/* Writes those bytes at `to` and returns the end. */
char *fragment_copy(const struct fragment *f, enum mx_format format, char *to);

/* The i-th of the f->marks.n families: metadata, then samples. */
void fragment_family(const struct fragment *f, enum mx_format format, uint32_t i,
                     struct iovec ret[2]);

/* Number of struct iovec that fragment_iov() fills. */
size_t fragment_iov_count(const struct fragment *f);
/* Describes the fragment in `format`, without copying: metadata and samples by turns. Valid while a
 * reference is held. Returns the number filled. */
size_t fragment_iov(const struct fragment *f, enum mx_format format, struct iovec *iov);

#endif
