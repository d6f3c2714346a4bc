/* SPDX-License-Identifier: Apache-2.0 */
/* One entry per event: to the journal as fields, or to standard error as a line of logfmt or JSON.
 * What is set up here, the number of entries lost, and a lock for lines are the process's only
 * mutable globals.
 * Collectors and libraries never log, and nothing is logged per scrape, per request or per client:
 * an entry is a change of state. */
#ifndef LOG_H
#define LOG_H

#include "log_ids.h"

#include <stdint.h>

enum log_level {
        LOG_LEVEL_DEBUG,
        LOG_LEVEL_INFO,
        LOG_LEVEL_WARN,
        LOG_LEVEL_ERROR,
};

enum log_format {
        LOG_FORMAT_AUTO, /* the journal where standard error is its stream, else logfmt */
        LOG_FORMAT_LOGFMT,
        LOG_FORMAT_JSON,
};

/* Names as the flags and the file spell them, NULL-terminated, indexed by the enums. */
extern const char *const log_level_names[], *const log_format_names[];

/* Main thread. May be called again; entries of other threads go either way meanwhile. */
void log_setup(enum log_level level, enum log_format format);

struct log_entry {
        enum log_level level;
        int error;      /* an errno, of either sign; 0: none */
        const char *id; /* one of log_ids.h; NULL: none */

        /* The message, then key, value pairs, then NULL. A NULL value leaves its pair out. Keys are
         * of the form [a-z][a-z_]*. Messages and keys are of the program's own making; values may
         * hold anything. */
        const char *const *text;
};

/* The error is the pair `error` with its text in lines, and ERRNO= with its number in the journal.
 * Thread-safe, never waits, allocates nothing, leaves errno as it is. */
void log_put(const struct log_entry *e);

/* log_event(LOG_LEVEL_INFO, "listening", "address", text, NULL) */
#define log_event(level, ...) log_event_id(level, NULL, 0, __VA_ARGS__)

/* The same for a failure: log_errno(LOG_LEVEL_ERROR, r, "cannot serve", "address", text, NULL) */
#define log_errno(level, error, ...) log_event_id(level, NULL, error, __VA_ARGS__)

/* The same for an event of log_ids.h. */
#define log_event_id(level, id, error, ...)                                                        \
        log_put(&(const struct log_entry){ (level), (error), (id),                                 \
                                           (const char *const[]){ __VA_ARGS__ } })

/* Entries that nobody took: the journal and the reader of standard error had stopped reading. */
uint64_t log_lost(void);

#endif
