/* SPDX-License-Identifier: Apache-2.0 */
#include "pressure_trigger.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Five lines: the name, and the texts of a row. An empty one is not set. A row that is accepted
 * makes a text that the kernel would take, and a path that stays below the mount. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mx_row row = { 0 };
        struct mx_trigger t;
        char *copy = malloc(size + 1), *p = copy, text[MX_TRIGGER_TEXT_MAX];
        size_t n;

        if (!copy)
                return 0;
        if (size > 0)
                memcpy(copy, data, size);
        copy[size] = '\0';
        row.name = strsep(&p, "\n");
        for (size_t i = 0; i < 4 && p; i++) {
                const char *value = strsep(&p, "\n");

                row.text[i] = value[0] ? value : NULL;
        }
        if (!mx_trigger_parse(&row, &t)) {
                n = mx_trigger_text(&t, text);
                if (n > sizeof(text) || text[n - 1] != '\0' || strlen(text) != n - 1 ||
                    t.stall == 0 || t.stall >= t.window || t.window < MX_TRIGGER_WINDOW_MIN ||
                    t.window > MX_TRIGGER_WINDOW_MAX)
                        __builtin_trap();
                if (t.cgroup && (t.cgroup[0] != '/' || strstr(t.cgroup, "/../")))
                        __builtin_trap();
        }
        free(copy);
        return 0;
}
