/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_TABLE_H
#define COLLECTORS_TABLE_H

#include "mx/collector.h"

/* The built-in collectors, by name. */
extern const struct mx_collector *const mx_collectors[];
extern const size_t mx_n_collectors;

#endif
