/* SPDX-License-Identifier: Apache-2.0 */
#include "thread.h"

#include <signal.h>

#define STACK (256 * 1024)

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
        pthread_setname_np(thread, name);
        *ret = thread;
        return 0;
}
