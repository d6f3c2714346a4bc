/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_users.h"

#include "mx/cleanup.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#define COST_DEFAULT 10

struct user {
        unsigned char id[AUTH_DIGEST_LEN];
        char hash[AUTH_HASH_LEN + 1];
};

struct auth_users {
        size_t n;
        unsigned cost;
        char stand_in[AUTH_HASH_LEN + 1];
        struct user v[];
};

struct part {
        const void *p;
        size_t len;
};

#define PARTS_MAX (BASIC_USER_MAX + AUTH_HASH_LEN + BASIC_PASSWORD_MAX + 3 * sizeof(uint32_t))

/* A part is told from the next by its length before it; and a digest of one part from a digest of
 * three by there being one. */
static int digest(const struct auth_key *key, const struct part *parts, size_t n,
                  unsigned char ret[AUTH_DIGEST_LEN])
{
        unsigned char text[PARTS_MAX];
        size_t len = 0;
        int e;

        for (size_t i = 0; i < n; i++) {
                uint32_t part_len = (uint32_t)parts[i].len;

                if (parts[i].len > sizeof(text) - len - sizeof(part_len))
                        return -EIO;
                memcpy(text + len, &part_len, sizeof(part_len));
                len += sizeof(part_len);
                memcpy(text + len, parts[i].p, parts[i].len);
                len += parts[i].len;
        }
        e = gnutls_hmac_fast(GNUTLS_MAC_SHA256, key->bytes, sizeof(key->bytes), text, len, ret);
        explicit_bzero(text, len);
        return e < 0 ? -EIO : 0;
}

unsigned auth_hash_cost(const char *hash)
{
        unsigned tens, ones;

        if (strlen(hash) != AUTH_HASH_LEN || hash[0] != '$' || hash[1] != '2' || hash[3] != '$')
                return 0;
        tens = (unsigned)(hash[4] - '0');
        ones = (unsigned)(hash[5] - '0');
        return tens <= 9 && ones <= 9 && tens * 10 + ones <= AUTH_COST_MAX ? tens * 10 + ones : 0;
}

/* Nobody's hash need be the hash of anything: to compute against it takes as long, and making it
 * takes no bcrypt. */
static int make_stand_in(struct auth_users *u, const struct auth_users *before)
{
        static const char digits[] =
                "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        unsigned char random[AUTH_HASH_LEN];

        if (before && before->cost == u->cost) {
                memcpy(u->stand_in, before->stand_in, sizeof(u->stand_in));
                return 0;
        }
        if (gnutls_rnd(GNUTLS_RND_RANDOM, random, sizeof(random)) < 0)
                return -EIO;
        for (size_t i = 0; i < AUTH_HASH_LEN; i++)
                u->stand_in[i] = digits[random[i] & 63];
        memcpy(u->stand_in, "$2b$", 4);
        u->stand_in[4] = (char)('0' + u->cost / 10);
        u->stand_in[5] = (char)('0' + u->cost % 10);
        u->stand_in[6] = '$';
        return 0;
}

static void auth_users_freep(struct auth_users **u)
{
        auth_users_free(*u);
}

int auth_users_new(struct auth_users **ret, const struct auth_key *key, const struct web_config *c,
                   const struct auth_users *before)
{
        mx_cleanup_(auth_users_freep) struct auth_users *u =
                calloc(1, sizeof(*u) + c->n_users * sizeof(u->v[0]));
        int e;

        if (!u)
                return -ENOMEM;
        u->n = c->n_users;
        for (size_t i = 0; i < u->n; i++) {
                const struct web_pair *pair = &c->users[i];

                e = digest(key, &(struct part){ pair->name, strlen(pair->name) }, 1, u->v[i].id);
                if (e < 0 && strlen(pair->name) <= BASIC_USER_MAX)
                        return e; /* with a longer name nobody can ask: the id stays as it is */
                snprintf(u->v[i].hash, sizeof(u->v[i].hash), "%s", pair->value);
                u->cost = MX_MAX(u->cost, auth_hash_cost(u->v[i].hash));
        }
        u->cost = u->cost ? u->cost : COST_DEFAULT;
        e = make_stand_in(u, before);
        if (e < 0)
                return e;
        *ret = MX_TAKE_PTR(u);
        return 0;
}

void auth_users_free(struct auth_users *u)
{
        if (!u)
                return;
        explicit_bzero(u, sizeof(*u) + u->n * sizeof(u->v[0]));
        free(u);
}

bool auth_users_any(const struct auth_users *u)
{
        return u->n > 0;
}

unsigned auth_users_cost(const struct auth_users *u)
{
        return u->cost;
}

/* All are looked at whatever the outcome. An exporter has few users; one takes about 30 ns. */
const char *auth_users_hash(const struct auth_users *u, const unsigned char user[AUTH_DIGEST_LEN],
                            bool *ret_known)
{
        const char *hash = u->stand_in;

        for (size_t i = 0; i < u->n; i++)
                hash = gnutls_memcmp(u->v[i].id, user, AUTH_DIGEST_LEN) == 0 ? u->v[i].hash : hash;
        *ret_known = hash != u->stand_in;
        return hash;
}

int auth_users_claim(const struct auth_users *u, const struct auth_key *key,
                     const struct basic_credentials *c, struct auth_claim *ret)
{
        struct part parts[] = { { c->user, c->user_len },
                                { ret->hash, AUTH_HASH_LEN },
                                { c->password, c->password_len } };
        size_t len = MX_MIN(c->password_len, (size_t)BCRYPT_USES_MAX);
        bool known;
        int e = digest(key, parts, 1, ret->user);

        if (e < 0)
                return e;
        memcpy(ret->hash, auth_users_hash(u, ret->user, &known), sizeof(ret->hash));
        memcpy(ret->password, c->password, len);
        ret->password[len] = '\0';
        return digest(key, parts, MX_ARRAY_SIZE(parts), ret->digest);
}
