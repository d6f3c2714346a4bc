/* SPDX-License-Identifier: Apache-2.0 */
/* The walk follows the tables, never the document: its depth and its work are bounded by what is
 * known. */
#include "config_walk.h"
#include "knob.h"
#include "origin.h"
#include "yaml_file.h"

#include <limits.h>
#include <stdio.h>

static int set_list(const struct walk *w, const struct knob *k, const yaml_node_t *list)
{
        char reason[OPTION_ERROR_MAX];
        yaml_node_item_t *item = list->data.sequence.items.start;

        if (item == list->data.sequence.items.top)
                return walk_fail(w, list, "'%s' is an empty list", k->key);
        knob_clear(k, w->settings);
        for (; item < list->data.sequence.items.top; item++) {
                const yaml_node_t *value = walk_node(w, *item);
                int r = walk_expect_at(w, k->key, value, value, YAML_SCALAR_NODE);

                if (r < 0)
                        return r;
                r = knob_set(k, w->settings, walk_text(value), reason);
                if (r < 0)
                        return walk_fail_set(w, value, k->key, r, reason);
        }
        return 0;
}

/* A relative path starts at the directory of the file, whatever the working directory is. */
static int set_path(const struct walk *w, const struct knob *k, const yaml_node_t *value)
{
        const char *name = w->config->name, *slash = strrchr(name, '/'), *text = walk_text(value);
        int n_dir = text[0] && text[0] != '/' && slash ? (int)(slash + 1 - name) : 0;
        char path[PATH_MAX], reason[OPTION_ERROR_MAX], origin[ORIGIN_MAX];
        int n = snprintf(path, sizeof(path), "%.*s%s", n_dir, name, text), r;

        if (n < 0 || (size_t)n >= sizeof(path))
                return walk_fail(w, value, "'%s': the path is too long", k->key);
        r = knob_set(k, w->settings, path, reason);
        if (r < 0)
                return walk_fail_set(w, value, k->key, r, reason);
        n = walk_place(w->config, value, origin, sizeof(origin));
        snprintf(origin + n, sizeof(origin) - (size_t)n, "'%s': ", k->key);
        return origin_set(w->settings, k, origin) < 0 ? walk_fail_memory(w) : 0;
}

static int apply_knob(const struct walk *w, const yaml_node_t *key, yaml_node_t *value, void *arg)
{
        const struct knob_section *section = arg;
        char reason[OPTION_ERROR_MAX];
        struct nearest near;

        nearest_begin(&near, walk_text(key));
        for (size_t i = 0; i < n_settings_knobs; i++) {
                const struct knob *k = &settings_knobs[i];
                int r;

                if (strcmp(k->section, section->name) != 0)
                        continue;
                nearest_offer(&near, k->key);
                if (strcmp(k->key, walk_text(key)) != 0)
                        continue;
                if (k->type == KNOB_ADDRESSES)
                        return walk_expect(w, key, value, YAML_SEQUENCE_NODE)
                                       ?: set_list(w, k, value);
                r = walk_expect(w, key, value, YAML_SCALAR_NODE);
                if (r < 0)
                        return r;
                if (knob_is_path(k))
                        return set_path(w, k, value);
                r = knob_set(k, w->settings, walk_text(value), reason);
                return r < 0 ? walk_fail_set(w, value, k->key, r, reason) : 0;
        }
        return walk_unknown(w, key, &near);
}

static int apply_section(const struct walk *w, const yaml_node_t *key, yaml_node_t *value,
                         void *arg)
{
        struct nearest near;

        (void)arg;
        nearest_begin(&near, walk_text(key));
        if (strcmp(walk_text(key), "collectors") == 0)
                return walk_expect(w, key, value, YAML_MAPPING_NODE);
        for (size_t i = 0; i < n_knob_sections; i++) {
                union {
                        const struct knob_section *in;
                        void *out;
                } section = { .in = &knob_sections[i] };

                nearest_offer(&near, section.in->name);
                if (strcmp(section.in->name, walk_text(key)) == 0)
                        return walk_expect(w, key, value, YAML_MAPPING_NODE)
                                       ?: walk_entries(w, value, apply_knob, section.out);
        }
        nearest_offer(&near, "collectors");
        return walk_unknown(w, key, &near);
}

static int parse(struct config *c, const char *name, const char *text, size_t len, char *error)
{
        int r;

        c->name = strdup(name);
        if (!c->name)
                return -ENOMEM;
        r = yaml_text_load(&c->document, name, text, len, error);
        c->has_document = r == 0;
        return r;
}

int config_parse(struct config **ret, const char *name, const char *text, size_t len, char *error)
{
        struct config *c = calloc(1, sizeof(*c));
        int r;

        snprintf(error, SETTINGS_ERROR_MAX, "out of memory");
        r = c ? parse(c, name, text, len, error) : -ENOMEM;
        if (r < 0)
                config_free(c);
        else
                *ret = c;
        return r;
}

int config_read(struct config **ret, const char *path, char *error)
{
        mx_cleanup_free_ char *text = NULL;
        size_t len;
        int r = yaml_file_read(&text, &len, path, error);

        return r < 0 ? r : config_parse(ret, path, text, len, error);
}

void config_free(struct config *c)
{
        if (!c)
                return;
        if (c->has_document)
                yaml_document_delete(&c->document);
        free(c->name);
        free(c);
}

/* libyaml has no const in its interface; nothing here changes the document. */
yaml_node_t *config_root(const struct config *c)
{
        yaml_node_t *root;

        if (!c)
                return NULL;
        root = yaml_document_get_root_node((yaml_document_t *)(uintptr_t)&c->document);
        return root && !walk_is_null(root) ? root : NULL;
}

static struct walk walk_of(const struct config *c, struct settings *s, char *error)
{
        return (struct walk){ (struct config *)(uintptr_t)c, s, error };
}

int config_apply(const struct config *c, struct settings *s, char *error)
{
        const struct walk w = walk_of(c, s, error);
        yaml_node_t *root = config_root(c);

        if (!root)
                return 0;
        if (root->type != YAML_MAPPING_NODE)
                return walk_fail(&w, root, "%s where a mapping of sections is expected",
                                 walk_kind(root));
        return walk_entries(&w, root, apply_section, NULL);
}

int config_apply_collectors(const struct config *c, struct settings *s, char *error)
{
        const struct walk w = walk_of(c, s, error);
        const yaml_node_t *root = config_root(c), *key;
        yaml_node_t *collectors = root ? walk_lookup(&w, root, "collectors", &key) : NULL;

        return collectors ? walk_entries(&w, collectors, config_collector, NULL) : 0;
}

void config_where(const struct config *c, const char *section, const char *key, const char *below,
                  char *ret, size_t size)
{
        const char *const keys[] = { section, key, below };
        const struct walk w = walk_of(c, NULL, NULL);
        const yaml_node_t *at = NULL, *map = config_root(c);

        ret[0] = '\0';
        for (size_t i = 0; i < MX_ARRAY_SIZE(keys) && keys[i]; i++) {
                map = map ? walk_lookup(&w, map, keys[i], &at) : NULL;
                if (!map)
                        return;
        }
        if (at)
                walk_place(c, at, ret, size);
}
