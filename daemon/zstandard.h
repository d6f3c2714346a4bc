/* SPDX-License-Identifier: Apache-2.0 */
/* zstd from parts. Every fragment is a frame of its own, and frames one after another are a stream
 * as any other (RFC 8878, section 3.1), so the answer to a scrape is the frames as they are.
 *
 * Each frame states its content's size and a window of 16 KiB, far below the 8 MiB that HTTP allows
 * (RFC 9659) and below any limit that a scraper may set. It carries no checksum: the size and the
 * blocks' own structure tell a truncated frame, and TCP and TLS have checksums. */
#ifndef ZSTANDARD_H
#define ZSTANDARD_H

#include "fragment.h"

#define ZSTANDARD_RAW_MAX (9 + 8)

struct zstandard;

/* One per thread. NULL when out of memory. Memory: about 170 kB, most of it from the first frame
 * on; later ones allocate nothing, whatever their size. */
struct zstandard *zstandard_new(void);
void zstandard_free(struct zstandard *z); /* accepts NULL */

/* Appends the frame of `f` to out->buf, which is empty. Returns 0, -ENOMEM, -E2BIG when the
 * buffer's cap is too small, or -EPROTO when the library writes another frame than it should. On
 * failure the buffer's content is undefined. */
int zstandard_fragment(struct zstandard *z, const struct fragment *f, enum mx_format format,
                       struct fragment_encoded *out);

/* Writes a frame of `n` (at most 8) bytes that are not compressed. Returns its length. */
size_t zstandard_raw(const char *data, size_t n, unsigned char out[ZSTANDARD_RAW_MAX]);

#endif
