/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables say, in words: --help, the metrics catalogue and the default configuration. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "knob.h"

#include <stdio.h>

#define DESCRIBE_MAX   256
#define DESCRIBE_WIDTH 100 /* columns of a text for people */

/* What an option accepts, e.g. "a duration, 1s to 1h", into DESCRIBE_MAX bytes. Returns `text`. */
const char *describe_option(const struct mx_option *o, char *text);
/* The same for a setting of the daemon, or for a key that every collector has. */
const char *describe_knob(const struct knob *k, char *text);
/* The value that a collector's key has before the file and the flags, as the file spells it, into
 * NUMBER_TEXT_MAX bytes. Returns `text`. */
const char *describe_default(const struct knob *k, const struct mx_collector *c, char *text);
/* When it runs, without a full stop. */
const char *describe_run(const struct mx_collector *c);

/* Writes `text` and a newline, broken at blanks; `column` is where it starts, `prefix` starts every
 * further line. */
void describe_wrapped(FILE *out, size_t column, const char *prefix, const char *text);

/* The documents, for the `n` collectors, in their order. */
void help_write(FILE *out, const struct mx_collector *const *c, size_t n);
void default_config_write(FILE *out, const struct mx_collector *const *c, size_t n);
void catalogue_write(FILE *out, const struct mx_collector *const *c, size_t n);
void version_write(FILE *out);
const char *version_text(void); /* of the program alone, "1.2.3" */

#endif
