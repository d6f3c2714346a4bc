/* SPDX-License-Identifier: Apache-2.0 */
#include "units.h"

#include "mx/cleanup.h"
#include "mx/option.h"
#include "mx/scan.h"

const struct mx_unit mx_duration_units[] = {
        { "us", 1 },
        { "ms", 1000 },
        { "s", 1000000 },
        { "m", 60 * 1000000ULL },
        { "h", 3600 * 1000000ULL },
        { "d", 86400 * 1000000ULL },
};
const size_t mx_n_duration_units = MX_ARRAY_SIZE(mx_duration_units);

/* Numbers with a unit each, added up: "1h30m". `bare` accepts a number alone, in the base unit. */
static int parse_units(const char *text, const struct mx_unit *units, size_t n, bool bare,
                       uint64_t *ret)
{
        const char *p = text, *end = text + strlen(text);
        uint64_t sum = 0;

        do {
                uint64_t v, factor = 0;

                if (mx_scan_u64(&p, end, &v) < 0)
                        return -EINVAL;
                if (p == end && (bare || v == 0) && sum == 0)
                        factor = 1;
                for (size_t i = 0; i < n && factor == 0; i++)
                        if (mx_skip_prefix(&p, end, units[i].name, strlen(units[i].name)))
                                factor = units[i].factor;
                if (factor == 0 || __builtin_mul_overflow(v, factor, &v) ||
                    __builtin_add_overflow(sum, v, &sum))
                        return -EINVAL;
        } while (p < end);
        *ret = sum;
        return 0;
}

int mx_duration_parse(const char *text, uint64_t *ret_usec)
{
        return parse_units(text, mx_duration_units, mx_n_duration_units, false, ret_usec);
}

int mx_size_parse(const char *text, uint64_t *ret_bytes)
{
        static const struct mx_unit units[] = { { "KiB", 1ULL << 10 },
                                                { "MiB", 1ULL << 20 },
                                                { "GiB", 1ULL << 30 },
                                                { "TiB", 1ULL << 40 },
                                                { "B", 1 } };

        return parse_units(text, units, MX_ARRAY_SIZE(units), true, ret_bytes);
}
