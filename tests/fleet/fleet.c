/* SPDX-License-Identifier: Apache-2.0 */
/* fleet [--keep] DIR HOSTS DAY [FAULT=HOST...]: writes HOSTS simulated hosts below DIR, each in a
 * directory of its name, and moves them once a second until it is told to end: by SIGTERM, SIGINT,
 * or, without --keep, the end of standard input. DAY is how many seconds the daily cycle takes.
 * Prints a line "NAME ROLE FAULT" for each host once all are there, then an empty one, and closes
 * its standard output. */
#include "tree.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define HOSTS_MAX 500
#define UNITS     5  /* seconds from one writing of cgroups and processes to the next */
#define REST      10 /* of what moves slowly */
#define SEED      20260101
#define HEALTHY   20.0 /* seconds before the first fault begins */

struct host {
        struct sim_host model;
        struct sim_tree tree;
};

static volatile sig_atomic_t is_over;

static void end(int signal)
{
        (void)signal;
        is_over = 1;
}

/* The roles by turns, so that the names say who is alike. */
static void init(struct host *hosts, unsigned n, double day)
{
        for (unsigned i = 0; i < n; i++) {
                struct sim_host *h = &hosts[i].model;

                sim_init(h, (enum sim_role)(i % SIM_ROLES), i / SIM_ROLES, SEED);
                sim_compress(h, day);
        }
}

static int inject(struct host *hosts, unsigned n, const char *what)
{
        const char *name = strchr(what, '=');

        for (unsigned f = 0; name && f < SIM_FAULTS; f++) {
                if (strncmp(what, sim_fault_name(f), (size_t)(name - what)) != 0 ||
                    strlen(sim_fault_name(f)) != (size_t)(name - what))
                        continue;
                for (unsigned i = 0; i < n; i++)
                        if (strcmp(hosts[i].model.name, name + 1) == 0)
                                return sim_inject(&hosts[i].model, f, HEALTHY);
        }
        return -ENOENT;
}

static int make(struct host *hosts, unsigned n, const char *dir)
{
        int r = 0;

        for (unsigned i = 0; i < n && r == 0; i++) {
                char path[512];

                snprintf(path, sizeof(path), "%s/%s", dir, hosts[i].model.name);
                r = sim_tree_make(&hosts[i].tree, path, &hosts[i].model);
        }
        for (unsigned i = 0; i < n && r == 0; i++)
                printf("%s %s %s\n", hosts[i].model.name, sim_role_name(hosts[i].model.role),
                       sim_fault_name(hosts[i].model.fault));
        printf("\n");
        return r ?: fclose(stdout) != 0 ? -errno : 0;
}

/* A second of every host. What is dear is written by turns. */
static int step(struct host *hosts, unsigned n, double now, double dt, unsigned long count)
{
        int r = 0;

        for (unsigned i = 0; i < n && r == 0; i++) {
                unsigned what = SIM_TREE_HOST | SIM_TREE_LOG;

                sim_step(&hosts[i].model, now, dt);
                if ((count + i) % UNITS == 0)
                        what |= SIM_TREE_UNITS;
                if ((count + i) % REST == 0)
                        what |= SIM_TREE_REST;
                r = sim_tree_write(&hosts[i].tree, &hosts[i].model, what);
        }
        return r;
}

static double clock_now(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* False at the end of standard input. */
static bool wait_for(double seconds, bool keep)
{
        struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
        char c;

        return poll(&in, keep ? 0 : 1, seconds > 0 ? (int)(seconds * 1000) : 0) <= 0 ||
               read(STDIN_FILENO, &c, 1) > 0;
}

static int run(struct host *hosts, unsigned n, bool keep)
{
        double begin = clock_now(), last = begin;
        int r = 0;

        for (unsigned long i = 1; r == 0 && !is_over; i++) {
                double now;

                if (!wait_for(begin + (double)i - clock_now(), keep))
                        break;
                now = clock_now();
                if (now - last < 0.05)
                        continue;
                r = step(hosts, n, now - begin, now - last, i);
                last = now;
        }
        return r;
}

int main(int argc, char **argv)
{
        bool keep = argc > 1 && strcmp(argv[1], "--keep") == 0;
        struct rlimit files = { 0 };
        struct host *hosts;
        unsigned n;
        int r = 0;

        argc -= keep;
        argv += keep;
        if (argc < 4 || (n = (unsigned)strtoul(argv[2], NULL, 10)) == 0 || n > HOSTS_MAX ||
            strtod(argv[3], NULL) < 24) {
                fprintf(stderr, "usage: fleet [--keep] DIR HOSTS DAY [FAULT=HOST...]\n");
                return 2;
        }
        sigaction(SIGTERM, &(struct sigaction){ .sa_handler = end }, NULL);
        sigaction(SIGINT, &(struct sigaction){ .sa_handler = end }, NULL);
        if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
                files.rlim_cur = files.rlim_max;
                setrlimit(RLIMIT_NOFILE, &files);
        }
        hosts = calloc(n, sizeof(*hosts));
        if (!hosts)
                return 1;
        init(hosts, n, strtod(argv[3], NULL));
        for (int i = 4; i < argc && r == 0; i++) {
                r = inject(hosts, n, argv[i]);
                if (r < 0)
                        fprintf(stderr, "fleet: %s: no such host or fault, or it cannot have it\n",
                                argv[i]);
        }
        r = r ?: make(hosts, n, argv[1]);
        r = r ?: run(hosts, n, keep);
        for (unsigned i = 0; i < n; i++)
                sim_tree_close(&hosts[i].tree);
        free(hosts);
        if (r < 0)
                fprintf(stderr, "fleet: %s\n", strerror(-r));
        return r < 0;
}
