/* SPDX-License-Identifier: Apache-2.0 */
/* The users and their bcrypt hashes, and what somebody claims against them. Users are known by
 * keyed digests of their names, so that neither time nor order tells who is one. Immutable once
 * built. */
#ifndef AUTH_USERS_H
#define AUTH_USERS_H

#include "basic_credentials.h"
#include "web_config.h"

#define AUTH_DIGEST_LEN 32 /* of HMAC-SHA256 */
#define AUTH_HASH_LEN   60 /* "$2b$10$", 22 characters of salt, 31 of hash */
#define AUTH_COST_MAX   31
#define BCRYPT_USES_MAX 72 /* bytes of a password that bcrypt looks at */

struct auth_key {
        unsigned char bytes[AUTH_DIGEST_LEN];
};

struct auth_users;

/* Copies the users of `c`. `before` (or NULL) is what they replace: its stand-in for unknown users
 * is kept while it fits, and with it what is remembered of them. Returns 0, -ENOMEM, or -EIO when
 * there are no random bytes. */
int auth_users_new(struct auth_users **ret, const struct auth_key *key, const struct web_config *c,
                   const struct auth_users *before);
void auth_users_free(struct auth_users *u); /* accepts NULL; wipes the hashes */

bool auth_users_any(const struct auth_users *u);
unsigned auth_users_cost(const struct auth_users *u); /* of the dearest hash */

/* The hash of the user with this digest; for one unknown, a stand-in of the dearest cost, which no
 * password has made. Takes as long for every digest. */
const char *auth_users_hash(const struct auth_users *u, const unsigned char user[AUTH_DIGEST_LEN],
                            bool *ret_known);

/* Who says what, against which hash. */
struct auth_claim {
        unsigned char user[AUTH_DIGEST_LEN];
        unsigned char
                digest[AUTH_DIGEST_LEN]; /* of user, hash and password, each with its length */
        char hash[AUTH_HASH_LEN + 1];
        char password[BCRYPT_USES_MAX + 1]; /* the rest of a longer one is in the digest only */
};

/* Returns 0 or -EIO when no digest can be had. The caller wipes `*ret`. */
int auth_users_claim(const struct auth_users *u, const struct auth_key *key,
                     const struct basic_credentials *c, struct auth_claim *ret);

/* The cost that a hash names; 0 when it is none of bcrypt's. */
unsigned auth_hash_cost(const char *hash);

#endif
