/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/[0-9]*/stat
#include "process_parse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *buf = (const char *)data;
        struct mx_process_stat v;

        /* The name lies in the input, between parentheses. */
        if (mx_process_stat_parse(buf, size, &v, NULL) == 0 &&
            (v.comm <= buf || v.comm_len >= size - (size_t)(v.comm - buf) || v.comm[-1] != '(' ||
             v.comm[v.comm_len] != ')'))
                abort();
        return 0;
}
