/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct listen_address a, before;
        char *text = malloc(size + 1);

        if (!text)
                return 0;
        memcpy(text, data, size);
        text[size] = '\0';
        memset(&a, 0x5a, sizeof(a));
        before = a;
        if (listen_parse(text, &a)) {
                if (memcmp(&a, &before, sizeof(a)) != 0)
                        abort(); /* clobbered on failure */
        } else if (a.is_unix ? (a.path[0] != '/' && a.path[0] != '@') || strlen(a.path) < 2
                             : strlen(a.host) >= LISTEN_HOST_MAX) {
                abort();
        }
        free(text);
        return 0;
}
