/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. An answer of the usual size is copied into one piece: a vector of a thousand elements of
 * 60 bytes costs the kernel and the library more than the copy, and the library sends one piece
 * together with its header. Of a large answer the small fragments are copied and the large ones,
 * which have few families with many samples, are sent from where they lie. A compressed answer is
 * the fragments' compressed forms and what the encoding wants around them. */
#include "http_scrape.h"

#include "clock.h"
#include "encode.h"
#include "mx/cleanup.h"

#include <errno.h>
#include <string.h>

/* Bytes of an answer that is one piece, and of a fragment that is copied into a larger one. */
#define ONE_PIECE_MAX (512 * 1024)
#define COPY_BELOW    (64 * 1024)
/* Pieces of a vector: the library copies it into the connection's memory, 16 bytes each, where half
 * of CONNECTION_MEMORY is left for it at least; when it does not fit it ends the connection. */
#define PIECES_MAX 1024
/* Bytes that an answer which is not in use keeps. What is larger goes over TLS, in one piece
 * whatever its size, and is allocated each time: to encrypt it costs far more than that. */
#define COPIED_KEPT_MAX (1U << 20)
/* Bytes that the HTTP thread itself compresses per fragment: about a millisecond. */
#define ENCODE_HERE_MAX (256 * 1024)
#define SPARES_MAX      4
#define FRAGMENTS_MAX   (ENGINE_COLLECTORS_MAX + 1)

struct pooled {
        struct scrape scrape; /* first: what scrape_release() is given */
        struct pooled *next;
        struct scraper *owner;
        struct fragment *fragment[FRAGMENTS_MAX];
        size_t n_fragments;
        struct iovec *iov;
        size_t iov_size;
        struct mx_buf copied;
        struct answer_ends ends;
};

struct scraper {
        pthread_mutex_t lock; /* guards all below, and the encoded forms of the fragments */
        struct engine *engine;
        struct self *self;
        struct encoder encoder;
        struct pooled *spares;
        unsigned n_spares;
};

static const char eof[] = "# EOF\n";

static void scraper_freep(struct scraper **s)
{
        scraper_free(*s);
}

int scraper_new(struct scraper **ret, struct engine *engine)
{
        mx_cleanup_(scraper_freep) struct scraper *s = calloc(1, sizeof(*s));
        int r;

        if (!s)
                return -ENOMEM;
        pthread_mutex_init(&s->lock, NULL);
        s->engine = engine;
        r = self_new(&s->self);
        if (r < 0)
                return r;
        *ret = MX_TAKE_PTR(s);
        return 0;
}

static void pooled_free(struct pooled *p)
{
        mx_buf_done(&p->copied);
        free(p->iov);
        free(p);
}

void scraper_free(struct scraper *s)
{
        if (!s)
                return;
        while (s->spares) {
                struct pooled *p = s->spares;

                s->spares = p->next;
                pooled_free(p);
        }
        self_free(s->self);
        encoder_done(&s->encoder);
        pthread_mutex_destroy(&s->lock);
        free(s);
}

static struct pooled *take(struct scraper *s)
{
        struct pooled *p = s->spares;

        if (p) {
                s->spares = p->next;
                s->n_spares--;
        } else {
                p = calloc(1, sizeof(*p));
                if (!p)
                        return NULL;
                p->owner = s;
        }
        p->scrape = (struct scrape){ .iov = NULL };
        mx_buf_reset(&p->copied);
        return p;
}

static void release_fragments(struct pooled *p)
{
        for (size_t i = 0; i < p->n_fragments; i++)
                fragment_unref(p->fragment[i]);
        p->n_fragments = 0;
}

static void give_back(struct pooled *p)
{
        struct scraper *s = p->owner;

        release_fragments(p);
        if (p->copied.size > COPIED_KEPT_MAX)
                mx_buf_done(&p->copied);
        if (s->n_spares == SPARES_MAX) {
                pooled_free(p);
                return;
        }
        p->next = s->spares;
        s->spares = p;
        s->n_spares++;
}

void scrape_release(void *scrape)
{
        struct pooled *p = scrape;
        struct scraper *s = p->owner;

        pthread_mutex_lock(&s->lock);
        give_back(p);
        pthread_mutex_unlock(&s->lock);
}

static int reserve_iov(struct pooled *p, size_t n)
{
        struct iovec *iov;

        if (n <= p->iov_size)
                return 0;
        n += n / 2; /* families come and go a little */
        iov = realloc(p->iov, n * sizeof(*iov));
        if (!iov)
                return -ENOMEM;
        p->iov = iov;
        p->iov_size = n;
        return 0;
}

/* The answer's bytes are bounded by its fragments, and those by the caps of their collectors. */
static int reserve_copied(struct pooled *p, size_t n)
{
        p->copied.cap = n > COPIED_KEPT_MAX ? n : COPIED_KEPT_MAX;
        return mx_buf_reserve(&p->copied, n);
}

static void put(struct pooled *p, const void *data, size_t n)
{
        p->iov[p->scrape.n_iov++] =
                (struct iovec){ .iov_base = (void *)(uintptr_t)data, .iov_len = n };
}

/* Makes one piece of the vector, after which the fragments are not needed any more: a client that
 * is slow to read holds its own answer and nothing else. The room has been reserved. */
static void join(struct pooled *p, size_t len)
{
        char *end = p->copied.data;

        for (size_t i = 0; i < p->scrape.n_iov; i++)
                end = mempcpy(end, p->iov[i].iov_base, p->iov[i].iov_len);
        p->scrape.n_iov = 0;
        put(p, p->copied.data, len);
        release_fragments(p);
}

/* Copies the fragments one after another: the same without a vector. */
static int describe_copied(struct pooled *p, enum mx_format format, size_t len)
{
        char *end;
        int r = reserve_iov(p, 1) ?: reserve_copied(p, len + sizeof(eof));

        if (r < 0)
                return r;
        end = p->copied.data;
        for (size_t i = 0; i < p->n_fragments; i++)
                end = fragment_copy(p->fragment[i], format, end);
        if (format == MX_OPENMETRICS)
                end = mempcpy(end, eof, sizeof(eof) - 1);
        put(p, p->copied.data, (size_t)(end - p->copied.data));
        release_fragments(p);
        return 0;
}

static int describe_vector(struct pooled *p, enum mx_format format)
{
        size_t n = 1, to_copy = 0;
        char *end;
        int r;

        for (size_t i = 0; i < p->n_fragments; i++) {
                size_t len = fragment_len(p->fragment[i], format);

                n += 1 + fragment_iov_count(p->fragment[i]);
                to_copy += len < COPY_BELOW ? len : 0;
        }
        r = reserve_iov(p, n) ?: reserve_copied(p, to_copy);
        if (r < 0)
                return r;
        end = p->copied.data;
        for (size_t i = 0; i < p->n_fragments; i++) {
                const char *start = end;

                if (fragment_len(p->fragment[i], format) < COPY_BELOW) {
                        end = fragment_copy(p->fragment[i], format, end);
                        put(p, start, (size_t)(end - start));
                } else {
                        p->scrape.n_iov +=
                                fragment_iov(p->fragment[i], format, p->iov + p->scrape.n_iov);
                }
        }
        if (format == MX_OPENMETRICS)
                put(p, eof, sizeof(eof) - 1);
        return 0;
}

static int describe_plain(struct pooled *p, enum mx_format format, bool one_piece)
{
        size_t len = 0, pieces = 1;

        for (size_t i = 0; i < p->n_fragments; i++) {
                len += fragment_len(p->fragment[i], format);
                pieces += 1 + fragment_iov_count(p->fragment[i]);
        }
        return one_piece || len <= ONE_PIECE_MAX || pieces > PIECES_MAX
                       ? describe_copied(p, format, len)
                       : describe_vector(p, format);
}

/* Are all parts there, or small enough to be made here? The others are encoded by their own
 * threads, from the next run on: until then this client gets plain text. */
static bool encode_all(struct scraper *s, struct pooled *p, enum encoding encoding,
                       enum mx_format format)
{
        if (encoding == ENCODING_IDENTITY)
                return false;
        for (size_t i = 0; i < p->n_fragments; i++)
                if (!p->fragment[i]->encoded[encoding][format].made &&
                    p->fragment[i]->samples.len > ENCODE_HERE_MAX)
                        return false;
        for (size_t i = 0; i < p->n_fragments; i++)
                if (encoder_fragment(&s->encoder, p->fragment[i], encoding, format) < 0)
                        return false;
        return true;
}

static int describe_encoded(struct pooled *p, enum encoding encoding, enum mx_format format,
                            bool one_piece)
{
        size_t len = 0;
        int r = reserve_iov(p, p->n_fragments + 2);

        if (r < 0)
                return r;
        p->scrape.encoding = encoding;
        answer_ends(&p->ends, encoding, format, p->fragment, p->n_fragments, eof,
                    format == MX_OPENMETRICS ? sizeof(eof) - 1 : 0);
        if (p->ends.head.iov_len > 0)
                put(p, p->ends.head.iov_base, p->ends.head.iov_len);
        for (size_t i = 0; i < p->n_fragments; i++) {
                const struct mx_buf *b = &p->fragment[i]->encoded[encoding][format].buf;

                put(p, b->data, b->len);
        }
        if (p->ends.tail.iov_len > 0)
                put(p, p->ends.tail.iov_base, p->ends.tail.iov_len);
        for (size_t i = 0; i < p->scrape.n_iov; i++)
                len += p->iov[i].iov_len;
        if (!one_piece && len > ONE_PIECE_MAX)
                return 0;
        r = reserve_copied(p, len);
        if (r == 0)
                join(p, len);
        return r;
}

/* What is asked for of an answer. */
struct wish {
        const struct selection *selection;
        enum mx_format format;
        enum encoding encoding;
        bool one_piece;
};

static struct scrape *put_together(struct scraper *s, const struct wish *w,
                                   const struct self_http *http)
{
        uint64_t now = clock_usec(CLOCK_BOOTTIME);
        struct demand *demand = &s->engine->shared.demand;
        struct pooled *p = take(s);
        struct fragment *own;
        int r;

        if (!p)
                return NULL;
        demand_note(demand, w->encoding, w->format, now);
        engine_refresh(s->engine, w->selection, now);
        p->n_fragments =
                engine_snapshot(s->engine, w->selection, now, p->fragment, FRAGMENTS_MAX - 1);
        own = self_collect(s->self, s->engine, http, now);
        if (own)
                p->fragment[p->n_fragments++] = own;
        r = encode_all(s, p, w->encoding, w->format)
                    ? describe_encoded(p, w->encoding, w->format, w->one_piece)
                    : describe_plain(p, w->format, w->one_piece);
        encoder_trim(&s->encoder, demand, now);
        if (r < 0) {
                give_back(p);
                return NULL;
        }
        p->scrape.iov = p->iov;
        return &p->scrape;
}

struct scrape *scraper_answer(struct scraper *s, const struct selection *sel, enum mx_format format,
                              enum encoding encoding, bool one_piece, const struct self_http *http)
{
        const struct wish wish = { sel, format, encoding, one_piece };
        struct scrape *scrape;

        pthread_mutex_lock(&s->lock);
        scrape = put_together(s, &wish, http);
        pthread_mutex_unlock(&s->lock);
        return scrape;
}
