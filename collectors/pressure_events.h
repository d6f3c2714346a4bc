/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_PRESSURE_EVENTS_H
#define COLLECTORS_PRESSURE_EVENTS_H

#include "mx/collector.h"

struct mx_pressure_events_options {
        bool host;
        struct mx_rows triggers;
};

extern const struct mx_collector mx_pressure_events;

#endif
