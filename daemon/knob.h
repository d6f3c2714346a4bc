/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's own settings as data: one row says the key in the file, the flag, the default, the
 * limits and the help. The file, the flags, --help, the default configuration and the built-in
 * defaults all come from these tables; a collector's own options come from its descriptor
 * (include/mx/option.h). */
#ifndef KNOB_H
#define KNOB_H

#include "option.h"
#include "settings.h"

#define SETTING_INTERVAL_MIN    100000 /* microseconds: faster than 10 Hz is a profiler's work */
#define SETTING_INTERVAL_MAX    MX_SECONDS(86400)
#define SETTING_EXPIRY_MAX      MX_SECONDS(7 * 86400ULL)
#define SETTING_SERIES_MAX      1000000
#define SETTING_CONNECTIONS_MAX 100000
#define SETTING_TIMEOUT_MIN     100000 /* microseconds */

enum knob_type {
        KNOB_STRING,    /* char *, a directory, not empty */
        KNOB_DIRECTORY, /* char *, NULL when empty */
        KNOB_FILE,      /* char *, NULL when empty */
        KNOB_URL_PATH,  /* char * */
        KNOB_ADDRESSES, /* char ** and size_t: struct settings' listen and n_listen; each text adds
                           one */
        KNOB_LEVEL,     /* enum log_level */
        KNOB_FORMAT,    /* enum log_format */
        KNOB_DURATION,  /* uint64_t, microseconds */
        KNOB_COUNT,     /* uint64_t */
        KNOB_BOOL,      /* bool */
};

struct knob {
        const char *section; /* of the file; NULL for the keys that every collector has */
        const char *key;
        const char *flag; /* without the dashes; NULL when only the file has it */
        const char *help; /* one sentence */
        const char *def;  /* as text; NULL for what the collector's descriptor decides */
        enum knob_type type;
        size_t offset; /* in struct settings, or in struct collector_settings */
        uint64_t min, max;
        bool restart; /* a reload does not change it */
};

struct knob_section {
        const char *name, *help;
};

extern const struct knob_section knob_sections[]; /* of the file, in its order */
extern const size_t n_knob_sections;
extern const struct knob settings_knobs[]; /* by section */
extern const size_t n_settings_knobs;
extern const struct knob collector_knobs[]; /* keys of every collector */
extern const size_t n_collector_knobs;

/* Sets one setting from text. `base` is the struct that the offset means. On failure nothing
 * changes, `reason` (OPTION_ERROR_MAX bytes) says why, and -EINVAL or -ENOMEM is returned. */
int knob_set(const struct knob *k, void *base, const char *text, char *reason);
/* Does it name a file or a directory? */
bool knob_is_path(const struct knob *k);
/* Do both have the same value? `k` is of settings_knobs. */
bool knob_equal(const struct knob *k, const struct settings *a, const struct settings *b);
/* Empties a list, so that it can be set anew. */
void knob_clear(const struct knob *k, void *base);

/* The duration that a collector starts with, before the file and the flags: of the descriptor, or
 * of the schedule `s` (NULL: the built-in one). `k` is a duration of collector_knobs. The expiry is
 * knob_expiry()'s. */
uint64_t knob_collector_duration(const struct knob *k, const struct mx_collector *c,
                                 const struct settings *s);
/* The expiry of a collector (NULL: of the schedule) that runs so often and for which the user has
 * set none: the descriptor's or the built-in one, and at least some intervals. */
uint64_t knob_expiry(const struct mx_collector *c, uint64_t interval);
/* Does the descriptor leave this duration to the schedule? */
bool knob_is_inherited(const struct knob *k, const struct mx_collector *c);

#endif
