/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_PRESSURE_H
#define COLLECTORS_PRESSURE_H

#include "mx/collector.h"

/* Microseconds since boot (or since the cgroup was made); MX_ABSENT when the line is not there. */
struct mx_pressure {
        uint64_t some_usec, full_usec;
};

/* Parses a pressure file: /proc/pressure/memory, or a cgroup's memory.pressure. "some" is required,
 * "full" is optional, other lines are a newer kernel's and ignored. -EBADMSG for a duplicate line
 * or a total that is missing or malformed, -ERANGE for one above 2^64-1; *ret is then unchanged.
 * Source: Documentation/accounting/psi.rst, Linux 6.18. */
int mx_pressure_parse(const char *buf, size_t len, struct mx_pressure *ret, struct mx_err *reterr);

extern const struct mx_collector mx_pressure;

#endif
