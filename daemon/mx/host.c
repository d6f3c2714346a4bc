/* SPDX-License-Identifier: Apache-2.0 */
#include "mx/host.h"

#include "mx/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* File systems whose reads wait for something other than this kernel: another machine, or a
 * process. The magics that linux/magic.h lacks are from the file systems' own headers (fs/fuse,
 * fs/smb/client, include/linux/ceph, fs/ocfs2, fs/gfs2), Linux 6.18. */
static bool answers_from_elsewhere(long magic)
{
        static const unsigned long remote[] = {
                FUSE_SUPER_MAGIC,         NFS_SUPER_MAGIC,
                SMB_SUPER_MAGIC,          0xff534d42UL /* cifs */,
                SMB2_SUPER_MAGIC,         CEPH_SUPER_MAGIC,
                AFS_SUPER_MAGIC,          AFS_FS_MAGIC,
                CODA_SUPER_MAGIC,         V9FS_MAGIC,
                0x7461636fUL /* ocfs2 */, 0x01161970UL /* gfs2 */,
                AUTOFS_SUPER_MAGIC,
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(remote); i++)
                if ((unsigned long)magic == remote[i])
                        return true;
        return false;
}

/* Will opening and reading this wait for nobody? Decided without asking the file's own file system
 * anything, as a FUSE daemon that hangs would answer neither open(2) nor statfs(2): the path has to
 * lead to a regular file or a directory on the file system of `dirfd`, which is a local one.
 * AT_STATX_DONT_SYNC makes do with what the kernel knows. */
static int check_local(int dirfd, const char *path)
{
        struct statx dir, file;
        struct statfs fs;

        if (statx(dirfd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &dir) < 0 ||
            statx(dirfd, path, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_TYPE, &file) < 0)
                return -errno;
        if ((!S_ISREG(file.stx_mode) && !S_ISDIR(file.stx_mode)) ||
            file.stx_dev_major != dir.stx_dev_major || file.stx_dev_minor != dir.stx_dev_minor)
                return -EWOULDBLOCK;
        if (fstatfs(dirfd, &fs) < 0)
                return -errno;
        return answers_from_elsewhere(fs.f_type) ? -EWOULDBLOCK : 0;
}

int mx_host_openat(const struct mx_host *host, int dirfd, const char *path, int flags)
{
        int r;

        if (dirfd < 0)
                return -ENOENT;
        r = host->may_block ? 0 : check_local(dirfd, path);
        if (r < 0)
                return r;
        r = openat(dirfd, path, flags | O_CLOEXEC);
        return r < 0 ? -errno : r;
}
