/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup_budget.h"

#include "cgroup_numa.h"
#include "cgroup_peak.h"

#define VALUE_MAX 23 /* 20 digits, or 19 with a point and a 0 before it; blank and newline */

/* A label set is {a="x",b="y"}: two bytes, and by label its name, its value and four more but one.
 */
#define LABEL(name) (sizeof(name) - 1 + 4)

static size_t escaped(const char *s, size_t n)
{
        size_t size = n;

        for (size_t i = 0; i < n; i++)
                if ((signed char)s[i] <= 0)
                        size += 2;
                else if (s[i] == '\\' || s[i] == '"' || s[i] == '\n')
                        size++;
        return size;
}

static size_t word_size(struct mx_cgroup_word w, size_t label)
{
        return w.len > 0 ? label + escaped(w.s, w.len) : 0;
}

void mx_cgroup_label_words(const char *path, size_t len, struct mx_cgroup_names *ret)
{
        mx_cgroup_path_parse(path, len, ret);
        if (ret->container.len > 0 && ret->container.s >= ret->unit.s &&
            ret->container.s < ret->unit.s + ret->unit.len)
                ret->unit.len = 0;
}

static size_t path_size(const struct cgroup_walk *w, const struct cgroup_node *n)
{
        return 2 + LABEL("cgroup") + escaped(mx_cgroup_node_path(w, n), n->path_len);
}

static size_t labels_size(const struct cgroup_walk *w, const struct cgroup_node *n)
{
        struct mx_cgroup_names v;

        mx_cgroup_label_words(mx_cgroup_node_path(w, n), n->path_len, &v);
        return path_size(w, n) + word_size(v.unit, LABEL("unit")) +
               word_size(v.slice, LABEL("slice")) + word_size(v.container, LABEL("container"));
}

static void add(struct cgroup_cost *c, uint64_t value, size_t width)
{
        c->series += value != MX_ABSENT;
        c->names += value != MX_ABSENT ? width : 0;
}

static struct cgroup_cost cost_of(const struct cgroup_prices *p, const struct cgroup_walk *w,
                                  size_t i)
{
        struct cgroup_ref ref = mx_cgroup_walk_ref(w, i);
        const uint64_t *v = (const uint64_t *)(const void *)ref.row;
        struct cgroup_cost c = { .labels = labels_size(w, &w->node[w->owner[i]]) };

        for (size_t f = 0; f < CGROUP_N_ROW; f++)
                add(&c, v[f], p->width[f]);
        for (size_t id = 0; id < CGROUP_BLOCKS; id++) {
                const struct cgroup_span *span = &mx_cgroup_spans[id];

                /* Columns beyond the table's have names made by rule. */
                for (size_t k = 0; ref.block[id] && k < w->reader.block[id].width; k++)
                        add(&c, ref.block[id][k],
                            k < span->n ? p->width[span->first + k]
                                        : MX_KEYMAP_NAME_MAX + VALUE_MAX);
        }
        for (size_t k = 0; k < MX_SPANS && mx_cgroup_has_peak(w, &ref); k++)
                add(&c, 0, p->width[CGROUP_PEAK] + LABEL("window") + strlen(mx_spans[k].name));
        return c;
}

static void add_numa(struct cgroup_prices *p, const struct cgroup_walk *w)
{
        for (size_t i = 0; w->numa && i < mx_cgroup_numa_rows(w->numa); i++) {
                uint32_t owner, node;
                const struct cgroup_numa_row *row = mx_cgroup_numa_row(w->numa, i, &owner, &node);
                const uint64_t *v = (const uint64_t *)(const void *)row;
                const struct cgroup_node *o = &w->node[owner];
                struct cgroup_cost c = { 0 };
                size_t labels;

                if (o->row == CGROUP_NO_ROW || w->owner[o->row] != owner)
                        continue;
                for (size_t f = 0; f < CGROUP_N_NUMA; f++)
                        add(&c, v[f], p->width[CGROUP_FIRST_NUMA + f]);
                labels = path_size(w, o) + LABEL("node") + 10;
                p->row[o->row].numa_series += c.series;
                p->row[o->row].numa_bytes += c.names + c.series * labels;
                p->row[o->row].numa_labels += labels;
        }
}

static bool is_parent(const struct cgroup_walk *w, uint32_t node)
{
        return mx_cgroup_ids_has(&w->parents, w->node[node].id);
}

static void find_typical(struct cgroup_prices *p, const struct cgroup_walk *w)
{
        struct cgroup_cost sum[2] = { { 0 }, { 0 } };
        size_t n[2] = { 0, 0 };

        for (size_t i = 0; i < w->n_rows; i++) {
                const struct cgroup_cost *c = &p->row[i];
                bool k;

                if (w->owner[i] == CGROUP_NO_OWNER || w->owner[i] == 0)
                        continue;
                k = is_parent(w, w->owner[i]);
                n[k]++;
                sum[k].series += c->series;
                sum[k].names += c->names;
                sum[k].numa_series += c->numa_series;
                sum[k].numa_bytes += c->numa_bytes;
                sum[k].numa_labels += c->numa_labels;
        }
        for (size_t k = 0; k < 2; k++)
                if (n[k] > 0)
                        p->typical[k] =
                                (struct cgroup_cost){ .series = (sum[k].series + n[k] - 1) / n[k],
                                                      .names = (sum[k].names + n[k] - 1) / n[k],
                                                      .numa_series = sum[k].numa_series / n[k],
                                                      .numa_bytes = sum[k].numa_bytes / n[k],
                                                      .numa_labels = sum[k].numa_labels / n[k] };
}

int mx_cgroup_prices(struct cgroup_prices *p, const struct cgroup_walk *w)
{
        if (p->width[0] == 0)
                for (size_t f = 0; f < CGROUP_N_FAMILIES; f++)
                        p->width[f] = (uint16_t)(strlen(mx_cgroup_families[f].name) + VALUE_MAX);
        if (p->size < w->size_rows) {
                void *grown = realloc(p->row, w->size_rows * sizeof(*p->row));

                if (!grown)
                        return -ENOMEM;
                p->row = grown;
                p->size = w->size_rows;
        }
        for (size_t i = 0; i < w->n_rows; i++) {
                memset(&p->row[i], 0, sizeof(p->row[i]));
                if (w->owner[i] != CGROUP_NO_OWNER)
                        p->row[i] = cost_of(p, w, i);
        }
        add_numa(p, w);
        find_typical(p, w);
        return 0;
}

void mx_cgroup_prices_done(struct cgroup_prices *p)
{
        free(p->row);
        p->row = NULL;
        p->size = 0;
}

struct cgroup_cost mx_cgroup_price(const struct cgroup_prices *p, const struct cgroup_walk *w,
                                   uint32_t node)
{
        const struct cgroup_node *n = &w->node[node];
        struct cgroup_cost c;

        if (n->row != CGROUP_NO_ROW)
                return p->row[n->row];
        c = p->typical[is_parent(w, node)];
        c.labels = labels_size(w, n);
        return c;
}

bool mx_cgroup_budget_take(struct cgroup_budget *b, const struct cgroup_cost *c)
{
        size_t series = c->series + c->numa_series, labels = c->labels + c->numa_labels;
        size_t bytes = c->names + c->series * c->labels + c->numa_bytes;

        if (b->series < series || b->bytes < bytes || b->labels < labels)
                return false;
        b->series -= series;
        b->bytes -= bytes;
        b->labels -= labels;
        return true;
}
