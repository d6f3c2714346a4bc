/* SPDX-License-Identifier: Apache-2.0 */
/* Every setting of the daemon, one row each. */
#include "knob.h"

#define SECONDS(n) ((n)*1000000ULL)

const struct knob_section knob_sections[] = {
        { "web", "How the metrics are served." },
        { "paths",
          "Where the kernel's file systems are mounted; in a container, where the host's are." },
        { "log", "What is logged." },
        { "plugins", "Collectors from shared objects." },
        { "schedule", "What holds for every collector that does not say otherwise." },
};

const size_t n_knob_sections = MX_ARRAY_SIZE(knob_sections);

/* clang-format off */
const struct knob settings_knobs[] = {
        { "web", "listen_addresses", "web.listen-address",
          "Addresses to listen on: :port, host:port, [IPv6]:port, unix:/path or unix:@name.",
          ":10190", KNOB_ADDRESSES, offsetof(struct settings, listen), 0, 0, true },
        { "web", "systemd_socket", "web.systemd-socket",
          "Fail to start when the service manager passes no sockets; those that it passes are listened "
          "on instead of these addresses either way.",
          "false", KNOB_BOOL, offsetof(struct settings, systemd_socket), 0, 0, true },
        { "web", "telemetry_path", "web.telemetry-path",
          "Path under which the metrics are served.",
          "/metrics", KNOB_URL_PATH, offsetof(struct settings, telemetry_path), 0, 0, true },
        { "web", "config_file", "web.config.file",
          "Web configuration file of the Prometheus exporters (TLS, users, headers, rate limit); "
          "its content is read anew when it changes; empty for none.",
          "", KNOB_FILE, offsetof(struct settings, web_config_file), 0, 0, true },
        { "web", "enable_lifecycle", "web.enable-lifecycle",
          "Answer POST /-/reload, which does what SIGHUP does.",
          "false", KNOB_BOOL, offsetof(struct settings, enable_lifecycle), 0, 0, true },
        { "web", "max_requests", "web.max-requests",
          "Answers with metrics or the page under way at once; one that its client has not read for a "
          "second makes room for the next, else that one gets 503; 0 for no limit.",
          "40", KNOB_COUNT, offsetof(struct settings, max_requests),
          0, SETTING_CONNECTIONS_MAX, false },
        { "web", "max_connections", "web.max-connections",
          "Connections at once, of all listen addresses together; a newer one takes the place of the "
          "one that has been silent the longest.",
          "512", KNOB_COUNT, offsetof(struct settings, max_connections),
          1, SETTING_CONNECTIONS_MAX, false },
        { "web", "max_connections_per_address", "web.max-connections-per-address",
          "Connections at once from one client, which is an IPv4 address or an IPv6 /64.",
          "128", KNOB_COUNT, offsetof(struct settings, max_connections_per_address),
          1, SETTING_CONNECTIONS_MAX, false },
        { "web", "header_timeout", "web.header-timeout",
          "A client has this long to send a whole request.",
          "10s", KNOB_DURATION, offsetof(struct settings, header_timeout),
          SETTING_TIMEOUT_MIN, SECONDS(3600), false },
        { "web", "idle_timeout", "web.idle-timeout",
          "A client has this long from one answer to its next complete request.",
          "150s", KNOB_DURATION, offsetof(struct settings, idle_timeout),
          SETTING_TIMEOUT_MIN, SECONDS(86400), false },
        { "web", "answer_timeout", "web.answer-timeout",
          "A client has this long to take a whole answer.",
          "60s", KNOB_DURATION, offsetof(struct settings, answer_timeout),
          SETTING_TIMEOUT_MIN, SECONDS(3600), false },
        { "paths", "procfs", "path.procfs", "Mount point of procfs.",
          "/proc", KNOB_STRING, offsetof(struct settings, procfs), 0, 0, true },
        { "paths", "sysfs", "path.sysfs", "Mount point of sysfs.",
          "/sys", KNOB_STRING, offsetof(struct settings, sysfs), 0, 0, true },
        { "paths", "cgroupfs", "path.cgroupfs", "Where the cgroup hierarchies are mounted.",
          "/sys/fs/cgroup", KNOB_STRING, offsetof(struct settings, cgroupfs), 0, 0, true },
        { "paths", "devfs", "path.devfs", "Where the devices are: the kernel's log is read from kmsg there, or from standard input if that is the log.",
          "/dev", KNOB_STRING, offsetof(struct settings, devfs), 0, 0, true },
        { "log", "level", "log.level", "Least severity that is logged.",
          "info", KNOB_LEVEL, offsetof(struct settings, log_level), 0, 0, false },
        { "log", "format", "log.format", "Form of what is logged on standard error; auto writes fields to the journal where standard "
          "error leads there, else logfmt.",
          "auto", KNOB_FORMAT, offsetof(struct settings, log_format), 0, 0, false },
        { "plugins", "directory", "path.plugins",
          "Directory of shared objects (*.so) that export a collector; empty for none.",
          "", KNOB_DIRECTORY, offsetof(struct settings, plugin_dir), 0, 0, false },
        { "schedule", "interval", NULL, "How often a collector runs.",
          "15s", KNOB_DURATION, offsetof(struct settings, interval),
          SETTING_INTERVAL_MIN, SETTING_INTERVAL_MAX, false },
        { "schedule", "deadline", NULL,
          "A run on a thread that takes longer than this is reported; a collector that runs inline, "
          "while scrapes wait, has no deadline, and is moved to a thread when it is slow.",
          "5s", KNOB_DURATION, offsetof(struct settings, deadline),
          1, SETTING_INTERVAL_MAX, false },
        { "schedule", "expiry", NULL,
          "A result older than this is no longer served; while it is not set, and for a collector "
          "whose own interval is longer than it, it is three times the interval, and 5m at least.",
          "5m", KNOB_DURATION, offsetof(struct settings, expiry),
          SETTING_INTERVAL_MIN, SETTING_EXPIRY_MAX, false },
        { "schedule", "min_age", NULL,
          "A scrape collects anew only what is older than this.",
          "1s", KNOB_DURATION, offsetof(struct settings, min_age), 0, SECONDS(3600), false },
};

const struct knob collector_knobs[] = {
        { NULL, "enabled", NULL, "Whether it runs at all.",
          NULL, KNOB_BOOL, offsetof(struct collector_settings, enabled), 0, 0, false },
        { NULL, "interval", "interval", "How often it runs.",
          NULL, KNOB_DURATION, offsetof(struct collector_settings, interval),
          SETTING_INTERVAL_MIN, SETTING_INTERVAL_MAX, false },
        { NULL, "deadline", "deadline", "A run on a thread that takes longer than this is reported.",
          NULL, KNOB_DURATION, offsetof(struct collector_settings, deadline),
          1, SETTING_INTERVAL_MAX, false },
        { NULL, "expiry", "expiry", "A result older than this is no longer served.",
          NULL, KNOB_DURATION, offsetof(struct collector_settings, expiry),
          SETTING_INTERVAL_MIN, SETTING_EXPIRY_MAX, false },
        { NULL, "max_series", "max_series", "Most series that one run may make.",
          NULL, KNOB_COUNT, offsetof(struct collector_settings, max_series),
          1, SETTING_SERIES_MAX, false },
};
/* clang-format on */

const size_t n_settings_knobs = MX_ARRAY_SIZE(settings_knobs);
const size_t n_collector_knobs = MX_ARRAY_SIZE(collector_knobs);
