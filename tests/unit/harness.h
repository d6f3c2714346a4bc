/* SPDX-License-Identifier: Apache-2.0 */
/* What the unit tests share: fixture machines as hosts, and a collector run as text. */
#ifndef HARNESS_H
#define HARNESS_H

#include "instance.h"
#include "option.h"
#include "settings.h"

#include <check.h>

struct engine;

/* Opens tests/fixtures/<machine> as a host, with page size and clock ticks from its ORIGIN file.
 * The directory of the tests is MX_TESTS_DIR from the environment, or "tests". Aborts the test on
 * failure. */
struct mx_host harness_host(const char *machine);
/* The same for any directory that has proc/ and sys/ (a temporary tree that a test has made). */
struct mx_host harness_host_at(const char *dir, uint32_t page_size);
void harness_host_done(struct mx_host *host);

/* Makes a temporary directory tree for a test: paths are relative to it and missing parents are
 * made. The directory and all in it are removed by harness_tree_done(). */
char *harness_tree_new(void);
/* From now on they are made in memory, where there is such a place and TMPDIR names no other: for
 * programs that write thousands of files, ten times as fast. */
void harness_trees_in_memory(void);
void harness_tree_write(const char *tree, const char *path, const char *content);
void harness_tree_write_n(const char *tree, const char *path, const void *content, size_t n);
void harness_tree_remove(const char *tree, const char *path);
void harness_tree_done(char *tree);

/* A collector with its options, ready to run. `settings` is a NULL-terminated list of option, value
 * pairs, or NULL for the defaults. */
struct harness {
        struct instance instance;
        void *options;
        const struct mx_collector *collector;
};
void harness_start(struct harness *h, const struct mx_collector *c, const struct mx_host *host,
                   const char *const *settings);
/* Runs once. Returns the outcome; on OUTCOME_OK *ret_text is the exposition, NUL-terminated and
 * owned by the caller. */
enum outcome harness_run(struct harness *h, enum mx_format format, char **ret_text,
                         struct mx_err *reterr);
/* The same in text 0.0.4, with the outcome `want`. Returns the text, which is NULL unless that is
 * OUTCOME_OK. */
char *harness_expect(struct harness *h, enum outcome want);
void harness_stop(struct harness *h);

/* On a machine that has this one file it is unsupported. */
void harness_assert_unsupported(const struct mx_collector *c, const char *path,
                                const char *content);

/* start, run once in text 0.0.4, stop; the run must be OUTCOME_OK. */
char *harness_collect(const struct mx_collector *c, const struct mx_host *host,
                      const char *const *settings);
/* The same on a machine that has this one file. `*ret_sink`, unless NULL, is for its counts. */
char *harness_collect_file(const struct mx_collector *c, const char *path, const char *content,
                           uint32_t page_size, enum mx_format format, struct mx_sink *ret_sink);

/* Starts an engine, and the log, as these arguments say. Returns a reference on the settings. */
struct settings *harness_engine(struct engine *ret, int argc, char **argv);

/* Default settings in which the first collector is `fake`, without options, and no other is
 * enabled. */
struct settings *harness_settings(const struct mx_collector *fake);

/* Decodes gzip or zstd as a careful client does: zstd in pieces, and with no larger window than 32
 * KiB. All of it must be used and complete. Returns the length of the text, below `size`. */
size_t harness_decode(enum encoding encoding, const void *data, size_t n, char *ret, size_t size);

/* The value of the sample whose name and labels are exactly `series`, as text; NULL when there is
 * none. Valid until the next call. */
const char *harness_value(const char *text, const char *series);
#define harness_assert(text, series, value)                                                        \
        do {                                                                                       \
                const char *got_ = harness_value((text), (series));                                \
                ck_assert_msg(got_ != NULL, "no sample %s", (series));                             \
                ck_assert_str_eq(got_, (value));                                                   \
        } while (0)
#define harness_assert_absent(text, series)                                                        \
        ck_assert_msg(harness_value((text), (series)) == NULL, "%s should be absent", (series))
/* Number of samples whose name is `name`. */
size_t harness_count(const char *text, const char *name);

/* Calls `parse` with every prefix of the input (truncation at every byte), each placed so that its
 * end touches an unreadable page: a parser that reads past its length crashes. */
void harness_truncate(const char *buf, size_t len, void (*parse)(const char *buf, size_t len));

/* The whole content of a file of a fixture machine, NUL-terminated; owned by the caller. */
char *harness_fixture(const char *machine, const char *path, size_t *ret_len);

/* Runs a suite as main() of a test program; honours CK_* from the environment. */
int harness_main(Suite *suite);

#endif
