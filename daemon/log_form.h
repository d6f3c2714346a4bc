/* SPDX-License-Identifier: Apache-2.0 */
/* A log entry in its three forms. Pure: nothing is written, read or allocated. */
#ifndef LOG_FORM_H
#define LOG_FORM_H

#include "log.h"
#include "log_text.h"

#include <time.h>

/* A line of logfmt or JSON, with its newline, after what `ret` holds already. `now` is
 * CLOCK_REALTIME. */
void log_form_line(struct log_text *ret, const struct log_entry *e, bool json,
                   const struct timespec *now);

/* A datagram of the journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): MESSAGE, which
 * is readable alone, PRIORITY, SYSLOG_IDENTIFIER, MESSAGE_ID, ERRNO, and a field for each pair. */
void log_form_journal(struct log_text *ret, const struct log_entry *e);

/* The journal's PRIORITY, which is syslog's severity. */
unsigned log_priority(enum log_level level);

/* What strerror(3) says, or NULL for 0. Static. */
const char *log_error_text(int error);

#endif
