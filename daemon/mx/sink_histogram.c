/* SPDX-License-Identifier: Apache-2.0 */
#include "mx/cleanup.h"
#include "sink_value.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int decimals_of(enum mx_scale scale)
{
        return scale == MX_USEC ? 6 : scale == MX_NSEC ? 9 : scale == MX_MILLI ? 3 : 0;
}

/* A bound as OpenMetrics wants it: "4096.0", "0.05", "1.6777216e+07". Prometheus 2 keeps the text
 * of the label as it is, Prometheus 3 keeps the number and writes it in this form: so both have the
 * same series, and an upgrade between them does not start new ones. */
static char *write_bound(char *p, const struct mx_prepared *f, uint64_t v)
{
        char digits[MX_U64_DIGITS];
        int n = (int)(mx_text_u64(digits, v) - digits), exponent = n - 1 - decimals_of(f->scale);

        while (n > 1 && digits[n - 1] == '0')
                n--;
        if (v != 0 && (exponent < -4 || exponent > 5)) {
                *p++ = digits[0];
                if (n > 1)
                        *p++ = '.';
                p = (char *)mempcpy(p, digits + 1, (size_t)n - 1);
                *p++ = 'e';
                *p++ = exponent < 0 ? '-' : '+';
                if (abs(exponent) < 10)
                        *p++ = '0';
                return mx_text_u64(p, (uint64_t)abs(exponent));
        }
        if (v == 0 || exponent < 0) {
                *p++ = '0';
        } else {
                for (int i = 0; i <= exponent; i++)
                        *p++ = i < n ? digits[i] : '0';
        }
        *p++ = '.';
        for (int i = v == 0 ? 0 : exponent + 1; i < n; i++)
                *p++ = i < 0 ? '0' : digits[i];
        if (p[-1] == '.')
                *p++ = '0';
        return p;
}

static int write_histogram(struct mx_sink *s, const struct mx_prepared *f,
                           const struct mx_histogram *h, const struct mx_labels *labels)
{
        size_t line = f->name_len + (labels ? labels->len : 0) + sizeof("_bucket{le=\"\"}") +
                      2 * MX_SINK_VALUE_MAX;
        uint64_t below = 0, v;
        int r = mx_buf_reserve(&s->out, (h->n + 3) * line);
        char *p, bound[MX_SINK_VALUE_MAX];

        if (r < 0)
                return r;
        p = s->out.data + s->out.len;
        for (uint32_t i = 0; i <= h->n; i++) {
                below += h->count[i];
                if (i < h->n) {
                        v = h->bounds[i];
                        if (!mx_sink_to_base(s, f->scale, &v) ||
                            (i > 0 && h->bounds[i] <= h->bounds[i - 1]))
                                return -EINVAL;
                        *write_bound(bound, f, v) = '\0';
                }
                p = mx_sink_head(s, p, f, "_bucket", labels, "le", i < h->n ? bound : "+Inf");
                *p++ = ' ';
                p = mx_text_u64(p, below);
                *p++ = '\n';
        }
        v = h->sum;
        if (!mx_sink_to_base(s, f->scale, &v))
                v = (uint64_t)INT64_MAX;
        p = mx_sink_head(s, p, f, "_sum", labels, NULL, NULL);
        *p++ = ' ';
        p = mx_sink_value(p, f, v);
        *p++ = '\n';
        p = mx_sink_head(s, p, f, "_count", labels, NULL, NULL);
        *p++ = ' ';
        p = mx_text_u64(p, below);
        *p++ = '\n';
        s->out.len = (size_t)(p - s->out.data);
        s->series += h->n + 3;
        return 0;
}

void mx_emit_histograms(struct mx_sink *s, size_t family, const struct mx_histogram *rows,
                        size_t nrows, size_t stride, const struct mx_labels *labels)
{
        bool marked = false;

        for (size_t i = 0; i < nrows && s->err == 0; i++) {
                const struct mx_histogram *h =
                        (const struct mx_histogram *)(const void *)((const char *)rows +
                                                                    i * stride);
                int r;

                if (family >= s->registry->n || s->registry->slot[family].type != MX_HISTOGRAM ||
                    h->n > MX_BUCKETS_MAX)
                        return mx_sink_poison(s, -EINVAL);
                if (s->max_series - MX_MIN(s->series, s->max_series) < h->n + 3) {
                        s->dropped += h->n + 3;
                        continue;
                }
                r = marked ? 0 : mx_sink_mark(s, family);
                marked = true;
                r = r
                            ?: write_histogram(s, s->registry->slot[family].prepared, h,
                                               labels ? &labels[i] : NULL);
                if (r < 0)
                        mx_sink_poison(s, r);
        }
}
