/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/self/mountinfo
#include "cgroup_mounts.h"
#include "mountinfo.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mx_cgroup_mount rows[32];
        char text[256];
        int n = mx_cgroup_mounts_parse((const char *)data, size, rows, 32, NULL);

        for (int i = 0; i < n; i++) {
                int len = mx_mount_unescape(rows[i].point, rows[i].point_len, text, sizeof(text));

                if (len > (int)rows[i].point_len || (len >= 0 && text[0] != '/') ||
                    (rows[i].v2 && rows[i].memory))
                        abort();
        }
        return 0;
}
