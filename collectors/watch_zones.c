/* SPDX-License-Identifier: Apache-2.0 */
/* Zones between scrapes, and when it is safe not to look at them.
 *
 * /proc/zoneinfo is dear: five lines for each zone and CPU, which come to megabytes and
 * milliseconds on a large machine. /proc/vmstat is cheap, and says enough to know that no zone has
 * come near its high watermark, which stands above the other two:
 *
 * - A zone loses free pages to allocations from zones of its kind, and rmqueue() and
 *   alloc_pages_bulk_noprof() count all of these in pgalloc_<kind> once the page is handed out
 *   (mm/page_alloc.c, 6.18). These counters are sums over all CPUs made when the file is read: they
 *   are exact, and cover all nodes, so that they are an upper bound for each zone.
 * - Not counted is what per-CPU lists take in advance. A list is refilled when it is empty, by one
 *   batch at first, and by up to twice as much each time while pages are only taken; the code is
 *   nr_pcp_alloc(). Beyond a first batch it so takes no more in advance than was handed out: a page
 *   that is counted stands for two. The first batches, and the lag of the free pages shown (up to
 *   125 pages a CPU, folded in once a second), are covered by an allowance of the zone's high
 *   watermark, which by default is more than the lists of all CPUs were made to hold.
 * - From 5.14 to 6.0 a block of many pages from a per-CPU list counts as one page. There, a page
 *   stands for the largest block such a list has, that of a huge page. The same holds for a minute
 *   after a zone was seen to lose more than it can have: vendors' kernels go by other numbers.
 * - Not counted at all are gigantic pages and other contiguous ranges, compaction's own pages, and
 *   memory taken offline; 25,000 pages within a second were seen to go so, with 41 counted, on a
 *   virtual machine whose memory its host resizes (6.18). Of these the free pages of the host tell:
 *   they must not have fallen by more than half of the least room of a kind that was allocated
 *   from, nor, beyond what allocations can explain, by more than half of the least room of any
 *   kind. If half of any room counted for all falls, 15 MB of zone DMA, untouched for weeks, would
 *   cause a read of the zones for every few megabytes of files read in.
 *
 * Zones are read whenever one of these cannot be ruled out, when a zone is below any of its marks
 * or has not risen enough above, and when the last read is a second old, which bounds what changed
 * watermarks (min_free_kbytes, boost: the watermarks shown include it) can hide. What remains: a
 * dip that ends within that second and is due to flows not counted, while as much was freed
 * elsewhere, or due to watermarks that rise and fall.
 *
 * The free pages shown lag by up to 125 pages for each CPU on the kernel's side in any case. */
#include "watch_zones.h"

#include "grow.h"
#include "zoneinfo.h"

#define FILE_MAX  (64U << 20) /* as the zoneinfo collector's */
#define AGE_MAX   1000000     /* microseconds */
#define HEAVY_MAX 60000000    /* microseconds */

static enum mx_watch_kind kind_of(const char *name)
{
        static const char *const names[MX_WATCH_KINDS] = {
                [MX_WATCH_DMA] = "DMA",         [MX_WATCH_DMA32] = "DMA32",
                [MX_WATCH_NORMAL] = "Normal",   [MX_WATCH_HIGHMEM] = "HighMem",
                [MX_WATCH_MOVABLE] = "Movable",
        };
        size_t i = 0;

        while (i < MX_WATCH_KINDS && strcmp(name, names[i]) != 0)
                i++;
        return (enum mx_watch_kind)i;
}

/* Is this one of the kernels that count a block as a page? Not where it does not say. */
static bool counts_blocks_as_pages(const struct mx_host *host)
{
        struct mx_buf buf;
        const char *p, *end;
        uint64_t major = 0, minor = 0;
        bool yes = false;

        mx_buf_init(&buf, 4096);
        if (mx_read_at(host, host->proc_fd, "sys/kernel/osrelease", &buf) == 0 && buf.len > 0) {
                p = buf.data;
                end = p + buf.len;
                yes = mx_scan_u64(&p, end, &major) == 0 && MX_SKIP_LITERAL(&p, end, ".") &&
                      mx_scan_u64(&p, end, &minor) == 0 &&
                      ((major == 5 && minor >= 14) || (major == 6 && minor == 0));
        }
        mx_buf_done(&buf);
        return yes;
}

int mx_watch_zones_open(struct mx_watch_zones *z, const struct mx_host *host, struct mx_err *reterr)
{
        mx_buf_init(&z->table, MX_WATCH_ZONES_MAX * sizeof(struct mx_watch_zone));
        mx_buf_init(&z->parsed, MX_WATCH_ZONES_MAX * sizeof(struct mx_zone_level));
        mx_window_init(&z->observed, MX_HIGHEST);
        z->heavy = MX_MAX(host->page_size / sizeof(uint64_t), 2U); /* entries of a page table */
        z->weight = z->light = counts_blocks_as_pages(host) ? z->heavy : 2;
        return mx_file_open(&z->file, host, host->proc_fd, "zoneinfo", FILE_MAX, reterr);
}

void mx_watch_zones_close(struct mx_watch_zones *z)
{
        mx_file_close(&z->file);
        mx_buf_done(&z->table);
        mx_buf_done(&z->parsed);
}

/* Pages that the counter has grown by, at what a page may stand for; the largest number when it has
 * gone back. */
static uint64_t lost_at_most(const struct mx_watch_zones *z, uint64_t was, uint64_t is)
{
        uint64_t v;

        if (was == MX_ABSENT || is == MX_ABSENT || is < was ||
            __builtin_mul_overflow(is - was, z->weight, &v))
                return UINT64_MAX;
        return v;
}

/* Do the free pages of the host say that a zone may have come near its marks? `used` is the least
 * room of the kinds that were allocated from, `least` that of all, `lost` the most that allocations
 * can have taken from all zones. */
static bool has_fallen(uint64_t was, uint64_t is, uint64_t used, uint64_t least, uint64_t lost)
{
        uint64_t fall = was > is ? was - is : 0;

        return fall > used / 2 || (fall > lost && fall - lost > least / 2);
}

bool mx_watch_zones_due(const struct mx_watch_zones *z, const struct mx_watch_flow *flow,
                        uint64_t now)
{
        uint64_t used = UINT64_MAX, least = UINT64_MAX, sum = 0;

        if (!z->is_timed || now - z->read_usec >= AGE_MAX || z->any_below)
                return true;
        if (z->room[MX_WATCH_OTHER] != MX_ABSENT || flow->free == MX_ABSENT ||
            z->flow.free == MX_ABSENT)
                return true;
        for (size_t i = 0; i < MX_WATCH_KINDS; i++) {
                uint64_t lost, room = z->room[i];

                if (room == MX_ABSENT)
                        continue;
                lost = lost_at_most(z, z->flow.alloc[i], flow->alloc[i]);
                if (lost >= room || __builtin_add_overflow(sum, lost, &sum))
                        return true;
                least = MX_MIN(least, room);
                if (lost > 0)
                        used = MX_MIN(used, room);
        }
        return has_fallen(z->flow.free, flow->free, used, least, sum);
}

int mx_watch_zones_read(struct mx_watch_zones *z, struct mx_err *reterr)
{
        const char *begin, *pos, *end;
        struct mx_zone_level level;
        struct mx_err err = { 0 };
        int r = mx_file_read(&z->file, reterr);

        if (r < 0)
                return r;
        begin = pos = z->file.buf.data;
        end = begin + z->file.buf.len;
        mx_buf_reset(&z->parsed);
        z->left_out = 0;
        while ((r = mx_zoneinfo_next_level(begin, &pos, end, &level, &err)) > 0) {
                struct mx_zone_level *to;

                if (level.managed == 0 || level.high == 0)
                        continue;
                to = mx_grow(&z->parsed, sizeof(*to));
                if (to)
                        *to = level;
                else
                        z->left_out++;
        }
        if (r < 0)
                return mx_err_set(reterr, r, err.what, "zoneinfo", err.line);
        if (z->parsed.len == 0)
                return mx_err_set(reterr, -EBADMSG, "no zone with memory", "zoneinfo", 1);
        return 0;
}

void mx_watch_zones_pass(struct mx_watch_zones *z, uint64_t usec)
{
        if (!z->any_below)
                return;
        for (size_t i = 0; i < z->n; i++) {
                struct mx_watch_zone *zone = mx_watch_zone_at(z, i);

                for (size_t m = 0; m < MX_WATCH_MARKS; m++)
                        if (zone->below[m])
                                zone->below_usec[m] += usec;
        }
}

static bool is_zone(const struct mx_watch_zone *zone, const struct mx_zone_head *head)
{
        return zone->node == head->node && zone->name_len == head->name_len &&
               memcmp(zone->name, head->name, head->name_len) == 0;
}

/* The zone of that name, which is made when it is new; zones stand where they stood last time. NULL
 * when there are too many, or when it was met in this read before. */
static struct mx_watch_zone *find(struct mx_watch_zones *z, size_t hint,
                                  const struct mx_zone_head *head)
{
        struct mx_watch_zone *zone;
        size_t i = hint;

        if (i >= z->n || !is_zone(mx_watch_zone_at(z, i), head))
                for (i = 0; i < z->n && !is_zone(mx_watch_zone_at(z, i), head); i++)
                        ;
        if (i < z->n) {
                zone = mx_watch_zone_at(z, i);
                return zone->round == z->round ? NULL : zone;
        }
        zone = mx_grow(&z->table, sizeof(*zone));
        if (!zone)
                return NULL;
        *zone = (struct mx_watch_zone){ .node = head->node, .name_len = head->name_len };
        memcpy(zone->name, head->name, head->name_len);
        zone->kind = kind_of(zone->name);
        for (size_t m = 0; m < MX_WATCH_MARKS; m++)
                mx_window_init(&zone->shortfall[m], MX_HIGHEST);
        z->n++;
        return zone;
}

/* How far above a mark a zone has to rise for its next fall below it to count as another one. */
static uint64_t clear_of(uint64_t mark)
{
        uint64_t v;

        return __builtin_add_overflow(mark, MX_MAX(mark / 8, 1U), &v) ? UINT64_MAX : v;
}

/* One mark of a zone. A zone that is met for the first time may be below: that is no entry, as the
 * exporter that ran before may have counted it. */
static void judge(struct mx_watch_zone *zone, size_t m, uint64_t level, uint64_t mark, bool is_new,
                  const uint64_t *now)
{
        bool below = level < mark;

        if (is_new)
                zone->armed[m] = !below;
        else if (below && zone->armed[m])
                zone->breaches[m]++;
        if (below)
                zone->armed[m] = false;
        else if (level >= clear_of(mark))
                zone->armed[m] = true;
        zone->below[m] = below;
        if (below && now)
                mx_window_add(&zone->shortfall[m], *now, mark - level);
}

/* Pages that the zone may lose without coming near its high watermark. */
static uint64_t room_of(const struct mx_watch_zone *zone, const struct mx_zone_level *l)
{
        uint64_t needed;

        if (__builtin_add_overflow(clear_of(l->high), zone->allowance, &needed))
                return 0;
        return l->free > needed ? l->free - needed : 0;
}

/* Has the zone lost more than what was counted can explain? */
static bool is_unexplained(const struct mx_watch_zones *z, const struct mx_watch_zone *zone,
                           const struct mx_zone_level *l, const struct mx_watch_flow *flow)
{
        uint64_t lost;

        if (zone->kind == MX_WATCH_OTHER || l->free >= zone->free)
                return false;
        lost = lost_at_most(z, z->flow.alloc[zone->kind], flow->alloc[zone->kind]);
        return lost < UINT64_MAX - zone->allowance && zone->free - l->free > lost + zone->allowance;
}

static void update_zone(struct mx_watch_zones *z, size_t hint, const struct mx_zone_level *l,
                        const struct mx_watch_flow *flow, const uint64_t *now)
{
        struct mx_watch_zone *zone = find(z, hint, &l->head);
        uint64_t room;
        bool is_new;

        if (!zone)
                return;
        is_new = zone->round == 0;
        if (now && zone->round + 1 == z->round && is_unexplained(z, zone, l, flow)) {
                z->weight = z->heavy;
                z->heavy_usec = *now;
        }
        judge(zone, MX_WATCH_MIN, l->free, l->min, is_new, now);
        judge(zone, MX_WATCH_LOW, l->free, l->low, is_new, now);
        judge(zone, MX_WATCH_HIGH, l->free, l->high, is_new, now);
        zone->round = z->round;
        zone->free = l->free;
        zone->allowance = l->high;
        room = room_of(zone, l);
        if (z->room[zone->kind] > room)
                z->room[zone->kind] = room;
        for (size_t m = 0; m < MX_WATCH_MARKS; m++)
                z->any_below |= zone->below[m];
}

void mx_watch_zones_update(struct mx_watch_zones *z, const struct mx_watch_flow *flow,
                           const uint64_t *now)
{
        const struct mx_zone_level *l = (const void *)z->parsed.data;
        size_t n = z->parsed.len / sizeof(*l);

        z->round++;
        z->reads += now != NULL;
        if (now && *now - z->heavy_usec > HEAVY_MAX)
                z->weight = z->light;
        z->any_below = false;
        for (size_t i = 0; i <= MX_WATCH_OTHER; i++)
                z->room[i] = MX_ABSENT;
        for (size_t i = 0; i < n; i++)
                update_zone(z, i, &l[i], flow, now);
        for (size_t i = 0; i < z->n; i++) {
                struct mx_watch_zone *zone = mx_watch_zone_at(z, i);

                if (zone->round != z->round) /* it has gone */
                        memset(zone->below, 0, sizeof(zone->below));
        }
        z->flow = *flow;
        z->is_timed = now != NULL;
        if (now)
                z->read_usec = *now;
}

uint64_t mx_watch_zone_deepest(const struct mx_watch_zones *z, const struct mx_watch_zone *zone,
                               enum mx_watch_mark mark, enum mx_span span, uint64_t now)
{
        uint64_t v = mx_window_read(&zone->shortfall[mark], span, now);

        if (v == MX_ABSENT && zone->round == z->round)
                v = mx_window_read(&z->observed, span, now);
        return v;
}
