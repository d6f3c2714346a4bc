/* SPDX-License-Identifier: Apache-2.0 */
#include "negotiate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *header = malloc(size + 1);

        if (!header)
                return 0;
        memcpy(header, data, size);
        header[size] = '\0';
        (void)negotiate_format(header);
        (void)negotiate_encoding(header);
        free(header);
        return 0;
}
