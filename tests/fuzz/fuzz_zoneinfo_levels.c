/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/zoneinfo
/* /proc/zoneinfo with an eye for watermarks alone, against the reading of all lines. */
#include "zoneinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The line of that key if there is exactly one. */
static const struct mx_kv *single(const struct mx_zone *z, const char *key)
{
        const struct mx_kv *found = NULL;

        for (uint32_t i = 0; i < z->n_lines; i++)
                if (z->line[i].key_len == strlen(key) &&
                    memcmp(z->line[i].key, key, strlen(key)) == 0) {
                        if (found)
                                return NULL;
                        found = &z->line[i];
                }
        return found;
}

static bool agrees(const struct mx_zone *z, const char *key, uint64_t value)
{
        const struct mx_kv *found = single(z, key);

        return !found || found->value == value;
}

/* Where a zone says each thing once, both parsers read the same. What is absent before Linux 3.9,
 * the managed pages, is those present. */
static bool agree(const struct mx_zone *z, const struct mx_zone_level *l)
{
        return !single(z, "free") || (agrees(z, "free", l->free) && agrees(z, "min", l->min) &&
                                      agrees(z, "low", l->low) && agrees(z, "high", l->high) &&
                                      agrees(z, "managed", l->managed));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct mx_zone zone;
        const char *begin = (const char *)data, *pos = begin, *other = begin, *end = begin + size;
        struct mx_err err = { 0 };
        struct mx_zone_level l;
        size_t skipped = 0, n = 0;
        int r;

        while ((r = mx_zoneinfo_next_level(begin, &pos, end, &l, &err)) > 0) {
                n++;
                if (l.head.name_len == 0 || l.head.name_len > MX_ZONE_NAME_MAX)
                        __builtin_trap();
                while (mx_zoneinfo_next(&other, end, &zone, &skipped) > 0 &&
                       zone.name < l.head.name)
                        ;
                if (skipped == 0 && zone.name == l.head.name && !agree(&zone, &l))
                        __builtin_trap();
        }
        if (r == 0 ? pos != end : err.line == 0 || err.line > size + 1)
                __builtin_trap();
        return n > size;
}
