/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. On v2 memory.events counts the kills in a cgroup and in all that are or were below it
 * (since 5.2), so what a cgroup has counted beyond its living children was in itself, or in one
 * that has gone. What the log tells of is credited to the deepest cgroup known on its victim's
 * path; what is left over in a cgroup is the kills that no line explains. When a cgroup goes, its
 * credits pass to its parent, whose count still has its kills.
 *
 * On v1, and on v2 before 5.2, the count is the cgroup's own and goes with it: then only cgroups
 * that are still there can say anything, and a credit needs the very cgroup.
 *
 * A kill can come with its cgroup, and its line be read before the cgroup was ever met. So credits
 * wait as hashes of the path's heads until the walk that its kill causes, and are given then.
 *
 * The tree is walked only when the host's own count has grown, and seldom (oom.c). */
#include "oom_cgroups.h"

#define FILE_MAX     4096
#define PATHS_MAX    (OOM_CGROUPS_MAX * (OOM_PATH_MAX + 1))
#define ENTRIES_SIZE 32768

int oom_cgroups_open(struct oom_cgroups *c, const struct mx_host *host, uint64_t depth)
{
        int r;

        c->host = host;
        c->max_depth = (uint32_t)MX_MIN(depth, (uint64_t)OOM_DEPTH_MAX);
        mx_buf_init(&c->buf, FILE_MAX);
        mx_buf_init(&c->entries, ENTRIES_SIZE);
        for (size_t i = 0; i < 2; i++)
                mx_buf_init(&c->paths[i], PATHS_MAX);
        r = mx_buf_reserve(&c->entries, ENTRIES_SIZE) ?: mx_cgroup_tree_open(&c->tree, host, NULL);
        if (r < 0)
                return r;
        for (const char *p = c->tree.root; *p; p++)
                c->root_depth += *p == '/';
        c->open = true;
        return 0;
}

void oom_cgroups_close(struct oom_cgroups *c)
{
        mx_cgroup_tree_close(&c->tree);
        mx_buf_done(&c->buf);
        mx_buf_done(&c->entries);
        mx_buf_done(&c->paths[0]);
        mx_buf_done(&c->paths[1]);
        c->open = false;
}

static void push_credit(struct oom_cgroups *c, const struct oom_credit *credit)
{
        /* The oldest is as good as lost: more kills than this between two runs are a storm. */
        if (c->n_credits == OOM_CREDITS_MAX) {
                memmove(c->credit, c->credit + 1, sizeof(c->credit) - sizeof(c->credit[0]));
                c->n_credits--;
        }
        c->credit[c->n_credits++] = *credit;
}

void oom_cgroups_credit(struct oom_cgroups *c, struct mx_oom_text path)
{
        struct oom_credit v = { .hash = { OOM_HASH_START } };
        const char *p = path.s, *end = path.s + path.len;

        if (!c->open || path.len == 0)
                return;
        while (p < end && v.depth < OOM_DEPTH_MAX) {
                const char *slash = memchr(p + 1, '/', (size_t)(end - p - 1));
                const char *q = slash ? slash : end;

                if (q > p + 1) {
                        v.hash[v.depth + 1] = oom_hash_path(v.hash[v.depth], p, (size_t)(q - p));
                        v.depth++;
                }
                p = q;
        }
        v.exact = p == end;
        push_credit(c, &v);
}

/* The node a credit is for: the deepest on its path; without a hierarchy, the very one. */
static struct oom_cgroup *node_of(struct oom_cgroups *c, const struct oom_credit *credit)
{
        struct oom_cgroup *node = c->node[c->now], *best = NULL;

        for (size_t i = 0; i < c->n[c->now]; i++) {
                const struct oom_cgroup *n = &node[i];
                uint32_t depth = n->depth + c->root_depth;

                if (depth > credit->depth || n->hash != credit->hash[depth])
                        continue;
                if (!c->hierarchy && (!credit->exact || depth != credit->depth))
                        continue;
                if (!best || n->depth > best->depth)
                        best = &node[i];
        }
        return best;
}

static void give_credits(struct oom_cgroups *c)
{
        for (size_t i = 0; i < c->n_credits; i++) {
                const struct oom_credit *credit = &c->credit[i];
                struct oom_cgroup *n = node_of(c, credit);

                if (!n)
                        continue;
                n->named++;
                n->matched += credit->exact && n->depth + c->root_depth == credit->depth;
        }
        c->n_credits = 0;
}

/* The node of the walk before that is this one, or NULL. */
static struct oom_cgroup *before(struct oom_cgroups *c, const struct oom_cgroup *n)
{
        struct oom_cgroup *old = c->node[!c->now];

        for (size_t i = 0; i < c->n[!c->now]; i++)
                if (old[i].id == n->id && old[i].hash == n->hash)
                        return &old[i];
        return NULL;
}

/* `was`: the node in the walk before, or NULL. */
static void inherit_one(const struct oom_cgroups *c, struct oom_cgroup *n,
                        const struct oom_cgroup *was)
{
        bool is_new = c->seen && !c->was_full && !was;

        n->base = is_new ? 0 : n->count;
        n->local_base = is_new ? 0 : n->local;
        if (!was)
                return;
        if (was->count != MX_ABSENT && n->count != MX_ABSENT && was->base <= n->count) {
                n->base = was->base;
                n->named = was->named;
                n->placed = was->placed;
        }
        if (was->local != MX_ABSENT && n->local != MX_ABSENT && was->local_base <= n->local) {
                n->local_base = was->local_base;
                n->matched = was->matched;
        }
}

/* Takes over what was known. What a cgroup that has gone was credited with passes to its parent: in
 * reverse order, so that it comes to one that is there. */
static void inherit(struct oom_cgroups *c)
{
        struct oom_cgroup *node = c->node[c->now], *old = c->node[!c->now];

        for (size_t i = c->n[!c->now]; i-- > 1;) {
                bool there = false;

                for (size_t k = 0; k < c->n[c->now] && !there; k++)
                        there = node[k].id == old[i].id && node[k].hash == old[i].hash &&
                                node[k].count != MX_ABSENT;
                if (there || !c->hierarchy)
                        continue;
                old[old[i].parent].named += old[i].named;
                old[old[i].parent].placed += old[i].placed;
        }
        for (size_t i = 0; i < c->n[c->now]; i++)
                inherit_one(c, &node[i], before(c, &node[i]));
}

/* Growth of each node that is not its living children's. */
static void sum_up(struct oom_cgroups *c)
{
        struct oom_cgroup *node = c->node[c->now];

        for (size_t i = 0; i < c->n[c->now]; i++)
                node[i].own = node[i].count == MX_ABSENT ? 0 : node[i].count - node[i].base;
        for (size_t i = c->n[c->now]; c->hierarchy && i-- > 1;) {
                struct oom_cgroup *up = &node[node[i].parent];
                uint64_t growth = node[i].count == MX_ABSENT ? 0 : node[i].count - node[i].base;

                /* Read later than its parent, a child may have counted more. */
                up->own -= MX_MIN(up->own, growth);
        }
}

/* What a cgroup has counted by itself beyond the kills that are known to be there. */
static uint64_t surplus(const struct oom_cgroup *n)
{
        uint64_t growth = n->local == MX_ABSENT ? 0 : n->local - n->local_base;

        return growth - MX_MIN(growth, n->matched);
}

struct mx_oom_text oom_cgroups_find(const struct oom_cgroups *c, uint64_t kills)
{
        const struct oom_cgroup *node = c->node[c->now], *found = NULL;

        for (size_t i = 0; i < c->n[c->now]; i++) {
                if (surplus(&node[i]) == 0)
                        continue;
                if (found || surplus(&node[i]) != kills)
                        return (struct mx_oom_text){ 0 };
                found = &node[i];
        }
        if (!found || found->path_len == 0)
                return (struct mx_oom_text){ 0 };
        return (struct mx_oom_text){ c->paths[c->now].data + found->path, found->path_len };
}

void oom_cgroups_absorb(struct oom_cgroups *c)
{
        struct oom_cgroup *node = c->node[c->now];

        give_credits(c);
        for (size_t i = 0; i < c->n[c->now]; i++)
                if (node[i].local != MX_ABSENT)
                        node[i].matched = node[i].local - node[i].local_base;
}

void oom_cgroups_walk(struct oom_cgroups *c, uint64_t host_kills)
{
        if (!c->open)
                return;
        c->now = !c->now;
        c->was_full = c->full;
        oom_tree_read(c, host_kills);
        inherit(c);
        sum_up(c);
        c->seen = true;
        give_credits(c);
}

/* The row of a path; that of the others, whose path is empty, when there is no room for one more.
 */
static struct oom_unexplained *place_row(struct oom_cgroups *c, const char *path, size_t len)
{
        struct oom_unexplained *v;

        for (size_t i = 0; i < c->n_places; i++)
                if (c->place[i].path_len == len && memcmp(c->place[i].path, path, len) == 0)
                        return &c->place[i];
        if (c->n_places >= OOM_PLACES_MAX && len > 0)
                return place_row(c, "", 0);
        v = &c->place[c->n_places++];
        *v = (struct oom_unexplained){ .path_len = (uint16_t)len };
        memcpy(v->path, path, len);
        return v;
}

void oom_cgroups_place(struct oom_cgroups *c, uint64_t kills, uint64_t now_usec)
{
        struct oom_cgroup *node = c->node[c->now];

        give_credits(c);
        /* The deepest first: their numbers say most. */
        for (size_t i = c->n[c->now]; kills > 0 && i-- > 0;) {
                struct oom_cgroup *n = &node[i];
                uint64_t known = n->named + n->placed, more;
                struct oom_unexplained *v;

                if (n->own <= known)
                        continue;
                more = MX_MIN(n->own - known, kills);
                n->placed += more;
                n->matched += MX_MIN(more, surplus(n));
                kills -= more;
                v = n->path_len > 0 ? place_row(c, c->paths[c->now].data + n->path, n->path_len)
                                    : place_row(c, "/", 1);
                v->kills += more;
                v->seen_usec = now_usec;
        }
}

void oom_cgroups_expire(struct oom_cgroups *c, uint64_t now_usec, uint64_t keep)
{
        size_t kept = 0;

        for (size_t i = 0; i < c->n_places; i++) {
                const struct oom_unexplained *v = &c->place[i];

                if (now_usec >= v->seen_usec && now_usec - v->seen_usec >= keep)
                        continue;
                if (kept != i)
                        c->place[kept] = *v;
                kept++;
        }
        c->n_places = kept;
}
