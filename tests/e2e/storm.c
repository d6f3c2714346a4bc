/* SPDX-License-Identifier: Apache-2.0 */
/* storm fork SECONDS: children with random names, as fast as they come, at most CHILDREN_MAX at a
 * time. storm cgroup SECONDS DIR: cgroups below DIR made and removed as fast as they come, at most
 * CGROUPS_MAX at a time, most with a process that held memory in it. Says at the end how many there
 * were; leaves none behind. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILDREN_MAX 64
#define CGROUPS_MAX  32
#define NAMES        400 /* different ones: more than there are groups with series of their own */
#define CHILD_MIB    1

static uint64_t state = 88172645463325252ULL;

static uint64_t next(void)
{
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state;
}

static double now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A third of the names hold what a parser may stumble over. */
static void random_name(char *name, size_t size)
{
        static const char *const odd[] = { ") S 1 (", "\"\\\n", "\xff\xfe" };
        unsigned long long n = next() % NAMES;

        snprintf(name, size, "%llu%s", n, n % 3 == 0 ? odd[next() % 3] : " storm");
}

static void child(uint64_t r)
{
        struct timespec t = { .tv_nsec = (long)(r >> 8) % 20000000 };
        size_t size = (r >> 40) % (CHILD_MIB << 20);
        char name[16], *p;

        random_name(name, sizeof(name));
        prctl(PR_SET_NAME, name);
        p = mmap(NULL, size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p != MAP_FAILED)
                memset(p, 1, size);
        if (r & 1)
                nanosleep(&t, NULL);
        _exit(0);
}

static unsigned long fork_storm(double until)
{
        unsigned long n = 0;
        unsigned alive = 0;

        while (now() < until) {
                pid_t pid;

                while (alive > 0 && waitpid(-1, NULL, alive < CHILDREN_MAX ? WNOHANG : 0) > 0)
                        alive--;
                pid = fork();
                next();
                if (pid == 0)
                        child(state);
                if (pid > 0)
                        alive++, n++;
        }
        while (wait(NULL) > 0)
                ;
        return n;
}

static void enter(const char *dir)
{
        char path[4096];
        int fd;

        snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
        fd = open(path, O_WRONLY);
        if (fd >= 0 && write(fd, "0\n", 2) != 2)
                _exit(1);
}

/* A cgroup stays busy for a moment after its last process has gone. */
static void remove_dir(const char *dir)
{
        while (rmdir(dir) < 0 && errno == EBUSY)
                nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static unsigned long cgroup_storm(double until, const char *base)
{
        static char dir[CGROUPS_MAX][4096];
        unsigned long n = 0;

        for (; now() < until; n++) {
                char *d = dir[n % CGROUPS_MAX];
                pid_t pid;

                if (d[0])
                        remove_dir(d);
                snprintf(d, sizeof(dir[0]), "%s/storm-%lu%s", base, n,
                         n % 5 == 0   ? ".service"
                         : n % 7 == 0 ? "-\xff\".scope"
                                      : "");
                if (mkdir(d, 0755) < 0) {
                        d[0] = '\0';
                        continue;
                }
                next();
                if (n % 4 == 0)
                        continue;
                pid = fork();
                if (pid == 0) {
                        enter(d);
                        child(state);
                }
                if (pid > 0)
                        waitpid(pid, NULL, 0);
        }
        for (size_t i = 0; i < CGROUPS_MAX; i++)
                if (dir[i][0])
                        remove_dir(dir[i]);
        return n;
}

int main(int argc, char *argv[])
{
        double until;

        if (argc < 3)
                return 2;
        prctl(PR_SET_PDEATHSIG, 9);
        until = now() + strtod(argv[2], NULL);
        if (strcmp(argv[1], "fork") == 0)
                printf("%lu\n", fork_storm(until));
        else if (argc == 4)
                printf("%lu\n", cgroup_storm(until, argv[3]));
        return 0;
}
