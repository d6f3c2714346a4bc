/* SPDX-License-Identifier: Apache-2.0 */
/* LD_PRELOAD: a host that has no memory left. Whoever asks malloc(3) for half a megabyte or more,
 * as who reads a configuration file does, gets none. */
#include <errno.h>
#include <stdlib.h>

#define TOO_MUCH (512 * 1024)

void *__libc_malloc(size_t size);

void *malloc(size_t size)
{
        if (size < TOO_MUCH)
                return __libc_malloc(size);
        errno = ENOMEM;
        return NULL;
}
