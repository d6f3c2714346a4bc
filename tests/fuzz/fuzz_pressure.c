/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/pressure/memory
#include "pressure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mx_pressure v = { 1, 2 };

        if (mx_pressure_parse((const char *)data, size, &v, NULL) < 0 &&
            (v.some_usec != 1 || v.full_usec != 2))
                __builtin_trap();
        return 0;
}
