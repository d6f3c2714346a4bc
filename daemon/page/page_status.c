/* SPDX-License-Identifier: Apache-2.0 */
/* The head of the page in plain words: what an engineer who was woken has to read first. */
#include "page_private.h"

#include "scale.h"

#include <inttypes.h>

#define ZONES_NAMED_MAX 4 /* in one note, of each state */

static void warn(struct html *h, const char *class)
{
        html_format(h, "<p class=\"box %s\"><strong>%s</strong> ", class,
                    class[0] == 'a' ? "Warning." : "Note.");
}

static bool stands_so(const struct view *v, size_t i, enum zone_state state)
{
        return zone_is_shown(&v->zone[i]) && zone_state(v, &v->zone[i]) == state;
}

static size_t count_zones(const struct view *v, enum zone_state state)
{
        size_t n = 0;

        for (size_t i = 0; i < v->n_zones; i++)
                n += stands_so(v, i, state);
        return n;
}

static void zone_boxes(struct html *h, const struct view *v, enum zone_state state)
{
        for (size_t i = 0; i < v->n_zones; i++) {
                if (!stands_so(v, i, state))
                        continue;
                warn(h, zone_is_alarm(state) ? "alarm" : "mild");
                zone_sentence(h, &v->zone[i], state);
                html_put(h, "</p>");
        }
}

static void zone_names(struct html *h, const struct view *v, enum zone_state state, size_t n)
{
        size_t named = 0;

        for (size_t i = 0; i < v->n_zones && named < ZONES_NAMED_MAX; i++) {
                if (!stands_so(v, i, state))
                        continue;
                html_put(h, named++ == 0 ? "" : ", ");
                zone_name(h, &v->zone[i]);
        }
        if (n > named)
                html_format(h, " and %zu more", n - named);
}

/* Zones that are nothing to be woken for: several are one note, as on a large host many may be
 * below low at a time. */
static void mild_zones(struct html *h, const struct view *v, size_t small, size_t low)
{
        if (small + low < 2) {
                zone_boxes(h, v, ZONE_SMALL_BELOW_MIN);
                zone_boxes(h, v, ZONE_BELOW_LOW);
                return;
        }
        warn(h, "mild");
        if (small > 0) {
                html_put(h, "Below min, but not the largest of their node: ");
                zone_names(h, v, ZONE_SMALL_BELOW_MIN, small);
                html_put(h, low > 0 ? "; below low: " : "");
        } else {
                html_put(h, "Below low: ");
        }
        zone_names(h, v, ZONE_BELOW_LOW, low);
        html_put(h,
                 "; allocations go to <a href=\"#zones\">zones</a> that have room, and those that "
                 "find none wake kswapd, which is its daily work");
        html_put(h, small > 0 ? "; those that can use only a zone below min wait for direct "
                                "reclaim.</p>"
                              : ".</p>");
}

static void oom_kills(struct html *h, const struct page_model *m)
{
        uint64_t since = m->now_usec > HISTORY_USEC ? m->now_usec - HISTORY_USEC : 0;
        uint64_t kills = history_growth(&m->history, HISTORY_OOM_KILLS, since);

        if (kills == MX_ABSENT || kills == 0)
                return;
        warn(h, "alarm");
        html_format(h, "The OOM killer killed %" PRIu64 " process%s in the last minutes.</p>",
                    kills, kills == 1 ? "" : "es");
}

static void hardware(struct html *h, const struct view *v)
{
        uint64_t n = v->host.ecc_uncorrected;

        if (n == MX_ABSENT || n == 0)
                return;
        warn(h, "alarm");
        html_format(h,
                    "The hardware has found %" PRIu64 " memory error%s that it could not correct, "
                    "since it counts them: a module may be failing.</p>",
                    n, n == 1 ? "" : "s");
}

#define TMPFS_FULL_PERCENT 95

static void tmpfs(struct html *h, const struct view_tmpfs *t)
{
        if (!t->labels.data || scale(t->used, 100, t->size) < TMPFS_FULL_PERCENT)
                return;
        warn(h, "alarm");
        html_put(h, "The tmpfs ");
        html_label(h, view_label(t->labels, "mountpoint"));
        html_put(h, " is nearly full: ");
        html_bytes_exact(h, t->used);
        html_put(h, ", ");
        html_percent(h, t->used, t->size);
        html_put(h, " of what it may hold. Beyond that, writes to it fail.</p>");
}

static void collectors(struct html *h, const struct page_model *m)
{
        size_t failed = 0, late = 0;

        for (size_t i = 0; i < m->n_collectors; i++) {
                failed += m->collector[i].status.state == RUN_FAILED;
                late += m->collector[i].status.overdue;
        }
        if (failed + late == 0)
                return;
        warn(h, "mild");
        if (failed > 0)
                html_format(h, "%zu collector%s failed at the last run. ", failed,
                            failed == 1 ? "" : "s");
        if (late > 0)
                html_format(h, "%zu collector%s past %s deadline. ", late,
                            late == 1 ? " is" : "s are", late == 1 ? "its" : "their");
        html_put(h,
                 "What they say may be old or missing: see <a href=\"#collectors\">collectors</a>."
                 "</p>");
}

void page_status(struct html *h, const struct page_model *m)
{
        const struct view *v = &m->view;
        size_t shown = 0, unknown = count_zones(v, ZONE_UNKNOWN);
        size_t small = count_zones(v, ZONE_SMALL_BELOW_MIN), low = count_zones(v, ZONE_BELOW_LOW);
        size_t alarms = count_zones(v, ZONE_BREACHED) + count_zones(v, ZONE_BELOW_MIN);

        for (size_t i = 0; i < v->n_zones; i++)
                shown += zone_is_shown(&v->zone[i]);
        zone_boxes(h, v, ZONE_BREACHED);
        zone_boxes(h, v, ZONE_BELOW_MIN);
        oom_kills(h, m);
        hardware(h, v);
        tmpfs(h, &v->tmpfs);
        mild_zones(h, v, small, low);
        if (shown == unknown)
                html_put(h, "<p class=\"sentence\">How the zones stand against their watermarks is "
                            "not known.");
        else if (alarms + small + low == 0)
                html_put(h, unknown + v->more_zones == 0
                                    ? "<p class=\"sentence\">No zone is below its low watermark."
                                    : "<p class=\"sentence\">No zone that is known is below its "
                                      "low watermark.");
        else
                html_put(h, "<p class=\"sentence\">");
        if (v->meminfo.available != MX_ABSENT) {
                html_put(h, " ");
                html_bytes_exact(h, v->meminfo.available);
                html_put(h, " can be had without swapping.");
        }
        html_put(h, "</p>");
        collectors(h, m);
}
