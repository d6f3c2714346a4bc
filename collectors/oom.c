/* SPDX-License-Identifier: Apache-2.0 */
/* OOM kills: who was killed, where, and how large, from the kernel's log; and how many there were,
 * from what the kernel counts.
 *
 * The log names every victim that it tells of (oom_log.c) and may lose records; the count in
 * /proc/vmstat is exact and names nobody. The difference is the kills that no line explains.
 *
 * In __oom_kill_process() (mm/oom_kill.c, 4.13 to 6.18) the count goes up before the line is
 * printed. So the log is opened at its end first and the count is read second: a kill in between
 * may be in the log and in the base of the count, never in neither. Then more lines were read than
 * kills counted, and the count is taken to be that of the lines; the other way round, a kill would
 * look unexplained for ever. For the same reason a count is compared with the lines read
 * SETTLE_USEC after it was: until then a line may be on its way. A line that comes later still is
 * counted, and one unexplained kill less is told of next time, as a counter does not go back.
 *
 * All counters start at 0: what was in the log before is never read.
 *
 * The same log tells of allocations that failed (warn_alloc() in mm/page_alloc.c), which nothing
 * else counts. */
#include "oom.h"

#include "cgroup_values.h"

#include <linux/capability.h>
#include <poll.h>

#define VMSTAT_MAX  65536
#define RECORDS_MAX 64            /* at one look: 50 us of reading (6.18) */
#define SETTLE_USEC MX_SECONDS(5) /* a line on a slow console is printed for a second */
#define SETTLE_LOOK MX_SECONDS(1)
#define EXPIRY_LOOK MX_SECONDS(60)
#define WALK_USEC   SETTLE_USEC /* between two walks of 512 cgroups, at 6 ms each (6.18) */
#define RETRY_RUNS  20 /* a log that could not be opened is tried again after as many runs */
#define VICTIMS_MAX 500
#define PROC_MAX    8192 /* of /proc/<pid>/cgroup */

/* clang-format off */
#define OPTION(member) offsetof(struct oom_options, member)

static const struct mx_option options[] = {
        { "max_victims", "Most victims, told apart by unit or container and name, with series of their own, at most a quarter of them of one unit or container and all in it; further ones are counted as \"other\".", MX_OPT_COUNT, OPTION(max_victims), "200", 1, VICTIMS_MAX, NULL },
        { "keep", "A victim without another kill for so long is forgotten.", MX_OPT_DURATION, OPTION(keep), "24h", MX_SECONDS(60), MX_SECONDS(31536000), NULL },
        { "depth", "Cgroups deeper than this below the root are not asked where unexplained kills were.", MX_OPT_COUNT, OPTION(depth), "3", 1, OOM_DEPTH_MAX, NULL },
        { "budget", "CPU time a second that reading the kernel's log may take; 0 for no limit. Reading the counts of cgroups is not in it: while kills go on that is done every five seconds at most.", MX_OPT_DURATION, OPTION(budget), "2ms", 0, MX_SECONDS(1), NULL },
};
/* clang-format on */

/* Reads the kernel's count. Without the line, or the file, there is none. */
static int read_count(struct oom_state *s, uint64_t *ret, struct mx_err *reterr)
{
        const struct mx_buf *vmstat;
        struct mx_err err = { 0 };
        int r = mx_host_read_proc(s->host, "vmstat", VMSTAT_MAX, &vmstat, &err);

        *ret = MX_ABSENT;
        if (r == -ENOENT || r == -EACCES || r == -EPERM)
                return 0;
        if (r < 0)
                return mx_err_set(reterr, r, err.what, err.path, err.line);
        (void)mx_cgroup_key_parse(vmstat->data, vmstat->len, "oom_kill", ret);
        return 0;
}

static int oom_open(void *state, const struct mx_host *host, const void *opts,
                    struct mx_err *reterr)
{
        struct oom_state *s = state;
        int log, r;

        s->host = host;
        s->options = opts;
        mx_buf_init(&s->buf, PROC_MAX);
        mx_buf_init(&s->vmstat, VMSTAT_MAX);
        log = oom_kmsg_open(&s->kmsg, host);
        if (log == -EWOULDBLOCK)
                return log;
        s->has_log = log == 0;
        s->runs_left = RETRY_RUNS;
        r = read_count(s, &s->last_count, reterr);
        if (r < 0)
                return r;
        s->counts = s->last_count != MX_ABSENT;
        if (log < 0 && !s->counts)
                return mx_err_set(reterr, -EOPNOTSUPP,
                                  "the kernel's log cannot be read, and /proc/vmstat has no "
                                  "oom_kill (Linux 4.13)",
                                  "kmsg", 0);
        r = oom_ledger_init(&s->ledger, s->options->max_victims)
                    ?: mx_buf_reserve(&s->buf, PROC_MAX);
        if (r < 0)
                return r;
        s->labels = calloc(MX_MAX(s->options->max_victims, (uint64_t)OOM_PLACES_MAX) + 1,
                           sizeof(*s->labels));
        if (!s->labels)
                return -ENOMEM;
        s->can_place = oom_place_can(host, &s->buf);
        (void)oom_cgroups_open(&s->cgroups, host, s->options->depth);
        return 0;
}

static void oom_close(void *state)
{
        struct oom_state *s = state;

        oom_kmsg_close(&s->kmsg);
        oom_ledger_done(&s->ledger);
        oom_cgroups_close(&s->cgroups);
        mx_buf_done(&s->buf);
        mx_buf_done(&s->vmstat);
        free(s->labels);
        s->labels = NULL;
}

/* Reads some records. True when there was a kill among them. */
static bool read_log(struct oom_state *s)
{
        struct mx_oom_record record;
        enum mx_oom_orders orders;
        struct mx_oom_kill kill;
        bool any = false;

        s->is_drained = false;
        for (unsigned i = 0; i < RECORDS_MAX; i++)
                switch (oom_kmsg_read(&s->kmsg, &record)) {
                case OOM_KMSG_RECORD:
                        if (mx_oom_failure_read(&record, &orders)) {
                                s->failures[orders]++;
                        } else if (mx_oom_report_feed(&s->report, &record, &kill)) {
                                oom_take_kill(s, &kill);
                                any = true;
                        }
                        break;
                case OOM_KMSG_LOST:
                        s->is_muddled = true;
                        mx_oom_report_forget(&s->report);
                        break;
                case OOM_KMSG_SKIP:
                        break;
                case OOM_KMSG_DONE:
                case OOM_KMSG_BROKEN:
                        s->is_drained = true;
                        return any;
                }
        return any;
}

/* True when kills have turned out to be unexplained. */
static bool settle(struct oom_state *s)
{
        uint64_t left;

        if (!s->waiting.set)
                return false;
        if (!s->waiting.timed) {
                s->waiting.timed = true;
                s->waiting.since = s->now;
        }
        if (!s->is_drained || s->now - s->waiting.since < SETTLE_USEC)
                return false;
        s->waiting.set = false;
        s->settled = s->waiting.kills;
        left = s->settled - MX_MIN(s->settled, s->named);
        if (left <= s->unexplained)
                return false;
        s->unlocated += left - s->unexplained;
        s->unexplained = left;
        s->is_muddled = true;
        return true;
}

static enum mx_looked oom_watch(void *state, enum mx_look why, uint64_t now_usec)
{
        struct oom_state *s = state;
        bool was_drained = s->is_drained, news;

        (void)why;
        s->now = now_usec;
        oom_ledger_expire(&s->ledger, s->now, s->options->keep);
        oom_cgroups_expire(&s->cgroups, s->now, s->options->keep);
        news = read_log(s);
        news = settle(s) || news;
        news = oom_give_up_late(s) || news;
        /* Of what was put off the counts can only tell once the log was read to its end. */
        news = news || (s->n_late > 0 && s->is_drained && !was_drained) ||
               (s->walk_due && s->now - s->walked >= WALK_USEC);
        return news ? MX_LOOKED_NEWS : s->is_drained ? MX_LOOKED_ON : MX_LOOKED_AGAIN;
}

static void oom_plan(void *state, struct mx_watch_plan *ret)
{
        struct oom_state *s = state;

        s->wake = (struct pollfd){ .fd = s->kmsg.open && s->kmsg.waits ? s->kmsg.fd : -1,
                                   .events = POLLIN };
        *ret = (struct mx_watch_plan){ .budget = s->options->budget, .fds = &s->wake, .n_fds = 1 };
        if (s->waiting.set || s->n_late > 0 || s->walk_due)
                ret->period = SETTLE_LOOK;
        else if (s->ledger.n + s->cgroups.n_places > 0)
                ret->period = EXPIRY_LOOK;
}

/* Kills bring a run every second, with a walk each. Without a look since the last walk this run is
 * one of the schedule, and the clock has stood still. */
static bool may_walk(const struct oom_state *s)
{
        return !s->cgroups.seen || s->now == s->walked || s->now - s->walked >= WALK_USEC;
}

/* Finds out where kills were. What is unlocated waits for the walk that is due. */
static void locate(struct oom_state *s, uint64_t count)
{
        if (s->walk_due && may_walk(s)) {
                oom_cgroups_walk(&s->cgroups, count);
                s->walked = s->now;
                s->walk_due = false;
                oom_place_late(s);
        }
        if (s->walk_due)
                return;
        if (s->unlocated > 0)
                oom_cgroups_place(&s->cgroups, s->unlocated, s->now);
        s->unlocated = 0;
}

/* Takes in what the kernel has counted. */
static void take_count(struct oom_state *s, uint64_t count)
{
        bool grown = count != MX_ABSENT && s->counts && count > s->last_count;

        if (grown)
                s->kernel += count - s->last_count;
        if (s->counts && count != MX_ABSENT)
                s->last_count = count;
        s->kernel = MX_MAX(s->kernel, s->named);
        if (s->counts && !s->waiting.set && s->kernel > s->settled) {
                s->waiting.set = true;
                s->waiting.timed = false;
                s->waiting.kills = s->kernel;
        }
        s->walk_due =
                s->walk_due || (s->cgroups.open && (grown || !s->cgroups.seen || s->n_late > 0));
        locate(s, count);
}

static void try_log_again(struct oom_state *s)
{
        if (s->kmsg.open || --s->runs_left > 0)
                return;
        s->runs_left = RETRY_RUNS;
        if (oom_kmsg_open(&s->kmsg, s->host) < 0)
                return;
        s->has_log = true;
        mx_oom_report_forget(&s->report);
}

static int oom_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct oom_state *s = state;
        uint64_t count;
        int r = read_count(s, &count, reterr);

        if (r < 0)
                return r;
        try_log_again(s);
        take_count(s, count);
        oom_emit(s, sink);
        return 0;
}

/* Whether the capability matters is up to a sysctl, and no file of procfs is as the log is. But who
 * may open /proc/kmsg has it, or needs it not. */
static const struct mx_need needs[] = {
        { CAP_SYSLOG, NULL, "kmsg",
          "the names, units and sizes of victims, and allocations that failed, where "
          "kernel.dmesg_restrict is 1" },
};

const struct mx_collector mx_oom = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "oom",
        .help = "OOM kills: who was killed, in which unit, and whether the kernel's log explains "
                "all that it has counted; allocations that failed.",
        .source = "/dev/kmsg",
        .labels = "`unit` and `container` are those of the victim's own cgroup, where its path "
                  "shows one; `comm` is its name; `unit=\"other\"` with `comm=\"other\"` counts "
                  "those over the cap, and `comm=\"other\"` with a unit those over its quarter of "
                  "it. `cgroup=\"other\"` counts unexplained kills in cgroups over "
                  "theirs (64). `orders` are those of the pages asked for: 2 to their power in "
                  "one piece.",
        .families = oom_families,
        .n_families = OOM_FAMILIES,
        .options = options,
        .n_options = MX_ARRAY_SIZE(options),
        .options_size = sizeof(struct oom_options),
        .run = MX_RUN_WATCH,
        .max_series = (VICTIMS_MAX + 1) * OOM_ROW_FAMILIES + OOM_FIXED_SERIES,
        .max_bytes = 16 * 1024 * 1024, /* every byte of the longest names may become three */
        .state_size = sizeof(struct oom_state),
        .open = oom_open,
        .collect = oom_collect,
        .close = oom_close,
        .needs = needs,
        .n_needs = MX_ARRAY_SIZE(needs),
        .watch = oom_watch,
        .plan = oom_plan,
};
