/* SPDX-License-Identifier: Apache-2.0 */
/* What the processes hold, by group, and the largest of them one by one.
 *
 * Read of every process, each run: /proc/<pid>/stat and, unless it is a kernel thread or has not
 * moved (process_reuse.c), status and oom_score; cgroup only when the groups depend on it. Of the
 * few that are exported alone all of these in each run, and oom_score_adj and cgroup. Samples of
 * these files are in process_parse.c. None of them takes the process's mmap lock, so none waits for
 * a process that is stuck in a page fault; cmdline, environ, exe, maps and smaps do, and are not
 * read, but smaps_rollup where the configuration asks for it.
 *
 * Resident memory is status's, as stat's is not exact: 6.18 adds up its per-CPU counters for status
 * alone (a cat shows 1728 kB there and 388 pages in stat). From 6.2 until that came both may be off
 * by a batch (the larger of 32 pages and twice the number of CPUs) for each CPU; before 6.2, by 64
 * pages for each thread. */
#include "process.h"

#include "process_reuse.h"
#include "process_smaps.h"

#include <linux/capability.h>

#define MAX_SERIES 20000U
#define MAX_BYTES  (12U << 20) /* 500 groups whose names are 512 bytes, each escaped to three */

enum {
        HOST_PROCESSES,
        HOST_KTHREADS,
        HOST_ZOMBIES,
        HOST_HIDDEN,
        HOST_GROUPS,
        HOST_FOLDED,
        GROUP_PROCESSES,
        GROUP_RESIDENT,
        GROUP_ANON,
        GROUP_FILE,
        GROUP_SHMEM,
        GROUP_SWAP,
        GROUP_VIRTUAL,
        GROUP_LOCKED,
        GROUP_PAGE_TABLES,
        GROUP_HUGETLB,
        GROUP_OOM,
        GROUP_MINOR,
        GROUP_MAJOR,
        TOP_RESIDENT,
        TOP_ANON,
        TOP_FILE,
        TOP_SHMEM,
        TOP_SWAP,
        TOP_OOM,
        TOP_OOM_ADJ,
        TOP_PSS,
        TOP_USS,
        TOP_AGE,
        FAMILIES,
};

#define HOST_FAMILIES  (HOST_FOLDED + 1)
#define GROUP_FAMILIES (GROUP_MAJOR + 1 - GROUP_PROCESSES)
#define TOP_FAMILIES   (FAMILIES - TOP_RESIDENT)

/* The ends of help texts where process_reuse.c has its part in the value. */
#define RUNS_OLD "at most as many runs old as the option reread says."
#define AGED     "; of a process that has not moved, " RUNS_OLD
#define REST                                                                                       \
        "; the series without a pid holds all others, of which those that have not moved "         \
        "are " RUNS_OLD

/* clang-format off */
static const struct mx_family families[] = {
        [HOST_PROCESSES] = { "memory_processes", "Processes that were seen, without kernel threads.", "PF_KTHREAD clear", "/proc/<pid>/stat", MX_GAUGE, MX_ONE, 0 },
        [HOST_KTHREADS] = { "memory_process_kernel_threads", "Kernel threads, which have no memory of their own and are in no group.", "PF_KTHREAD", "/proc/<pid>/stat", MX_GAUGE, MX_ONE, 0 },
        [HOST_ZOMBIES] = { "memory_process_zombies", "Processes that have ended and wait for their parent to take notice.", "state Z", "/proc/<pid>/stat", MX_GAUGE, MX_ONE, 0 },
        [HOST_HIDDEN] = { "memory_processes_hidden", "Processes and kernel threads of this kernel that could not be seen, for hidepid, a security module or the PID namespace; inexact while processes start and end.", "link count of the directory", "/proc", MX_GAUGE, MX_ONE, 0 },
        [HOST_GROUPS] = { "memory_process_groups", "Groups that have at least one process, shown or not.", "comm", "/proc/<pid>/stat", MX_GAUGE, MX_ONE, 0 },
        [HOST_FOLDED] = { "memory_process_groups_folded", "Groups with processes that have no series of their own and are summed in the group other.", "comm", "/proc/<pid>/stat", MX_GAUGE, MX_ONE, 0 },
        [GROUP_PROCESSES] = { "memory_process_group_processes", "Processes in the group, zombies included; the group other holds the groups without series of their own, and processes of that name.", "comm", "/proc/<pid>/stat", MX_GAUGE, MX_ONE, offsetof(struct process_group, processes) },
        [GROUP_RESIDENT] = { "memory_process_group_resident_bytes", "Resident memory of the group's processes added up: memory that they share counts once for each of them" AGED, "VmRSS", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_group, value[MX_PROCESS_RESIDENT]) },
        [GROUP_ANON] = { "memory_process_group_anon_bytes", "Resident anonymous memory of the group's processes added up; what fork shares counts for each" AGED, "RssAnon", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_group, value[MX_PROCESS_ANON]) },
        [GROUP_FILE] = { "memory_process_group_file_bytes", "Resident file mappings of the group's processes added up; shared pages count for each" AGED, "RssFile", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_group, value[MX_PROCESS_FILE]) },
        [GROUP_SHMEM] = { "memory_process_group_shmem_bytes", "Resident shared memory and tmpfs mappings of the group's processes added up; shared pages count for each" AGED, "RssShmem", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_group, value[MX_PROCESS_SHMEM]) },
        [GROUP_SWAP] = { "memory_process_group_swap_bytes", "Swapped-out anonymous memory of the group's processes; swapped-out shared memory is not included" AGED, "VmSwap", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_group, value[MX_PROCESS_SWAP]) },
        [GROUP_VIRTUAL] = { "memory_process_group_virtual_bytes", "Address space of the group's processes added up, used or not.", "VmSize", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_group, value[MX_PROCESS_VIRTUAL]) },
        [GROUP_LOCKED] = { "memory_process_group_locked_bytes", "Memory that the group's processes have locked with mlock" AGED, "VmLck", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_group, value[MX_PROCESS_LOCKED]) },
        [GROUP_PAGE_TABLES] = { "memory_process_group_page_tables_bytes", "Page tables of the group's processes" AGED, "VmPTE", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_group, value[MX_PROCESS_PAGE_TABLES]) },
        [GROUP_HUGETLB] = { "memory_process_group_hugetlb_bytes", "Memory from huge page pools mapped by the group's processes, which is not part of resident memory" AGED, "HugetlbPages", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_group, value[MX_PROCESS_HUGETLB]) },
        [GROUP_OOM] = { "memory_process_group_highest_oom_score", "Highest score that the OOM killer gives to a process of the group" AGED, "", "/proc/<pid>/oom_score", MX_GAUGE, MX_ONE, offsetof(struct process_group, oom_score) },
        [GROUP_MINOR] = { "memory_process_group_minor_faults_total", "Page faults served without reading from disk; a process counts in full when it is first met, and what it does between the last look and its end is not counted.", "minflt", "/proc/<pid>/stat", MX_COUNTER, MX_ONE, offsetof(struct process_group, faults[0]) },
        [GROUP_MAJOR] = { "memory_process_group_major_faults_total", "Page faults that had to read from disk; a process counts in full when it is first met, and what it does between the last look and its end is not counted.", "majflt", "/proc/<pid>/stat", MX_COUNTER, MX_ONE, offsetof(struct process_group, faults[1]) },
        [TOP_RESIDENT] = { "memory_process_resident_bytes", "Resident memory of the largest processes and of those likeliest to be killed" REST, "VmRSS", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_row, value[MX_PROCESS_RESIDENT]) },
        [TOP_ANON] = { "memory_process_anon_bytes", "Resident anonymous memory of a single process" REST, "RssAnon", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_row, value[MX_PROCESS_ANON]) },
        [TOP_FILE] = { "memory_process_file_bytes", "Resident file mappings of a single process" REST, "RssFile", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_row, value[MX_PROCESS_FILE]) },
        [TOP_SHMEM] = { "memory_process_shmem_bytes", "Resident shared memory and tmpfs mappings of a single process" REST, "RssShmem", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_row, value[MX_PROCESS_SHMEM]) },
        [TOP_SWAP] = { "memory_process_swap_bytes", "Swapped-out anonymous memory of a single process" REST, "VmSwap", "/proc/<pid>/status", MX_GAUGE, MX_KIB, offsetof(struct process_row, value[MX_PROCESS_SWAP]) },
        [TOP_OOM] = { "memory_process_oom_score", "Score that the OOM killer gives to the process, highest is killed first.", "", "/proc/<pid>/oom_score", MX_GAUGE, MX_ONE, offsetof(struct process_row, oom_score) },
        [TOP_OOM_ADJ] = { "memory_process_oom_score_adj", "Adjustment of the score, from -1000 (never kill) to 1000 (kill first).", "", "/proc/<pid>/oom_score_adj", MX_GAUGE, MX_INT, offsetof(struct process_row, oom_score_adj) },
        [TOP_PSS] = { "memory_process_pss_bytes", "Resident memory with each page divided by the number of processes that map it, as of the last reading.", "Pss", "/proc/<pid>/smaps_rollup", MX_GAUGE, MX_KIB, offsetof(struct process_row, pss) },
        [TOP_USS] = { "memory_process_uss_bytes", "Resident memory that no other process maps, as of the last reading.", "Private_Clean + Private_Dirty", "/proc/<pid>/smaps_rollup", MX_GAUGE, MX_KIB, offsetof(struct process_row, private) },
        [TOP_AGE] = { "memory_process_smaps_age_seconds", "Time since the last reading of proportional and unique set sizes.", "time of reading", "/proc/<pid>/smaps_rollup", MX_GAUGE, MX_USEC, offsetof(struct process_row, age) },
};
/* clang-format on */

struct process_options {
        uint64_t group_by;
        struct mx_rules groups;
        uint64_t max_groups, empty_runs;
        uint64_t top_resident, top_oom_score;
        uint64_t reread;
        bool smaps_rollup;
        uint64_t smaps_max_rss, smaps_budget;
};

static const char *const rule_keys[] = { "comm", "unit", "cgroup", "user", NULL };
static const char *const group_bys[] = { "comm", "unit", "cgroup", "user", "rules", NULL };

#define AT(member) offsetof(struct process_options, member)

/* clang-format off */
static const struct mx_option process_options[] = {
        { "group_by", "What names the group of a process that no rule takes; rules: such a process is in the group other.", MX_OPT_CHOICE, AT(group_by), "comm", 0, 0, group_bys },
        { "groups", "Groups by regular expressions over comm, unit, cgroup and user: the first that matches takes the process; shown even when empty.", MX_OPT_RULES, AT(groups), NULL, 0, 0, rule_keys },
        { "max_groups", "Groups with series of their own beside those of the rules, the largest by resident memory; the rest is summed in the group other.", MX_OPT_COUNT, AT(max_groups), "200", 0, 500, NULL },
        { "empty_runs", "Runs for which a group without processes is still shown, with 0.", MX_OPT_COUNT, AT(empty_runs), "20", 0, 1000000, NULL },
        { "top_resident", "Single processes shown for their resident memory.", MX_OPT_COUNT, AT(top_resident), "20", 0, PROCESS_TOP_MAX, NULL },
        { "top_oom_score", "Single processes shown for their oom_score.", MX_OPT_COUNT, AT(top_oom_score), "5", 0, PROCESS_TOP_MAX, NULL },
        { "reread", "Runs after which a process that has not moved is read again: while its stat stays the same, its memory and oom_score are those of the last full reading, unless it is shown singly; 1 reads every process in full each time.", MX_OPT_COUNT, AT(reread), "4", 1, 1000, NULL },
        { "smaps_rollup", "Read proportional and unique set sizes of the single processes: slow, holds up the process that is read, and may wait for one that is stuck.", MX_OPT_BOOL, AT(smaps_rollup), "false", 0, 0, NULL },
        { "smaps_max_rss", "Processes with more resident memory are left out of smaps_rollup.", MX_OPT_SIZE, AT(smaps_max_rss), "1GiB", 0, 0, NULL },
        { "smaps_budget", "Time per run after which no further smaps_rollup is begun.", MX_OPT_DURATION, AT(smaps_budget), "50ms", 0, 60000000, NULL },
};
/* clang-format on */

struct process_state {
        const struct process_options *options;
        struct process_list list;
        struct process_reader reader;
        struct process_table table;
        struct process_groups groups;
        struct process_classifier classifier;
        struct process_top top;
        struct process_smaps smaps;
        struct process_group *rows; /* of the groups shown */
        struct mx_labels *labels;

        /* Of the run at work. */
        uint64_t processes, kernel_threads, zombies, denied, invalid, untracked;
        uint64_t total[MX_PROCESS_VALUES]; /* KiB, of all processes */
        uint32_t fields; /* bits by enum mx_process_value: lines that this kernel prints */
};

static int process_open(void *state, const struct mx_host *host, const void *options,
                        struct mx_err *reterr)
{
        struct process_state *s = state;
        size_t rows;
        int r;

        s->options = options;
        process_reader_init(&s->reader, host);
        r = process_list_open(&s->list, host, reterr);
        if (r < 0)
                return r;
        r = process_groups_init(&s->groups) ?: process_top_init(&s->top) ?: process_smaps_init(&s->smaps)
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
        process_smaps_done(&s->smaps);
        free(s->rows);
        free(s->labels);
        s->rows = NULL;
        s->labels = NULL;
}

/* The process is there, but what it holds is not known in this run: its page faults must not be
 * counted from 0 again when it is. */
static void keep_unread(struct process_state *s, uint32_t pid)
{
        struct process *p = process_table_find(&s->table, pid);

        if (!p)
                return;
        p->run = s->table.run;
        p->group = PROCESS_NO_GROUP;
        p->flags &= (uint8_t)~PROCESS_LIVE;
}

static bool is_same_identity(const struct process *p, const struct process_sample *v)
{
        return p->group != PROCESS_NO_GROUP && p->uid == v->status.uid &&
               p->cgroup_hash == v->cgroup_hash && p->comm_len == v->comm_len &&
               memcmp(p->comm, v->comm, sizeof(p->comm)) == 0;
}

/* What a counter of a process has risen by since it was last seen. One that went back has wrapped,
 * or is not to be believed: nothing is added. */
static void count_faults(struct process_group *group, struct process *p,
                         const struct process_sample *v)
{
        const uint64_t now[2] = { v->stat.minor_faults, v->stat.major_faults };

        for (size_t k = 0; k < 2; k++) {
                if (now[k] > p->faults[k] && now[k] <= (uint64_t)INT64_MAX)
                        group->pending[k] += now[k] - p->faults[k];
                p->faults[k] = now[k];
        }
}

/* Adds a process to the sums. */
static void add_up(struct process_state *s, const struct process *p)
{
        process_group_add(&s->groups.group[p->group], p->value,
                          p->oom_score == UINT32_MAX ? MX_ABSENT : p->oom_score);
        s->processes++;
        s->zombies += (p->flags & PROCESS_ZOMBIE) != 0;
        s->fields |= p->fields;
        for (size_t k = 0; k < MX_PROCESS_VALUES; k++)
                s->total[k] += p->value[k];
}

/* Keeps a process of this run in the table; `full`: status and oom_score were read. One that the
 * table has no room for is added up at once. */
static void keep_sample(struct process_state *s, struct process *p, uint32_t pid,
                        const struct process_sample *v, bool full)
{
        struct process untracked = { .pid = pid, .group = PROCESS_NO_GROUP };
        bool is_tracked;

        if (p && p->start_time != v->stat.start_time)
                *p = untracked;
        if (!p)
                p = process_table_add(&s->table, pid);
        is_tracked = p != NULL;
        if (!p)
                p = &untracked;
        if (!is_same_identity(p, v)) {
                p->group = process_classify(&s->classifier, &s->groups, v->comm, v->comm_len,
                                            v->status.uid, &v->cgroup);
                p->uid = v->status.uid;
                p->cgroup_hash = v->cgroup_hash;
                p->comm_len = v->comm_len;
                memcpy(p->comm, v->comm, sizeof(p->comm));
        }
        p->run = s->table.run;
        p->start_time = v->stat.start_time;
        p->flags &= (uint8_t)~PROCESS_FRESH;
        if (full)
                process_reuse_keep(p, v, s->table.run, (uint32_t)s->options->reread);
        if (is_tracked) {
                count_faults(&s->groups.group[p->group], p, v);
                return;
        }
        s->untracked++;
        add_up(s, p);
}

/* Counts a process that was not read. Fails only for a reason that is not the process's. */
static int count_unread(struct process_state *s, uint32_t pid, int outcome)
{
        switch (outcome) {
        case PROCESS_IS_KTHREAD:
                s->kernel_threads++;
                return 0;
        case PROCESS_HAS_GONE:
                return 0;
        case PROCESS_IS_DENIED:
                s->denied++;
                keep_unread(s, pid);
                return 0;
        case PROCESS_IS_MALFORMED:
                s->invalid++;
                keep_unread(s, pid);
                return 0;
        default:
                return outcome;
        }
}

static int walk_one(struct process_state *s, uint32_t pid)
{
        struct process *p = process_table_find(&s->table, pid);
        struct process_sample v;
        bool full;
        int r;

        if (p && p->run == s->table.run)
                return 0; /* listed twice */
        r = process_sample_begin(&v, &s->reader, pid);
        if (r != PROCESS_READ)
                return count_unread(s, pid, r);
        full = !p || !process_reuse_may(p, &v, s->table.run);
        if (full)
                r = process_sample_finish(&v, &s->reader, pid);
        else
                v.status.uid = p->uid;
        if (r != PROCESS_READ)
                return count_unread(s, pid, r);
        if (s->classifier.needs_cgroup)
                process_sample_cgroup(&v, &s->reader);
        keep_sample(s, p, pid, &v, full);
        s->invalid += v.invalid;
        return 0;
}

static int walk(struct process_state *s, struct mx_err *reterr)
{
        int r = process_list_read(&s->list, reterr);

        if (r < 0)
                return r;
        if (s->list.n == 0)
                return mx_err_set(reterr, -EOPNOTSUPP, "no process is to be seen", "/proc", 0);
        s->processes = s->kernel_threads = s->zombies = s->denied = s->invalid = s->untracked = 0;
        s->fields = 0;
        memset(s->total, 0, sizeof(s->total));
        process_table_begin(&s->table);
        process_groups_begin(&s->groups);
        process_classifier_begin(&s->classifier);
        for (size_t i = 0; i < s->list.n; i++) {
                r = walk_one(s, s->list.pid[i]);
                if (r < 0)
                        return mx_err_set(reterr, r, "cannot read a process", "/proc/<pid>", 0);
        }
        process_table_sweep(&s->table);
        return 0;
}

/* Reads a process in full that has come to be shown alone since it was last read so. Should its
 * name or user be others by now, the next run will tell: it reads those in full that were shown. */
static int refresh(struct process_state *s, struct process *p)
{
        struct process_sample v;
        int r = process_sample_begin(&v, &s->reader, p->pid);

        if (r == PROCESS_READ && v.stat.start_time != p->start_time)
                r = PROCESS_HAS_GONE;
        if (r == PROCESS_READ)
                r = process_sample_finish(&v, &s->reader, p->pid);
        if (r != PROCESS_READ)
                return count_unread(s, p->pid, r);
        process_reuse_keep(p, &v, s->table.run, (uint32_t)s->options->reread);
        s->invalid += v.invalid;
        return 0;
}

static int choose(struct process_state *s, struct mx_sink *sink, struct mx_err *reterr)
{
        const struct process_options *o = s->options;

        process_top_choose(&s->top, &s->table, o->top_resident, o->top_oom_score);
        for (size_t i = 0; i < s->top.n_chosen; i++) {
                struct process *p = &s->table.process[s->top.chosen[i]];
                int r = p->flags & PROCESS_FRESH ? 0 : refresh(s, p);

                if (r < 0)
                        return mx_err_set(reterr, r, "cannot read a process", "/proc/<pid>", 0);
        }
        process_top_fill(&s->top, &s->table, &s->reader, sink);
        if (o->smaps_rollup)
                process_smaps_read(
                        &s->smaps, &s->top, &s->reader,
                        &(struct process_smaps_limits){ o->smaps_max_rss / 1024, o->smaps_budget });
        return 0;
}

/* The sums are made when all is read: what is shown alone is in them as it is shown. */
static void sum_up(struct process_state *s, struct mx_sink *sink)
{
        for (uint32_t i = 0; i < s->table.n; i++)
                if (s->table.process[i].flags & PROCESS_LIVE)
                        add_up(s, &s->table.process[i]);
        process_top_remainder(&s->top, sink, s->total, s->fields);
}

/* How many groups beside the fixed ones and `other` the sink still has room for. */
static size_t room_for_groups(const struct process_state *s, const struct mx_sink *sink)
{
        size_t room = mx_sink_room(sink), top = (s->top.n + 1) * TOP_FAMILIES;
        size_t taken = HOST_FAMILIES + top + (s->groups.n_fixed + 1) * (size_t)GROUP_FAMILIES;

        room = room > taken ? (room - taken) / GROUP_FAMILIES : 0;
        return MX_MIN(room, (size_t)s->options->max_groups);
}

static void emit_groups(struct process_state *s, struct mx_sink *sink)
{
        struct process_groups *g = &s->groups;

        for (uint32_t i = 0; i < g->n_shown; i++) {
                struct process_group *row = &s->rows[i];

                *row = g->group[g->order[i]];
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
        int r = walk(s, reterr);

        if (r < 0)
                return r;
        r = choose(s, sink, reterr);
        if (r < 0)
                return r;
        sum_up(s, sink);
        process_groups_settle(&s->groups, room_for_groups(s, sink), s->options->empty_runs);
        mx_sink_invalid(sink, s->invalid);
        mx_sink_dropped(sink, s->untracked + (uint64_t)s->groups.n_folded * GROUP_FAMILIES);
        emit_host(s, sink);
        emit_groups(s, sink);
        if (s->options->top_resident + s->options->top_oom_score > 0)
                mx_emit_rows(sink, TOP_RESIDENT, TOP_FAMILIES, s->top.row, s->top.n + 1,
                             sizeof(*s->top.row), s->top.labels);
        return 0;
}

static const struct mx_need needs[] = {
        { CAP_SYS_PTRACE, "smaps_rollup", "1/smaps_rollup",
          "proportional and unique set sizes of other users' processes" },
};

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
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .options = process_options,
        .n_options = MX_ARRAY_SIZE(process_options),
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
};
