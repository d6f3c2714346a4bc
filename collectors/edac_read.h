/* SPDX-License-Identifier: Apache-2.0 */
/* The memory controllers of a host and their modules, with the counts and texts of each. */
#ifndef COLLECTORS_EDAC_READ_H
#define COLLECTORS_EDAC_READ_H

#include "edac.h"

#define MX_EDAC_DIR             "devices/system/edac/mc"
#define MX_EDAC_CONTROLLERS_MAX 64
#define MX_EDAC_MODULES_MAX     128 /* directories of one controller */
#define MX_EDAC_ROWS_MAX        512 /* modules, ranks, rows of chips and their channels */
#define MX_EDAC_PATH_MAX        96  /* below sysfs, of a directory */
#define MX_EDAC_MIB             ((uint64_t)1 << 20)
#define MX_EDAC_FILE_MAX        128 /* a label has up to 31 bytes, a location perhaps 60 */

#define MX_EDAC_CONTROLLER_SERIES 7
#define MX_EDAC_ROW_SERIES        4

struct mx_edac_controller {
        uint64_t corrected, uncorrected; /* the next two among them */
        uint64_t unlocated_corrected, unlocated_uncorrected;
        uint64_t size;        /* bytes */
        uint64_t since_reset; /* seconds */
        uint64_t info;        /* 1 */
};

struct mx_edac_row {
        uint64_t corrected, uncorrected;
        uint64_t size; /* bytes */
        uint64_t info; /* 1, or MX_ABSENT: `about` means nothing */
};

/* What is read in one run; what is not there is MX_ABSENT. A zeroed one, with `host` set and `buf`
 * made with a cap of MX_EDAC_FILE_MAX, is ready for use and for mx_edac_done(). */
struct mx_edac {
        const struct mx_host *host;
        struct mx_buf buf; /* the last file read */

        uint32_t *index; /* of the controllers, ascending; this and the next two arrays go together
                          */
        struct mx_edac_controller *controller;
        struct mx_labels *controller_labels, *controller_about;
        size_t n_controllers, controllers_size;

        struct mx_edac_row *row;
        struct mx_labels *labels, *about;
        size_t n_rows, rows_size;

        uint64_t dir[MX_EDAC_MODULES_MAX]; /* of the controller at hand: kind << 32 | index */
        size_t n_dirs;
        uint32_t channels;  /* of the row of chips at hand: a bit for each */
        uint64_t left_out;  /* series of controllers, modules and rows beyond the caps, at most */
        uint64_t n_invalid; /* files that do not hold what they should */
};

/* Lists the controllers, into `index`. Returns 0, also where there are none; what listing a
 * directory says, -ENOENT where the kernel has no EDAC; or -ENOMEM. */
int mx_edac_list(struct mx_edac *e, struct mx_err *reterr) __attribute__((warn_unused_result));

/* Reads all that there is of those that were listed, and makes their labels. Fails with what all
 * files are short of. */
int mx_edac_read(struct mx_edac *e, struct mx_sink *sink, struct mx_err *reterr)
        __attribute__((warn_unused_result));

/* Reads dir/file as one number times `unit`. *ret is MX_ABSENT where it is not there or cannot be
 * true. Returns 0, -ENOENT where there is no such file, or what all files are short of. */
int mx_edac_read_count(struct mx_edac *e, const char *dir, const char *file, uint64_t unit,
                       uint64_t *ret) __attribute__((warn_unused_result));

/* The rest is between the files of this collector.
 *
 * Reads the text in dir/file, as mx_edac_text() does; *ret_len is 0 where there is none. Fails with
 * what all files are short of. */
int mx_edac_read_text(struct mx_edac *e, const char *dir, const char *file,
                      char ret[MX_EDAC_FILE_MAX], size_t *ret_len)
        __attribute__((warn_unused_result));

/* Begins a set of labels with the controller, and with `dimm` unless that is NULL. */
void mx_edac_begin_labels(struct mx_sink *sink, uint32_t controller, const char *dimm);

/* Adds a label, unless the text is empty; the second one with the text in dir/file, and fails as
 * reading that does. */
void mx_edac_label(struct mx_sink *sink, const char *name, const char *text, size_t len);
int mx_edac_label_file(struct mx_edac *e, struct mx_sink *sink, const char *name, const char *dir,
                       const char *file) __attribute__((warn_unused_result));

/* Makes room for one more controller. Returns 0 or -ENOMEM. */
int mx_edac_make_room(struct mx_edac *e) __attribute__((warn_unused_result));

/* A new row, with all of it absent and no labels. NULL at the cap, which is counted, with 0 in
 * *ret_r; or without memory, with -ENOMEM there. */
struct mx_edac_row *mx_edac_add_row(struct mx_edac *e, int *ret_r);

/* Reads csrow<N>, whose uncorrected errors are counted for the row as a whole, and whose corrected
 * ones by channel, each of which is a row of its own. `about`: its size and what kind it is, which
 * no module says. Fails with what all files are short of. */
int mx_edac_read_csrow(struct mx_edac *e, struct mx_sink *sink, uint32_t controller,
                       const char *path, const char *csrow, bool about)
        __attribute__((warn_unused_result));

/* Frees what is allocated. */
void mx_edac_done(struct mx_edac *e);

#endif
