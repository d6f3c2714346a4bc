/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanical metric names from the kernel's keys. */
#include "mx/keymap.h"
#include "mx/scan.h"

#include <errno.h>
#include <string.h>

static bool is_upper(char c)
{
        return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
        return c >= 'a' && c <= 'z';
}

static bool is_word(char c)
{
        return is_upper(c) || is_lower(c) || mx_is_digit(c);
}

/* A word starts at key[i]: a capital after a small letter or digit (MemFree), or the last capital
 * of a run that a small letter follows (NFSUnstable -> nfs_unstable). */
static bool starts_word(const char *key, size_t len, size_t i)
{
        if (i == 0 || !is_upper(key[i]))
                return false;
        if (is_lower(key[i - 1]) || mx_is_digit(key[i - 1]))
                return true;
        return is_upper(key[i - 1]) && i + 1 < len && is_lower(key[i + 1]);
}

int mx_name_append_key(char *name, const char *key, size_t len)
{
        size_t n = strlen(name), start = n;

        for (size_t i = 0; i < len; i++) {
                bool gap = !is_word(key[i]) || starts_word(key, len, i);

                if (n + 3 > MX_KEYMAP_NAME_MAX)
                        return -EINVAL;
                if (gap && n > start && name[n - 1] != '_')
                        name[n++] = '_';
                if (is_word(key[i]))
                        name[n++] = (char)(is_upper(key[i]) ? key[i] - 'A' + 'a' : key[i]);
        }
        while (n > start && name[n - 1] == '_')
                n--;
        name[n] = '\0';
        return n > start ? 0 : -EINVAL;
}

int mx_name_append(char *name, const char *suffix)
{
        size_t n = strlen(name), m = strlen(suffix);

        if (n + m + 1 > MX_KEYMAP_NAME_MAX)
                return -EINVAL;
        memcpy(name + n, suffix, m + 1);
        return 0;
}
