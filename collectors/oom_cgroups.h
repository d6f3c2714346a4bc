/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel has counted of OOM kills in cgroups that are still there: to say where a kill was
 * that the log does not tell of. */
#ifndef COLLECTORS_OOM_CGROUPS_H
#define COLLECTORS_OOM_CGROUPS_H

#include "cgroup_mounts.h"
#include "oom_place.h"

#define OOM_DEPTH_MAX   8
#define OOM_CGROUPS_MAX 512
#define OOM_PLACES_MAX  64
#define OOM_CREDITS_MAX 256

struct oom_cgroup {
        uint64_t id;     /* inode number */
        uint64_t hash;   /* of the path */
        uint64_t count;  /* oom_kill now; MX_ABSENT when it could not be read */
        uint64_t base;   /* ...when it was first seen; 0 for one that has come since */
        uint64_t own;    /* growth that is not a living child's */
        uint64_t named;  /* kills that the log tells of, credited here */
        uint64_t placed; /* unexplained kills, told here */
        /* The same of the cgroup alone, without those below it. */
        uint64_t local, local_base;
        uint64_t matched; /* kills counted in `local` that are known to be in this very cgroup */
        uint32_t path;    /* offset in the arena */
        uint32_t path_len;
        uint32_t parent; /* the root is its own */
        uint32_t depth;
};

/* A cgroup in which kills were that no line explains. */
struct oom_unexplained {
        uint64_t kills, seen_usec;
        uint16_t path_len; /* 0: the row of the others */
        char path[OOM_PATH_MAX];
};

struct oom_cgroups {
        bool open;
        bool seen;      /* was walked once: what is met from now on is new */
        bool full;      /* this walk left cgroups out */
        bool was_full;  /* the one before did: what is met need not be new */
        bool hierarchy; /* a cgroup's count covers its descendants */
        const struct mx_host *host;
        struct mx_cgroup_tree tree;
        uint32_t max_depth, root_depth; /* components of the path that the top directory has */
        struct mx_buf buf, entries;

        struct oom_cgroup node[2][OOM_CGROUPS_MAX]; /* of this walk and of the one before */
        struct mx_buf paths[2];
        size_t n[2];
        unsigned now; /* which of the two */

        struct oom_credit {
                uint64_t hash[OOM_DEPTH_MAX + 1]; /* of the path's first components */
                uint32_t depth;
                bool exact;        /* the path has no more components than these */
        } credit[OOM_CREDITS_MAX]; /* named kills that wait for the next walk */
        size_t n_credits;

        struct oom_unexplained place[OOM_PLACES_MAX + 1];
        size_t n_places;
};

/* Opens the hierarchy of the memory controller. Returns 0 or a negative errno: without one, all
 * else here does nothing. `depth` is at most OOM_DEPTH_MAX. */
int oom_cgroups_open(struct oom_cgroups *c, const struct mx_host *host, uint64_t depth);
void oom_cgroups_close(struct oom_cgroups *c); /* accepts a zeroed one */

/* Takes note of a kill that the log tells of, in the cgroup `path`. Reads nothing. */
void oom_cgroups_credit(struct oom_cgroups *c, struct mx_oom_text path);

/* Reads all counts, top down. `host_kills` stands for the root of a v2 hierarchy, which has no
 * count; MX_ABSENT when it is not known. Two or three files a cgroup, at most OOM_CGROUPS_MAX. */
void oom_cgroups_walk(struct oom_cgroups *c, uint64_t host_kills);

/* Says where `kills` unexplained kills were, as far as the counts tell, from the last walk. */
void oom_cgroups_place(struct oom_cgroups *c, uint64_t kills, uint64_t now_usec);

/* The one cgroup in which the log's kills without a place were: `kills` of them, when since the
 * last oom_cgroups_absorb() one cgroup has counted as many more by itself as it is known to have
 * had, and no other has. len 0 when the counts do not say. Sound only when the last walk came after
 * all lines of all kills. */
struct mx_oom_text oom_cgroups_find(const struct oom_cgroups *c, uint64_t kills);

/* Takes what each cgroup has counted by itself for known. */
void oom_cgroups_absorb(struct oom_cgroups *c);

void oom_cgroups_expire(struct oom_cgroups *c, uint64_t now_usec, uint64_t keep);

/* Of oom_tree.c. Fills the list of this walk. */
void oom_tree_read(struct oom_cgroups *c, uint64_t host_kills);

/* FNV-1a, continued from `h`: the hash of a path goes on from that of its parent. */
#define OOM_HASH_START 14695981039346656037U
uint64_t oom_hash_path(uint64_t h, const char *s, size_t len);

#endif
