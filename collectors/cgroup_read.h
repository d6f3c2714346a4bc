/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files of one cgroup into a row. Which files there are, and how each is taken, is a
 * table per version of the hierarchy. */
#ifndef COLLECTORS_CGROUP_READ_H
#define COLLECTORS_CGROUP_READ_H

#include "cgroup_rows.h"

#define CGROUP_LINES_MAX      256 /* of a flat-keyed file; 6.18 prints 70 lines of memory.stat */
#define CGROUP_FILES_MAX      32
#define CGROUP_PATH_MAX       4096 /* PATH_MAX of the kernel, with the NUL */
#define CGROUP_UNIT_WITNESSES 8

struct cgroup_reader;

/* Where the values of one cgroup go. */
struct cgroup_ref {
        struct cgroup_row *row;
        uint64_t *block[CGROUP_BLOCKS]; /* `width` values each; NULL when the block is not wanted */
};

enum {
        /* Without it there is no memory controller here, or no cgroup any more. */
        CGROUP_REQUIRED = 1,
        CGROUP_LOCAL = 2, /* events of the cgroup alone: the option decides */
        /* One cgroup may lack it while others have it, and that says nothing about the kernel:
         * memory.pressure where cgroup.pressure is 0 (6.1). */
        CGROUP_HIDEABLE = 4,
};

struct cgroup_file {
        const char *name;
        /* Takes reader->buf, which holds the file. A failure costs this file's values only. */
        int (*take)(struct cgroup_reader *r, const struct cgroup_file *f,
                    const struct cgroup_ref *to);
        size_t arg;     /* offset in the row, or the block */
        unsigned flags; /* the first file and the last are required */
};

/* In the order of reading: first the usage, last memory.stat, which proves that the cgroup was
 * alive while the others were looked for. */
extern const struct cgroup_file mx_cgroup_v1_files[], mx_cgroup_v2_files[];
extern const size_t mx_cgroup_n_v1_files, mx_cgroup_n_v2_files;

struct cgroup_block {
        struct mx_keymap *map; /* NULL: not wanted */
        size_t width;          /* values by row; columns from here on are left out */
        uint64_t *values;      /* of all rows */
};

/* The unit of workingset_* on v1, which no file says: cgroup_v1.c. */
struct cgroup_v1_unit {
        bool is_pages;
        uint8_t n_seen; /* CGROUP_UNIT_WITNESSES: bytes, unless is_pages */
        uint64_t seen[CGROUP_UNIT_WITNESSES];
};

struct cgroup_reader {
        const struct mx_host *host;
        struct mx_sink *sink; /* of this run */
        const struct cgroup_file *file[CGROUP_FILES_MAX];
        size_t n_files;
        unsigned parents_only;            /* flags of the files that are read only of parents */
        uint8_t misses[CGROUP_FILES_MAX]; /* living cgroups in a row that lacked the file */
        uint64_t unsupported;             /* bits: files that read(2) refuses on this kernel */
        struct cgroup_v1_unit workingset;
        struct mx_buf buf;
        struct cgroup_block block[CGROUP_BLOCKS];
        struct mx_kv lines[CGROUP_LINES_MAX];
};

struct cgroup_options;

/* Chooses the files and makes the keymaps. */
int mx_cgroup_reader_open(struct cgroup_reader *r, const struct mx_host *host, int version,
                          const struct cgroup_options *o);
void mx_cgroup_reader_close(struct cgroup_reader *r); /* accepts a zeroed reader */

/* Starts a run. Now and then forgets what it has learned about missing files. */
void mx_cgroup_reader_begin(struct cgroup_reader *r, struct mx_sink *sink);

/* Fills *to, which it presets to absent. `top`: the root of the mount, which lacks files that all
 * others have. `parent`: has children or had some. Returns 0; -ENOENT when the cgroup has gone or
 * has no memory controller, and nothing of it is to be shown; -EACCES when it may not be read;
 * another negative errno when the run cannot go on (-EMFILE). */
int mx_cgroup_read(struct cgroup_reader *r, int dirfd, bool top, bool parent,
                   const struct cgroup_ref *to);

/* Does memory refer to removed cgroups below this one? Then it had children. */
static inline bool mx_cgroup_has_dying(const struct cgroup_row *row)
{
        return row->dying != MX_ABSENT && row->dying > 0;
}

/* Reads the first file only. Returns as mx_cgroup_read() does. */
int mx_cgroup_read_current(struct cgroup_reader *r, int dirfd, uint64_t *ret);

/* Reads one limit; MX_ABSENT when there is none or it cannot be told. */
int mx_cgroup_read_limit(struct cgroup_reader *r, int dirfd, const char *path, uint64_t *ret);

/* Reads path/memory.pressure below the v2 directory `fd`. -ENOENT when that hierarchy has no such
 * cgroup. */
int mx_cgroup_read_pressure(struct cgroup_reader *r, int fd, const char *path,
                            struct mx_pressure *ret);

/* True for the ways in which the kernel says that a cgroup was removed. */
bool mx_cgroup_has_gone(int err);

/* For the tables: a number, a limit, a flat-keyed file into block `arg`, a pressure file. */
int mx_cgroup_take_value(struct cgroup_reader *r, const struct cgroup_file *f,
                         const struct cgroup_ref *to);
int mx_cgroup_take_limit(struct cgroup_reader *r, const struct cgroup_file *f,
                         const struct cgroup_ref *to);
int mx_cgroup_take_block(struct cgroup_reader *r, const struct cgroup_file *f,
                         const struct cgroup_ref *to);

/* Puts one line into its column of block `id`; `hint` is its position in the file. */
void mx_cgroup_put(struct cgroup_reader *r, size_t id, const struct mx_kv *kv, size_t hint,
                   uint64_t *values);

#endif
