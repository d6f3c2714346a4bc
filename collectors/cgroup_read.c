/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup_read.h"

#include "cgroup.h"
#include "cgroup_values.h"

#define FILE_MAX   (256U << 10) /* memory.numa_stat: 27 lines of up to 1024 nodes */
#define MISSES_MAX 3  /* one may have been removed under our hands, three in a row were not */
#define FORGET     64 /* runs after which missing files are looked for again */

static int block_open(struct cgroup_reader *r, size_t id, const struct cgroup_options *o)
{
        const struct cgroup_span *span = &mx_cgroup_spans[id];

        r->block[id].width = span->cap;
        if (id == CGROUP_STAT && o->stat != CGROUP_STAT_ALL)
                r->block[id].width = o->stat == CGROUP_STAT_BASIC ? CGROUP_N_STAT_BASIC : span->n;
        return mx_keymap_new(&r->block[id].map, mx_cgroup_families, span->first, span->n, span->cap,
                             id == CGROUP_STAT && o->stat != CGROUP_STAT_ALL ? NULL : span->rule);
}

static bool is_wanted(const struct cgroup_file *f, const struct cgroup_options *o)
{
        if (f->flags & CGROUP_LOCAL)
                return o->events_local != CGROUP_LOCAL_NONE;
        return o->pressure || strcmp(f->name, "memory.pressure") != 0;
}

static bool has_block(size_t id, int version, const struct cgroup_options *o)
{
        if (id == CGROUP_LOCAL_EVENTS)
                return version == 1 || o->events_local != CGROUP_LOCAL_NONE;
        return id == CGROUP_STAT || version == 2;
}

int mx_cgroup_reader_open(struct cgroup_reader *r, const struct mx_host *host, int version,
                          const struct cgroup_options *o)
{
        const struct cgroup_file *files = version == 1 ? mx_cgroup_v1_files : mx_cgroup_v2_files;
        size_t n = version == 1 ? mx_cgroup_n_v1_files : mx_cgroup_n_v2_files;

        r->host = host;
        if (o->events_local == CGROUP_LOCAL_PARENTS)
                r->parents_only = CGROUP_LOCAL;
        mx_buf_init(&r->buf, FILE_MAX);
        for (size_t i = 0; i < n; i++)
                if (is_wanted(&files[i], o))
                        r->file[r->n_files++] = &files[i];
        for (size_t id = 0; id < CGROUP_BLOCKS; id++) {
                int e = has_block(id, version, o) ? block_open(r, id, o) : 0;

                if (e < 0)
                        return e;
        }
        return 0;
}

void mx_cgroup_reader_close(struct cgroup_reader *r)
{
        for (size_t id = 0; id < CGROUP_BLOCKS; id++) {
                mx_keymap_free(r->block[id].map);
                free(r->block[id].values);
                r->block[id] = (struct cgroup_block){ 0 };
        }
        mx_buf_done(&r->buf);
}

void mx_cgroup_reader_begin(struct cgroup_reader *r, struct mx_sink *sink)
{
        r->sink = sink;
        if (mx_sink_run(sink) % FORGET == 0) {
                memset(r->misses, 0, sizeof(r->misses));
                r->unsupported = 0;
        }
}

bool mx_cgroup_has_gone(int err)
{
        return err == -ENOENT || err == -ENODEV || err == -ESRCH || err == -ENOTDIR;
}

static bool is_forbidden(int err)
{
        return err == -EACCES || err == -EPERM;
}

static void preset(const struct cgroup_reader *r, const struct cgroup_ref *to)
{
        memset(to->row, 0xff, sizeof(*to->row)); /* every byte of MX_ABSENT */
        for (size_t id = 0; id < CGROUP_BLOCKS; id++)
                if (to->block[id])
                        memset(to->block[id], 0xff, r->block[id].width * sizeof(uint64_t));
}

/* Reads file `i` and takes it. Returns 1 when it was read, 0 when it has nothing to say, or an
 * errno. */
static int read_file(struct cgroup_reader *r, size_t i, int dirfd, const struct cgroup_ref *to)
{
        const struct cgroup_file *f = r->file[i];
        int e = mx_read_small_at(r->host, dirfd, f->name, &r->buf);

        if (e == -EOPNOTSUPP) {
                r->unsupported |= 1ULL << i;
                return 0;
        }
        if (e == -E2BIG || (is_forbidden(e) && !(f->flags & CGROUP_REQUIRED))) {
                mx_sink_invalid(r->sink, e == -E2BIG);
                return 0;
        }
        if (e < 0)
                return e;
        if (f->take(r, f, to) < 0)
                mx_sink_invalid(r->sink, 1);
        return 1;
}

int mx_cgroup_read(struct cgroup_reader *r, int dirfd, bool top, bool parent,
                   const struct cgroup_ref *to)
{
        uint64_t missing = 0;

        preset(r, to);
        for (size_t i = 0; i < r->n_files; i++) {
                unsigned flags = r->file[i]->flags;
                int e;

                if ((flags & r->parents_only) && !parent && !mx_cgroup_has_dying(to->row))
                        continue;
                if ((r->unsupported & 1ULL << i) || (!top && r->misses[i] >= MISSES_MAX))
                        continue;
                e = read_file(r, i, dirfd, to);
                if (e > 0 && !top)
                        r->misses[i] = 0;
                if (e >= 0)
                        continue;
                if (e == -ENOENT && (top || !(flags & CGROUP_REQUIRED)))
                        missing |= 1ULL << i;
                else
                        return mx_cgroup_has_gone(e) ? -ENOENT : e;
        }
        for (size_t i = 0; missing && !top && i < r->n_files; i++)
                if ((missing & 1ULL << i) && !(r->file[i]->flags & CGROUP_HIDEABLE))
                        r->misses[i]++;
        if (!parent && !mx_cgroup_has_dying(to->row)) /* two zeros by every leaf are no news */
                to->row->descendants = to->row->dying = MX_ABSENT;
        return 0;
}

int mx_cgroup_read_current(struct cgroup_reader *r, int dirfd, uint64_t *ret)
{
        int e = mx_read_small_at(r->host, dirfd, r->file[0]->name, &r->buf);

        if (e < 0)
                return mx_cgroup_has_gone(e) ? -ENOENT : e;
        if (mx_cgroup_value_parse(r->buf.data, r->buf.len, ret, NULL) < 0) {
                *ret = MX_ABSENT;
                mx_sink_invalid(r->sink, 1);
        }
        return 0;
}

int mx_cgroup_read_limit(struct cgroup_reader *r, int dirfd, const char *path, uint64_t *ret)
{
        int e = mx_read_small_at(r->host, dirfd, path, &r->buf);

        *ret = MX_ABSENT;
        if (e < 0)
                return e;
        if (mx_cgroup_limit_parse(r->buf.data, r->buf.len, ret, NULL) < 0)
                mx_sink_invalid(r->sink, 1);
        return 0;
}

int mx_cgroup_read_pressure(struct cgroup_reader *r, int fd, const char *path,
                            struct mx_pressure *ret)
{
        int e = mx_read_small_at(r->host, fd, path, &r->buf);

        if (e == 0 && mx_pressure_parse(r->buf.data, r->buf.len, ret, NULL) < 0)
                mx_sink_invalid(r->sink, 1);
        return mx_cgroup_has_gone(e) ? -ENOENT : e;
}

static uint64_t *slot_of(const struct cgroup_file *f, const struct cgroup_ref *to)
{
        return (uint64_t *)(void *)((char *)to->row + f->arg);
}

int mx_cgroup_take_value(struct cgroup_reader *r, const struct cgroup_file *f,
                         const struct cgroup_ref *to)
{
        return mx_cgroup_value_parse(r->buf.data, r->buf.len, slot_of(f, to), NULL);
}

int mx_cgroup_take_limit(struct cgroup_reader *r, const struct cgroup_file *f,
                         const struct cgroup_ref *to)
{
        return mx_cgroup_limit_parse(r->buf.data, r->buf.len, slot_of(f, to), NULL);
}

void mx_cgroup_put(struct cgroup_reader *r, size_t id, const struct mx_kv *kv, size_t hint,
                   uint64_t *values)
{
        const struct cgroup_block *b = &r->block[id];
        int c = mx_keymap_column(b->map, r->sink, kv, hint);

        /* No column is left for it. Where the option leaves such keys out anyway, none is lost. */
        if (c == -E2BIG && b->width == mx_keymap_width(b->map))
                mx_sink_dropped(r->sink, 1);
        if (c < 0 || (size_t)c >= b->width)
                return;
        if (values[c] != MX_ABSENT)
                mx_sink_invalid(r->sink,
                                1); /* a second sample of one series would cost the whole scrape */
        else
                values[c] = kv->value;
}

int mx_cgroup_take_block(struct cgroup_reader *r, const struct cgroup_file *f,
                         const struct cgroup_ref *to)
{
        size_t skipped;
        int n = mx_kv_parse(r->buf.data, r->buf.len, r->lines, CGROUP_LINES_MAX, &skipped, NULL);

        if (n < 0)
                return n;
        mx_sink_invalid(r->sink, skipped);
        for (size_t i = 0; i < (size_t)n; i++)
                mx_cgroup_put(r, f->arg, &r->lines[i], i, to->block[f->arg]);
        return 0;
}
