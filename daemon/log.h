/* SPDX-License-Identifier: Apache-2.0 */
/* One line per event on standard error, as logfmt or JSON. The log level is the process's only
 * mutable global. Collectors and libraries never log. */
#ifndef LOG_H
#define LOG_H

enum log_level {
        LOG_LEVEL_DEBUG,
        LOG_LEVEL_INFO,
        LOG_LEVEL_WARN,
        LOG_LEVEL_ERROR,
};

enum log_format {
        LOG_FORMAT_LOGFMT,
        LOG_FORMAT_JSON,
};

/* Names as the flags and the file spell them, NULL-terminated, indexed by the enums. */
extern const char *const log_level_names[], *const log_format_names[];

void log_setup(enum log_level level, enum log_format format);

/* Writes `message` with key, value pairs: strings, and NULL at the end. A NULL value leaves its
 * pair out. Values are quoted and escaped as the format wants. Thread-safe: one write(2) per line.
 * No allocation. */
#define log_event(level, ...) log_pairs((level), (const char *const[]){ __VA_ARGS__ })

/* The same from an array: the message, then the pairs, then NULL. */
void log_pairs(enum log_level level, const char *const *message_and_pairs);

#endif
