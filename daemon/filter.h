/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the filters that include/mx/filter.h declares. */
#ifndef FILTER_H
#define FILTER_H

#include "mx/filter.h"

#define FILTER_ERROR_MAX 160

/* Compiles `pattern` (PCRE2 syntax, bytes, anchored at both ends). On failure writes the reason and
 * the offset into `reason` (FILTER_ERROR_MAX bytes) and returns -EINVAL, or -ENOMEM. Owned by the
 * caller. */
int filter_new(struct mx_filter **ret, const char *pattern, char *reason);
void filter_free(struct mx_filter *f);              /* accepts NULL */
const char *filter_text(const struct mx_filter *f); /* the pattern; valid as long as the filter */

#endif
