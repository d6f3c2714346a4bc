/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ONCE_H
#define ONCE_H

#include "settings.h"

/* Runs every enabled collector once, here and now, and writes one exposition in text 0.0.4 to `fd`.
 * What does not work, or takes longer than its deadline, is logged and left out; several that hang
 * have their deadlines side by side, and the order stays that of the settings. Returns 0, or a
 * negative errno when nothing could be collected or written; when a collector hangs, it ends the
 * process with the status that this means instead. */
int once(const struct settings *s, int fd);

#endif
