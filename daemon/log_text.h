/* SPDX-License-Identifier: Apache-2.0 */
/* Text of a log entry in a buffer that does not grow. Whatever the values hold, what comes out is
 * valid UTF-8 without control characters, and what does not fit is cut off at a character. */
#ifndef LOG_TEXT_H
#define LOG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Of one entry in any form. PIPE_BUF: a line comes out of a pipe in one piece. */
#define LOG_BYTES_MAX 4096
#define LOG_VALUE_MAX 1024 /* bytes of one value, escaped */

struct log_text {
        size_t len;
        char data[LOG_BYTES_MAX];
};

enum log_style {
        LOG_STYLE_PLAIN,  /* control characters are escaped as in C and JSON */
        LOG_STYLE_QUOTED, /* quotes and backslashes as well */
        LOG_STYLE_LINES,  /* newlines and tabs stay */
};

/* Is there room for the name of a value and a bit of the value? Nothing may be begun otherwise. */
bool log_text_has_room(const struct log_text *t, const char *name);

/* Text of the program's own making, or what closes a value: some bytes are kept for that. */
void log_text_add(struct log_text *t, const char *s);

/* Ends in "..." when it was cut off. Bytes that are no UTF-8 become U+FFFD. */
void log_text_add_value(struct log_text *t, const char *s, enum log_style style);

#endif
