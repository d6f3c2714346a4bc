/* SPDX-License-Identifier: Apache-2.0 */
/* The small formats of cgroup memory files. Flat-keyed files (memory.stat, memory.events) are "key
 * value" lines for mx_kv_parse(); memory.pressure is for mx_pressure_parse(). */
#ifndef COLLECTORS_CGROUP_VALUES_H
#define COLLECTORS_CGROUP_VALUES_H

#include "mx/collector.h"

/* A file of one number, in bytes or events: memory.current, memory.peak, memory.failcnt. One
 * newline may follow and nothing else may. -EBADMSG, or -ERANGE above 2^64-1; *ret is then
 * unchanged. Source: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst, Linux 6.18.
 */
int mx_cgroup_value_parse(const char *buf, size_t len, uint64_t *ret, struct mx_err *reterr);

/* A file of one limit, in bytes. "max", and the numbers by which cgroup v1 says the same, become
 * MX_ABSENT: there is no limit, and no number would be true. Fails as mx_cgroup_value_parse() does.
 */
int mx_cgroup_limit_parse(const char *buf, size_t len, uint64_t *ret, struct mx_err *reterr);

/* MX_ABSENT when `bytes` is how cgroup v1 writes "no limit", else `bytes`. */
uint64_t mx_cgroup_limit(uint64_t bytes);

/* The number in the first line "<key> <number>" of a flat-keyed file, for who wants one line of
 * many: the others are passed over unread. -ENOENT when there is none; *ret is then unchanged. */
int mx_cgroup_key_parse(const char *buf, size_t len, const char *key, uint64_t *ret);

/* One "N<node>=<value>" of a memory.numa_stat line. `key` points into the buffer that was parsed.
 */
struct mx_cgroup_numa {
        const char *key;
        uint32_t key_len;
        uint32_t node;
        uint64_t value; /* bytes on v2, pages on v1 */
};

/* Splits memory.numa_stat, of v1 ("total=5 N0=5", pages) and of v2 ("anon N0=4096 N1=0", bytes),
 * into at most `cap` cells in the order of the file. Nodes may be missing. A line with anything
 * else in it is skipped as a whole and added to *ret_skipped. Returns the number of cells, or
 * -E2BIG when there are more than `cap`. The cells are scratch: meaningful only up to the returned
 * number. */
int mx_cgroup_numa_parse(const char *buf, size_t len, struct mx_cgroup_numa *cells, size_t cap,
                         size_t *ret_skipped, struct mx_err *reterr);

#endif
