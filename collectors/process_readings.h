/* SPDX-License-Identifier: Apache-2.0 */
/* What is too dear to be read of every process in every run: a reading is kept for each process
 * that one is wanted of, and in each run as many are read again as the time allows, by turns: none
 * waits for ever, however many come and go.
 *
 * The files walk the mappings of a process under its mmap lock. The process waits when it maps
 * memory meanwhile, and the reader waits when the lock is held. */
#ifndef COLLECTORS_PROCESS_READINGS_H
#define COLLECTORS_PROCESS_READINGS_H

#include "process_read.h"
#include "process_table.h"

#define PROCESS_READINGS_MAX (1U << 16) /* 5 MiB with three values each */

struct process_reading {
        uint32_t pid;
        uint32_t index; /* in the table of this run */
        uint64_t start_time;
        uint64_t at;      /* microseconds of CLOCK_BOOTTIME: when it was read or, not yet, wanted */
        uint64_t known;   /* 0: there is none, or the last attempt has failed */
        uint64_t value[]; /* `width` of them */
};

struct process_readings {
        char *entry; /* those never read, in the order of coming; the others, the oldest first */
        size_t n, n_new, size, width; /* n_new: never read */
        int64_t ahead;     /* microseconds that new ones had before older readings, less these */
        uint64_t invalid;  /* readings that could not be parsed, in this run */
        uint64_t left_out; /* processes that there is no room for, in this run */
};

/* Whose readings are wanted: processes that are counted and have resident memory, but no more than
 * this. */
struct process_readings_want {
        uint64_t max_kib;
        uint64_t budget_usec; /* no process is begun after this much time */
        bool all;             /* or only those that are shown alone */
};

/* Reads one process, which the reader is at: fills value[] and returns 0 or a negative errno, with
 * -EBADMSG and -ERANGE for what should not be. */
typedef int process_read_fn(struct process_reader *reader, uint64_t *value, void *arg);

/* Makes a zeroed one ready. It holds no memory before there is a process to read. */
void process_readings_init(struct process_readings *r, size_t width);
void process_readings_done(struct process_readings *r);

/* Drops the readings of processes that are gone or not wanted any more, adds those that are new,
 * and reads. A process that has ended since it was listed has a reading: zeros. Allocates only when
 * there are more processes than ever before. */
void process_readings_run(struct process_readings *r, struct process_table *table,
                          struct process_reader *reader, const struct process_readings_want *want,
                          process_read_fn *read, void *arg);

struct process_reading *process_reading_at(const struct process_readings *r, size_t i);

/* Microseconds since it was read. */
uint64_t process_reading_age(const struct process_reading *reading);

#endif
