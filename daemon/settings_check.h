/* SPDX-License-Identifier: Apache-2.0 */
/* What one value alone cannot tell: durations and options that do not go together. */
#ifndef SETTINGS_CHECK_H
#define SETTINGS_CHECK_H

#include "settings.h"

struct config;
struct flags;

/* Adds warnings about options. Returns 0; -ENOMEM; or -EINVAL with a line in `error`
 * (SETTINGS_ERROR_MAX bytes) that begins with the flag or the place in the file that set the value,
 * where one did. `c` may be NULL. */
int settings_check(struct settings *s, const struct config *c, const struct flags *f, char *error);

#endif
