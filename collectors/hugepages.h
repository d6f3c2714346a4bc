/* SPDX-License-Identifier: Apache-2.0 */
/* The pure part of the hugepages collector. */
#ifndef COLLECTORS_HUGEPAGES_H
#define COLLECTORS_HUGEPAGES_H

#include "mx/collector.h"

/* "hugepages-2048kB" -> 2048. False for any other name, and for a size of 0 or one that is no
 * number of bytes below 2^63; *ret_kib changes on success only. */
bool mx_hugepages_size_parse(const char *name, uint64_t *ret_kib);

/* Reads a file that holds one number, and turns that many pages of `kib` KiB into bytes. Returns 0,
 * -EBADMSG where it is not one number, -ERANGE where the bytes are not below 2^63; *ret_bytes
 * changes on success only. */
int mx_hugepages_parse(const char *buf, size_t len, uint64_t kib, uint64_t *ret_bytes,
                       struct mx_err *reterr);

#endif
