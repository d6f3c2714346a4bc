/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCTAL_H
#define OCTAL_H

#include <stddef.h>

/* Reads one byte of a path as the kernel writes it in /proc (seq_path(), fs/seq_file.c: what would
 * not be a word is "\ooo"). `s` is before `end`. Returns how many bytes it took: 1 or 4. */
static inline size_t mx_octal_byte(const char *s, const char *end, char *ret)
{
        if (end - s >= 4 && s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' &&
            s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
                *ret = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
                return 4;
        }
        *ret = *s;
        return 1;
}

#endif
