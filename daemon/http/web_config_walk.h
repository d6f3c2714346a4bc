/* SPDX-License-Identifier: Apache-2.0 */
/* What web_config*.c share: tables of keys, and the walk over a mapping by them. Values are read as
 * the toolkit's YAML library reads them into Go's types: a key without a value is one that is not
 * there. Functions that return int return 0, or -EINVAL or -ENOMEM with the error written. */
#ifndef WEB_CONFIG_WALK_H
#define WEB_CONFIG_WALK_H

#include "config_walk.h"
#include "web_config.h"

struct web_key;

struct web_entry {
        struct web_config *config;
        const struct web_key *key;
        const yaml_node_t *at; /* the key in the file */
        yaml_node_t *value;    /* of the type wanted */
};

/* Also returns WEB_NOTHING, when the value says no more than if it were not there. */
typedef int (*web_set_fn)(const struct walk *w, const struct web_entry *e);
#define WEB_NOTHING 1

struct web_key {
        const char *name;
        yaml_node_type_t type;
        web_set_fn set;
        size_t offset; /* of the member of struct web_config that it sets */
        const char *const
                *words; /* web_set_list(): what an entry may be, up to NULL; or anything */
};

/* What the setter of `e` sets. */
static inline void *web_member(const struct web_entry *e)
{
        return (char *)e->config + e->key->offset;
}

/* Sets all keys of a mapping. seen[i] is where keys[i] stands, or NULL when it is not there or says
 * nothing; it has room for `n`. */
int web_walk(const struct walk *w, const struct web_entry *section, const struct web_key *keys,
             size_t n, const yaml_node_t **seen);

/* For errors, in which nothing is repeated that may be a secret in the wrong place: those return
 * true, and "..." in place of the text. */
bool web_looks_secret(const char *text);
const char *web_shown(const char *text);

/* Setters by the type of the member: bool, char * (text, or a path from the file's directory, none
 * when empty), struct web_list. */
int web_set_bool(const struct walk *w, const struct web_entry *e);
int web_set_text(const struct walk *w, const struct web_entry *e);
int web_set_path(const struct walk *w, const struct web_entry *e);
int web_set_list(const struct walk *w, const struct web_entry *e);

/* Setters of the sections that have a file of their own. */
int web_set_tls(const struct walk *w, const struct web_entry *e);
int web_set_http(const struct walk *w, const struct web_entry *e);
int web_set_users(const struct walk *w, const struct web_entry *e);
int web_set_rate_limit(const struct walk *w, const struct web_entry *e);

#endif
