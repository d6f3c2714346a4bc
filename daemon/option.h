/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the values of options (include/mx/option.h) from text: the file, the flags and the built-in
 * defaults all pass through here, so that they cannot differ in what they accept. */
#ifndef OPTION_H
#define OPTION_H

#include "mx/collector.h"

#define OPTION_ERROR_MAX 224

/* Sets one option from text. On failure nothing changes, `reason` (OPTION_ERROR_MAX bytes) says
 * what is wrong in plain words, and -EINVAL or -ENOMEM is returned. Not for MX_OPT_RULES. */
int option_set(const struct mx_option *o, void *options, const char *text, char *reason);

/* Appends a rule to an MX_OPT_RULES option; it has a name (copied) and no filter yet. */
int option_rules_add(const struct mx_option *o, void *options, const char *name);
/* Sets one filter of the last rule; `key` is one of o->names. */
int option_rules_match(const struct mx_option *o, void *options, const char *key,
                       const char *pattern, char *reason);

/* Allocates the options struct of a collector with every default set. NULL when the collector has
 * none: then *ret is NULL and 0 is returned. */
int options_new(void **ret, const struct mx_collector *c, char *reason);
void options_free(void *options, const struct mx_collector *c); /* accepts NULL */

/* Scalars that the daemon's own settings share. Each returns 0 or -EINVAL. */
int parse_bool(const char *text, bool *ret);
int parse_count(const char *text, uint64_t *ret);
int parse_duration(const char *text, uint64_t *ret_usec); /* "250ms", "15s", "5m", "1h30m", "0" */
int parse_size(const char *text, uint64_t *ret_bytes);    /* "4096", "64KiB", "1GiB" */

/* The reverse: what the above read back exactly. They write into NUMBER_TEXT_MAX bytes and return
 * `text`. */
#define NUMBER_TEXT_MAX 64
const char *duration_text(uint64_t usec, char *text); /* "1h30m", "0s" */
const char *size_text(uint64_t bytes, char *text);    /* "64KiB" */
const char *number_text(enum mx_option_type type, uint64_t v, char *text);

#endif
