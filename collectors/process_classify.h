/* SPDX-License-Identifier: Apache-2.0 */
/* Which group a process belongs to. */
#ifndef COLLECTORS_PROCESS_CLASSIFY_H
#define COLLECTORS_PROCESS_CLASSIFY_H

#include "process_groups.h"
#include "process_table.h"

/* Positions of the filters in a rule, and of the first four choices of group_by. */
enum process_key {
        PROCESS_KEY_COMM,
        PROCESS_KEY_UNIT,
        PROCESS_KEY_CGROUP,
        PROCESS_KEY_USER,
        PROCESS_KEYS,
        PROCESS_BY_RULES = PROCESS_KEYS, /* group_by: what no rule takes is `other` */
};

#define PROCESS_USERS 64

struct process_classifier {
        const struct mx_host *host;
        const struct mx_rules *rules;
        uint64_t group_by;
        uint32_t *rule_group; /* group of each rule */
        bool needs_cgroup;    /* a rule or group_by looks at the unit or the cgroup */
        struct process_user {
                bool known;
                uint32_t uid;
                uint32_t len;
                char name[64];
        } user[PROCESS_USERS]; /* names looked up in this run, by uid modulo PROCESS_USERS */
};

/* Makes the rules' groups, which stay for ever. `rules` outlives the classifier. Returns 0 or
 * -ENOMEM. */
int process_classifier_init(struct process_classifier *c, const struct mx_host *host,
                            const struct mx_rules *rules, uint64_t group_by,
                            struct process_groups *groups);
void process_classifier_done(struct process_classifier *c);

/* Starts a run: user names may have changed. */
void process_classifier_begin(struct process_classifier *c);

/* The group of a process; `cgroup` is what its cgroup file says, all NULL when it is not known. The
 * first rule that holds decides, then group_by. A process without a unit (by unit) or a cgroup (by
 * cgroup) is `other`. */
uint32_t process_classify(struct process_classifier *c, struct process_groups *groups,
                          const char *comm, size_t comm_len, uint32_t uid,
                          const struct mx_process_cgroup *cgroup);

/* The unit that the paths name: systemd's own hierarchy and the unified one before the memory
 * controller's. */
struct mx_process_path process_unit(const struct mx_process_cgroup *cgroup);

#endif
