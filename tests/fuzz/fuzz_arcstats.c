/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/spl/kstat/zfs/arcstats
/* /proc/spl/kstat/zfs/arcstats, and what is made of its numbers. */
#include "../../collectors/arc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct mx_arc arc;
        const char *text = (const char *)data;
        size_t skipped = 0;

        if (mx_arcstats_parse(text, size, &arc, &skipped, NULL) < 0)
                return 0;
        if (arc.n > MX_ARC_LINES_MAX || skipped > size)
                __builtin_trap();
        for (size_t i = 0; i < arc.n; i++)
                if (arc.line[i].key_len == 0 || arc.line[i].key < text ||
                    arc.line[i].key + arc.line[i].key_len > text + size)
                        __builtin_trap();
        for (size_t i = 0; i + 6 <= arc.n; i++) {
                uint64_t clean[4], give;

                for (size_t k = 0; k < 4; k++)
                        clean[k] = arc.line[i + 2 + k].value;
                give = mx_arc_shrinkable(arc.line[i].value, arc.line[i + 1].value, clean);
                if (give != MX_ABSENT && give > arc.line[i].value)
                        __builtin_trap();
        }
        return 0;
}
