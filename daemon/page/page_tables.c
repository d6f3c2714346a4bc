/* SPDX-License-Identifier: Apache-2.0 */
/* The tables: processes and cgroups by size. A cell carries what it is sorted by: -1 where nothing
 * is known, so that such rows gather at one end. */
#include "page_private.h"

#include "scale.h"

#include <inttypes.h>
#include <string.h>

/* `sort`: "num", "text". The column that the server sorts by is `current`. */
static void column(struct html *h, const char *name, const char *sort, bool current)
{
        html_format(h, "<th scope=\"col\" data-sort=\"%s\"%s%s>%s</th>", sort,
                    sort[0] == 'n' ? " class=\"num\"" : "",
                    current ? " aria-sort=\"descending\"" : "", name);
}

static void open_table(struct html *h, const char *name)
{
        html_format(h,
                    "<div class=\"scroll\" role=\"region\" aria-label=\"%s\" tabindex=\"0\">"
                    "<table class=\"rows\"><caption class=\"hidden\">%s</caption><thead><tr>",
                    name, name);
}

static void close_table(struct html *h)
{
        html_put(h, "</tbody></table></div>");
}

static void number_cell(struct html *h, uint64_t v)
{
        if (v == MX_ABSENT)
                html_put(h, "<td class=\"num unknown\" data-value=\"-1\">not known</td>");
        else
                html_format(h, "<td class=\"num\" data-value=\"%" PRIu64 "\">%" PRIu64 "</td>", v,
                            v);
}

static void bytes_cell(struct html *h, uint64_t v)
{
        if (v == MX_ABSENT) {
                number_cell(h, v);
                return;
        }
        html_format(h, "<td class=\"num\" data-value=\"%" PRIu64 "\" title=\"%" PRIu64 " bytes\">",
                    v, v);
        html_bytes(h, v);
        html_put(h, "</td>");
}

static void text_cell(struct html *h, const char *tag, struct view_text text)
{
        html_format(h, "<%s%s data-value=\"", tag, tag[1] == 'h' ? " scope=\"row\"" : "");
        html_label(h, text);
        html_put(h, "\">");
        html_label(h, text);
        html_format(h, "</%s>", tag);
}

static void process_row(struct html *h, const struct view_process *p)
{
        struct view_text pid = view_label(p->row.labels, "pid");

        html_put(h, "<tr>");
        text_cell(h, "th", view_label(p->row.labels, "comm"));
        html_put(h, "<td class=\"num\" data-value=\"");
        html_label(h, pid);
        html_put(h, "\">");
        html_label(h, pid);
        html_put(h, "</td>");
        bytes_cell(h, p->row.size);
        bytes_cell(h, p->anon);
        bytes_cell(h, p->swap);
        number_cell(h, p->oom_score);
        if (p->oom_score_adj == INT64_MIN)
                number_cell(h, MX_ABSENT);
        else
                html_format(h, "<td class=\"num\" data-value=\"%" PRId64 "\">%" PRId64 "</td>",
                            p->oom_score_adj, p->oom_score_adj);
        html_put(h, "</tr>");
}

static void oom_choice(struct html *h, const struct view_process *p)
{
        if (!p->row.labels.data || p->oom_score == MX_ABSENT || p->oom_score == 0)
                return;
        html_put(h, "<p class=\"lead\" id=\"oom\">The OOM killer would choose next: <strong>");
        html_label(h, view_label(p->row.labels, "comm"));
        html_put(h, "</strong> (pid ");
        html_label(h, view_label(p->row.labels, "pid"));
        html_format(h, ", oom_score %" PRIu64 ", ", p->oom_score);
        html_bytes_exact(h, p->row.size);
        html_put(h, " resident).</p><p class=\"note\">When the whole host is out of memory, and of "
                    "the processes that have samples here; a cgroup at its limit chooses among its "
                    "own, and vm.oom_kill_allocating_task and vm.panic_on_oom choose otherwise. Of "
                    "equal scores the larger process is named.</p>");
}

static void shown_of(struct html *h, size_t shown, size_t all, const char *what)
{
        if (all > shown)
                html_format(h, "<p class=\"note\">The %zu largest of %zu %s in the metrics.</p>",
                            shown, all, what);
}

static void not_known(struct html *h, const struct page_model *m, const char *collector)
{
        html_put(h, "<p class=\"unknown\">Nothing to show: the collector ");
        html_put(h, collector);
        for (size_t i = 0; i < m->n_collectors; i++)
                if (strcmp(m->collector[i].name, collector) == 0) {
                        html_put(h, m->collector[i].status.state == RUN_PENDING
                                            ? " is at its first run.</p>"
                                    : m->collector[i].served ? " has found none.</p>"
                                                             : " has no current result.</p>");
                        return;
                }
        html_put(h, " is not enabled.</p>");
}

void page_processes(struct html *h, const struct page_model *m)
{
        const struct view *v = &m->view;

        if (v->n_processes == 0) {
                not_known(h, m, "process");
                return;
        }
        oom_choice(h, &v->oom);
        open_table(h, "Largest processes");
        column(h, "Process", "text", false);
        column(h, "PID", "num", false);
        column(h, "Resident", "num", true);
        column(h, "Anonymous", "num", false);
        column(h, "Swap", "num", false);
        column(h, "oom_score", "num", false);
        column(h, "oom_score_adj", "num", false);
        html_put(h, "</tr></thead><tbody>");
        for (size_t i = 0; i < v->n_processes; i++)
                process_row(h, &v->process[i]);
        close_table(h);
        shown_of(h, v->n_processes, v->n_all_processes, "processes");
}

static void limit_cells(struct html *h, const struct view_cgroup *c)
{
        if (c->limit == MX_ABSENT) {
                html_put(h, "<td class=\"num none\" data-value=\"-1\">none</td>"
                            "<td class=\"num none\" data-value=\"-1\">\u2013</td>");
                return;
        }
        bytes_cell(h, c->limit);
        if (c->limit == 0) {
                html_put(h, "<td class=\"num\" data-value=\"-1\">\u2013</td>");
                return;
        }
        html_format(h, "<td class=\"num\" data-value=\"%" PRIu64 "\">",
                    scale(c->row.size, 1000000, c->limit));
        html_percent(h, c->row.size, c->limit);
        html_put(h, "</td>");
}

static void cgroup_row(struct html *h, const struct view_cgroup *c, bool units)
{
        struct view_text unit = view_label(c->row.labels, "unit");

        html_put(h, "<tr>");
        text_cell(h, "th", view_label(c->row.labels, "cgroup"));
        if (units && unit.data)
                text_cell(h, "td", unit);
        else if (units)
                html_put(h, "<td class=\"none\" data-value=\"\">\u2013</td>");
        bytes_cell(h, c->row.size);
        limit_cells(h, c);
        bytes_cell(h, c->swap);
        number_cell(h, c->oom_kills);
        html_put(h, "</tr>");
}

void page_cgroups(struct html *h, const struct page_model *m)
{
        const struct view *v = &m->view;
        bool units = false;

        if (v->n_cgroups == 0) {
                not_known(h, m, "cgroup");
                return;
        }
        for (size_t i = 0; i < v->n_cgroups; i++)
                units = units || view_label(v->cgroup[i].row.labels, "unit").data;
        open_table(h, "Largest cgroups");
        column(h, "Cgroup", "text", false);
        if (units)
                column(h, "Unit", "text", false);
        column(h, "Charged", "num", true);
        column(h, "Limit", "num", false);
        column(h, "Of limit", "num", false);
        column(h, "Swap", "num", false);
        column(h, "OOM kills", "num", false);
        html_put(h, "</tr></thead><tbody>");
        for (size_t i = 0; i < v->n_cgroups; i++)
                cgroup_row(h, &v->cgroup[i], units);
        close_table(h);
        html_put(
                h,
                "<p class=\"note\">A cgroup\u2019s charge has those of its descendants in it, and "
                "its "
                "limit is the lowest of its own and its ancestors\u2019, where the hierarchy is in "
                "force (v2, or v1 with use_hierarchy).</p>");
        shown_of(h, v->n_cgroups, v->n_all_cgroups, "cgroups");
}
