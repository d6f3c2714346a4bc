/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. One array: those that the reload under way will tell come first, those who asked since
 * follow. Nothing is allocated to ask, and nobody is told while the lock is held, so that who is
 * told may ask again. */
#include "lifecycle.h"

#include "mx/cleanup.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>

const char lifecycle_ending[] = "the daemon is ending";

struct waiter {
        void (*done)(void *cls, const char *reason);
        void *cls;
};

struct lifecycle {
        pthread_mutex_t lock;
        int fd;

        /* Under the lock. */
        struct waiter waiters[LIFECYCLE_WAITERS_MAX];
        size_t n, n_taken; /* the first n_taken are told by the next lifecycle_end() */
        bool is_stopped;
};

int lifecycle_new(struct lifecycle **ret)
{
        struct lifecycle *l = calloc(1, sizeof(*l));
        int r;

        if (!l)
                return -ENOMEM;
        l->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (l->fd < 0) {
                r = -errno;
                free(l);
                return r;
        }
        pthread_mutex_init(&l->lock, NULL);
        *ret = l;
        return 0;
}

void lifecycle_free(struct lifecycle *l)
{
        if (!l)
                return;
        lifecycle_stop(l);
        l->fd = mx_close(l->fd);
        pthread_mutex_destroy(&l->lock);
        free(l);
}

int lifecycle_fd(const struct lifecycle *l)
{
        return l->fd;
}

int lifecycle_ask(struct lifecycle *l, void (*done)(void *cls, const char *reason), void *cls)
{
        const uint64_t one = 1;
        int r = 0;

        pthread_mutex_lock(&l->lock);
        if (l->is_stopped) {
                r = -ESHUTDOWN;
        } else if (l->n == LIFECYCLE_WAITERS_MAX) {
                r = -EBUSY;
        } else {
                l->waiters[l->n++] = (struct waiter){ done, cls };
                /* Its count is far from where a write would fail. */
                (void)!write(l->fd, &one, sizeof(one));
        }
        pthread_mutex_unlock(&l->lock);
        return r;
}

void lifecycle_begin(struct lifecycle *l)
{
        uint64_t unused;

        pthread_mutex_lock(&l->lock);
        (void)!read(l->fd, &unused, sizeof(unused));
        l->n_taken = l->n;
        pthread_mutex_unlock(&l->lock);
}

/* Takes the first `n` out, lets go of the lock, and tells them. */
static void tell(struct lifecycle *l, size_t n, const char *reason)
{
        struct waiter told[LIFECYCLE_WAITERS_MAX];

        memcpy(told, l->waiters, n * sizeof(told[0]));
        l->n -= n;
        l->n_taken = 0;
        memmove(l->waiters, l->waiters + n, l->n * sizeof(l->waiters[0]));
        pthread_mutex_unlock(&l->lock);
        for (size_t i = 0; i < n; i++)
                told[i].done(told[i].cls, reason);
}

void lifecycle_end(struct lifecycle *l, const char *reason)
{
        pthread_mutex_lock(&l->lock);
        tell(l, l->n_taken, reason);
}

void lifecycle_stop(struct lifecycle *l)
{
        if (!l)
                return;
        pthread_mutex_lock(&l->lock);
        l->is_stopped = true;
        tell(l, l->n, lifecycle_ending);
}
