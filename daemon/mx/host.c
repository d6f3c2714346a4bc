/* SPDX-License-Identifier: Apache-2.0 */
#include "mx/host.h"

#include "mx/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* File systems whose reads wait for something other than this kernel: another machine, or a process.
 * The magics that linux/magic.h lacks are from the file systems' own headers (fs/fuse, fs/smb/client,
 * include/linux/ceph, fs/ocfs2, fs/gfs2), Linux 6.18. */
static bool answers_from_elsewhere(long magic)
{
        static const unsigned long remote[] = {
                FUSE_SUPER_MAGIC, NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, 0xff534d42UL /* cifs */,
                SMB2_SUPER_MAGIC, CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC, AFS_FS_MAGIC,
                CODA_SUPER_MAGIC, V9FS_MAGIC,       0x7461636fUL /* ocfs2 */,
                0x01161970UL /* gfs2 */, AUTOFS_SUPER_MAGIC,
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(remote); i++)
                if ((unsigned long)magic == remote[i])
                        return true;
        return false;
}

int mx_host_openat(const struct mx_host *host, int dirfd, const char *path, int flags)
{
        mx_cleanup_close_ int fd = -1;
        struct statfs fs;
        struct stat st;

        if (dirfd < 0)
                return -EBADF;
        if (host->may_block) {
                int r = openat(dirfd, path, flags | O_CLOEXEC);

                return r < 0 ? -errno : r;
        }
        /* O_NONBLOCK: opening a FIFO without a writer would wait here, before it can be told apart. */
        fd = openat(dirfd, path, flags | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
                return -errno;
        if ((!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) || answers_from_elsewhere(fs.f_type))
                return -EWOULDBLOCK;
        return MX_TAKE_FD(fd);
}
