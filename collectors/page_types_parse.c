/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* /proc/pagetypeinfo, line by line. For each node with memory:
 *
 *   Page block order: 9
 *   Pages per block:  512
 *
 *   Free pages count per migrate type at order       0      1      2 ...
 *   Node    0, zone   Normal, type    Unmovable      1    566   1392 ...
 *   Node    0, zone   Normal, type      Movable >100000      0      1 ...     (">" since 5.4)
 *
 *   Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic      Isolate
 *   Node 0, zone   Normal          302         2527          435            0            0
 *
 *   Number of mixed blocks    Unmovable      Movable ...              (with page_owner=on, since 3.19)
 *   Node 0, zone   Normal           17          220 ...
 *
 * The counts are of blocks of 2^order pages, whatever the headline says. */
/* clang-format on */
#include "page_types.h"

#include "zoneinfo.h"

#define PAGES_MAX (UINT64_MAX / 2) /* in a zone: so that sums do not wrap */

static bool is_name_char(char c)
{
        return mx_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* A word of letters and digits that starts with no digit, at most `max` of them. */
static bool take_name(const char **p, const char *end, size_t max, struct mx_page_types_name *ret)
{
        const char *start = mx_skip_blanks(*p, end), *q = start;

        while (q < end && is_name_char(*q))
                q++;
        if (q == start || mx_is_digit(*start) || (size_t)(q - start) > max)
                return false;
        *ret = (struct mx_page_types_name){ .at = start, .len = (uint32_t)(q - start) };
        *p = q;
        return true;
}

static bool take_number(const char **p, const char *end, uint64_t *ret)
{
        const char *q = mx_skip_blanks(*p, end);

        if (mx_scan_u64(&q, end, ret) < 0)
                return false;
        *p = q;
        return true;
}

/* "Node    0, zone   Normal" */
static bool take_zone(const char **p, const char *end, struct mx_page_types *ret)
{
        if (!MX_SKIP_LITERAL(p, end, "Node ") || !take_number(p, end, &ret->node) ||
            !MX_SKIP_LITERAL(p, end, ", zone "))
                return false;
        return take_name(p, end, MX_ZONE_NAME_MAX, &ret->zone);
}

static bool add_blocks(uint64_t *pages, uint64_t blocks, uint32_t order)
{
        uint64_t more;

        return !__builtin_mul_overflow(blocks, UINT64_C(1) << order, &more) &&
               !__builtin_add_overflow(*pages, more, pages) && *pages <= PAGES_MAX;
}

/* ", type    Unmovable      1    566 >100000 ..." */
static bool parse_free(const char *p, const char *end, struct mx_page_types *ret)
{
        uint32_t order = 0;

        ret->pages = 0;
        ret->is_cut = false;
        if (!MX_SKIP_LITERAL(&p, end, ", type ") ||
            !take_name(&p, end, MX_PAGE_TYPE_NAME, &ret->type))
                return false;
        while (p < end && mx_is_blank(*p)) {
                uint64_t blocks;

                p = mx_skip_blanks(p, end);
                if (p == end)
                        break;
                ret->is_cut |= MX_SKIP_LITERAL(&p, end, ">");
                if (order == MX_PAGE_ORDERS_MAX || !take_number(&p, end, &blocks) ||
                    !add_blocks(&ret->pages, blocks, order))
                        return false;
                order++;
        }
        return p == end && order > 0;
}

/* As many numbers as the headline had names. */
static bool parse_counts(const char *p, const char *end, struct mx_page_types *ret)
{
        for (uint32_t i = 0; i < ret->n_names; i++)
                if (p == end || !mx_is_blank(*p) || !take_number(&p, end, &ret->value[i]))
                        return false;
        return mx_skip_blanks(p, end) == end;
}

static bool parse_names(const char *p, const char *end, struct mx_page_types *ret)
{
        ret->n_names = 0;
        while ((p = mx_skip_blanks(p, end)) < end) {
                if (ret->n_names == MX_PAGE_TYPES_MAX ||
                    !take_name(&p, end, MX_PAGE_TYPE_NAME, &ret->name[ret->n_names]) ||
                    (p < end && !mx_is_blank(*p)))
                        return false;
                ret->n_names++;
        }
        return ret->n_names > 0;
}

/* A headline says what the lines below it are. True where it is one that can be read. */
static bool parse_headline(const char *p, const char *end, struct mx_page_types *ret)
{
        ret->section = MX_PAGE_TYPES_END;
        if (MX_SKIP_LITERAL(&p, end, "Page block order:"))
                return true;
        if (MX_SKIP_LITERAL(&p, end, "Pages per block:"))
                return mx_scan_only_u64(p, end, &ret->pages_per_block) == 0;
        if (MX_SKIP_LITERAL(&p, end, "Free pages count per migrate type at order")) {
                ret->section = MX_PAGE_TYPES_FREE;
                return true;
        }
        if (MX_SKIP_LITERAL(&p, end, "Number of blocks type ") && parse_names(p, end, ret)) {
                ret->section = MX_PAGE_TYPES_BLOCKS;
                return true;
        }
        if (MX_SKIP_LITERAL(&p, end, "Number of mixed blocks ") && parse_names(p, end, ret)) {
                ret->section = MX_PAGE_TYPES_MIXED;
                return true;
        }
        return false;
}

static bool parse_row(const char *p, const char *end, struct mx_page_types *ret)
{
        if (!take_zone(&p, end, ret))
                return false;
        if (ret->section == MX_PAGE_TYPES_FREE)
                return parse_free(p, end, ret);
        return ret->section != MX_PAGE_TYPES_END && parse_counts(p, end, ret);
}

enum mx_page_types_line mx_page_types_next(const char **pos, const char *end,
                                           struct mx_page_types *p, size_t *skipped)
{
        struct mx_lines it = mx_lines(*pos, (size_t)(end - *pos));

        while (mx_lines_next(&it)) {
                const char *line_end = it.line + it.len;

                if (it.len == 0)
                        continue;
                if (it.line[0] != 'N' || it.len < 5 || memcmp(it.line, "Node ", 5) != 0) {
                        *skipped += !parse_headline(it.line, line_end, p);
                        continue;
                }
                if (parse_row(it.line, line_end, p)) {
                        *pos = it.next;
                        return p->section;
                }
                *skipped += 1;
        }
        *pos = end;
        return MX_PAGE_TYPES_END;
}
