/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MX_HASH_H
#define MX_HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 32 bits: for short keys that are compared afterwards. Not for keys that an attacker
 * chooses and that are many: it is no secret which collide. */
static inline uint32_t mx_hash(const char *s, size_t len)
{
        uint32_t h = 2166136261U;

        for (size_t i = 0; i < len; i++)
                h = (h ^ (unsigned char)s[i]) * 16777619U;
        return h;
}

#endif
