/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: YAML, laid out as config/memory_exporter.yml documents it. It is applied
 * to settings in two steps, as it may name the directory of the plugins whose options it sets. */
#ifndef CONFIG_H
#define CONFIG_H

#include "settings.h"

#define CONFIG_RULES_MAX     256 /* per option */
#define CONFIG_RULE_NAME_MAX 128 /* bytes: it becomes a label value */

struct config;

/* Reads a file, or parses text under a name; errors are as settings_load() gives them. Owned by the
 * caller. */
int config_read(struct config **ret, const char *path, char *error);
int config_parse(struct config **ret, const char *name, const char *text, size_t len, char *error);
void config_free(struct config *c); /* accepts NULL */

/* Applies everything but `collectors:`, whose place alone is checked. Relative paths are taken from
 * the file's directory. `c` may be NULL in all of these. */
int config_apply(const struct config *c, struct settings *s, char *error);
/* Applies `collectors:` to s->collectors. An unknown collector is an error, or a warning when a
 * plugin was refused that may have been it. */
int config_apply_collectors(const struct config *c, struct settings *s, char *error);

/* Writes "file:line:column: " of where the file sets `key` in `section`, and below it `below` where
 * that is not NULL; or "" when it does not. */
void config_where(const struct config *c, const char *section, const char *key, const char *below,
                  char *ret, size_t size);

#endif
