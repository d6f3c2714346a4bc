/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/[0-9]*/cgroup
#include "cgroup_paths.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A word is one component of the input, or a part of one. */
static void check(struct mx_cgroup_word w, const char *buf, size_t size)
{
        if (w.len > 0 &&
            (w.s < buf || w.len > size - (size_t)(w.s - buf) || memchr(w.s, '/', w.len)))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *buf = (const char *)data;
        struct mx_cgroup_names names;

        mx_cgroup_path_parse(buf, size, &names);
        check(names.unit, buf, size);
        check(names.slice, buf, size);
        check(names.container, buf, size);
        if (names.container.len != 0 && names.container.len != 64)
                abort();
        return 0;
}
