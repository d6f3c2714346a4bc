/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLECTORS_ZONEINFO_H
#define COLLECTORS_ZONEINFO_H

#include "mx/collector.h"
#include "mx/keymap.h"

#define MX_ZONE_LINES_MAX   160 /* of a zone, and of a node; 6.18 prints 29 and 53 */
#define MX_ZONE_TARGETS_MAX 16  /* kinds of zones; 6.18 has up to 6 */
#define MX_ZONE_NAME_MAX    15

/* One zone, as the file has it: pages where the kernel counts pages. Pointers are into the text, so
 * that a zone is valid as long as that is. Arrays are scratch beyond their counts. */
struct mx_zone {
        uint64_t node;
        const char *name; /* letters and digits */
        uint32_t name_len;
        uint32_t n_lines, n_node_lines, n_reserve;
        struct mx_kv line[MX_ZONE_LINES_MAX];      /* "pages free" has the key "free" */
        struct mx_kv node_line[MX_ZONE_LINES_MAX]; /* "per-node stats", in one zone of each node */
        uint64_t reserve[MX_ZONE_TARGETS_MAX]; /* "protection", by the index of the zone meant */
};

/* Parses the zone at or after *pos and steps over it. Returns 1, or 0 when there is none before
 * `end`; *ret is scratch then. What cannot be read is left out and added to *skipped: lines, and
 * whole zones whose head line is malformed. The lists of pages per CPU are stepped over at the
 * speed of memchr(), since they are nine tenths of the file on a large machine. nr_free_pages is
 * left out as the same number as "pages free". Zone sizes of the LRU lists are handed out under the
 * names they have since 4.8 (nr_zone_...). Source: zoneinfo_show_print() in mm/vmstat.c,
 * Linux 2.6.32 to 6.18. */
int mx_zoneinfo_next(const char **pos, const char *end, struct mx_zone *ret, size_t *skipped);

/* The head line of a zone, "Node 0, zone      DMA". `name` points into the text. */
struct mx_zone_head {
        uint64_t node;
        const char *name; /* letters and digits, at most MX_ZONE_NAME_MAX */
        uint32_t name_len;
};

/* Reads the head line [p, end), without its newline. False when it is none; *ret is scratch then.
 */
bool mx_zoneinfo_head(const char *p, const char *end, struct mx_zone_head *ret);

/* The first line in [p, end) that starts with "Node ", or `end`. `p` is the start of a line. At the
 * speed of memchr(). */
const char *mx_zoneinfo_find_head(const char *p, const char *end);

/* What decides whether a zone is short of memory, in pages. */
struct mx_zone_level {
        struct mx_zone_head head;
        uint64_t free, min, low, high;
        uint64_t managed; /* "present" before 3.9, which did not say */
};

/* The same file with an eye for nothing but this: parses the zone at or after *pos and steps over
 * it. Lines before "pages free" and after "managed" are not looked at. Returns 1; 0 when there is
 * none before `end`; -EBADMSG or -ERANGE, with the line, when a head or one of the five lines
 * cannot be read or is missing: a zone that is left out would be one whose dips are not seen. *ret
 * changes on 1 alone, *pos on 1 and 0. `begin` is where the text starts, to number lines. */
int mx_zoneinfo_next_level(const char *begin, const char **pos, const char *end,
                           struct mx_zone_level *ret, struct mx_err *reterr);

/* The name of each of the `n` kinds of zones that "protection" lists, as far as it can be known
 * from the zones seen: since 4.12 a node prints all of its zones, but older kernels leave out empty
 * ones. */
struct mx_zone_names {
        size_t n;
        struct {
                char name[MX_ZONE_NAME_MAX + 1]; /* its index in decimal where it cannot be known */
                bool known;
        } target[MX_ZONE_TARGETS_MAX];
};

/* Starts over, for lists of `n` zones (at most MX_ZONE_TARGETS_MAX). `seen` are the names of the
 * `n_seen` zones of one node or, when no node has `n` of them, those of any nodes; order matters in
 * the first case. */
void mx_zone_names_infer(struct mx_zone_names *names, size_t n, const char *const *seen,
                         size_t n_seen);

extern const struct mx_collector mx_zoneinfo;

#endif
