/* SPDX-License-Identifier: Apache-2.0 */
/* Zones and their watermarks.
 *
 * An allocation tries the zones of its list in turn (mm/page_alloc.c, get_page_from_freelist): it
 * takes a page from a zone whose free memory stays above the watermark plus what the zone keeps for
 * those who can use no other (lowmem_reserve). So one zone below min is not yet an allocation that
 * waits: a small DMA zone may be there for hours. It is one when no other zone has room, and that
 * is known only when all zones have been seen. */
#include "page_private.h"

#include "mx/cleanup.h"
#include "scale.h"

#include <inttypes.h>
#include <string.h>

bool zone_is_shown(const struct view_zone *z)
{
        return z->populated != 0 && z->managed != 0 && z->free != MX_ABSENT;
}

static bool is_named(const struct view_zone *z, const char *name)
{
        return z->zone.len == strlen(name) && memcmp(z->zone.data, name, z->zone.len) == 0;
}

static bool on_same_node(const struct view_zone *a, const struct view_zone *b)
{
        return a->node.len == b->node.len && memcmp(a->node.data, b->node.data, a->node.len) == 0;
}

static bool is_for_some(const struct view_zone *z)
{
        return is_named(z, "Movable") || is_named(z, "Device");
}

/* Has `other` room for allocations that pass over z? On z's node one in a zone above comes to that
 * zone first, which keeps nothing from it; but the kernel's own data cannot be in HighMem, Movable
 * or Device. The zones below, and those of other nodes, come later and keep their reserve. */
static bool can_help(const struct view_zone *z, const struct view_zone *other)
{
        uint64_t need;

        if (other == z || other->free == MX_ABSENT || other->min == MX_ABSENT)
                return false;
        if (on_same_node(z, other) && other > z)
                return !is_for_some(other) && !is_named(other, "HighMem") &&
                       other->free > other->min;
        if (!on_same_node(z, other) && is_for_some(other))
                return false;
        need = other->min;
        if (other->reserve != MX_ABSENT && __builtin_add_overflow(need, other->reserve, &need))
                return false;
        return other->free > need;
}

/* Kernels before 3.8 do not say what is managed. */
static uint64_t size_of(const struct view_zone *z)
{
        return z->managed != MX_ABSENT ? z->managed : z->present;
}

static bool is_largest_of_node(const struct view *v, const struct view_zone *z)
{
        for (size_t i = 0; i < v->n_zones; i++)
                if (on_same_node(z, &v->zone[i]) && size_of(&v->zone[i]) != MX_ABSENT &&
                    size_of(&v->zone[i]) > size_of(z))
                        return false;
        return true;
}

bool zone_is_alarm(enum zone_state state)
{
        return state == ZONE_BELOW_MIN || state == ZONE_BREACHED;
}

enum zone_state zone_state(const struct view *v, const struct view_zone *z)
{
        bool others;

        if (z->free == MX_ABSENT || z->min == MX_ABSENT || z->low == MX_ABSENT)
                return ZONE_UNKNOWN;
        if (z->free >= z->low)
                return ZONE_FINE;
        if (z->free >= z->min)
                return ZONE_BELOW_LOW;
        others = v->more_zones > 0;
        for (size_t i = 0; i < v->n_zones && !others; i++)
                others = can_help(z, &v->zone[i]);
        if (!others)
                return ZONE_BREACHED;
        return is_largest_of_node(v, z) ? ZONE_BELOW_MIN : ZONE_SMALL_BELOW_MIN;
}

void zone_name(struct html *h, const struct view_zone *z)
{
        html_label(h, z->zone);
        html_put(h, " of node ");
        html_label(h, z->node);
}

void zone_sentence(struct html *h, const struct view_zone *z, enum zone_state state)
{
        html_put(h, "Zone ");
        zone_name(h, z);
        html_put(h, " has ");
        html_bytes_exact(h, z->free);
        html_put(h, " free, below its ");
        html_put(h, state == ZONE_BELOW_LOW ? "low" : "min");
        html_put(h, " watermark of ");
        html_bytes_exact(h, state == ZONE_BELOW_LOW ? z->low : z->min);
        if (state == ZONE_BELOW_LOW)
                html_put(h, ": allocations that find no other zone wake kswapd, which is its "
                            "daily work.");
        else if (state != ZONE_BREACHED)
                html_put(h, ": allocations go to other zones that have room; those that can use "
                            "none of these wait for direct reclaim.");
        else
                html_put(h, ": allocations wait for direct reclaim.");
}

/* Thousandths of the gauge's width; its end is twice the high watermark. */
static uint64_t on_gauge(uint64_t bytes, uint64_t high)
{
        return MX_MIN(scale(bytes, 500, high), 1000U);
}

static void tick(struct html *h, const char *class, uint64_t at)
{
        html_format(h,
                    "<line class=\"tick t-%s\" x1=\"%" PRIu64 "\" x2=\"%" PRIu64
                    "\" y1=\"0\" y2=\"16\"/>",
                    class, at, at);
}

static void gauge(struct html *h, const struct view_zone *z, enum zone_state state)
{
        const char *class = zone_is_alarm(state) ? "alarm" : state == ZONE_FINE ? "used" : "mild";

        if (z->high == MX_ABSENT || z->high == 0 || state == ZONE_UNKNOWN)
                return;
        html_format(h,
                    "<svg class=\"gauge\" viewBox=\"0 0 1000 16\" preserveAspectRatio=\"none\" "
                    "aria-hidden=\"true\"><rect class=\"p-track\" y=\"3\" width=\"1000\" "
                    "height=\"10\"/><rect class=\"p-%s\" y=\"3\" width=\"%" PRIu64
                    "\" height=\"10\"/>",
                    class, on_gauge(z->free, z->high));
        html_format(h,
                    "<path class=\"halo\" d=\"M%" PRIu64 " 0V16M%" PRIu64 " 0V16M%" PRIu64
                    " 0V16\"/>",
                    on_gauge(z->min, z->high), on_gauge(z->low, z->high), (uint64_t)500);
        tick(h, "min", on_gauge(z->min, z->high));
        tick(h, "low", on_gauge(z->low, z->high));
        tick(h, "high", 500);
        html_put(h, "</svg>");
}

static void mark(struct html *h, const char *name, uint64_t bytes)
{
        html_format(h, "<div class=\"m-%s\"><dt>%s</dt><dd>", name, name);
        html_bytes_exact(h, bytes);
        html_put(h, "</dd></div>");
}

static const char *note_of(const struct view_zone *z, enum zone_state state)
{
        if (state == ZONE_UNKNOWN)
                return "watermarks not known";
        if (z->high == MX_ABSENT)
                return "not below its low watermark";
        return z->free < z->high ? "between low and high" : "above its watermarks";
}

static void card(struct html *h, const struct view *v, const struct view_zone *z)
{
        enum zone_state state = zone_state(v, z);

        html_format(h, "<article class=\"card%s\"><h3>",
                    zone_is_alarm(state)                          ? " z-alarm"
                    : state == ZONE_FINE || state == ZONE_UNKNOWN ? ""
                                                                  : " z-mild");
        html_put(h, "Zone ");
        zone_name(h, z);
        html_put(h, "</h3><p class=\"big\">");
        html_bytes_exact(h, z->free);
        html_put(h, " <small>free");
        if (z->managed != MX_ABSENT) {
                html_put(h, " of ");
                html_bytes_exact(h, z->managed);
        }
        html_put(h, "</small></p>");
        gauge(h, z, state);
        html_put(h, "<dl class=\"marks\">");
        mark(h, "min", z->min);
        mark(h, "low", z->low);
        mark(h, "high", z->high);
        html_put(h, "</dl>");
        if (state == ZONE_FINE || state == ZONE_UNKNOWN) {
                html_format(h, "<p class=\"note\">%s</p>", note_of(z, state));
        } else {
                html_put(h, "<p class=\"said\">");
                zone_sentence(h, z, state);
                html_put(h, "</p>");
        }
        html_put(h, "</article>");
}

void page_zones(struct html *h, const struct page_model *m)
{
        const struct view *v = &m->view;
        size_t shown = 0;

        html_put(h, "<div class=\"cards\">");
        for (size_t i = 0; i < v->n_zones; i++)
                if (zone_is_shown(&v->zone[i])) {
                        card(h, v, &v->zone[i]);
                        shown++;
                }
        html_put(h, "</div>");
        if (shown == 0)
                html_put(h, "<p class=\"unknown\">Not known: there is no current result of the "
                            "zoneinfo collector.</p>");
        else
                html_put(h,
                         "<p class=\"note\">The end of a gauge is twice the high watermark; most "
                         "zones have more and fill it. Below low kswapd wakes, at high it may "
                         "sleep again; below min allocations have to reclaim themselves.</p>");
        if (v->more_zones > 0)
                html_format(h, "<p class=\"note\">%zu more zones are not shown.</p>",
                            v->more_zones);
}
