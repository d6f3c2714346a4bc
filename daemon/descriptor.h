/* SPDX-License-Identifier: Apache-2.0 */
/* Is a collector's descriptor fit to be run? Asked of every plugin when it is loaded, and of the
 * built-in collectors by a test. */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include "mx/collector.h"

#define CHECK_ERROR_MAX 320

/* Looks at everything the descriptor says, starting with its ABI and size, which are all that is
 * read of a foreign one. `others` are the `n` collectors whose names and families are taken.
 * Returns 0, or -EINVAL with what is wrong in `reason` (CHECK_ERROR_MAX bytes). Calls none of the
 * callbacks. */
int collector_check(const struct mx_collector *c, const struct mx_collector *const *others,
                    size_t n, char *reason);

#endif
