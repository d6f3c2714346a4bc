/* SPDX-License-Identifier: Apache-2.0 */
#include "users.h"

#include "clock.h"

#include <pthread.h>
#include <pwd.h>
#include <stdbool.h>
#include <string.h>

#define SLOTS        256
#define NAME_MAX_LEN 33 /* useradd(8): 32 characters */
#define KEEP_USEC    (300 * 1000000ULL)

struct slot {
        uid_t uid;
        bool known;
        uint64_t until;
        char name[NAME_MAX_LEN];
};

/* A direct-mapped cache, as a walk over thousands of processes asks for few users. One for all
 * threads: the C library writes zeroes to what a thread has for itself when it starts, so one of
 * each thread's own would be 14 KiB resident in every thread, whoever of them asks. */
static struct cache {
        pthread_mutex_t lock; /* guards the slots; never held while the name service is asked */
        struct slot slot[SLOTS];
} cache = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct slot look_up(uid_t uid, uint64_t now)
{
        struct slot s = { .uid = uid, .until = now + KEEP_USEC };
        struct passwd pw, *found = NULL;
        char buf[2048];

        s.known = getpwuid_r(uid, &pw, buf, sizeof(buf), &found) == 0 && found &&
                  strlen(pw.pw_name) < NAME_MAX_LEN;
        if (s.known)
                memcpy(s.name, pw.pw_name, strlen(pw.pw_name) + 1);
        return s;
}

const char *users_name(uid_t uid)
{
        static _Thread_local char name[NAME_MAX_LEN];
        uint64_t now = clock_usec(CLOCK_MONOTONIC);
        struct slot s;

        pthread_mutex_lock(&cache.lock);
        s = cache.slot[uid % SLOTS];
        pthread_mutex_unlock(&cache.lock);
        if (s.until <= now || s.uid != uid) {
                s = look_up(uid, now);
                pthread_mutex_lock(&cache.lock);
                cache.slot[uid % SLOTS] = s;
                pthread_mutex_unlock(&cache.lock);
        }
        if (!s.known)
                return NULL;
        memcpy(name, s.name, sizeof(name));
        return name;
}
