/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of every cgroup that is a systemd unit, a slice or a container, from the v1 or the v2
 * hierarchy.
 *
 *   memory_cgroup_current_bytes{cgroup="/system.slice/ssh.service",
 *                               unit="ssh.service",slice="system.slice"} 5234688
 *
 * The labels come from the path alone (cgroup_paths.h): no D-Bus, no container socket. A label that
 * says nothing is left out. `cgroup` is the path in the hierarchy; when a container is given a part
 * of it, the mount's root stands before the path, and limits above that root cannot be seen on v2.
 *
 * Every number covers the cgroup's descendants unless its name says local, so a slice contains its
 * units: a sum is meaningful over cgroups of which none contains another. `unit` is the innermost
 * one that is no slice, so the slices of a user manager carry user@1000.service; a unit's own
 * series is the one whose path ends in it. A container that is a scope (cri-containerd-<id>.scope)
 * has no `unit`: `container` says the same, and the 64 digits of the id would stand in each of its
 * samples three times. So unit!="" are the services of the host and container!="" its containers.
 *
 * By default what a unit or a container keeps below its own cgroup is not shown, as the kernel
 * counts it in the unit's; a unit below another (user managers) is. `sub_cgroups` shows all. */
#include "cgroup.h"

#include "cgroup_choose.h"
#include "cgroup_numa.h"
#include "cgroup_peak.h"
#include "cgroup_walk.h"

#define MAX_SERIES 100000
#define MAX_BYTES  (16U << 20)
#define LABELS_MAX (4U << 20) /* what a sink holds */
#define SPARE      65536      /* bytes of either for the remainder and the totals */

struct cgroup_state {
        struct cgroup_walk walk;
        struct cgroup_chooser chooser;
        struct cgroup_peaks peaks;
        struct mx_labels *labels; /* by row, then by NUMA row */
        size_t size_labels;
        struct cgroup_numa_row *numa; /* the rows that are shown */
        size_t size_numa;
};

static const char *const stat_levels[] = { "basic", "detailed", "all", NULL };
static const char *const local_names[] = { "none", "parents", "all", NULL };

#define OPTION(member) offsetof(struct cgroup_options, member)

static const struct mx_option options[] = {
        { "include", "Cgroups whose path matches are shown.", MX_OPT_FILTER, OPTION(include), NULL,
          0, 0, NULL },
        { "exclude", "Cgroups whose path matches are not shown, as '.*/(session|run)-.*[.]scope'.",
          MX_OPT_FILTER, OPTION(exclude), NULL, 0, 0, NULL },
        { "max_depth", "Cgroups deeper than this below the root are not looked at.", MX_OPT_COUNT,
          OPTION(max_depth), "16", 0, 256, NULL },
        { "max_cgroups",
          "Most cgroups with series of their own; beyond it, or beyond what max_series or 16 MiB "
          "of text hold, the largest are shown, and the use of the others as \"other\".",
          MX_OPT_COUNT, OPTION(max_cgroups), "2000", 1, 10000, NULL },
        { "sub_cgroups",
          "Whether cgroups that a unit or a container keeps below its own are shown too.",
          MX_OPT_BOOL, OPTION(sub_cgroups), "false", 0, 0, NULL },
        { "stat",
          "How much of memory.stat is exported; all includes lines this version does not know.",
          MX_OPT_CHOICE, OPTION(stat), "basic", 0, 0, stat_levels },
        { "numa_stat", "Whether memory by NUMA node is read.", MX_OPT_BOOL, OPTION(numa_stat),
          "false", 0, 0, NULL },
        { "pressure", "Whether stall times are read.", MX_OPT_BOOL, OPTION(pressure), "true", 0, 0,
          NULL },
        { "events_local",
          "Whose events without those of descendants are read too: in a cgroup that never had any "
          "the two are the same. Parents are those that have children, or had some since the "
          "start.",
          MX_OPT_CHOICE, OPTION(events_local), "parents", 0, 0, local_names },
        { "period",
          "Time between two looks at the anonymous memory of the cgroups shown, for its highest "
          "between the runs; 0 is none.",
          MX_OPT_DURATION, OPTION(period), "1s", 0, 60000000, NULL },
        { "budget",
          "CPU time a second that these looks may take, above which they come later; 0 is no "
          "limit.",
          MX_OPT_DURATION, OPTION(budget), "2ms", 0, 1000000, NULL },
};

static int cgroup_open(void *state, const struct mx_host *host, const void *opts,
                       struct mx_err *reterr)
{
        struct cgroup_state *s = state;

        mx_cgroup_peaks_open(&s->peaks, &s->walk);
        return mx_cgroup_walk_open(&s->walk, host, opts, reterr);
}

static void add_word(struct mx_sink *sink, const char *name, struct mx_cgroup_word w)
{
        if (w.len > 0)
                mx_label(sink, name, w.s, w.len);
}

static struct mx_labels labels_of(struct mx_sink *sink, const struct cgroup_walk *w,
                                  const struct cgroup_node *n)
{
        const char *path = mx_cgroup_node_path(w, n);
        struct mx_cgroup_names names;

        mx_cgroup_label_words(path, n->path_len, &names);
        mx_labels_begin(sink);
        mx_label(sink, "cgroup", path, n->path_len);
        add_word(sink, "unit", names.unit);
        add_word(sink, "slice", names.slice);
        add_word(sink, "container", names.container);
        return mx_labels_end(sink);
}

static void blank(const struct cgroup_walk *w, const struct cgroup_ref *ref)
{
        memset(ref->row, 0xff, sizeof(*ref->row)); /* every byte of MX_ABSENT */
        for (size_t id = 0; id < CGROUP_BLOCKS; id++)
                if (ref->block[id])
                        memset(ref->block[id], 0xff, w->reader.block[id].width * sizeof(uint64_t));
}

/* Renders the labels of row i, or blanks it when it has no owner. True when it is shown. */
static bool label_row(struct cgroup_state *s, struct mx_sink *sink, size_t i)
{
        struct cgroup_walk *w = &s->walk;
        struct cgroup_ref ref = mx_cgroup_walk_ref(w, i);
        bool shown = w->owner[i] != CGROUP_NO_OWNER;

        s->labels[i] = (struct mx_labels){ 0 };
        if (shown)
                s->labels[i] = labels_of(sink, w, &w->node[w->owner[i]]);
        else
                blank(w, &ref);
        return shown;
}

static int reserve_labels(struct cgroup_state *s, size_t n)
{
        void *p;

        if (n <= s->size_labels)
                return 0;
        n += n / 2;
        p = realloc(s->labels, n * sizeof(*s->labels));
        if (!p)
                return -ENOMEM;
        s->labels = p;
        s->size_labels = n;
        return 0;
}

static void emit_rows(const struct cgroup_state *s, struct mx_sink *sink)
{
        const struct cgroup_walk *w = &s->walk;

        mx_emit_rows(sink, 0, CGROUP_N_ROW, w->row, w->n_rows, sizeof(*w->row), s->labels);
        for (size_t id = 0; id < CGROUP_BLOCKS; id++) {
                const struct cgroup_block *b = &w->reader.block[id];
                const struct cgroup_span *span = &mx_cgroup_spans[id];

                if (!b->map)
                        continue;
                if (b->width == mx_keymap_width(b->map)) {
                        mx_keymap_emit(b->map, sink, b->values, w->n_rows, s->labels);
                        continue;
                }
                for (size_t c = 0; c < b->width; c++)
                        mx_emit_column(sink, span->first + c, b->values + c, w->n_rows,
                                       b->width * sizeof(uint64_t), s->labels);
        }
}

/* Emits the NUMA rows of the cgroups that are shown. */
static int emit_numa(struct cgroup_state *s, struct mx_sink *sink)
{
        struct cgroup_walk *w = &s->walk;
        size_t n = w->numa ? mx_cgroup_numa_rows(w->numa) : 0, shown = 0;
        int r = reserve_labels(s, n);

        if (r < 0 || n == 0)
                return r;
        if (n > s->size_numa) {
                struct cgroup_numa_row *p = realloc(s->numa, (n + n / 2) * sizeof(*p));

                if (!p)
                        return -ENOMEM;
                s->numa = p;
                s->size_numa = n + n / 2;
        }
        for (size_t i = 0; i < n; i++) {
                uint32_t owner, node;
                struct cgroup_numa_row *row = mx_cgroup_numa_row(w->numa, i, &owner, &node);
                const struct cgroup_node *o = &w->node[owner];

                if (o->row == CGROUP_NO_ROW || w->owner[o->row] != owner)
                        continue;
                mx_labels_begin(sink);
                mx_label(sink, "cgroup", mx_cgroup_node_path(w, o), o->path_len);
                mx_label_u64(sink, "node", node);
                s->labels[shown] = mx_labels_end(sink);
                s->numa[shown++] = *row;
        }
        mx_emit_rows(sink, CGROUP_FIRST_NUMA, CGROUP_N_NUMA, s->numa, shown, sizeof(*s->numa),
                     s->labels);
        return 0;
}

/* A row for what was left out: only usage can be summed. A path never is "other", as it starts with
 * '/'. */
static int add_rest(struct cgroup_state *s, struct mx_sink *sink, uint64_t rest)
{
        struct cgroup_walk *w = &s->walk;
        struct cgroup_ref ref;
        int r = mx_cgroup_walk_add_row(w) ?: reserve_labels(s, w->n_rows);

        if (r < 0)
                return r;
        ref = mx_cgroup_walk_ref(w, w->n_rows - 1);
        blank(w, &ref);
        ref.row->current = rest;
        mx_labels_begin(sink);
        mx_label(sink, "cgroup", "other", 5);
        s->labels[w->n_rows - 1] = mx_labels_end(sink);
        return 0;
}

static int cgroup_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct cgroup_state *s = state;
        struct cgroup_walk *w = &s->walk;
        struct cgroup_budget budget = { mx_sink_room(sink), MAX_BYTES - SPARE, LABELS_MAX - SPARE };
        struct cgroup_totals totals = { .version = (uint64_t)w->tree.version };
        uint64_t rest, dropped;
        size_t n_own;
        int r;

        r = mx_cgroup_walk_run(w, sink, reterr);
        if (r < 0)
                return r;
        budget.series -= MX_MIN(budget.series, CGROUP_N_TOTAL + 1);
        r = mx_cgroup_choose(&s->chooser, w, budget, &rest, &dropped)
                    ?: reserve_labels(s, w->n_rows);
        if (r < 0)
                return r;
        mx_sink_dropped(sink, dropped);
        totals.found = w->n_candidates;
        for (size_t i = 0; i < w->n_rows; i++)
                totals.exported += label_row(s, sink, i);
        totals.look = mx_cgroup_peaks_longest(&s->peaks);
        r = mx_cgroup_peaks_run(&s->peaks);
        n_own = w->n_rows;
        if (r == 0 && rest != MX_ABSENT)
                r = add_rest(s, sink, rest);
        if (r == 0) {
                emit_rows(s, sink);
                if (w->options->period > 0)
                        mx_emit_windows(sink, CGROUP_PEAK, s->peaks.shown, n_own, s->peaks.now,
                                        s->labels);
        }
        r = r ?: emit_numa(s, sink);
        mx_emit_rows(sink, CGROUP_FIRST_TOTAL, CGROUP_N_TOTAL, &totals, 1, sizeof(totals), NULL);
        return r;
}

static void cgroup_close(void *state)
{
        struct cgroup_state *s = state;

        mx_cgroup_peaks_close(&s->peaks);
        mx_cgroup_walk_close(&s->walk);
        mx_cgroup_chooser_done(&s->chooser);
        free(s->labels);
        free(s->numa);
}

static enum mx_looked cgroup_watch(void *state, enum mx_look why, uint64_t now_usec)
{
        struct cgroup_state *s = state;

        (void)why;
        mx_cgroup_peaks_look(&s->peaks, now_usec);
        return MX_LOOKED_ON;
}

static void cgroup_plan(void *state, struct mx_watch_plan *ret)
{
        const struct cgroup_state *s = state;

        mx_cgroup_peaks_plan(&s->peaks, ret);
}

const struct mx_collector mx_cgroup = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "cgroup",
        .help = "Memory of systemd units, slices and containers.",
        .source = "cgroup",
        .labels = "`cgroup` is the path; `unit`, `slice` and `container` (64 digits) are there "
                  "where the path shows one. `cgroup=\"other\"` sums what is not shown by itself. "
                  "`memory_cgroup_numa_*` have `node` too. `memory_cgroup_anon_highest_bytes` has "
                  "`window` (1m, 5m, 1h): it is sampled between the runs, the highest of the time "
                  "that ends now, and is there for every cgroup that has a usage of its own (not "
                  "for the root of v2). A cgroup made anew under the same path within 5 minutes "
                  "goes on with its windows; a restart of the exporter, or other options of the "
                  "collector, begin new ones.",
        .families = mx_cgroup_families,
        .n_families = CGROUP_N_FAMILIES,
        .options = options,
        .n_options = MX_ARRAY_SIZE(options),
        .options_size = sizeof(struct cgroup_options),
        .run = MX_RUN_WORKER,
        .max_series = MAX_SERIES,
        .max_bytes = MAX_BYTES,
        .state_size = sizeof(struct cgroup_state),
        .open = cgroup_open,
        .collect = cgroup_collect,
        .close = cgroup_close,
        .watch = cgroup_watch,
        .plan = cgroup_plan,
};
