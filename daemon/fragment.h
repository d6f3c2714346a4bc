/* SPDX-License-Identifier: Apache-2.0 */
/* One collector's last complete result: the samples as text with a mark where each family starts.
 * Immutable once published, reference-counted, and recycled: a fragment whose last reference goes
 * returns to its pool with its buffers, so that collecting and serving allocate nothing once warm.
 *
 * Invariants:
 * 1. A fragment is written by the collecting thread before fragment_publish() and by nobody after it.
 * 2. Every reference is taken under the store's lock, or from a reference already held.
 * 3. The pool outlives its fragments: each fragment in use counts as a reference on it. */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include "mx/sink.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/uio.h>

struct fragment_pool;

/* The deflate form of one format: made at most once per collection. `crc` and `len` are of the plain
 * text. Empty until it is made. */
struct fragment_deflated {
        struct mx_buf buf;
        uint32_t crc;
        uint64_t len;
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
        struct fragment_deflated deflated[MX_FORMAT_MAX_];
};

/* `registry` is referenced. Returns 0 or -ENOMEM. */
int fragment_pool_new(struct fragment_pool **ret, struct mx_registry *registry);
/* Drops the owner's reference; the pool goes when its last fragment has come home. Accepts NULL. */
void fragment_pool_unref(struct fragment_pool *p);

/* An empty fragment, from the spares where there is one. NULL when out of memory. */
struct fragment *fragment_new(struct fragment_pool *p);
struct fragment *fragment_ref(struct fragment *f);
struct fragment *fragment_unref(struct fragment *f); /* accepts and returns NULL */

/* Takes the text of a finished run by swapping buffers with the sink. */
void fragment_fill(struct fragment *f, struct mx_sink *sink);

/* Number of struct iovec that fragment_iov() fills. */
size_t fragment_iov_count(const struct fragment *f);
/* Describes the fragment in `format`, without copying: metadata and samples by turns. Valid while a
 * reference is held. Returns the number filled and adds the bytes to *len. */
size_t fragment_iov(const struct fragment *f, enum mx_format format, struct iovec *iov, size_t *len);

#endif
