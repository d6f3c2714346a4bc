/* SPDX-License-Identifier: Apache-2.0 */
/* A crowd to look at: sleeping processes, and cgroups for them to be in.
 *
 *   crowd PROCESSES [CGROUPS DIRECTORY]
 *
 * Makes DIRECTORY/0 ... under a cgroup hierarchy, spreads the processes over them, prints "ready",
 * and ends with SIGTERM, SIGINT, SIGHUP or when its parent dies. Nothing is left behind: the
 * processes read a pipe that only this one holds open, so that they end with it whatever ends it,
 * and the cgroups are removed when they are empty. The processes have fifty names. */
#include "mx/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define PROCESSES_MAX 20000
#define CGROUPS_MAX   5000
#define NAMES         50
#define REMOVE_TRIES  200 /* a cgroup is busy until the last of its processes has been reaped */

static unsigned number(const char *text, unsigned max)
{
        char *end;
        unsigned long v = strtoul(text, &end, 10);

        if (*end != '\0' || v > max) {
                fprintf(stderr, "crowd: '%s' is not a number up to %u\n", text, max);
                exit(2);
        }
        return (unsigned)v;
}

static void cgroup_path(char *path, size_t size, const char *dir, unsigned i, const char *file)
{
        snprintf(path, size, "%s/%u%s", dir, i, file);
}

static int make_cgroups(const char *dir, unsigned n)
{
        char path[512];

        if (mkdir(dir, 0755) < 0)
                return -errno;
        for (unsigned i = 0; i < n; i++) {
                cgroup_path(path, sizeof(path), dir, i, "");
                if (mkdir(path, 0755) < 0)
                        return -errno;
        }
        return 0;
}

static void remove_cgroups(const char *dir, unsigned n)
{
        char path[512];
        int r = 0;

        for (unsigned i = 0; i <= n; i++) {
                if (i < n)
                        cgroup_path(path, sizeof(path), dir, i, "");
                else
                        snprintf(path, sizeof(path), "%s", dir);
                for (int t = 0; (r = rmdir(path)) < 0 && errno == EBUSY && t < REMOVE_TRIES; t++)
                        usleep(10000);
                if (r < 0 && errno != ENOENT)
                        perror(path);
        }
}

static void enter(const char *dir, unsigned i)
{
        char path[512];
        mx_cleanup_close_ int fd = -1;

        cgroup_path(path, sizeof(path), dir, i, "/cgroup.procs");
        fd = open(path, O_WRONLY | O_CLOEXEC);
        if (fd < 0 || write(fd, "0", 1) != 1)
                _exit(1);
}

static void sleeper(unsigned i, unsigned cgroups, const char *dir, const int pipe_fd[2])
{
        char name[16], c;

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        signal(SIGINT, SIG_IGN); /* the parent is the one to end it */
        snprintf(name, sizeof(name), "crowd-%u", i % NAMES);
        prctl(PR_SET_NAME, name);
        if (cgroups > 0)
                enter(dir, i % cgroups);
        close(pipe_fd[1]);
        while (read(pipe_fd[0], &c, 1) < 0 && errno == EINTR)
                ;
        _exit(0);
}

int main(int argc, char *argv[])
{
        unsigned n, cgroups = 0, made = 0;
        const char *dir = NULL;
        int pipe_fd[2], sig, r = 0;
        sigset_t set;

        if (argc != 2 && argc != 4)
                return fprintf(stderr, "usage: crowd PROCESSES [CGROUPS DIRECTORY]\n"), 2;
        n = number(argv[1], PROCESSES_MAX);
        if (argc == 4) {
                cgroups = number(argv[2], CGROUPS_MAX);
                dir = argv[3];
        }
        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGHUP);
        sigprocmask(SIG_BLOCK, &set, NULL);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (pipe2(pipe_fd, O_CLOEXEC) < 0)
                return 1;
        if (cgroups > 0)
                r = make_cgroups(dir, cgroups);
        if (r < 0)
                fprintf(stderr, "crowd: %s: %s\n", dir, strerror(-r));
        for (; r == 0 && made < n; made++) {
                pid_t pid = fork();

                if (pid == 0)
                        sleeper(made, cgroups, dir, pipe_fd);
                if (pid < 0)
                        r = -errno;
        }
        if (r == 0) {
                puts("ready");
                fflush(stdout);
                sigwait(&set, &sig);
        }
        close(pipe_fd[1]);
        while (wait(NULL) > 0 || errno == EINTR)
                ;
        if (cgroups > 0 && r != -EEXIST)
                remove_cgroups(dir, cgroups);
        return r < 0;
}
