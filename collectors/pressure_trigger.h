/* SPDX-License-Identifier: Apache-2.0 */
/* One PSI trigger: what is asked of the kernel, and whether an event that it tells of is one.
 *
 * Source: Documentation/accounting/psi.rst and kernel/sched/psi.c, Linux 6.18. */
#ifndef COLLECTORS_PRESSURE_TRIGGER_H
#define COLLECTORS_PRESSURE_TRIGGER_H

#include "mx/collector.h"

/* What kernels accept from those who have CAP_SYS_RESOURCE; 6.5 and later have no lower limit. */
#define MX_TRIGGER_WINDOW_MIN 500000
#define MX_TRIGGER_WINDOW_MAX 10000000
/* Windows of those who have it not are multiples of this, from Linux 6.4 on. */
#define MX_TRIGGER_WINDOW_COMMON 2000000

#define MX_TRIGGER_CGROUP_MAX 1024 /* bytes of its path */
#define MX_TRIGGER_TEXT_MAX   32   /* bytes; the kernel reads no more of them */

/* Stall of at least `stall` within any `window`, both in microseconds. */
struct mx_trigger {
        const char *name;
        const char *cgroup; /* absolute, in the v2 hierarchy; NULL: the whole host */
        bool full;          /* all tasks stalled, not some */
        uint64_t stall, window;
};

/* The keys of a row that describes one, in the order of row->text. */
extern const char *const mx_trigger_keys[];

/* The thresholds that are there without any row; their names are taken. Ends with a name NULL. */
extern const struct mx_trigger mx_trigger_defaults[];

/* Reads a row. Returns NULL, or what is wrong with it as a static text; *ret is then unchanged. Its
 * strings are the row's. */
const char *mx_trigger_parse(const struct mx_row *row, struct mx_trigger *ret);

/* Writes what the kernel is to be told, with the NUL that it needs: it overwrites the last byte
 * with one, which would cut a digit off the window. Returns the length, the NUL included. */
size_t mx_trigger_text(const struct mx_trigger *t, char ret[MX_TRIGGER_TEXT_MAX]);

/* What is known of an armed trigger: the kernel's total of stall when it was armed, or when the
 * last event was counted (MX_ABSENT when it could not be read), and whether one was. */
struct mx_trigger_proof {
        uint64_t total;
        bool proven;
};

/* Is an event that came with this total a real one? It then becomes the new base.
 *
 * A trigger without CAP_SYS_RESOURCE may begin with events that never were: its first window starts
 * at a total of another account, that of the privileged triggers, which lags behind or was never
 * kept, and what is carried over from that window may tell of another. As its events are decided by
 * the very total that is read here, the first that counts is one for which the total has grown by
 * the whole threshold. A privileged trigger is decided by an account of its own, sampled more often
 * and weighted by busy CPUs in shorter pieces: the total read here may show a fraction of the same
 * stall, so that for those, and for all later events, any growth will do.
 *
 * An event without growth is the echo of one that was counted late: the kernel puts off to the next
 * window what it finds right after an event. A total that cannot be read disproves nothing. */
bool mx_trigger_prove(const struct mx_trigger *t, struct mx_trigger_proof *p, uint64_t total,
                      bool privileged);

#endif
