/* SPDX-License-Identifier: Apache-2.0 */
#include "cache.h"

#include "mx/cleanup.h"
#include "mx/file.h"

#include <errno.h>
#include <string.h>

#define ENTRIES_MAX 4

struct entry {
        struct mx_file file; /* file.path is the key */
        uint64_t round;      /* it was last read in */
};

struct mx_cache {
        uint64_t round;
        size_t n;
        struct entry entry[ENTRIES_MAX];
};

struct mx_cache *mx_cache_new(void)
{
        struct mx_cache *c = calloc(1, sizeof(*c));

        if (c)
                c->round = 1;
        return c;
}

void mx_cache_free(struct mx_cache *c)
{
        if (!c)
                return;
        for (size_t i = 0; i < c->n; i++)
                mx_file_close(&c->entry[i].file);
        free(c);
}

void mx_cache_round(struct mx_cache *c)
{
        c->round++;
}

static struct entry *find(struct mx_cache *c, const char *path)
{
        for (size_t i = 0; i < c->n; i++)
                if (strcmp(c->entry[i].file.path, path) == 0)
                        return &c->entry[i];
        return NULL;
}

int mx_host_read_proc(const struct mx_host *host, const char *path, size_t max,
                      const struct mx_buf **ret, struct mx_err *reterr)
{
        struct mx_cache *c = host->cache;
        struct entry *e = find(c, path);
        int r;

        if (!e) {
                struct mx_file f;

                if (c->n == ENTRIES_MAX)
                        return mx_err_set(reterr, -E2BIG, "too many shared files", path, 0);
                r = mx_file_open(&f, host, host->proc_fd, path, max, reterr);
                if (r < 0)
                        return r;
                e = &c->entry[c->n++];
                *e = (struct entry){ .file = f };
        }
        if (e->round != c->round) {
                r = mx_file_read(&e->file, reterr);
                if (r < 0)
                        return r;
                e->round = c->round;
        }
        *ret = &e->file.buf;
        return 0;
}
