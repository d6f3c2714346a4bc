/* SPDX-License-Identifier: Apache-2.0 */
/* `collectors:` of the configuration file:
 *
 *   process:
 *     interval: 30s                 # a key that every collector has
 *     top_resident: 20              # an option of this one
 *     groups:                       # an option of type MX_OPT_RULES
 *       - name: db
 *         comm: postgres.*
 */
#include "config_walk.h"
#include "knob.h"
#include "plugin.h"

struct rule_walk {
        const struct mx_option *option;
        struct collector_settings *collector;
        size_t filters;
};

static int apply_filter(const struct walk *w, const yaml_node_t *key, yaml_node_t *value, void *arg)
{
        struct rule_walk *rule = arg;
        char reason[OPTION_ERROR_MAX] = "";
        struct nearest near;
        int r;

        if (strcmp(walk_text(key), "name") == 0)
                return 0; /* apply_rule() has taken it */
        nearest_begin(&near, walk_text(key));
        nearest_offer(&near, "name");
        for (const char *const *name = rule->option->names; *name; name++) {
                nearest_offer(&near, *name);
                if (strcmp(*name, walk_text(key)) != 0)
                        continue;
                r = walk_expect(w, key, value, YAML_SCALAR_NODE);
                if (r < 0)
                        return r;
                if (!walk_text(value)[0])
                        return walk_fail(w, value, "'%s' is empty", *name);
                rule->filters++;
                r = option_rules_match(rule->option, rule->collector->options, *name,
                                       walk_text(value), reason);
                return r < 0 ? walk_fail_set(w, value, *name, r, reason) : 0;
        }
        return walk_unknown(w, key, &near);
}

static int find_name(const struct walk *w, const yaml_node_t *rule, const yaml_node_t **ret)
{
        *ret = NULL;
        for (yaml_node_pair_t *p = rule->data.mapping.pairs.start; p < rule->data.mapping.pairs.top;
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
        return walk_fail(w, rule, "a rule has no 'name'");
}

static int apply_rule(const struct walk *w, const yaml_node_t *node, struct rule_walk *rule)
{
        const struct mx_rules *rules =
                (const void *)((char *)rule->collector->options + rule->option->offset);
        const yaml_node_t *name;
        int r;

        if (node->type != YAML_MAPPING_NODE)
                return walk_fail(w, node, "'%s': a rule is a mapping of 'name' and filters",
                                 rule->option->name);
        r = find_name(w, node, &name);
        if (r < 0)
                return r;
        for (size_t i = 0; i < rules->n; i++)
                if (strcmp(rules->rule[i].name, walk_text(name)) == 0)
                        return walk_fail(w, name,
                                         "'%s': the name '%.80s' is taken by an earlier rule",
                                         rule->option->name, walk_text(name));
        if (option_rules_add(rule->option, rule->collector->options, walk_text(name)) < 0)
                return walk_fail_memory(w);
        rule->filters = 0;
        r = walk_entries(w, node, apply_filter, rule);
        if (r == 0 && rule->filters == 0)
                return walk_fail(w, node, "'%s': rule '%.80s' has no filter", rule->option->name,
                                 walk_text(name));
        return r;
}

static int apply_rules(const struct walk *w, const yaml_node_t *list, const struct mx_option *o,
                       struct collector_settings *cs)
{
        struct rule_walk rule = { .option = o, .collector = cs };

        if (list->data.sequence.items.top - list->data.sequence.items.start > CONFIG_RULES_MAX)
                return walk_fail(w, list, "'%s' has more than %d rules", o->name, CONFIG_RULES_MAX);
        for (yaml_node_item_t *i = list->data.sequence.items.start;
             i < list->data.sequence.items.top; i++) {
                int r = apply_rule(w, walk_node(w, *i), &rule);

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

        if (o->type == MX_OPT_RULES)
                return walk_expect(w, key, value, YAML_SEQUENCE_NODE)
                               ?: apply_rules(w, value, o, cs);
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
