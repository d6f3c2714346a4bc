/* SPDX-License-Identifier: Apache-2.0 */
/* The bare program: reads a list of files into one buffer and looks at nothing. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "record.h"

struct floor_file {
        int root;          /* descriptor that `rel` is opened from */
        const char *rel;   /* in the access's path */
        size_t parent_len; /* of `rel` without its last component */
        int kept_fd;       /* -1: opened for every run */
        size_t room;       /* bytes to ask for: grows to what the file has */
        bool is_dir;
        bool once; /* one read gives it whole, and the collector relies on it */
};

struct floor_list {
        struct floor_file *v;
        size_t n;
        size_t directories; /* distinct parents of what is opened for every run */
};

/* The files of `a`, which outlives the list, opened from the roots of `host`. Returns 0 or a
 * negative errno. */
int floor_new(struct floor_list *ret, const struct accesses *a, const struct mx_host *host);
void floor_done(struct floor_list *f);

/* Reads everything once. `by_parent`: files of one directory are opened from a descriptor of it,
 * which is cheaper or dearer than their whole path depending on how many and how deep they are. */
void floor_run(const struct floor_list *f, bool by_parent);

#endif
