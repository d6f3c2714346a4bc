/* SPDX-License-Identifier: Apache-2.0 */
#include "entries.h"

#include "mx/cleanup.h"
#include "mx/scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#define LIST_SIZE 4096 /* 50 entries of procfs take 2 kB; more cost another call */

static int take(const char *dents, size_t n, mx_entry each, void *arg)
{
        for (size_t at = 0; at < n;) {
                const struct dirent64 *d = (const void *)(dents + at);
                int r = d->d_name[0] == '.' ? 0 : each(arg, d->d_name);

                if (r < 0)
                        return r;
                at += d->d_reclen;
        }
        return 0;
}

int mx_entries(const struct mx_host *host, int dirfd, const char *path, mx_entry each, void *arg)
{
        char dents[LIST_SIZE] __attribute__((aligned(8)));
        mx_cleanup_close_ int fd = mx_host_openat(host, dirfd, path, O_RDONLY | O_DIRECTORY);

        if (fd < 0)
                return fd;
        for (;;) {
                ssize_t n = getdents64(fd, dents, sizeof(dents));
                int r = n < 0 ? -errno : take(dents, (size_t)n, each, arg);

                if (n == 0 || r < 0)
                        return r;
        }
}

bool mx_index_parse(const char *name, const char *prefix, uint32_t *ret)
{
        const char *p = name, *end = name + strlen(name);
        uint64_t v;

        if (!mx_skip_prefix(&p, end, prefix, strlen(prefix)) || (*p == '0' && p[1] != '\0') ||
            mx_scan_u64(&p, end, &v) < 0 || p != end || v > UINT32_MAX)
                return false;
        *ret = (uint32_t)v;
        return true;
}

bool mx_node_name_parse(const char *name, uint32_t *ret)
{
        uint32_t id;

        if (!mx_index_parse(name, "node", &id) || id > INT32_MAX)
                return false;
        *ret = id;
        return true;
}
