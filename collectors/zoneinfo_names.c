/* SPDX-License-Identifier: Apache-2.0 */
/* Which zones "protection: (0, 3019, 5451, 5451, 5451)" means.
 *
 * The list has one entry for each kind of zone the kernel was built with, in the order of enum
 * zone_type. Since 4.12 every node prints all of them, which settles it. Before, zones that are not
 * populated are not printed, and all that is known is the length of the list and some of its
 * members. */
#include "zoneinfo.h"

static const char *const kinds[] = { "DMA", "DMA32", "Normal", "HighMem", "Movable", "Device" };

enum {
        DMA32 = 1U << 1,
        NORMAL = 1U << 2,
        HIGHMEM = 1U << 3,
        MOVABLE = 1U << 4,
        ALL = (1U << MX_ARRAY_SIZE(kinds)) - 1,
};

static void set(struct mx_zone_names *names, size_t i, const char *name)
{
        size_t len = MX_MIN(strlen(name), (size_t)MX_ZONE_NAME_MAX);

        memcpy(names->target[i].name, name, len);
        names->target[i].name[len] = '\0';
        names->target[i].known = true;
}

static void set_index(struct mx_zone_names *names, size_t i)
{
        char *p = names->target[i].name;

        if (i >= 10)
                *p++ = (char)('0' + i / 10);
        *p++ = (char)('0' + i % 10);
        *p = '\0';
        names->target[i].known = false;
}

/* The set of kinds that are named, or 0 when one of them is none of ours. */
static unsigned kinds_of(const char *const *seen, size_t n_seen)
{
        unsigned set = NORMAL | MOVABLE; /* part of every kernel */

        for (size_t i = 0; i < n_seen; i++) {
                size_t k = 0;

                while (k < MX_ARRAY_SIZE(kinds) && strcmp(kinds[k], seen[i]) != 0)
                        k++;
                if (k == MX_ARRAY_SIZE(kinds))
                        return 0;
                set |= 1U << k;
        }
        return set;
}

/* The kind at position `i` of a set in order of the kinds. */
static size_t nth_kind(unsigned set, size_t i)
{
        while (i-- > 0)
                set &= set - 1;
        return (size_t)__builtin_ctz(set);
}

void mx_zone_names_infer(struct mx_zone_names *names, size_t n, const char *const *seen,
                         size_t n_seen)
{
        unsigned required = kinds_of(seen, n_seen);
        size_t kind[MX_ZONE_TARGETS_MAX];
        bool sure[MX_ZONE_TARGETS_MAX] = { false };
        bool any = false;

        names->n = n;
        for (size_t i = 0; i < n; i++) {
                set_index(names, i);
                if (n_seen == n)
                        set(names, i, seen[i]);
        }
        if (n_seen == n || required == 0)
                return;
        /* Every set of that size that has the ones seen; a position is sure when they all agree on
         * it. No architecture has both DMA32, which is for 64 bits, and HighMem, which is for 32.
         */
        for (unsigned s = 0; s <= ALL; s++) {
                if ((size_t)__builtin_popcount(s) != n || (s & required) != required ||
                    (s & (DMA32 | HIGHMEM)) == (DMA32 | HIGHMEM))
                        continue;
                for (size_t i = 0; i < n; i++) {
                        sure[i] = any ? sure[i] && kind[i] == nth_kind(s, i) : true;
                        kind[i] = nth_kind(s, i);
                }
                any = true;
        }
        for (size_t i = 0; i < n; i++)
                if (sure[i])
                        set(names, i, kinds[kind[i]]);
}
