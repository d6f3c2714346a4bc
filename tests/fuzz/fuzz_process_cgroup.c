/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/[0-9]*/cgroup
#include "process_parse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A path lies in the input and starts at the root, or there is none. */
static void check(const struct mx_process_path *p, const char *buf, size_t size)
{
        if (p->at &&
            (p->at < buf || p->len == 0 || p->len > size - (size_t)(p->at - buf) || *p->at != '/'))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *buf = (const char *)data;
        struct mx_process_cgroup v;

        if (mx_process_cgroup_parse(buf, size, &v, NULL) < 0)
                return 0;
        check(&v.unified, buf, size);
        check(&v.systemd, buf, size);
        check(&v.memory, buf, size);
        return 0;
}
