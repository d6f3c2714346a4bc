// SPDX-License-Identifier: Apache-2.0
import { Page, toHostOfCell, toHostOfSeries, variables } from "./lib/dashboard";
import { graph, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { instances as of, increase, rate, times, top, topOf, topRate } from "./lib/query";

const CELLS = { instance: toHostOfCell };
const COLLECTOR = "{{instance}} {{collector}}";

export const exporter: Page = {
    file: "exporter",
    title: "exporter health",
    description:
        "Whether memory_exporter works on the instances chosen, what it left out, and what it costs. Needs no recording rules. With many instances, graphs draw the ten that stand out.",
    variables: [variables.instances],
    events: false,
    rows: [
        [
            "Now",
            [
                stat({
                    title: "Answering",
                    description: "Share of the chosen targets that answered the last scrape (up).",
                    unit: "percentunit",
                    w: 4,
                    query: [of("avg(up{})"), "up"],
                    steps: [
                        ["red", null],
                        ["green", 1],
                    ],
                }),
                stat({
                    title: "Collectors not well",
                    description:
                        "Collectors whose last run failed or is past its deadline, on all chosen instances. Those that a host has nothing for do not count.",
                    unit: "short",
                    w: 4,
                    query: [of(parts.notWell), "collectors"],
                    steps: parts.ANY,
                }),
                stat({
                    title: "Oldest that is served",
                    description:
                        "Age of the oldest result of a collector that is served, since its run began. Collectors run every 15 s by default.",
                    unit: "s",
                    w: 4,
                    query: [of("max(memory_exporter_collector_age_seconds)"), "age"],
                    steps: [
                        ["green", null],
                        ["orange", 60],
                        ["red", 300],
                    ],
                }),
                stat({
                    title: "Series left out",
                    description:
                        "Series that caps left out in the time shown. What is folded into other is not lost; this is.",
                    unit: "short",
                    w: 4,
                    query: [of(times("memory_exporter_collector_dropped_series_total", "sum")), "series"],
                    steps: parts.ANY,
                }),
                stat({
                    title: "Bad configuration",
                    description:
                        "Instances whose last attempt to load their configuration, or that of the web server, failed: they go on with the old one.",
                    unit: "short",
                    w: 4,
                    query: [
                        of(
                            `sum(1 - memory_exporter_config_last_reload_successful > 0
 or 1 - memory_exporter_web_config_last_reload_successful > 0
 or 0 * memory_exporter_config_last_reload_successful)`,
                        ),
                        "instances",
                    ],
                    steps: parts.ANY,
                }),
                stat({
                    title: "Certificate ends in",
                    description:
                        "Time until the first certificate that is served ends. The exporter goes on with it; Prometheus does not.",
                    unit: "s",
                    w: 4,
                    query: [
                        of("min(memory_exporter_tls_certificate_not_after_timestamp_seconds) - time()"),
                        "certificate",
                    ],
                    steps: [
                        ["red", null],
                        ["orange", 7 * 86400],
                        ["green", 30 * 86400],
                    ],
                    none: "no TLS",
                }),
            ],
        ],
        [
            "Collectors",
            [
                graph({
                    title: "Not well",
                    description:
                        "1 where the last run of a collector failed or is past its deadline now; only those are drawn that were so in the time shown.",
                    unit: "none",
                    w: 8,
                    min: 0,
                    queries: [
                        [of(topOf(10, "1 - memory_exporter_collector_success")), `${COLLECTOR} failed`],
                        [of(top(10, "memory_exporter_collector_overdue")), `${COLLECTOR} overdue`],
                    ],
                    link: toHostOfSeries,
                }),
                graph({
                    title: "Age of what is served",
                    description:
                        "Time since the run began whose result was served, of the oldest. More than a few intervals of a collector is one that hangs.",
                    unit: "s",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_exporter_collector_age_seconds")), COLLECTOR]],
                    link: toHostOfSeries,
                }),
                graph({
                    title: "Failures and timeouts",
                    description:
                        "Runs that failed, and runs that were past their deadline, of the collectors with most.",
                    unit: "short",
                    w: 8,
                    min: 0,
                    bars: true,
                    queries: [
                        [
                            of(
                                `${increase("memory_exporter_collector_failures_total")} and topk(10, increase(memory_exporter_collector_failures_total[$__range] @ end()))`,
                            ),
                            `${COLLECTOR} failed`,
                        ],
                        [
                            of(
                                `${increase("memory_exporter_collector_timeouts_total")} and topk(10, increase(memory_exporter_collector_timeouts_total[$__range] @ end()))`,
                            ),
                            `${COLLECTOR} timed out`,
                        ],
                    ],
                    link: toHostOfSeries,
                }),
                graph({
                    title: "Duration of runs",
                    description:
                        "Time that the last run took, of the slowest collectors. A scrape waits for those that run when scraped; others run on threads that it does not wait for.",
                    unit: "s",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_exporter_collector_duration_seconds")), COLLECTOR]],
                    link: toHostOfSeries,
                }),
                graph({
                    title: "Left out, unknown, invalid",
                    description:
                        "Per second: series left out by caps; distinct fields of the kernel that this version has no description of; values that could not be read or cannot be true.",
                    unit: "ops",
                    w: 8,
                    min: 0,
                    queries: [
                        [of(`sum(${rate("memory_exporter_collector_dropped_series_total")})`), "series left out"],
                        [of(`sum(${rate("memory_exporter_collector_unknown_fields_total")})`), "unknown fields"],
                        [of(`sum(${rate("memory_exporter_collector_invalid_values_total")})`), "invalid values"],
                    ],
                }),
                graph({
                    title: "Series by collector",
                    description:
                        "Series that are served, by collector, on all chosen instances together: what Prometheus has to store.",
                    unit: "short",
                    w: 8,
                    min: 0,
                    stack: true,
                    queries: [[of("sum by (collector) (memory_exporter_collector_series)"), "{{collector}}"]],
                }),
            ],
        ],
        [
            "Sampling between scrapes",
            [
                graph({
                    title: "Not observed",
                    description:
                        "Share of time that the samples of watermarks and pressure say nothing about, as one failed or came late. What happened then is in no sampled counter.",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    queries: [[of(topRate(10, "memory_watch_unobserved_seconds_total")), "{{instance}}"]],
                    link: toHostOfSeries,
                }),
                graph({
                    title: "Period of the looks",
                    description:
                        "Time between two looks that collectors really keep: as set, or longer to stay within their budget of CPU time.",
                    unit: "s",
                    w: 8,
                    min: 0,
                    queries: [[of(top(10, "memory_exporter_collector_watch_period_seconds")), COLLECTOR]],
                }),
                graph({
                    title: "CPU of the looks",
                    description: "CPU time that the looks between runs take, wake-ups included, of one CPU.",
                    unit: "percentunit",
                    w: 8,
                    min: 0,
                    queries: [[of(topRate(10, "memory_exporter_collector_watch_cpu_seconds_total")), COLLECTOR]],
                }),
            ],
        ],
        [
            "What it costs",
            [
                graph({
                    title: "CPU",
                    description: "CPU time of the exporter, user and system, of one CPU, of the instances with most.",
                    unit: "percentunit",
                    w: 6,
                    min: 0,
                    queries: [[of(topRate(10, "memory_exporter_cpu_seconds_total")), "{{instance}}"]],
                    link: toHostOfSeries,
                }),
                graph({
                    title: "Resident memory",
                    description:
                        "Resident memory of the exporter (VmRSS), of the instances with most. Most of it is locked, so that it answers when memory is short.",
                    unit: "bytes",
                    w: 6,
                    min: 0,
                    queries: [[of(top(10, "memory_exporter_resident_memory_bytes")), "{{instance}}"]],
                    link: toHostOfSeries,
                }),
                graph({
                    title: "Duration of scrapes",
                    description:
                        "Time that scrapes took as Prometheus saw it, of the slowest. At scrape_timeout a host is down for Prometheus.",
                    unit: "s",
                    w: 6,
                    min: 0,
                    queries: [[of(top(10, "scrape_duration_seconds")), "{{instance}}"]],
                    link: toHostOfSeries,
                }),
                graph({
                    title: "Samples of a scrape",
                    description: "Samples that a scrape of an instance brings, of those with most.",
                    unit: "short",
                    w: 6,
                    min: 0,
                    queries: [[of(top(10, "scrape_samples_scraped")), "{{instance}}"]],
                    link: toHostOfSeries,
                }),
                graph({
                    title: "Open files",
                    description: "Open file descriptors of their limit, of the instances nearest to it.",
                    unit: "percentunit",
                    w: 6,
                    min: 0,
                    queries: [
                        [of(topOf(10, "memory_exporter_open_files / memory_exporter_max_open_files")), "{{instance}}"],
                    ],
                }),
                graph({
                    title: "Requests",
                    description:
                        "Requests answered per second, by status code, on all chosen instances: 401 is a password that is wrong, 503 one that was turned away.",
                    unit: "reqps",
                    w: 6,
                    min: 0,
                    queries: [
                        [of(`sum by (code) (${rate("memory_exporter_http_requests_total")})`), "{{code}}"],
                        [of(`sum(${rate("memory_exporter_http_requests_turned_away_total")})`), "turned away"],
                    ],
                }),
                graph({
                    title: "Connections",
                    description:
                        "Open connections of the instances with most. Far more than there are Prometheus servers is a client that does not close.",
                    unit: "short",
                    w: 6,
                    min: 0,
                    queries: [[of(top(10, "memory_exporter_http_connections")), "{{instance}}"]],
                }),
                graph({
                    title: "Log lines lost",
                    description:
                        "Log entries that neither the journal nor the reader of standard error took in time: what the log says is not all.",
                    unit: "short",
                    w: 6,
                    min: 0,
                    bars: true,
                    queries: [[of(`sum(${increase("memory_exporter_log_lines_lost_total")})`), "lines"]],
                }),
            ],
        ],
        [
            "Instances",
            [
                table({
                    title: "Collectors by instance",
                    description:
                        "Every supported collector of the chosen instances, now: whether it works, how old its result is, and what it brings.",
                    w: 16,
                    h: 12,
                    by: ["instance", "collector"],
                    sort: "age",
                    cells: CELLS,
                    columns: [
                        { title: "works", expr: of("memory_exporter_collector_success"), unit: "bool_yes_no" },
                        { title: "age", expr: of("memory_exporter_collector_age_seconds"), unit: "s" },
                        {
                            title: "run",
                            expr: of(
                                "memory_exporter_collector_duration_seconds and memory_exporter_collector_success",
                            ),
                            unit: "s",
                        },
                        {
                            title: "series",
                            expr: of("memory_exporter_collector_series and memory_exporter_collector_success"),
                            unit: "short",
                        },
                        {
                            title: "size",
                            expr: of("memory_exporter_collector_bytes and memory_exporter_collector_success"),
                            unit: "bytes",
                        },
                    ],
                }),
                table({
                    title: "Versions and starts",
                    description:
                        "What runs where, and since when. An exporter that started by itself lately is one to ask its log about.",
                    w: 8,
                    h: 12,
                    by: ["instance", "version"],
                    sort: "started",
                    cells: CELLS,
                    columns: [
                        {
                            title: "started",
                            expr: of(
                                "1000 * memory_exporter_start_time_seconds * on (job, instance) group_left (version) memory_exporter_build_info",
                            ),
                            unit: "dateTimeAsIso",
                        },
                    ],
                }),
            ],
        ],
    ],
};
