/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/[0-9]*/oom_score_adj
#include "process_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        int64_t v;

        (void)mx_process_number_parse((const char *)data, size, &v, NULL);
        return 0;
}
