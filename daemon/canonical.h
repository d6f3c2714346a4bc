/* SPDX-License-Identifier: Apache-2.0 */
/* A collector's settings as one text, for comparing them: equal exactly when the settings are. */
#ifndef CANONICAL_H
#define CANONICAL_H

#include "settings.h"

/* *ret is owned by the caller. Returns 0 or -ENOMEM. */
int canonical_text(char **ret, const struct collector_settings *cs);

#endif
