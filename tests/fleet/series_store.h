/* SPDX-License-Identifier: Apache-2.0 */
/* Series of one fleet over time, as a test file of promtool wants them: every series with a value,
 * or none, for each step. */
#ifndef FLEET_STORE_H
#define FLEET_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Of one target. Series are found again fast where they come in the same order at each step. */
struct store {
        size_t n_steps, step;
        const char *target; /* labels of the target, as `job="memory",instance="web-07"` */
        const char **names; /* what is kept: names, or with a * at their end what they begin with */
        size_t n_names;
        struct store_series *series;
        size_t n, capacity, cursor;
};

/* What is begun has to be ended by store_free(). `target` and `names` are borrowed. */
void store_init(struct store *s, size_t n_steps, const char *target, const char **names,
                size_t n_names);
void store_free(struct store *s);

/* From here on values are of this step, from 0 on. */
void store_begin(struct store *s, size_t step);

/* A value of this step. `name` has to be the same pointer each time, `labels` is copied: what is
 * between the braces after the target's labels, or "". A name that is not kept is passed over. */
void store_put(struct store *s, const char *name, const char *labels, double value);

/* Writes the series as a list below `input_series:`. One that has a value, and none at the next
 * step, is marked stale there, as Prometheus does after a scrape without it. */
void store_print(const struct store *s, FILE *f);

#endif
