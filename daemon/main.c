/* SPDX-License-Identifier: Apache-2.0 */
/* memory_exporter: a table of contents. */
#include "capability.h"
#include "describe.h"
#include "engine.h"
#include "http.h"
#include "lifecycle.h"
#include "listeners.h"
#include "log_output.h"
#include "loop.h"
#include "mx/cleanup.h"
#include "needs.h"
#include "once.h"
#include "plugin.h"

#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>

/* For clients to ask what they are about to ask, and to take their answers; for workers to end what
 * they are at (one that hangs is left behind); and for everything: after that the process ends as
 * it stands. */
#define DRAIN_USEC      1000000
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
        struct rlimit limit;

        if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY)
                return true;
        return capabilities_held() >> CAP_IPC_LOCK & 1;
}

/* Locked pages answer while the host swaps. ONFAULT: what is never touched is never paid for.
 * Without the privilege the daemon goes on, and the locked_memory_bytes metric tells. */
static void lock_memory(void)
{
        bool may = may_lock_all();

        if (!may)
                errno = EPERM;
        else if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)
                return;
        log_event_id(LOG_LEVEL_INFO, LOG_ID_MEMORY_NOT_LOCKED, errno,
                     "memory is not locked: answers may be late while the host swaps", "capability",
                     may ? NULL : capability_name(CAP_IPC_LOCK), NULL);
}

/* One arena, as next to nothing is allocated once the daemon is warm. Without this every thread has
 * an arena of its own. Large buffers are apart from it, so that they are given back when they are
 * freed, and of arrays that are made for a cap only what is used is resident: in the arena calloc()
 * writes zeroes to all of it. From 32 KiB on rather than 128 that is 180 KiB less with every
 * collector at work; from 16 KiB on the rest of the last page of each takes it back. */
static void set_up_allocator(void)
{
        mallopt(M_ARENA_MAX, 1);
        mallopt(M_MMAP_THRESHOLD, 32 * 1024);
}

static void *end_after_limit(void *cls)
{
        nanosleep(&(struct timespec){ .tv_sec = STOP_LIMIT_S }, NULL);
        log_event_id(LOG_LEVEL_ERROR, LOG_ID_STOP_TOO_LONG, 0,
                     "the stop takes too long, ending as it stands", NULL);
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
        const struct engine *engine;
        const struct settings *settings; /* as at the start */
        struct listeners *listeners;
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

static bool is_alive(void *cls)
{
        return http_is_alive(((struct web_side *)cls)->http);
}

static int serve_socket(void *cls, int fd, bool is_ours)
{
        return http_listen(cls, fd, is_ours);
}

static void drain(struct http *http)
{
        char n[24];
        size_t left;

        log_event(LOG_LEVEL_INFO, "stopping", NULL);
        left = http_drain(http, DRAIN_USEC);
        snprintf(n, sizeof(n), "%zu", left);
        if (left > 0)
                log_event(LOG_LEVEL_WARN, "connections are cut: the stop waits no longer for them",
                          "connections", n, NULL);
}

/* The listeners say themselves why they cannot be opened. */
static int listen_and_tell(void *cls)
{
        struct web_side *w = cls;
        char collectors[24];
        int r = listeners_open(&w->listeners, w->settings, serve_socket, w->http);

        if (r < 0)
                return r;
        snprintf(collectors, sizeof(collectors), "%zu", w->engine->n_runners);
        log_event_id(LOG_LEVEL_INFO, LOG_ID_STARTED, 0, "started", "version", version_text(),
                     "collectors", collectors, NULL);
        needs_tell(w->settings, NULL, &w->engine->host);
        return 0;
}

/* Everything between the engine's start and its stop. */
static int serve_engine(struct engine *engine, struct settings *s, int argc, char *const *argv)
{
        struct web_side web = { .engine = engine, .settings = s };
        struct loop_hooks hooks = { .listen = listen_and_tell,
                                    .reload_web = reload_web,
                                    .web_paths = web_paths,
                                    .note = note,
                                    .is_alive = is_alive,
                                    .cls = &web };
        char error[SETTINGS_ERROR_MAX] = "out of memory";
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
                log_errno(LOG_LEVEL_ERROR, r, "cannot start", "reason", error, NULL);
        else
                r = loop_run(loop);
        guard_stop();
        loop_free(loop);
        lifecycle_stop(lifecycle); /* http, which asks, is freed before it */
        listeners_free(
                web.listeners); /* before their sockets are closed, and nobody else is let in */
        drain(web.http);
        http_free(web.http);
        page_free(web.page);
        lifecycle_free(lifecycle);
        return r;
}

/* EX_CONFIG: what the daemon was given cannot be used, and another try would not make it better. */
static int exit_status(int r)
{
        if (r >= 0)
                return EXIT_SUCCESS;
        return r == -EINVAL ? EX_CONFIG : EXIT_FAILURE;
}

/* Of settings that could not be loaded: their fault, or that of a host that has run out of
 * something, which passes. */
static int load_status(int r, enum action action)
{
        bool passes = r == -ENOMEM || r == -EMFILE || r == -ENFILE || r == -EIO;

        return action == ACTION_RUN && !passes ? EX_CONFIG : EXIT_FAILURE;
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
                _exit(exit_status(r)); /* their memory is still in use */
        return r;
}

/* Before there is a log, for whoever has typed the command; in the journal it is an error. */
static void complain(const char *error)
{
        enum log_form form = log_choose(LOG_FORMAT_AUTO, STDERR_FILENO, getenv("JOURNAL_STREAM"));

        fprintf(stderr, "%smemory_exporter: %s\n", form == LOG_FORM_JOURNAL ? "<3>" : "", error);
}

/* A plugin whose name is not *.so is none, and nothing says so but this. */
static void tell_plugins(const struct settings *s)
{
        for (size_t i = 0; s->plugins && i < s->plugins->n; i++)
                printf("%s: the plugin is good: collector %s\n", s->plugins->plugin[i].path,
                       s->plugins->plugin[i].collector->name);
        if (s->plugins && s->plugins->n == 0)
                printf("%s: no plugin (*.so) was found\n", s->plugin_dir);
}

/* All that a start would refuse or warn of, and that can be known without listening. */
static int check(const struct settings *s)
{
        char error[SETTINGS_ERROR_MAX] = "";
        struct mx_host host;
        int r = host_open(&host, s, error);

        if (r == 0) {
                host_close(&host);
                r = http_check(s, error);
        }
        if (r < 0) {
                complain(error);
                return -EINVAL;
        }
        printf("%s: the configuration is good\n", s->config_file ? s->config_file : "defaults");
        if (s->web_config_file && s->web_config_file[0])
                printf("%s: the web configuration is good\n", s->web_config_file);
        tell_plugins(s);
        return 0;
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
                return check(s);
        case ACTION_HELP:
                settings_print_help(s);
                return 0;
        case ACTION_VERSION:
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
                complain(error);
                return load_status(r, action);
        }
        signal(SIGPIPE, SIG_IGN);
        if (!s) {
                if (action == ACTION_VERSION)
                        settings_print_version();
                else
                        settings_print_help(NULL);
                return EXIT_SUCCESS;
        }
        log_setup(s->log_level, s->log_format);
        for (size_t i = 0; i < s->n_warnings; i++)
                log_event(LOG_LEVEL_WARN, s->warnings[i], NULL);
        r = run(s, action, argc, argv);
        settings_unref(s);
        if (action == ACTION_RUN)
                return exit_status(r);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
