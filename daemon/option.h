/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the values of options (include/mx/option.h) from text: the file, the flags and the built-in
 * defaults all pass through here, so that they cannot differ in what they accept. */
#ifndef OPTION_H
#define OPTION_H

#include "mx/collector.h"

#define OPTION_ERROR_MAX 224

/* Sets one option from text. On failure nothing changes, `reason` (OPTION_ERROR_MAX bytes) says
 * what is wrong in plain words, and -EINVAL or -ENOMEM is returned. Not for lists. */
int option_set(const struct mx_option *o, void *options, const char *text, char *reason);

/* The same for a filter by itself; an empty text is none. `reason` as above. */
int option_set_filter(struct mx_filter **at, const char *text, char *reason);

/* Lists are the options of type MX_OPT_RULES and MX_OPT_ROWS: items that have a name, and a value
 * for some of the keys in o->names. A rule's values are compiled, a row's are kept as they are. */
static inline bool option_is_list(const struct mx_option *o)
{
        return o->type == MX_OPT_RULES || o->type == MX_OPT_ROWS;
}

/* Appends an item; it has a name (copied) and no value yet. Returns 0 or -ENOMEM. */
int option_list_add(const struct mx_option *o, void *options, const char *name);
/* Sets a value of the last item; `key` is one of o->names. Fails as option_set() does. */
int option_list_set(const struct mx_option *o, void *options, const char *key, const char *text,
                    char *reason);
/* Is there an item of that name? */
bool option_list_has(const struct mx_option *o, const void *options, const char *name);
/* What the collector finds wrong with the last item; NULL: nothing. */
const char *option_list_check(const struct mx_collector *c, const struct mx_option *o,
                              const void *options);
void option_list_done(const struct mx_option *o, void *options);

/* Allocates the options struct of a collector with every default set. NULL when the collector has
 * none: then *ret is NULL and 0 is returned. */
int options_new(void **ret, const struct mx_collector *c, char *reason);
void options_free(void *options, const struct mx_collector *c); /* accepts NULL */

/* Scalars that the daemon's own settings share; durations and sizes are mx_duration_parse() and
 * mx_size_parse(). Each returns 0 or -EINVAL. */
int parse_bool(const char *text, bool *ret);
int parse_count(const char *text, uint64_t *ret); /* -ERANGE: whole, but below 0 or too large */

/* The reverse: what the above read back exactly. They write into NUMBER_TEXT_MAX bytes and return
 * `text`. */
#define NUMBER_TEXT_MAX 64
const char *duration_text(uint64_t usec, char *text); /* "1h30m", "0s" */
const char *size_text(uint64_t bytes, char *text);    /* "64KiB" */
const char *number_text(enum mx_option_type type, uint64_t v, char *text);

#endif
