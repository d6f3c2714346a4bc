/* SPDX-License-Identifier: Apache-2.0 */
#include "bcrypt_thread.h"

#include "auth_users.h"
#include "clock.h"
#include "mx/cleanup.h"
#include "thread.h"

#include <crypt.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/resource.h>

/* Nice 19 and not SCHED_IDLE. Both make way for a scrape at once: a thread that wakes up every 2 ms
 * on the same processor is late by 0.08 ms (p99) beside either, and by 1.5 ms beside a bcrypt at
 * nice 0. But on a processor that others keep busy, a verification of cost 10 (48 ms) takes 3 s at
 * nice 19 and 15 s as SCHED_IDLE, and Prometheus gives up after 10. */
#define BCRYPT_NICE 19
#define WAIT_SHARE  8 /* a time counts up to so many times the work in it */
#define TAIL_LEN    31

struct bcrypt_thread {
        pthread_t thread;
        sem_t ask, answer;
        bool quit;
        /* The question and the answer: whose turn it is says which semaphore was posted last. */
        const char *hash, *password;
        bool good;
        uint64_t usec;
        struct crypt_data data; /* 32 KiB: too much for the stack */
};

/* The salt's last character has bits that are not used, and of the prefixes a, b and y all that
 * Go's bcrypt makes and reads mean what libxcrypt calls b (its own a differs for some passwords
 * with bytes above 0x7f). So b is what is computed, and the hash without the salt what is compared.
 */
static bool verify(struct crypt_data *data, const char *hash, const char *password)
{
        char setting[AUTH_HASH_LEN + 1];
        const char *made;
        bool good;

        if (auth_hash_cost(hash) == 0)
                return false;
        memcpy(setting, hash, sizeof(setting));
        if (setting[2] == 'a' || setting[2] == 'y')
                setting[2] = 'b';
        made = crypt_rn(password, setting, data, (int)sizeof(*data));
        good = made && strlen(made) == AUTH_HASH_LEN &&
               gnutls_memcmp(made + AUTH_HASH_LEN - TAIL_LEN, hash + AUTH_HASH_LEN - TAIL_LEN,
                             TAIL_LEN) == 0;
        explicit_bzero(data, sizeof(*data));
        return good;
}

static void wait_for(sem_t *s)
{
        while (sem_wait(s) < 0 && errno == EINTR)
                ;
}

static void *bcrypt_main(void *cls)
{
        struct bcrypt_thread *t = cls;

        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), BCRYPT_NICE); /* of this thread alone */
        for (;;) {
                uint64_t begin, work;

                wait_for(&t->ask);
                if (t->quit)
                        return NULL;
                begin = clock_usec(CLOCK_MONOTONIC);
                work = clock_usec(CLOCK_THREAD_CPUTIME_ID);
                t->good = verify(&t->data, t->hash, t->password);
                work = clock_usec(CLOCK_THREAD_CPUTIME_ID) - work;
                t->usec = MX_MIN(clock_usec(CLOCK_MONOTONIC) - begin, work * WAIT_SHARE);
                sem_post(&t->answer);
        }
}

int bcrypt_thread_new(struct bcrypt_thread **ret)
{
        struct bcrypt_thread *t = calloc(1, sizeof(*t));
        int e;

        if (!t)
                return -ENOMEM;
        sem_init(&t->ask, 0, 0);
        sem_init(&t->answer, 0, 0);
        e = thread_start(&t->thread, "bcrypt", bcrypt_main, t);
        if (e < 0) {
                sem_destroy(&t->ask);
                sem_destroy(&t->answer);
                free(t);
                return e;
        }
        *ret = t;
        return 0;
}

void bcrypt_thread_free(struct bcrypt_thread *t)
{
        if (!t)
                return;
        t->quit = true;
        sem_post(&t->ask);
        pthread_join(t->thread, NULL);
        sem_destroy(&t->ask);
        sem_destroy(&t->answer);
        free(t);
}

bool bcrypt_thread_verify(struct bcrypt_thread *t, const char *hash, const char *password,
                          uint64_t *ret_usec)
{
        t->hash = hash;
        t->password = password;
        sem_post(&t->ask);
        wait_for(&t->answer);
        *ret_usec = t->usec;
        return t->good;
}
