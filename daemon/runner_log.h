/* SPDX-License-Identifier: Apache-2.0 */
/* What is said about a collector's runs. Who calls sees to it that each is news. */
#ifndef RUNNER_LOG_H
#define RUNNER_LOG_H

#include "runner.h"

/* Says why a collector is unsupported or failed. */
void runner_log_failure(const struct mx_collector *c, bool unsupported, const struct mx_err *err);

/* Says what the end of a run has changed, if it has. `err` is looked at where it did not succeed.
 */
void runner_log_change(const struct mx_collector *c, enum run_state before, enum run_state after,
                       const struct mx_err *err);

/* Of the deadline: the first run of a row that is past it, and the first that keeps it again. */
void runner_log_overdue(const struct mx_collector *c);
void runner_log_in_time(const struct mx_collector *c);

#endif
