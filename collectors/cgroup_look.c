/* SPDX-License-Identifier: Apache-2.0 */
/* What a look reads.
 *
 * memory.stat is dear: the kernel adds up what the CPUs hold and prints 40 to 70 lines. Usage is a
 * counter that is read as it stands. CPU time of the reader over 1,000 cgroups, one after another
 * (6.18, v1, 2 CPUs; open, read and close, and the read alone):
 *
 *   memory.stat            15 us   10 us
 *   memory.usage_in_bytes   8 us    2 us
 *
 * So the file of the usage stays open for the largest cgroups and those that move, as far as there
 * are descriptors; a look reads the usage of the next HOT of these and of the next COLD others, and
 * memory.stat only of those
 *
 * - whose usage has risen since their anonymous memory was last read, from its lowest since then,
 *   by more than 1 MiB and more than 1/64 of that anonymous memory: it may be higher now;
 * - whose usage is within 1/16 of the limit at which they are reclaimed from: there page cache
 *   gives way to anonymous memory and the usage does not move;
 * - whose reading is older than 30 s, so that the shortest window is never empty;
 * - whose turn it is: TURN of them in each period, moved or not, and TURN_OF_MANY in a crowd.
 *
 * The error. Anonymous memory is part of the usage, so it cannot rise by more than usage does,
 * unless something else in the cgroup shrinks meanwhile. A high that was shorter than the time
 * between two looks at the cgroup is missed. One that lasted longer is seen but for what the first
 * rule lets pass (1 MiB or 1/64), and but for what took the place of page cache away from the
 * cgroup's own limit: reclaim for the host's or an ancestor's sake, or a file deleted in the same
 * moment; that is seen by turns and by the next run. And the kernel's number lags itself: what the
 * CPUs hold is added up when more than 64 pages by CPU have changed, each of which tells in steps
 * of 64, or else every 2 s (mm/memcontrol.c, memcg_vmstats_needs_flush(), 6.18): on 2 CPUs at most
 * 1 MiB, on 256 as much as 128 MiB. */
#include "cgroup_peak.h"

#include "cgroup.h"
#include "cgroup_values.h"

#include <fcntl.h>

#define HOT          128             /* usages read in a look through an open file: 0.3 ms */
#define COLD         64              /* and by path: 0.5 ms */
#define STATS        16              /* memory.stat read in a look for each ring: 0.2 ms */
#define TURN         16              /* and in each period by turns */
#define TURN_OF_MANY 4               /* where a look does not reach all */
#define MARGIN       (1U << 20)      /* bytes */
#define STALE        MX_SECONDS(30)  /* half of the shortest window */
#define PERIOD_MIN   UINT64_C(50000) /* microseconds between two looks of a crowd */
#define NUMBER_SIZE  24              /* 20 digits and a newline; longer is no number */

static bool path_of(char *to, size_t size, const struct cgroup_peak *e, const char *name)
{
        size_t len = strlen(e->path), n = strlen(name);

        if (len + 1 + n >= size)
                return false;
        memcpy(to, e->path, len);
        to[len] = '/';
        memcpy(to + len + 1, name, n + 1);
        return true;
}

static int open_usage(const struct cgroup_peaks *p, const struct cgroup_peak *e)
{
        const struct mx_cgroup_tree *t = &p->walk->tree;
        char path[CGROUP_PATH_MAX];

        if (!path_of(path, sizeof(path), e,
                     t->version == 1 ? "memory.usage_in_bytes" : "memory.current"))
                return -ENAMETOOLONG;
        return mx_host_openat(p->walk->host, t->fd, path, O_RDONLY);
}

static int read_number(int fd, uint64_t *ret)
{
        char text[NUMBER_SIZE];
        ssize_t n;

        do
                n = pread(fd, text, sizeof(text), 0);
        while (n < 0 && errno == EINTR);
        return n < 0 ? -errno : mx_cgroup_value_parse(text, (size_t)n, ret, NULL);
}

/* The file of a cgroup that was removed answers -ENODEV; by now another may have its path. */
static int read_usage(const struct cgroup_peaks *p, struct cgroup_peak *e, uint64_t *ret)
{
        mx_cleanup_close_ int fd = -1;
        int r = e->fd >= 0 ? read_number(e->fd, ret) : -ENOENT;

        if (r == 0)
                return 0;
        e->fd = mx_close(e->fd);
        fd = open_usage(p, e);
        if (fd < 0)
                return fd;
        r = read_number(fd, ret);
        if (r == 0 && e->hot)
                e->fd = MX_TAKE_FD(fd);
        return r;
}

static int read_anon(struct cgroup_peaks *p, const struct cgroup_peak *e, uint64_t *ret)
{
        const struct mx_cgroup_tree *t = &p->walk->tree;
        char path[CGROUP_PATH_MAX];
        int r;

        if (!path_of(path, sizeof(path), e, "memory.stat"))
                return -ENAMETOOLONG;
        r = mx_read_small_at(p->walk->host, t->fd, path, &p->buf);
        return r < 0 ? r
                     : mx_cgroup_key_parse(p->buf.data, p->buf.len,
                                           t->version == 1 ? "total_rss" : "anon", ret);
}

static bool is_due(const struct cgroup_peaks *p, const struct cgroup_peak *e, uint64_t usage)
{
        if (usage > e->base && usage - e->base > MX_MAX(MARGIN, e->last / 64))
                return true;
        if (e->limit != MX_ABSENT && usage >= e->limit - e->limit / 16)
                return true;
        return p->now - e->read_at >= STALE;
}

/* Looks at one cgroup. False when it has to be read and *stats says that no more may be. A file
 * that cannot be read is of a cgroup that has gone, or is left to the next run, which says so. */
static bool look_at(struct cgroup_peaks *p, struct cgroup_peak *e, bool in_any_case, size_t *stats)
{
        uint64_t usage = 0, anon = 0;

        if (read_usage(p, e, &usage) == 0) {
                if (in_any_case || is_due(p, e, usage)) {
                        if (*stats == 0)
                                return false;
                        --*stats;
                        if (read_anon(p, e, &anon) == 0)
                                mx_cgroup_peak_take(p, e, usage, anon);
                }
                e->base = MX_MIN(e->base, usage);
        }
        if (p->longest == MX_ABSENT || p->now - e->looked_at > p->longest)
                p->longest = p->now - e->looked_at;
        e->looked_at = p->now;
        return true;
}

/* Looks at up to `n` of the ring. */
static void go_round(struct cgroup_peaks *p, struct cgroup_ring *ring, size_t n, bool in_any_case)
{
        size_t stats = STATS;

        for (n = MX_MIN(n, ring->n); n > 0; n--) {
                struct cgroup_peak *e;

                if (ring->at >= ring->n)
                        ring->at = 0;
                e = mx_cgroup_peak_at(p, ring->peak[ring->at]);
                if (in_any_case && e->read_at == p->now && e->looked_at == p->now) {
                        ring->at++;
                        continue;
                }
                if (!look_at(p, e, in_any_case, &stats))
                        return;
                ring->at++;
        }
}

/* What the runs before the first look have noted, they have noted at a time of no clock. */
static void start_clock(struct cgroup_peaks *p, uint64_t now)
{
        p->now = now;
        for (size_t i = 0; i < p->turn.n; i++) {
                struct cgroup_peak *e = mx_cgroup_peak_at(p, p->turn.peak[i]);

                mx_window_add(&e->anon, now, e->last);
                e->read_at = e->looked_at = e->shown_at = now;
        }
}

static size_t looks_for_all(const struct cgroup_peaks *p)
{
        size_t hot = (p->hot.n + HOT - 1) / HOT, cold = (p->cold.n + COLD - 1) / COLD;

        return MX_MAX(hot, cold);
}

/* On the grid of the period, not from one turn to the next, and by a quarter too early at most: a
 * look comes some milliseconds late or early, and one that misses its turn would wait for as long
 * again. */
static bool is_turn(struct cgroup_peaks *p)
{
        uint64_t period = p->walk->options->period;

        if (p->now + period / 4 < p->turn_at)
                return false;
        p->turn_at += period;
        if (p->turn_at <= p->now)
                p->turn_at = p->now + period;
        return true;
}

void mx_cgroup_peaks_look(struct cgroup_peaks *p, uint64_t now)
{
        if (p->now == 0)
                start_clock(p, now);
        p->now = MX_MAX(p->now, now);
        go_round(p, &p->hot, HOT, false);
        go_round(p, &p->cold, COLD, false);
        if (is_turn(p))
                go_round(p, &p->turn, looks_for_all(p) > 1 ? TURN_OF_MANY : TURN, true);
}

void mx_cgroup_peaks_plan(const struct cgroup_peaks *p, struct mx_watch_plan *ret)
{
        const struct cgroup_options *o = p->walk->options;
        size_t looks = looks_for_all(p);
        uint64_t period = o->period;

        if (looks > 1 && period > PERIOD_MIN)
                period = MX_MAX(period / looks, PERIOD_MIN);
        *ret = (struct mx_watch_plan){ .period = period, .budget = o->budget };
}
