/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_VMSTAT_H
#define COLLECTORS_VMSTAT_H

#include "mx/collector.h"
#include "mx/keymap.h"

/* For nr_kernel_stack, which 4.8 changed from a number of stacks to KiB along with bringing in
 * nr_zone_write_pending: when a row has no such line, the value is taken out of `kernel_stack` and
 * returned as a number of stacks; otherwise MX_ABSENT is. */
uint64_t mx_vmstat_take_stacks(uint64_t *kernel_stack, uint64_t zone_write_pending);

/* The column of a key in `n` rows of a table, for files of a fixed table. -ENOENT when there is
 * none. */
int mx_vmstat_find(const struct mx_family *table, size_t n, const char *key);

extern const struct mx_collector mx_vmstat;

#endif
