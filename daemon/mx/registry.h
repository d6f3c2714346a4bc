/* SPDX-License-Identifier: Apache-2.0 */
/* The families of one collector instance, prepared once: names measured and metadata lines rendered
 * for both formats, so that a run writes samples only and a scrape copies constants.
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
        size_t offset;
        uint32_t name_len;
        uint32_t meta_len[MX_FORMAT_MAX_];
        const char *name; /* as samples carry it */
        const char *meta[MX_FORMAT_MAX_];
        const char *key;
        char bytes[]; /* what the pointers above mean */
};

struct mx_registry {
        atomic_uint refs;
        uint32_t n;
        uint32_t size;
        uint32_t n_static;
        const char *source; /* the collector's */
        struct mx_prepared **family;
        uint64_t *last_run; /* the run each family was last emitted in */
};

/* Prepares `n` families. The table need not outlive the registry. Returns 0 or -ENOMEM. */
int mx_registry_new(struct mx_registry **ret, const struct mx_family *families, size_t n,
                    const char *source);
struct mx_registry *mx_registry_ref(struct mx_registry *r);
struct mx_registry *mx_registry_unref(struct mx_registry *r); /* accepts and returns NULL */

/* Adds one more; see mx_sink_add_family(). */
int mx_registry_add(struct mx_registry *r, const struct mx_family *f);

/* Is this family fit to be exposed? Returns NULL, or a static sentence that says what is wrong with
 * it: charset, a counter without _total and the reverse, a unit that is not a base unit, HELP that
 * is no sentence. */
const char *mx_family_check(const struct mx_family *f);

#endif
