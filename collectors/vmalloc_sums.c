/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Callers are found with an open-addressing hash of fixed size over an array that grows. A
 * caller whose areas have gone keeps its place, so that a reading allocates nothing once warm; when
 * there is no place left, all are forgotten once, and those shown are chosen anew. */
#include "vmalloc_sums.h"

#include "grow.h"
#include "mx/hash.h"

#include <stdlib.h>

#define BUCKETS 4096 /* twice the callers, a power of two */
#define OTHER   "other"

static struct vmalloc_caller *caller_at(const struct vmalloc_sums *s, size_t i)
{
        return (struct vmalloc_caller *)(void *)s->callers.data + i;
}

const char *vmalloc_sums_name(const struct vmalloc_sums *s, const struct vmalloc_caller *c)
{
        return c->name_len == 0 ? OTHER : s->names.data + c->name;
}

const struct vmalloc_caller *vmalloc_sums_shown(const struct vmalloc_sums *s, size_t i)
{
        return (const struct vmalloc_caller *)(const void *)s->shown.data + i;
}

const struct mx_vmalloc_node *vmalloc_sums_node(const struct vmalloc_sums *s, size_t i)
{
        return (const struct mx_vmalloc_node *)(const void *)s->nodes.data + i;
}

int vmalloc_sums_init(struct vmalloc_sums *s)
{
        mx_buf_init(&s->nodes, VMALLOC_NODES_MAX * sizeof(struct mx_vmalloc_node));
        mx_buf_init(&s->callers, VMALLOC_CALLERS_MAX * sizeof(struct vmalloc_caller));
        mx_buf_init(&s->names, (size_t)VMALLOC_CALLERS_MAX * MX_VMALLOC_CALLER_MAX);
        mx_buf_init(&s->items, (VMALLOC_CALLERS_MAX + 1) * sizeof(struct mx_topn));
        mx_buf_init(&s->shown, (VMALLOC_TOP_MAX + 1) * sizeof(struct vmalloc_caller));
        s->bucket = calloc(BUCKETS, sizeof(*s->bucket));
        return s->bucket ? 0 : -ENOMEM;
}

static void forget_callers(struct vmalloc_sums *s)
{
        s->n_callers = 0;
        mx_buf_reset(&s->callers);
        mx_buf_reset(&s->names);
        memset(s->bucket, 0, BUCKETS * sizeof(*s->bucket));
}

void vmalloc_sums_begin(struct vmalloc_sums *s)
{
        memset(s->kind, 0, sizeof(s->kind));
        mx_buf_reset(&s->nodes);
        s->n_nodes = s->skipped = 0;
        s->nameless = (struct vmalloc_sum){ 0 };
        if (s->n_callers == VMALLOC_CALLERS_MAX)
                forget_callers(s);
        for (size_t i = 0; i < s->n_callers; i++)
                caller_at(s, i)->sum = (struct vmalloc_sum){ 0 };
}

/* NULL where there is no room for one more. */
static struct vmalloc_caller *find(struct vmalloc_sums *s, const char *name, uint32_t len)
{
        uint32_t hash = mx_hash(name, len);
        size_t i = (hash ^ hash >> 16) & (BUCKETS - 1);
        struct mx_grow_part part[] = { { &s->callers, sizeof(struct vmalloc_caller), NULL },
                                       { &s->names, len, NULL } };
        struct vmalloc_caller *c;

        for (; s->bucket[i] != 0; i = (i + 1) & (BUCKETS - 1)) {
                c = caller_at(s, s->bucket[i] - 1U);
                if (c->name_len == len && memcmp(s->names.data + c->name, name, len) == 0)
                        return c;
        }
        if (s->n_callers == VMALLOC_CALLERS_MAX || !mx_grow_all(part, MX_ARRAY_SIZE(part)))
                return NULL;
        c = part[0].at;
        *c = (struct vmalloc_caller){ .name = (uint32_t)((char *)part[1].at - s->names.data),
                                      .name_len = (uint16_t)len };
        memcpy(part[1].at, name, len);
        s->bucket[i] = (uint16_t)++s->n_callers;
        return c;
}

/* Sums of pages do not wrap: no line has 2^40, and there are fewer than 2^22 lines (the file's
 * cap). Those of addresses are held to their bounds by kind, and are shown by kind alone. */
static void add(struct vmalloc_sum *sum, const struct mx_vmalloc_area *a)
{
        sum->areas++;
        sum->bytes += a->bytes;
        sum->pages += a->pages;
}

static void add_node(struct vmalloc_sums *s, const struct mx_vmalloc_node *from)
{
        struct mx_vmalloc_node *node = (struct mx_vmalloc_node *)(void *)s->nodes.data;

        for (size_t i = 0; i < s->n_nodes; i++)
                if (node[i].node == from->node) {
                        node[i].pages += from->pages;
                        return;
                }
        node = mx_grow(&s->nodes, sizeof(*node));
        if (!node) {
                s->skipped++;
                return;
        }
        *node = *from;
        s->n_nodes++;
}

/* No machine has 2^40 pages. */
static bool is_sane(const struct mx_vmalloc_area *a)
{
        bool is_sane = a->pages < UINT64_C(1) << 40;

        for (uint32_t i = 0; i < a->n_nodes; i++)
                is_sane &= a->node[i].pages <= a->pages;
        return is_sane;
}

void vmalloc_sums_line(struct vmalloc_sums *s, const char *line, size_t len)
{
        struct mx_vmalloc_area *a = &s->area;
        struct vmalloc_caller *c = NULL;

        if (len == 0)
                return;
        if (mx_vmallocinfo_parse(line, len, a) < 0 || !is_sane(a) ||
            __builtin_add_overflow(s->kind[a->kind].bytes, a->bytes, &(uint64_t){ 0 })) {
                s->skipped++;
                return;
        }
        add(&s->kind[a->kind], a);
        for (uint32_t i = 0; i < a->n_nodes; i++)
                add_node(s, &a->node[i]);
        if (a->caller)
                c = find(s, a->caller, a->caller_len);
        add(c ? &c->sum : &s->nameless, a);
}

/* A function of the remainder's name could not be told from it. */
static bool may_show(const struct vmalloc_sums *s, const struct vmalloc_caller *c)
{
        size_t len = sizeof(OTHER) - 1;

        return c->name_len != len || memcmp(s->names.data + c->name, OTHER, len) != 0;
}

static size_t rank(struct vmalloc_sums *s, struct mx_topn *item, size_t top)
{
        size_t n = 0;

        for (size_t i = 0; i < s->n_callers; i++) {
                struct vmalloc_caller *c = caller_at(s, i);

                if (may_show(s, c) && c->sum.pages > 0)
                        item[n++] = (struct mx_topn){ .value = c->sum.pages,
                                                      .index = (uint32_t)i,
                                                      .incumbent = c->is_shown };
                c->is_shown = false;
        }
        return mx_topn_select(item, n, top);
}

int vmalloc_sums_end(struct vmalloc_sums *s, size_t top)
{
        struct vmalloc_caller *shown, *other;
        struct mx_topn *item;
        size_t n;

        mx_buf_reset(&s->items);
        mx_buf_reset(&s->shown);
        item = mx_grow(&s->items, (s->n_callers + 1) * sizeof(*item));
        if (!item)
                return -ENOMEM;
        n = rank(s, item, MX_MIN(top, (size_t)VMALLOC_TOP_MAX));
        shown = mx_grow(&s->shown, (n + 1) * sizeof(*shown));
        if (!shown)
                return -ENOMEM;
        other = &shown[n];
        *other = (struct vmalloc_caller){ .sum = s->nameless };
        s->n_live = 0;
        for (size_t i = 0; i < n; i++) {
                caller_at(s, item[i].index)->is_shown = true;
                shown[i] = *caller_at(s, item[i].index);
        }
        for (size_t i = 0; i < s->n_callers; i++) {
                const struct vmalloc_caller *c = caller_at(s, i);

                s->n_live += c->sum.areas > 0;
                if (c->is_shown)
                        continue;
                other->sum.areas += c->sum.areas;
                other->sum.bytes += c->sum.bytes;
                other->sum.pages += c->sum.pages;
        }
        s->n_shown = n + 1;
        return 0;
}

void vmalloc_sums_done(struct vmalloc_sums *s)
{
        mx_buf_done(&s->nodes);
        mx_buf_done(&s->callers);
        mx_buf_done(&s->names);
        mx_buf_done(&s->items);
        mx_buf_done(&s->shown);
        free(s->bucket);
        s->bucket = NULL;
}
