/* SPDX-License-Identifier: Apache-2.0 */
// seeds: sys/devices/system/edac/mc/mc0/*_count sys/devices/system/edac/mc/mc0/mc_name
// seeds: sys/devices/system/edac/mc/mc0/dimm0/dimm_*
/* The content of a file, and as far as its first NUL the same bytes as a directory's name. */
#include "edac.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *buf = (const char *)data, *text = NULL;
        enum mx_edac_kind kind = MX_EDAC_RANK;
        char name[64] = "";
        uint64_t count = 7;
        uint32_t index = 7;
        int r = mx_edac_count_parse(buf, size, &count);
        size_t len = mx_edac_text(buf, size, &text);

        if (r < 0 ? count != 7 : count > INT64_MAX)
                __builtin_trap();
        if (len > size || text < buf || text + len > buf + size ||
            (len > 0 && (memchr(text, '\n', len) || memchr(text, '\0', len) ||
                         mx_is_blank(text[0]) || mx_is_blank(text[len - 1]))))
                __builtin_trap();
        memcpy(name, data, size < sizeof(name) - 1 ? size : sizeof(name) - 1);
        if (mx_edac_name_parse(name, &kind, &index) ? kind > MX_EDAC_CSROW
                                                    : kind != MX_EDAC_RANK || index != 7)
                __builtin_trap();
        return 0;
}
