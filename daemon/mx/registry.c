/* SPDX-License-Identifier: Apache-2.0 */
#include "registry.h"

#include "mx/buf.h"
#include "mx/cleanup.h"
#include "text.h"

#include <errno.h>
#include <string.h>

/* Bytes of one family's metadata: the name stands six times among them, in lines with up to 32
 * bytes of their own; HELP twice, with source and key, all escaped to at most three bytes for each.
 */
#define META_MAX                                                                                   \
        (6 * (MX_FAMILY_NAME_MAX + 32) +                                                           \
         2 * 3 * (MX_FAMILY_HELP_MAX + MX_FAMILY_SOURCE_MAX + MX_FAMILY_KEY_MAX) +                 \
         MX_FAMILY_KEY_MAX + 1)

#define MORE_SLOTS 32 /* for families that come with the lines of a file: few, and at the start */

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

/* Where in the text the parts are. */
struct layout {
        size_t meta[MX_FORMAT_MAX_], key;
};

/* Lays out name, both metadata texts and the key one after another in `b` and notes the lengths.
 * OpenMetrics is TYPE, UNIT, HELP and the text format HELP, TYPE: where both have the same HELP,
 * the first ends with the line that the second begins with. */
static int lay_out(struct mx_buf *b, struct mx_prepared *p, struct layout *at,
                   const struct mx_family *f, const char *source)
{
        size_t len = strlen(f->name), om_len = openmetrics_name_len(f, len), help;
        int r;

        p->name_len = (uint32_t)len;
        r = mx_text_add(b, f->name, len + 1);
        at->meta[MX_OPENMETRICS] = b->len;
        r = r ?: add_type(b, f, MX_OPENMETRICS, f->name, om_len) ?: add_unit(b, f->name, om_len);
        help = b->len;
        r = r ?: add_help(b, f, source, f->name, om_len);
        p->meta_len[MX_OPENMETRICS] = (uint32_t)(b->len - at->meta[MX_OPENMETRICS]);
        if (om_len != len) {
                help = b->len;
                r = r ?: add_help(b, f, source, f->name, len);
        }
        at->meta[MX_TEXT] = help;
        r = r ?: add_type(b, f, MX_TEXT, f->name, len);
        p->meta_len[MX_TEXT] = (uint32_t)(b->len - help);
        at->key = b->len;
        return r ?: mx_text_add(b, f->key ? f->key : "", f->key ? strlen(f->key) + 1 : 1);
}

static int prepare(struct mx_prepared **ret, const struct mx_family *f, const char *source)
{
        struct mx_prepared head = { .type = f->type, .scale = f->scale };
        mx_cleanup_(mx_buf_done) struct mx_buf b = { 0 };
        struct mx_prepared *p;
        struct layout at;
        int r;

        mx_buf_init(&b, META_MAX);
        r = lay_out(&b, &head, &at, f, source);
        if (r < 0)
                return r;
        p = malloc(sizeof(*p) + b.len);
        if (!p)
                return -ENOMEM;
        *p = head;
        memcpy(p->bytes, b.data, b.len);
        p->name = p->bytes;
        p->meta[MX_TEXT] = p->bytes + at.meta[MX_TEXT];
        p->meta[MX_OPENMETRICS] = p->bytes + at.meta[MX_OPENMETRICS];
        p->key = p->bytes + at.key;
        *ret = p;
        return 0;
}

static int append(struct mx_registry *r, const struct mx_family *f)
{
        if (r->n == r->size) {
                uint32_t size = r->size + MORE_SLOTS;
                struct mx_slot *slot = realloc(r->slot, size * sizeof(*slot));

                if (!slot)
                        return -ENOMEM;
                r->slot = slot;
                r->size = size;
        }
        if (f->offset > UINT32_MAX)
                return -EINVAL;
        r->slot[r->n] = (struct mx_slot){ .offset = (uint32_t)f->offset,
                                          .type = (uint8_t)f->type,
                                          .scale = (uint8_t)f->scale };
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
        r->slot = malloc((n + !n) * sizeof(*r->slot));
        if (!r->slot)
                return -ENOMEM;
        r->size = (uint32_t)n;
        r->source = source;
        r->table = families;
        for (size_t i = 0; i < n; i++) {
                int err = append(r, &families[i]);

                if (err < 0)
                        return err;
        }
        r->n_static = r->n;
        *ret = MX_TAKE_PTR(r);
        return 0;
}

int mx_registry_prepare(struct mx_registry *r, size_t family, const struct mx_prepared **ret)
{
        struct mx_slot *slot = &r->slot[family];
        int err = slot->prepared ? 0 : prepare(&slot->prepared, &r->table[family], r->source);

        if (err == 0)
                *ret = slot->prepared;
        return err;
}

int mx_registry_prepare_all(struct mx_registry *r)
{
        const struct mx_prepared *p;
        int err = 0;

        for (uint32_t i = 0; i < r->n && err == 0; i++)
                err = mx_registry_prepare(r, i, &p);
        return err;
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
                free(r->slot[i].prepared);
        free(r->slot);
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
        struct mx_prepared *p;
        int err;

        if (r->n - r->n_static >= MX_DYNAMIC_FAMILIES_MAX)
                return -E2BIG;
        if (mx_family_check(f))
                return -EINVAL;
        for (uint32_t i = 0; i < r->n_static; i++)
                if (strcmp(r->table[i].name, f->name) == 0)
                        return -EEXIST;
        for (uint32_t i = r->n_static; i < r->n; i++)
                if (strcmp(r->slot[i].prepared->name, f->name) == 0)
                        return is_same(r->slot[i].prepared, f) ? (int)i : -EEXIST;
        err = prepare(&p, f, r->source);
        if (err < 0)
                return err;
        err = append(r, f);
        if (err < 0)
                free(p);
        else
                r->slot[err].prepared = p;
        return err;
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

static const char *check_lengths(const struct mx_family *f)
{
        if (strlen(f->name) > MX_FAMILY_NAME_MAX)
                return "the name is longer than 200 bytes";
        if (strlen(f->help) > MX_FAMILY_HELP_MAX)
                return "HELP is longer than 1000 bytes";
        if (f->key && strlen(f->key) > MX_FAMILY_KEY_MAX)
                return "the key is longer than 255 bytes";
        if (f->source && strlen(f->source) > MX_FAMILY_SOURCE_MAX)
                return "the source is longer than 255 bytes";
        return NULL;
}

const char *mx_family_check(const struct mx_family *f)
{
        size_t len, help_len;

        if (!f->name || !mx_text_is_metric_name(f->name))
                return "the name is not of the form [a-z_][a-z0-9_]*";
        if ((unsigned)f->type > MX_HISTOGRAM || (unsigned)f->scale > MX_INT_MILLI)
                return "the type or the scale is out of range";
        len = strlen(f->name);
        if ((f->type == MX_COUNTER) != ends_with(f->name, len, "_total"))
                return "counters, and only counters, end in _total";
        if ((f->type == MX_INFO) != ends_with(f->name, len, "_info"))
                return "info metrics, and only they, end in _info";
        if ((f->type == MX_COUNTER || f->type == MX_HISTOGRAM) && mx_scale_is_signed(f->scale))
                return "a counter or a histogram cannot be signed";
        help_len = f->help ? strlen(f->help) : 0;
        if (help_len < 2 || f->help[help_len - 1] != '.' ||
            (f->help[0] >= 'a' && f->help[0] <= 'z'))
                return "HELP is not a sentence: it starts with a capital and ends with a full stop";
        return check_name(f, len) ?: check_lengths(f);
}
