/* SPDX-License-Identifier: Apache-2.0 */
/* The families of one collector instance, each prepared once: names measured and metadata lines
 * rendered for both formats, so that a run writes samples only and a scrape copies constants.
 *
 * A family is prepared when its first samples come: tables know the files of both cgroup versions
 * and the lines of all kernels, and a host without the source has none. Of the 830 families of the
 * built-in collectors 510 are in use on a host with cgroup v1 (6.18), which is 219 KiB, together
 * with a HELP line that both formats share, where all would be 408 KiB.
 *
 * Invariants, as fragments read this from another thread:
 * 1. A struct mx_prepared never changes and never moves once it is made.
 * 2. The registry's own arrays are touched by the collecting thread alone.
 * 3. The registry lives until its last reference is gone; every fragment holds one. */
#ifndef MX_REGISTRY_H
#define MX_REGISTRY_H

#include "mx/family.h"

#include <stdatomic.h>
#include <stdint.h>

#define MX_DYNAMIC_FAMILIES_MAX 1024 /* a kernel of 2026 prints about 220 vmstat lines */

enum mx_format {
        MX_TEXT,        /* Prometheus text 0.0.4 */
        MX_OPENMETRICS, /* OpenMetrics 1.0 */
        MX_FORMAT_MAX_
};

struct mx_prepared {
        enum mx_type type;
        enum mx_scale scale;
        uint32_t name_len;
        uint32_t meta_len[MX_FORMAT_MAX_];
        const char *name; /* as samples carry it */
        const char *meta[MX_FORMAT_MAX_];
        const char *key;
        char bytes[]; /* what the pointers above mean */
};

/* What the collecting thread knows of a family. */
struct mx_slot {
        struct mx_prepared *prepared; /* NULL until its first samples, in a table's family */
        uint64_t last_run;            /* the run it was last emitted in */
        uint32_t offset;
        uint8_t type, scale; /* enum mx_type, enum mx_scale */
};

struct mx_registry {
        atomic_uint refs;
        uint32_t n;
        uint32_t size;
        uint32_t n_static;  /* those of `table` come first */
        const char *source; /* the collector's */
        const struct mx_family *table;
        struct mx_slot *slot;
};

/* Holds `n` families, of which none is prepared yet. `families` and `source` have to be there for
 * as long as somebody emits, and not for the sake of the fragments. Returns 0, -EINVAL (an offset
 * above 4 GiB) or -ENOMEM. */
int mx_registry_new(struct mx_registry **ret, const struct mx_family *families, size_t n,
                    const char *source);
struct mx_registry *mx_registry_ref(struct mx_registry *r);
struct mx_registry *mx_registry_unref(struct mx_registry *r); /* accepts and returns NULL */

/* The family, prepared: from now on, if it was not. Returns 0, -ENOMEM, or -E2BIG when it
 * is one that mx_family_check() refuses for its length. */
int mx_registry_prepare(struct mx_registry *r, size_t family, const struct mx_prepared **ret);

/* All of them, for those who emit families for the first time when memory is short. Fails as
 * mx_registry_prepare() does. */
int mx_registry_prepare_all(struct mx_registry *r);

/* Adds one more; see mx_sink_add_family(). */
int mx_registry_add(struct mx_registry *r, const struct mx_family *f);

/* Is this family fit to be exposed? Returns NULL, or a static sentence that says what is wrong with
 * it: charset, a counter without _total and the reverse, a unit that is not a base unit, HELP that
 * is no sentence, a string longer than <mx/family.h> allows. */
const char *mx_family_check(const struct mx_family *f);

#endif
