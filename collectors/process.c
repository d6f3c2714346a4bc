/* SPDX-License-Identifier: Apache-2.0 */
/* What the processes hold, by group, and the largest of them one by one.
 *
 * Read of every process, each run: /proc/<pid>/stat and, unless it is a kernel thread or has not
 * moved (process_reuse.c), status and oom_score; cgroup only when the groups depend on it. Of the
 * few that are exported alone all of these in each run, and oom_score_adj and cgroup. Samples of
 * these files are in process_parse.c. None of them takes the process's mmap lock, so none waits for
 * a process that is stuck in a page fault; limits, read seldom (process_limits.c), does
 * not either. cmdline, environ, exe, maps and smaps do, and are not read, but smaps_rollup, maps
 * and numa_maps where the configuration asks for it (process_readings.h).
 *
 * Resident memory is status's, as stat's is not exact: 6.18 adds up its per-CPU counters for status
 * alone (a cat shows 1728 kB there and 388 pages in stat). From 6.2 until that came both may be off
 * by a batch (the larger of 32 pages and twice the number of CPUs) for each CPU; before 6.2, by 64
 * pages for each thread. */
#include "process.h"

#include "process_families.h"
#include "process_limits.h"
#include "process_walk.h"

#include <linux/capability.h>

#define MAX_SERIES 20000U
#define MAX_BYTES  (12U << 20) /* 500 groups whose names are 512 bytes, each escaped to three */

static int process_open(void *state, const struct mx_host *host, const void *options,
                        struct mx_err *reterr)
{
        struct process_state *s = state;
        size_t rows;
        int r;

        s->options = options;
        process_reader_init(&s->reader, host);
        process_detail_init(&s->detail, s->options);
        r = process_list_open(&s->list, host, reterr);
        if (r < 0)
                return r;
        r = process_groups_init(&s->groups) ?: process_top_init(&s->top)
                ?: process_classifier_init(&s->classifier, host, &s->options->groups,
                                           s->options->group_by, &s->groups);
        if (r < 0)
                return r;
        rows = MX_MIN(s->options->max_groups + s->groups.n_fixed + 1, PROCESS_GROUPS_CAP);
        s->rows = calloc(rows, sizeof(*s->rows));
        s->labels = calloc(rows, sizeof(*s->labels));
        return s->rows && s->labels ? 0 : -ENOMEM;
}

static void process_close(void *state)
{
        struct process_state *s = state;

        process_list_close(&s->list);
        process_reader_done(&s->reader);
        process_table_done(&s->table);
        process_groups_done(&s->groups);
        process_classifier_done(&s->classifier);
        process_top_done(&s->top);
        process_detail_done(&s->detail);
        free(s->rows);
        free(s->labels);
        s->rows = NULL;
        s->labels = NULL;
}

static int choose(struct process_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        const struct process_options *o = s->options;

        process_top_choose(&s->top, &s->table, o->top_resident, o->top_oom_score);
        for (size_t i = 0; i < s->top.n_chosen; i++) {
                struct process *p = &s->table.process[s->top.chosen[i]];
                int r = p->flags & PROCESS_FRESH ? 0 : process_refresh(s, p);

                if (r < 0)
                        return mx_err_set(reterr, r, "cannot read a process", "/proc/<pid>", 0);
        }
        process_top_fill(&s->top, &s->table, &s->reader, sink);
        if (o->limits)
                process_limits_fill(&s->top, &s->table);
        process_detail_run(&s->detail, &s->table, &s->reader);
        process_detail_fill(&s->detail, &s->table, &s->top, &s->groups);
        s->invalid += s->detail.invalid;
        return 0;
}

/* The sums are made when all is read: what is shown alone is in them as it is shown. */
static void sum_up(struct process_state *s, struct mx_sink *sink)
{
        for (uint32_t i = 0; i < s->table.n; i++)
                if (s->table.process[i].flags & PROCESS_LIVE)
                        process_add_up(s, &s->table.process[i]);
        process_top_remainder(&s->top, sink, s->total, s->fields);
}

/* How many groups beside the fixed ones and `other` the sink still has room for. */
static size_t room_for_groups(const struct process_state *s, const struct mx_sink *sink)
{
        size_t room = mx_sink_room(sink), top = (s->top.n + 1) * TOP_FAMILIES;
        size_t taken = HOST_FAMILIES + top + (s->groups.n_fixed + 1) * (size_t)GROUP_FAMILIES;

        taken += process_numa_series(&s->detail.numa);

        room = room > taken ? (room - taken) / GROUP_FAMILIES : 0;
        return MX_MIN(room, (size_t)s->options->max_groups);
}

static void emit_groups(struct process_state *s, struct mx_sink *sink)
{
        struct process_groups *g = &s->groups;

        for (uint32_t i = 0; i < g->n_shown; i++) {
                struct process_group *row = &s->rows[i];

                *row = g->group[g->order[i]];
                process_detail_settle(&s->detail, row);
                for (size_t k = 0; k < MX_PROCESS_VALUES; k++)
                        if (!(s->fields >> k & 1U))
                                row->value[k] = MX_ABSENT;
                mx_labels_begin(sink);
                mx_label(sink, "group", process_group_name(g, row), row->name_len);
                s->labels[i] = mx_labels_end(sink);
        }
        mx_emit_rows(sink, GROUP_PROCESSES, GROUP_FAMILIES, s->rows, g->n_shown, sizeof(*s->rows),
                     s->labels);
}

static void emit_host(struct process_state *s, struct mx_sink *sink)
{
        uint64_t groups = 0, hidden = s->list.hidden;

        for (uint32_t i = 0; i < s->groups.n_shown; i++)
                groups += s->groups.order[i] != PROCESS_GROUP_OTHER &&
                          s->groups.group[s->groups.order[i]].processes > 0;
        if (s->denied > 0)
                hidden = (hidden == MX_ABSENT ? 0 : hidden) + s->denied;
        mx_emit(sink, HOST_PROCESSES, s->processes);
        mx_emit(sink, HOST_KTHREADS, s->kernel_threads);
        mx_emit(sink, HOST_ZOMBIES, s->zombies);
        mx_emit(sink, HOST_HIDDEN, hidden);
        mx_emit(sink, HOST_GROUPS, groups + s->groups.n_folded);
        mx_emit(sink, HOST_FOLDED, s->groups.n_folded);
}

static int process_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct process_state *s = state;
        int r = process_walk(s, reterr);

        if (r < 0)
                return r;
        r = choose(s, sink, reterr);
        if (r < 0)
                return r;
        sum_up(s, sink);
        process_groups_settle(&s->groups, room_for_groups(s, sink), s->options->empty_runs);
        mx_sink_invalid(sink, s->invalid);
        mx_sink_dropped(sink, s->untracked + s->detail.left_out +
                                      (uint64_t)s->groups.n_folded * GROUP_ALWAYS);
        emit_host(s, sink);
        emit_groups(s, sink);
        if (s->options->top_resident + s->options->top_oom_score > 0)
                mx_emit_rows(sink, TOP_RESIDENT, TOP_FAMILIES, s->top.row, s->top.n + 1,
                             sizeof(*s->top.row), s->top.labels);
        process_numa_emit(&s->detail.numa, &s->table, sink, TOP_NODE);
        return 0;
}

static const struct mx_need needs[] = {
        { CAP_SYS_PTRACE, "smaps_rollup", "1/smaps_rollup",
          "proportional and unique set sizes of other users' processes" },
        { CAP_SYS_PTRACE, "smaps_groups", "1/smaps_rollup",
          "proportional and unique set sizes of groups with other users' processes" },
        { CAP_SYS_PTRACE, "map_counts", "1/maps", "mappings of other users' processes" },
        { CAP_SYS_PTRACE, "numa_maps", "1/numa_maps",
          "placement on nodes of other users' processes" },
};

static const char *check_options(const void *options)
{
        const struct process_options *o = options;

        if (o->group_by != PROCESS_BY_RULES || o->groups.n > 0)
                return NULL;
        return "'group_by' is rules, and 'groups' has none: every process is in the group other";
}

const struct mx_collector mx_process = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "process",
        .help = "What processes hold: by group, and the largest one by one.",
        .source = "/proc/<pid>",
        .labels = "`group` names a group; `group=\"other\"` sums those without series of their "
                  "own. Single processes have `pid`, `comm` and, where there is one, `unit`; "
                  "`comm=\"other\"` without `pid` is all the rest, so that sums are those of the "
                  "host.",
        .families = process_families,
        .n_families = PROCESS_FAMILIES,
        .options = process_options,
        .n_options = PROCESS_OPTIONS,
        .options_size = sizeof(struct process_options),
        .run = MX_RUN_WORKER,
        .max_series = MAX_SERIES,
        .max_bytes = MAX_BYTES,
        .state_size = sizeof(struct process_state),
        .open = process_open,
        .collect = process_collect,
        .close = process_close,
        .needs = needs,
        .n_needs = MX_ARRAY_SIZE(needs),
        .check_options = check_options,
};
