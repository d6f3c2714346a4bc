/* SPDX-License-Identifier: Apache-2.0 */
#include "config_walk.h"

#include <stdarg.h>
#include <stdio.h>

int walk_place(const struct config *c, const yaml_node_t *at, char *ret, size_t size)
{
        return snprintf(ret, size, "%.255s:%zu:%zu: ", c->name, at->start_mark.line + 1,
                        at->start_mark.column + 1);
}

int walk_fail(const struct walk *w, const yaml_node_t *at, const char *format, ...)
{
        int n = walk_place(w->config, at, w->error, SETTINGS_ERROR_MAX);
        va_list ap;

        va_start(ap, format);
        vsnprintf(w->error + n, SETTINGS_ERROR_MAX - (size_t)n, format, ap);
        va_end(ap);
        for (char *c = w->error + n; *c; c++)
                if ((unsigned char)*c < ' ' || *c == '\x7f')
                        *c = '?';
        return -EINVAL;
}

int walk_fail_memory(const struct walk *w)
{
        snprintf(w->error, SETTINGS_ERROR_MAX, "out of memory");
        return -ENOMEM;
}

/* A setter's result as an error with a place. */
int walk_fail_set(const struct walk *w, const yaml_node_t *at, const char *key, int r,
                  const char *reason)
{
        return r == -ENOMEM ? walk_fail_memory(w) : walk_fail(w, at, "'%.80s': %s", key, reason);
}

yaml_node_t *walk_node(const struct walk *w, int index)
{
        return yaml_document_get_node(&w->config->document, index);
}

const char *walk_text(const yaml_node_t *node)
{
        return (const char *)node->data.scalar.value;
}

bool walk_is_null(const yaml_node_t *node)
{
        const char *text;

        if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
                return false;
        text = walk_text(node);
        return !text[0] || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
               strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

const char *walk_kind(const yaml_node_t *node)
{
        return node->type == YAML_MAPPING_NODE    ? "a mapping"
               : node->type == YAML_SEQUENCE_NODE ? "a list"
                                                  : "a single value";
}

/* Checks that the value of `key` is of the kind wanted, and not left empty; that is reported at
 * `empty`. */
int walk_expect_at(const struct walk *w, const char *key, const yaml_node_t *empty,
                   const yaml_node_t *value, yaml_node_type_t type)
{
        const yaml_node_t wanted = { .type = type };

        if (walk_is_null(value))
                return walk_fail(w, empty, "'%.80s' has no value: give it one or leave it out",
                                 key);
        if (value->type != type)
                return walk_fail(w, value, "'%.80s' is %s where %s is expected", key,
                                 walk_kind(value), walk_kind(&wanted));
        if (type == YAML_SCALAR_NODE && strlen(walk_text(value)) != value->data.scalar.length)
                return walk_fail(w, value, "'%.80s' holds a NUL character", key);
        return 0;
}

int walk_expect(const struct walk *w, const yaml_node_t *key, const yaml_node_t *value,
                yaml_node_type_t type)
{
        return walk_expect_at(w, walk_text(key), key, value, type);
}

yaml_node_t *walk_lookup(const struct walk *w, const yaml_node_t *map, const char *key,
                         const yaml_node_t **ret_key)
{
        if (map->type != YAML_MAPPING_NODE)
                return NULL;
        for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
             p++) {
                const yaml_node_t *at = walk_node(w, p->key);

                if (at->type != YAML_SCALAR_NODE || strcmp(walk_text(at), key) != 0)
                        continue;
                *ret_key = at;
                return walk_node(w, p->value);
        }
        return NULL;
}

/* Calls fn for each entry of a mapping. Keys that fn knows are few, so looking for a duplicate
 * among those before is cheap. */
int walk_entries(const struct walk *w, const yaml_node_t *map, walk_fn fn, void *arg)
{
        for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
             p++) {
                const yaml_node_t *key = walk_node(w, p->key);
                int r;

                if (key->type != YAML_SCALAR_NODE || walk_is_null(key) ||
                    strlen(walk_text(key)) != key->data.scalar.length)
                        return walk_fail(w, key, "a key is expected to be a word");
                for (yaml_node_pair_t *q = map->data.mapping.pairs.start; q < p; q++)
                        if (strcmp(walk_text(walk_node(w, q->key)), walk_text(key)) == 0)
                                return walk_fail(w, key, "'%.80s' is set twice (first in line %zu)",
                                                 walk_text(key),
                                                 walk_node(w, q->key)->start_mark.line + 1);
                r = fn(w, key, walk_node(w, p->value), arg);
                if (r < 0)
                        return r;
        }
        return 0;
}

int walk_unknown(const struct walk *w, const yaml_node_t *key, struct nearest *near)
{
        return walk_fail(w, key, "unknown key '%.80s'%s", walk_text(key), nearest_hint(near));
}
