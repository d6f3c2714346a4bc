/* SPDX-License-Identifier: Apache-2.0 */
/* A machine of any size, as files whose values move.
 *
 *   shape ROOT PROCESS CGROUP PROCESSES CGROUPS
 *
 * ROOT holds proc/ and sys/ of a captured machine, which belong to this program. Adds processes and
 * cgroups like the two given (paths below ROOT), prints "ready", and then moves values once for
 * each line on standard input, answered by "moved", until that ends. Counters grow and gauges
 * wander, of the host at every move, and of every fourth process and every third cgroup, in turns:
 * most of what a machine runs is idle. */
#include "mx/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TEXT_MAX          (256U << 10)
#define FIRST_PID         10000
#define PART_OF_PROCESSES 4
#define PART_OF_CGROUPS   3

static const char *const process_files[] = { "stat",   "status",    "statm",        "comm",
                                             "cgroup", "oom_score", "oom_score_adj" };
static const char *const cgroup_files[] = {
        "cgroup.stat",      "memory.current",       "memory.events",    "memory.events.local",
        "memory.high",      "memory.low",           "memory.max",       "memory.min",
        "memory.numa_stat", "memory.oom.group",     "memory.peak",      "memory.pressure",
        "memory.stat",      "memory.swap.current",  "memory.swap.max",  "memory.swap.events",
        "memory.swap.high", "memory.zswap.current", "memory.zswap.max",
};
static const char *const host_files[] = { "proc/meminfo", "proc/vmstat", "proc/zoneinfo",
                                          "proc/pressure/memory", "proc/slabinfo" };

static char before[TEXT_MAX], after[TEXT_MAX];

static void die(const char *what)
{
        fprintf(stderr, "shape: %s: %s\n", what, strerror(errno));
        exit(1);
}

/* Returns false where there is no such file. */
static bool get(const char *path, size_t *ret)
{
        mx_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n;

        if (fd < 0)
                return false;
        n = pread(fd, before, sizeof(before) - 1, 0);
        if (n < 0)
                die(path);
        before[n] = '\0';
        *ret = (size_t)n;
        return true;
}

/* In place, as others keep it open, and in one call. */
static void put(const char *path, size_t n)
{
        mx_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        if (fd < 0 || pwrite(fd, after, n, 0) != (ssize_t)n || ftruncate(fd, (off_t)n) < 0)
                die(path);
}

static unsigned long random_below(unsigned long n)
{
        static unsigned long long state = 88172645463325252ULL;

        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return n > 0 ? (unsigned long)(state % n) : 0;
}

/* What the line begins with is one of those. */
static bool begins(const char *line, const char *const *with, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (strncmp(line, with[i], strlen(with[i])) == 0)
                        return true;
        return false;
}

/* Of /proc/PID/stat, as proc(5) counts them: the second is in parentheses and may have blanks. */
static unsigned field_of_stat(const char *line, const char *at)
{
        const char *p = strrchr(line, ')');
        unsigned field = 2;

        if (!p || at < p)
                return 1;
        for (; p < at; p++)
                field += *p == ' ';
        return field;
}

/* What only grows: in vmstat all but the levels, whose names begin with nr_, as do a few others. */
static bool is_counter(const char *file, const char *line, const char *at)
{
        static const char *const levels[] = { "nr_", "workingset_nodes" };
        static const char *const events[] = { "nr_dirtied",           "nr_written",   "nr_vmscan_",
                                              "nr_throttled_written", "nr_foll_pin_", "nr_tlb_" };
        static const char *const of_cgroup[] = {
                "pg",     "pswp",   "workingset_", "numa_",  "swpin",
                "swpout", "zswpin", "zswpout",     "zswpwb", "thp_",
        };

        if (strcmp(strrchr(file, '/'), "/stat") == 0)
                return field_of_stat(line, at) != 24;
        if (strstr(file, "pressure") || strstr(file, "numastat"))
                return true;
        if (strstr(file, "vmstat") || strstr(file, "zoneinfo"))
                return begins(line, events, MX_ARRAY_SIZE(events)) ||
                       (!begins(line, levels, MX_ARRAY_SIZE(levels)) &&
                        strncmp(line, "pages free", 10) != 0);
        return strstr(file, "memory.stat") && begins(line, of_cgroup, MX_ARRAY_SIZE(of_cgroup));
}

static unsigned long moved(unsigned long v, bool counter)
{
        unsigned long span = v / 128;

        if (v == 0)
                return 0; /* what is not used stays so */
        return counter ? v + random_below(v / 65536 + 2) : v - span / 2 + random_below(span + 1);
}

/* Of /proc/PID/stat: minor faults, time and resident pages. */
static bool moves_in_stat(const char *line, const char *at)
{
        unsigned field = field_of_stat(line, at);

        return field == 10 || field == 14 || field == 24;
}

/* Is the number that begins there one that moves? Not those in names, nor what is set. */
static bool moves(const char *file, const char *line, const char *at)
{
        if (at == line ? strcmp(strrchr(file, '/'), "/memory.current") != 0
                       : !strchr(" \t=", at[-1]))
                return false;
        if (strcmp(strrchr(file, '/'), "/stat") == 0)
                return moves_in_stat(line, at);
        if (strstr(file, "meminfo") || strstr(file, "status"))
                return !strstr(line, "Total") && strstr(at, " kB");
        if (strstr(file, "zoneinfo"))
                return strncmp(line, "nr_", 3) == 0 || strncmp(line, "numa_", 5) == 0 ||
                       strncmp(line, "pages free", 10) == 0;
        if (strstr(file, "pressure"))
                return strncmp(at - 6, "total=", 6) == 0;
        if (strstr(file, "slabinfo"))
                return at - line < 32; /* objects, and those in use */
        return true;
}

static size_t move_line(const char *file, char *line, char *to)
{
        char *out = to;

        while (*line == ' ')
                *out++ = *line++;
        for (char *p = line; *p;) {
                if (*p >= '0' && *p <= '9' && moves(file, line, p)) {
                        bool counter = is_counter(file, line, p);

                        out += sprintf(out, "%lu", moved(strtoul(p, &p, 10), counter));
                        continue;
                }
                *out++ = *p++;
        }
        *out++ = '\n';
        return (size_t)(out - to);
}

static void move_file(const char *path)
{
        char *save = NULL;
        size_t n, out = 0;

        if (!get(path, &n))
                return;
        for (char *line = strtok_r(before, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                if (out + 2 * strlen(line) + 2 > sizeof(after))
                        exit(1);
                out += move_line(path, line, after + out);
        }
        put(path, out);
}

struct words {
        char old[64], new[96];
};

/* A copy with the words of each pair replaced. */
static void copy(const char *from, const char *to, const struct words *words, size_t n_words)
{
        size_t n, out = 0;

        if (!get(from, &n))
                return;
        for (const char *p = before; *p;) {
                size_t i = 0;

                while (i < n_words && strncmp(p, words[i].old, strlen(words[i].old)) != 0)
                        i++;
                if (i < n_words) {
                        out += (size_t)sprintf(after + out, "%s", words[i].new);
                        p += strlen(words[i].old);
                } else {
                        after[out++] = *p++;
                }
        }
        put(to, out);
}

static void copy_files(const char *from, const char *to, const char *const *files, size_t n_files,
                       const struct words *words, size_t n_words)
{
        char a[4096], b[4096];

        if (mkdir(to, 0755) < 0 && errno != EEXIST)
                die(to);
        for (size_t i = 0; i < n_files; i++) {
                snprintf(a, sizeof(a), "%s/%s", from, files[i]);
                snprintf(b, sizeof(b), "%s/%s", to, files[i]);
                copy(a, b, words, n_words);
        }
}

struct shape {
        const char *process, *cgroup; /* those that are copied, from where they are */
        char name[64];                /* of the process */
        unsigned processes, cgroups;
};

static void process_path(char *path, size_t size, const struct shape *s, unsigned i)
{
        snprintf(path, size, "%.*s%u", (int)(strrchr(s->process, '/') + 1 - s->process), s->process,
                 FIRST_PID + i);
}

/* A service, or a container on a host that has so many. */
static void unit_name(char *name, size_t size, const struct shape *s, unsigned i)
{
        if (s->cgroups > 500 && i % 2 == 1)
                snprintf(name, size, "docker-%064llx.scope", (i + 1) * 0x9e3779b97f4a7c15ULL);
        else
                snprintf(name, size, "app-%04u.service", i);
}

static void cgroup_path(char *path, size_t size, const struct shape *s, unsigned i)
{
        char name[96];

        unit_name(name, sizeof(name), s, i);
        snprintf(path, size, "%.*s%s", (int)(strrchr(s->cgroup, '/') + 1 - s->cgroup), s->cgroup,
                 name);
}

static void grow(const struct shape *s)
{
        const char *pid = strrchr(s->process, '/') + 1, *unit = strrchr(s->cgroup, '/') + 1;
        struct words words[4];
        unsigned names = MX_MIN(s->processes / 4 + 1, 60U);
        char path[2048];

        for (unsigned i = 0; i < s->cgroups; i++) {
                cgroup_path(path, sizeof(path), s, i);
                copy_files(s->cgroup, path, cgroup_files, MX_ARRAY_SIZE(cgroup_files), NULL, 0);
        }
        snprintf(words[0].old, sizeof(words[0].old), "%s (", pid);
        snprintf(words[1].old, sizeof(words[1].old), "\t%s\n", pid);
        snprintf(words[2].old, sizeof(words[2].old), "%s", s->name);
        snprintf(words[3].old, sizeof(words[3].old), "%s", unit);
        for (unsigned i = 0; i < s->processes; i++) {
                snprintf(words[0].new, sizeof(words[0].new), "%u (", FIRST_PID + i);
                snprintf(words[1].new, sizeof(words[1].new), "\t%u\n", FIRST_PID + i);
                snprintf(words[2].new, sizeof(words[2].new), "app-%02u", i % names);
                unit_name(words[3].new, sizeof(words[3].new), s, i % MX_MAX(s->cgroups, 1U));
                process_path(path, sizeof(path), s, i);
                copy_files(s->process, path, process_files, MX_ARRAY_SIZE(process_files), words, 4);
        }
}

static void move_in(const char *dir, const char *const *files, size_t n)
{
        char path[4096];

        for (size_t i = 0; i < n; i++) {
                snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
                move_file(path);
        }
}

static void move(const struct shape *s, unsigned turn)
{
        static const char *const of_node[] = { "meminfo", "numastat", "vmstat" };
        static const char *const of_process[] = { "stat", "status", "statm" };
        static const char *const of_cgroup[] = { "memory.current", "memory.stat",
                                                 "memory.pressure" };
        char path[2048];

        for (size_t i = 0; i < MX_ARRAY_SIZE(host_files); i++)
                move_file(host_files[i]);
        for (unsigned i = 0; i < 8; i++) {
                snprintf(path, sizeof(path), "sys/devices/system/node/node%u", i);
                move_in(path, of_node, MX_ARRAY_SIZE(of_node));
        }
        for (unsigned i = turn % PART_OF_PROCESSES; i < s->processes; i += PART_OF_PROCESSES) {
                process_path(path, sizeof(path), s, i);
                move_in(path, of_process, MX_ARRAY_SIZE(of_process));
        }
        for (unsigned i = turn % PART_OF_CGROUPS; i < s->cgroups; i += PART_OF_CGROUPS) {
                cgroup_path(path, sizeof(path), s, i);
                move_in(path, of_cgroup, MX_ARRAY_SIZE(of_cgroup));
        }
}

int main(int argc, char *argv[])
{
        struct shape s;
        char path[2048];
        size_t n;

        if (argc != 6 || !strchr(argv[2], '/') || !strchr(argv[3], '/')) {
                fputs("usage: shape ROOT PROCESS CGROUP PROCESSES CGROUPS\n", stderr);
                return 2;
        }
        if (chdir(argv[1]) < 0)
                die(argv[1]);
        s = (struct shape){ .process = argv[2],
                            .cgroup = argv[3],
                            .processes = (unsigned)strtoul(argv[4], NULL, 10),
                            .cgroups = (unsigned)strtoul(argv[5], NULL, 10) };
        snprintf(path, sizeof(path), "%s/comm", s.process);
        if (!get(path, &n))
                die(path);
        snprintf(s.name, sizeof(s.name), "%.*s", (int)strcspn(before, "\n"), before);
        grow(&s);
        puts("ready");
        fflush(stdout);
        for (unsigned turn = 0; fgets(path, sizeof(path), stdin); turn++) {
                move(&s, turn);
                puts("moved");
                fflush(stdout);
        }
        return 0;
}
