/* SPDX-License-Identifier: Apache-2.0 */
/* What the collector shows, and how. */
#include "oom.h"

#include "cgroup_budget.h"

enum {
        KILLS,
        LAST_KILL,
        ANON,
        FILE_RSS,
        SHMEM,
        PAGE_TABLES,
        INFO,
        NAMED,
        REPEATED,
        UNPLACED,
        FOLDED,
        CONSTRAINT,
        KERNEL,
        UNEXPLAINED,
        UNEXPLAINED_CGROUP,
        READABLE,
        LOST,
        FAILURES,
};

#define AT(member) offsetof(struct oom_victim, member)
#define SINCE      " since the exporter started"
#define FORGOTTEN                                                                                  \
        "; a series without a kill for as long as the option keep says is forgotten, and one "     \
        "begins with its first kill, at 1 or more, which increase() does not see: "
#define KILLED       "Killed process"
#define COUNT_SOURCE "/proc/vmstat"

/* clang-format off */
const struct mx_family oom_families[OOM_FAMILIES] = {
        [KILLS] = { "memory_oom_kills_total", "Processes that the OOM killer has killed" SINCE ", by the victim's own unit or container and its name" FORGOTTEN "ask memory_oom_last_kill_timestamp_seconds, or memory_oom_named_kills_total, which begins at 0.", KILLED, NULL, MX_COUNTER, MX_ONE, AT(kills) },
        [LAST_KILL] = { "memory_oom_last_kill_timestamp_seconds", "When the last of these kills was read from the log, in seconds since 1970.", KILLED, NULL, MX_GAUGE, MX_USEC, AT(last_usec) },
        [ANON] = { "memory_oom_last_victim_anon_bytes", "Resident anonymous memory of the last victim when it was killed.", "anon-rss", NULL, MX_GAUGE, MX_KIB, AT(anon) },
        [FILE_RSS] = { "memory_oom_last_victim_file_bytes", "Resident file mappings of the last victim when it was killed.", "file-rss", NULL, MX_GAUGE, MX_KIB, AT(file) },
        [SHMEM] = { "memory_oom_last_victim_shmem_bytes", "Resident shared memory of the last victim when it was killed.", "shmem-rss", NULL, MX_GAUGE, MX_KIB, AT(shmem) },
        [PAGE_TABLES] = { "memory_oom_last_victim_page_tables_bytes", "Page tables of the last victim when it was killed.", "pgtables", NULL, MX_GAUGE, MX_KIB, AT(page_tables) },
        [INFO] = { "memory_oom_last_victim_info", "The last victim: its cgroup (not known without the label), process id, user id, and what memory was short (constraint).", KILLED, NULL, MX_INFO, MX_ONE, AT(one) },
        [NAMED] = { "memory_oom_named_kills_total", "OOM kills that the kernel's log tells of" SINCE ", those of memory_oom_repeated_kills_total among them.", KILLED, NULL, MX_COUNTER, MX_ONE, 0 },
        [REPEATED] = { "memory_oom_repeated_kills_total", "OOM kills" SINCE " of the first victim of a group (memory.oom.group), which the kernel kills and counts again with its group: they are in the kernel's count and not in that by unit.", "Tasks in", NULL, MX_COUNTER, MX_ONE, 0 },
        [UNPLACED] = { "memory_oom_unplaced_kills_total", "OOM kills" SINCE " whose victim has a name in the log and no cgroup: its report was rate-limited or is of a kernel before 5.0, the process was gone before it could be asked, and the counts of cgroups did not tell within ten seconds.", KILLED, NULL, MX_COUNTER, MX_ONE, 0 },
        [FOLDED] = { "memory_oom_folded_kills_total", "OOM kills" SINCE " counted under the name other, as there were as many victims as the option max_victims allows, or a quarter as many of one unit or container and all in it.", KILLED, NULL, MX_COUNTER, MX_ONE, 0 },
        [CONSTRAINT] = { "memory_oom_constraint_kills_total", "OOM kills that the kernel's log tells of" SINCE ", by what was short of memory: the host (none), the nodes of a cpuset or of a memory policy, or a cgroup (memcg); before 5.0, and where the report was rate-limited, the log tells memcg from all others (unknown) alone.", "constraint", NULL, MX_COUNTER, MX_ONE, 0 },
        [KERNEL] = { "memory_oom_kernel_kills_total", "OOM kills that the kernel has counted" SINCE ".", "oom_kill", COUNT_SOURCE, MX_COUNTER, MX_ONE, 0 },
        [UNEXPLAINED] = { "memory_oom_unexplained_kills_total", "OOM kills that the kernel has counted" SINCE " and that no line of its log explains, five seconds and more later; should the line come later still, the next unexplained one is not counted.", "oom_kill", COUNT_SOURCE, MX_COUNTER, MX_ONE, 0 },
        [UNEXPLAINED_CGROUP] = { "memory_oom_unexplained_cgroup_kills_total", "Those of the unexplained kills" SINCE " that the counts of cgroups give a place: the deepest one that is still there; on cgroup v1 a cgroup that has gone leaves no count" FORGOTTEN "ask memory_oom_unexplained_kills_total, which begins at 0.", "memory.events oom_kill, memory.oom_control oom_kill", "cgroup", MX_COUNTER, MX_ONE, offsetof(struct oom_unexplained, kills) },
        [READABLE] = { "memory_oom_log_readable", "Whether the kernel's log can be read (1), or all kills are unexplained, and allocations that failed not known (0).", "", NULL, MX_GAUGE, MX_ONE, 0 },
        [LOST] = { "memory_oom_log_lost_records_total", "Records of the kernel's log, at least, that were overwritten before they could be read" SINCE ".", "", NULL, MX_COUNTER, MX_ONE, 0 },
        [FAILURES] = { "memory_page_allocation_failures_logged_total", "Allocations of pages that failed" SINCE ", at least: the kernel's log tells of one in ten seconds, of all orders and of vmalloc together (before 5.4: of ten in five). By the order, which is how many pages were asked for in one piece, as a power of 2: at 0 not one was left that the caller may take, at 4+ free memory is mostly in fragments.", "page allocation failure", NULL, MX_COUNTER, MX_ONE, 0 },
};
/* clang-format on */

_Static_assert(FAILURES + 1 == OOM_FAMILIES, "the header counts the families");
_Static_assert(INFO + 1 == OOM_ROW_FAMILIES, "the header counts the families of a victim");

static void add_word(struct mx_sink *sink, const char *name, const char *s, size_t len)
{
        if (len > 0)
                mx_label(sink, name, s, len);
}

static void label_victim(struct mx_sink *sink, const struct oom_victim *v)
{
        add_word(sink, "unit", v->unit, v->unit_len);
        add_word(sink, "container", v->container, v->container_len);
        mx_label(sink, "comm", v->comm, v->comm_len);
}

static void label_last(struct mx_sink *sink, const struct oom_victim *v)
{
        label_victim(sink, v);
        add_word(sink, "cgroup", v->cgroup, v->cgroup_len);
        mx_label(sink, "constraint", mx_oom_constraints[v->constraint],
                 strlen(mx_oom_constraints[v->constraint]));
        mx_label_u64(sink, "pid", v->pid);
        if (v->uid != MX_ABSENT)
                mx_label_u64(sink, "uid", v->uid);
}

static void emit_victims(struct oom_state *s, struct mx_sink *sink)
{
        const struct oom_victim *row = s->ledger.row;
        size_t room = mx_sink_room(sink), n;

        room = room > OOM_FIXED_SERIES ? (room - OOM_FIXED_SERIES) / OOM_ROW_FAMILIES : 0;
        n = MX_MIN(s->ledger.n, room);
        mx_sink_dropped(sink,
                        (s->ledger.n - n + s->ledger.folded - s->folded_told) * OOM_ROW_FAMILIES);
        s->folded_told = s->ledger.folded;
        for (size_t i = 0; i < n; i++) {
                mx_labels_begin(sink);
                label_victim(sink, &row[i]);
                s->labels[i] = mx_labels_end(sink);
        }
        mx_emit_rows(sink, KILLS, INFO - KILLS, row, n, sizeof(*row), s->labels);
        for (size_t i = 0; i < n; i++) {
                mx_labels_begin(sink);
                label_last(sink, &row[i]);
                s->labels[i] = mx_labels_end(sink);
        }
        mx_emit_rows(sink, INFO, 1, row, n, sizeof(*row), s->labels);
}

static void emit_constraints(struct oom_state *s, struct mx_sink *sink)
{
        for (size_t i = 0; i < MX_OOM_CONSTRAINTS; i++) {
                mx_labels_begin(sink);
                mx_label(sink, "constraint", mx_oom_constraints[i], strlen(mx_oom_constraints[i]));
                s->labels[i] = mx_labels_end(sink);
        }
        mx_emit_column(sink, CONSTRAINT, s->constraint, MX_OOM_CONSTRAINTS, sizeof(uint64_t),
                       s->labels);
}

static void emit_failures(struct oom_state *s, struct mx_sink *sink)
{
        static const char *const orders[MX_OOM_ORDERS] = { "0", "1-3", "4+" };

        for (size_t i = 0; i < MX_OOM_ORDERS; i++) {
                mx_labels_begin(sink);
                mx_label(sink, "orders", orders[i], strlen(orders[i]));
                s->labels[i] = mx_labels_end(sink);
        }
        mx_emit_column(sink, FAILURES, s->failures, MX_OOM_ORDERS, sizeof(uint64_t), s->labels);
}

static void emit_places(struct oom_state *s, struct mx_sink *sink)
{
        const struct oom_unexplained *row = s->cgroups.place;
        size_t n = s->cgroups.n_places;

        for (size_t i = 0; i < n; i++) {
                struct mx_cgroup_names names = { 0 };

                mx_labels_begin(sink);
                if (row[i].path_len > 0) {
                        mx_cgroup_label_words(row[i].path, row[i].path_len, &names);
                        mx_label(sink, "cgroup", row[i].path, row[i].path_len);
                } else {
                        mx_label(sink, "cgroup", "other", 5);
                }
                add_word(sink, "unit", names.unit.s, names.unit.len);
                add_word(sink, "container", names.container.s, names.container.len);
                s->labels[i] = mx_labels_end(sink);
        }
        mx_emit_rows(sink, UNEXPLAINED_CGROUP, 1, row, n, sizeof(*row), s->labels);
}

/* What comes from the log: absent while it was never there, as nothing is known then. */
static void emit_log(struct oom_state *s, struct mx_sink *sink)
{
        mx_emit(sink, READABLE, s->kmsg.open);
        if (!s->has_log)
                return;
        emit_victims(s, sink);
        mx_emit(sink, NAMED, s->named);
        mx_emit(sink, REPEATED, s->repeated);
        mx_emit(sink, UNPLACED, s->unplaced);
        mx_emit(sink, FOLDED, s->ledger.folded);
        emit_constraints(s, sink);
        mx_emit(sink, LOST, s->kmsg.lost);
        emit_failures(s, sink);
}

void oom_emit(struct oom_state *s, struct mx_sink *sink)
{
        emit_log(s, sink);
        mx_emit(sink, KERNEL, s->counts ? s->kernel : MX_ABSENT);
        mx_emit(sink, UNEXPLAINED, s->counts ? s->unexplained : MX_ABSENT);
        emit_places(s, sink);
}
