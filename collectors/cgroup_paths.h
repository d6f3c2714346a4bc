/* SPDX-License-Identifier: Apache-2.0 */
/* What a cgroup's path says by itself about the systemd unit and the container it belongs to.
 *
 * A container's scope is both unit and container here. As labels of a cgroup, `unit` is left out
 * where it is that scope (mx_cgroup_label_words() in cgroup_budget.h): it would be the id, which
 * `cgroup` and `container` have, once more, for a seventh of the text on a Kubernetes node. */
#ifndef COLLECTORS_CGROUP_PATHS_H
#define COLLECTORS_CGROUP_PATHS_H

#include <stdbool.h>
#include <stddef.h>

/* Points into the path that was parsed; len 0 is none. */
struct mx_cgroup_word {
        const char *s;
        size_t len;
};

enum mx_cgroup_kind {
        MX_CGROUP_PLAIN, /* a name that says nothing, or the root */
        MX_CGROUP_SLICE,
        MX_CGROUP_UNIT,
        MX_CGROUP_CONTAINER, /* also when it is a unit: docker-<id>.scope */
};

struct mx_cgroup_names {
        /* The innermost systemd unit that is no slice, with its suffix and its \x2d escapes as they
         * are on disk: a cgroup that a service makes below its own carries the service's name, and
         * a unit of a user manager its own, not user@1000.service. */
        struct mx_cgroup_word unit;
        struct mx_cgroup_word slice;     /* the innermost slice */
        struct mx_cgroup_word container; /* the innermost container's id: all 64 hex digits */
        enum mx_cgroup_kind kind;        /* of the last component */
        bool sub; /* plain, below a unit or a container; or below a container and no container
                     itself */
};

/* Parses a path such as /system.slice/ssh.service. Any bytes are accepted; always succeeds. A
 * container is a component that is 64 lower-case hex digits, or ends in '-' or ':' and such digits,
 * with or without .scope (docker, containerd, CRI-O, Podman); the cgroup of a monitor,
 * ...-conmon-<id>.scope, is not one. Sources: systemd.slice(5), systemd.scope(5);
 * opencontainers/runc systemd driver. */
void mx_cgroup_path_parse(const char *path, size_t len, struct mx_cgroup_names *ret);

#endif
