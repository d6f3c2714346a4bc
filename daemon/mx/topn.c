/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. An incumbent is ranked with a tenth added to its value, so a newcomer that is larger by
 * less does not displace it. The N best by that rank are found with a heap whose root is the worst
 * of them, then sorted by their true value. */
#include "mx/topn.h"

static uint64_t rank_of(const struct mx_topn *t)
{
        uint64_t bonus = t->incumbent ? t->value / 10 : 0;

        return t->value > UINT64_MAX - bonus ? UINT64_MAX : t->value + bonus;
}

/* Is a to be dropped before b? */
static bool worse_rank(const struct mx_topn *a, const struct mx_topn *b)
{
        uint64_t ra = rank_of(a), rb = rank_of(b);

        return ra != rb ? ra < rb : a->index > b->index;
}

static bool worse_value(const struct mx_topn *a, const struct mx_topn *b)
{
        return a->value != b->value ? a->value < b->value : a->index > b->index;
}

static void swap(struct mx_topn *a, struct mx_topn *b)
{
        struct mx_topn t = *a;

        *a = *b;
        *b = t;
}

/* Restores the heap below i: every parent is worse than its children. */
static void sift_down(struct mx_topn *h, size_t n, size_t i,
                      bool (*worse)(const struct mx_topn *, const struct mx_topn *))
{
        for (;;) {
                size_t least = i;

                for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < n; c++)
                        if (worse(&h[c], &h[least]))
                                least = c;
                if (least == i)
                        return;
                swap(&h[i], &h[least]);
                i = least;
        }
}

static void heapify(struct mx_topn *h, size_t n,
                    bool (*worse)(const struct mx_topn *, const struct mx_topn *))
{
        for (size_t i = n / 2; i-- > 0;)
                sift_down(h, n, i, worse);
}

size_t mx_topn_select(struct mx_topn *items, size_t len, size_t n)
{
        size_t live = 0;

        for (size_t i = 0; i < len; i++)
                if (items[i].value > 0)
                        swap(&items[live++], &items[i]);
        if (n > live)
                n = live;
        if (n == 0)
                return 0;
        heapify(items, n, worse_rank);
        for (size_t i = n; i < live; i++)
                if (worse_rank(&items[0], &items[i])) {
                        swap(&items[0], &items[i]);
                        sift_down(items, n, 0, worse_rank);
                }
        /* A heap with the smallest at its root, emptied from the back, leaves the largest first. */
        heapify(items, n, worse_value);
        for (size_t i = n; i-- > 1;) {
                swap(&items[0], &items[i]);
                sift_down(items, i, 0, worse_value);
        }
        return n;
}
