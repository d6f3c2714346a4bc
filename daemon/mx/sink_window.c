/* SPDX-License-Identifier: Apache-2.0 */
#include "mx/cleanup.h"
#include "sink_value.h"

#include <errno.h>
#include <string.h>

/* name{labels,window="1m"} value */
static int write_span(struct mx_sink *s, const struct mx_prepared *f, uint64_t v,
                      const struct mx_labels *labels, const char *span)
{
        size_t len = labels ? labels->len : 0;
        int r = mx_buf_reserve(&s->out, f->name_len + len + sizeof("{window=\"\"}") + strlen(span) +
                                                MX_SINK_VALUE_MAX);
        char *p;

        if (r < 0)
                return r;
        p = s->out.data + s->out.len;
        p = mx_sink_head(s, p, f, "", labels, "window", span);
        *p++ = ' ';
        p = mx_sink_value(p, f, v);
        *p++ = '\n';
        s->out.len = (size_t)(p - s->out.data);
        s->series++;
        return 0;
}

static int emit_window(struct mx_sink *s, size_t family, const struct mx_window *w, uint64_t now,
                       const struct mx_labels *labels)
{
        const struct mx_slot *slot = &s->registry->slot[family];
        int r = 0;

        for (size_t i = 0; i < MX_SPANS && r == 0; i++) {
                uint64_t v = mx_window_read(w, (enum mx_span)i, now);

                if (!mx_sink_to_base(s, (enum mx_scale)slot->scale, &v))
                        continue;
                if (s->series >= s->max_series) {
                        s->dropped++;
                        continue;
                }
                if (slot->last_run != s->run)
                        r = mx_sink_mark(s, family);
                r = r ?: write_span(s, slot->prepared, v, labels, mx_spans[i].name);
        }
        return r;
}

void mx_emit_windows(struct mx_sink *s, size_t family, const struct mx_window *const *rows,
                     size_t nrows, uint64_t now, const struct mx_labels *labels)
{
        if (s->err != 0)
                return;
        if (family >= s->registry->n || s->registry->slot[family].type != MX_GAUGE ||
            mx_scale_is_signed((enum mx_scale)s->registry->slot[family].scale))
                return mx_sink_poison(s, -EINVAL);
        if (s->registry->slot[family].last_run == s->run)
                return mx_sink_poison(s, -EEXIST);
        for (size_t i = 0; i < nrows && s->err == 0; i++) {
                int r = rows[i] ? emit_window(s, family, rows[i], now, labels ? &labels[i] : NULL)
                                : 0;

                if (r < 0)
                        mx_sink_poison(s, r);
        }
}
