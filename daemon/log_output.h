/* SPDX-License-Identifier: Apache-2.0 */
/* Where a log entry goes, and how: without ever waiting for whoever reads it. */
#ifndef LOG_OUTPUT_H
#define LOG_OUTPUT_H

#include "log.h"

#include <stdbool.h>

#define LOG_JOURNAL_PATH "/run/systemd/journal/socket"

enum log_form {
        LOG_FORM_LOGFMT,
        LOG_FORM_JSON,
        LOG_FORM_JOURNAL,
};

struct log_output {
        enum log_form form;
        int journal;              /* a datagram socket of one's own, not connected; -1: none */
        const char *journal_path; /* of the socket that journald reads */
        int stream;               /* standard error */
};

/* What `format` means where standard error is `stream`. `journal_stream` is JOURNAL_STREAM from the
 * environment ("device:inode" of the stream that the service manager has set up; it is inherited,
 * so that it may be another one's), or NULL. */
enum log_form log_choose(enum log_format format, int stream, const char *journal_stream);

/* Sends one entry. What the journal's socket does not take at once (journald restarts, or hangs on
 * a host that thrashes) goes to the stream as logfmt behind "<priority>", which journald takes
 * off. SIGPIPE is to be ignored. False when the stream did not take it either, and it is lost. */
bool log_send(const struct log_output *o, const struct log_entry *e);

#endif
