/* SPDX-License-Identifier: Apache-2.0 */
/* System V shared memory, message queues and semaphores: the tables in /proc/sysvipc, and the files
 * in /proc/sys/kernel that limit them. Pure: text in, numbers out. */
#ifndef COLLECTORS_SYSVIPC_H
#define COLLECTORS_SYSVIPC_H

#include "mx/scan.h"

/* The columns that are of use, by their names in the first line of a table. */
enum mx_ipc_column {
        MX_IPC_PERMS,  /* octal, see below */
        MX_IPC_SIZE,   /* shm: bytes that were asked for */
        MX_IPC_NATTCH, /* shm: times that it is attached */
        MX_IPC_RSS,    /* shm, from 2.6.37 on: bytes in memory */
        MX_IPC_SWAP,   /* shm, from 2.6.37 on: bytes in swap */
        MX_IPC_CBYTES, /* msg: bytes in the queue */
        MX_IPC_QNUM,   /* msg: messages in the queue */
        MX_IPC_NSEMS,  /* sem: semaphores in the set */
        MX_IPC_COLUMNS
};

/* In perms of shm (include/linux/shm.h, 6.18). */
#define MX_SHM_DEST   01000U /* goes when the last process detaches; nobody new can find it */
#define MX_SHM_LOCKED 02000U

struct mx_ipc_header {
        uint32_t n_words;
        uint32_t at[MX_IPC_COLUMNS]; /* number of the word, from 1; 0: the table has none such */
};

/* Reads the first line of a table. Returns 0, or -EBADMSG when it does not begin with "key"; *ret
 * changes on success only. Source: ipc/{shm,msg,sem}.c, Linux 2.6.32 to 6.18. */
int mx_ipc_header_parse(const char *line, size_t len, struct mx_ipc_header *ret);

/* Reads another line. Columns that the table lacks are MX_ABSENT. Returns 0; -EBADMSG for a line of
 * more or fewer words than the first one, or of something that is no number where one is wanted; or
 * -ERANGE. `ret` changes on success only. */
int mx_ipc_row_parse(const struct mx_ipc_header *h, const char *line, size_t len,
                     uint64_t ret[MX_IPC_COLUMNS]);

/* What shared memory comes to. */
struct mx_shm_sum {
        uint64_t segments;
        uint64_t pages;             /* as the kernel counts against shmall: each segment's size,
                                       rounded up; of this size also for huge pages */
        uint64_t resident, swapped; /* bytes; MX_ABSENT where the table has no such column */
};

/* Sums stay at 2^64 - 2 when they would pass it: the sink takes that for the impossible that it is.
 */
void mx_shm_sum_init(struct mx_shm_sum *s, const struct mx_ipc_header *h);
void mx_shm_sum_add(struct mx_shm_sum *s, const uint64_t row[MX_IPC_COLUMNS], uint32_t page_size);
void mx_ipc_add(uint64_t *sum, uint64_t v);

/* Reads a file of /proc/sys/kernel: exactly `n` numbers. Returns 0, -EBADMSG or -ERANGE; `ret`
 * changes on success only. */
#define MX_IPC_LIMITS_MAX 4
int mx_ipc_limits_parse(const char *buf, size_t len, uint64_t *ret, size_t n);

#endif
