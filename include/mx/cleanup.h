/* SPDX-License-Identifier: Apache-2.0 */
/* Ownership by scope: a local marked with one of these is released when its scope ends, whatever
 * the way out. Hand a value over with MX_TAKE_PTR() or MX_TAKE_FD(), which leave NULL or -1 behind.
 */
#ifndef MX_CLEANUP_H
#define MX_CLEANUP_H

#include <dirent.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define mx_cleanup_(fn)   __attribute__((cleanup(fn)))
#define mx_cleanup_free_  mx_cleanup_(mx_freep)
#define mx_cleanup_close_ mx_cleanup_(mx_closep)

#define MX_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MX_MIN(a, b)     ((a) < (b) ? (a) : (b))
#define MX_MAX(a, b)     ((a) > (b) ? (a) : (b))

#define MX_TAKE_PTR(p)                                                                             \
        ({                                                                                         \
                __auto_type mx_taken_ = (p);                                                       \
                (p) = NULL;                                                                        \
                mx_taken_;                                                                         \
        })

#define MX_TAKE_FD(fd)                                                                             \
        ({                                                                                         \
                int mx_taken_ = (fd);                                                              \
                (fd) = -1;                                                                         \
                mx_taken_;                                                                         \
        })

static inline void mx_freep(void *p)
{
        free(*(void **)p);
}

/* Closes fd when it is open and returns -1, so that `fd = mx_close(fd)` cannot close twice. */
static inline int mx_close(int fd)
{
        if (fd >= 0)
                (void)close(fd);
        return -1;
}

static inline void mx_closep(int *fd)
{
        *fd = mx_close(*fd);
}

#endif
