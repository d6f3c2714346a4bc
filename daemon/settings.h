/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be set, from built-in defaults, the configuration file and the flags, in that
 * order of precedence. Immutable once built: a reload builds new settings and swaps. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "log.h"
#include "mx/collector.h"

#include <stdatomic.h>

struct plugins;

struct collector_settings {
        const struct mx_collector *collector;
        bool enabled;
        bool is_plugin;    /* runs on a thread of its own whatever its descriptor says */
        uint64_t interval; /* microseconds; how often it runs */
        uint64_t deadline; /* microseconds; a run that takes longer is reported */
        uint64_t expiry;   /* microseconds; a result older than this is no longer served */
        uint64_t max_series;
        void *options; /* owned; NULL when the collector has none */

        /* Everything that was set for it but when it runs (interval, deadline, expiry), in one
         * canonical text: two collectors of the same name whose texts are equal find the same, so
         * that a reload lets the one go on in the place of the other, on the new schedule. */
        char *canonical;
};

struct settings {
        atomic_uint refs;

        char *config_file; /* NULL: defaults and flags only */

        char **listen; /* as listen.h has them; at least one */
        size_t n_listen;
        bool systemd_socket;   /* sockets that the service manager passes have to be there */
        char *telemetry_path;  /* starts with '/' */
        char *web_config_file; /* NULL: none */
        bool enable_lifecycle;
        uint64_t max_requests;                /* answers under way at once; 0: no limit */
        uint64_t max_connections;             /* of all listening sockets together */
        uint64_t max_connections_per_address; /* an IPv4 address or an IPv6 /64 */
        uint64_t header_timeout, idle_timeout, answer_timeout; /* microseconds */

        char *procfs, *sysfs, *cgroupfs, *devfs;
        char *plugin_dir; /* NULL: none */

        enum log_level log_level;
        enum log_format log_format;

        /* The schedule: what holds for collectors that do not say otherwise. Precedence, strongest
         * first: the collector's flag, its key in the file, its descriptor when that is not 0 (a
         * collector asks for its own pace because it is dear), the schedule in the file, the
         * built-in schedule. */
        uint64_t interval, deadline, expiry; /* microseconds */
        bool expiry_is_set; /* in the file; else it grows with the interval (knob_expiry()) */
        uint64_t
                min_age; /* microseconds: results younger than this are not refreshed by a scrape */

        struct collector_settings
                *collectors; /* every known collector, by name; built-in and plugins */
        size_t n_collectors;

        char **origins; /* of paths, by settings_knobs; see origin.h */

        struct plugins *plugins; /* owned: keeps the shared objects loaded; NULL when there is no
                                    directory */

        /* What did not stop the start but should be logged: refused plugins, and settings for
         * collectors that a refused plugin may have brought. One line each. */
        char **warnings;
        size_t n_warnings;
};

/* What the command line asks for besides settings. */
enum action {
        ACTION_RUN,
        ACTION_ONCE,
        ACTION_LIST_METRICS,
        ACTION_CHECK_CONFIG,
        ACTION_PRINT_CONFIG,
        ACTION_VERSION,
        ACTION_HELP,
};

#define SETTINGS_ERROR_MAX 512

#define SETTING_COLLECTORS_MAX 64 /* built-in and plugins */

/* Builds settings from argv and the file it names. Returns 0; or -EINVAL (or another negative
 * errno) with `error` (SETTINGS_ERROR_MAX bytes) saying in one line what is wrong and where:
 * "file:line:column: reason". Calling it again with the same argv reads the file anew: that is a
 * reload. *ret comes with one reference; it is NULL for ACTION_VERSION, and for ACTION_HELP
 * unless the line names plugins or a file, and everything is good: neither fails. *ret_action is
 * set from the flags alone. With ACTION_CHECK_CONFIG the first warning is an error. */
int settings_load(struct settings **ret, int argc, char *const *argv, enum action *ret_action,
                  char *error);
/* Settings are shared by reference: collectors that a reload leaves alone go on using the old ones.
 */
struct settings *settings_ref(struct settings *s);
struct settings *settings_unref(struct settings *s); /* accepts and returns NULL */

/* The same from the content of a file (`name` is for messages) without flags. Loads no plugins: it
 * is for tests and fuzzing. */
int settings_load_text(struct settings **ret, const char *name, const char *text, size_t len,
                       char *error);

/* The settings of one collector, or NULL. O(n). */
struct collector_settings *settings_find(const struct settings *s, const char *name);

/* Adds a warning. Returns 0 or -ENOMEM. */
int settings_warn(struct settings *s, const char *text);

/* Writes the usage text (of the built-in collectors where `s` is NULL), the version lines, the
 * metrics catalogue (Markdown, docs/metrics.md) or the documented default configuration
 * (config/memory_exporter.yml) to standard output. They cover the collectors of `s`, plugins
 * included, as their tables describe them: they do not depend on what is set. */
void settings_print_help(const struct settings *s);
void settings_print_version(void);
void settings_print_catalogue(const struct settings *s);
void settings_print_config(const struct settings *s);

#endif
