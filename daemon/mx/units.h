/* SPDX-License-Identifier: Apache-2.0 */
/* The units of durations, for whoever writes what mx_duration_parse() reads. */
#ifndef UNITS_H
#define UNITS_H

#include <stddef.h>
#include <stdint.h>

struct mx_unit {
        const char *name;
        uint64_t factor; /* of the base unit */
};

/* Smallest first, in microseconds. */
extern const struct mx_unit mx_duration_units[];
extern const size_t mx_n_duration_units;

#endif
