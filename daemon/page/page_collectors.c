/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of each collector: how fresh what it says is, and why it says nothing. */
#include "page_private.h"

#include "table.h"

#include <inttypes.h>
#include <string.h>

static const char *state_word(const struct runner_status *st)
{
        if (st->overdue)
                return "late";
        switch (st->state) {
        case RUN_PENDING:
                return "pending";
        case RUN_OK:
                return "ok";
        case RUN_UNSUPPORTED:
                return "unsupported";
        case RUN_FAILED:
                return "failed";
        }
        return "pending";
}

/* A shape for each, so that it is not told by colour alone. */
static const char *state_shape(const char *word)
{
        switch (word[0]) {
        case 'o':
                return "M3 8l3.5 3.5L13 5";
        case 'f':
                return "M4 4l8 8M12 4l-8 8";
        case 'l':
                return "M8 3v6M8 12v1";
        case 'u':
                return "M3 8h10";
        default:
                return "M4 8h0M8 8h0M12 8h0";
        }
}

static void duration_cell(struct html *h, bool known, uint64_t usec)
{
        if (!known) {
                html_put(h, "<td class=\"num none\" data-value=\"-1\">\u2013</td>");
                return;
        }
        html_format(h, "<td class=\"num\" data-value=\"%" PRIu64 "\">", usec);
        html_duration(h, usec);
        html_put(h, "</td>");
}

static void row(struct html *h, const struct collector_view *c, uint64_t now)
{
        const char *word = state_word(&c->status);

        html_put(h, "<tr data-collector=\"");
        html_text(h, c->name, strlen(c->name));
        html_put(h, "\"><th scope=\"row\">");
        html_text(h, c->name, strlen(c->name));
        html_format(h,
                    "</th><td class=\"state s-%s\" data-value=\"%s\"><svg viewBox=\"0 0 16 16\" "
                    "aria-hidden=\"true\"><path d=\"%s\"/></svg>%s</td>",
                    word, word, state_shape(word), word);
        duration_cell(h, c->served, now - (c->served_usec < now ? c->served_usec : now));
        duration_cell(h, c->status.runs > 0, c->status.duration_usec);
        if (c->served)
                html_format(h, "<td class=\"num\" data-value=\"%" PRIu64 "\">%" PRIu64 "</td>",
                            c->series, c->series);
        else
                html_put(h, "<td class=\"num none\" data-value=\"-1\">\u2013</td>");
        html_put(h, "<td class=\"why\">");
        html_text(h, c->reason, strlen(c->reason));
        if (c->status.dropped > 0)
                html_format(h, "%s%" PRIu64 " series over the cap were dropped",
                            c->reason[0] ? "; " : "", c->status.dropped);
        html_put(h, "</td></tr>");
}

static bool is_on(const struct page_model *m, const char *name)
{
        for (size_t i = 0; i < m->n_collectors; i++)
                if (strcmp(m->collector[i].name, name) == 0)
                        return true;
        return false;
}

/* Of those that are built in. */
static void off(struct html *h, const struct page_model *m)
{
        size_t n = 0;

        for (size_t i = 0; i < mx_n_collectors; i++) {
                if (is_on(m, mx_collectors[i]->name))
                        continue;
                html_put(h, n++ == 0 ? "<p class=\"note\" id=\"off\">Off: " : ", ");
                html_put(h, mx_collectors[i]->name);
        }
        if (n > 0)
                html_put(h, ". <code>--collector.NAME</code> turns one on.</p>");
}

void page_collectors(struct html *h, const struct page_model *m)
{
        html_put(h, "<div class=\"scroll\" role=\"region\" aria-label=\"Collectors\" "
                    "tabindex=\"0\"><table class=\"rows\"><caption class=\"hidden\">Collectors"
                    "</caption><thead><tr><th scope=\"col\" data-sort=\"text\">Collector</th>"
                    "<th scope=\"col\" data-sort=\"text\">State</th>"
                    "<th scope=\"col\" data-sort=\"num\" class=\"num\">Age</th>"
                    "<th scope=\"col\" data-sort=\"num\" class=\"num\">Last run took</th>"
                    "<th scope=\"col\" data-sort=\"num\" class=\"num\">Series</th>"
                    "<th scope=\"col\">Why</th></tr></thead><tbody>");
        for (size_t i = 0; i < m->n_collectors; i++)
                row(h, &m->collector[i], m->now_usec);
        html_put(h, "</tbody></table></div>");
        off(h, m);
}
