/* SPDX-License-Identifier: Apache-2.0 */
/* One zone of /proc/zoneinfo after the other.
 *
 *   Node 0, zone      DMA                 (6.18, x86_64, 2 CPUs; shortened)
 *     per-node stats                      (in the first populated zone of each node, since 4.8)
 *         nr_inactive_anon 1945
 *     pages free     3840
 *           boost    0
 *           min      46
 *           high     68                   (a watermark; "high:" below is something else)
 *           protection: (0, 3019, 5451, 5451, 5451)
 *         nr_free_pages 3840
 *         nr_zone_inactive_anon 0
 *     pagesets                            (five lines for each CPU follow)
 *       cpu: 0
 *                 count:    0
 *                 high:     0
 *     vm stats threshold: 4
 *     node_unreclaimable:  0
 *     start_pfn:           1
 *   Node 0, zone   Device                 (not populated: ends here)
 *     pages free     0
 *           min      0
 *           protection: (0, 0, 0, 0, 0)
 *
 * Linux 3.10 ends with all_unreclaimable:, start_pfn: and inactive_ratio:, and has neither
 * "per-node stats" nor zones that are not populated. */
#include "zoneinfo.h"

struct section {
        struct mx_kv *line;
        uint32_t *n;
};

/* No line within a zone of any kernel has a capital N before its protection: or nr_ lines end, and
 * none of the lists by CPU has one. */
const char *mx_zoneinfo_find_head(const char *p, const char *end)
{
        const char *begin = p;

        while (p < end && (p = memchr(p, 'N', (size_t)(end - p)))) {
                const char *q = p;

                if ((p == begin || p[-1] == '\n') && MX_SKIP_LITERAL(&q, end, "Node "))
                        return p;
                p++;
        }
        return end;
}

static bool is_name_byte(char c)
{
        return mx_is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

bool mx_zoneinfo_head(const char *p, const char *end, struct mx_zone_head *ret)
{
        if (!MX_SKIP_LITERAL(&p, end, "Node "))
                return false;
        p = mx_skip_blanks(p, end);
        if (mx_scan_u64(&p, end, &ret->node) < 0 || !MX_SKIP_LITERAL(&p, end, ", zone "))
                return false;
        p = mx_skip_blanks(p, end);
        ret->name = p;
        while (p < end && is_name_byte(*p))
                p++;
        ret->name_len = (uint32_t)(p - ret->name);
        return ret->name_len > 0 && ret->name_len <= MX_ZONE_NAME_MAX &&
               mx_skip_blanks(p, end) == end;
}

/* "(0, 3019, 5451)". All or nothing: a list cut short would name the wrong zones. */
static bool parse_protection(const char *p, const char *end, struct mx_zone *ret)
{
        uint32_t n = 0;

        p = mx_skip_blanks(p, end);
        if (ret->n_reserve > 0 || !MX_SKIP_LITERAL(&p, end, "("))
                return false;
        for (;;) {
                if (n == MX_ZONE_TARGETS_MAX || mx_scan_u64(&p, end, &ret->reserve[n]) < 0)
                        return false;
                n++;
                if (!MX_SKIP_LITERAL(&p, end, ","))
                        break;
                p = mx_skip_blanks(p, end);
        }
        if (!MX_SKIP_LITERAL(&p, end, ")") || mx_skip_blanks(p, end) != end)
                return false;
        ret->n_reserve = n;
        return true;
}

/* Gives the LRU lists of a zone the names they have had since 4.8, so that one fact has one name.
 */
static void modernise(struct mx_kv *kv)
{
        static const char *const modern[] = { "nr_zone_inactive_anon", "nr_zone_active_anon",
                                              "nr_zone_inactive_file", "nr_zone_active_file",
                                              "nr_zone_unevictable" };

        for (size_t i = 0; i < MX_ARRAY_SIZE(modern); i++) {
                const char *rest = modern[i] + strlen("nr_zone_");
                size_t len = strlen(rest);

                if (kv->key_len == len + 3 && memcmp(kv->key + 3, rest, len) == 0) {
                        kv->key = modern[i];
                        kv->key_len = (uint32_t)(len + strlen("nr_zone_"));
                        return;
                }
        }
}

static bool is_key(const struct mx_kv *kv, const char *key, size_t len)
{
        return kv->key_len == len && memcmp(kv->key, key, len) == 0;
}

/* Takes "key value", or "key: value" when `colon`. False when it cannot be read. */
static bool add_line(const char *p, const char *end, bool colon, struct section to)
{
        struct mx_kv *kv = &to.line[*to.n];

        if (*to.n == MX_ZONE_LINES_MAX || !mx_kv_line(p, end, kv) || kv->kib ||
            (kv->key[kv->key_len] == ':') != colon)
                return false;
        ++*to.n;
        return true;
}

/* Looks again at the zone's line that was added last. */
static void settle(struct mx_zone *ret)
{
        struct mx_kv *kv = &ret->line[ret->n_lines - 1];

        if (kv->key_len < 4 || memcmp(kv->key, "nr_", 3) != 0)
                return;
        if (kv->key[3] == 'i' || kv->key[3] == 'a' || kv->key[3] == 'u')
                modernise(kv);
        else if (is_key(kv, "nr_free_pages", 13) && is_key(&ret->line[0], "free", 4))
                ret->n_lines--;
}

/* "   key    123\n" in one pass, which is nearly every line. Returns the start of the next one, or
 * NULL when it is anything else. */
static const char *plain_line(const char *p, const char *end, struct mx_kv *ret)
{
        p = mx_skip_blanks(p, end);
        ret->key = p;
        while (p < end && (unsigned char)*p > ' ' && *p != ':')
                p++;
        ret->key_len = (uint32_t)(p - ret->key);
        ret->kib = false;
        if (ret->key_len == 0 || p == end || *p != ' ')
                return NULL;
        p = mx_skip_blanks(p, end);
        if (mx_scan_u64(&p, end, &ret->value) < 0 || p == end || *p != '\n')
                return NULL;
        return p + 1;
}

/* The lines after the lists by CPU: [begin, stop) ends with them. They are indented by two blanks,
 * as is the last line of each CPU. */
static const char *find_tail(const char *begin, const char *stop)
{
        while (stop > begin) {
                const char *nl = memrchr(begin, '\n', (size_t)(stop - 1 - begin));
                const char *line = nl ? nl + 1 : begin, *p = line;

                if (!MX_SKIP_LITERAL(&p, stop, "  ") || p == stop || mx_is_blank(*p) ||
                    MX_SKIP_LITERAL(&p, stop, "vm stats"))
                        break;
                stop = line;
        }
        return stop;
}

static size_t parse_tail(const char *begin, const char *stop, struct mx_zone *ret)
{
        const char *tail = find_tail(begin, stop);
        struct mx_lines it = mx_lines(tail, (size_t)(stop - tail));
        size_t skipped = 0;

        while (mx_lines_next(&it))
                skipped += !add_line(it.line, it.line + it.len, true,
                                     (struct section){ ret->line, &ret->n_lines });
        return skipped;
}

/* A line that plain_line() does not read: a heading, the list of reserves, or what cannot be read.
 */
static bool parse_odd_line(const char *p, const char *end, bool *in_node, struct mx_zone *ret)
{
        p = mx_skip_blanks(p, end);
        if (p == end)
                return true;
        if (MX_SKIP_LITERAL(&p, end, "per-node stats")) {
                *in_node = true;
                return true;
        }
        if (MX_SKIP_LITERAL(&p, end, "protection:"))
                return parse_protection(p, end, ret);
        if (MX_SKIP_LITERAL(&p, end, "pages "))
                *in_node = false;
        if (*in_node)
                return add_line(p, end, false,
                                (struct section){ ret->node_line, &ret->n_node_lines });
        if (!add_line(p, end, false, (struct section){ ret->line, &ret->n_lines }))
                return false;
        settle(ret);
        return true;
}

/* Everything after the head line. Returns where the next zone may start. */
static const char *parse_body(const char *p, const char *end, struct mx_zone *ret, size_t *skipped)
{
        bool in_node = false;

        while (p < end && *p != 'N') {
                uint32_t *n = in_node ? &ret->n_node_lines : &ret->n_lines;
                struct mx_kv *line = in_node ? ret->node_line : ret->line;
                struct mx_lines it = mx_lines(p, (size_t)(end - p));
                const char *next;

                if (*n < MX_ZONE_LINES_MAX && (next = plain_line(p, end, &line[*n]))) {
                        ++*n;
                        if (!in_node)
                                settle(ret);
                        p = next;
                        continue;
                }
                (void)mx_lines_next(&it);
                if (MX_SKIP_LITERAL(&p, it.next, "  pagesets")) {
                        const char *head = mx_zoneinfo_find_head(it.next, end);

                        *skipped += parse_tail(it.next, head, ret);
                        return head;
                }
                *skipped += !parse_odd_line(it.line, it.line + it.len, &in_node, ret);
                p = it.next;
        }
        return p;
}

int mx_zoneinfo_next(const char **pos, const char *end, struct mx_zone *ret, size_t *skipped)
{
        const char *p = *pos;

        while (p < end) {
                struct mx_lines it = mx_lines(p, (size_t)(end - p));
                struct mx_zone_head head;

                (void)mx_lines_next(&it);
                if (mx_zoneinfo_head(it.line, it.line + it.len, &head)) {
                        ret->node = head.node;
                        ret->name = head.name;
                        ret->name_len = head.name_len;
                        ret->n_lines = ret->n_node_lines = ret->n_reserve = 0;
                        *pos = parse_body(it.next, end, ret, skipped);
                        return 1;
                }
                *skipped += it.len > 0;
                p = mx_zoneinfo_find_head(it.next, end);
        }
        *pos = end;
        return 0;
}
