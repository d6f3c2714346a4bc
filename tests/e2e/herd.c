/* SPDX-License-Identifier: Apache-2.0 */
/* herd CHILDREN MIB MAPPINGS NAME: a process and its children, all of that name, which hold so much
 * memory that all of them share, and one MiB each of their own. The first process has so many
 * mappings more than it needs. The last one has 192 of the 256 KiB that it may lock locked, as an
 * ordinary user where that can be had; SIGUSR1 makes it raise the limit to 1 MiB. Writes the
 * children's pids and "ready"; all end with standard input. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define OWN ((size_t)1 << 20)

static char *map(size_t size, int how)
{
        char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, how | MAP_ANONYMOUS, -1, 0);

        if (p == MAP_FAILED)
                exit(1);
        return p;
}

/* Every other page of a range with other rights: one mapping each. */
static void split(unsigned n)
{
        size_t page = (size_t)getpagesize();
        char *p = map((n + 1) * page, MAP_PRIVATE);

        for (unsigned i = 1; i < n; i += 2)
                if (mprotect(p + i * page, page, PROT_NONE) < 0)
                        exit(1);
}

static void raise_limit(int sig)
{
        const struct rlimit limit = { 1024 << 10, 1024 << 10 };

        (void)sig;
        (void)setrlimit(RLIMIT_MEMLOCK, &limit);
}

static void lock_most(void)
{
        const struct rlimit limit = { 256 << 10, 1024 << 10 };
        char *p = map(192 << 10, MAP_PRIVATE);

        if (setrlimit(RLIMIT_MEMLOCK, &limit) < 0 || mlock(p, 192 << 10) < 0 ||
            signal(SIGUSR1, raise_limit) == SIG_ERR)
                exit(1);
        if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
                exit(1);
}

static void wait_for_end(void)
{
        char c;

        while (read(STDIN_FILENO, &c, 1) > 0)
                ; /* signal() restarts it */
}

int main(int argc, char *argv[])
{
        unsigned children;
        size_t size;
        char *shared;

        if (argc != 5 || prctl(PR_SET_NAME, argv[4]) < 0)
                return 2;
        children = (unsigned)strtoul(argv[1], NULL, 10);
        size = strtoul(argv[2], NULL, 10) << 20;
        shared = map(size, MAP_SHARED);
        memset(shared, 1, size);
        for (unsigned i = 0; i < children; i++) {
                int ready[2];
                char c;
                pid_t pid;

                if (pipe(ready) < 0 || (pid = fork()) < 0)
                        return 1;
                if (pid == 0) {
                        memset(map(OWN, MAP_PRIVATE), 1, OWN);
                        for (size_t k = 0; k < size; k += 512)
                                shared[k] = 2;
                        if (i + 1 == children)
                                lock_most();
                        if (write(ready[1], "", 1) != 1)
                                return 1;
                        wait_for_end();
                        _exit(0);
                }
                close(ready[1]);
                if (read(ready[0], &c, 1) != 1)
                        return 1;
                close(ready[0]);
                printf("%d ", (int)pid);
        }
        memset(map(OWN, MAP_PRIVATE), 1, OWN);
        split((unsigned)strtoul(argv[3], NULL, 10));
        printf("ready\n");
        fflush(stdout);
        wait_for_end();
        return 0;
}
