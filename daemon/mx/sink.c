/* SPDX-License-Identifier: Apache-2.0 */
#include "sink_private.h"
#include "sink_value.h"

#include "mx/cleanup.h"
#include "mx/scan.h"
#include "text.h"

#include <errno.h>
#include <string.h>

#define LABELS_MAX (4U << 20) /* bytes of label sets in one run: 10,000 sets of 400 bytes */

void mx_sink_init(struct mx_sink *s, struct mx_registry *registry, uint32_t page_size,
                  size_t max_bytes, uint64_t max_series)
{
        *s = (struct mx_sink){ .registry = mx_registry_ref(registry),
                               .page_size = page_size,
                               .max_series = max_series };
        mx_buf_init(&s->out, max_bytes);
        mx_buf_init(&s->labels, LABELS_MAX);
}

void mx_sink_done(struct mx_sink *s)
{
        s->registry = mx_registry_unref(s->registry);
        mx_buf_done(&s->out);
        mx_buf_done(&s->labels);
        free(s->marks.v);
        s->marks = (struct mx_marks){ 0 };
}

void mx_sink_begin(struct mx_sink *s)
{
        mx_buf_reset(&s->out);
        mx_buf_reset(&s->labels);
        s->marks.n = 0;
        memset(s->marks.meta_len, 0, sizeof(s->marks.meta_len));
        s->labels_open = false;
        s->err = 0;
        s->series = 0;
        s->run++;
        s->size_before = s->out.size;
}

/* Counters gain digits, and a buffer that the first text has filled to the brim would grow for one,
 * long after. Room for as much again costs addresses, and no memory before it is used. */
static void leave_room(struct mx_sink *s)
{
        if (s->out.size > s->size_before)
                (void)!mx_buf_reserve(&s->out, MX_MIN(s->out.len, s->out.cap - s->out.len));
}

int mx_sink_finish(struct mx_sink *s)
{
        leave_room(s);
        return s->err;
}

static int add_mark(struct mx_sink *s, const struct mx_prepared *family)
{
        struct mx_marks *m = &s->marks;

        if (m->n == m->size) {
                uint32_t size = m->size ? m->size * 2 : 64;
                struct mx_mark *v = realloc(m->v, size * sizeof(*v));

                if (!v)
                        return -ENOMEM;
                m->v = v;
                m->size = size;
        }
        for (unsigned i = 0; i < MX_FORMAT_MAX_; i++)
                m->meta_len[i] += family->meta_len[i];
        m->v[m->n++] = (struct mx_mark){ .family = family, .off = (uint32_t)s->out.len };
        return 0;
}

int mx_sink_mark(struct mx_sink *s, size_t family)
{
        int r = s->registry->last_run[family] == s->run ? -EEXIST
                                                        : add_mark(s, s->registry->family[family]);

        if (r == 0)
                s->registry->last_run[family] = s->run;
        return r;
}

/* memcpy() for names, without the call: two overlapping moves are right for every length between.
 */
static inline void copy_name(char *to, const char *from, size_t n)
{
        if (n > 64 || n < 16) {
                memcpy(to, from, n);
        } else if (n > 32) {
                memcpy(to, from, 32);
                memcpy(to + n - 32, from + n - 32, 32);
        } else {
                memcpy(to, from, 16);
                memcpy(to + n - 16, from + n - 16, 16);
        }
}

static inline void write_sample(struct mx_sink *s, const struct mx_prepared *f, uint64_t v,
                                const struct mx_labels *labels)
{
        size_t labels_len = labels ? labels->len : 0,
               most = f->name_len + labels_len + MX_SINK_VALUE_MAX;
        char *p;

        if (s->out.size - s->out.len < most) {
                int r = mx_buf_reserve(&s->out, most);

                if (r < 0) {
                        mx_sink_poison(s, r);
                        return;
                }
        }
        p = s->out.data + s->out.len;
        copy_name(p, f->name, f->name_len);
        p += f->name_len;
        if (labels_len > 0)
                copy_name(p, s->labels.data + labels->off, labels_len);
        p += labels_len;
        *p++ = ' ';
        p = mx_sink_value(p, f, v);
        *p++ = '\n';
        s->out.len = (size_t)(p - s->out.data);
        s->series++;
}

void mx_emit_column(struct mx_sink *s, size_t family, const uint64_t *value, size_t nrows,
                    size_t stride, const struct mx_labels *labels)
{
        const struct mx_prepared *f;
        bool marked = false;

        if (s->err != 0)
                return;
        if (family >= s->registry->n || s->registry->family[family]->type == MX_HISTOGRAM)
                return mx_sink_poison(s, -EINVAL);
        f = s->registry->family[family];
        for (size_t i = 0; i < nrows; i++) {
                uint64_t v = *(const uint64_t *)(const void *)((const char *)value + i * stride);

                if (f->scale == MX_INT ? (int64_t)v == INT64_MIN
                                       : !mx_sink_to_base(s, f->scale, &v))
                        continue;
                if (s->series >= s->max_series) {
                        s->dropped++;
                        continue;
                }
                if (!marked) {
                        int r = mx_sink_mark(s, family);

                        if (r < 0)
                                return mx_sink_poison(s, r);
                        marked = true;
                }
                write_sample(s, f, f->type == MX_INFO ? 1 : v, labels ? &labels[i] : NULL);
        }
}

void mx_emit_rows(struct mx_sink *s, size_t first, size_t n, const void *rows, size_t nrows,
                  size_t stride, const struct mx_labels *labels)
{
        for (size_t i = first; i < first + n && s->err == 0; i++) {
                if (i >= s->registry->n)
                        return mx_sink_poison(s, -EINVAL);
                mx_emit_column(s, i,
                               (const uint64_t *)(const void *)((const char *)rows +
                                                                s->registry->family[i]->offset),
                               nrows, stride, labels);
        }
}

void mx_emit(struct mx_sink *s, size_t family, uint64_t value)
{
        mx_emit_column(s, family, &value, 1, sizeof(value), NULL);
}

void mx_labels_begin(struct mx_sink *s)
{
        if (s->labels_open)
                mx_sink_poison(s, -EINVAL);
        s->labels_open = true;
        s->labels_start = (uint32_t)s->labels.len;
}

/* The name and the opening quote of a label. */
static int label_head(struct mx_sink *s, const char *name)
{
        bool first = s->labels.len == s->labels_start;

        return mx_text_add(&s->labels, first ? "{" : ",", 1) ?: mx_text_adds(&s->labels, name)
                ?: mx_text_add(&s->labels, "=\"", 2);
}

void mx_label(struct mx_sink *s, const char *name, const char *value, size_t len)
{
        int r;

        if (s->err != 0)
                return;
        r = label_head(s, name) ?: mx_text_escape(&s->labels, value, len, false)
                ?: mx_text_add(&s->labels, "\"", 1);
        if (r < 0)
                mx_sink_poison(s, r);
}

void mx_label_u64(struct mx_sink *s, const char *name, uint64_t value)
{
        int r;

        if (s->err != 0)
                return;
        r = label_head(s, name) ?: mx_text_add_u64(&s->labels, value)
                ?: mx_text_add(&s->labels, "\"", 1);
        if (r < 0)
                mx_sink_poison(s, r);
}

struct mx_labels mx_labels_end(struct mx_sink *s)
{
        struct mx_labels l = { .off = s->labels_start };
        int r;

        s->labels_open = false;
        if (s->err != 0 || s->labels.len == s->labels_start)
                return (struct mx_labels){ 0 };
        r = mx_text_add(&s->labels, "}", 1);
        if (r < 0) {
                mx_sink_poison(s, r);
                return (struct mx_labels){ 0 };
        }
        l.len = (uint32_t)(s->labels.len - l.off);
        return l;
}

int mx_sink_add_family(struct mx_sink *s, const struct mx_family *family)
{
        return mx_registry_add(s->registry, family);
}

size_t mx_sink_room(const struct mx_sink *s)
{
        return s->max_series > s->series ? (size_t)(s->max_series - s->series) : 0;
}

void mx_sink_dropped(struct mx_sink *s, uint64_t series)
{
        s->dropped += series;
}

void mx_sink_unknown(struct mx_sink *s, uint64_t keys)
{
        s->unknown += keys;
}

void mx_sink_invalid(struct mx_sink *s, uint64_t values)
{
        s->invalid += values;
}

uint64_t mx_sink_run(const struct mx_sink *s)
{
        return s->run;
}
