/* SPDX-License-Identifier: Apache-2.0 */
/*   nr_free_pages 1343487                (/proc/vmstat, 6.18)
 *   pswpin 219731
 *   pgalloc_normal 44121907
 *
 *   MemTotal:        9735264 kB          (/proc/meminfo, 6.18)
 *   MemAvailable:    6340452 kB
 */
#include "watch_keys.h"

#include "mx/scan.h"

/* " 1343487", " 6340452 kB" */
static int read_number(const char *p, const char *end, uint64_t *ret)
{
        if (end - p >= 2 && memcmp(end - 2, "kB", 2) == 0)
                end -= 2;
        return mx_scan_only_u64(p, end, ret);
}

/* Where the number starts if the line is that of `key`; NULL if not. */
static const char *match(const struct mx_lines *it, const char *key)
{
        const char *p = it->line;

        return mx_skip_prefix(&p, it->line + it->len, key, strlen(key)) ? p : NULL;
}

static int take(const struct mx_lines *it, const char *p, uint64_t *ret, struct mx_err *reterr)
{
        int r = read_number(p, it->line + it->len, ret);

        return r < 0 ? mx_err_set(reterr, r, "not a number", NULL, it->nr) : 0;
}

/* In the known order. -EAGAIN when it does not hold. */
static int read_in_order(const struct mx_watch_keys *k, const char *buf, size_t len, uint64_t *v,
                         struct mx_err *reterr)
{
        struct mx_lines it = mx_lines(buf, len);
        uint32_t i = 0;

        while (i < k->n_order && mx_lines_next(&it)) {
                const char *p = match(&it, k->key[k->order[i]]);
                int r = p ? take(&it, p, &v[k->order[i]], reterr) : 0;

                if (r < 0)
                        return r;
                i += p != NULL;
        }
        return i == k->n_order ? 0 : -EAGAIN;
}

static int learn(struct mx_watch_keys *k, const char *buf, size_t len, uint64_t *v,
                 struct mx_err *reterr)
{
        struct mx_lines it = mx_lines(buf, len);

        k->n_order = 0;
        while (k->n_order < k->n && mx_lines_next(&it))
                for (uint32_t i = 0; i < k->n; i++) {
                        const char *p = v[i] == MX_ABSENT ? match(&it, k->key[i]) : NULL;
                        int r = p ? take(&it, p, &v[i], reterr) : 0;

                        if (r < 0)
                                return r;
                        if (p)
                                k->order[k->n_order++] = (uint8_t)i;
                }
        return 0;
}

static void clear(uint64_t *v)
{
        for (size_t i = 0; i < MX_WATCH_KEYS_MAX; i++)
                v[i] = MX_ABSENT;
}

int mx_watch_keys_read(struct mx_watch_keys *k, const char *buf, size_t len, uint64_t *ret,
                       struct mx_err *reterr)
{
        uint64_t v[MX_WATCH_KEYS_MAX];
        int r = -EAGAIN;

        clear(v);
        if (k->n_order > 0)
                r = read_in_order(k, buf, len, v, reterr);
        if (r == -EAGAIN) {
                clear(v);
                r = learn(k, buf, len, v, reterr);
                if (r < 0)
                        k->n_order = 0;
        }
        if (r < 0)
                return r;
        memcpy(ret, v, k->n * sizeof(*ret));
        return 0;
}
