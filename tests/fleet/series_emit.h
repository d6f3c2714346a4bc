/* SPDX-License-Identifier: Apache-2.0 */
/* What memory_exporter would serve for a host of the model. */
#ifndef FLEET_EMIT_H
#define FLEET_EMIT_H

#include "model.h"
#include "series_store.h"

/* Puts the families that rules and alerts may ask about, by the names and labels of
 * docs/metrics.md, as of `now` on the clock of the model. */
void emit_host(struct store *s, const struct sim_host *h, double now);

#endif
