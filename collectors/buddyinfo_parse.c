/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* One zone of /proc/buddyinfo after the other.
 *
 *   Node 0, zone      DMA      0      0      0      0      0      0      0      0      1      1      3
 *   Node 0, zone   Normal   5793   2188   4163   2318   1719    976    491    175    194    235 984
 *
 * (6.18, x86_64, 11 orders.) Each line ends in a blank. Zones without memory are not printed. */
/* clang-format on */
#include "buddyinfo.h"

#include "zoneinfo.h"

/* "Node 0, zone   Normal" is four words, which mx_zoneinfo_head() holds to their form. */
static const char *head_end(const char *p, const char *end)
{
        for (int i = 0; i < 4; i++)
                p = mx_skip_word(mx_skip_blanks(p, end), end);
        return p;
}

/* Adds `blocks` of 2^order pages. False where the sum cannot be true. */
static bool add_pages(uint64_t *pages, uint64_t blocks, uint32_t order)
{
        uint64_t more;

        return !__builtin_mul_overflow(blocks, UINT64_C(1) << order, &more) &&
               !__builtin_add_overflow(*pages, more, pages) && *pages <= MX_BUDDY_PAGES_MAX;
}

static bool parse_line(const char *p, const char *end, struct mx_buddy *ret)
{
        const char *numbers = head_end(p, end);
        struct mx_zone_head head;
        uint64_t pages = 0;
        uint32_t n = 0;

        if (!mx_zoneinfo_head(p, numbers, &head))
                return false;
        while ((p = mx_skip_blanks(numbers, end)) < end) {
                if (n == MX_BUDDY_ORDERS_MAX || mx_scan_u64(&p, end, &ret->blocks[n]) < 0 ||
                    (p < end && !mx_is_blank(*p)) || !add_pages(&pages, ret->blocks[n], n))
                        return false;
                n++;
                numbers = p;
        }
        ret->node = head.node;
        ret->name = head.name;
        ret->name_len = head.name_len;
        ret->n_orders = n;
        return n > 0;
}

int mx_buddyinfo_next(const char **pos, const char *end, struct mx_buddy *ret, size_t *skipped)
{
        struct mx_lines it = mx_lines(*pos, (size_t)(end - *pos));

        while (mx_lines_next(&it)) {
                if (it.len > 0 && parse_line(it.line, it.line + it.len, ret)) {
                        *pos = it.next;
                        return 1;
                }
                *skipped += it.len > 0;
        }
        *pos = end;
        return 0;
}

/* From the largest order down, so that what is large enough adds up on the way. */
void mx_buddy_indexes(const struct mx_buddy *b, struct mx_buddy_index ret[MX_BUDDY_ORDERS_MAX])
{
        uint64_t pages = 0, blocks = 0, suitable = 0; /* the last in pages */
        uint32_t n = MX_MIN(b->n_orders, MX_BUDDY_ORDERS_MAX);

        for (uint32_t i = 0; i < n; i++) {
                pages += b->blocks[i] << i;
                blocks += b->blocks[i];
        }
        for (uint32_t i = n; i-- > 0;) {
                suitable += b->blocks[i] << i;
                ret[i].unusable = pages == 0 ? 1000 : (pages - suitable) * 1000 / pages;
                if (blocks == 0)
                        ret[i].fragmentation = 0;
                else if (suitable > 0)
                        ret[i].fragmentation = -1000;
                else
                        ret[i].fragmentation =
                                1000 - (int64_t)((1000 + (pages * 1000 >> i)) / blocks);
        }
}
