/* SPDX-License-Identifier: Apache-2.0 */
#include "registry.h"

#include "mx/buf.h"
#include "mx/cleanup.h"
#include "text.h"

#include <errno.h>
#include <string.h>

#define META_MAX 4096 /* bytes of one family's metadata: HELP is a sentence, not a page */

static const char *const type_names[][MX_FORMAT_MAX_] = {
        [MX_GAUGE] = { "gauge", "gauge" },
        [MX_COUNTER] = { "counter", "counter" },
        [MX_INFO] = { "gauge", "info" },
        [MX_UNKNOWN] = { "untyped", "unknown" },
        [MX_HISTOGRAM] = { "histogram", "histogram" },
};

static bool ends_with(const char *s, size_t len, const char *suffix)
{
        size_t n = strlen(suffix);

        return len > n && memcmp(s + len - n, suffix, n) == 0;
}

/* In OpenMetrics a family's name lacks the suffix that its type adds to the sample. */
static size_t openmetrics_name_len(const struct mx_family *f, size_t len)
{
        if (f->type == MX_COUNTER && ends_with(f->name, len, "_total"))
                return len - strlen("_total");
        if (f->type == MX_INFO && ends_with(f->name, len, "_info"))
                return len - strlen("_info");
        return len;
}

static const char *unit_of(const char *name, size_t len)
{
        static const char *const units[] = { "_bytes", "_seconds", "_ratio" };

        for (size_t i = 0; i < MX_ARRAY_SIZE(units); i++)
                if (ends_with(name, len, units[i]))
                        return units[i] + 1;
        return NULL;
}

/* "# KEYWORD name " */
static int add_head(struct mx_buf *b, const char *keyword, const char *name, size_t len)
{
        return mx_text_add(b, "# ", 2) ?: mx_text_adds(b, keyword) ?: mx_text_add(b, " ", 1)
                ?: mx_text_add(b, name, len) ?: mx_text_add(b, " ", 1);
}

static int add_help(struct mx_buf *b, const struct mx_family *f, const char *source,
                    const char *name, size_t len)
{
        int r = add_head(b, "HELP", name, len) ?: mx_text_escape(b, f->help, strlen(f->help), true);

        if (r < 0)
                return r;
        if (f->source)
                source = f->source;
        if (source && source[0]) {
                /* "Sentence." becomes "Sentence (source key).": the sentence ends with its source.
                 */
                if (b->len && b->data[b->len - 1] == '.')
                        b->len--;
                r = mx_text_adds(b, " (") ?: mx_text_escape(b, source, strlen(source), true);
                if (r == 0 && f->key && f->key[0])
                        r = mx_text_add(b, " ", 1)
                                    ?: mx_text_escape(b, f->key, strlen(f->key), true);
                r = r ?: mx_text_adds(b, ").");
        }
        return r ?: mx_text_add(b, "\n", 1);
}

static int add_type(struct mx_buf *b, const struct mx_family *f, enum mx_format format,
                    const char *name, size_t len)
{
        return add_head(b, "TYPE", name, len) ?: mx_text_adds(b, type_names[f->type][format])
                ?: mx_text_add(b, "\n", 1);
}

static int add_unit(struct mx_buf *b, const char *name, size_t len)
{
        const char *unit = unit_of(name, len);

        if (!unit)
                return 0;
        return add_head(b, "UNIT", name, len) ?: mx_text_adds(b, unit) ?: mx_text_add(b, "\n", 1);
}

/* Lays out name, both metadata texts and the key one after another in `b` and notes the lengths.
 */
static int lay_out(struct mx_buf *b, struct mx_prepared *p, const struct mx_family *f,
                   const char *source)
{
        size_t len = strlen(f->name), om_len = openmetrics_name_len(f, len), start;
        int r;

        p->name_len = (uint32_t)len;
        r = mx_text_add(b, f->name, len + 1);
        start = b->len;
        r = r ?: add_help(b, f, source, f->name, len) ?: add_type(b, f, MX_TEXT, f->name, len);
        p->meta_len[MX_TEXT] = (uint32_t)(b->len - start);
        start = b->len;
        r = r ?: add_type(b, f, MX_OPENMETRICS, f->name, om_len) ?: add_unit(b, f->name, om_len)
                ?: add_help(b, f, source, f->name, om_len);
        p->meta_len[MX_OPENMETRICS] = (uint32_t)(b->len - start);
        return r ?: mx_text_add(b, f->key ? f->key : "", f->key ? strlen(f->key) + 1 : 1);
}

static int prepare(struct mx_prepared **ret, const struct mx_family *f, const char *source)
{
        struct mx_prepared head = { .type = f->type, .scale = f->scale, .offset = f->offset };
        mx_cleanup_(mx_buf_done) struct mx_buf b = { 0 };
        struct mx_prepared *p;
        int r;

        mx_buf_init(&b, META_MAX);
        r = lay_out(&b, &head, f, source);
        if (r < 0)
                return r;
        p = malloc(sizeof(*p) + b.len);
        if (!p)
                return -ENOMEM;
        *p = head;
        memcpy(p->bytes, b.data, b.len);
        p->name = p->bytes;
        p->meta[MX_TEXT] = p->name + p->name_len + 1;
        p->meta[MX_OPENMETRICS] = p->meta[MX_TEXT] + p->meta_len[MX_TEXT];
        p->key = p->meta[MX_OPENMETRICS] + p->meta_len[MX_OPENMETRICS];
        *ret = p;
        return 0;
}

static int grow(struct mx_registry *r)
{
        uint32_t size = r->size ? r->size * 2 : 16;
        struct mx_prepared **family;
        uint64_t *last_run;

        family = realloc(r->family, size * sizeof(*family));
        if (!family)
                return -ENOMEM;
        r->family = family;
        last_run = realloc(r->last_run, size * sizeof(*last_run));
        if (!last_run)
                return -ENOMEM;
        r->last_run = last_run;
        r->size = size;
        return 0;
}

static int append(struct mx_registry *r, const struct mx_family *f)
{
        int err = r->n == r->size ? grow(r) : 0;

        if (err == 0)
                err = prepare(&r->family[r->n], f, r->source);
        if (err < 0)
                return err;
        r->last_run[r->n] = 0;
        return (int)r->n++;
}

static void unrefp(struct mx_registry **r)
{
        mx_registry_unref(*r);
}

int mx_registry_new(struct mx_registry **ret, const struct mx_family *families, size_t n,
                    const char *source)
{
        mx_cleanup_(unrefp) struct mx_registry *r = calloc(1, sizeof(*r));

        if (!r)
                return -ENOMEM;
        atomic_init(&r->refs, 1);
        r->source = source;
        for (size_t i = 0; i < n; i++) {
                int err = append(r, &families[i]);

                if (err < 0)
                        return err;
        }
        r->n_static = r->n;
        *ret = MX_TAKE_PTR(r);
        return 0;
}

struct mx_registry *mx_registry_ref(struct mx_registry *r)
{
        atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
        return r;
}

struct mx_registry *mx_registry_unref(struct mx_registry *r)
{
        if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
                return NULL;
        for (uint32_t i = 0; i < r->n; i++)
                free(r->family[i]);
        free(r->family);
        free(r->last_run);
        free(r);
        return NULL;
}

/* The family that was added for the same key before the collector was closed and opened again. */
static bool is_same(const struct mx_prepared *p, const struct mx_family *f)
{
        return p->type == f->type && p->scale == f->scale &&
               strcmp(p->key, f->key ? f->key : "") == 0;
}

int mx_registry_add(struct mx_registry *r, const struct mx_family *f)
{
        if (r->n - r->n_static >= MX_DYNAMIC_FAMILIES_MAX)
                return -E2BIG;
        if (mx_family_check(f))
                return -EINVAL;
        for (uint32_t i = 0; i < r->n; i++)
                if (strcmp(r->family[i]->name, f->name) == 0)
                        return is_same(r->family[i], f) && i >= r->n_static ? (int)i : -EEXIST;
        return append(r, f);
}

/* promtool says so of every type; other families may come from the kernel's words. */
static bool names_a_type(const char *name)
{
        static const char *const types[] = { "_histogram", "_gauge", "_counter", "_summary" };

        for (size_t i = 0; i < MX_ARRAY_SIZE(types); i++)
                for (const char *at = name; (at = strstr(at, types[i])); at++)
                        if (at[strlen(types[i])] == '_' || at[strlen(types[i])] == '\0')
                                return true;
        return false;
}

static const char *check_name(const struct mx_family *f, size_t len)
{
        static const char *const not_base[] = {
                "_kb",           "_kib", "_mb",           "_mib",         "_gb",      "_kilobytes",
                "_milliseconds", "_ms",  "_us",           "_usec",        "_minutes", "_hours",
                "_percent",      "_pct", "_microseconds", "_nanoseconds",
        };
        static const char *const reserved[] = { "_count", "_sum", "_bucket", "_created" };
        size_t stem = openmetrics_name_len(f, len);

        for (size_t i = 0; i < MX_ARRAY_SIZE(not_base); i++)
                if (ends_with(f->name, stem, not_base[i]))
                        return "the name's unit is not a base unit";
        for (size_t i = 0; i < MX_ARRAY_SIZE(reserved); i++)
                if (ends_with(f->name, len, reserved[i]))
                        return "the name ends in a suffix that is reserved for other types";
        if (f->type == MX_HISTOGRAM && names_a_type(f->name))
                return "a histogram's name does not say what type it is of";
        return NULL;
}

const char *mx_family_check(const struct mx_family *f)
{
        size_t len, help_len;

        if (!f->name || !mx_text_is_metric_name(f->name))
                return "the name is not of the form [a-z_][a-z0-9_]*";
        if ((unsigned)f->type > MX_HISTOGRAM || (unsigned)f->scale > MX_INT)
                return "the type or the scale is out of range";
        len = strlen(f->name);
        if ((f->type == MX_COUNTER) != ends_with(f->name, len, "_total"))
                return "counters, and only counters, end in _total";
        if ((f->type == MX_INFO) != ends_with(f->name, len, "_info"))
                return "info metrics, and only they, end in _info";
        if ((f->type == MX_COUNTER || f->type == MX_HISTOGRAM) && f->scale == MX_INT)
                return "a counter or a histogram cannot be signed";
        help_len = f->help ? strlen(f->help) : 0;
        if (help_len < 2 || f->help[help_len - 1] != '.' ||
            (f->help[0] >= 'a' && f->help[0] <= 'z'))
                return "HELP is not a sentence: it starts with a capital and ends with a full stop";
        return check_name(f, len);
}
