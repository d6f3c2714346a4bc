/* SPDX-License-Identifier: Apache-2.0 */
/* The machine a collector looks at. Everything a collector reads is opened relative to one of these
 * directories, so that a captured machine is a fixture and a container's mount is a flag. */
#ifndef MX_HOST_H
#define MX_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct mx_buf;
struct mx_cache;
struct mx_err;

struct mx_host {
        int proc_fd;   /* procfs; always open */
        int sys_fd;    /* sysfs; -1 when there is none */
        int cgroup_fd; /* where the cgroup hierarchies are mounted; -1 when there is none */

        const char *proc_path; /* the same three as text: for messages and for matching mount */
        const char *sys_path;  /* points; never opened */
        const char *cgroup_path;

        uint32_t page_size; /* bytes, of the machine looked at */
        uint32_t clk_tck;   /* clock ticks per second in /proc/<pid>/stat */

        bool may_block; /* true on a thread for collectors: a read that hangs makes others late
                           once, by a second or so, and nothing else */

        struct mx_cache
                *cache; /* for mx_host_read_proc(); set by the daemon, never NULL in collect() */

        /* The name of a user, or NULL when it is not known. May be NULL itself; the result is valid
         * until the next call on the same thread. Only threads that may block call it. */
        const char *(*user_name)(uid_t uid);

        int dev_fd; /* devices (/dev): the kernel's log; -1 when there is none */
        int log_fd; /* the kernel's log (/dev/kmsg) as whoever started the daemon has opened it, who
                       may have more rights; -1: it is to be opened below dev_fd */
};

/* Opens dirfd/path with flags | O_CLOEXEC. This is the only way collectors open anything.
 *
 * When the host may not block, only what answers by itself is opened: a directory, or a regular
 * file that is not on a network or FUSE file system (lxcfs serves /proc/meminfo from a process that
 * can hang). Anything else is refused with -EWOULDBLOCK, and the daemon moves the collector to a
 * thread of its own.
 *
 * Returns the descriptor, which the caller owns, or a negative errno (-ENOENT when dirfd is -1). */
int mx_host_openat(const struct mx_host *host, int dirfd, const char *path, int flags)
        __attribute__((warn_unused_result));

/* Reads procfs/path whole, once per round for all collectors that ask: /proc/vmstat serves two of
 * them and costs the kernel 20 us (6.18, 2 CPUs). A round is one scrape, or one run on a timer.
 * `path` is static; `max` is the largest content accepted, in bytes. *ret stays valid until the
 * collector returns. Fails as mx_host_openat() and mx_file_read() do. */
int mx_host_read_proc(const struct mx_host *host, const char *path, size_t max,
                      const struct mx_buf **ret, struct mx_err *reterr)
        __attribute__((warn_unused_result));

#endif
