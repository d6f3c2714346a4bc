/* SPDX-License-Identifier: Apache-2.0 */
/* A few numbers out of a file of "key value" lines that is read ten times a second. */
#ifndef COLLECTORS_WATCH_KEYS_H
#define COLLECTORS_WATCH_KEYS_H

#include "mx/err.h"

#include <stddef.h>
#include <stdint.h>

#define MX_WATCH_KEYS_MAX 16

/* The keys looked for, and the order they stand in. Starts with `key` and `n` set and the rest
 * zero. */
struct mx_watch_keys {
        const char *const *key; /* static, with what ends it: "pswpin ", "MemTotal:" */
        uint32_t n;             /* at most MX_WATCH_KEYS_MAX */
        uint32_t n_order;       /* how many of them this file has; 0: not known yet */
        uint8_t order[MX_WATCH_KEYS_MAX];
};

/* Finds the number of each key that a line starts with; the first such line counts. *ret has k->n
 * members: MX_ABSENT is what the file lacks. Where the keys come in the order of last time, which
 * is always on a running kernel, this is one pass that compares each line with one key and stops at
 * the last one; otherwise the order is learned anew. Set n_order to 0 to have it learned anew.
 *
 * A number may be followed by kB and nothing else. -EBADMSG or -ERANGE, with the line, where a
 * wanted line does not read so; *ret is then unchanged. Sources: fs/proc/meminfo.c, mm/vmstat.c,
 * Linux 2.6.32 to 6.18. */
int mx_watch_keys_read(struct mx_watch_keys *k, const char *buf, size_t len, uint64_t *ret,
                       struct mx_err *reterr);

#endif
