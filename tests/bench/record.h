/* SPDX-License-Identifier: Apache-2.0 */
/* Notes which files a collector reads, so that the floor reads the same ones: no list kept by hand
 * can fall behind the collectors. The calls are caught at link time (-Wl,--wrap) and cost a branch
 * when nothing is noted. Single-threaded. */
#ifndef BENCH_RECORD_H
#define BENCH_RECORD_H

#include "mx/collector.h"

struct access {
        char *path;     /* absolute */
        bool is_dir;    /* was listed */
        bool kept;      /* stays open between runs */
        unsigned reads; /* in a run: calls that gave something or said that there is no more */
};

struct accesses {
        struct access *v;
        size_t n, size;
};

/* Names of the calls to wrap: the Makefile's linker flags must have each of them. */
#define RECORD_WRAPPED mx_host_openat, pread, read, getdents64

void record_begin(void);

/* Ends it, after so many runs: *ret has each path once, sorted; the caller frees it with
 * accesses_done(). What was opened and not read is left out. Returns 0 or -ENOMEM. */
int record_end(struct accesses *ret, unsigned runs);
void accesses_done(struct accesses *a);

#endif
