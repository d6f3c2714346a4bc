/* SPDX-License-Identifier: Apache-2.0 */
#include "users.h"

#include "clock.h"

#include <pwd.h>
#include <stdbool.h>
#include <string.h>

#define SLOTS        256
#define NAME_MAX_LEN 33 /* useradd(8): 32 characters */
#define KEEP_USEC    (300 * 1000000ULL)

/* Per thread: a direct-mapped cache, as a walk over thousands of processes asks for few users. */
struct slot {
        uid_t uid;
        bool known;
        uint64_t until;
        char name[NAME_MAX_LEN];
};

const char *users_name(uid_t uid)
{
        static _Thread_local struct slot slots[SLOTS];
        struct slot *s = &slots[uid % SLOTS];
        uint64_t now = clock_usec(CLOCK_MONOTONIC);
        struct passwd pw, *found = NULL;
        char buf[2048];

        if (s->until > now && s->uid == uid)
                return s->known ? s->name : NULL;
        s->uid = uid;
        s->until = now + KEEP_USEC;
        s->known = getpwuid_r(uid, &pw, buf, sizeof(buf), &found) == 0 && found &&
                   strlen(pw.pw_name) < NAME_MAX_LEN;
        if (s->known)
                memcpy(s->name, pw.pw_name, strlen(pw.pw_name) + 1);
        return s->known ? s->name : NULL;
}
