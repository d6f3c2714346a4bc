/* SPDX-License-Identifier: Apache-2.0 */
/* Events of the kernel's own pressure triggers, so that a stall between two scrapes is counted.
 *
 *   memory_pressure_events_total{threshold="some_10_percent"} 3
 *   memory_pressure_events_total{threshold="db",cgroup="/system.slice/db.service"} 0
 *
 * The kernel watches and wakes whoever polls: at rest this costs nothing. An event belongs to the
 * poll(2) that sees it first, and is gone for every later one, so the descriptors are given to the
 * daemon one by one; behind an epoll descriptor the daemon's poll would take the event and leave no
 * trace of whose it was (6.18).
 *
 * The trigger of a cgroup dies with it (POLLERR). Its counters stay, and at every run the cgroup is
 * looked for again, as units come back under the same path. */
#include "pressure_events.h"

#include "pressure_arm.h"

#include <time.h>

#define TRIGGERS_MAX MX_WATCH_FDS_MAX
#define DEFAULTS     4

struct trigger_row {
        uint64_t events, last_event, refuted, armed, stall, window;
};

struct events {
        const struct mx_host *host;
        struct mx_cgroup_tree tree;
        bool has_tree;
        bool privileged;
        size_t n;
        struct mx_trigger trigger[TRIGGERS_MAX];
        struct mx_trigger_proof proof[TRIGGERS_MAX];
        struct trigger_row row[TRIGGERS_MAX];
        struct pollfd fds[TRIGGERS_MAX]; /* fd -1: not armed */
        struct mx_labels labels[TRIGGERS_MAX];
};

#define ROW(member) offsetof(struct trigger_row, member)

static const struct mx_family families[] = {
        { "memory_pressure_events_total",
          "Times that stall for lack of memory reached a threshold within its window, since the "
          "exporter started; the kernel tells of one in a window at most.",
          "PSI trigger", NULL, MX_COUNTER, MX_ONE, ROW(events) },
        { "memory_pressure_last_event_timestamp_seconds",
          "Unix time at which the exporter was told of the last event that it counted.",
          "PSI trigger", NULL, MX_GAUGE, MX_USEC, ROW(last_event) },
        { "memory_pressure_false_events_total",
          "Events that were not counted, since the exporter started, as the stall time itself had "
          "not grown to match: the first of an unprivileged trigger may be one.",
          "PSI trigger", NULL, MX_COUNTER, MX_ONE, ROW(refuted) },
        { "memory_pressure_trigger_armed",
          "Whether the kernel watches the threshold: 0 while its cgroup does not exist, and where "
          "the exporter has no right to ask for it.",
          "PSI trigger", NULL, MX_GAUGE, MX_ONE, ROW(armed) },
        { "memory_pressure_trigger_stall_seconds",
          "Stall time within the window that makes an event, as configured.", "PSI trigger", NULL,
          MX_GAUGE, MX_USEC, ROW(stall) },
        { "memory_pressure_trigger_window_seconds",
          "Window in which the stall time is counted, as configured.", "PSI trigger", NULL,
          MX_GAUGE, MX_USEC, ROW(window) },
};

#define OPTION(member) offsetof(struct mx_pressure_events_options, member)

static const struct mx_option options[] = {
        { "host",
          "Whether the host is watched: for some stall of 10 and of 50 percent of 2 s, and for "
          "full "
          "stall of 5 and of 50 percent.",
          MX_OPT_BOOL, OPTION(host), "true", 0, 0, NULL },
        { "triggers",
          "More thresholds: a stall (some or full, as 150ms) within a window (500ms to 10s, 2s "
          "when "
          "left out) of the host or of a v2 cgroup (as /system.slice/db.service); a window that is "
          "no multiple of 2s needs CAP_SYS_RESOURCE, a cgroup the right to write its "
          "memory.pressure.",
          MX_OPT_ROWS, OPTION(triggers), NULL, 0, TRIGGERS_MAX - DEFAULTS, mx_trigger_keys },
};

static const char *check_row(const struct mx_option *option, const struct mx_row *row)
{
        struct mx_trigger t;

        (void)option;
        return mx_trigger_parse(row, &t);
}

static void add(struct events *e, const struct mx_trigger *t)
{
        size_t i = e->n;

        if (i == TRIGGERS_MAX)
                return;
        e->trigger[i] = *t;
        e->fds[i] = (struct pollfd){ .fd = -1, .events = POLLPRI };
        e->row[i] = (struct trigger_row){ .last_event = MX_ABSENT,
                                          .stall = t->stall,
                                          .window = t->window };
        e->n++;
}

static int arm(struct events *e, size_t i, struct mx_err *reterr)
{
        int fd = mx_trigger_arm(&e->trigger[i], e->host, e->has_tree ? &e->tree : NULL,
                                e->privileged, &e->proof[i], reterr);

        if (fd < 0)
                return fd;
        e->fds[i].fd = fd;
        e->row[i].armed = 1;
        return 0;
}

static void disarm(struct events *e, size_t i)
{
        e->fds[i].fd = mx_close(e->fds[i].fd);
        e->row[i].armed = 0;
}

/* Unsupported when nothing can be watched, unless all that lacks is a cgroup that may come. */
static int arm_all(struct events *e, struct mx_err *reterr)
{
        struct mx_err first = { 0 };
        size_t armed = 0;

        for (size_t i = 0; i < e->n; i++) {
                struct mx_err err = { 0 };
                int r = arm(e, i, &err);

                if (r == 0)
                        armed++;
                else if (first.code == 0 && !(e->trigger[i].cgroup && r == -ENOENT))
                        first = err;
        }
        if (armed > 0 || first.code == 0)
                return 0;
        if (reterr)
                *reterr = first;
        return first.code;
}

static int events_open(void *state, const struct mx_host *host, const void *opts,
                       struct mx_err *reterr)
{
        const struct mx_pressure_events_options *o = opts;
        struct events *e = state;
        bool wants_tree = false;

        e->host = host;
        e->privileged = mx_trigger_is_privileged();
        for (const struct mx_trigger *t = mx_trigger_defaults; o->host && t->name; t++)
                add(e, t);
        for (size_t i = 0; i < o->triggers.n; i++) {
                struct mx_trigger t;

                if (mx_trigger_parse(&o->triggers.row[i], &t))
                        continue; /* check_row() has said so to whoever wrote it */
                add(e, &t);
                wants_tree |= t.cgroup != NULL;
        }
        e->has_tree = wants_tree && mx_cgroup_tree_open(&e->tree, host, NULL) == 0;
        return arm_all(e, reterr);
}

static int events_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct events *e = state;

        (void)reterr;
        for (size_t i = 0; i < e->n; i++) {
                const struct mx_trigger *t = &e->trigger[i];

                if (e->fds[i].fd < 0)
                        (void)arm(e, i, NULL); /* memory_pressure_trigger_armed tells */
                mx_labels_begin(sink);
                mx_label(sink, "threshold", t->name, strlen(t->name));
                if (t->cgroup)
                        mx_label(sink, "cgroup", t->cgroup, strlen(t->cgroup));
                e->labels[i] = mx_labels_end(sink);
        }
        mx_emit_rows(sink, 0, MX_ARRAY_SIZE(families), e->row, e->n, sizeof(*e->row), e->labels);
        return 0;
}

static uint64_t unix_usec(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* True when the event is one. */
static bool count_event(struct events *e, size_t i)
{
        const struct mx_trigger *t = &e->trigger[i];
        uint64_t total = mx_trigger_total(t, e->fds[i].fd);

        if (!mx_trigger_prove(t, &e->proof[i], total, e->privileged)) {
                e->row[i].refuted++;
                return false;
        }
        e->row[i].events++;
        e->row[i].last_event = unix_usec();
        return true;
}

static enum mx_looked events_watch(void *state, enum mx_look why, uint64_t now_usec)
{
        struct events *e = state;
        bool news = false;

        (void)now_usec;
        if (why != MX_LOOK_FD)
                return MX_LOOKED_ON;
        for (size_t i = 0; i < e->n; i++) {
                short got = e->fds[i].revents;

                e->fds[i].revents = 0;
                if (got & (POLLERR | POLLHUP | POLLNVAL)) {
                        disarm(e, i);
                        news = true;
                } else if (got & POLLPRI) {
                        news |= count_event(e, i);
                }
        }
        return news ? MX_LOOKED_NEWS : MX_LOOKED_ON;
}

static void events_plan(void *state, struct mx_watch_plan *ret)
{
        struct events *e = state;

        *ret = (struct mx_watch_plan){ .fds = e->fds, .n_fds = e->n };
}

static void events_close(void *state)
{
        struct events *e = state;

        for (size_t i = 0; i < e->n; i++)
                disarm(e, i);
        if (e->has_tree)
                mx_cgroup_tree_close(&e->tree);
}

const struct mx_collector mx_pressure_events = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "pressure_events",
        .help = "Moments of stall for lack of memory, as the kernel tells of them (PSI triggers).",
        .source = "/proc/pressure/memory",
        .labels = "`threshold` is the name of what is watched for: `some_10_percent`, "
                  "`some_50_percent`, `full_5_percent` and `full_50_percent` of 2 s of the whole "
                  "host, and those of `triggers`; `cgroup` is there for those of a cgroup. "
                  "Counters begin at 0 with the exporter, and again when this collector's "
                  "settings change.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .options = options,
        .n_options = MX_ARRAY_SIZE(options),
        .options_size = sizeof(struct mx_pressure_events_options),
        .run = MX_RUN_WATCH,
        .max_series = TRIGGERS_MAX * MX_ARRAY_SIZE(families),
        .max_bytes = 1 << 20,
        .state_size = sizeof(struct events),
        .open = events_open,
        .collect = events_collect,
        .close = events_close,
        .watch = events_watch,
        .plan = events_plan,
        .check_row = check_row,
};
