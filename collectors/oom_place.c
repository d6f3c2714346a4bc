/* SPDX-License-Identifier: Apache-2.0 */
#include "oom_place.h"

#include "process_parse.h"

#include <stdio.h>

static int read_of(const struct mx_host *host, struct mx_buf *buf, uint64_t pid, const char *file)
{
        char path[48];

        snprintf(path, sizeof(path), "%llu/%s", (unsigned long long)pid, file);
        return mx_read_small_at(host, host->proc_fd, path, buf);
}

static bool has_name(const struct mx_buf *buf, struct mx_oom_text comm)
{
        return buf->len == comm.len + 1 && memcmp(buf->data, comm.s, comm.len) == 0 &&
               buf->data[comm.len] == '\n';
}

bool oom_place_can(const struct mx_host *host, struct mx_buf *buf)
{
        return read_of(host, buf, 2, "comm") == 0 &&
               has_name(buf, (struct mx_oom_text){ "kthreadd", 8 });
}

int oom_place_find(const struct mx_host *host, struct mx_buf *buf, uint64_t pid,
                   struct mx_oom_text comm, char ret[OOM_PATH_MAX])
{
        struct mx_process_cgroup v;
        struct mx_process_path path;
        int r = read_of(host, buf, pid, "comm");

        if (r < 0)
                return r;
        if (!has_name(buf, comm))
                return -ESRCH;
        r = read_of(host, buf, pid, "cgroup");
        if (r < 0)
                return r;
        r = mx_process_cgroup_parse(buf->data, buf->len, &v, NULL);
        if (r < 0)
                return r;
        path = v.memory.at ? v.memory : v.unified;
        /* proc_cgroup_show(): of a task that exits, v1 says "/" and v2 what it was. */
        if (!path.at || path.len == 0 || (path.at == v.memory.at && path.len == 1))
                return -ESRCH;
        if (path.len > OOM_PATH_MAX)
                return -ENAMETOOLONG;
        memcpy(ret, path.at, path.len);
        return (int)path.len;
}
