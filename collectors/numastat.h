/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_NUMASTAT_H
#define COLLECTORS_NUMASTAT_H

#include "mx/collector.h"
#include "mx/keymap.h"

/* Splits a node's meminfo, "Node 0 Active(anon):  123 kB", into at most `cap` rows, as
 * mx_kv_parse() does: what cannot be read is skipped and added to *ret_skipped, and so is a line of
 * another node than `id`. Returns the number of rows, or -E2BIG when there are more than `cap`.
 * Rows are scratch up to that number. Source: drivers/base/node.c node_read_meminfo(), Linux 6.18.
 */
int mx_node_meminfo_parse(const char *buf, size_t len, uint32_t id, struct mx_kv *rows, size_t cap,
                          size_t *ret_skipped, struct mx_err *reterr);

/* Parses a list of ids, "0-3,8,10-11", which may be empty. Writes the first `cap` of them, in
 * ascending order, to `ids` (which may be NULL with cap 0), and their number, which may be larger,
 * to *ret_n. Returns 0; -EBADMSG when it is malformed or does not ascend, -ERANGE for an id above
 * 2^31-1; *ret_n is then unchanged. Source: lib/vsprintf.c bitmap_list_string(), as "%*pbl" prints
 * it, Linux 6.18. */
int mx_id_list_parse(const char *buf, size_t len, uint32_t *ids, size_t cap, uint64_t *ret_n,
                     struct mx_err *reterr);

/* Parses a line of distances, "10 20 20 40": 10 is local, 20 twice as far. Returns how many were
 * written to `ret`, at least one; -EBADMSG when a word is no number or there is none, -ERANGE above
 * 2^64-1, -E2BIG above `cap`. `ret` is scratch up to the returned number. Source:
 * drivers/base/node.c node_read_distance(), Linux 6.18. */
int mx_distance_parse(const char *buf, size_t len, uint64_t *ret, size_t cap,
                      struct mx_err *reterr);

extern const struct mx_collector mx_numastat;

#endif
