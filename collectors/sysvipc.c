/* SPDX-License-Identifier: Apache-2.0 */
/* The tables are words below a line of names:
 *
 *        key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid ...
 *          0          3  1600               1048576  4411  4411      2     0     0     0     0 ...
 *
 * The key is signed and perms is octal. Widths differ between 32 and 64 bits; in 2.6.32 the line of
 * shm ends at ctime, later in "rss" and "swap" (6.18). */
#include "sysvipc.h"

#include "mx/cleanup.h"

static const char *const names[MX_IPC_COLUMNS] = {
        [MX_IPC_PERMS] = "perms", [MX_IPC_SIZE] = "size",   [MX_IPC_NATTCH] = "nattch",
        [MX_IPC_RSS] = "rss",     [MX_IPC_SWAP] = "swap",   [MX_IPC_CBYTES] = "cbytes",
        [MX_IPC_QNUM] = "qnum",   [MX_IPC_NSEMS] = "nsems",
};

int mx_ipc_header_parse(const char *line, size_t len, struct mx_ipc_header *ret)
{
        struct mx_ipc_header h = { 0 };
        const char *p = line, *end = line + len, *word;
        size_t n;

        while (mx_next_word(&p, end, &word, &n)) {
                if (h.n_words++ == 0 && (n != 3 || memcmp(word, "key", 3) != 0))
                        return -EBADMSG;
                for (size_t i = 0; i < MX_IPC_COLUMNS; i++)
                        if (mx_is_word(word, n, names[i]) && !h.at[i])
                                h.at[i] = h.n_words;
        }
        if (h.n_words == 0)
                return -EBADMSG;
        *ret = h;
        return 0;
}

static int scan_octal(const char *p, size_t n, uint64_t *ret)
{
        uint64_t v = 0;

        if (n > 21) /* 63 bits */
                return -ERANGE;
        for (size_t i = 0; i < n; i++) {
                if (p[i] < '0' || p[i] > '7')
                        return -EBADMSG;
                v = v << 3 | (uint64_t)(p[i] - '0');
        }
        *ret = v;
        return 0;
}

static int read_word(size_t column, const char *word, size_t n, uint64_t *ret)
{
        int r = column == MX_IPC_PERMS ? scan_octal(word, n, ret)
                                       : mx_scan_only_u64(word, word + n, ret);

        return r == 0 && *ret == MX_ABSENT ? -ERANGE : r;
}

int mx_ipc_row_parse(const struct mx_ipc_header *h, const char *line, size_t len,
                     uint64_t ret[MX_IPC_COLUMNS])
{
        const char *p = line, *end = line + len, *word;
        uint64_t v[MX_IPC_COLUMNS];
        uint32_t nr = 0;
        size_t n;

        for (size_t i = 0; i < MX_IPC_COLUMNS; i++)
                v[i] = MX_ABSENT;
        while (mx_next_word(&p, end, &word, &n)) {
                nr++;
                for (size_t i = 0; i < MX_IPC_COLUMNS; i++) {
                        int r = h->at[i] == nr ? read_word(i, word, n, &v[i]) : 0;

                        if (r < 0)
                                return r;
                }
        }
        if (nr != h->n_words)
                return -EBADMSG;
        memcpy(ret, v, sizeof(v));
        return 0;
}

void mx_ipc_add(uint64_t *sum, uint64_t v)
{
        if (*sum == MX_ABSENT || v == MX_ABSENT)
                return;
        *sum = v > MX_ABSENT - 1 - *sum ? MX_ABSENT - 1 : *sum + v;
}

void mx_shm_sum_init(struct mx_shm_sum *s, const struct mx_ipc_header *h)
{
        *s = (struct mx_shm_sum){ .pages = h->at[MX_IPC_SIZE] ? 0 : MX_ABSENT,
                                  .resident = h->at[MX_IPC_RSS] ? 0 : MX_ABSENT,
                                  .swapped = h->at[MX_IPC_SWAP] ? 0 : MX_ABSENT };
}

void mx_shm_sum_add(struct mx_shm_sum *s, const uint64_t row[MX_IPC_COLUMNS], uint32_t page_size)
{
        uint64_t size = row[MX_IPC_SIZE];

        s->segments++;
        mx_ipc_add(&s->pages, size == MX_ABSENT ? size : size / page_size + !!(size % page_size));
        mx_ipc_add(&s->resident, row[MX_IPC_RSS]);
        mx_ipc_add(&s->swapped, row[MX_IPC_SWAP]);
}

int mx_ipc_limits_parse(const char *buf, size_t len, uint64_t *ret, size_t n)
{
        const char *p = buf, *end = buf + len;
        uint64_t v[MX_IPC_LIMITS_MAX] = { 0 };

        n = MX_MIN(n, (size_t)MX_IPC_LIMITS_MAX);
        if (end > p && end[-1] == '\n')
                end--;
        for (size_t i = 0; i < n; i++) {
                const char *word;
                size_t word_len;
                int r;

                if (!mx_next_word(&p, end, &word, &word_len))
                        return -EBADMSG;
                r = mx_scan_only_u64(word, word + word_len, &v[i]);
                if (r < 0)
                        return r;
        }
        if (mx_skip_blanks(p, end) != end)
                return -EBADMSG;
        memcpy(ret, v, n * sizeof(*v));
        return 0;
}
