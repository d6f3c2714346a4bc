/* SPDX-License-Identifier: Apache-2.0 */
/* A collector's settings as one text, for comparing them: equal exactly when the settings are, the
 * schedule aside (interval, deadline, expiry). That a collector which works can take over. */
#ifndef CANONICAL_H
#define CANONICAL_H

#include "settings.h"

/* *ret is owned by the caller. Returns 0 or -ENOMEM. */
int canonical_text(char **ret, const struct collector_settings *cs);

#endif
