/* SPDX-License-Identifier: Apache-2.0 */
/* hold PID COMM: stops the thread of that process which has that name, or the main thread for "-",
 * and none of the others, as a thread is stopped that waits in the kernel for what does not come.
 * Writes a line when it stands, and lets it go when standard input
 * ends. Ends with the thread. */
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t find(const char *pid, const char *comm)
{
        char path[512], name[64];
        struct dirent *e;
        pid_t found = 0;
        DIR *d;

        snprintf(path, sizeof(path), "/proc/%.20s/task", pid);
        d = opendir(path);
        while (d && !found && (e = readdir(d))) {
                FILE *f;

                snprintf(path, sizeof(path), "/proc/%.20s/task/%.20s/comm", pid, e->d_name);
                f = e->d_name[0] != '.' ? fopen(path, "re") : NULL;
                if (!f)
                        continue;
                if (fgets(name, sizeof(name), f)) {
                        name[strcspn(name, "\n")] = '\0';
                        if (strcmp(name, comm) == 0)
                                found = (pid_t)strtol(e->d_name, NULL, 10);
                }
                fclose(f);
        }
        if (d)
                closedir(d);
        return found;
}

int main(int argc, char *argv[])
{
        pid_t tid;
        int status;
        char c;

        if (argc != 3)
                return 2;
        tid = strcmp(argv[2], "-") == 0 ? (pid_t)strtol(argv[1], NULL, 10) : find(argv[1], argv[2]);
        if (tid == 0) {
                fprintf(stderr, "hold: %s has no thread named %s\n", argv[1], argv[2]);
                return 1;
        }
        if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0 ||
            ptrace(PTRACE_INTERRUPT, tid, NULL, NULL) < 0 || waitpid(tid, NULL, __WALL) != tid) {
                perror("hold");
                return 1;
        }
        puts("held");
        fflush(stdout);
        /* A process that is killed is not gone before its tracer knows. */
        while (poll(&(struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN }, 1, 50) == 0 ||
               read(STDIN_FILENO, &c, 1) > 0)
                if (waitpid(tid, &status, __WALL | WNOHANG) == tid &&
                    (WIFEXITED(status) || WIFSIGNALED(status)))
                        break;
        return 0; /* which detaches */
}
