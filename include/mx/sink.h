/* SPDX-License-Identifier: Apache-2.0 */
/* Where a collector puts its samples. The sink writes them as text once, in family order, and holds
 * the rules that collectors cannot forget: escaping, base units, absence, the series cap, sticky
 * errors.
 *
 * A sink belongs to one run of one collector and is used by one thread. Its errors are sticky: the
 * first one is kept, later calls do nothing, and the run fails at its end. No call needs checking.
 *
 * Each family may be emitted once per run, with all of its rows. */
#ifndef MX_SINK_H
#define MX_SINK_H

#include "mx/family.h"
#include "mx/histogram.h"
#include "mx/window.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mx_sink;

/* A rendered label set, valid until the run ends unless it is kept. The zero value is the empty
 * set. */
struct mx_labels {
        uint32_t off, len;
};

/* Builds a label set: begin, any number of labels with distinct names, end. Values are any bytes:
 * they are turned into valid UTF-8 and escaped. A byte that is not part of a well-formed sequence
 * becomes the private-use character U+EF00 + byte (three bytes of UTF-8), and so does each byte of
 * a genuine character of that range: two values that differ never look the same, as two samples of
 * one series would cost the whole scrape. O(bytes of the value). Only one set can be under
 * construction. */
void mx_labels_begin(struct mx_sink *sink);
void mx_label(struct mx_sink *sink, const char *name, const char *value, size_t len);
void mx_label_u64(struct mx_sink *sink, const char *name, uint64_t value);
struct mx_labels mx_labels_end(struct mx_sink *sink);

/* For collectors whose label sets are the same in most runs: all sets built so far stay valid in
 * later runs, until they are dropped or the collector is opened anew. Returns false when a run that
 * has failed may have left sets that are not whole; they are valid until its end then, as usual.
 * To drop ends the validity of all sets there are; nothing may have been emitted with them in this
 * run. O(1) both. Sets that are replaced but not dropped take room until then. */
bool mx_labels_keep(struct mx_sink *sink);
void mx_labels_drop(struct mx_sink *sink);

/* Emits `n` families, whose indices in the collector's table start at `first`, over `nrows` rows
 * that lie `stride` bytes apart. Row i carries labels[i]; `labels` is NULL when no row has any. A
 * value that is absent makes no sample; a value that cannot be true (above 2^63 once in base units,
 * which only a wrapped negative reaches) makes none either and is counted as invalid. */
void mx_emit_rows(struct mx_sink *sink, size_t first, size_t n, const void *rows, size_t nrows,
                  size_t stride, const struct mx_labels *labels);

/* The same for one family and one value without labels. For signed families cast the int64_t. */
void mx_emit(struct mx_sink *sink, size_t family, uint64_t value);

/* One column of uint64_t values: family `family` over `nrows` values that lie `stride` bytes apart,
 * starting at `value`. What mx_emit_rows() does per family, for families whose offset is not fixed.
 */
void mx_emit_column(struct mx_sink *sink, size_t family, const uint64_t *value, size_t nrows,
                    size_t stride, const struct mx_labels *labels);

/* Emits a family of type MX_HISTOGRAM over `nrows` rows that lie `stride` bytes apart, the buckets
 * of each first. Bounds and sum are brought into base units by the family's scale; a sum that is
 * then above 2^63 is written as that and counted as invalid. A histogram is n + 3 series and goes
 * in whole or not at all, and `le` is none of its labels. Bounds that do not ascend, or are above
 * 2^63, fail the run (-EINVAL). */
void mx_emit_histograms(struct mx_sink *sink, size_t family, const struct mx_histogram *rows,
                        size_t nrows, size_t stride, const struct mx_labels *labels);

/* Emits the extremes over all spans that end at `now_usec`: family `family` over `nrows` windows,
 * MX_SPANS samples each, with the row's labels and after them `window`. A row that is NULL makes
 * none, and neither does a span in which nothing was noted. */
void mx_emit_windows(struct mx_sink *sink, size_t family, const struct mx_window *const *rows,
                     size_t nrows, uint64_t now_usec, const struct mx_labels *labels);

/* Adds a family that the table lacks (a line nobody has met yet) and returns its index, which stays
 * valid for later runs of the same instance. Strings are copied. O(1) and allocating: call it once
 * per family and keep the index. Returns -E2BIG at the daemon's cap, -EEXIST when the name is taken
 * by another key within this collector, -EINVAL for one that is not fit to be exposed (a gauge in
 * _total, a unit that is no base unit, HELP that is no sentence, a string that is too long), or
 * -ENOMEM. */
int mx_sink_add_family(struct mx_sink *sink, const struct mx_family *family);

/* How many more series this run may emit. Collectors that choose (top N, groups) ask before they
 * build rows, so that what does not fit goes into a remainder instead of being cut off. */
size_t mx_sink_room(const struct mx_sink *sink);

/* Counts, for the self-metrics: series left out by a cap of the collector's own; keys met for the
 * first time that the table lacks; lines or values that were skipped because they cannot be true.
 */
void mx_sink_dropped(struct mx_sink *sink, uint64_t series);
void mx_sink_unknown(struct mx_sink *sink, uint64_t keys);
void mx_sink_invalid(struct mx_sink *sink, uint64_t values);

/* Number of this run of this instance, from 1: to tell what was seen in this run from older state.
 */
uint64_t mx_sink_run(const struct mx_sink *sink);

#endif
