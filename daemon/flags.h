/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, in the ecosystem's style: --name=value, --name value, --[no-]name for what
 * is true or false (--name=false is --no-name, which takes no value), --[no-]collector.<name>
 * likewise, --collector.<name>.<option>=value. A '_' in a name may
 * be written '-'. When a flag is given twice
 * the last one wins; those that make a list add up. There are no arguments but flags, so whatever
 * follows a flag and does not start with '-' is its value: reading the line needs no table, and
 * what a plugin's flags mean can be decided after the plugins are loaded. */
#ifndef FLAGS_H
#define FLAGS_H

#include "settings.h"

struct flag {
        char *name;        /* without the dashes, and without "no-" in front of what it denies */
        const char *value; /* of argv, or static; NULL when there is none */
        bool no;
        bool is_done; /* needs no more looking at */
};

struct flags {
        struct flag *flag;
        size_t n;
        enum action action;
        const char *config_file; /* of argv; NULL when there is none */
        bool disable_defaults;
};

/* A flag that is not a setting, for the parser and for --help. */
struct general_flag {
        const char *name;
        char letter;             /* 0 for none */
        const char *placeholder; /* of the value; NULL when there is none */
        const char *help;
        enum action action; /* ACTION_RUN for those that ask for none */
};
extern const struct general_flag general_flags[];
extern const size_t n_general_flags;

/* Reads the line and decides what is asked for. Refuses unknown flags but those of collectors,
 * which are looked at last. All of these return 0, -EINVAL or -ENOMEM, with a line in `error`
 * (SETTINGS_ERROR_MAX). */
int flags_parse(struct flags *ret, int argc, char *const *argv, char *error);
void flags_done(struct flags *f); /* accepts a zeroed one */
/* Applies the daemon's own settings. */
int flags_apply(const struct flags *f, struct settings *s, char *error);
/* Writes "--collector.name.key: " where a flag sets this of a collector, else "". Returns which. */
bool flags_where(const struct flags *f, const char *collector, const char *key, char *ret,
                 size_t size);
/* Applies the flags of collectors to s->collectors. A flag of a collector that nobody knows is an
 * error, or a warning when a plugin was refused that may have been it. */
int flags_apply_collectors(const struct flags *f, struct settings *s, char *error);

#endif
