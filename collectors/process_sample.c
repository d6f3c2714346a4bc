/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a process are read within some 30 us of each other; a pid is not given out again
 * before all others have been, so they are of one process. Over a run that is not certain: the
 * start time tells. */
#include "process_sample.h"

#include "process_detail_parse.h"

/* Between the listing and the reading a process may end (ENOENT from open, ESRCH from read). What
 * this program lacks is a failure of the run; anything else is the trouble of one process. */
static int outcome_of(int r)
{
        switch (r) {
        case -ENOENT:
        case -ESRCH:
                return PROCESS_HAS_GONE;
        case -EACCES:
        case -EPERM:
                return PROCESS_IS_DENIED;
        case -ENOMEM:
        case -EMFILE:
        case -ENFILE:
        case -EWOULDBLOCK:
                return r;
        default:
                return PROCESS_IS_MALFORMED;
        }
}

static uint64_t hash_bytes(const char *p, size_t n)
{
        uint64_t h = 0x9e3779b97f4a7c15ULL ^ n, word;

        for (; n >= sizeof(word); p += sizeof(word), n -= sizeof(word)) {
                memcpy(&word, p, sizeof(word));
                h = (h ^ word) * 0xff51afd7ed558ccdULL;
                h ^= h >> 32;
        }
        word = 0;
        memcpy(&word, p, n);
        h = (h ^ word) * 0xc4ceb9fe1a85ec53ULL;
        return h ^ h >> 29;
}

/* Parses what was just read as stat, and keeps the name. */
static int take_stat(struct process_sample *v, const struct mx_buf *buf)
{
        int r = mx_process_stat_parse(buf->data, buf->len, &v->stat, NULL);

        if (r < 0)
                return r;
        v->comm_len = (uint8_t)MX_MIN(v->stat.comm_len, (uint32_t)PROCESS_COMM_MAX);
        memset(v->comm, 0, sizeof(v->comm));
        memcpy(v->comm, v->stat.comm, v->comm_len);
        v->stat.comm = NULL;
        return 0;
}

static int take_status(struct process_sample *v, struct process_reader *rd, uint32_t pid)
{
        int r = mx_process_status_parse(rd->buf.data, rd->buf.len, &v->status, NULL);

        if (r < 0)
                return r;
        /* Few lock any memory, so that the line further down is looked for seldom. */
        if (v->status.value[MX_PROCESS_LOCKED] != MX_ABSENT &&
            v->status.value[MX_PROCESS_LOCKED] > 0)
                v->may_lock = mx_process_may_lock(rd->buf.data, rd->buf.len);
        /* The first thread has ended before the others: the memory is theirs now. */
        if (v->stat.state == 'Z' && v->stat.threads > 1 && process_reader_read_thread(rd, pid) == 0)
                (void)mx_process_status_parse(rd->buf.data, rd->buf.len, &v->status, NULL);
        v->invalid = v->status.invalid;
        return 0;
}

/* A process is counted without its score when that cannot be read. */
static void read_oom_score(struct process_sample *v, struct process_reader *rd)
{
        int64_t score = -1;

        v->oom_score = MX_ABSENT;
        if (process_reader_read(rd, "oom_score") < 0)
                return;
        if (mx_process_number_parse(rd->buf.data, rd->buf.len, &score, NULL) < 0 || score < 0 ||
            score >= UINT32_MAX)
                v->invalid++;
        else
                v->oom_score = (uint64_t)score;
}

int process_sample_begin(struct process_sample *v, struct process_reader *rd, uint32_t pid)
{
        int r;

        process_reader_seek(rd, pid);
        r = process_reader_read(rd, "stat");
        if (r < 0)
                return outcome_of(r);
        if (take_stat(v, &rd->buf) < 0)
                return PROCESS_IS_MALFORMED;
        if (v->stat.flags & MX_PROCESS_KTHREAD)
                return PROCESS_IS_KTHREAD;
        v->stat_hash = hash_bytes(rd->buf.data, rd->buf.len);
        v->status.uid = UINT32_MAX;
        v->oom_score = MX_ABSENT;
        v->cgroup_hash = 0;
        v->cgroup = (struct mx_process_cgroup){ 0 };
        v->invalid = 0;
        v->may_lock = false;
        return PROCESS_READ;
}

int process_sample_finish(struct process_sample *v, struct process_reader *rd, uint32_t pid)
{
        int r = process_reader_read(rd, "status");

        if (r < 0)
                return outcome_of(r);
        if (take_status(v, rd, pid) < 0)
                return PROCESS_IS_MALFORMED;
        read_oom_score(v, rd);
        return PROCESS_READ;
}

void process_sample_cgroup(struct process_sample *v, struct process_reader *rd)
{
        if (process_reader_read(rd, "cgroup") < 0)
                return;
        v->cgroup_hash = hash_bytes(rd->buf.data, rd->buf.len);
        (void)mx_process_cgroup_parse(rd->buf.data, rd->buf.len, &v->cgroup, NULL);
}

bool process_sample_is_still(struct process_reader *rd, uint64_t start_time)
{
        struct mx_process_stat stat;

        return process_reader_read(rd, "stat") == 0 &&
               mx_process_stat_parse(rd->buf.data, rd->buf.len, &stat, NULL) == 0 &&
               stat.start_time == start_time;
}
