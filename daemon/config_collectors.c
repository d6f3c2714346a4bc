/* SPDX-License-Identifier: Apache-2.0 */
/* `collectors:` of the configuration file:
 *
 *   process:
 *     interval: 30s                 # a key that every collector has
 *     top_resident: 20              # an option of this one
 *     groups:                       # an option of type MX_OPT_RULES; MX_OPT_ROWS is written alike
 *       - name: db
 *         comm: postgres.*
 */
#include "config_walk.h"
#include "knob.h"
#include "plugin.h"

#include <stdio.h>

#define KEYS_TEXT_MAX 160
#define KEY_MAX       40
#define WRONG_MAX     280

/* How errors name an item of a list, and its values. */
static const char *item_word(const struct mx_option *o)
{
        return o->type == MX_OPT_RULES ? "rule" : "entry";
}

static const char *value_word(const struct mx_option *o)
{
        return o->type == MX_OPT_RULES ? "filter" : "value";
}

struct item_walk {
        const struct mx_option *option;
        struct collector_settings *collector;
        size_t values;
};

/* An entry has few keys: where none of them is near, they are named. */
static int unknown_value(const struct walk *w, const yaml_node_t *key, const struct mx_option *o,
                         struct nearest *near)
{
        char keys[KEYS_TEXT_MAX] = "name";
        size_t n = strlen(keys);

        if (near->best[0])
                return walk_unknown(w, key, near);
        for (const char *const *name = o->names; *name && n < sizeof(keys); name++)
                n += (size_t)snprintf(keys + n, sizeof(keys) - n, " %s", *name);
        return walk_fail(w, key, "unknown key '%.80s' is none of: %s", walk_text(key), keys);
}

/* What a collector finds wrong with an entry, with the value behind each key that it quotes. A text
 * that begins with a key is told at the place of its value: that is the one to change. */
static int fail_entry(const struct walk *w, const yaml_node_t *entry, const struct mx_option *o,
                      const char *name, const char *wrong)
{
        const yaml_node_t *at = entry;
        char text[WRONG_MAX];
        size_t n = 0;

        for (const char *p = wrong; *p && n + 1 < sizeof(text);) {
                size_t len = p[0] == '\'' ? strcspn(p + 1, "'") + 2 : 1;
                char key[KEY_MAX] = "";
                const yaml_node_t *key_node, *value;

                len = MX_MIN(len, strlen(p));
                if (len > 2 && len - 2 < sizeof(key))
                        memcpy(key, p + 1, len - 2);
                value = key[0] ? walk_lookup(w, entry, key, &key_node) : NULL;
                if (value && p == wrong)
                        at = value;
                n += (size_t)snprintf(text + n, sizeof(text) - n, value ? "%.*s (%.60s)" : "%.*s",
                                      (int)len, p, value ? walk_text(value) : "");
                p += len;
        }
        return walk_fail(w, at, "'%s': %s '%.80s': %s", o->name, item_word(o), name, text);
}

static int apply_value(const struct walk *w, const yaml_node_t *key, yaml_node_t *value, void *arg)
{
        struct item_walk *item = arg;
        char reason[OPTION_ERROR_MAX] = "";
        struct nearest near;
        int r;

        if (strcmp(walk_text(key), "name") == 0)
                return 0; /* apply_item() has taken it */
        nearest_begin(&near, walk_text(key));
        nearest_offer(&near, "name");
        for (const char *const *name = item->option->names; *name; name++) {
                nearest_offer(&near, *name);
                if (strcmp(*name, walk_text(key)) != 0)
                        continue;
                r = walk_expect(w, key, value, YAML_SCALAR_NODE);
                if (r < 0)
                        return r;
                if (!walk_text(value)[0])
                        return walk_fail(w, value, "'%s' is empty", *name);
                item->values++;
                r = option_list_set(item->option, item->collector->options, *name, walk_text(value),
                                    reason);
                return r < 0 ? walk_fail_set(w, value, *name, r, reason) : 0;
        }
        return unknown_value(w, key, item->option, &near);
}

static int find_name(const struct walk *w, const struct mx_option *o, const yaml_node_t *item,
                     const yaml_node_t **ret)
{
        *ret = NULL;
        for (yaml_node_pair_t *p = item->data.mapping.pairs.start; p < item->data.mapping.pairs.top;
             p++) {
                const yaml_node_t *key = walk_node(w, p->key), *value = walk_node(w, p->value);
                int r;

                if (key->type != YAML_SCALAR_NODE || strcmp(walk_text(key), "name") != 0)
                        continue;
                r = walk_expect(w, key, value, YAML_SCALAR_NODE);
                if (r < 0)
                        return r;
                if (!walk_text(value)[0] || strlen(walk_text(value)) > CONFIG_RULE_NAME_MAX)
                        return walk_fail(w, value, "'name' is not 1 to %d bytes long",
                                         CONFIG_RULE_NAME_MAX);
                *ret = value;
                return 0;
        }
        return walk_fail(w, item, "'%s': %s has no 'name'", o->name,
                         o->type == MX_OPT_RULES ? "a rule" : "an entry");
}

static int apply_item(const struct walk *w, const yaml_node_t *node, struct item_walk *item)
{
        const struct mx_option *o = item->option;
        void *options = item->collector->options;
        const yaml_node_t *name;
        const char *wrong;
        int r;

        if (node->type != YAML_MAPPING_NODE)
                return walk_fail(w, node, "'%s': %s is a mapping of 'name' and %ss", o->name,
                                 o->type == MX_OPT_RULES ? "a rule" : "an entry", value_word(o));
        r = find_name(w, o, node, &name);
        if (r < 0)
                return r;
        if (option_list_has(o, options, walk_text(name)))
                return walk_fail(w, name, "'%s': the name '%.80s' is taken by an earlier %s",
                                 o->name, walk_text(name), item_word(o));
        if (option_list_add(o, options, walk_text(name)) < 0)
                return walk_fail_memory(w);
        item->values = 0;
        r = walk_entries(w, node, apply_value, item);
        if (r < 0)
                return r;
        if (item->values == 0)
                return walk_fail(w, node, "'%s': %s '%.80s' has no %s", o->name, item_word(o),
                                 walk_text(name), value_word(o));
        wrong = option_list_check(item->collector->collector, o, options);
        return wrong ? fail_entry(w, node, o, walk_text(name), wrong) : 0;
}

static int apply_list(const struct walk *w, const yaml_node_t *list, const struct mx_option *o,
                      struct collector_settings *cs)
{
        struct item_walk item = { .option = o, .collector = cs };
        uint64_t max = o->max ? MX_MIN(o->max, CONFIG_RULES_MAX) : CONFIG_RULES_MAX;

        if ((uint64_t)(list->data.sequence.items.top - list->data.sequence.items.start) > max)
                return walk_fail(w, list, "'%s' has more than %d %s", o->name, (int)max,
                                 o->type == MX_OPT_RULES ? "rules" : "entries");
        for (yaml_node_item_t *i = list->data.sequence.items.start;
             i < list->data.sequence.items.top; i++) {
                int r = apply_item(w, walk_node(w, *i), &item);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int apply_option(const struct walk *w, const yaml_node_t *key, const yaml_node_t *value,
                        const struct mx_option *o, struct collector_settings *cs)
{
        char reason[OPTION_ERROR_MAX] = "";
        int r;

        if (option_is_list(o))
                return walk_expect(w, key, value, YAML_SEQUENCE_NODE)
                               ?: apply_list(w, value, o, cs);
        r = walk_expect(w, key, value, YAML_SCALAR_NODE);
        if (r < 0)
                return r;
        r = option_set(o, cs->options, walk_text(value), reason);
        return r < 0 ? walk_fail_set(w, value, o->name, r, reason) : 0;
}

static int apply_collector_key(const struct walk *w, const yaml_node_t *key, yaml_node_t *value,
                               void *arg)
{
        struct collector_settings *cs = arg;
        char reason[OPTION_ERROR_MAX];
        struct nearest near;
        int r;

        nearest_begin(&near, walk_text(key));
        for (size_t i = 0; i < n_collector_knobs; i++) {
                nearest_offer(&near, collector_knobs[i].key);
                if (strcmp(collector_knobs[i].key, walk_text(key)) != 0)
                        continue;
                r = walk_expect(w, key, value, YAML_SCALAR_NODE);
                if (r < 0)
                        return r;
                r = knob_set(&collector_knobs[i], cs, walk_text(value), reason);
                return r < 0 ? walk_fail_set(w, value, walk_text(key), r, reason) : 0;
        }
        for (size_t i = 0; i < cs->collector->n_options; i++) {
                nearest_offer(&near, cs->collector->options[i].name);
                if (strcmp(cs->collector->options[i].name, walk_text(key)) == 0)
                        return apply_option(w, key, value, &cs->collector->options[i], cs);
        }
        return walk_unknown(w, key, &near);
}

int config_collector(const struct walk *w, const yaml_node_t *key, yaml_node_t *value, void *arg)
{
        const struct settings *s = w->settings;
        struct collector_settings *cs = settings_find(s, walk_text(key));
        struct nearest near;

        (void)arg;
        if (cs)
                return walk_expect(w, key, value, YAML_MAPPING_NODE)
                               ?: walk_entries(w, value, apply_collector_key, cs);
        nearest_begin(&near, walk_text(key));
        for (size_t i = 0; i < s->n_collectors; i++)
                nearest_offer(&near, s->collectors[i].collector->name);
        (void)walk_fail(w, key, "unknown collector '%.80s'%s", walk_text(key), nearest_hint(&near));
        if (!s->plugins || s->plugins->n_refused == 0)
                return -EINVAL;
        return settings_warn(w->settings, w->error) < 0 ? walk_fail_memory(w) : 0;
}
