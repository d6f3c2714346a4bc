/* SPDX-License-Identifier: Apache-2.0 */
/* CPU of one look of the watch collector, on this machine and on a large one.
 *
 *   look [-n looks] [-s seconds]
 *
 *   here, zones not read <tab> 32.9 <tab> 0
 *   here, zones read <tab> 59.5 <tab> 0
 *   4 nodes and 256 CPUs, zones read, without the kernel's part <tab> 13.2 <tab> 293359
 *   4 nodes and 256 CPUs, zones read, with an estimate of it <tab> 1480.1 <tab> 293359
 *   period at 2 ms/s in ms, zones read each time <tab> 740 <tab> 0
 *   here, a second of looks 100 ms apart, as in service <tab> 812.4 <tab> 0
 *   what is measured, microseconds of CPU (median), bytes of the generated /proc/zoneinfo
 *
 * The large machine is a copy of this one's files and a /proc/zoneinfo made for it, in a temporary
 * directory: measured there is copying and parsing, not what a kernel takes to print the file. That
 * is estimated from what this kernel takes for a byte of its own. */
#include "instance.h"
#include "option.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define LOOKS_MAX 10000
#define FULL      4 /* every fourth look comes after more than a second and reads the zones */

extern const struct mx_collector mx_watch;

struct bench {
        struct mx_host host;
        struct instance instance;
        void *options;
        double cheap[LOOKS_MAX], full[LOOKS_MAX];
        size_t n_cheap, n_full;
};

static double thread_usec(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
        return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int by_value(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
        qsort(v, n, sizeof(*v), by_value);
        return n ? v[n / 2] : 0;
}

static int look(struct bench *b, size_t n)
{
        char reason[OPTION_ERROR_MAX] = "";
        struct mx_err err = { 0 };
        struct fragment *f = NULL;
        uint64_t now = 1000000;
        int r = options_new(&b->options, &mx_watch, reason);

        r = r ?: instance_init(&b->instance, &mx_watch, &b->host, b->options, mx_watch.max_series);
        if (r < 0)
                return r;
        if (instance_run(&b->instance, &f, &err) != OUTCOME_OK) {
                fprintf(stderr, "look: %s\n", err.what);
                return -EIO;
        }
        fragment_unref(f);
        for (size_t i = 0; i < n; i++) {
                bool full = i % FULL == 0;
                double start;

                now += full ? 1000000 : 100000;
                start = thread_usec();
                mx_watch.watch(b->instance.state, MX_LOOK_CLOCK, now);
                start = thread_usec() - start;
                if (full)
                        b->full[b->n_full++] = start;
                else
                        b->cheap[b->n_cheap++] = start;
        }
        instance_done(&b->instance);
        options_free(b->options, &mx_watch);
        return 0;
}

static void print_zone(FILE *out, unsigned node, const char *name, unsigned long managed,
                       unsigned cpus)
{
        unsigned long mark = managed / 500 + 1;

        fprintf(out, "Node %u, zone %8s\n", node, name);
        for (unsigned i = 0; i < 53; i++)
                fprintf(out, "      nr_statistic_%02u %u\n", i, i * 4711);
        fprintf(out,
                "  pages free     %lu\n        boost    0\n        min      %lu\n"
                "        low      %lu\n        high     %lu\n        promo    %lu\n"
                "        spanned  %lu\n        present  %lu\n        managed  %lu\n"
                "        cma      0\n        protection: (0, 0, 0, 0, 0)\n",
                managed / 2, mark, mark * 2, mark * 3, mark * 4, managed, managed, managed);
        for (unsigned i = 0; i < 16; i++)
                fprintf(out, "      nr_zone_line_%02u %lu\n", i, managed / (i + 1));
        fprintf(out, "  pagesets\n");
        for (unsigned i = 0; i < cpus; i++)
                fprintf(out,
                        "    cpu: %u\n              count:    %u\n              high:     1710\n"
                        "              batch:    63\n              high_min: 1710\n"
                        "              high_max: 28020\n  vm stats threshold: 125\n",
                        i, (i * 37) % 1710);
        fprintf(out, "  node_unreclaimable:  0\n  start_pfn:           1048576\n");
}

/* Two zones below 4 GiB on the first of `nodes` nodes, and zone Normal on each. */
static int print_zoneinfo(const char *path, unsigned nodes, unsigned cpus)
{
        FILE *out = fopen(path, "we");

        if (!out)
                return -errno;
        print_zone(out, 0, "DMA", 3840, cpus);
        print_zone(out, 0, "DMA32", 500000, cpus);
        for (unsigned i = 0; i < nodes; i++)
                print_zone(out, i, "Normal", 64000000, cpus);
        return fclose(out) == 0 ? 0 : -EIO;
}

static int copy_file(const char *dir, const char *name)
{
        char from[64], to[256], buf[65536];
        FILE *in, *out;
        size_t n;

        snprintf(from, sizeof(from), "/proc/%s", name);
        snprintf(to, sizeof(to), "%s/%s", dir, name);
        in = fopen(from, "re");
        out = in ? fopen(to, "we") : NULL;
        if (!in || !out)
                return in ? (fclose(in), -EIO) : -ENOENT;
        n = fread(buf, 1, sizeof(buf), in);
        (void)fwrite(buf, 1, n, out);
        fclose(in);
        return fclose(out) == 0 ? 0 : -EIO;
}

static int here(struct bench *b, size_t n)
{
        int r;

        b->host.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = look(b, n);
        if (r < 0)
                return r;
        printf("here, zones not read\t%.1f\t0\n", median(b->cheap, b->n_cheap));
        printf("here, zones read\t%.1f\t0\n", median(b->full, b->n_full));
        return 0;
}

/* As in service: the machine does other things meanwhile, or sleeps, and caches go cold. */
static int paced(struct bench *b, size_t seconds)
{
        const struct timespec pause = { .tv_nsec = 100000000 };
        char reason[OPTION_ERROR_MAX] = "";
        struct mx_err err = { 0 };
        struct fragment *f = NULL;
        double sum = 0;
        int r = options_new(&b->options, &mx_watch, reason);

        b->host.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = r ?: instance_init(&b->instance, &mx_watch, &b->host, b->options, mx_watch.max_series);
        if (r < 0)
                return r;
        if (instance_run(&b->instance, &f, &err) != OUTCOME_OK) {
                fprintf(stderr, "look: %s\n", err.what);
                return -EIO;
        }
        fragment_unref(f);
        for (size_t i = 0; i < seconds * 10; i++) {
                struct timespec now;
                double start;

                (void)nanosleep(&pause, NULL);
                clock_gettime(CLOCK_MONOTONIC, &now);
                start = thread_usec();
                mx_watch.watch(b->instance.state, MX_LOOK_CLOCK,
                               (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
                sum += thread_usec() - start;
        }
        printf("here, a second of looks 100 ms apart, as in service\t%.1f\t0\n",
               sum / (double)seconds);
        instance_done(&b->instance);
        options_free(b->options, &mx_watch);
        return 0;
}

/* What this kernel takes to print a byte of /proc/zoneinfo, in microseconds. */
static double cost_of_a_byte(void)
{
        int fd = open("/proc/zoneinfo", O_RDONLY | O_CLOEXEC);
        char buf[65536];
        size_t bytes = 0;
        double start = thread_usec();

        for (unsigned i = 0; fd >= 0 && i < 200; i++) {
                ssize_t got = pread(fd, buf, sizeof(buf), 0);

                bytes += got > 0 ? (size_t)got : 0;
        }
        start = thread_usec() - start;
        if (fd >= 0)
                close(fd);
        return bytes ? start / (double)bytes : 0;
}

static int large(struct bench *b, size_t n, unsigned nodes, unsigned cpus)
{
        char dir[] = "/tmp/mx-look-XXXXXX", path[64];
        size_t bytes;
        double printed, cheap, full, every;
        struct stat st;
        int r;

        if (!mkdtemp(dir))
                return -errno;
        snprintf(path, sizeof(path), "%s/zoneinfo", dir);
        r = print_zoneinfo(path, nodes, cpus) ?: copy_file(dir, "vmstat");
        r = r ?: copy_file(dir, "meminfo");
        b->host.proc_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = r ?: look(b, n);
        bytes = stat(path, &st) == 0 ? (size_t)st.st_size : 0;
        close(b->host.proc_fd);
        (void)unlink(path);
        for (size_t i = 0; i < 2; i++) {
                snprintf(path, sizeof(path), "%s/%s", dir, i ? "vmstat" : "meminfo");
                (void)unlink(path);
        }
        (void)rmdir(dir);
        if (r < 0)
                return r;
        cheap = median(b->cheap, b->n_cheap);
        full = median(b->full, b->n_full);
        printed = cost_of_a_byte() * (double)bytes;
        every = full + printed;
        printf("%u nodes and %u CPUs, zones read, without the kernel's part\t%.1f\t%zu\n", nodes,
               cpus, full - cheap, bytes);
        printf("%u nodes and %u CPUs, zones read, with an estimate of it\t%.1f\t%zu\n", nodes, cpus,
               every, bytes);
        /* each half of a microsecond is a millisecond of a budget of 2,000 a second */
        printf("period at 2 ms/s in ms, zones read each time\t%.0f\t0\n",
               every / 2 < 100 ? 100 : every / 2);
        return 0;
}

static bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
        const char *p = text, *end = text + strlen(text);

        return mx_scan_u64(&p, end, ret) == 0 && p == end && *ret >= min && *ret <= max;
}

int main(int argc, char *argv[])
{
        static struct bench b, l, p;
        struct mx_host host = { .sys_fd = -1,
                                .cgroup_fd = -1,
                                .dev_fd = -1,
                                .log_fd = -1,
                                .proc_path = "/proc",
                                .page_size = (uint32_t)sysconf(_SC_PAGESIZE),
                                .clk_tck = 100,
                                .may_block = true };
        uint64_t n = 1000, seconds = 10;
        int opt, r;

        while ((opt = getopt(argc, argv, "n:s:")) != -1)
                if (!(opt == 'n' && parse_number(optarg, FULL, LOOKS_MAX, &n)) &&
                    !(opt == 's' && parse_number(optarg, 1, 3600, &seconds)))
                        return fprintf(stderr, "usage: look [-n looks] [-s seconds]\n"), 2;
        b.host = l.host = p.host = host;
        r = here(&b, n) ?: large(&l, MX_MIN(n, 400U), 4, 256);
        r = r ?: paced(&p, seconds);
        if (r < 0)
                fprintf(stderr, "look: %s\n", strerror(-r));
        return r < 0;
}
