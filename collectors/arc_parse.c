/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* /proc/spl/kstat/zfs/arcstats:
 *
 *   13 1 0x01 123 33456 8150423341 1182712876540    (OpenZFS 2.1; the fourth: number of lines)
 *   name                            type data
 *   hits                            4    1205463021
 *   c                               4    6437184256
 *   memory_available_bytes          3    -52428800
 *
 * Types are 1 int32, 2 uint32, 3 int64, 4 uint64, 5 long, 6 unsigned long; 0 and 7 are text. */
/* clang-format on */
#include "arc.h"

#define KSTAT_CHAR   0
#define KSTAT_ULONG  6
#define KSTAT_STRING 7

/* The words of a line: blanks between them, and at the end of text. */
struct words {
        const char *key, *key_end, *data;
        uint64_t kind;
};

static bool split(const char *p, const char *end, struct words *ret)
{
        ret->key = p;
        ret->key_end = p = mx_skip_word(p, end);
        p = mx_skip_blanks(p, end);
        if (ret->key_end == ret->key || mx_scan_u64(&p, end, &ret->kind) < 0 || p == end ||
            !mx_is_blank(*p))
                return false;
        ret->data = mx_skip_blanks(p, end);
        return true;
}

static bool is_named(const struct words *w, const char *name)
{
        size_t len = strlen(name);

        return (size_t)(w->key_end - w->key) == len && memcmp(w->key, name, len) == 0;
}

/* Takes the line's number. False when it is not to be read. */
static bool take(const struct words *w, const char *end, struct mx_arc *ret)
{
        const char *p = w->data;
        int64_t v;

        if (w->kind > KSTAT_ULONG || (size_t)(w->key_end - w->key) >= MX_KEYMAP_NAME_MAX)
                return false;
        if (is_named(w, "memory_available_bytes")) {
                if (mx_scan_i64(&p, end, &v) < 0 || mx_skip_blanks(p, end) != end ||
                    v == INT64_MIN || ret->available != INT64_MIN)
                        return false;
                ret->available = v;
                return true;
        }
        ret->line[ret->n] =
                (struct mx_kv){ .key = w->key, .key_len = (uint32_t)(w->key_end - w->key) };
        if (mx_scan_only_u64(p, end, &ret->line[ret->n].value) < 0)
                return false;
        ret->n++;
        return true;
}

static bool find_columns(struct mx_lines *it)
{
        while (mx_lines_next(it)) {
                const char *p = it->line, *end = it->line + it->len;

                if (MX_SKIP_LITERAL(&p, end, "name ") &&
                    (p = mx_skip_blanks(p, end), MX_SKIP_LITERAL(&p, end, "type ")) &&
                    (p = mx_skip_blanks(p, end), MX_SKIP_LITERAL(&p, end, "data")))
                        return mx_skip_blanks(p, end) == end;
        }
        return false;
}

int mx_arcstats_parse(const char *buf, size_t len, struct mx_arc *ret, size_t *ret_skipped,
                      struct mx_err *reterr)
{
        struct mx_lines it = mx_lines(buf, len);
        size_t skipped = 0;

        ret->n = 0;
        ret->available = INT64_MIN;
        if (!find_columns(&it))
                return mx_err_set(reterr, -EBADMSG, "no \"name type data\" line", NULL, it.nr);
        while (mx_lines_next(&it)) {
                const char *end = it.line + it.len;
                struct words w;

                if (it.len == 0)
                        continue;
                if (ret->n == MX_ARC_LINES_MAX)
                        return mx_err_set(reterr, -E2BIG, "too many lines", NULL, it.nr);
                if (!split(it.line, end, &w))
                        skipped++;
                else if (w.kind != KSTAT_CHAR && w.kind != KSTAT_STRING)
                        skipped += !take(&w, end, ret);
        }
        *ret_skipped = skipped;
        return 0;
}

uint64_t mx_arc_shrinkable(uint64_t size, uint64_t target_min, const uint64_t evictable[4])
{
        uint64_t clean = 0;

        if (size == MX_ABSENT || target_min == MX_ABSENT)
                return MX_ABSENT;
        for (int i = 0; i < 4; i++)
                if (evictable[i] == MX_ABSENT ||
                    __builtin_add_overflow(clean, evictable[i], &clean))
                        return MX_ABSENT;
        if (size <= target_min)
                return 0;
        return clean < size - target_min ? clean : size - target_min;
}
