/* SPDX-License-Identifier: Apache-2.0 */
/* Where the memory is.
 *
 * What /proc/meminfo counts overlaps (fs/proc/meminfo.c, Documentation/filesystems/proc.rst), so of
 * its lines only those are taken that hold pages which no other of them holds:
 *
 * - Cached is all file pages but Buffers and the swap cache, so Shmem is in it and is taken out.
 * - AnonPages is what is mapped, of which some is in SwapCached as well: SwapCached is left out,
 * and the few pages of it that nobody maps are in the rest.
 * - Hugetlb pages are in neither.
 * - KReclaimable is SReclaimable and what other caches of the kernel would give back.
 * - VmallocUsed holds kernel stacks where these are mapped (CONFIG_VMAP_STACK), was a size of
 *   addresses before 4.4 and 0 up to 5.2: it is left to the rest.
 * - Zswap is the pool of compressed pages; what they were before (Zswapped) is nowhere.
 * - Pages of zram have no line; zram says itself what it takes.
 * - Free pages on lists by CPU are not in MemFree (kernel_memory says what they come to).
 * - Active, Inactive, Unevictable, Mlocked, Mapped, Dirty, Writeback and *HugePages are other views
 *   of the same pages; CMA is in all of them.
 * - GPUActive and GPUReclaim are pages that drivers took straight from the allocator.
 * - Percpu has its first chunk in it (mm/percpu.c, pcpu_setup_first_chunk), which is memory of the
 *   boot and so not in MemTotal: the rest is too small by that.
 */
#include "page_private.h"

#include "mx/cleanup.h"
#include "scale.h"

#include <inttypes.h>

static uint64_t or_zero(uint64_t v)
{
        return v == MX_ABSENT ? 0 : v;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
        return a > b ? a - b : 0;
}

static uint64_t page_cache(const struct view_meminfo *m)
{
        if (m->cached == MX_ABSENT)
                return MX_ABSENT;
        return minus(m->cached + or_zero(m->buffers), or_zero(m->shmem));
}

/* Since 4.16 the kernel adds up the pools of all sizes; before, only the default size is known. */
static uint64_t hugetlb(const struct view_meminfo *m)
{
        uint64_t bytes;

        if (m->hugetlb != MX_ABSENT)
                return m->hugetlb;
        if (m->huge_pages == MX_ABSENT || m->huge_page_size == MX_ABSENT ||
            __builtin_mul_overflow(m->huge_pages, m->huge_page_size, &bytes))
                return MX_ABSENT;
        return bytes;
}

static uint64_t gpu(const struct view_meminfo *m)
{
        if (m->gpu_active == MX_ABSENT && m->gpu_reclaim == MX_ABSENT)
                return MX_ABSENT;
        return or_zero(m->gpu_active) + or_zero(m->gpu_reclaim);
}

static uint64_t other_reclaimable(const struct view_meminfo *m)
{
        if (m->kernel_reclaimable == MX_ABSENT || m->slab_reclaimable == MX_ABSENT)
                return MX_ABSENT;
        return minus(m->kernel_reclaimable, m->slab_reclaimable);
}

/* The lists are read at another moment than MemFree, and pages go to and fro between the two: no
 * more is on them than is nowhere else. */
static uint64_t left(uint64_t bytes, uint64_t total, uint64_t sum)
{
        return bytes == MX_ABSENT ? bytes : MX_MIN(bytes, minus(total, sum));
}

bool memory_parts(const struct view *v, struct memory_parts *ret)
{
        const struct view_meminfo *m = &v->meminfo;
        const struct memory_part parts[] = {
                { "anon", "Anonymous", "Heaps, stacks and private data of processes", m->anon },
                { "shmem", "Shared memory", "tmpfs, shared mappings and System V segments",
                  m->shmem },
                { "hugetlb", "Huge page pools", "Set aside for hugetlbfs, whether used or not",
                  hugetlb(m) },
                { "zswap", "zswap", "The pool of compressed pages on their way to swap", m->zswap },
                { "zram", "zram", "Compressed block devices, such as swap in memory",
                  v->host.zram_used },
                { "gpu", "Graphics", "Pages of graphics drivers", gpu(m) },
                { "cache", "Page cache", "Files, and block devices\u2019 buffers", page_cache(m) },
                { "srec", "Slab, reclaimable", "Kernel caches such as inodes and directory entries",
                  m->slab_reclaimable },
                { "misc", "Other reclaimable", "Kernel caches outside of slab",
                  other_reclaimable(m) },
                { "sunrec", "Slab, unreclaimable", "Kernel objects in use", m->slab_unreclaimable },
                { "ptes", "Page tables", "Of processes", m->page_tables },
                { "spt", "Secondary page tables", "Of virtual machines and IOMMUs",
                  m->secondary_page_tables },
                { "stacks", "Kernel stacks", "One for each thread", m->kernel_stack },
                { "percpu", "Per-CPU data", "Kernel counters and caches of each CPU", m->percpu },
        };
        uint64_t sum = m->free, cpu_lists;

        _Static_assert(MX_ARRAY_SIZE(parts) + 3 <= MEMORY_PARTS_MAX, "the rest and what is free");
        if (m->total == MX_ABSENT || m->free == MX_ABSENT || m->total == 0)
                return false;
        *ret = (struct memory_parts){ .n = 0 };
        for (size_t i = 0; i < MX_ARRAY_SIZE(parts); i++) {
                ret->v[ret->n++] = parts[i];
                if (__builtin_add_overflow(sum, or_zero(parts[i].bytes), &sum))
                        return false;
        }
        cpu_lists = left(v->host.cpu_lists, m->total, sum);
        sum += or_zero(cpu_lists);
        ret->v[ret->n++] = (struct memory_part){ "rest", "Not accounted for",
                                                 "What is none of the above: vmalloc, drivers, "
                                                 "network buffers",
                                                 minus(m->total, sum) };
        ret->v[ret->n++] = (struct memory_part){ "cpufree", "Free, kept by CPUs",
                                                 "Free pages on lists of single CPUs", cpu_lists };
        ret->v[ret->n++] = (struct memory_part){ "free", "Free", "Holds nothing at all", m->free };
        ret->excess = minus(sum, m->total);
        ret->sum = MX_MAX(sum, m->total);
        return true;
}

/* Where `bytes` of `whole` end on a scale of a million. */
static uint64_t on_scale(uint64_t bytes, uint64_t whole)
{
        return scale(bytes, 1000000, whole);
}

static void bar_rect(struct html *h, const char *class, uint64_t from, uint64_t to)
{
        html_format(h,
                    "<rect class=\"p-%s\" x=\"%" PRIu64 ".%03" PRIu64 "\" y=\"0\" width=\"%" PRIu64
                    ".%03" PRIu64 "\" height=\"10\">",
                    class, from / 1000, from % 1000, (to - from) / 1000, (to - from) % 1000);
}

static void stacked_bar(struct html *h, const struct memory_parts *p)
{
        uint64_t at = 0, from = 0;

        html_put(h, "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
                    "role=\"img\" aria-labelledby=\"bar-title\"><title id=\"bar-title\">Where the "
                    "memory is; the table below says the same in numbers</title>");
        for (size_t i = 0; i < p->n; i++) {
                uint64_t to;

                if (or_zero(p->v[i].bytes) == 0)
                        continue;
                at += p->v[i].bytes;
                to = on_scale(at, p->sum);
                bar_rect(h, p->v[i].class, from, to);
                html_format(h, "<title>%s: ", p->v[i].name);
                html_bytes(h, p->v[i].bytes);
                html_put(h, "</title></rect>");
                from = to;
        }
        html_put(h, "</svg>");
}

static void legend_row(struct html *h, const struct memory_part *part, uint64_t sum)
{
        html_format(h,
                    "<tr data-part=\"%s\"><th scope=\"row\"><svg class=\"key\" viewBox=\"0 0 1 1\" "
                    "aria-hidden=\"true\"><rect class=\"p-%s\" width=\"1\" height=\"1\"/></svg>"
                    "%s<span class=\"what\">%s</span></th><td class=\"num\" data-value=\"%" PRIu64
                    "\">",
                    part->class, part->class, part->name, part->what, part->bytes);
        html_bytes_exact(h, part->bytes);
        html_put(h, "</td><td class=\"num share\">");
        html_percent(h, part->bytes, sum);
        html_put(h, "</td></tr>");
}

/* The names of the parts that hold nothing, or that this kernel does not count. */
static void leftovers(struct html *h, const struct memory_parts *p, uint64_t bytes,
                      const char *intro)
{
        const char *before = intro;

        for (size_t i = 0; i < p->n; i++) {
                if (p->v[i].bytes != bytes)
                        continue;
                html_put(h, before);
                html_put(h, p->v[i].name);
                before = ", ";
        }
        if (before != intro)
                html_put(h, ". ");
}

static void legend(struct html *h, const struct memory_parts *p)
{
        html_put(h, "<div class=\"scroll\"><table class=\"legend\"><caption class=\"hidden\">Where "
                    "the memory is</caption><thead class=\"hidden\"><tr><th scope=\"col\">Part</th>"
                    "<th scope=\"col\">Size</th><th scope=\"col\">Share</th></tr></thead><tbody>");
        for (size_t i = 0; i < p->n; i++)
                if (or_zero(p->v[i].bytes) > 0)
                        legend_row(h, &p->v[i], p->sum);
        html_put(h, "</tbody></table></div><p class=\"note\">");
        leftovers(h, p, 0, "Nothing in: ");
        leftovers(h, p, MX_ABSENT, "Not counted by this kernel, and so in the rest: ");
        if (p->excess > 0) {
                html_put(h,
                         "The kernel does not read its counters at one moment: together they say ");
                html_bytes_exact(h, p->excess);
                html_put(h, " more than there is, and the bar is drawn by their sum.");
        }
        html_put(h, "</p>");
}

/* One number of a whole, with a bar. */
static void meter(struct html *h, const char *id, const char *name, uint64_t part, uint64_t whole,
                  const char *of)
{
        html_format(h, "<div class=\"meter\" id=\"%s\"><h3>%s</h3><p class=\"big\">", id, name);
        html_bytes_exact(h, part);
        html_put(h, " <small>");
        html_percent(h, part, whole);
        html_put(h, " of ");
        html_bytes_exact(h, whole);
        html_format(h,
                    "%s</small></p><svg class=\"bar thin\" viewBox=\"0 0 1000 10\" "
                    "preserveAspectRatio=\"none\" aria-hidden=\"true\">",
                    of);
        bar_rect(h, "track", 0, 1000000);
        html_put(h, "</rect>");
        bar_rect(h, "used", 0, on_scale(MX_MIN(part, whole), whole));
        html_put(h, "</rect></svg></div>");
}

static void unknown_meter(struct html *h, const char *id, const char *name, const char *why)
{
        html_format(h,
                    "<div class=\"meter\" id=\"%s\"><h3>%s</h3><p class=\"big unknown\">not "
                    "known</p><p class=\"note\">%s</p></div>",
                    id, name, why);
}

static void meters(struct html *h, const struct view_meminfo *m)
{
        html_put(h, "<div class=\"meters\">");
        if (m->available != MX_ABSENT)
                meter(h, "available", "Available without swapping", m->available, m->total, "");
        else
                unknown_meter(h, "available", "Available without swapping",
                              "Kernels before 3.14 do not estimate it.");
        if (m->swap_total == 0)
                html_put(h, "<div class=\"meter\" id=\"swap\"><h3>Swap in use</h3><p class=\"big\">"
                            "none <small>no swap is set up</small></p></div>");
        else if (m->swap_total == MX_ABSENT || m->swap_free == MX_ABSENT ||
                 m->swap_free > m->swap_total)
                unknown_meter(h, "swap", "Swap in use",
                              "The kernel gives no number that can be true.");
        else
                meter(h, "swap", "Swap in use", m->swap_total - m->swap_free, m->swap_total, "");
        html_put(h, "</div>");
}

void page_memory(struct html *h, const struct page_model *m)
{
        struct memory_parts parts;

        if (!memory_parts(&m->view, &parts)) {
                html_put(h, "<p class=\"unknown\">Not known: there is no current result of the "
                            "meminfo collector.</p>");
                return;
        }
        html_put(h, "<p class=\"lead\">Of ");
        html_bytes_exact(h, m->view.meminfo.total);
        html_put(h, " that the kernel manages:</p>");
        stacked_bar(h, &parts);
        legend(h, &parts);
        page_savings(h, &m->view);
        meters(h, &m->view.meminfo);
}
