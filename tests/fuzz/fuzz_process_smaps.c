/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/[0-9]*/smaps_rollup
#include "process_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mx_process_smaps v;

        (void)mx_process_smaps_parse((const char *)data, size, &v, NULL);
        return 0;
}
