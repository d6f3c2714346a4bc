/* SPDX-License-Identifier: Apache-2.0 */
/* Files of "key value" lines that grow with the kernel (meminfo, vmstat, memory.stat, zoneinfo),
 * passed through by rule.
 *
 * A keymap gives every key a column. The first columns are the rows of a family table, in its
 * order; a key nobody has met yet gets the next column and a family made by the collector's rule.
 * Keys come in the same order at every read, so a look-up compares the key with the one met last
 * time at this position and hashes only when that fails.
 *
 * A row is then an array of mx_keymap_columns() values preset to MX_ABSENT, filled by column. */
#ifndef MX_KEYMAP_H
#define MX_KEYMAP_H

#include "mx/err.h"
#include "mx/sink.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MX_KEYMAP_NAME_MAX 160 /* longest mechanical metric name, with its NUL */

/* One line of a "key value [unit]" file. `key` points into the buffer that was parsed. */
struct mx_kv {
        const char *key;
        uint32_t key_len;
        bool kib; /* the line ends in kB */
        uint64_t value;
};

/* Splits one line, as mx_kv_parse() does each of its lines. False when it is not to be read; *ret
 * is then scratch. For files whose lines have something before the key. */
bool mx_kv_line(const char *p, const char *end, struct mx_kv *ret);

/* Splits "key value", "key: value" and "key:value kB" lines (a ':' ends the key and is not part of
 * it, leading blanks are skipped) into at most `cap` rows. Empty lines are nothing. A line without
 * a number, with an overlong number or with anything after it but kB is skipped and added to
 * *ret_skipped. Returns the number of rows; -E2BIG when there are more than `cap`. The rows are
 * scratch: their content is meaningful only up to the returned number. */
int mx_kv_parse(const char *buf, size_t len, struct mx_kv *rows, size_t cap, size_t *ret_skipped,
                struct mx_err *reterr) __attribute__((warn_unused_result));

/* What a key the table lacks becomes. Fills *ret (name may point to `name`, which has room for
 * MX_KEYMAP_NAME_MAX bytes; key and offset are ignored) and returns 0, or a negative errno to leave
 * the key out. `kv` is the line it was met in. */
typedef int (*mx_keymap_rule)(const struct mx_kv *kv, char *name, struct mx_family *ret);

struct mx_keymap;

/* Makes a keymap over the `n` families of the collector's table that start at `first`; their keys
 * may not repeat. At most `cap` columns in all. Owned by the caller. Returns 0, -EINVAL or -ENOMEM.
 */
int mx_keymap_new(struct mx_keymap **ret, const struct mx_family *table, size_t first, size_t n,
                  size_t cap, mx_keymap_rule rule) __attribute__((warn_unused_result));
void mx_keymap_free(struct mx_keymap *map); /* accepts NULL */

/* The column of kv's key, met at position `hint` (its line number, or any number that is the same
 * for the same line next time). A new key is learned through the sink and counted as unknown, once.
 * Returns -ENOENT when the rule leaves the key out, -E2BIG when the map is full: skip the line and
 * go on. */
int mx_keymap_column(struct mx_keymap *map, struct mx_sink *sink, const struct mx_kv *kv,
                     size_t hint);

/* mx_keymap_column(), and sets row[column] of a row whose columns the caller has preset to
 * MX_ABSENT: for what comes one key at a time, such as the files of a directory. Counts as
 * mx_keymap_fill() does. */
void mx_keymap_set(struct mx_keymap *map, struct mx_sink *sink, const struct mx_kv *kv, size_t hint,
                   uint64_t *row);

/* Sets row[column] for each of the `n` lines. A key that repeats keeps its first value and counts
 * as invalid, as two samples of one series would cost the whole scrape; one that finds no column
 * counts as dropped. `row` has `cap` columns, all of which are preset here. */
void mx_keymap_fill(struct mx_keymap *map, struct mx_sink *sink, const struct mx_kv *kv, size_t n,
                    uint64_t *row);

/* mx_kv_parse() and mx_keymap_fill() in one pass, for a text of which nothing else is wanted: where
 * a line starts with the key it had last time, the key is compared and its end is not looked for,
 * which halves the cost. Lines that are skipped count as invalid, lines beyond twice the cap and
 * keys that find no column as dropped. Returns the number of lines read. */
int mx_keymap_read(struct mx_keymap *map, struct mx_sink *sink, const char *buf, size_t len,
                   uint64_t *row);

/* From now on a line whose unit is not the one its family has (kB for MX_KIB, none for the others)
 * is skipped and counts as invalid, as a unit that is missing must not be guessed. For files that
 * write their units, such as /proc/meminfo. */
void mx_keymap_check_units(struct mx_keymap *map);

/* Emits every column whose key was met in this run or an earlier one, over `nrows` rows of `cap`
 * values each, in column order. A column that is set without its key having been met is not
 * emitted. */
void mx_keymap_emit(const struct mx_keymap *map, struct mx_sink *sink, const uint64_t *rows,
                    size_t nrows, const struct mx_labels *labels);

/* Columns in use now, and the cap given to mx_keymap_new(), which is the width of a row. */
size_t mx_keymap_columns(const struct mx_keymap *map);
size_t mx_keymap_width(const struct mx_keymap *map);

/* Appends the snake_case form of a kernel key to a metric name under construction: MemFree ->
 * mem_free, Active(anon) -> active_anon, NFS_Unstable -> nfs_unstable, DirectMap4k -> direct_map4k.
 * Bytes outside of [A-Za-z0-9] become one underscore between words. `name` holds a NUL-terminated
 * prefix and has MX_KEYMAP_NAME_MAX bytes; what does not fit, or comes to nothing, is -EINVAL. */
int mx_name_append_key(char *name, const char *key, size_t len);
int mx_name_append(char *name, const char *suffix);

#endif
