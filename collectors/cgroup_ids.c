/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup_ids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Ids are inode numbers, so the low bits differ; multiplication spreads them. */
static uint64_t *find(const struct cgroup_ids *s, uint64_t id)
{
        size_t i = (size_t)((id * 0x9e3779b97f4a7c15ULL) >> 32) & (s->n_buckets - 1);

        while (s->bucket[i] != 0 && s->bucket[i] != id)
                i = (i + 1) & (s->n_buckets - 1);
        return &s->bucket[i];
}

static int grow(struct cgroup_ids *s)
{
        struct cgroup_ids to = { .n = s->n, .n_buckets = s->n_buckets ? 2 * s->n_buckets : 64 };

        to.bucket = calloc(to.n_buckets, sizeof(*to.bucket));
        if (!to.bucket)
                return -ENOMEM;
        for (size_t i = 0; i < s->n_buckets; i++)
                if (s->bucket[i] != 0)
                        *find(&to, s->bucket[i]) = s->bucket[i];
        free(s->bucket);
        *s = to;
        return 0;
}

bool mx_cgroup_ids_has(const struct cgroup_ids *s, uint64_t id)
{
        return s->n > 0 && id != 0 && *find(s, id) == id;
}

int mx_cgroup_ids_add(struct cgroup_ids *s, uint64_t id)
{
        uint64_t *at;

        if (id == 0)
                return 0;
        if (2 * (s->n + 1) > s->n_buckets && grow(s) < 0)
                return -ENOMEM;
        at = find(s, id);
        s->n += *at == 0;
        *at = id;
        return 0;
}

void mx_cgroup_ids_clear(struct cgroup_ids *s)
{
        if (s->n > 0)
                memset(s->bucket, 0, s->n_buckets * sizeof(*s->bucket));
        s->n = 0;
}

void mx_cgroup_ids_done(struct cgroup_ids *s)
{
        free(s->bucket);
        *s = (struct cgroup_ids){ 0 };
}
