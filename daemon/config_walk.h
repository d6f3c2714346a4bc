/* SPDX-License-Identifier: Apache-2.0 */
/* What config*.c share: a walk over the document that knows its place. Functions that return int
 * return 0, or -EINVAL or -ENOMEM with the error written. */
#ifndef CONFIG_WALK_H
#define CONFIG_WALK_H

#include "config.h"
#include "nearest.h"

#include <yaml.h>

struct config {
        char *name;
        yaml_document_t document;
        bool has_document;
};

struct walk {
        struct config *config;
        struct settings *settings;
        char *error; /* SETTINGS_ERROR_MAX bytes */
};

/* Writes "file:line:column: ", cut where there is no room (300 bytes are enough); returns its
 * length before that. */
int walk_place(const struct config *c, const yaml_node_t *at, char *ret, size_t size);

/* Write an error with the place of `at` and return -EINVAL; -ENOMEM without a place. What the file
 * says may be quoted in it: control characters become '?', so that an error stays one line. */
int walk_fail(const struct walk *w, const yaml_node_t *at, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
int walk_fail_memory(const struct walk *w);
/* A setter's result `r` for `key` as an error. */
int walk_fail_set(const struct walk *w, const yaml_node_t *at, const char *key, int r,
                  const char *reason);
int walk_unknown(const struct walk *w, const yaml_node_t *key, struct nearest *near);

/* The root node, or NULL when the file says nothing. `c` may be NULL. */
yaml_node_t *config_root(const struct config *c);
yaml_node_t *walk_node(const struct walk *w, int index);
const char *walk_text(const yaml_node_t *node); /* of a scalar */
bool walk_is_null(const yaml_node_t *node);     /* nothing was written where a value should be */
const char *walk_kind(const yaml_node_t *node); /* "a list", ... */

/* Checks that the value of `key` is of the kind wanted, and not left empty; that is reported at
 * `empty`. */
int walk_expect_at(const struct walk *w, const char *key, const yaml_node_t *empty,
                   const yaml_node_t *value, yaml_node_type_t type);
int walk_expect(const struct walk *w, const yaml_node_t *key, const yaml_node_t *value,
                yaml_node_type_t type);

/* The value of `key` in a mapping, and the key's node; NULL without it, and where `map` is none. */
yaml_node_t *walk_lookup(const struct walk *w, const yaml_node_t *map, const char *key,
                         const yaml_node_t **ret_key);

/* Calls fn for each entry of a mapping, until one fails. Keys are words, and none comes twice. */
typedef int (*walk_fn)(const struct walk *w, const yaml_node_t *key, yaml_node_t *value, void *arg);
int walk_entries(const struct walk *w, const yaml_node_t *map, walk_fn fn, void *arg);

/* config_collectors.c: applies one entry of `collectors:`. */
int config_collector(const struct walk *w, const yaml_node_t *key, yaml_node_t *value, void *arg);

#endif
