/* SPDX-License-Identifier: Apache-2.0 */
/* What the collectors that are enabled cannot show for want of a privilege. */
#ifndef NEEDS_H
#define NEEDS_H

#include "settings.h"

struct lack {
        const struct mx_collector *collector; /* of the settings */
        const struct mx_need *need;
};

/* Finds what is truly lacking: the capability is not among those `held` (a bit each), and the
 * need's file, if it names one, is there and may not be opened. Leaves out what the settings
 * `before` (NULL: none) needed already. Waits for no file; returns how many, at most `max`. */
size_t needs_find(struct lack *ret, size_t max, const struct settings *s,
                  const struct settings *before, const struct mx_host *host, uint64_t held);

/* The same, each said in the log. For the start, and for a reload. */
void needs_tell(const struct settings *s, const struct settings *before,
                const struct mx_host *host);

#endif
