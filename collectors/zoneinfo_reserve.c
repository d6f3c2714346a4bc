/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that zones keep from allocations which could be served elsewhere.
 *
 *   Node 0, zone      DMA
 *           protection: (0, 3019, 5451, 5451, 5451)     (6.18)
 *
 * An allocation that may use the Normal zone gets memory from DMA only while that has 5451 pages
 * above its watermark. The kernel asks by the highest zone that a request may use, so that an entry
 * counts even when its zone is not populated: user memory may use Movable. */
#include "zoneinfo_reserve.h"

#include "grow.h"

void mx_zone_reserves_init(struct mx_zone_reserves *r, size_t max_zones)
{
        mx_buf_init(&r->values, max_zones * MX_ZONE_TARGETS_MAX * sizeof(uint64_t));
        mx_buf_init(&r->labels, max_zones * MX_ZONE_TARGETS_MAX * sizeof(struct mx_labels));
}

void mx_zone_reserves_done(struct mx_zone_reserves *r)
{
        mx_buf_done(&r->values);
        mx_buf_done(&r->labels);
}

/* Length of the lists: that of the first zone which has one. */
static size_t count_targets(const struct mx_zone_slot *slots, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (slots[i].n_reserve > 0)
                        return slots[i].n_reserve;
        return 0;
}

/* The first zone of a node that prints as many zones as the lists have entries, or `n`. */
static size_t find_whole_node(const struct mx_zone_slot *slots, size_t n, size_t n_targets)
{
        for (size_t i = 0, next; i < n; i = next) {
                for (next = i + 1; next < n && slots[next].node == slots[i].node;)
                        next++;
                if (next - i == n_targets)
                        return i;
        }
        return n;
}

/* Finds out what the entries of the lists mean: from a node that prints them all, else from the
 * names of all zones. */
static void name_targets(struct mx_zone_names *names, const struct mx_zone_slot *slots, size_t n,
                         size_t n_targets)
{
        const char *seen[MX_ZONE_TARGETS_MAX];
        size_t whole = find_whole_node(slots, n, n_targets), n_seen = 0;

        if (whole < n)
                for (; n_seen < n_targets; n_seen++)
                        seen[n_seen] = slots[whole + n_seen].name;
        for (size_t i = 0; whole == n && i < n; i++) {
                size_t k = 0;

                while (k < n_seen && strcmp(seen[k], slots[i].name) != 0)
                        k++;
                if (k == n_seen && n_seen + 1 < n_targets)
                        seen[n_seen++] = slots[i].name;
        }
        mx_zone_names_infer(names, n_targets, seen, n_seen);
}

/* The entries of one zone's list that mean zones above its own: the others are 0 by construction.
 */
static bool add(struct mx_zone_reserves *r, struct mx_sink *sink, const struct mx_zone_slot *slot)
{
        size_t first = 0;

        for (size_t i = 0; i < r->names.n; i++)
                if (r->names.target[i].known && strcmp(r->names.target[i].name, slot->name) == 0)
                        first = i + 1;
        for (size_t i = first; i < r->names.n; i++) {
                const char *target = r->names.target[i].name;
                struct mx_grow_part part[] = { { &r->values, sizeof(uint64_t), NULL },
                                               { &r->labels, sizeof(struct mx_labels), NULL } };

                if (!mx_grow_all(part, MX_ARRAY_SIZE(part)))
                        return false;
                mx_labels_begin(sink);
                mx_label_u64(sink, "node", slot->node);
                mx_label(sink, "zone", slot->name, strlen(slot->name));
                mx_label(sink, "target_zone", target, strlen(target));
                *(struct mx_labels *)part[1].at = mx_labels_end(sink);
                *(uint64_t *)part[0].at = slot->reserve[i];
                r->n++;
        }
        return true;
}

void mx_zone_reserves_collect(struct mx_zone_reserves *r, struct mx_sink *sink,
                              const struct mx_zone_slot *slots, size_t n)
{
        size_t n_targets = count_targets(slots, n);

        mx_buf_reset(&r->values);
        mx_buf_reset(&r->labels);
        r->n = 0;
        if (n_targets == 0)
                return;
        name_targets(&r->names, slots, n, n_targets);
        for (size_t i = 0; i < n; i++) {
                if (slots[i].n_reserve == 0)
                        continue;
                if (slots[i].n_reserve != n_targets)
                        mx_sink_invalid(sink, 1);
                else if (!add(r, sink, &slots[i]))
                        mx_sink_dropped(sink, n_targets);
        }
}
