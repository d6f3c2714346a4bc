/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

extern const struct mx_collector mx_meminfo, mx_pressure;

const struct mx_collector *const mx_collectors[] = {
        &mx_meminfo,
        &mx_pressure,
};

const size_t mx_n_collectors = MX_ARRAY_SIZE(mx_collectors);
