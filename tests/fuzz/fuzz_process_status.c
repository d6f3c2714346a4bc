/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/[0-9]*/status
#include "process_parse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mx_process_status v;

        if (mx_process_status_parse((const char *)data, size, &v, NULL) < 0)
                return 0;
        /* What is there can be true. */
        for (size_t i = 0; i < MX_PROCESS_VALUES; i++)
                if (v.value[i] != MX_ABSENT && v.value[i] > (uint64_t)INT64_MAX / 1024)
                        abort();
        return 0;
}
