/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/self/mountinfo
/* The exporter's mount table, an empty line, the host's. */
#include "mx/cleanup.h"
#include "tmpfs_mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mx_lines it = mx_lines((const char *)data, size);
        enum mx_mount_view view = MX_VIEW_OWN;
        struct mx_tmpfs_mounts t;
        struct mx_tmpfs *row;
        size_t n;

        mx_tmpfs_mounts_init(&t);
        while (mx_lines_next(&it)) {
                struct mx_mount m;

                if (it.len == 0)
                        view = MX_VIEW_INIT;
                if (mx_mount_parse(it.line, it.len, &m) && mx_tmpfs_mounts_add(&t, view, &m) < 0)
                        __builtin_trap();
        }
        row = mx_tmpfs_rows(&t, &n);
        for (size_t i = 0; i < n; i++) {
                const char *name = mx_tmpfs_text(&t, row[i].name);

                (void)mx_tmpfs_may_walk(&t, &row[i]);
                if (name[0] != '/' || mx_tmpfs_text(&t, row[i].path)[0] != '/' ||
                    row[i].name + strlen(name) >= t.texts.len)
                        __builtin_trap();
                for (size_t k = 0; k < i; k++)
                        if (row[k].major == row[i].major && row[k].minor == row[i].minor)
                                __builtin_trap();
        }
        mx_tmpfs_mounts_done(&t);
        return 0;
}
