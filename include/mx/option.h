/* SPDX-License-Identifier: Apache-2.0 */
/* A collector's own settings as data: key, type, default and limits in one row. The daemon parses
 * the configuration file and the flags by it, and hands open() the filled struct. */
#ifndef MX_OPTION_H
#define MX_OPTION_H

#include "mx/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mx_option_type {
        MX_OPT_BOOL,     /* bool */
        MX_OPT_COUNT,    /* uint64_t */
        MX_OPT_DURATION, /* uint64_t, microseconds; written "15s", "250ms", "5m" */
        MX_OPT_SIZE,     /* uint64_t, bytes; written "64MiB", "4096" */
        MX_OPT_CHOICE,   /* uint64_t, index into `names` */
        MX_OPT_FILTER,   /* struct mx_filter *, an anchored regular expression; NULL when empty */
        MX_OPT_RULES,    /* struct mx_rules: a list of {name, one filter or more by the keys in
                            `names`} */
        MX_OPT_ROWS,     /* struct mx_rows: a list of {name, one text or more by the keys in
                            `names`} */
};

#define MX_RULE_KEYS 8

/* A named conjunction of filters: it holds when every filter that is set matches. */
struct mx_rule {
        const char *name;
        struct mx_filter
                *match[MX_RULE_KEYS]; /* by position in the option's `names`; NULL is not set */
};

struct mx_rules {
        size_t n;
        struct mx_rule *rule;
};

/* A named set of texts, which the collector's check_row() has accepted. */
struct mx_row {
        const char *name;
        const char *text[MX_RULE_KEYS]; /* by position in the option's `names`; NULL is not set */
};

struct mx_rows {
        size_t n;
        struct mx_row *row;
};

struct mx_option {
        const char *name; /* the key under `collectors: <collector>:` */
        const char *help; /* one sentence */
        enum mx_option_type type;
        size_t offset;   /* of the member in the options struct */
        const char *def; /* the default, as it would be written in the file; NULL or "" for none */
        uint64_t min, max; /* COUNT, DURATION (microseconds) and SIZE (bytes); max 0: no limit.
                              RULES and ROWS: max is the most there may be, 0: the daemon's limit */
        const char *const
                *names; /* CHOICE: the choices; RULES and ROWS: the keys; NULL-terminated */
};

/* Read a row's texts as options of these types are read. Return 0 or -EINVAL; *ret changes on
 * success only. "250ms", "15s", "1h30m", "0"; "4096", "64KiB", "1GiB". */
int mx_duration_parse(const char *text, uint64_t *ret_usec);
int mx_size_parse(const char *text, uint64_t *ret_bytes);

#endif
