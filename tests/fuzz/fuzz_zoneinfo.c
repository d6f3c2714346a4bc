/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/zoneinfo
/* /proc/zoneinfo, zone after zone, and the names of the zones that reserves are kept for. */
#include "../../collectors/zoneinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void infer(const struct mx_zone *z)
{
        static char seen[MX_ZONE_TARGETS_MAX][MX_ZONE_NAME_MAX + 1];
        static const char *names[MX_ZONE_TARGETS_MAX];
        static size_t n;
        struct mx_zone_names ret;

        n = n == MX_ZONE_TARGETS_MAX ? 0 : n;
        memcpy(seen[n], z->name, z->name_len);
        seen[n][z->name_len] = '\0';
        names[n] = seen[n];
        n++;
        if (z->n_reserve >= n)
                mx_zone_names_infer(&ret, z->n_reserve, names, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct mx_zone z;
        const char *pos = (const char *)data, *end = pos + size;
        size_t skipped = 0;

        while (pos < end && mx_zoneinfo_next(&pos, end, &z, &skipped) > 0)
                if (z.n_lines > MX_ZONE_LINES_MAX || z.n_node_lines > MX_ZONE_LINES_MAX ||
                    z.n_reserve > MX_ZONE_TARGETS_MAX)
                        __builtin_trap();
                else
                        infer(&z);
        if (pos != end || skipped > size)
                __builtin_trap();
        return 0;
}
