/* SPDX-License-Identifier: Apache-2.0 */
/* LD_PRELOAD: counts the allocations of the main program, whoever it calls in the C library for
 * them, and those that a compression library makes for it, apart from those that other libraries
 * make for themselves. At SIGUSR1 the counts go to the file $MX_ALLOC_FILE: "ours N", "others N",
 * then "at ADDRESS N CALLER..." for each place in the program, relative to where it is loaded, as
 * addr2line wants it. */
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PLACES_MAX 256
#define FRAMES_MAX 32
#define DEPTH      4 /* callers that are told for each place */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

struct range {
        uintptr_t base, from, to;
};

static struct range program, libc, zlib, zstd;
static atomic_ulong ours, others;
static struct {
        atomic_uintptr_t address;
        atomic_ulong n;
        uintptr_t callers[DEPTH]; /* of the last time */
} places[PLACES_MAX];
static __thread bool busy;
static atomic_bool is_ready;

static bool lies_in(uintptr_t a, const struct range *r)
{
        return a >= r->from && a < r->to;
}

static int find_ranges(struct dl_phdr_info *info, size_t size, void *cls)
{
        static bool has_program;
        struct range *r = !has_program                             ? &program
                          : strstr(info->dlpi_name, "/libc.so")    ? &libc
                          : strstr(info->dlpi_name, "/libz.so")    ? &zlib
                          : strstr(info->dlpi_name, "/libzstd.so") ? &zstd
                                                                   : NULL;

        (void)size, (void)cls;
        has_program = true;
        for (int i = 0; r && i < info->dlpi_phnum; i++) {
                const ElfW(Phdr) *p = &info->dlpi_phdr[i];

                if (p->p_type == PT_LOAD && (p->p_flags & PF_X))
                        *r = (struct range){ info->dlpi_addr, info->dlpi_addr + p->p_vaddr,
                                             info->dlpi_addr + p->p_vaddr + p->p_memsz };
        }
        return 0;
}

/* Who called the place: the next frames in the program. */
static void note_callers(uintptr_t *ret, uintptr_t address)
{
        void *frame[FRAMES_MAX];
        int n = backtrace(frame, FRAMES_MAX), k = 0;
        bool met = false;

        memset(ret, 0, DEPTH * sizeof(*ret));
        for (int i = 0; i < n && k < DEPTH; i++) {
                uintptr_t a = (uintptr_t)frame[i] - program.base - 1;

                if (met && lies_in((uintptr_t)frame[i], &program))
                        ret[k++] = a;
                met = met || a == address;
        }
}

static void note(uintptr_t address)
{
        atomic_fetch_add(&ours, 1);
        for (size_t i = 0; i < PLACES_MAX; i++) {
                uintptr_t seen = 0;

                if (atomic_compare_exchange_strong(&places[i].address, &seen, address) ||
                    seen == address) {
                        atomic_fetch_add(&places[i].n, 1);
                        note_callers(places[i].callers, address);
                        return;
                }
        }
}

/* The caller in the C library was called by somebody: the first frame outside of it tells. */
static uintptr_t behind_libc(void)
{
        void *frame[FRAMES_MAX];
        int n = backtrace(frame, FRAMES_MAX);
        bool met = false;

        for (int i = 0; i < n; i++) {
                met = met || lies_in((uintptr_t)frame[i], &libc);
                if (met && !lies_in((uintptr_t)frame[i], &libc))
                        return (uintptr_t)frame[i];
        }
        return 0;
}

/* Who works a compression library. */
static uintptr_t in_program(void)
{
        void *frame[FRAMES_MAX];
        int n = backtrace(frame, FRAMES_MAX);

        for (int i = 0; i < n; i++)
                if (lies_in((uintptr_t)frame[i], &program))
                        return (uintptr_t)frame[i];
        return 0;
}

static void count(uintptr_t caller)
{
        if (!atomic_load(&is_ready) || busy)
                return;
        busy = true;
        if (lies_in(caller, &libc))
                caller = behind_libc();
        if (lies_in(caller, &zlib) || lies_in(caller, &zstd))
                caller = in_program();
        if (lies_in(caller, &program))
                note(caller - program.base - 1);
        else
                atomic_fetch_add(&others, 1);
        busy = false;
}

#define CALLER ((uintptr_t)__builtin_return_address(0))

void *malloc(size_t size)
{
        count(CALLER);
        return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
        count(CALLER);
        return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
        count(CALLER);
        return __libc_realloc(p, size);
}

void *aligned_alloc(size_t align, size_t size)
{
        count(CALLER);
        return __libc_memalign(align, size);
}

int posix_memalign(void **ret, size_t align, size_t size)
{
        count(CALLER);
        *ret = __libc_memalign(align, size);
        return *ret ? 0 : 12;
}

static void on_signal(int signal)
{
        const char *path = getenv("MX_ALLOC_FILE");
        char text[PLACES_MAX * 160], temporary[4096];
        size_t len;
        int fd;

        (void)signal;
        if (!path)
                return;
        len = (size_t)snprintf(text, sizeof(text), "ours %lu\nothers %lu\n", atomic_load(&ours),
                               atomic_load(&others));
        for (size_t i = 0; i < PLACES_MAX && atomic_load(&places[i].address); i++) {
                len += (size_t)snprintf(text + len, sizeof(text) - len, "at 0x%lx %lu",
                                        (unsigned long)atomic_load(&places[i].address),
                                        atomic_load(&places[i].n));
                for (size_t k = 0; k < DEPTH && places[i].callers[k]; k++)
                        len += (size_t)snprintf(text + len, sizeof(text) - len, " 0x%lx",
                                                (unsigned long)places[i].callers[k]);
                text[len++] = '\n';
        }
        snprintf(temporary, sizeof(temporary), "%s.new", path);
        fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0)
                return;
        if (write(fd, text, len) == (ssize_t)len)
                rename(temporary, path);
        close(fd);
}

static void __attribute__((constructor)) begin(void)
{
        struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
        void *frame[2];

        (void)backtrace(frame, 2); /* loads the unwinder, which allocates */
        dl_iterate_phdr(find_ranges, NULL);
        sigaction(SIGUSR1, &sa, NULL);
        atomic_store(&is_ready, true);
}
