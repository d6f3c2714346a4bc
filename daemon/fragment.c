/* SPDX-License-Identifier: Apache-2.0 */
#include "fragment.h"

#include "mx/cleanup.h"

#include <errno.h>
#include <string.h>

/* Spares kept: one of any size, as the next run needs it; more of a small size, for scrapes that
 * overlap. */
#define SPARES_MAX       8
#define SMALL_SPARE_SIZE (64 * 1024)

struct fragment_pool {
        pthread_mutex_t lock; /* guards the members below; held for a few instructions */
        struct fragment *spares;
        unsigned n_spares;
        unsigned refs; /* the owner and every fragment in use */
        struct mx_registry *registry;
};

int fragment_pool_new(struct fragment_pool **ret, struct mx_registry *registry)
{
        struct fragment_pool *p = calloc(1, sizeof(*p));

        if (!p)
                return -ENOMEM;
        pthread_mutex_init(&p->lock, NULL);
        p->refs = 1;
        p->registry = mx_registry_ref(registry);
        *ret = p;
        return 0;
}

static void fragment_free(struct fragment *f)
{
        mx_buf_done(&f->samples);
        for (size_t i = 0; i < ENCODING_MAX_; i++)
                for (size_t j = 0; j < MX_FORMAT_MAX_; j++)
                        mx_buf_done(&f->encoded[i][j].buf);
        free(f->marks.v);
        free(f);
}

static void pool_free(struct fragment_pool *p)
{
        while (p->spares) {
                struct fragment *f = p->spares;

                p->spares = f->next;
                fragment_free(f);
        }
        mx_registry_unref(p->registry);
        pthread_mutex_destroy(&p->lock);
        free(p);
}

static void unref_and_unlock(struct fragment_pool *p)
{
        bool last = --p->refs == 0;

        pthread_mutex_unlock(&p->lock);
        if (last)
                pool_free(p);
}

void fragment_pool_unref(struct fragment_pool *p)
{
        if (!p)
                return;
        pthread_mutex_lock(&p->lock);
        unref_and_unlock(p);
}

struct fragment *fragment_new(struct fragment_pool *p)
{
        struct fragment *f;

        pthread_mutex_lock(&p->lock);
        f = p->spares;
        if (f) {
                p->spares = f->next;
                p->n_spares--;
        }
        p->refs++;
        pthread_mutex_unlock(&p->lock);
        if (!f)
                f = calloc(1, sizeof(*f));
        if (!f) {
                fragment_pool_unref(p);
                return NULL;
        }
        f->pool = p;
        atomic_store_explicit(&f->refs, 1, memory_order_relaxed);
        for (size_t i = 0; i < ENCODING_MAX_; i++)
                for (size_t j = 0; j < MX_FORMAT_MAX_; j++)
                        f->encoded[i][j].made = false;
        return f;
}

struct fragment *fragment_ref(struct fragment *f)
{
        atomic_fetch_add_explicit(&f->refs, 1, memory_order_relaxed);
        return f;
}

struct fragment *fragment_unref(struct fragment *f)
{
        struct fragment_pool *p;

        if (!f || atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) != 1)
                return NULL;
        p = f->pool;
        pthread_mutex_lock(&p->lock);
        if (p->n_spares == 0 || (p->n_spares < SPARES_MAX && f->samples.size <= SMALL_SPARE_SIZE)) {
                f->next = p->spares;
                p->spares = f;
                p->n_spares++;
                f = NULL;
        }
        unref_and_unlock(p);
        if (f)
                fragment_free(f);
        return NULL;
}

void fragment_take_buffer(struct fragment *f, enum encoding encoding, enum mx_format format)
{
        struct mx_buf *buf = &f->encoded[encoding][format].buf;

        if (buf->data)
                return;
        pthread_mutex_lock(&f->pool->lock);
        for (struct fragment *spare = f->pool->spares; spare && !buf->data; spare = spare->next) {
                *buf = spare->encoded[encoding][format].buf;
                spare->encoded[encoding][format].buf = (struct mx_buf){ 0 };
        }
        pthread_mutex_unlock(&f->pool->lock);
}

void fragment_lend(struct fragment *f, struct mx_sink *sink)
{
        f->samples.cap = sink->out.cap;
        sink->out = f->samples;
        sink->marks = f->marks;
        f->samples = (struct mx_buf){ 0 };
        f->marks = (struct mx_marks){ 0 };
}

void fragment_take_back(struct fragment *f, struct mx_sink *sink)
{
        f->samples = sink->out;
        f->marks = sink->marks;
        f->series = sink->series;
        sink->out = (struct mx_buf){ .cap = f->samples.cap };
        sink->marks = (struct mx_marks){ 0 };
}

size_t fragment_len(const struct fragment *f, enum mx_format format)
{
        return f->samples.len + f->marks.meta_len[format];
}

void fragment_family(const struct fragment *f, enum mx_format format, uint32_t i,
                     struct iovec ret[2])
{
        const struct mx_mark *m = &f->marks.v[i];
        size_t end = i + 1 < f->marks.n ? m[1].off : f->samples.len;

        ret[0] = (struct iovec){ .iov_base = (void *)(uintptr_t)m->family->meta[format],
                                 .iov_len = m->family->meta_len[format] };
        ret[1] = (struct iovec){ .iov_base = f->samples.data + m->off, .iov_len = end - m->off };
}

char *fragment_copy(const struct fragment *f, enum mx_format format, char *to)
{
        for (uint32_t i = 0; i < f->marks.n; i++) {
                struct iovec part[2];

                fragment_family(f, format, i, part);
                to = mempcpy(to, part[0].iov_base, part[0].iov_len);
                to = mempcpy(to, part[1].iov_base, part[1].iov_len);
        }
        return to;
}

size_t fragment_iov_count(const struct fragment *f)
{
        return (size_t)f->marks.n * 2;
}

size_t fragment_iov(const struct fragment *f, enum mx_format format, struct iovec *iov)
{
        for (uint32_t i = 0; i < f->marks.n; i++)
                fragment_family(f, format, i, iov + 2 * (size_t)i);
        return fragment_iov_count(f);
}
