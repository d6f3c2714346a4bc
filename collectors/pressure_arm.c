/* SPDX-License-Identifier: Apache-2.0 */
#include "pressure_arm.h"

#include "pressure.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#define HOST_FILE   "pressure/memory"
#define CGROUP_FILE "memory.pressure"
#define TEXT_MAX    512 /* two lines of less than 100 bytes each */

bool mx_trigger_is_privileged(void)
{
        struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        return syscall(SYS_capget, &head, data) == 0 &&
               (data[CAP_SYS_RESOURCE / 32].effective >> CAP_SYS_RESOURCE % 32 & 1);
}

/* A file that was copied to disk is not told to watch anything: the text would overwrite it. What
 * is no regular file is nobody's copy. */
static bool is_kernels(int fd)
{
        struct stat st;
        struct statfs fs;

        if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
                return false;
        return !S_ISREG(st.st_mode) || fs.f_type == PROC_SUPER_MAGIC ||
               fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* The path of the cgroup's file below the top of the tree; NULL when it is not below it. */
static const char *path_in(const struct mx_trigger *t, const struct mx_cgroup_tree *tree, char *buf,
                           size_t size)
{
        size_t n = strlen(tree->root);
        const char *below = t->cgroup + n;
        int len;

        if (strncmp(t->cgroup, tree->root, n) != 0 || (*below != '/' && *below != '\0'))
                return NULL;
        below += strspn(below, "/");
        len = snprintf(buf, size, "%s%s" CGROUP_FILE, below, *below ? "/" : "");
        return len > 0 && (size_t)len < size ? buf : NULL;
}

/* Where its file is: *ret is a path below the directory that is returned, or -ENODEV. */
static int locate(const struct mx_trigger *t, const struct mx_host *host,
                  const struct mx_cgroup_tree *tree, char *buf, size_t size, const char **ret)
{
        int dir = tree ? (tree->version == 2 ? tree->fd : tree->psi_fd) : -1;

        if (!t->cgroup) {
                *ret = HOST_FILE;
                return host->proc_fd;
        }
        *ret = dir >= 0 ? path_in(t, tree, buf, size) : NULL;
        return *ret ? dir : -ENODEV;
}

/* Looked at before it is opened for writing, which a copy may refuse for reasons of its own. */
static int open_file(const struct mx_trigger *t, const struct mx_host *host,
                     const struct mx_cgroup_tree *tree)
{
        char buf[MX_TRIGGER_CGROUP_MAX + 32];
        mx_cleanup_close_ int file = -1;
        const char *path;
        int dir = locate(t, host, tree, buf, sizeof(buf), &path);

        if (dir < 0)
                return dir;
        file = mx_host_openat(host, dir, path, O_PATH);
        if (file < 0)
                return file;
        if (!is_kernels(file))
                return -EXDEV;
        return mx_host_openat(host, dir, path, O_RDWR | O_NONBLOCK);
}

static int refused(const struct mx_trigger *t, int r, struct mx_err *reterr)
{
        const char *path = t->cgroup ? CGROUP_FILE : HOST_FILE;

        switch (r) {
        case -EPERM:
                return mx_err_set(reterr, r,
                                  "a PSI trigger needs CAP_SYS_RESOURCE; from Linux 6.4 on only "
                                  "with a window that is no multiple of 2s",
                                  path, 0);
        case -EACCES:
        case -EROFS:
                return mx_err_set(reterr, -EACCES,
                                  t->cgroup ? "a PSI trigger of a cgroup needs the right to write "
                                              "the file, as its owner or with CAP_DAC_OVERRIDE"
                                            : "a PSI trigger needs CAP_SYS_RESOURCE before Linux "
                                              "6.4, and a file that may be written",
                                  path, 0);
        case -ENOENT:
                return mx_err_set(reterr, r,
                                  t->cgroup ? "there is no such cgroup, or it has no PSI"
                                            : "this kernel has no PSI",
                                  path, 0);
        case -ENODEV:
                return mx_err_set(reterr, r,
                                  "there is no v2 cgroup hierarchy, or the cgroup is not below "
                                  "what is mounted of it",
                                  path, 0);
        case -EXDEV:
                return mx_err_set(reterr, -EOPNOTSUPP,
                                  "not the kernel's own file (a captured machine, or lxcfs), which "
                                  "has no events",
                                  path, 0);
        case -EOPNOTSUPP:
                return mx_err_set(reterr, r,
                                  "PSI is off (boot with psi=1), or older than "
                                  "triggers (Linux 5.2)",
                                  path, 0);
        default:
                return mx_err_set(reterr, r, "cannot set a PSI trigger", path, 0);
        }
}

/* What write(2) says depends on the kernel's age: without triggers it has no write at all. */
static int settle(const struct mx_trigger *t, int r, bool privileged)
{
        if (r == -EINVAL && !privileged && t->window % MX_TRIGGER_WINDOW_COMMON != 0)
                return -EPERM;
        return r == -EIO ? -EOPNOTSUPP : r;
}

uint64_t mx_trigger_total(const struct mx_trigger *t, int fd)
{
        char text[TEXT_MAX];
        struct mx_pressure v;
        ssize_t n = pread(fd, text, sizeof(text), 0);

        if (n <= 0 || mx_pressure_parse(text, (size_t)n, &v, NULL) < 0)
                return MX_ABSENT;
        return t->full ? v.full_usec : v.some_usec;
}

int mx_trigger_arm(const struct mx_trigger *t, const struct mx_host *host,
                   const struct mx_cgroup_tree *tree, bool privileged,
                   struct mx_trigger_proof *ret_proof, struct mx_err *reterr)
{
        mx_cleanup_close_ int fd = open_file(t, host, tree);
        char text[MX_TRIGGER_TEXT_MAX];
        struct mx_trigger_proof proof = { 0 };
        size_t len = mx_trigger_text(t, text);

        if (fd < 0)
                return refused(t, fd, reterr);
        /* Before the trigger is there, so that the growth holds all that it may see. */
        proof.total = mx_trigger_total(t, fd);
        if (write(fd, text, len) < 0)
                return refused(t, settle(t, -errno, privileged), reterr);
        *ret_proof = proof;
        return MX_TAKE_FD(fd);
}
