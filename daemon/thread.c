/* SPDX-License-Identifier: Apache-2.0 */
#include "thread.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#define STACK       (256 * 1024)
#define WORKER_NICE 10

int thread_start(pthread_t *ret, const char *name, void *(*run)(void *cls), void *cls)
{
        pthread_attr_t attr;
        sigset_t all, old;
        pthread_t thread;
        int e;

        sigfillset(&all);
        sigdelset(&all, SIGABRT); /* the watchdog's, for a main thread that may not run */
        pthread_sigmask(SIG_SETMASK, &all, &old);
        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, STACK);
        e = pthread_create(&thread, &attr, run, cls);
        pthread_attr_destroy(&attr);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        if (e != 0)
                return -e;
        if (name)
                pthread_setname_np(thread, name);
        *ret = thread;
        return 0;
}

void thread_yield_to_others(void)
{
        int own = getpriority(PRIO_PROCESS, 0);

        if (own < WORKER_NICE) /* of this thread alone, on Linux */
                (void)setpriority(PRIO_PROCESS, (id_t)gettid(), WORKER_NICE);
}
