/* SPDX-License-Identifier: Apache-2.0 */
#include "runner_log.h"

#include <stdio.h>
#include <string.h>

/* What a collector says of a file is relative to the host's directories; its source says it whole,
 * as users know it. */
static const char *file_of(const struct mx_collector *c, const struct mx_err *err)
{
        size_t n = strlen(c->source), tail = err->path ? strlen(err->path) : 0;

        if (!err->path || (tail < n && c->source[n - tail - 1] == '/' &&
                           memcmp(c->source + n - tail, err->path, tail) == 0))
                return c->source;
        return err->path;
}

void runner_log_failure(const struct mx_collector *c, bool unsupported, const struct mx_err *err)
{
        char line[24] = "";

        if (err->line)
                snprintf(line, sizeof(line), "%u", err->line);
        log_event_id(unsupported ? LOG_LEVEL_INFO : LOG_LEVEL_WARN,
                     unsupported ? NULL : LOG_ID_COLLECTOR_FAILED, err->code,
                     unsupported ? "collector is not supported here" : "collector failed",
                     "collector", c->name, "file", file_of(c, err), "line", line[0] ? line : NULL,
                     "reason", err->what, NULL);
}

void runner_log_change(const struct mx_collector *c, enum run_state before, enum run_state after,
                       const struct mx_err *err)
{
        const char *name = c->name;

        if (before == after)
                return;
        if (after == RUN_OK) {
                if (before == RUN_PENDING)
                        log_event(LOG_LEVEL_DEBUG, "collector works", "collector", name, NULL);
                else
                        log_event_id(LOG_LEVEL_INFO, LOG_ID_COLLECTOR_WORKS, 0,
                                     "collector works again", "collector", name, NULL);
                return;
        }
        runner_log_failure(c, after == RUN_UNSUPPORTED, err);
}

void runner_log_overdue(const struct mx_collector *c)
{
        log_event_id(LOG_LEVEL_WARN, LOG_ID_COLLECTOR_OVERDUE, 0, "collector is past its deadline",
                     "collector", c->name, NULL);
}

void runner_log_in_time(const struct mx_collector *c)
{
        log_event_id(LOG_LEVEL_INFO, LOG_ID_COLLECTOR_IN_TIME, 0,
                     "collector keeps its deadline again", "collector", c->name, NULL);
}
