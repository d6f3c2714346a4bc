/* SPDX-License-Identifier: Apache-2.0 */
#include "zram.h"

#include "entries.h"

#define COLUMNS_MAX 32 /* vendors have up to 17 */
#define BD_UNIT     4096

/* A line of numbers. */
struct columns {
        size_t n;
        bool is_bare[COLUMNS_MAX]; /* one digit after a single blank: not padded to eight */
        uint64_t v[COLUMNS_MAX];
};

bool mx_zram_name_parse(const char *name, uint32_t *ret)
{
        uint32_t id;

        if (!mx_index_parse(name, "zram", &id) || id > INT32_MAX)
                return false;
        *ret = id;
        return true;
}

static int columns_parse(const char *p, size_t len, size_t least, struct columns *ret)
{
        const char *end = p + len;

        if (len > 0 && end[-1] == '\n')
                end--;
        ret->n = 0;
        for (;;) {
                const char *from = p, *word = mx_skip_blanks(p, end);
                int r;

                p = word;
                if (p == end)
                        break;
                if (ret->n == COLUMNS_MAX)
                        return -EBADMSG;
                r = mx_scan_u64(&p, end, &ret->v[ret->n]);
                if (r < 0)
                        return r;
                if (p < end && !mx_is_blank(*p))
                        return -EBADMSG;
                ret->is_bare[ret->n] = word - from == 1 && p - word == 1;
                ret->n++;
        }
        return ret->n < least ? -EBADMSG : 0;
}

int mx_zram_mm_stat_parse(const char *buf, size_t len, uint64_t ret[MX_ZRAM_MM])
{
        struct columns c;
        int r = columns_parse(buf, len, 7, &c);

        if (r < 0)
                return r;
        for (size_t i = 0; i < MX_ZRAM_MM; i++)
                ret[i] = i < c.n ? c.v[i] : MX_ABSENT;
        if (c.n > MX_ZRAM_MM)
                ret[MX_ZRAM_INCOMPRESSIBLE_EVER - MX_ZRAM_ORIGINAL] = MX_ABSENT;
        if (ret[MX_ZRAM_LIMIT - MX_ZRAM_ORIGINAL] == 0)
                ret[MX_ZRAM_LIMIT - MX_ZRAM_ORIGINAL] = MX_ABSENT;
        return 0;
}

int mx_zram_io_stat_parse(const char *buf, size_t len, uint64_t ret[MX_ZRAM_IO])
{
        const size_t invalid = MX_ZRAM_INVALID_IO - MX_ZRAM_FAILED_READS;
        struct columns c;
        int r = columns_parse(buf, len, MX_ZRAM_IO, &c);

        if (r < 0)
                return r;
        memcpy(ret, c.v, MX_ZRAM_IO * sizeof(*ret));
        if (ret[invalid] == 0 && c.is_bare[invalid])
                ret[invalid] = MX_ABSENT;
        return 0;
}

int mx_zram_bd_stat_parse(const char *buf, size_t len, uint64_t ret[MX_ZRAM_BD])
{
        struct columns c;
        int r = columns_parse(buf, len, MX_ZRAM_BD, &c);

        if (r < 0)
                return r;
        if (c.n != MX_ZRAM_BD)
                return -EBADMSG;
        for (size_t i = 0; i < MX_ZRAM_BD; i++)
                if (c.v[i] > INT64_MAX / BD_UNIT)
                        return -ERANGE;
        for (size_t i = 0; i < MX_ZRAM_BD; i++)
                ret[i] = c.v[i] * BD_UNIT;
        return 0;
}

int mx_zram_algorithm_parse(const char *buf, size_t len, const char **ret, size_t *ret_len)
{
        const char *end = buf + len, *open, *close;

        open = len > 0 ? memchr(buf, '[', len) : NULL;
        if (!open)
                return -EBADMSG;
        open++;
        close = memchr(open, ']', (size_t)(end - open));
        if (!close || close == open || memchr(open, ' ', (size_t)(close - open)) ||
            memchr(open, '[', (size_t)(end - open)))
                return -EBADMSG;
        *ret = open;
        *ret_len = (size_t)(close - open);
        return 0;
}
