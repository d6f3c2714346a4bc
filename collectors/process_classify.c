/* SPDX-License-Identifier: Apache-2.0 */
#include "process_classify.h"

#include "cgroup_paths.h"

#include <stdlib.h>

struct identity {
        struct mx_process_path key[PROCESS_KEYS]; /* at is NULL when not known */
};

int process_classifier_init(struct process_classifier *c, const struct mx_host *host,
                            const struct mx_rules *rules, uint64_t group_by,
                            struct process_groups *groups)
{
        *c = (struct process_classifier){ .host = host, .rules = rules, .group_by = group_by };
        c->needs_cgroup = group_by == PROCESS_KEY_UNIT || group_by == PROCESS_KEY_CGROUP;
        c->rule_group = calloc(rules->n + 1, sizeof(*c->rule_group));
        if (!c->rule_group)
                return -ENOMEM;
        for (size_t i = 0; i < rules->n; i++) {
                const struct mx_rule *rule = &rules->rule[i];

                c->needs_cgroup |= rule->match[PROCESS_KEY_UNIT] || rule->match[PROCESS_KEY_CGROUP];
                c->rule_group[i] = process_groups_fix(groups, rule->name);
        }
        return 0;
}

void process_classifier_done(struct process_classifier *c)
{
        free(c->rule_group);
        c->rule_group = NULL;
}

void process_classifier_begin(struct process_classifier *c)
{
        for (size_t i = 0; i < PROCESS_USERS; i++)
                c->user[i].known = false;
}

static uint32_t write_uid(char *at, uint32_t uid)
{
        char digits[10], *p = digits + sizeof(digits);
        uint32_t n;

        do
                *--p = (char)('0' + uid % 10);
        while (uid /= 10);
        n = (uint32_t)(digits + sizeof(digits) - p);
        memcpy(at, p, n);
        return n;
}

/* The name of a user, or the number where there is no name. */
static struct mx_process_path user_of(struct process_classifier *c, uint32_t uid)
{
        struct process_user *u = &c->user[uid % PROCESS_USERS];

        if (uid == UINT32_MAX)
                return (struct mx_process_path){ 0 };
        if (!u->known || u->uid != uid) {
                const char *name = c->host->user_name ? c->host->user_name((uid_t)uid) : NULL;

                u->known = true;
                u->uid = uid;
                u->len = name ? (uint32_t)strnlen(name, sizeof(u->name)) : 0;
                if (u->len > 0)
                        memcpy(u->name, name, u->len);
                else
                        u->len = write_uid(u->name, uid);
        }
        return (struct mx_process_path){ u->name, u->len };
}

struct mx_process_path process_unit(const struct mx_process_cgroup *cgroup)
{
        const struct mx_process_path *paths[] = { &cgroup->systemd, &cgroup->unified,
                                                  &cgroup->memory };
        struct mx_cgroup_names names;

        for (size_t i = 0; i < MX_ARRAY_SIZE(paths); i++) {
                if (!paths[i]->at)
                        continue;
                mx_cgroup_path_parse(paths[i]->at, paths[i]->len, &names);
                if (names.unit.len > 0)
                        return (struct mx_process_path){ names.unit.s, names.unit.len };
        }
        return (struct mx_process_path){ 0 };
}

static const struct mx_process_path *key_of(struct process_classifier *c, struct identity *id,
                                            uint64_t key, uint32_t uid)
{
        if (key == PROCESS_KEY_USER && !id->key[key].at)
                id->key[key] = user_of(c, uid); /* a look-up that only some configurations need */
        return &id->key[key];
}

static bool rule_holds(struct process_classifier *c, const struct mx_rule *rule,
                       struct identity *id, uint32_t uid)
{
        for (uint64_t k = 0; k < PROCESS_KEYS; k++) {
                const struct mx_process_path *key;

                if (!rule->match[k])
                        continue;
                key = key_of(c, id, k, uid);
                if (!mx_filter_match(rule->match[k], key->at ? key->at : "", key->len))
                        return false;
        }
        return true;
}

uint32_t process_classify(struct process_classifier *c, struct process_groups *groups,
                          const char *comm, size_t comm_len, uint32_t uid,
                          const struct mx_process_cgroup *cgroup)
{
        struct identity id = { .key = { [PROCESS_KEY_COMM] = { comm, comm_len } } };
        const struct mx_process_path *key;

        if (c->needs_cgroup) {
                id.key[PROCESS_KEY_UNIT] = process_unit(cgroup);
                id.key[PROCESS_KEY_CGROUP] = cgroup->memory.at    ? cgroup->memory
                                             : cgroup->unified.at ? cgroup->unified
                                                                  : cgroup->systemd;
        }
        for (size_t i = 0; i < c->rules->n; i++)
                if (rule_holds(c, &c->rules->rule[i], &id, uid))
                        return c->rule_group[i];
        if (c->group_by == PROCESS_BY_RULES)
                return PROCESS_GROUP_OTHER;
        key = key_of(c, &id, c->group_by, uid);
        return key->at ? process_groups_get(groups, key->at, key->len) : PROCESS_GROUP_OTHER;
}
