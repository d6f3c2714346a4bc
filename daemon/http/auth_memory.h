/* SPDX-License-Identifier: Apache-2.0 */
/* Which verifications had a certain outcome, by their keyed digests: the most recently used ones.
 * No lock of its own. */
#ifndef AUTH_MEMORY_H
#define AUTH_MEMORY_H

#include "auth_users.h"

#define AUTH_MEMORY_MAX 64

struct auth_memory {
        struct {
                unsigned char digest[AUTH_DIGEST_LEN];
                uint64_t used; /* 0: empty */
        } v[AUTH_MEMORY_MAX];
        uint64_t clock;
};

/* Takes as long whichever it is, and wherever it is. */
bool auth_memory_has(struct auth_memory *m, const unsigned char digest[AUTH_DIGEST_LEN]);
/* Forgets the one not used for longest when full. */
void auth_memory_add(struct auth_memory *m, const unsigned char digest[AUTH_DIGEST_LEN]);

#endif
