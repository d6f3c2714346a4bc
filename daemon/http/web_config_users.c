/* SPDX-License-Identifier: Apache-2.0 */
/* `basic_auth_users:` of the web configuration file. No error repeats a hash, which is as good as a
 * weak password to who can search for it. */
#include "web_config_walk.h"

#include "mx/cleanup.h"

/* "$2y$10$", 22 characters of salt, 31 of hash. */
#define PREFIX_LEN 7
#define SALT_LEN   22
#define HASH_LEN   60

static const char base64[] = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static bool has_prefix(const char *hash)
{
        return strncmp(hash, "$2a$", 4) == 0 || strncmp(hash, "$2b$", 4) == 0 ||
               strncmp(hash, "$2y$", 4) == 0;
}

/* Two digits, "04" to "31". */
static bool has_cost(const char *digits)
{
        int cost;

        if (strspn(digits, "0123456789") != 2)
                return false;
        cost = (digits[0] - '0') * 10 + (digits[1] - '0');
        return cost >= 4 && cost <= 31;
}

/* What is wrong with it, or NULL. */
static const char *hash_fault(const char *hash)
{
        if (!has_prefix(hash))
                return "does not begin with $2a$, $2b$ or $2y$: it is no bcrypt hash";
        if (strlen(hash) != HASH_LEN)
                return "is not 60 characters long";
        if (!has_cost(hash + 4) || hash[6] != '$')
                return "has a cost that is not 04 to 31";
        if (strspn(hash + PREFIX_LEN, base64) != HASH_LEN - PREFIX_LEN)
                return "holds a character that is none of bcrypt's";
        return NULL;
}

/* The salt is 128 bits in 22 characters, so four bits of the last one mean nothing. Some programs
 * leave them set, and Go does not mind; crypt(3) gives them back as 0, so that its answer would
 * differ from the hash it was asked about. */
static void clear_spare_bits(char *hash)
{
        char *last = hash + PREFIX_LEN + SALT_LEN - 1;

        *last = base64[(strchr(base64, *last) - base64) & 0x30];
}

static int add_user(const struct walk *w, const yaml_node_t *at, yaml_node_t *value, void *arg)
{
        struct web_config *c = arg;
        const char *fault;
        struct web_pair pair;
        int r;

        if (walk_text(at)[0] == '$' && strchr(walk_text(at) + 1, '$'))
                return walk_fail(w, at, "a hash stands where the name of a user is expected");
        if (at->data.scalar.length > WEB_USER_MAX)
                return walk_fail(w, at, "the name of a user is longer than %d bytes", WEB_USER_MAX);
        r = walk_expect(w, at, value, YAML_SCALAR_NODE);
        if (r < 0)
                return r;
        fault = hash_fault(walk_text(value));
        if (fault)
                return walk_fail(w, value, "user '%.80s': the hash %s", web_shown(walk_text(at)),
                                 fault);
        pair = (struct web_pair){ strdup(walk_text(at)), strdup(walk_text(value)) };
        if (!pair.name || !pair.value) {
                free(pair.name);
                free(pair.value);
                return walk_fail_memory(w);
        }
        clear_spare_bits(pair.value);
        c->users[c->n_users++] = pair;
        return 0;
}

static int by_name(const void *a, const void *b)
{
        const struct web_pair *x = a, *y = b;

        return strcmp(x->name, y->name);
}

int web_set_users(const struct walk *w, const struct web_entry *e)
{
        struct web_config *c = e->config;
        size_t n = (size_t)(e->value->data.mapping.pairs.top - e->value->data.mapping.pairs.start);
        int r;

        if (n > WEB_USERS_MAX)
                return walk_fail(w, e->at, "more than %d users", WEB_USERS_MAX);
        if (n == 0)
                return WEB_NOTHING;
        c->users = calloc(n, sizeof(*c->users));
        if (!c->users)
                return walk_fail_memory(w);
        r = walk_entries(w, e->value, add_user, c);
        qsort(c->users, c->n_users, sizeof(*c->users), by_name);
        return r;
}
