/* SPDX-License-Identifier: Apache-2.0 */
#include "web_config_walk.h"

#include "mx/cleanup.h"

#include <limits.h>
#include <strings.h>

#define SECRET_LEN 48 /* no key that is known is nearly as long */

bool web_looks_secret(const char *text)
{
        return strchr(text, '$') || strstr(text, "-----") || strlen(text) > SECRET_LEN;
}

const char *web_shown(const char *text)
{
        return web_looks_secret(text) ? "..." : text;
}

struct section {
        const struct web_entry *entry;
        const struct web_key *keys;
        size_t n;
        const yaml_node_t **seen;
};

static int unknown(const struct walk *w, const yaml_node_t *at, struct nearest *near)
{
        if (strcmp(walk_text(at), "<<") == 0)
                return walk_fail(w, at, "merge keys ('<<') are not understood");
        if (web_looks_secret(walk_text(at)))
                return walk_fail(w, at, "unknown key, not shown as it may be a secret");
        return walk_unknown(w, at, near);
}

static int set_key(const struct walk *w, const yaml_node_t *at, yaml_node_t *value, void *arg)
{
        const struct section *s = arg;
        struct nearest near;

        nearest_begin(&near, walk_text(at));
        for (size_t i = 0; i < s->n; i++) {
                const struct web_entry e = { s->entry->config, &s->keys[i], at, value };
                int r;

                nearest_offer(&near, e.key->name);
                if (strcmp(e.key->name, walk_text(at)) != 0)
                        continue;
                if (walk_is_null(value))
                        return 0;
                r = walk_expect(w, at, value, e.key->type);
                if (r < 0)
                        return r;
                r = e.key->set(w, &e);
                if (r == 0)
                        s->seen[i] = at;
                return MX_MIN(r, 0);
        }
        return unknown(w, at, &near);
}

int web_walk(const struct walk *w, const struct web_entry *section, const struct web_key *keys,
             size_t n, const yaml_node_t **seen)
{
        struct section s = { section, keys, n, seen };

        for (size_t i = 0; i < n; i++)
                seen[i] = NULL;
        return walk_entries(w, section->value, set_key, &s);
}

/* YAML 1.1, as the toolkit reads it. */
int web_set_bool(const struct walk *w, const struct web_entry *e)
{
        static const char *const words[] = { "false", "true", "no", "yes", "off", "on", "n", "y" };
        const char *text = walk_text(e->value);
        bool *ret = web_member(e);

        for (size_t i = 0; i < MX_ARRAY_SIZE(words); i++) {
                if (strcasecmp(text, words[i]) == 0) {
                        *ret = i % 2;
                        return 0;
                }
        }
        return walk_fail(w, e->value, "'%s': '%.80s' is not true or false", e->key->name,
                         web_shown(text));
}

int web_set_text(const struct walk *w, const struct web_entry *e)
{
        char **ret = web_member(e);

        if (!walk_text(e->value)[0])
                return WEB_NOTHING;
        *ret = strdup(walk_text(e->value));
        return *ret ? 0 : walk_fail_memory(w);
}

int web_set_path(const struct walk *w, const struct web_entry *e)
{
        const char *text = walk_text(e->value), *slash = strrchr(e->config->path, '/');
        size_t n_text = strlen(text), n_dir = slash ? (size_t)(slash + 1 - e->config->path) : 0;
        char **ret = web_member(e), *path;

        if (!text[0])
                return WEB_NOTHING;
        if (text[0] == '/')
                n_dir = 0;
        if (n_dir + n_text >= PATH_MAX)
                return walk_fail(w, e->value, "'%s': the path is too long", e->key->name);
        path = malloc(n_dir + n_text + 1);
        if (!path)
                return walk_fail_memory(w);
        memcpy(path, e->config->path, n_dir);
        memcpy(path + n_dir, text, n_text + 1);
        *ret = path;
        return 0;
}

static int check_word(const struct walk *w, const struct web_entry *e, const yaml_node_t *at)
{
        struct nearest near;

        nearest_begin(&near, walk_text(at));
        for (const char *const *word = e->key->words; *word; word++) {
                if (strcmp(*word, walk_text(at)) == 0)
                        return 0;
                nearest_offer(&near, *word);
        }
        return walk_fail(w, at, "'%s': '%.80s' is not known%s", e->key->name,
                         web_shown(walk_text(at)), nearest_hint(&near));
}

static int add_to_list(const struct walk *w, const struct web_entry *e, const yaml_node_t *at,
                       struct web_list *list)
{
        const char *name = e->key->name;
        int r = walk_expect_at(w, name, at, at, YAML_SCALAR_NODE);

        if (r < 0)
                return r;
        if (!walk_text(at)[0] || at->data.scalar.length > WEB_LIST_TEXT_MAX)
                return walk_fail(w, at, "'%s': an entry is not 1 to %d bytes long", name,
                                 WEB_LIST_TEXT_MAX);
        r = e->key->words ? check_word(w, e, at) : 0;
        if (r < 0)
                return r;
        list->v[list->n] = strdup(walk_text(at));
        if (!list->v[list->n])
                return walk_fail_memory(w);
        list->n++;
        return 0;
}

int web_set_list(const struct walk *w, const struct web_entry *e)
{
        const yaml_node_item_t *start = e->value->data.sequence.items.start;
        size_t n = (size_t)(e->value->data.sequence.items.top - start);
        struct web_list *list = web_member(e);
        int r = 0;

        if (n == 0)
                return WEB_NOTHING;
        if (n > WEB_LIST_MAX)
                return walk_fail(w, e->value, "'%s' has more than %d entries", e->key->name,
                                 WEB_LIST_MAX);
        list->v = calloc(n, sizeof(*list->v));
        if (!list->v)
                return walk_fail_memory(w);
        for (size_t i = 0; r == 0 && i < n; i++)
                r = add_to_list(w, e, walk_node(w, start[i]), list);
        return r;
}
