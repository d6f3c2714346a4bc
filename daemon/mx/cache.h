/* SPDX-License-Identifier: Apache-2.0 */
/* Files under procfs that several collectors read, read once per round. One thread at a time. */
#ifndef MX_CACHE_H
#define MX_CACHE_H

/* Both accept and return as malloc() and free() do. */
struct mx_cache *mx_cache_new(void);
void mx_cache_free(struct mx_cache *c);

/* Starts a round: what was read before is stale. Descriptors stay open. */
void mx_cache_round(struct mx_cache *c);

#endif
