/* SPDX-License-Identifier: Apache-2.0 */
/* CPU of one collection against the floor: a bare program that reads the same files and looks at
 * nothing.
 *
 *   bench [-r rounds] [-t milliseconds] [-f] [-R root] [-s option=value]... collector...
 *   bench -l
 *
 * -R reads root/proc and root/sys, such as those of a captured machine, in place of the host's. -l
 * lists the collectors that run by timer by default, and their intervals in seconds, 0 for the
 * schedule's.
 *
 * "inline" names what a scrape refreshes: all inline collectors, one after the other, with one
 * cache. Both run in this process by turns (ABAB), each for the given CPU time a round; the medians
 * are printed:
 *
 *   meminfo <tab> 6.61 <tab> 5.40 <tab> 1.22 <tab> 1 <tab> 0 <tab> 57 <tab> 6.7 <tab> 5.40 <tab> 1
 *   name, collector us, floor us, ratio, files, directories walked through, series, wall-clock us,
 *   and of all files: floor us, files
 *
 * The floor's files are those that the third run of the collector read (record.h), each once, and
 * opened in the cheaper of two ways (floor.h). A collector may read less than all in a run, as
 * process does; the floor of all files reads what the next CYCLE runs read, each file once, and is
 * what a collector would be compared with that reads all each time. -f prints the files of the
 * third run after a '#', summed up by pattern; -s sets an option of the collectors that have it. */
#include "floor.h"

#include "cache.h"
#include "instance.h"
#include "option.h"
#include "table.h"
#include "users.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#define ROUNDS_MAX     101
#define COLLECTORS_MAX 32
#define SETTINGS_MAX   8
#define WARM_UP                                                                                    \
        3 /* runs: buffers have grown, groups and units are known, files that stay open are */

#define CYCLE 4 /* runs after which each file has been read: the default of process's reread */

struct bench {
        unsigned rounds;
        double ms;
        bool print_files;
        const char *set[SETTINGS_MAX]; /* option=value */
        unsigned n_set;
        struct mx_host host;
};

struct samples {
        double v[ROUNDS_MAX];
        unsigned n;
};

static double now(clockid_t clock)
{
        struct timespec ts;

        clock_gettime(clock, &ts);
        return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double median(struct samples *s)
{
        qsort(s->v, s->n, sizeof(s->v[0]), by_value);
        return s->n % 2 ? s->v[s->n / 2] : (s->v[s->n / 2 - 1] + s->v[s->n / 2]) / 2;
}

/* One side of the comparison. */
struct side {
        void (*run)(void *cls);
        void *cls;
        unsigned long times; /* per round */
        struct samples cpu, wall;
};

static void calibrate(struct side *s, double ms)
{
        double start = now(CLOCK_PROCESS_CPUTIME_ID), one;
        unsigned long n = 0;

        while (n < 1000 && now(CLOCK_PROCESS_CPUTIME_ID) - start < 2000) {
                s->run(s->cls);
                n++;
        }
        one = (now(CLOCK_PROCESS_CPUTIME_ID) - start) / (double)n;
        s->times = (unsigned long)(ms * 1000 / one) + 1;
}

static void round_of(struct side *s)
{
        double wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);

        for (unsigned long i = 0; i < s->times; i++)
                s->run(s->cls);
        s->cpu.v[s->cpu.n++] = (now(CLOCK_PROCESS_CPUTIME_ID) - cpu) / (double)s->times;
        s->wall.v[s->wall.n++] = (now(CLOCK_MONOTONIC) - wall) / (double)s->times;
}

/* The collectors that are run one after the other: a single one, as a rule. */
struct collectors {
        const char *name;
        struct instance instance[COLLECTORS_MAX];
        void *options[COLLECTORS_MAX];
        size_t n;
        struct mx_cache *cache; /* shared; NULL for a single one, which has its own */
        bool failed;
        struct mx_err err;
        uint64_t series;
};

static void run_collectors(void *cls)
{
        struct collectors *c = cls;

        c->series = 0;
        if (c->cache)
                mx_cache_round(c->cache);
        for (size_t i = 0; i < c->n; i++) {
                struct fragment *f = NULL;
                enum outcome o = instance_run(&c->instance[i], &f, &c->err);

                if (o == OUTCOME_OK)
                        c->series += f->series;
                else if (o != OUTCOME_UNSUPPORTED || c->n == 1)
                        c->failed = true;
                fragment_unref(f);
        }
}

static void run_floor(void *cls)
{
        floor_run(cls, false);
}

static void run_floor_by_parent(void *cls)
{
        floor_run(cls, true);
}

/* /proc/1234/stat -> /proc/PID/stat; /sys/fs/cgroup/memory/a/b/memory.stat ->
 * /sys/fs/cgroup/.../memory.stat */
static void pattern_of(const char *path, const struct mx_host *host, char *out, size_t size)
{
        const char *slash = strrchr(path, '/');
        size_t proc = strlen(host->proc_path), cg = strlen(host->cgroup_path);

        if (strncmp(path, host->proc_path, proc) == 0 && path[proc] == '/' &&
            mx_is_digit(path[proc + 1])) {
                slash = strchr(path + proc + 1, '/');
                snprintf(out, size, "%s/PID%s", host->proc_path, slash ? slash : "");
        } else if (strncmp(path, host->cgroup_path, cg) == 0 &&
                   strncmp(path, host->proc_path, proc)) {
                snprintf(out, size, "%s/...%s", host->cgroup_path, slash);
        } else {
                snprintf(out, size, "%s", path);
        }
}

struct pattern {
        char text[200];
        size_t n;
        bool kept, is_dir;
};

static void print_files(const char *name, const struct accesses *a, const struct mx_host *host)
{
        struct pattern list[64] = { 0 };
        size_t n = 0, k;

        for (size_t i = 0; i < a->n; i++) {
                const struct access *e = &a->v[i];
                char text[sizeof(list[0].text)];

                pattern_of(e->path, host, text, sizeof(text));
                if (e->is_dir && strstr(text, "/..."))
                        snprintf(text, sizeof(text), "%s/.../", host->cgroup_path);
                for (k = 0; k < n && strcmp(list[k].text, text) != 0; k++)
                        ;
                if (k == MX_ARRAY_SIZE(list))
                        continue;
                if (k == n) {
                        memcpy(list[n].text, text, sizeof(text));
                        list[n].kept = e->kept;
                        list[n++].is_dir = e->is_dir;
                }
                list[k].n++;
        }
        for (k = 0; k < n; k++)
                printf("#\t%s\t%s\t%zu\t%s%s\n", name, list[k].text, list[k].n,
                       list[k].is_dir ? "listed" : "read", list[k].kept ? ", kept open" : "");
}

/* The files of so many runs, each once. */
static int record_runs(struct collectors *c, unsigned runs, struct accesses *ret)
{
        record_begin();
        for (unsigned i = 0; i < runs; i++)
                run_collectors(c);
        return record_end(ret, runs);
}

/* A steady run's files: kept descriptors and discovery are settled by then. And those of a cycle.
 */
static int find_files(struct collectors *c, struct accesses *one, struct accesses *all)
{
        for (int i = 1; i < WARM_UP; i++)
                run_collectors(c);
        return record_runs(c, 1, one) ?: record_runs(c, CYCLE, all);
}

/* The collector against two floors, each in its two ways, of which the cheaper one counts. */
static void compare(const struct bench *b, struct collectors *c, struct floor_list *f,
                    struct floor_list *all)
{
        struct side side[] = {
                { .run = run_collectors, .cls = c },        { .run = run_floor, .cls = f },
                { .run = run_floor_by_parent, .cls = f },   { .run = run_floor, .cls = all },
                { .run = run_floor_by_parent, .cls = all },
        };
        size_t n = all->n != f->n ? 5 : f->directories > 0 ? 3 : 2;
        double cpu, bare, bare_all;

        for (size_t i = 0; i < n; i++)
                calibrate(&side[i], b->ms);
        for (unsigned k = 0; k < b->rounds; k++)
                for (size_t i = 0; i < n; i++)
                        round_of(&side[i]);
        cpu = median(&side[0].cpu);
        bare = median(&side[1].cpu);
        if (n > 2)
                bare = MX_MIN(bare, median(&side[2].cpu));
        bare_all = n > 3 ? MX_MIN(median(&side[3].cpu), median(&side[4].cpu)) : bare;
        printf("%s\t%.2f\t%.2f\t%.2f\t%zu\t%zu\t%llu\t%.1f\t%.2f\t%zu\n", c->name, cpu, bare,
               cpu / bare, f->n, f->directories, (unsigned long long)c->series,
               median(&side[0].wall), bare_all, all->n);
        fflush(stdout);
}

static int apply_settings(const struct bench *b, const struct mx_collector *desc, void *options)
{
        char reason[OPTION_ERROR_MAX] = "";
        int r = 0;

        for (unsigned i = 0; i < b->n_set; i++) {
                const char *value = strchr(b->set[i], '=');
                size_t len = value ? (size_t)(value - b->set[i]) : 0;

                for (size_t k = 0; value && r == 0 && k < desc->n_options; k++)
                        if (strlen(desc->options[k].name) == len &&
                            memcmp(desc->options[k].name, b->set[i], len) == 0)
                                r = option_set(&desc->options[k], options, value + 1, reason);
        }
        return r;
}

static int add_collector(struct collectors *c, const struct bench *b,
                         const struct mx_collector *desc)
{
        char reason[OPTION_ERROR_MAX] = "";
        struct mx_host host = b->host;
        int r;

        if (c->n == COLLECTORS_MAX)
                return -E2BIG;
        host.may_block = desc->run != MX_RUN_INLINE;
        host.cache = c->cache;
        r = options_new(&c->options[c->n], desc, reason);
        r = r ?: apply_settings(b, desc, c->options[c->n]);
        r = r ?: instance_init(&c->instance[c->n], desc, &host, c->options[c->n], desc->max_series);
        if (r == 0)
                c->n++;
        return r;
}

static int find_collectors(struct collectors *c, const struct bench *b, const char *name)
{
        bool all = strcmp(name, "inline") == 0;
        int r = 0;

        c->name = name;
        if (all && !(c->cache = mx_cache_new()))
                return -ENOMEM;
        for (size_t i = 0; r == 0 && i < mx_n_collectors; i++) {
                const struct mx_collector *desc = mx_collectors[i];

                if (all ? desc->run == MX_RUN_INLINE && !desc->off_by_default
                        : strcmp(desc->name, name) == 0)
                        r = add_collector(c, b, desc);
        }
        return r;
}

static void collectors_done(struct collectors *c)
{
        for (size_t i = 0; i < c->n; i++) {
                const struct mx_collector *desc = c->instance[i].collector;

                instance_done(&c->instance[i]);
                options_free(c->options[i], desc);
        }
        mx_cache_free(c->cache);
}

static int bench(const struct bench *b, const char *name)
{
        struct collectors c = { 0 };
        struct accesses a = { 0 }, a_all = { 0 };
        struct floor_list f = { 0 }, f_all = { 0 };
        int r = find_collectors(&c, b, name);

        r = r ?: find_files(&c, &a, &a_all);
        if (r == 0 && (c.n == 0 || c.failed)) {
                printf("%s\t%s\n", name, c.n == 0 ? "missing" : "unsupported");
        } else if (r == 0) {
                r = floor_new(&f, &a, &b->host) ?: floor_new(&f_all, &a_all, &b->host);
                if (r == 0)
                        compare(b, &c, &f, &f_all);
                if (r == 0 && b->print_files)
                        print_files(name, &a, &b->host);
                floor_done(&f);
                floor_done(&f_all);
        }
        accesses_done(&a);
        accesses_done(&a_all);
        collectors_done(&c);
        return r;
}

static void list_timers(void)
{
        for (size_t i = 0; i < mx_n_collectors; i++) {
                const struct mx_collector *desc = mx_collectors[i];

                if (desc->run == MX_RUN_WORKER && !desc->off_by_default)
                        printf("%s\t%llu\n", desc->name,
                               (unsigned long long)(desc->interval / MX_SECONDS(1)));
        }
}

/* `root` as the kernel says it, since record.h compares with what it says; "" for the host. */
static void open_host(struct mx_host *h, const char *root)
{
        static char proc[PATH_MAX + 16], sys[PATH_MAX + 16], cgroup[PATH_MAX + 16];

        snprintf(proc, sizeof(proc), "%s/proc", root);
        snprintf(sys, sizeof(sys), "%s/sys", root);
        snprintf(cgroup, sizeof(cgroup), "%s/sys/fs/cgroup", root);
        *h = (struct mx_host){ .proc_fd = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                               .sys_fd = open(sys, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                               .cgroup_fd = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                               .dev_fd = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                               .log_fd = -1,
                               .proc_path = proc,
                               .sys_path = sys,
                               .cgroup_path = cgroup,
                               .page_size = (uint32_t)sysconf(_SC_PAGESIZE),
                               .clk_tck = (uint32_t)sysconf(_SC_CLK_TCK),
                               .user_name = users_name };
}

int main(int argc, char *argv[])
{
        struct bench b = { .rounds = 9, .ms = 50 };
        char root[PATH_MAX] = "";
        int opt, failed = 0;

        while ((opt = getopt(argc, argv, "r:t:s:R:fl")) != -1) {
                const char *p = optarg, *end = optarg ? optarg + strlen(optarg) : NULL;
                uint64_t v = 0;

                if (opt == 'l')
                        return list_timers(), 0;
                if (opt == 'f')
                        b.print_files = true;
                else if (opt == 'R' && realpath(optarg, root))
                        continue;
                else if (opt == 's' && b.n_set < SETTINGS_MAX)
                        b.set[b.n_set++] = optarg;
                else if ((opt != 'r' && opt != 't') || mx_scan_u64(&p, end, &v) < 0 || v == 0 ||
                         v > 10000)
                        return fprintf(stderr, "usage: bench [-r rounds] [-t ms] [-f] [-R root] "
                                               "[-s option=value]... collector... | -l\n"),
                               2;
                else if (opt == 'r')
                        b.rounds = (unsigned)MX_MIN(v, ROUNDS_MAX);
                else
                        b.ms = (double)v;
        }
        open_host(&b.host, root);
        for (int i = optind; i < argc; i++) {
                int r = bench(&b, argv[i]);

                if (r < 0) {
                        fprintf(stderr, "bench: %s: %s\n", argv[i], strerror(-r));
                        failed = 1;
                }
        }
        return failed;
}
