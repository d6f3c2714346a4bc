/* SPDX-License-Identifier: Apache-2.0 */
/* memory_exporter: a table of contents. */
#include "engine.h"
#include "http.h"
#include "lifecycle.h"
#include "listeners.h"
#include "loop.h"
#include "mx/cleanup.h"
#include "once.h"

#include <errno.h>
#include <link.h>
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
#define STOP_LIMIT_USEC 1000000
#define STOP_LIMIT_S    3

/* Gives back the pages of code and constants that only the start has needed, above all those of the
 * libraries: about a megabyte. What is used again comes back from the page cache at its first use.
 * Segments that are ever written to are left alone. */
static int forget_segments(struct dl_phdr_info *info, size_t size, void *cls)
{
        uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

        (void)size, (void)cls;
        for (size_t i = 0; i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
                uintptr_t start = info->dlpi_addr + segment->p_vaddr,
                          end = start + segment->p_memsz;

                start &= ~(page - 1);
                if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W) &&
                    !strstr(info->dlpi_name, "vdso"))
                        (void)madvise((void *)start, end - start, MADV_DONTNEED);
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

/* The web side of the main thread's work. */
struct web_side {
        struct http *http;
        struct page *page;
};

static int reload_web(void *cls, const struct settings *s, char *error)
{
        return http_reload(((struct web_side *)cls)->http, s, error);
}

static size_t web_paths(void *cls, const char **ret, size_t max)
{
        return http_files(((struct web_side *)cls)->http, ret, max);
}

static void note(void *cls)
{
        page_note(((struct web_side *)cls)->page);
}

static int serve_socket(void *cls, int fd)
{
        return http_listen(cls, fd);
}

/* Everything between the engine's start and its stop. */
static int serve_engine(struct engine *engine, struct settings *s, int argc, char *const *argv)
{
        struct web_side web = { NULL, NULL };
        struct loop_hooks hooks = { NULL, reload_web, web_paths, note, &web };
        char error[SETTINGS_ERROR_MAX] = "out of memory";
        struct listeners *listeners = NULL;
        struct lifecycle *lifecycle = NULL;
        struct loop *loop = NULL;
        int r;

        r = lifecycle_new(&lifecycle) ?: page_new(&web.page, engine, s->telemetry_path);
        r = r ?: http_new(&web.http, engine, web.page, lifecycle, s, error);
        hooks.lifecycle = lifecycle;
        if (r == 0) {
                snprintf(error, sizeof(error), "cannot set up the event loop");
                r = loop_new(&loop, engine, &hooks, argc, argv);
        }
        if (r < 0)
                log_event(LOG_LEVEL_ERROR, "cannot start", "reason", error, "error", strerror(-r),
                          NULL);
        else /* the listeners say themselves why they cannot be opened */
                r = listeners_open(&listeners, s, serve_socket, web.http) ?: loop_run(loop);
        guard_stop();
        loop_free(loop);
        lifecycle_stop(lifecycle); /* http, which asks, is freed before it */
        listeners_free(listeners); /* before their sockets are closed */
        http_free(web.http);
        page_free(web.page);
        lifecycle_free(lifecycle);
        return r;
}

static int serve(struct settings *s, int argc, char *const *argv)
{
        char error[SETTINGS_ERROR_MAX] = "";
        struct engine engine;
        size_t hanging;
        int r;

        loop_block_signals();
        set_up_allocator();
        dl_iterate_phdr(forget_segments, NULL); /* before it would be locked */
        lock_memory();
        r = engine_init(&engine, s, error);
        if (r < 0) {
                log_event(LOG_LEVEL_ERROR, error, NULL);
                return r;
        }
        r = serve_engine(&engine, s, argc, argv);
        hanging = engine_stop(&engine, STOP_LIMIT_USEC);
        log_event(LOG_LEVEL_INFO, "stopped", NULL);
        if (hanging > 0)
                _exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS); /* their memory is still in use */
        return r;
}

static int run(struct settings *s, enum action action, int argc, char *const *argv)
{
        char error[SETTINGS_ERROR_MAX] = "";

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
                if (http_check(s, error) < 0) {
                        fprintf(stderr, "memory_exporter: %s\n", error);
                        return -EINVAL;
                }
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
