/* SPDX-License-Identifier: Apache-2.0 */
/*   25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684084k                  (6.18)
 *   98 35 0:41 /sub /mnt/a\040b rw,relatime shared:9 - tmpfs none rw,size=16384k
 *   41 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
 *
 * id parent major:minor root point options [optional...] - type source super-options. The source
 * may be anything, and empty. */
#include "mountinfo.h"

#include "octal.h"

static bool parse_device(const char *p, size_t len, struct mx_mount *ret)
{
        const char *end = p + len;
        uint64_t major, minor;

        if (mx_scan_u64(&p, end, &major) < 0 || p == end || *p++ != ':' ||
            mx_scan_u64(&p, end, &minor) < 0 || p != end || major > UINT32_MAX ||
            minor > UINT32_MAX)
                return false;
        ret->major = (uint32_t)major;
        ret->minor = (uint32_t)minor;
        return true;
}

bool mx_mount_parse(const char *line, size_t len, struct mx_mount *ret)
{
        const char *p = line, *end = line + len, *word;
        struct mx_mount m = { 0 };
        size_t n;

        for (int i = 0; i < 3; i++)
                if (!mx_next_word(&p, end, &word, &n))
                        return false;
        if (!parse_device(word, n, &m) || !mx_next_word(&p, end, &m.root, &m.root_len) ||
            !mx_next_word(&p, end, &m.point, &m.point_len) || m.point[0] != '/')
                return false;
        do {
                if (!mx_next_word(&p, end, &word, &n))
                        return false;
        } while (!mx_is_word(word, n, "-"));
        if (!mx_next_word(&p, end, &m.type, &m.type_len))
                return false;
        m.options = end;
        while (mx_next_word(&p, end, &word, &n)) {
                m.options = word;
                m.options_len = n;
        }
        *ret = m;
        return true;
}

int mx_mount_unescape(const char *s, size_t len, char *ret, size_t size)
{
        const char *end = s + len;
        size_t n = 0;

        while (s < end) {
                if (n + 1 >= size)
                        return -ENAMETOOLONG;
                s += mx_octal_byte(s, end, &ret[n++]);
        }
        if (size == 0)
                return -ENAMETOOLONG;
        ret[n] = '\0';
        return (int)n;
}
