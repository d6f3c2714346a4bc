/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes there are, and their files. */
#ifndef COLLECTORS_PROCESS_READ_H
#define COLLECTORS_PROCESS_READ_H

#include "lines.h"

#include "mx/collector.h"

struct process_list {
        int fd; /* of procfs, kept open; meaningful only while `open` */
        bool open;
        uint32_t *pid;
        size_t n, size;
        uint64_t hidden; /* processes that procfs counts and does not list; MX_ABSENT when it does
                            not say */
        char dents[32768] __attribute__((aligned(8)));
};

int process_list_open(struct process_list *l, const struct mx_host *host, struct mx_err *reterr);
void process_list_close(struct process_list *l); /* accepts a zeroed one */

/* Lists every process that procfs shows, in its order, and compares their number with the link
 * count of its root. Returns 0, -E2BIG, -ENOMEM or what getdents64(2) says. Allocates when there
 * are more than ever before. */
int process_list_read(struct process_list *l, struct mx_err *reterr);

/* Reads files of one process at a time. */
struct process_reader {
        const struct mx_host *host;
        struct mx_buf buf; /* the last content read */
        char path[48];
        size_t pid_len;
};

void process_reader_init(struct process_reader *r, const struct mx_host *host);
void process_reader_done(struct process_reader *r);
void process_reader_seek(struct process_reader *r, uint32_t pid);

/* Reads /proc/<pid>/`file` into r->buf. `file` is short: a name under /proc/<pid>. An empty file is
 * -ESRCH: some of them say so that the process has gone. */
int process_reader_read(struct process_reader *r, const char *file);

/* Opens /proc/<pid>/`file`, which the caller closes: for files that grow with the number of
 * mappings, which are read line by line through r->buf. Returns the descriptor, or fails as
 * mx_host_openat() does. */
int process_reader_open(struct process_reader *r, const char *file);

/* What `lines`, of the largest content `max`, come to once mx_line_next() has said 0: 0; -E2BIG
 * where one was left out, which no path makes; -ESRCH where there was none: the process has gone.
 */
static inline int process_reader_end(const struct mx_line_reader *lines, uint64_t max)
{
        return lines->skipped > 0 ? -E2BIG : lines->left == max ? -ESRCH : 0;
}

/* Reads the status of a thread that still runs, for a process whose first thread has ended before
 * the others: it is a zombie whose own status shows no memory, while the others hold it. Returns 0,
 * or -ESRCH when there is none. */
int process_reader_read_thread(struct process_reader *r, uint32_t pid);

#endif
