/* SPDX-License-Identifier: Apache-2.0 */
#include "encode.h"

#include "buf_fit.h"

#include <errno.h>

#define ENCODED_MAX (64U << 20)
#define ROOM        256 /* bytes beyond a quarter: what is compressed next comes out longer */

void demand_note(struct demand *d, enum encoding encoding, enum mx_format format, uint64_t now)
{
        atomic_store_explicit(&d->asked_usec[encoding][format], now, memory_order_relaxed);
}

static bool is_asked_for(const struct demand *d, enum encoding encoding, enum mx_format format,
                         uint64_t now)
{
        uint64_t asked =
                atomic_load_explicit(&d->asked_usec[encoding][format], memory_order_relaxed);

        return asked > 0 && now < asked + DEMAND_USEC;
}

void encoder_done(struct encoder *e)
{
        deflater_free(e->deflater);
        zstandard_free(e->zstandard);
        *e = (struct encoder){ .deflater = NULL };
}

static int encode(struct encoder *e, const struct fragment *f, enum encoding encoding,
                  enum mx_format format, struct fragment_encoded *out)
{
        if (encoding == ENCODING_ZSTD) {
                e->zstandard = e->zstandard ?: zstandard_new();
                return e->zstandard ? zstandard_fragment(e->zstandard, f, format, out) : -ENOMEM;
        }
        e->deflater = e->deflater ?: deflater_new();
        return e->deflater ? deflater_fragment(e->deflater, f, format, out) : -ENOMEM;
}

int encoder_fragment(struct encoder *e, struct fragment *f, enum encoding encoding,
                     enum mx_format format)
{
        struct fragment_encoded *out = &f->encoded[encoding][format];
        size_t size;
        int r;

        if (encoding == ENCODING_IDENTITY || out->made)
                return 0;
        fragment_take_buffer(f, encoding, format);
        size = out->buf.size;
        out->buf.cap = ENCODED_MAX;
        mx_buf_reset(&out->buf);
        r = encode(e, f, encoding, format, out);
        out->made = r == 0;
        if (out->made && out->buf.size != size) /* it has doubled */
                mx_buf_fit(&out->buf, out->buf.len / 4 + ROOM);
        return r;
}

void encoder_ahead(struct encoder *e, const struct demand *d, struct fragment *f, uint64_t now)
{
        for (enum encoding i = ENCODING_IDENTITY + 1; i < ENCODING_MAX_; i++)
                for (enum mx_format j = 0; j < MX_FORMAT_MAX_; j++) {
                        if (is_asked_for(d, i, j, now))
                                (void)encoder_fragment(e, f, i, j);
                        else
                                mx_buf_done(&f->encoded[i][j].buf);
                }
}

void encoder_trim(struct encoder *e, const struct demand *d, uint64_t now)
{
        bool wanted[ENCODING_MAX_] = { false };

        for (enum encoding i = 0; i < ENCODING_MAX_; i++)
                for (enum mx_format j = 0; j < MX_FORMAT_MAX_; j++)
                        wanted[i] = wanted[i] || is_asked_for(d, i, j, now);
        if (!wanted[ENCODING_GZIP]) {
                deflater_free(e->deflater);
                e->deflater = NULL;
        }
        if (!wanted[ENCODING_ZSTD]) {
                zstandard_free(e->zstandard);
                e->zstandard = NULL;
        }
}

void answer_ends(struct answer_ends *ret, enum encoding encoding, enum mx_format format,
                 struct fragment *const *parts, size_t n, const char *tail, size_t n_tail)
{
        struct gzip_sum sum = { 0 };

        ret->head = (struct iovec){ NULL, 0 };
        ret->tail.iov_base = ret->buf;
        if (encoding == ENCODING_ZSTD) {
                /* Frames follow one another, and need no end; no frame at all would be no zstd. */
                ret->tail.iov_len =
                        n == 0 || n_tail > 0 ? zstandard_raw(tail, n_tail, ret->buf) : 0;
                return;
        }
        ret->head.iov_base = (void *)(uintptr_t)gzip_header;
        ret->head.iov_len = sizeof(gzip_header);
        for (size_t i = 0; i < n; i++)
                gzip_sum_add(&sum, &parts[i]->encoded[ENCODING_GZIP][format]);
        ret->tail.iov_len = gzip_finish(&sum, tail, n_tail, ret->buf);
}
