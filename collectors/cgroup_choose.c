/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup_choose.h"

static int make_room(struct cgroup_chooser *c, const struct cgroup_walk *w)
{
        if (c->size < w->n_nodes) {
                struct mx_topn *p = realloc(c->item, w->size_nodes * sizeof(*p));

                if (!p)
                        return -ENOMEM;
                c->item = p;
                c->size = w->size_nodes;
        }
        return 0;
}

/* The budget once the root, which is never the one to go, has taken its part. */
static struct cgroup_budget after_root(const struct cgroup_chooser *c, const struct cgroup_walk *w,
                                       struct cgroup_budget budget)
{
        if (w->node[0].row != CGROUP_NO_ROW)
                mx_cgroup_budget_take(&budget, &c->prices.row[w->node[0].row]);
        return budget;
}

static bool all_fit(const struct cgroup_chooser *c, const struct cgroup_walk *w,
                    struct cgroup_budget budget)
{
        if (w->n_rows != w->n_candidates)
                return false;
        for (size_t i = 0; i < w->n_rows; i++)
                if (!mx_cgroup_budget_take(&budget, &c->prices.row[i]))
                        return false;
        return true;
}

/* How many of the first `n` items fit. */
static size_t fitting(const struct cgroup_chooser *c, const struct cgroup_walk *w, size_t n,
                      struct cgroup_budget budget)
{
        budget = after_root(c, w, budget);
        for (size_t i = 0; i < n; i++) {
                struct cgroup_cost cost = mx_cgroup_price(&c->prices, w, c->item[i].index);

                if (!mx_cgroup_budget_take(&budget, &cost))
                        return i;
        }
        return n;
}

/* Ranks all candidates but the root and moves the chosen to the front of c->item. */
static size_t rank(struct cgroup_chooser *c, struct cgroup_walk *w, struct cgroup_budget budget)
{
        size_t n = 0, chosen, fit, room = (size_t)w->options->max_cgroups;

        if (w->node[0].row != CGROUP_NO_ROW)
                room--;
        for (uint32_t i = 1; i < w->n_nodes; i++) {
                struct cgroup_node *node = &w->node[i];

                if (!node->candidate)
                        continue;
                node->left_out = true;
                /* One more than it is: mx_topn_select() never takes a 0, and an idle cgroup is not
                 * to be left out while there is room. */
                c->item[n++] =
                        (struct mx_topn){ .value = node->current == MX_ABSENT ? 1
                                                                              : node->current + 1,
                                          .index = i,
                                          .incumbent = mx_cgroup_ids_has(&c->chosen, node->id) };
        }
        chosen = mx_topn_select(c->item, n, room);
        fit = fitting(c, w, chosen, budget);
        /* Again with that number, as who was chosen last time has precedence at its edge only. */
        if (fit < chosen)
                fit = fitting(c, w, mx_topn_select(c->item, n, fit), budget);
        for (size_t i = 0; i < fit; i++)
                w->node[c->item[i].index].left_out = false;
        return fit;
}

static void free_rows(struct cgroup_walk *w)
{
        for (size_t i = 0; i < w->n_rows; i++) {
                struct cgroup_node *n =
                        w->owner[i] == CGROUP_NO_OWNER ? NULL : &w->node[w->owner[i]];

                if (!n || !n->left_out)
                        continue;
                n->row = CGROUP_NO_ROW;
                w->owner[i] = CGROUP_NO_OWNER;
        }
}

/* Reads the chosen that have no row into rows that nobody owns. One that has gone since leaves its
 * row free. */
static int fill_rows(struct cgroup_chooser *c, struct cgroup_walk *w, size_t chosen)
{
        size_t row = 0;

        for (size_t i = 0; i < chosen; i++) {
                uint32_t node = c->item[i].index;
                int r;

                if (w->node[node].row != CGROUP_NO_ROW)
                        continue;
                while (row < w->n_rows && w->owner[row] != CGROUP_NO_OWNER)
                        row++;
                r = row == w->n_rows ? mx_cgroup_walk_add_row(w) : 0;
                r = r ?: mx_cgroup_walk_revisit(w, node, (uint32_t)row);
                if (r < 0 && r != -ENOENT && r != -EACCES && r != -EPERM)
                        return r;
        }
        return 0;
}

/* A descendant's usage is part of its ancestor's, so only the topmost left out count. */
static uint64_t sum_rest(struct cgroup_walk *w)
{
        uint64_t rest = MX_ABSENT;

        for (uint32_t i = 1; i < w->n_nodes; i++) {
                struct cgroup_node *n = &w->node[i], *parent = &w->node[n->parent];

                n->covered = parent->left_out || parent->covered;
                if (n->left_out && !n->covered && n->current != MX_ABSENT)
                        rest = (rest == MX_ABSENT ? 0 : rest) + n->current;
        }
        return rest;
}

/* What was chosen by estimate is read now: the smallest make way if it is more than that. */
static size_t cut(struct cgroup_chooser *c, struct cgroup_walk *w, size_t chosen,
                  struct cgroup_budget budget)
{
        size_t fit = fitting(c, w, chosen, budget);

        for (size_t i = fit; i < chosen; i++)
                w->node[c->item[i].index].left_out = w->node[c->item[i].index].row != CGROUP_NO_ROW;
        free_rows(w);
        return fit;
}

static int remember(struct cgroup_chooser *c, const struct cgroup_walk *w, size_t chosen)
{
        int r = 0;

        mx_cgroup_ids_clear(&c->chosen);
        for (size_t i = 0; r == 0 && i < chosen; i++)
                r = mx_cgroup_ids_add(&c->chosen, w->node[c->item[i].index].id);
        return r;
}

static uint64_t count_dropped(const struct cgroup_chooser *c, const struct cgroup_walk *w)
{
        uint64_t series = 0;

        for (uint32_t i = 1; i < w->n_nodes; i++)
                if (w->node[i].left_out) {
                        struct cgroup_cost cost = mx_cgroup_price(&c->prices, w, i);

                        series += cost.series + cost.numa_series;
                }
        return series;
}

int mx_cgroup_choose(struct cgroup_chooser *c, struct cgroup_walk *w, struct cgroup_budget budget,
                     uint64_t *ret_rest, uint64_t *ret_dropped)
{
        size_t chosen;
        int r = mx_cgroup_prices(&c->prices, w) ?: make_room(c, w);

        *ret_rest = MX_ABSENT;
        *ret_dropped = 0;
        if (r < 0)
                return r;
        if (all_fit(c, w, budget)) {
                w->crowded = false;
                return 0;
        }
        chosen = rank(c, w, budget);
        free_rows(w);
        r = fill_rows(c, w, chosen) ?: mx_cgroup_prices(&c->prices, w);
        if (r < 0)
                return r;
        chosen = cut(c, w, chosen, budget);
        *ret_dropped = count_dropped(c, w);
        *ret_rest = sum_rest(w);
        w->crowded = *ret_rest != MX_ABSENT;
        return remember(c, w, chosen);
}

void mx_cgroup_chooser_done(struct cgroup_chooser *c)
{
        free(c->item);
        mx_cgroup_ids_done(&c->chosen);
        mx_cgroup_prices_done(&c->prices);
        *c = (struct cgroup_chooser){ 0 };
}
