/* SPDX-License-Identifier: Apache-2.0 */
#include "sink_private.h"
#include "sink_value.h"

#include "buf_fit.h"
#include "mx/cleanup.h"
#include "mx/scan.h"
#include "text.h"

#include <errno.h>
#include <string.h>

#define ROOM_LEAST 256        /* bytes: a short text needs room for its longest sample */
#define ROOM_MOST  4096       /* bytes, but for a long text */
#define MARKS_ROOM 16         /* beyond a quarter: families that come late, as windows do */
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
        s->labels.len = s->labels_kept;
        s->marks.n = 0;
        memset(s->marks.meta_len, 0, sizeof(s->marks.meta_len));
        s->labels_open = false;
        s->err = 0;
        s->series = 0;
        s->run++;
        s->size_before = s->out.size;
}

/* Counters gain digits, families come that need time (windows, kills), and a buffer that the first
 * text has filled to the brim would grow for them, long after. So there is room for as much again
 * after a short text, and for a quarter after a long one, which is six digits more in a sample of
 * 25 bytes. What doubling left beyond that goes back, once, as a heap has hardly a page that nobody
 * has touched before. */
static void leave_room(struct mx_sink *s)
{
        size_t room = MX_MAX(MX_MIN(s->out.len, ROOM_MOST), s->out.len / 4) + ROOM_LEAST;

        if (s->size_before == 0)
                mx_buf_fit(&s->out, room);
        else if (s->out.size > s->size_before)
                (void)!mx_buf_reserve(&s->out, MX_MIN(room, s->out.cap - s->out.len));
}

/* The same for the marks, of which most collectors have a few and there are two sets. */
static void fit_marks(struct mx_marks *m)
{
        uint32_t size = m->n + m->n / 4 + MARKS_ROOM;
        struct mx_mark *v = size < m->size ? realloc(m->v, size * sizeof(*v)) : NULL;

        if (!v)
                return;
        m->v = v;
        m->size = size;
}

int mx_sink_finish(struct mx_sink *s)
{
        if (s->size_before == 0)
                fit_marks(&s->marks);
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
        const struct mx_prepared *prepared = NULL;
        int r = s->registry->slot[family].last_run == s->run
                        ? -EEXIST
                        : mx_registry_prepare(s->registry, family, &prepared);

        r = r ?: add_mark(s, prepared);
        if (r == 0)
                s->registry->slot[family].last_run = s->run;
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
        const struct mx_slot *slot;
        enum mx_scale scale;
        bool marked = false;

        if (s->err != 0)
                return;
        if (family >= s->registry->n || s->registry->slot[family].type == MX_HISTOGRAM)
                return mx_sink_poison(s, -EINVAL);
        slot = &s->registry->slot[family];
        scale = (enum mx_scale)slot->scale;
        for (size_t i = 0; i < nrows; i++) {
                uint64_t v = *(const uint64_t *)(const void *)((const char *)value + i * stride);

                if (mx_scale_is_signed(scale) ? (int64_t)v == INT64_MIN
                                              : !mx_sink_to_base(s, scale, &v))
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
                write_sample(s, slot->prepared, slot->type == MX_INFO ? 1 : v,
                             labels ? &labels[i] : NULL);
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
                                                                s->registry->slot[i].offset),
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

/* The name and the opening quote of a label, with room for `more` bytes after them. One look at the
 * room and plain stores: label sets are half of what a short file costs. */
static int label_head(struct mx_sink *s, const char *name, size_t more)
{
        struct mx_buf *b = &s->labels;
        size_t len = strlen(name);
        char *p;

        if (b->size - b->len < len + more + 4) {
                int r = mx_buf_reserve(b, len + more + 4);

                if (r < 0)
                        return r;
        }
        p = b->data + b->len;
        *p++ = b->len == s->labels_start ? '{' : ',';
        p = mempcpy(p, name, len);
        *p++ = '=';
        *p++ = '"';
        b->len = (size_t)(p - b->data);
        return 0;
}

void mx_label(struct mx_sink *s, const char *name, const char *value, size_t len)
{
        int r;

        if (s->err != 0)
                return;
        r = label_head(s, name, 0) ?: mx_text_escape(&s->labels, value, len, false)
                ?: mx_text_add(&s->labels, "\"", 1);
        if (r < 0)
                mx_sink_poison(s, r);
}

void mx_label_u64(struct mx_sink *s, const char *name, uint64_t value)
{
        struct mx_buf *b = &s->labels;
        char *p;
        int r;

        if (s->err != 0)
                return;
        r = label_head(s, name, MX_U64_DIGITS + 1);
        if (r < 0)
                return mx_sink_poison(s, r);
        p = mx_text_u64(b->data + b->len, value);
        *p++ = '"';
        b->len = (size_t)(p - b->data);
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

bool mx_labels_keep(struct mx_sink *s)
{
        if (s->err != 0)
                return false;
        s->labels_kept = s->labels.len;
        return true;
}

void mx_labels_drop(struct mx_sink *s)
{
        mx_buf_reset(&s->labels);
        s->labels_kept = 0;
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
