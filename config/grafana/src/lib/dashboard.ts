// SPDX-License-Identifier: Apache-2.0
// What all dashboards share: variables, links among them, annotations, and how panels make a page.
import { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { Link, Panel, SOURCE } from "./panel";
import { host, increase, select } from "./query";

const TAG = "memory_exporter";

/** Every dashboard, by its file: the uid is what links, bookmarks and provisioning know it by, and stays. */
export const UIDS = {
    "host-overview": "memory-exporter-host",
    zones: "memory-exporter-zones",
    numa: "memory-exporter-numa",
    reclaim: "memory-exporter-reclaim",
    processes: "memory-exporter-processes",
    units: "memory-exporter-units",
    slab: "memory-exporter-slab",
    huge: "memory-exporter-huge",
    compressed: "memory-exporter-compressed",
    shared: "memory-exporter-shared",
    hardware: "memory-exporter-hardware",
    fleet: "memory-exporter-fleet",
    exporter: "memory-exporter-exporter",
} as const;
export type File = keyof typeof UIDS;

/** To another dashboard, with the variables and the time of this one. */
export const to = (file: File, title: string): Link => ({
    title,
    url: `/d/${UIDS[file]}?\${__url_time_range}&\${__all_variables}`,
});

const with_ = (file: File, title: string, more: string): Link => ({
    title,
    url: `/d/${UIDS[file]}?\${__url_time_range}&var-datasource=\${datasource}&var-job=\${job}&${more}`,
});

/** To the dashboard of the host that a cell of the column instance names. */
export const toHostOfCell: Link = with_("host-overview", "Host ${__value.raw}", "var-instance=${__value.raw}");
/** To the dashboard of the host that a series is of. */
export const toHostOfSeries: Link = with_("host-overview", "Host", "var-instance=${__field.labels.instance}");
/** To the unit that a series is of. */
export const toUnitOfSeries: Link = with_(
    "units",
    "${__field.labels.unit}",
    "var-instance=${instance}&var-unit=${__field.labels.unit:percentencode}",
);
/** To the cgroup that a series is of. */
export const toCgroupOfSeries: Link = with_(
    "units",
    "${__field.labels.cgroup}",
    "var-instance=${instance}&var-cgroup=${__field.labels.cgroup:percentencode}",
);

function variable(name: string, label: string, query: string): dashboard.QueryVariableBuilder {
    return new dashboard.QueryVariableBuilder(name)
        .label(label)
        .datasource(SOURCE)
        .query({ query, refId: "Variable" })
        .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
        .sort(dashboard.VariableSort.AlphabeticalAsc)
        .multi(false)
        .includeAll(false);
}

const manyOf = (v: dashboard.QueryVariableBuilder): dashboard.QueryVariableBuilder =>
    v
        .multi(true)
        .includeAll(true)
        .allValue(".*")
        .current({ selected: true, text: ["All"], value: ["$__all"] });

const source = new dashboard.DatasourceVariableBuilder("datasource").label("Data source").type("prometheus");
const job = variable("job", "Job", "label_values(memory_exporter_build_info, job)");
const ofJob = (name: string): string => `label_values(${select('job="$job"', name)}`;
const instanceQuery = `${ofJob("memory_exporter_build_info")}, instance)`;

/** What a dashboard may be asked for beside the data source and the job. */
export const variables = {
    instance: variable("instance", "Instance", instanceQuery),
    instances: manyOf(variable("instance", "Instance", instanceQuery)),
    role: manyOf(variable("role", "Role", `${ofJob("up{}")}, role)`)),
    node: manyOf(variable("node", "Node", `label_values(${host("memory_zone_managed_bytes")}, node)`)),
    zone: manyOf(
        variable(
            "zone",
            "Zone",
            `label_values(${select('job="$job",instance="$instance",node=~"$node"', "memory_zone_free_bytes")}, zone)`,
        ),
    ),
    unit: manyOf(variable("unit", "Unit", `label_values(${host('memory_cgroup_current_bytes{unit!=""}')}, unit)`)),
    cgroup: variable("cgroup", "Cgroup", `label_values(${host('memory_cgroup_current_bytes{unit=~"$unit"}')}, cgroup)`),
};

/** Fields that Grafana's Prometheus data source reads and the kit does not type. */
interface Annotation extends dashboard.AnnotationQuery {
    titleFormat: string;
    textFormat: string;
    tagKeys: string;
    useValueForTime: boolean;
}

/** Where the value is above 0; with atValue at the moment, in milliseconds, that the value is. */
function annotation(
    name: string,
    color: string,
    expr: string,
    text: string,
    tags: string,
    atValue = false,
): Builder<Annotation> {
    const base = new dashboard.AnnotationQueryBuilder()
        .name(name)
        .datasource(SOURCE)
        .enable(true)
        .hide(false)
        .iconColor(color)
        .expr(expr);
    return {
        build: () => ({
            ...base.build(),
            titleFormat: name,
            textFormat: text,
            tagKeys: tags,
            useValueForTime: atValue,
        }),
    };
}

/** A host's, drawn over all its graphs. */
const events = [
    annotation(
        "OOM kill",
        "red",
        host("1000 * memory_oom_last_kill_timestamp_seconds"),
        "{{comm}} {{unit}}",
        "unit,comm",
        true,
    ),
    // The second is for kernels and privileges that leave no log to read.
    annotation(
        "OOM kill, unnamed",
        "dark-red",
        host(
            `${increase("memory_oom_unexplained_kills_total")} or on (instance) ${increase("memory_vmstat_oom_kill_total")}`,
        ),
        "not explained by the kernel's log",
        "",
    ),
    annotation(
        "Below the min watermark",
        "orange",
        host(increase("memory_zone_watermark_min_breaches_total")),
        "node {{node}} zone {{zone}}",
        "node,zone",
    ),
    annotation("Exporter started", "blue", host("1000 * memory_exporter_start_time_seconds"), "", "", true),
];

export interface Page {
    file: File;
    title: string;
    description: string;
    variables: Builder<dashboard.VariableModel>[];
    /** Whether it is of one host, so that the host's events are drawn. */
    events: boolean;
    from?: string;
    rows: [title: string, panels: Panel[]][];
}

/** The dashboard as Grafana imports it: panels numbered in their order, from 1. */
export function build(page: Page): dashboard.Dashboard {
    const builder = new dashboard.DashboardBuilder(`Memory: ${page.title}`)
        .uid(UIDS[page.file])
        .description(page.description)
        .tags(["memory", TAG])
        .editable()
        .tooltip(dashboard.DashboardCursorSync.Crosshair)
        .timezone("browser")
        .refresh("30s")
        .time({ from: page.from ?? "now-6h", to: "now" })
        .version(1)
        .variables([source, job, ...page.variables])
        .annotations(page.events ? events : [])
        .link(
            new dashboard.DashboardLinkBuilder("Memory dashboards")
                .type(dashboard.DashboardLinkType.Dashboards)
                .tags([TAG])
                .asDropdown(true)
                .includeVars(true)
                .keepTime(true),
        );
    for (const [title, panels] of page.rows) {
        builder.withRow(new dashboard.RowBuilder(title));
        panels.forEach((panel) => builder.withPanel(panel));
    }
    const built = builder.build();
    built.panels?.forEach((panel, i) => {
        panel.id = i + 1;
    });
    return built;
}
