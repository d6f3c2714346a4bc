/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the page. Each writes the inside of one slot of the template, from what has been
 * read already. */
#ifndef PAGE_PRIVATE_H
#define PAGE_PRIVATE_H

#include "engine.h"
#include "history.h"
#include "html.h"
#include "view.h"

#define PAGE_BYTES_MAX (512 * 1024)

/* All that is shown. */
struct page_model {
        struct view view;
        struct history history;
        struct collector_view collector[ENGINE_COLLECTORS_MAX];
        size_t n_collectors;
        uint64_t now_usec;  /* CLOCK_BOOTTIME */
        uint64_t wall_usec; /* CLOCK_REALTIME of the same moment */
        const char *host, *kernel, *telemetry_path;
};

/* Where the memory is: parts that do not overlap, and the rest. Their sum is MemTotal, unless the
 * kernel's counters, which it does not read at one moment, say more than there is: then `excess` is
 * how much more. */
struct memory_part {
        const char *class, *name, *what;
        uint64_t bytes; /* MX_ABSENT: this kernel does not say */
};
#define MEMORY_PARTS_MAX 20
struct memory_parts {
        struct memory_part v[MEMORY_PARTS_MAX];
        size_t n;
        uint64_t sum, excess;
};
/* False when MemTotal or MemFree is not known. */
bool memory_parts(const struct view *v, struct memory_parts *ret);

/* How a zone stands. */
enum zone_state {
        ZONE_FINE,
        ZONE_UNKNOWN,         /* something that is needed is not known */
        ZONE_BELOW_LOW,       /* kswapd is woken by who finds no other zone, as it should */
        ZONE_SMALL_BELOW_MIN, /* not the largest of its node, and others have room or are unseen */
        ZONE_BELOW_MIN,       /* the largest of its node, and others have room or are unseen */
        ZONE_BREACHED,        /* below min, and no other zone has room: allocations wait */
};
bool zone_is_shown(const struct view_zone *z);
enum zone_state zone_state(const struct view *v, const struct view_zone *z);
bool zone_is_alarm(enum zone_state state);
/* "Normal of node 0" */
void zone_name(struct html *h, const struct view_zone *z);
/* One sentence, for a zone that is neither fine nor unknown. */
void zone_sentence(struct html *h, const struct view_zone *z, enum zone_state state);

void page_status(struct html *h, const struct page_model *m);
void page_memory(struct html *h, const struct page_model *m);
/* Under the parts: what is saved by compression and by merging, and what nobody uses. */
void page_savings(struct html *h, const struct view *v);
void page_history(struct html *h, const struct page_model *m);
void page_zones(struct html *h, const struct page_model *m);
void page_processes(struct html *h, const struct page_model *m);
void page_cgroups(struct html *h, const struct page_model *m);
void page_collectors(struct html *h, const struct page_model *m);

/* The template, as it was built in: daemon/page/page.html. */
extern const char page_template[], page_template_end[];

#endif
