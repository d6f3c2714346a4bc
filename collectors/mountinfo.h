/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of /proc/<pid>/mountinfo. */
#ifndef COLLECTORS_MOUNTINFO_H
#define COLLECTORS_MOUNTINFO_H

#include "mx/scan.h"

#define MX_MOUNTINFO_MAX (16U << 20) /* a host with 10,000 container mounts prints 2 MB */

/* One mount. The strings point into the line and are as the kernel prints them: blank, tab, newline
 * and backslash are three octal digits after a backslash. */
struct mx_mount {
        uint32_t major, minor; /* of the file system, the st_dev of its files */
        const char *root;      /* what of the file system is mounted */
        const char *point;     /* where: starts with a slash */
        const char *type;
        const char *options; /* of the file system; empty where the line ends before */
        size_t root_len, point_len, type_len, options_len;
};

/* False for a line that is no mount; *ret is then unchanged. Source:
 * Documentation/filesystems/proc.rst 3.5, Linux 6.18. */
bool mx_mount_parse(const char *line, size_t len, struct mx_mount *ret);

/* Undoes the octal escapes. Writes at most `size` bytes with a final NUL and returns the length, or
 * -ENAMETOOLONG; what is written then means nothing. */
int mx_mount_unescape(const char *s, size_t len, char *ret, size_t size);

#endif
