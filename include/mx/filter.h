/* SPDX-License-Identifier: Apache-2.0 */
/* Anchored regular expressions over names. Opaque here: the daemon builds them from the
 * configuration. */
#ifndef MX_FILTER_H
#define MX_FILTER_H

#include <stdbool.h>
#include <stddef.h>

struct mx_filter;

/* Does the whole of the `len` bytes match? Any bytes are accepted. Bounded work: a pattern that
 * backtracks past the limit does not match. Safe to call from one thread at a time per filter. */
bool mx_filter_match(const struct mx_filter *filter, const char *s, size_t len);

/* The usual pair: passes what `include` matches (NULL: everything) and `exclude` does not (NULL:
 * nothing). */
static inline bool mx_filter_pass(const struct mx_filter *include, const struct mx_filter *exclude,
                                  const char *s, size_t len)
{
        return (!include || mx_filter_match(include, s, len)) &&
               (!exclude || !mx_filter_match(exclude, s, len));
}

#endif
