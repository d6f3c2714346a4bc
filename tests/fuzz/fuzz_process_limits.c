/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/[0-9]*/limits proc/[0-9]*/status
#include "process_detail_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mx_process_limits v;

        (void)mx_process_limits_parse((const char *)data, size, &v, NULL);
        (void)mx_process_may_lock((const char *)data, size);
        return 0;
}
