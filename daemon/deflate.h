/* SPDX-License-Identifier: Apache-2.0 */
/* gzip from parts. Every fragment is deflated by itself and ends on a byte boundary with an empty
 * window, so the answer to a scrape is a header, the fragments' deflated parts as they are, and a
 * trailer: whatever has not changed since the last scrape is not compressed again. RFC 1951, RFC
 * 1952. */
#ifndef DEFLATE_H
#define DEFLATE_H

#include "fragment.h"

#define GZIP_HEADER_LEN  10
#define GZIP_TRAILER_MAX 24 /* the last block, which may carry "# EOF\n", and the checksum */

struct deflater;

/* One per thread. NULL when out of memory. Memory: about 100 kB. */
struct deflater *deflater_new(void);
void deflater_free(struct deflater *d); /* accepts NULL */

/* Appends the deflated `f` to out->buf, which is empty, and notes the text's checksum and length.
 * Returns 0, -ENOMEM, or -E2BIG when the buffer's cap is too small. On failure what is in `out` is
 * undefined. */
int deflater_fragment(struct deflater *d, const struct fragment *f, enum mx_format format,
                      struct fragment_encoded *out);

/* The ten bytes every answer starts with. */
extern const unsigned char gzip_header[GZIP_HEADER_LEN];

/* Checksum and length of the parts so far, in order. */
struct gzip_sum {
        uint32_t crc;
        uint64_t len;
};
void gzip_sum_add(struct gzip_sum *s, const struct fragment_encoded *part);

/* Writes the last block, carrying the `n` (at most 8) bytes of `tail`, and the trailer. Returns the
 * length. */
size_t gzip_finish(const struct gzip_sum *s, const char *tail, size_t n,
                   unsigned char out[GZIP_TRAILER_MAX]);

#endif
