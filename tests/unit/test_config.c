/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "knob.h"
#include "origin.h"
#include "table.h"
#include "yaml_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct settings *load(const char *text)
{
        char error[SETTINGS_ERROR_MAX];
        struct settings *s = NULL;

        ck_assert_msg(settings_load_text(&s, "f.yml", text, strlen(text), error) == 0, "%s", error);
        return s;
}

static void refuse_n(const char *text, size_t len, const char *want)
{
        char error[SETTINGS_ERROR_MAX];
        struct settings *s = NULL;

        ck_assert_msg(settings_load_text(&s, "f.yml", text, len, error) < 0, "accepted: %.80s",
                      text);
        ck_assert_ptr_null(s);
        ck_assert_msg(strcmp(error, want) == 0, "for: %.80s\ngot:  %s\nwant: %s", text, error,
                      want);
}

/* Nothing set differs, options included. */
static void assert_equal(const struct settings *a, const struct settings *b)
{
        for (size_t i = 0; i < n_settings_knobs; i++)
                ck_assert_msg(knob_equal(&settings_knobs[i], a, b), "%s", settings_knobs[i].key);
        ck_assert_uint_eq(a->n_collectors, b->n_collectors);
        for (size_t i = 0; i < a->n_collectors; i++) {
                ck_assert_ptr_eq(a->collectors[i].collector, b->collectors[i].collector);
                ck_assert_str_eq(a->collectors[i].canonical, b->collectors[i].canonical);
                ck_assert_uint_eq(a->collectors[i].interval, b->collectors[i].interval);
                ck_assert_uint_eq(a->collectors[i].deadline, b->collectors[i].deadline);
                ck_assert_uint_eq(a->collectors[i].expiry, b->collectors[i].expiry);
        }
        ck_assert_uint_eq(a->n_warnings, 0);
        ck_assert_uint_eq(b->n_warnings, 0);
}

START_TEST(an_empty_file_means_the_defaults)
{
        static const char *const empty[] = {
                "",           "\n\n", "# nothing\n", "---\n",
                "---\n...\n", "~\n",  "{}\n",        "\xef\xbb\xbf# with a mark\n"
        };
        struct settings *d = load("");

        ck_assert_uint_eq(d->n_listen, 1);
        ck_assert_str_eq(d->listen[0], ":10190");
        ck_assert(!d->systemd_socket);
        ck_assert_str_eq(d->telemetry_path, "/metrics");
        ck_assert_ptr_null(d->web_config_file);
        ck_assert(!d->enable_lifecycle);
        ck_assert_uint_eq(d->max_requests, 40);
        ck_assert_uint_eq(d->max_connections, 512);
        ck_assert_uint_eq(d->max_connections_per_address, 128);
        ck_assert_uint_eq(d->header_timeout, MX_SECONDS(10));
        ck_assert_uint_eq(d->idle_timeout, MX_SECONDS(150));
        ck_assert_uint_eq(d->answer_timeout, MX_SECONDS(60));
        ck_assert_str_eq(d->procfs, "/proc");
        ck_assert_str_eq(d->sysfs, "/sys");
        ck_assert_str_eq(d->cgroupfs, "/sys/fs/cgroup");
        ck_assert_str_eq(d->devfs, "/dev");
        ck_assert_ptr_null(d->plugin_dir);
        ck_assert_ptr_null(d->config_file);
        ck_assert_int_eq(d->log_level, LOG_LEVEL_INFO);
        ck_assert_int_eq(d->log_format, LOG_FORMAT_AUTO);
        ck_assert_uint_eq(d->interval, MX_SECONDS(15));
        ck_assert_uint_eq(d->deadline, MX_SECONDS(5));
        ck_assert_uint_eq(d->expiry, MX_SECONDS(300));
        ck_assert_uint_eq(d->min_age, MX_SECONDS(1));
        ck_assert_uint_eq(d->n_collectors, mx_n_collectors);
        for (size_t i = 0; i < d->n_collectors; i++) {
                const struct collector_settings *cs = &d->collectors[i];

                ck_assert_int_eq(cs->enabled, !cs->collector->off_by_default);
                ck_assert(!cs->is_plugin);
                ck_assert_uint_eq(cs->max_series, cs->collector->max_series);
                if (i > 0)
                        ck_assert_str_lt(d->collectors[i - 1].collector->name, cs->collector->name);
        }
        for (size_t i = 0; i < MX_ARRAY_SIZE(empty); i++) {
                struct settings *s = load(empty[i]);

                assert_equal(s, d);
                settings_unref(s);
        }
        settings_unref(d);
}
END_TEST

START_TEST(every_key_of_the_daemon_is_read)
{
        struct settings *s =
                load("web:\n"
                     "  listen_addresses: ['127.0.0.1:1', \"[::1]:2\", localhost:3, ':0']\n"
                     "  telemetry_path: /a/b-c.d_e~f\n"
                     "  systemd_socket: true\n  enable_lifecycle: yes\n  config_file: /w.yml\n"
                     "  max_requests: 0\n  max_connections: 7\n  max_connections_per_address: 1\n"
                     "  header_timeout: 100ms\n  idle_timeout: 1h\n  answer_timeout: 2s\n"
                     "paths: {procfs: /h/proc, sysfs: /h/sys, cgroupfs: /h/cg, devfs: /h/dev}\n"
                     "log: {level: debug, format: json}\n"
                     "schedule: {interval: 1h30m, deadline: 250ms, expiry: 1d, min_age: 0}\n"
                     "plugins: {directory: /p}\n");

        ck_assert_uint_eq(s->n_listen, 4);
        ck_assert_str_eq(s->listen[1], "[::1]:2");
        ck_assert_str_eq(s->listen[3], ":0");
        ck_assert_str_eq(s->telemetry_path, "/a/b-c.d_e~f");
        ck_assert(s->systemd_socket);
        ck_assert(s->enable_lifecycle);
        ck_assert_str_eq(s->web_config_file, "/w.yml");
        ck_assert_uint_eq(s->max_requests, 0);
        ck_assert_uint_eq(s->max_connections, 7);
        ck_assert_uint_eq(s->max_connections_per_address, 1);
        ck_assert_uint_eq(s->header_timeout, 100000);
        ck_assert_uint_eq(s->idle_timeout, MX_SECONDS(3600));
        ck_assert_uint_eq(s->answer_timeout, MX_SECONDS(2));
        ck_assert_str_eq(s->procfs, "/h/proc");
        ck_assert_str_eq(s->sysfs, "/h/sys");
        ck_assert_str_eq(s->cgroupfs, "/h/cg");
        ck_assert_str_eq(s->devfs, "/h/dev");
        ck_assert_str_eq(s->plugin_dir, "/p");
        ck_assert_int_eq(s->log_level, LOG_LEVEL_DEBUG);
        ck_assert_int_eq(s->log_format, LOG_FORMAT_JSON);
        ck_assert_uint_eq(s->interval, MX_SECONDS(5400));
        ck_assert_uint_eq(s->deadline, 250000);
        ck_assert_uint_eq(s->expiry, MX_SECONDS(86400));
        ck_assert_uint_eq(s->min_age, 0);
        settings_unref(s);
}
END_TEST

START_TEST(a_collector_follows_the_schedule_and_its_own_key_beats_it)
{
        struct settings *s = load("collectors:\n"
                                  "  meminfo: {interval: 3s, enabled: no, max_series: 5}\n"
                                  "schedule: {interval: 20s, deadline: 2s, expiry: 1m}\n");
        const struct collector_settings *meminfo = settings_find(s, "meminfo"),
                                        *pressure = settings_find(s, "pressure");

        ck_assert_uint_eq(meminfo->interval, MX_SECONDS(3));
        ck_assert_uint_eq(meminfo->deadline, MX_SECONDS(2));
        ck_assert_uint_eq(meminfo->max_series, 5);
        ck_assert(!meminfo->enabled);
        ck_assert_uint_eq(pressure->interval, MX_SECONDS(20));
        ck_assert_uint_eq(pressure->expiry, MX_SECONDS(60));
        ck_assert_ptr_null(settings_find(s, "nothing"));
        settings_unref(s);
}
END_TEST

/* What the interval of the schedule and of meminfo makes of the expiry of meminfo and pressure; in
 * seconds. */
static const struct {
        const char *text;
        uint64_t schedule, meminfo, pressure;
} expiries[] = {
        { "", 300, 300, 300 },
        { "schedule: {interval: 100s}", 300, 300, 300 },
        { "schedule: {interval: 101s}", 303, 303, 303 },
        { "schedule: {interval: 10m}", 1800, 1800, 1800 },
        { "schedule: {interval: 1d}", 3 * 86400, 3 * 86400, 3 * 86400 },
        { "collectors: {meminfo: {interval: 10m}}", 300, 1800, 300 },
        { "schedule: {interval: 10m}\ncollectors: {meminfo: {interval: 1s}}", 1800, 300, 1800 },
        { "schedule: {interval: 10m, expiry: 10m}", 600, 600, 600 },
        { "schedule: {expiry: 1h}\ncollectors: {meminfo: {interval: 30m}}", 3600, 3600, 3600 },
        { "schedule: {interval: 10m}\ncollectors: {meminfo: {expiry: 11m}}", 1800, 660, 1800 },
        { "schedule: {expiry: 1m, interval: 1m}\ncollectors: {meminfo: {expiry: 2m}}", 60, 120,
          60 },
};

START_TEST(an_expiry_that_is_not_set_follows_the_interval)
{
        struct settings *s = load(expiries[_i].text);

        ck_assert_uint_eq(s->expiry, MX_SECONDS(expiries[_i].schedule));
        ck_assert_uint_eq(settings_find(s, "meminfo")->expiry, MX_SECONDS(expiries[_i].meminfo));
        ck_assert_uint_eq(settings_find(s, "pressure")->expiry, MX_SECONDS(expiries[_i].pressure));
        settings_unref(s);
}
END_TEST

START_TEST(an_alias_repeats_a_value)
{
        struct settings *s =
                load("schedule: {interval: &i 7s}\n"
                     "collectors: {meminfo: {interval: *i}, pressure: {deadline: *i}}\n");

        ck_assert_uint_eq(settings_find(s, "meminfo")->interval, MX_SECONDS(7));
        ck_assert_uint_eq(settings_find(s, "pressure")->deadline, MX_SECONDS(7));
        settings_unref(s);
}
END_TEST

#define TRIGGERS "collectors: {pressure_events: {triggers: "

static const struct {
        const char *text, *error;
} bad[] = {
        /* Unknown keys, with and without a neighbour. */
        { "collectors:\n  meminfo:\n    intervall: 3s\n",
          "f.yml:3:5: unknown key 'intervall' (did you mean 'interval'?)" },
        { "wbe: {}\n", "f.yml:1:1: unknown key 'wbe' (did you mean 'web'?)" },
        { "colectors: {}\n", "f.yml:1:1: unknown key 'colectors' (did you mean 'collectors'?)" },
        { "log: {lvel: info}\n", "f.yml:1:7: unknown key 'lvel' (did you mean 'level'?)" },
        { "log: {colour: red}\n", "f.yml:1:7: unknown key 'colour'" },
        { "collectors:\n  memifno: {}\n",
          "f.yml:2:3: unknown collector 'memifno' (did you mean 'meminfo'?)" },
        { "collectors:\n  disks: {}\n", "f.yml:2:3: unknown collector 'disks'" },
        { "\"a\\nb\": 1\n", "f.yml:1:1: unknown key 'a?b'" },
        /* Kinds. */
        { "- web\n", "f.yml:1:1: a list where a mapping of sections is expected" },
        { "web\n", "f.yml:1:1: a single value where a mapping of sections is expected" },
        { "web: [1]\n", "f.yml:1:6: 'web' is a list where a mapping is expected" },
        { "collectors: 1\n",
          "f.yml:1:13: 'collectors' is a single value where a mapping is expected" },
        { "web: {listen_addresses: ':1'}\n",
          "f.yml:1:25: 'listen_addresses' is a single value where a list is expected" },
        { "web: {listen_addresses: [[':1']]}\n",
          "f.yml:1:26: 'listen_addresses' is a list where a single value is expected" },
        { "log: {level: {a: b}}\n",
          "f.yml:1:14: 'level' is a mapping where a single value is expected" },
        { "collectors: {meminfo: [1]}\n",
          "f.yml:1:23: 'meminfo' is a list where a mapping is expected" },
        { "? [a]\n: b\n", "f.yml:1:3: a key is expected to be a word" },
        { "~: b\n", "f.yml:1:1: a key is expected to be a word" },
        /* Empty, twice. */
        { "web:\n", "f.yml:1:1: 'web' has no value: give it one or leave it out" },
        { "log: {level: }\n", "f.yml:1:7: 'level' has no value: give it one or leave it out" },
        { "log: {level: ~}\n", "f.yml:1:7: 'level' has no value: give it one or leave it out" },
        { "log: {level: ''}\n", "f.yml:1:14: 'level': '' is none of: debug info warn error" },
        { "paths: {procfs: ''}\n", "f.yml:1:17: 'procfs': it may not be empty" },
        { "web: {listen_addresses: []}\n", "f.yml:1:25: 'listen_addresses' is an empty list" },
        { "log:\n  level: info\n  format: json\n  level: warn\n",
          "f.yml:4:3: 'level' is set twice (first in line 2)" },
        { "log: {}\nlog: {}\n", "f.yml:2:1: 'log' is set twice (first in line 1)" },
        { "web: {listen_addresses: [':1', ':1']}\n",
          "f.yml:1:32: 'listen_addresses': ':1' is listed twice" },
        /* Values. */
        { "log: {level: loud}\n", "f.yml:1:14: 'level': 'loud' is none of: debug info warn error" },
        { "schedule: {interval: 15}\n",
          "f.yml:1:22: 'interval': '15' is not a duration such as 15s, 250ms or 5m" },
        { "schedule: {interval: 99ms}\n",
          "f.yml:1:22: 'interval': '99ms' is not between 100ms and 1d" },
        { "schedule: {interval: 25h}\n",
          "f.yml:1:22: 'interval': '25h' is not between 100ms and 1d" },
        { "schedule: {deadline: 0}\n", "f.yml:1:22: 'deadline': '0' is not above 0 and up to 1d" },
        { "schedule: {min_age: 2h}\n", "f.yml:1:21: 'min_age': '2h' is not up to 1h" },
        { "web: {systemd_socket: 1}\n", "f.yml:1:23: 'systemd_socket': '1' is not true or false" },
        { "web: {max_connections: 0}\n",
          "f.yml:1:24: 'max_connections': '0' is not between 1 and 100000" },
        { "web: {max_connections_per_address: 100001}\n",
          "f.yml:1:36: 'max_connections_per_address': '100001' is not between 1 and 100000" },
        { "web: {header_timeout: 99ms}\n",
          "f.yml:1:23: 'header_timeout': '99ms' is not between 100ms and 1h" },
        { "web: {listen_addresses: ['unix:x']}\n",
          "f.yml:1:26: 'listen_addresses': 'unix:x' is not an address to listen on: unix: is "
          "followed by an absolute path or by @name" },
        { "web: {listen_addresses: ['vsock://:1']}\n",
          "f.yml:1:26: 'listen_addresses': 'vsock://:1' is not an address to listen on: vsock is "
          "not "
          "spoken here" },
        { "schedule: {interval: -1s}\n",
          "f.yml:1:22: 'interval': '-1s' is not a duration such as 15s, 250ms or 5m" },
        { "collectors: {meminfo: {max_series: 0}}\n",
          "f.yml:1:36: 'max_series': '0' is not between 1 and 1000000" },
        { "collectors: {meminfo: {max_series: 1000001}}\n",
          "f.yml:1:36: 'max_series': '1000001' is not between 1 and 1000000" },
        { "collectors: {meminfo: {max_series: many}}\n",
          "f.yml:1:36: 'max_series': 'many' is not a whole number" },
        { "collectors: {meminfo: {enabled: 1}}\n",
          "f.yml:1:33: 'enabled': '1' is not true or false" },
        /* What fits alone and not together. */
        { "schedule:\n  expiry: 10s\n",
          "f.yml:2:3: schedule: expiry (10s) is shorter than interval (15s)" },
        { "schedule:\n  interval: 6m\n  expiry: 5m\n",
          "f.yml:3:3: schedule: expiry (5m) is shorter than interval (6m)" },
        { "collectors:\n  meminfo: {interval: 10m, expiry: 5m}\n",
          "f.yml:2:28: collector meminfo: expiry (5m) is shorter than interval (10m)" },
        { "schedule: {expiry: 5m}\ncollectors:\n  meminfo: {interval: 10m}\n",
          "f.yml:3:13: collector meminfo: expiry (5m) is shorter than interval (10m)" },
        { "schedule: {interval: 10m}\ncollectors:\n  meminfo: {expiry: 5m}\n",
          "f.yml:3:13: collector meminfo: expiry (5m) is shorter than interval (10m)" },
        { "schedule: {min_age: 1m}\ncollectors:\n  meminfo: {expiry: 50s}\n",
          "f.yml:3:13: collector meminfo: expiry (50s) is shorter than min_age (1m)" },
        { "schedule:\n  min_age: 6m\n",
          "f.yml:2:3: collector arc: expiry (5m) is shorter than min_age (6m)" },
        { "schedule:\n  deadline: 6m\n",
          "f.yml:2:3: schedule: deadline (6m) is longer than expiry (5m)" },
        { "schedule: {deadline: 6m, expiry: 6m}\ncollectors:\n  meminfo:\n    deadline: 7m\n",
          "f.yml:4:5: collector meminfo: deadline (7m) is longer than expiry (6m)" },
        /* Entries of lists: the place is that of the value that is wrong. */
        { TRIGGERS "[{name: a, window: 1s, some: 3s}]}}\n",
          "f.yml:1:71: 'triggers': entry 'a': 'some' (3s) is not shorter than 'window' (1s)" },
        { TRIGGERS "[{name: a, full: 3s}]}}\n",
          "f.yml:1:59: 'triggers': entry 'a': 'full' (3s) is not shorter than the window, which is "
          "2s without 'window'" },
        { TRIGGERS "[{name: full_5_percent, full: 1s}]}}\n",
          "f.yml:1:50: 'triggers': entry 'full_5_percent': 'name' (full_5_percent) is that of a "
          "threshold which is built in" },
        { TRIGGERS "[{name: a, some: 1s, full: 1ms}]}}\n",
          "f.yml:1:43: 'triggers': entry 'a': both 'some' (1s) and 'full' (1ms) are given: one "
          "trigger watches one of them" },
        { TRIGGERS "[{name: a, stall: 1s}]}}\n",
          "f.yml:1:53: unknown key 'stall' is none of: name some full window cgroup" },
        { "collectors: {process: {groups: [{name: a, cmdline: b}]}}\n",
          "f.yml:1:43: unknown key 'cmdline' is none of: name comm unit cgroup user" },
        { "collectors: {process: {groups: [{name: a, com: b}]}}\n",
          "f.yml:1:43: unknown key 'com' (did you mean 'comm'?)" },
        { "web: {telemetry_path: metrics}\n",
          "f.yml:1:23: 'telemetry_path': 'metrics' does not start with a slash" },
        { "web: {telemetry_path: /}\n",
          "f.yml:1:23: 'telemetry_path': '/' is the landing page's path" },
        { "web: {telemetry_path: //host/m}\n", "f.yml:1:23: 'telemetry_path': '//host/m' starts "
                                               "with two slashes: a link to it is one to "
                                               "another host" },
        { "web: {telemetry_path: //}\n",
          "f.yml:1:23: 'telemetry_path': '//' starts with two slashes: a link to it is one to "
          "another host" },
        { "web: {listen_addresses: ['127.0.0.1:1,127.0.0.1:2']}\n",
          "f.yml:1:26: 'listen_addresses': '127.0.0.1:1,127.0.0.1:2' is not an address to listen "
          "on: "
          "it has a comma: the flag is to be given once for each address, and in the file each is "
          "an item of the list" },
        { "web: {listen_addresses: [10190]}\n",
          "f.yml:1:26: 'listen_addresses': '10190' is not an address to listen on: a port needs a "
          "colon before it" },
        { "web: {listen_addresses: [/run/x]}\n", "f.yml:1:26: 'listen_addresses': '/run/x' is not "
                                                 "an address to listen on: a unix socket is "
                                                 "written unix:/path" },
        { "web: {listen_addresses: ['*:10190']}\n",
          "f.yml:1:26: 'listen_addresses': '*:10190' is not an address to listen on: every address "
          "of the machine is written :port" },
        { "web: {telemetry_path: /-/m}\n",
          "f.yml:1:23: 'telemetry_path': '/-/m' is under /-/, which is the daemon's own" },
        { "web: {telemetry_path: /-}\n",
          "f.yml:1:23: 'telemetry_path': '/-' is under /-/, which is the daemon's own" },
        { "web: {telemetry_path: /a?b}\n",
          "f.yml:1:23: 'telemetry_path': '/a?b' has a character that a URL path escapes" },
        /* YAML itself. */
        { "web:\n\tlisten: 1\n", "f.yml:2:1: a line starts with a tab, where YAML wants spaces" },
        { "web: {a: b\n",
          "f.yml:2:1: did not find expected ',' or '}' while parsing a flow mapping" },
        { "a: 'b\n", "f.yml:2:1: found unexpected end of stream while scanning a quoted scalar" },
        { "log: *a\n", "f.yml:1:6: found undefined alias" },
        { "log: {level: debug}\n---\nlog: {level: info}\n",
          "f.yml:2:1: a second document starts: one is expected" },
        { "log: !!map {level: debug}\n", "f.yml:1:6: tags are not understood" },
        { "log: {level: \xff}\n", "f.yml:1:14: not plain UTF-8 text: invalid leading UTF-8 octet" },
        { "log: {level: \x01}\n",
          "f.yml:1:14: not plain UTF-8 text: control characters are not allowed" },
        { "log: {level: \"a\\0b\"}\n", "f.yml:1:14: 'level' holds a NUL character" },
        { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "f.yml:1:13: nested too deeply" },
        { "log: {level: NULL}\n", "f.yml:1:7: 'level' has no value: give it one or leave it out" },
        /* What is quoted does not break the line. */
        { "\"a\\nb\\x7fc\": 1\n", "f.yml:1:1: unknown key 'a?b?c'" },
        { "log: &a {level: *a}\n",
          "f.yml:1:6: 'level' is a mapping where a single value is expected" },
};

START_TEST(a_bad_file_is_refused_with_the_place_and_the_reason)
{
        refuse_n(bad[_i].text, strlen(bad[_i].text), bad[_i].error);
}
END_TEST

START_TEST(addresses_are_checked_before_anything_listens)
{
        static const char *const good[] = { ":1",
                                            "0.0.0.0:80",
                                            "[::]:1",
                                            "[fe80::1%eth0]:9",
                                            "a-b.c_d:65535",
                                            "x1.2x:0",
                                            "unix:/run/x",
                                            "unix:///run/a b:1",
                                            "unix:@x",
                                            "unix:1",
                                            "vsock:1" };
        static const char *const wrong[] = { "",
                                             "80",
                                             "host",
                                             "host:",
                                             ":65536",
                                             "::1:80",
                                             "[::1]",
                                             "[::1]80",
                                             "[::g]:1",
                                             "[]:1",
                                             "[fe80::1%]:1",
                                             "1.2.3:80",
                                             "256.1.1.1:80",
                                             "a..b:1",
                                             ".a:1",
                                             "a.:1",
                                             "-a:1",
                                             "a-:1",
                                             "a b:1",
                                             "unix:",
                                             "unix:run/x",
                                             "unix:/",
                                             "unix:/run/",
                                             "unix:@",
                                             "unix:/1234567890123456789012345678901234567890"
                                             "1234567890123456789012345678901234567890123456789012"
                                             "1234567890123456",
                                             "vsock://:9100",
                                             "http://h:1",
                                             "tcp:1:2",
                                             "h:-1",
                                             "h:1x",
                                             "[1.2.3.4]:1" };
        char text[256], error[SETTINGS_ERROR_MAX];
        struct settings *s = NULL;

        for (size_t i = 0; i < MX_ARRAY_SIZE(good); i++) {
                snprintf(text, sizeof(text), "web: {listen_addresses: ['%s']}\n", good[i]);
                s = load(text);
                ck_assert_str_eq(s->listen[0], good[i]);
                settings_unref(s);
        }
        for (size_t i = 0; i < MX_ARRAY_SIZE(wrong); i++) {
                s = NULL;
                snprintf(text, sizeof(text), "web: {listen_addresses: ['%s']}\n", wrong[i]);
                ck_assert_msg(settings_load_text(&s, "f.yml", text, strlen(text), error) < 0, "%s",
                              wrong[i]);
                ck_assert_ptr_nonnull(strstr(error, "is not an address to listen on: "));
        }
}
END_TEST

/* "head" and then `n` times `unit`. */
static char *repeat(const char *head, const char *unit, size_t n, size_t *ret_len)
{
        size_t len = strlen(head), step = strlen(unit);
        char *text = malloc(len + n * step + 1);

        ck_assert_ptr_nonnull(text);
        memcpy(text, head, len);
        for (size_t i = 0; i < n; i++, len += step)
                memcpy(text + len, unit, step);
        text[len] = '\0';
        *ret_len = len;
        return text;
}

START_TEST(a_file_that_is_too_much_is_refused)
{
        size_t len;
        char *text = repeat("", "#", YAML_FILE_MAX + 1, &len);

        refuse_n(text, len, "f.yml:1:1: larger than 1 MiB");
        free(text);
        text = repeat("a:\n", "- b\n", YAML_NODES_MAX, &len);
        refuse_n(text, len, "f.yml:19999:3: too many values");
        free(text);
        text = repeat("a: &x b\nc:\n", "- *x\n", YAML_ALIASES_MAX + 1, &len);
        refuse_n(text, len, "f.yml:103:3: too many aliases");
        free(text);
}
END_TEST

static void load_any(const char *buf, size_t len)
{
        char error[SETTINGS_ERROR_MAX];
        struct settings *s = NULL;

        (void)settings_load_text(&s, "f.yml", buf, len, error);
        settings_unref(s);
}

START_TEST(a_file_cut_off_anywhere_is_read_or_refused)
{
        const char *text = "web: {listen_addresses: [\":1\"]}\n"
                           "schedule:\n  interval: &i 7s # \xc3\xa9\n"
                           "collectors:\n  meminfo:\n    deadline: *i\n";

        harness_truncate(text, strlen(text), load_any);
}
END_TEST

/* Every setting of the daemon, set to something else. */
static const char *const others[] = {
        "web: {listen_addresses: [':1']}",
        "web: {systemd_socket: true}",
        "web: {telemetry_path: /m}",
        "web: {config_file: w}",
        "web: {enable_lifecycle: true}",
        "web: {max_requests: 1}",
        "web: {max_connections: 1}",
        "web: {max_connections_per_address: 1}",
        "web: {header_timeout: 1s}",
        "web: {idle_timeout: 1s}",
        "web: {answer_timeout: 1s}",
        "paths: {procfs: /p}",
        "paths: {sysfs: /p}",
        "paths: {cgroupfs: /p}",
        "paths: {devfs: /p}",
        "log: {level: debug}",
        "log: {format: json}",
        "plugins: {directory: /p}",
        "schedule: {interval: 1s}",
        "schedule: {deadline: 1s}",
        "schedule: {expiry: 1h}",
        "schedule: {min_age: 0}",
};

START_TEST(a_relative_path_starts_at_the_directory_of_the_file)
{
        const char *text = "web: {config_file: w.yml}\n"
                           "paths: {procfs: p/proc, sysfs: ../sys, cgroupfs: /cg, devfs: dev}\n"
                           "plugins: {directory: ''}\n";
        char error[SETTINGS_ERROR_MAX], *deep;
        struct settings *s = NULL;
        size_t len;

        ck_assert_int_eq(settings_load_text(&s, "/etc/x/c.yml", text, strlen(text), error), 0);
        ck_assert_str_eq(s->web_config_file, "/etc/x/w.yml");
        ck_assert_str_eq(s->procfs, "/etc/x/p/proc");
        ck_assert_str_eq(s->sysfs, "/etc/x/../sys");
        ck_assert_str_eq(s->cgroupfs, "/cg");
        ck_assert_str_eq(s->devfs, "/etc/x/dev");
        ck_assert_ptr_null(s->plugin_dir);
        ck_assert_str_eq(origin_of(s, offsetof(struct settings, procfs)),
                         "/etc/x/c.yml:2:17: 'procfs': ");
        settings_unref(s);
        deep = repeat("web: {config_file: ", "d/", PATH_MAX / 2 + 1, &len);
        deep[len - 1] = '}';
        refuse_n(deep, len, "f.yml:1:20: 'config_file': the path is too long");
        free(deep);
}
END_TEST

static const struct {
        const char *text, *warning; /* NULL: none */
} doubts[] = {
        { "collectors:\n  process:\n    group_by: rules\n",
          "f.yml:3:5: collector process: 'group_by' is rules, and 'groups' has none: every process "
          "is in the group other" },
        { "collectors:\n  process:\n    groups: []\n    group_by: rules\n",
          "f.yml:4:5: collector process: 'group_by' is rules, and 'groups' has none: every process "
          "is in the group other" },
        { "collectors: {process: {group_by: rules, groups: [{name: a, comm: a}]}}\n", NULL },
        { "collectors: {process: {group_by: unit}}\n", NULL },
        { "collectors: {process: {group_by: rules, enabled: false}}\n", NULL },
};

START_TEST(options_that_do_not_go_together_are_warned_of_with_their_place)
{
        struct settings *s = load(doubts[_i].text);

        ck_assert_uint_eq(s->n_warnings, doubts[_i].warning ? 1 : 0);
        if (doubts[_i].warning)
                ck_assert_str_eq(s->warnings[0], doubts[_i].warning);
        settings_unref(s);
}
END_TEST

START_TEST(a_setting_that_differs_is_told_from_all_others)
{
        struct settings *s, *d = load("");

        ck_assert_uint_eq(MX_ARRAY_SIZE(others), n_settings_knobs);
        for (size_t i = 0; i < n_settings_knobs; i++) {
                s = load(others[i]);
                for (size_t k = 0; k < n_settings_knobs; k++)
                        ck_assert_msg(knob_equal(&settings_knobs[k], s, d) == (i != k), "%s: %s",
                                      others[i], settings_knobs[k].key);
                settings_unref(s);
        }
        s = load("web: {listen_addresses: [':10190', ':1']}");
        ck_assert(!knob_equal(&settings_knobs[0], s, d));
        settings_unref(s);
        settings_unref(d);
}
END_TEST

START_TEST(two_loads_of_one_text_are_canonically_equal_and_a_change_but_of_the_schedule_shows)
{
        struct settings *a = load("collectors: {meminfo: {interval: 7s}}\n"),
                        *b = load("collectors: {meminfo: {interval: 7000ms}}\n"),
                        *c = load("collectors: {meminfo: {interval: 7s, max_series: 77}}\n"),
                        *d = load("schedule: {interval: 6s, deadline: 3s, expiry: 7m}\n");

        assert_equal(a, b);
        for (size_t i = 0; i < d->n_collectors; i++)
                ck_assert_str_eq(a->collectors[i].canonical, d->collectors[i].canonical);
        ck_assert_str_ne(settings_find(a, "meminfo")->canonical,
                         settings_find(c, "meminfo")->canonical);
        ck_assert_str_eq(settings_find(a, "pressure")->canonical,
                         settings_find(c, "pressure")->canonical);
        settings_unref(a);
        settings_unref(b);
        settings_unref(c);
        settings_unref(d);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("config");
        TCase *t = tcase_create("config");

        tcase_add_test(t, an_empty_file_means_the_defaults);
        tcase_add_test(t, every_key_of_the_daemon_is_read);
        tcase_add_test(t, a_collector_follows_the_schedule_and_its_own_key_beats_it);
        tcase_add_loop_test(t, an_expiry_that_is_not_set_follows_the_interval, 0,
                            (int)MX_ARRAY_SIZE(expiries));
        tcase_add_test(t, an_alias_repeats_a_value);
        tcase_add_loop_test(t, a_bad_file_is_refused_with_the_place_and_the_reason, 0,
                            (int)MX_ARRAY_SIZE(bad));
        tcase_add_test(t, addresses_are_checked_before_anything_listens);
        tcase_add_test(t, a_file_that_is_too_much_is_refused);
        tcase_add_test(t, a_file_cut_off_anywhere_is_read_or_refused);
        tcase_add_loop_test(t, options_that_do_not_go_together_are_warned_of_with_their_place, 0,
                            (int)MX_ARRAY_SIZE(doubts));
        tcase_add_test(t, a_relative_path_starts_at_the_directory_of_the_file);
        tcase_add_test(t, a_setting_that_differs_is_told_from_all_others);
        tcase_add_test(
                t,
                two_loads_of_one_text_are_canonically_equal_and_a_change_but_of_the_schedule_shows);
        suite_add_tcase(s, t);
        return harness_main(s);
}
