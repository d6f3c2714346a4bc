/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_PROCESS_H
#define COLLECTORS_PROCESS_H

#include "mx/collector.h"

extern const struct mx_collector mx_process;

#endif
