/* SPDX-License-Identifier: Apache-2.0 */
/* Where a victim is whose cgroup the kernel's log does not name: asked of procfs, at once. */
#ifndef COLLECTORS_OOM_PLACE_H
#define COLLECTORS_OOM_PLACE_H

#include "oom_log.h"

#define OOM_PATH_MAX 1024 /* longer paths are not kept */

/* Does procfs number processes as the log does? True in the first PID namespace, where process 2 is
 * kthreadd. In another one a pid of the log is somebody else. */
bool oom_place_can(const struct mx_host *host, struct mx_buf *buf);

/* The cgroup of the memory controller that process `pid` is in, into `ret`. Returns its length;
 * -ESRCH when the process has gone, has another name than `comm` by now, or is so far gone that
 * cgroup v1 says "/" of it; -ENAMETOOLONG; or another negative errno. */
int oom_place_find(const struct mx_host *host, struct mx_buf *buf, uint64_t pid,
                   struct mx_oom_text comm, char ret[OOM_PATH_MAX]);

#endif
