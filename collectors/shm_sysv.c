/* SPDX-License-Identifier: Apache-2.0 */
#include "shm_sysv.h"

#include "entries.h"
#include "lines.h"

#include <fcntl.h>

#define TABLE_MAX (64U << 20) /* shmmni may be up to 2^24, which nobody has; 150 bytes a line */

enum table {
        TABLE_SHM,
        TABLE_MSG,
        TABLE_SEM
};
static const char *const tables[] = { "sysvipc/shm", "sysvipc/msg", "sysvipc/sem" };

static void begin(struct mx_sysv *f, enum table table, const struct mx_ipc_header *h)
{
        switch (table) {
        case TABLE_SHM:
                mx_shm_sum_init(&f->all, h);
                if (h->at[MX_IPC_NATTCH])
                        mx_shm_sum_init(&f->unattached, h);
                if (!h->at[MX_IPC_PERMS])
                        break;
                mx_shm_sum_init(&f->removed, h);
                mx_shm_sum_init(&f->locked, h);
                break;
        case TABLE_MSG:
                f->queues = 0;
                f->queued_bytes = h->at[MX_IPC_CBYTES] ? 0 : MX_ABSENT;
                f->messages = h->at[MX_IPC_QNUM] ? 0 : MX_ABSENT;
                break;
        case TABLE_SEM:
                f->sets = 0;
                f->semaphores = h->at[MX_IPC_NSEMS] ? 0 : MX_ABSENT;
                break;
        }
}

static void count(struct mx_sysv *f, enum table table, const uint64_t row[MX_IPC_COLUMNS],
                  uint32_t page_size)
{
        switch (table) {
        case TABLE_SHM:
                mx_shm_sum_add(&f->all, row, page_size);
                if (row[MX_IPC_NATTCH] == 0)
                        mx_shm_sum_add(&f->unattached, row, page_size);
                if (row[MX_IPC_PERMS] != MX_ABSENT && row[MX_IPC_PERMS] & MX_SHM_DEST)
                        mx_shm_sum_add(&f->removed, row, page_size);
                if (row[MX_IPC_PERMS] != MX_ABSENT && row[MX_IPC_PERMS] & MX_SHM_LOCKED)
                        mx_shm_sum_add(&f->locked, row, page_size);
                break;
        case TABLE_MSG:
                f->queues++;
                mx_ipc_add(&f->queued_bytes, row[MX_IPC_CBYTES]);
                mx_ipc_add(&f->messages, row[MX_IPC_QNUM]);
                break;
        case TABLE_SEM:
                f->sets++;
                mx_ipc_add(&f->semaphores, row[MX_IPC_NSEMS]);
                break;
        }
}

/* Reads a table to its end into *f, which is scratch on failure. */
static int read_table(const struct mx_host *host, struct mx_buf *buf, struct mx_sink *sink,
                      enum table table, struct mx_sysv *f)
{
        mx_cleanup_close_ int fd = mx_host_openat(host, host->proc_fd, tables[table], O_RDONLY);
        struct mx_line_reader reader;
        struct mx_ipc_header h;
        const char *line;
        size_t len;
        int r;

        if (fd < 0)
                return fd;
        reader = mx_line_reader(fd, buf, TABLE_MAX);
        r = mx_line_next(&reader, &line, &len);
        if (r > 0)
                r = mx_ipc_header_parse(line, len, &h) ?: 1;
        if (r <= 0)
                return r ?: -EBADMSG;
        begin(f, table, &h);
        while ((r = mx_line_next(&reader, &line, &len)) > 0) {
                uint64_t row[MX_IPC_COLUMNS];

                if (mx_ipc_row_parse(&h, line, len, row) < 0)
                        mx_sink_invalid(sink, 1);
                else
                        count(f, table, row, host->page_size);
        }
        mx_sink_invalid(sink, reader.skipped);
        return r;
}

/* A kernel may be built without any of them. */
static int read_tables(const struct mx_host *host, struct mx_buf *buf, struct mx_sink *sink,
                       struct mx_sysv *f, struct mx_err *reterr)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(tables); i++) {
                struct mx_sysv with = *f;
                int r = read_table(host, buf, sink, (enum table)i, &with);

                if (r == 0)
                        *f = with;
                else if (mx_is_shortage(r))
                        return mx_err_set(reterr, r, "cannot read", tables[i], 0);
                else if (!mx_is_lacking(r))
                        mx_sink_invalid(sink, 1);
        }
        return 0;
}

static int read_limits(const struct mx_host *host, struct mx_buf *buf, struct mx_sink *sink,
                       struct mx_sysv *f, struct mx_err *reterr)
{
        const struct {
                const char *path;
                uint64_t *v;
                size_t n;
        } files[] = {
                { "sys/kernel/shmmax", &f->shmmax, 1 },
                { "sys/kernel/shmall", &f->shmall, 1 },
                { "sys/kernel/shmmni", &f->shmmni, 1 },
                { "sys/kernel/shm_rmid_forced", &f->rmid_forced, 1 },
                { "sys/kernel/msgmni", &f->msgmni, 1 },
                { "sys/kernel/msgmnb", &f->msgmnb, 1 },
                { "sys/kernel/msgmax", &f->msgmax, 1 },
                { "sys/kernel/sem", f->sem, MX_IPC_LIMITS_MAX },
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(files); i++) {
                uint64_t v[MX_IPC_LIMITS_MAX];
                int r = mx_read_small_at(host, host->proc_fd, files[i].path, buf);

                if (mx_is_shortage(r))
                        return mx_err_set(reterr, r, "cannot read", files[i].path, 0);
                if (r == 0)
                        r = mx_ipc_limits_parse(buf->data, buf->len, v, files[i].n);
                if (r == 0)
                        memcpy(files[i].v, v, files[i].n * sizeof(*v));
                else if (!mx_is_lacking(r))
                        mx_sink_invalid(sink, 1);
        }
        if (f->shmmax > INT64_MAX)
                f->shmmax = MX_ABSENT;
        if (f->shmall > (uint64_t)INT64_MAX / host->page_size)
                f->shmall = MX_ABSENT;
        return 0;
}

int mx_sysv_read(const struct mx_host *host, struct mx_buf *buf, struct mx_sink *sink,
                 struct mx_sysv *ret, struct mx_err *reterr)
{
        struct mx_sysv f;
        int r;

        memset(&f, 0xff, sizeof(f)); /* MX_ABSENT */
        r = read_tables(host, buf, sink, &f, reterr) ?: read_limits(host, buf, sink, &f, reterr);
        if (r == 0)
                *ret = f;
        return r;
}
