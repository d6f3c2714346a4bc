/* SPDX-License-Identifier: Apache-2.0 */
// seeds: ./config/memory_exporter.yml
// seeds: ./config/memory_exporter.yml
/* The configuration file, from its bytes to the settings. No plugin is loaded. */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char error[SETTINGS_ERROR_MAX];
        struct settings *s = NULL;
        int r = settings_load_text(&s, "fuzz.yml", (const char *)data, size, error);

        /* An error is one line that says where; success leaves what the daemon can start with. */
        if (r < 0 ? s || !error[0] || strchr(error, '\n') : !s || s->n_listen == 0 || !s->procfs)
                abort();
        settings_unref(s);
        return 0;
}
