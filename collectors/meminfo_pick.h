/* SPDX-License-Identifier: Apache-2.0 */
/* A few lines of /proc/meminfo or /proc/vmstat by name, for collectors that reckon with them. */
#ifndef COLLECTORS_MEMINFO_PICK_H
#define COLLECTORS_MEMINFO_PICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MX_MEMINFO_MAX 16384 /* bytes; 6.18 prints 1.5 kB */

/* Sets ret[i] to the number of the line whose key is keys[i], in the line's own unit, or to
 * MX_ABSENT where there is none that can be read. With `has_units`, as in meminfo, that is one with
 * kB at its end, but for HugePages_..., which are counts; without, as in vmstat, one with nothing
 * behind the number. Of a key that repeats, the first counts. Keys in the file's order cost one
 * comparison each. Source: fs/proc/meminfo.c and mm/vmstat.c, Linux 2.6.32 to 6.18. */
void mx_lines_pick(const char *buf, size_t len, const char *const *keys, size_t n, bool has_units,
                   uint64_t *ret);

#endif
