/* SPDX-License-Identifier: Apache-2.0 */
/* Where the memory controller lives: decided from the mount table, not from names. */
#ifndef COLLECTORS_CGROUP_MOUNTS_H
#define COLLECTORS_CGROUP_MOUNTS_H

#include "mx/collector.h"

/* A cgroup mount. The strings point into the table that was parsed and are as the kernel prints
 * them: blank, tab, newline and backslash are three octal digits after a backslash. */
struct mx_cgroup_mount {
        const char *root; /* the directory of the hierarchy that is mounted */
        const char *point;
        uint32_t root_len, point_len;
        bool v2;
        bool memory; /* v1: the memory controller is bound to it */
};

/* Finds the cgroup mounts in /proc/self/mountinfo, in its order. Returns their number, or -E2BIG
 * when there are more than `cap`. Lines that are no mount are skipped. The rows are scratch:
 * meaningful only up to the returned number. Source: Documentation/filesystems/proc.rst 3.5,
 * Linux 6.18. */
int mx_cgroup_mounts_parse(const char *buf, size_t len, struct mx_cgroup_mount *rows, size_t cap,
                           struct mx_err *reterr);

#define MX_CGROUP_ROOT_MAX 512

/* The hierarchy to read. */
struct mx_cgroup_tree {
        int version; /* 1 or 2 */
        int fd;      /* of its top directory; the owner closes it */
        int psi_fd;  /* top of the v2 hierarchy beside a v1 one, for memory.pressure; -1 when there
                        is none */
        char root[MX_CGROUP_ROOT_MAX]; /* path of the top directory in its hierarchy; "" for the
                                          root itself */
};

/* Finds and opens it. Mount points are looked up below host->cgroup_fd by taking away
 * host->cgroup_path or /sys/fs/cgroup; where the table cannot be read or leads nowhere, the usual
 * places are looked at. -ENODEV when no hierarchy has the memory controller. On failure nothing is
 * left open. */
int mx_cgroup_tree_open(struct mx_cgroup_tree *ret, const struct mx_host *host,
                        struct mx_err *reterr);
void mx_cgroup_tree_close(struct mx_cgroup_tree *t);

#endif
