// SPDX-License-Identifier: Apache-2.0
import { Page, to, toHostOfCell, toHostOfSeries, variables } from "./lib/dashboard";
import { graph, heatmap, stat, table } from "./lib/panel";
import * as parts from "./lib/parts";
import { fleet as of, increase, rate, times } from "./lib/query";

const USUAL = "Needs the recording rules of fleet.yml.";
const CELLS = { instance: toHostOfCell };

/** Of all moments of all hosts of a role: sums of buckets lose nothing, as an average of quantiles would. */
const quantile = (q: number): string =>
    of(`histogram_quantile(${q}, sum by (role, le) (${rate("memory_watch_available_ratio_bucket")}))`);

export const fleet: Page = {
    file: "fleet",
    title: "fleet baseline",
    description:
        "All hosts of a job by role: how much memory there is, which hosts are unlike the others of their role, and whose settings differ. The tables of outliers and drift and the recorded quantiles need the rules of rules.yml and fleet.yml; the rest does not. The label role is the scrape configuration's; hosts without one are one group.",
    variables: [variables.role],
    events: false,
    from: "now-24h",
    rows: [
        [
            "Now",
            [
                stat({
                    title: "Hosts",
                    description: "Targets that answered the last scrape (up).",
                    unit: "short",
                    w: 4,
                    query: [of("sum(up{})"), "up"],
                    steps: parts.PLAIN,
                }),
                stat({
                    title: "Silent",
                    description: "Targets that did not answer the last scrape. A host that thrashes is one of them.",
                    unit: "short",
                    w: 4,
                    query: [of("sum(1 - up{})"), "down"],
                    steps: parts.ANY,
                }),
                stat({
                    title: "Hosts short of memory",
                    description: "Hosts with less than a tenth of their memory available (MemAvailable).",
                    unit: "short",
                    w: 4,
                    query: [of(`sum(${parts.available} < bool 0.1)`), "hosts"],
                    steps: parts.ANY,
                }),
                stat({
                    title: "Hosts that wait",
                    description:
                        "Hosts on which no task got on for more than a hundredth of the time, as all of them waited for memory (pressure, full).",
                    unit: "short",
                    w: 4,
                    query: [of(`sum(${rate("memory_pressure_full_seconds_total")} > bool 0.01)`), "hosts"],
                    steps: parts.ANY,
                }),
                stat({
                    title: "OOM kills",
                    description: "Processes killed by the OOM killer on all hosts in the time shown.",
                    unit: "short",
                    w: 4,
                    query: [of(times("memory_vmstat_oom_kill_total", "sum")), "kills"],
                    steps: parts.ANY,
                }),
                stat({
                    title: "Memory",
                    description: "Memory of all hosts together (MemTotal).",
                    unit: "bytes",
                    w: 4,
                    query: [of("sum(memory_meminfo_mem_total_bytes)"), "memory"],
                    steps: parts.PLAIN,
                }),
            ],
        ],
        [
            "Available memory",
            [
                heatmap({
                    title: "Moments by available memory",
                    description:
                        "How much of its memory each host had available from moment to moment, many a second, all hosts together (the histogram memory_watch_available_ratio, sampled). A second band, or a tail towards 0, is hosts unlike the rest: choose a role to see which kind.",
                    unit: "percentunit",
                    w: 12,
                    h: 11,
                    query: of(`sum by (le) (${increase("memory_watch_available_ratio_bucket")})`),
                }),
                graph({
                    title: "Available, by role",
                    description:
                        "The median, and what the worst hundredth of all moments of a role's hosts had at most, of the host's memory (sampled). The distance between the two is the role's room for peaks.",
                    unit: "percentunit",
                    w: 12,
                    h: 11,
                    min: 0,
                    max: 1,
                    limits: /worst/,
                    queries: [
                        [quantile(0.5), "{{role}} median"],
                        [quantile(0.01), "{{role}} worst 1 %"],
                    ],
                }),
                graph({
                    title: "Spread within a role",
                    description: `Median of the hosts' available memory, the host that a twentieth is below, and the median distance from the median (MAD). A wide spread makes outliers hard to tell. ${USUAL}`,
                    unit: "percentunit",
                    w: 12,
                    min: 0,
                    limits: /MAD/,
                    queries: [
                        [of("role:memory_available:ratio_q50"), "{{role}} median"],
                        [of("role:memory_available:ratio_q05"), "{{role}} 5 %"],
                        [of("role:memory_available:ratio_mad"), "{{role}} MAD"],
                    ],
                }),
                graph({
                    title: "Worst moments over an hour, a day, a week",
                    description: `What the worst hundredth of all moments of a role had available at most, over longer and longer times (sampled). An hour below the week is a new low. ${USUAL}`,
                    unit: "percentunit",
                    w: 12,
                    min: 0,
                    queries: ["1h", "1d", "1w"].map((t): [string, string] => [
                        of(`role:memory_watch_available:ratio_q01_${t}`),
                        `{{role}} ${t}`,
                    ]),
                }),
            ],
        ],
        [
            "Outliers",
            [
                table({
                    title: "Hosts unlike their role",
                    description: `Robust deviations from the median of the role, in units of its spread (MAD), by signal; 0 is the median, beyond 5 it is hardly chance. Follow the instance to the host. ${USUAL}`,
                    w: 14,
                    h: 12,
                    by: ["instance", "role", "signal"],
                    sort: "distance",
                    none: "no baseline yet",
                    cells: CELLS,
                    columns: [
                        {
                            title: "deviation",
                            expr: of(
                                "instance:memory_baseline:deviation and topk(30, abs(instance:memory_baseline:deviation))",
                            ),
                            unit: "none",
                        },
                        {
                            title: "distance",
                            expr: of("topk(30, abs(instance:memory_baseline:deviation))"),
                            unit: "none",
                            steps: [
                                ["green", null],
                                ["orange", 3],
                                ["red", 5],
                            ],
                        },
                    ],
                }),
                table({
                    title: "Against the same hour last week",
                    description: `Each signal of a host now, of what it was at the same hour a week ago; 1 is no change. Hosts that joined since have none. ${USUAL}`,
                    w: 10,
                    h: 12,
                    by: ["instance", "role", "signal"],
                    sort: "now of then",
                    none: "nothing from last week",
                    cells: CELLS,
                    columns: [
                        {
                            title: "now of then",
                            expr: of("topk(30, instance:memory_baseline:week_ago_ratio)"),
                            unit: "none",
                        },
                    ],
                }),
                graph({
                    title: "Farthest from their role",
                    description: `Deviations of the hosts that came farthest from the median of their role, by signal, over time: whether it is new, and whether it grows. ${USUAL}`,
                    unit: "none",
                    w: 24,
                    queries: [
                        [
                            of(
                                "instance:memory_baseline:deviation and topk(10, max_over_time(abs(instance:memory_baseline:deviation)[$__range:$__interval] @ end()))",
                            ),
                            "{{instance}} {{signal}}",
                        ],
                    ],
                    link: toHostOfSeries,
                }),
            ],
        ],
        [
            "Settings",
            [
                table({
                    title: "Drift of settings",
                    description: `Settings of /proc/sys/vm in which a host differs from most of its role, and what it has: the value, or 1 for a mode. Empty is how it should be. ${USUAL}`,
                    w: 12,
                    h: 10,
                    by: ["instance", "role", "setting", "mode"],
                    none: "all hosts agree",
                    cells: CELLS,
                    columns: [{ title: "value", expr: of("instance:memory_vm_setting:drift"), unit: "none" }],
                }),
                table({
                    title: "Modes",
                    description:
                        "How many hosts have which mode of the memory settings below /sys/kernel/mm: a few that differ are worth a look.",
                    w: 6,
                    h: 10,
                    by: ["setting", "mode"],
                    columns: [
                        {
                            title: "hosts",
                            expr: of("count by (setting, mode) (memory_vm_mode_info == 1)"),
                            unit: "short",
                        },
                    ],
                }),
                table({
                    title: "Versions",
                    description: "Versions of the exporter that run on the hosts.",
                    w: 6,
                    h: 10,
                    by: ["version"],
                    columns: [
                        { title: "hosts", expr: of("count by (version) (memory_exporter_build_info)"), unit: "short" },
                    ],
                    links: [to("exporter", "Exporter health")],
                }),
            ],
        ],
        [
            "Hosts",
            [
                table({
                    title: "Least available",
                    description:
                        "The hosts with least memory available now, with what presses on them. Follow the instance to the host.",
                    w: 16,
                    h: 12,
                    by: ["instance", "role"],
                    cells: CELLS,
                    columns: [
                        {
                            title: "available",
                            expr: of(`bottomk(30, ${parts.available})`),
                            unit: "percentunit",
                            steps: parts.LITTLE,
                        },
                        ...[
                            { title: "memory", expr: "memory_meminfo_mem_total_bytes", unit: "bytes" },
                            {
                                title: "pressure, full",
                                expr: rate("memory_pressure_full_seconds_total"),
                                unit: "percentunit",
                                steps: parts.PRESSURE,
                            },
                            { title: "swapped in", expr: rate("memory_swap_in_bytes_total"), unit: "binBps" },
                        ].map((c) => ({
                            ...c,
                            expr: of(`${c.expr} and on (instance) bottomk(30, ${parts.available})`),
                        })),
                    ],
                }),
                table({
                    title: "Silent hosts",
                    description: "Targets that did not answer the last scrape, and what Prometheus knows of them.",
                    w: 8,
                    h: 12,
                    by: ["instance", "role"],
                    none: "all answer",
                    cells: CELLS,
                    columns: [{ title: "up", expr: of("up{} == 0"), unit: "none" }],
                }),
                table({
                    title: "Alerts that fire",
                    description:
                        "Alerts of this job that fire now, as Prometheus evaluates them; the runbook of each is named in its annotations.",
                    w: 24,
                    by: ["alertname", "severity", "instance", "role", "unit"],
                    none: "none",
                    cells: CELLS,
                    columns: [
                        {
                            title: "firing",
                            expr: of('ALERTS{alertname=~"Memory.+",alertstate="firing"}'),
                            unit: "none",
                        },
                    ],
                }),
            ],
        ],
    ],
};
