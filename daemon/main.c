/* SPDX-License-Identifier: Apache-2.0 */
/* memory_exporter: a table of contents. */
#include "engine.h"
#include "http.h"
#include "listener.h"
#include "loop.h"
#include "mx/cleanup.h"
#include "once.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

/* For workers to end what they are at (one that hangs is left behind), and for everything: after
 * that the process ends as it stands. */
#define STOP_LIMIT_USEC       1000000
#define STOP_LIMIT_S          3
#define LISTENERS_PER_ADDRESS 8

static int listen_all(struct http *h, const struct settings *s)
{
        for (size_t i = 0; i < s->n_listen; i++) {
                int fds[LISTENERS_PER_ADDRESS];
                const char *what;
                int n = listener_open(s->listen[i], fds, MX_ARRAY_SIZE(fds), &what);

                if (n < 0) {
                        log_event(LOG_LEVEL_ERROR, what, "address", s->listen[i], "error",
                                  strerror(-n), NULL);
                        return n;
                }
                for (int k = 0; k < n; k++) {
                        char text[LISTENER_TEXT_MAX];
                        int r;

                        listener_text(fds[k], text);
                        r = http_listen(h, fds[k]);
                        if (r < 0)
                                return r;
                        log_event(LOG_LEVEL_INFO, "listening", "address", text, "path",
                                  s->telemetry_path, NULL);
                }
        }
        return 0;
}

/* May any amount be locked? Otherwise locking what is allocated later could make the allocations
 * fail. */
static bool may_lock_all(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
        struct rlimit limit;

        if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
                return true;
        return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & 1U << CAP_IPC_LOCK);
}

/* Locked pages answer while the host swaps. ONFAULT: what is never touched is never paid for.
 * Without the privilege the daemon goes on, and the locked_memory_bytes metric tells. */
static void lock_memory(void)
{
        if (!may_lock_all())
                errno = EPERM;
        else if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
                return;
        log_event(LOG_LEVEL_INFO, "memory is not locked: answers may be late while the host swaps",
                  "error", strerror(errno), NULL);
}

/* One arena, as next to nothing is allocated once the daemon is warm, and large buffers apart from
 * it, so that they are given back when they are freed. Without this every thread has an arena of
 * its own. */
static void set_up_allocator(void)
{
        mallopt(M_ARENA_MAX, 1);
        mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}

static void *end_after_limit(void *cls)
{
        nanosleep(&(struct timespec){ .tv_sec = STOP_LIMIT_S }, NULL);
        log_event(LOG_LEVEL_ERROR, "the stop takes too long, ending as it stands", NULL);
        _exit(EXIT_FAILURE);
        return cls;
}

/* Whatever a library waits for: a stop ends. */
static void guard_stop(void)
{
        pthread_t thread;

        if (pthread_create(&thread, NULL, end_after_limit, NULL) == 0)
                pthread_detach(thread);
}

static void loop_freep(struct loop **l)
{
        loop_free(*l);
}

static int serve(struct settings *s, int argc, char *const *argv)
{
        mx_cleanup_(loop_freep) struct loop *loop = NULL;
        char error[SETTINGS_ERROR_MAX] = "";
        struct http *http = NULL;
        struct engine engine;
        size_t hanging;
        int r;

        loop_block_signals();
        set_up_allocator();
        lock_memory();
        r = engine_init(&engine, s, error);
        if (r < 0) {
                log_event(LOG_LEVEL_ERROR, error, NULL);
                return r;
        }
        r = http_new(&http, &engine, s->telemetry_path);
        r = r ?: loop_new(&loop, &engine, argc, argv);
        r = r ?: listen_all(http, s);
        if (r < 0)
                log_event(LOG_LEVEL_ERROR, "cannot start", "error", strerror(-r), NULL);
        else
                r = loop_run(loop);
        guard_stop();
        loop_free(MX_TAKE_PTR(loop));
        http_free(http);
        hanging = engine_stop(&engine, STOP_LIMIT_USEC);
        log_event(LOG_LEVEL_INFO, "stopped", NULL);
        if (hanging > 0)
                _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS); /* their memory is still in use */
        return r;
}

static int run(struct settings *s, enum action action, int argc, char *const *argv)
{
        switch (action) {
        case ACTION_ONCE:
                return once(s, STDOUT_FILENO);
        case ACTION_LIST_METRICS:
                settings_print_catalogue(s);
                return 0;
        case ACTION_PRINT_CONFIG:
                settings_print_config(s);
                return 0;
        case ACTION_CHECK_CONFIG:
                printf("%s: the configuration is good\n",
                       s->config_file ? s->config_file : "defaults");
                return 0;
        case ACTION_VERSION:
        case ACTION_HELP:
        case ACTION_RUN:
                break;
        }
        return serve(s, argc, argv);
}

int main(int argc, char *argv[])
{
        char error[SETTINGS_ERROR_MAX] = "";
        struct settings *s = NULL;
        enum action action = ACTION_RUN;
        int r = settings_load(&s, argc, argv, &action, error);

        if (r < 0) {
                fprintf(stderr, "memory_exporter: %s\n", error);
                return EXIT_FAILURE;
        }
        signal(SIGPIPE, SIG_IGN);
        if (!s) { /* these two look at nothing else */
                if (action == ACTION_VERSION)
                        settings_print_version();
                else
                        settings_print_help();
                return EXIT_SUCCESS;
        }
        log_setup(s->log_level, s->log_format);
        for (size_t i = 0; i < s->n_warnings; i++)
                log_event(LOG_LEVEL_WARN, s->warnings[i], NULL);
        r = run(s, action, argc, argv);
        settings_unref(s);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
