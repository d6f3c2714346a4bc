/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed answers from compressed parts. Every fragment is compressed by itself, once for each
 * encoding and format that is asked for, and an answer is those parts one after another with what
 * the encoding wants around them: whatever has not changed since the last scrape is not compressed
 * again, whoever asks.
 *
 * What is not asked for costs nothing: a workspace is allocated when its encoding is first asked
 * for, and given back when nobody has asked for DEMAND_USEC. */
#ifndef ENCODE_H
#define ENCODE_H

#include "deflate.h"
#include "zstandard.h"

#include <pthread.h>

/* Nobody who wants an answer to the next scrape as well asks more seldom: Prometheus takes a series
 * for gone after five minutes. A person with a browser asks once. */
#define DEMAND_USEC (15 * 60 * 1000000ULL)

/* When each encoding was last asked for, in each format (CLOCK_BOOTTIME; 0: never). Any thread. */
struct demand {
        _Atomic uint64_t asked_usec[ENCODING_MAX_][MX_FORMAT_MAX_];
};
void demand_note(struct demand *d, enum encoding encoding, enum mx_format format,
                 uint64_t now_usec);

/* The workspaces of whoever encodes one fragment at a time. Ready when zeroed; allocates as it is
 * used. */
struct encoder {
        struct deflater *deflater;
        struct zstandard *zstandard;
};
void encoder_done(struct encoder *e); /* ready again afterwards */

/* Workspaces that threads share, which take turns: each pair of them is 240 kB, of which 180 kB are
 * touched, and threads that encode for a millisecond in a minute would have one each. */
struct encoder_lane {
        pthread_mutex_t lock; /* held by who encodes */
        struct encoder encoder;
};

/* Makes f->encoded[encoding][format] unless it is there; ENCODING_IDENTITY is always there. The
 * caller is the only one who touches it: the collecting thread before it publishes, or the HTTP
 * thread. Returns 0, or negative: -ENOMEM; -E2BIG when it would be larger than 64 MiB; -EPROTO when
 * the library does something unexpected. */
int encoder_fragment(struct encoder *e, struct fragment *f, enum encoding encoding,
                     enum mx_format format);

/* Makes all forms of `f` (not yet published) that are in demand, as far as memory goes, and frees
 * the buffers of those that are not. */
void encoder_ahead(struct encoder *e, const struct demand *d, struct fragment *f,
                   uint64_t now_usec);

/* Gives back the workspaces of encodings that are not in demand. */
void encoder_trim(struct encoder *e, const struct demand *d, uint64_t now_usec);

/* What goes before and after the parts. `head` is constant or empty; `tail` points into the struct,
 * or is empty. */
struct answer_ends {
        struct iovec head, tail;
        unsigned char
                buf[GZIP_TRAILER_MAX > ZSTANDARD_RAW_MAX ? GZIP_TRAILER_MAX : ZSTANDARD_RAW_MAX];
};

/* The ends of an answer of `n` parts, all of which have been made; it closes with the `n_tail` (at
 * most 8) bytes of plain text `tail`. Not for ENCODING_IDENTITY. */
void answer_ends(struct answer_ends *ret, enum encoding encoding, enum mx_format format,
                 struct fragment *const *parts, size_t n, const char *tail, size_t n_tail);

#endif
