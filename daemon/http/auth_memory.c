/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_memory.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>

bool auth_memory_has(struct auth_memory *m, const unsigned char digest[AUTH_DIGEST_LEN])
{
        bool found = false;

        m->clock++;
        for (size_t i = 0; i < AUTH_MEMORY_MAX; i++) {
                bool is =
                        m->v[i].used && gnutls_memcmp(m->v[i].digest, digest, AUTH_DIGEST_LEN) == 0;

                m->v[i].used = is ? m->clock : m->v[i].used;
                found |= is;
        }
        return found;
}

void auth_memory_add(struct auth_memory *m, const unsigned char digest[AUTH_DIGEST_LEN])
{
        size_t oldest = 0;

        if (auth_memory_has(m, digest))
                return;
        for (size_t i = 1; i < AUTH_MEMORY_MAX; i++)
                if (m->v[i].used < m->v[oldest].used)
                        oldest = i;
        memcpy(m->v[oldest].digest, digest, AUTH_DIGEST_LEN);
        m->v[oldest].used = m->clock;
}
