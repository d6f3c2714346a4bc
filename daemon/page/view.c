/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. One pass over the marks of all fragments, with a binary search in the table of what is
 * wanted: a host has some seven hundred families, and about forty of them are shown. What it reads:
 *
 *   memory_zone_free_bytes{node="0",zone="DMA32"} 3165859840
 *   memory_pressure_some_seconds_total 1.443772
 *
 * A value has no blank in it and a label set may have any, so a line is split at its last blank. */
#include "view_private.h"

#include "mx/cleanup.h"

#include <string.h>

#define COLUMNS_MAX 16 /* families of tables other than the sizes */

#define MEMINFO(name_, field_)                                                                     \
        {                                                                                          \
                .name = "memory_meminfo_" name_, .kind = VIEW_SCALAR, .source = VIEW_MEMINFO,      \
                .offset = offsetof(struct view, meminfo.field_)                                    \
        }
#define COUNTER(name_, source_, decimals_, field_)                                                 \
        {                                                                                          \
                .name = (name_), .kind = VIEW_SCALAR, .source = (source_),                         \
                .decimals = (decimals_), .offset = offsetof(struct view, counters.field_)          \
        }
#define SUM(name_, field_)                                                                         \
        {                                                                                          \
                .name = "memory_" name_, .kind = VIEW_SUM,                                         \
                .offset = offsetof(struct view, host.field_)                                       \
        }
#define TMPFS(name_, is_size_)                                                                     \
        {                                                                                          \
                .name = "memory_tmpfs_" name_, .kind = VIEW_TMPFS, .is_size = (is_size_)           \
        }
#define ZONE(name_, field_)                                                                        \
        {                                                                                          \
                .name = "memory_zone_" name_, .kind = VIEW_ZONE,                                   \
                .offset = offsetof(struct view_zone, field_)                                       \
        }
#define PROCESS(name_, field_, ...)                                                                \
        {                                                                                          \
                .name = "memory_process_" name_, .kind = VIEW_PROCESS,                             \
                .offset = offsetof(struct view_process, field_), __VA_ARGS__                       \
        }
#define CGROUP(name_, field_, ...)                                                                 \
        {                                                                                          \
                .name = "memory_cgroup_" name_, .kind = VIEW_CGROUP,                               \
                .offset = offsetof(struct view_cgroup, field_), __VA_ARGS__                        \
        }

const struct view_family view_families[] = {
        CGROUP("current_bytes", row.size, .is_size = true),
        CGROUP("effective_limit_bytes", limit, ),
        CGROUP("oom_kill_events_total", oom_kills, ),
        CGROUP("swap_current_bytes", swap, ),
        SUM("cpu_lists_free_bytes", cpu_lists),
        SUM("edac_uncorrected_errors_total", ecc_uncorrected),
        SUM("ksm_sharing_bytes", ksm_saved),
        MEMINFO("anon_pages_bytes", anon),
        MEMINFO("buffers_bytes", buffers),
        MEMINFO("cached_bytes", cached),
        MEMINFO("gpu_active_bytes", gpu_active),
        MEMINFO("gpu_reclaim_bytes", gpu_reclaim),
        MEMINFO("huge_page_size_bytes", huge_page_size),
        MEMINFO("huge_pages", huge_pages),
        MEMINFO("hugetlb_bytes", hugetlb),
        MEMINFO("kernel_reclaimable_bytes", kernel_reclaimable),
        MEMINFO("kernel_stack_bytes", kernel_stack),
        MEMINFO("mem_available_bytes", available),
        MEMINFO("mem_free_bytes", free),
        MEMINFO("mem_total_bytes", total),
        MEMINFO("page_tables_bytes", page_tables),
        MEMINFO("percpu_bytes", percpu),
        MEMINFO("secondary_page_tables_bytes", secondary_page_tables),
        MEMINFO("shmem_bytes", shmem),
        MEMINFO("slab_reclaimable_bytes", slab_reclaimable),
        MEMINFO("slab_unreclaimable_bytes", slab_unreclaimable),
        MEMINFO("swap_free_bytes", swap_free),
        MEMINFO("swap_total_bytes", swap_total),
        MEMINFO("zswap_bytes", zswap),
        MEMINFO("zswapped_bytes", zswapped),
        COUNTER("memory_pressure_full_seconds_total", VIEW_PRESSURE, 6, pressure_full),
        COUNTER("memory_pressure_some_seconds_total", VIEW_PRESSURE, 6, pressure_some),
        PROCESS("anon_bytes", anon, ),
        PROCESS("oom_score", oom_score, ),
        PROCESS("oom_score_adj", oom_score_adj, .is_signed = true),
        PROCESS("resident_bytes", row.size, .is_size = true),
        PROCESS("swap_bytes", swap, ),
        SUM("shm_unattached_resident_bytes", unattached_bytes),
        SUM("shm_unattached_segments", unattached_segments),
        COUNTER("memory_swap_in_bytes_total", VIEW_SWAP, 0, swap_in),
        COUNTER("memory_swap_out_bytes_total", VIEW_SWAP, 0, swap_out),
        TMPFS("size_bytes", true),
        TMPFS("used_bytes", false),
        COUNTER("memory_vmstat_oom_kill_total", VIEW_VMSTAT, 0, oom_kills),
        COUNTER("memory_vmstat_pgmajfault_total", VIEW_VMSTAT, 0, major_faults),
        ZONE("free_bytes", free),
        ZONE("lowmem_reserve_bytes", reserve),
        ZONE("managed_bytes", managed),
        ZONE("populated", populated),
        ZONE("present_bytes", present),
        ZONE("watermark_high_bytes", high),
        ZONE("watermark_low_bytes", low),
        ZONE("watermark_min_bytes", min),
        SUM("zram_original_bytes", zram_original),
        SUM("zram_used_bytes", zram_used),
};
const size_t view_n_families = MX_ARRAY_SIZE(view_families);

static const struct view_family *find_family(const char *name)
{
        size_t lo = 0, hi = view_n_families;

        while (lo < hi) {
                size_t mid = (lo + hi) / 2;
                int order = strcmp(name, view_families[mid].name);

                if (order == 0)
                        return &view_families[mid];
                if (order < 0)
                        hi = mid;
                else
                        lo = mid + 1;
        }
        return NULL;
}

struct view_samples view_samples(const struct fragment *f, uint32_t i)
{
        size_t start = f->marks.v[i].off;
        size_t end = i + 1 < f->marks.n ? f->marks.v[i + 1].off : f->samples.len;

        const char *text = f->samples.data ?: ""; /* no run has written any */

        return (struct view_samples){ .lines = mx_lines(text + start, end - start),
                                      .name_len = f->marks.v[i].family->name_len };
}

static bool split(const char *line, size_t len, size_t name_len, struct view_sample *ret)
{
        const char *blank = memrchr(line, ' ', len), *rest = line + name_len;

        if (!blank || blank < rest)
                return false;
        ret->value = (struct view_text){ blank + 1, (size_t)(line + len - blank - 1) };
        ret->labels = (struct view_text){ 0 };
        if (blank == rest)
                return true;
        if (blank - rest < 2 || rest[0] != '{' || blank[-1] != '}')
                return false;
        ret->labels = (struct view_text){ rest + 1, (size_t)(blank - rest - 2) };
        return true;
}

bool view_next(struct view_samples *it, struct view_sample *ret)
{
        while (mx_lines_next(&it->lines))
                if (split(it->lines.line, it->lines.len, it->name_len, ret))
                        return true;
        return false;
}

static bool same_text(struct view_text a, struct view_text b)
{
        return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Families list zones in one order, so the search goes on where it ended. Only a zone that is
 * populated says what it has free, and so only that makes one. */
static struct view_zone *find_zone(struct view *v, size_t *hint, struct view_text labels, bool make)
{
        struct view_text node = view_label(labels, "node"), zone = view_label(labels, "zone");
        struct view_zone *z;

        if (!node.data || !zone.data)
                return NULL;
        for (size_t i = 0; i < v->n_zones; i++) {
                z = &v->zone[(*hint + i) % v->n_zones];
                if (same_text(z->zone, zone) && same_text(z->node, node)) {
                        *hint = (size_t)(z - v->zone);
                        return z;
                }
        }
        if (!make || v->n_zones == VIEW_ZONES_MAX)
                return NULL;
        z = &v->zone[v->n_zones++];
        *z = (struct view_zone){ .node = node, .zone = zone };
        z->free = z->min = z->low = z->high = z->managed = z->present = MX_ABSENT;
        z->reserve = z->populated = MX_ABSENT;
        return z;
}

static void take_zones(struct view *v, const struct view_family *family, struct view_samples it)
{
        struct view_sample s;
        bool make = family->offset == offsetof(struct view_zone, free);
        size_t hint = 0, lost = 0;

        while (view_next(&it, &s)) {
                struct view_zone *z = find_zone(v, &hint, s.labels, make);
                uint64_t value = view_number(s.value, 0), *at;

                lost += !z;
                if (!z)
                        continue;
                at = (uint64_t *)(void *)((char *)z + family->offset);
                if (*at == MX_ABSENT || (value != MX_ABSENT && value > *at))
                        *at = value;
        }
        if (make)
                v->more_zones = lost;
}

static void take_scalar(struct view *v, const struct view_family *family, struct view_samples it,
                        const struct fragment *f)
{
        struct view_sample s;

        if (!view_next(&it, &s) || s.labels.data)
                return;
        *(uint64_t *)(void *)((char *)v + family->offset) = view_number(s.value, family->decimals);
        v->read_usec[family->source] = f->started_usec;
}

/* Columns wait for the sizes, which say what rows there are. */
struct columns {
        struct {
                const struct view_family *family;
                struct view_samples samples;
        } v[COLUMNS_MAX];
        size_t n;
        struct view_samples process_sizes, tmpfs_sizes, tmpfs_used;
};

static void read_fragment(struct view *v, const struct fragment *f, struct columns *c)
{
        for (uint32_t i = 0; i < f->marks.n; i++) {
                const struct view_family *family = find_family(f->marks.v[i].family->name);

                if (!family)
                        continue;
                if (family->kind == VIEW_SCALAR) {
                        take_scalar(v, family, view_samples(f, i), f);
                } else if (family->kind == VIEW_ZONE) {
                        take_zones(v, family, view_samples(f, i));
                } else if (family->kind == VIEW_SUM) {
                        *(uint64_t *)(void *)((char *)v + family->offset) =
                                view_sum(view_samples(f, i));
                } else if (family->kind == VIEW_TMPFS) {
                        *(family->is_size ? &c->tmpfs_sizes : &c->tmpfs_used) = view_samples(f, i);
                } else if (family->is_size) {
                        view_take_sizes(v, family, view_samples(f, i));
                        if (family->kind == VIEW_PROCESS)
                                c->process_sizes = view_samples(f, i);
                } else if (c->n < COLUMNS_MAX) {
                        c->v[c->n].family = family;
                        c->v[c->n++].samples = view_samples(f, i);
                }
        }
}

void view_read(struct view *ret, struct fragment *const *fragment, size_t n)
{
        struct columns columns = { .n = 0 };

        *ret = (struct view){ .n_zones = 0 };
        memset(&ret->meminfo, 0xff, sizeof(ret->meminfo)); /* MX_ABSENT, all of them */
        memset(&ret->counters, 0xff, sizeof(ret->counters));
        memset(&ret->host, 0xff, sizeof(ret->host));
        for (size_t i = 0; i < n; i++)
                read_fragment(ret, fragment[i], &columns);
        view_take_tmpfs(ret, columns.tmpfs_sizes, columns.tmpfs_used);
        for (size_t i = 0; i < columns.n; i++)
                view_take_column(ret, columns.v[i].family, columns.v[i].samples);
        for (size_t i = 0; i < columns.n; i++)
                if (columns.v[i].family->offset == offsetof(struct view_process, oom_score) &&
                    columns.v[i].family->kind == VIEW_PROCESS)
                        view_take_oom(ret, columns.v[i].samples, columns.process_sizes);
}
