/* SPDX-License-Identifier: Apache-2.0 */
/* Where a path in the settings was written, for errors that are only found when it is opened. */
#ifndef ORIGIN_H
#define ORIGIN_H

#include "settings.h"

struct knob;

#define ORIGIN_MAX 320

/* Notes for a path (knob_is_path()) what errors about it begin with: "file:line:column: 'key': " or
 * "--flag: ". Of other settings nothing is noted, as what is wrong with them is said when they are
 * set. Returns 0 or -ENOMEM. */
int origin_set(struct settings *s, const struct knob *k, const char *text);
/* The same, to be read: of the path at this offset in struct settings. "" for a default. */
const char *origin_of(const struct settings *s, size_t offset);
void origins_free(struct settings *s);

#endif
