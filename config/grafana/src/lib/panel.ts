// SPDX-License-Identifier: Apache-2.0
// The kinds of panels, each as plain data: what differs from one to the next is all that a dashboard says.
import { Builder } from "@grafana/grafana-foundation-sdk/cog";
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as heatmaps from "@grafana/grafana-foundation-sdk/heatmap";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stats from "@grafana/grafana-foundation-sdk/stat";
import * as tables from "@grafana/grafana-foundation-sdk/table";
import * as series from "@grafana/grafana-foundation-sdk/timeseries";

export const SOURCE: dashboard.DataSourceRef = { type: "prometheus", uid: "${datasource}" };

export type Panel = Builder<dashboard.Panel>;
/** An expression and what its series are called. */
export type Query = [expr: string, legend: string];
/** From which value on a colour holds; null is from the least. */
export type Steps = [color: string, from: number | null][];

export interface Link {
    title: string;
    url: string;
}

interface Common {
    title: string;
    /** What it is, from which counter of the kernel, and when to worry. */
    description: string;
    unit: string;
    /** Of the 24 columns, and of rows of 30 pixels. */
    w: number;
    h?: number;
    links?: Link[];
}

export interface Graph extends Common {
    queries: Query[];
    min?: number;
    max?: number;
    stack?: boolean;
    bars?: boolean;
    /** The names of series drawn as a dashed line over the others: limits, totals, watermarks. */
    limits?: RegExp;
    /** A link of every series. */
    link?: Link;
}

export interface Stat extends Common {
    query: Query;
    steps: Steps;
    none?: string;
    mappings?: dashboard.ValueMapping[];
}

export interface Column {
    title: string;
    expr: string;
    unit: string;
    steps?: Steps;
}

export interface Table extends Omit<Common, "unit"> {
    /** Labels that make a row, each a column of its own. */
    by: string[];
    columns: Column[];
    /** Links of the cells of a label's column; ${__value.raw} is the cell. */
    cells?: Record<string, Link>;
    /** The title of a column, largest first. */
    sort?: string;
    none?: string;
}

export interface Heatmap extends Common {
    query: string;
}

const GREEN: Steps = [["green", null]];

const link = (l: Link): dashboard.DashboardLinkBuilder =>
    new dashboard.DashboardLinkBuilder(l.title).type(dashboard.DashboardLinkType.Link).url(l.url);

const thresholds = (steps: Steps): dashboard.ThresholdsConfigBuilder =>
    new dashboard.ThresholdsConfigBuilder()
        .mode(dashboard.ThresholdsMode.Absolute)
        .steps(steps.map(([color, value]) => ({ color, value })));

const fixed = (mode: dashboard.FieldColorModeId): dashboard.FieldColorBuilder =>
    new dashboard.FieldColorBuilder().mode(mode);

function query(expr: string, at: number): prometheus.DataqueryBuilder {
    return new prometheus.DataqueryBuilder()
        .refId(String.fromCharCode("A".charCodeAt(0) + at))
        .datasource(SOURCE)
        .editorMode(prometheus.QueryEditorMode.Code)
        .expr(expr);
}

interface Settings<T> {
    title(title: string): T;
    description(description: string): T;
    span(w: number): T;
    height(h: number): T;
    datasource(source: dashboard.DataSourceRef): T;
    links(links: Builder<dashboard.DashboardLink>[]): T;
}

function head<T extends Settings<T>>(panel: T, c: Omit<Common, "unit">, h: number): T {
    panel
        .title(c.title)
        .description(c.description)
        .span(c.w)
        .height(c.h ?? h)
        .datasource(SOURCE);
    return c.links ? panel.links(c.links.map(link)) : panel;
}

export function graph(c: Graph): Panel {
    const panel = head(new series.PanelBuilder(), c, 9)
        .unit(c.unit)
        .colorScheme(fixed(dashboard.FieldColorModeId.PaletteClassic))
        .lineWidth(1)
        .fillOpacity(c.stack ? 40 : c.bars ? 60 : 10)
        .drawStyle(c.bars ? common.GraphDrawStyle.Bars : common.GraphDrawStyle.Line)
        .showPoints(common.VisibilityMode.Never)
        .spanNulls(false)
        .legend(
            new common.VizLegendOptionsBuilder()
                .displayMode(common.LegendDisplayMode.List)
                .placement(common.LegendPlacement.Bottom)
                .showLegend(true)
                .calcs([]),
        )
        .tooltip(
            new common.VizTooltipOptionsBuilder()
                .mode(common.TooltipDisplayMode.Multi)
                .sort(common.SortOrder.Descending),
        );
    c.queries.forEach(([expr, legend], i) => panel.withTarget(query(expr, i).range().legendFormat(legend)));
    if (c.stack) {
        panel.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group("A"));
    }
    if (c.min !== undefined) {
        panel.min(c.min);
    }
    if (c.max !== undefined) {
        panel.max(c.max);
    }
    if (c.link) {
        panel.dataLinks([link(c.link)]);
    }
    if (c.limits) {
        panel.overrideByRegexp(String(c.limits), [
            { id: "custom.stacking", value: { mode: common.StackingMode.None, group: "A" } },
            { id: "custom.fillOpacity", value: 0 },
            { id: "custom.lineStyle", value: { fill: "dash", dash: [10, 10] } },
        ]);
    }
    return panel;
}

export function stat(c: Stat): Panel {
    const panel = head(new stats.PanelBuilder(), c, 4)
        .unit(c.unit)
        .colorScheme(fixed(dashboard.FieldColorModeId.Thresholds))
        .thresholds(thresholds(c.steps))
        .noValue(c.none ?? "no data")
        .colorMode(common.BigValueColorMode.Value)
        .graphMode(common.BigValueGraphMode.None)
        .textMode(common.BigValueTextMode.Value)
        .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).fields("").values(false))
        .withTarget(query(c.query[0], 0).instant().legendFormat(c.query[1]));
    return c.mappings ? panel.mappings(c.mappings) : panel;
}

/** The columns of a table are queries for the same labels, joined by them. */
export function table(c: Table): Panel {
    const panel = head(new tables.PanelBuilder(), c, 9)
        .unit("short")
        .colorScheme(fixed(dashboard.FieldColorModeId.Thresholds))
        .thresholds(thresholds(GREEN))
        .noValue(c.none ?? "")
        .showHeader(true)
        .filterable(true);
    const names: Record<string, string> = {};
    c.columns.forEach((column, i) => {
        const target = query(`max by (${c.by.join(", ")}) (${column.expr})`, i);
        panel.withTarget(target.instant().format(prometheus.PromQueryFormat.Table));
        names[`Value #${String.fromCharCode("A".charCodeAt(0) + i)}`] = column.title;
        const properties: dashboard.DynamicConfigValue[] = [{ id: "unit", value: column.unit }];
        if (column.steps) {
            properties.push({ id: "thresholds", value: thresholds(column.steps).build() });
            properties.push({ id: "custom.cellOptions", value: { type: common.TableCellDisplayMode.ColorText } });
        }
        panel.overrideByName(column.title, properties);
    });
    names["Value"] = c.columns[0]?.title ?? "Value"; // as it is called where there is one query
    for (const [label, l] of Object.entries(c.cells ?? {})) {
        panel.overrideByName(label, [{ id: "links", value: [link(l).build()] }]);
    }
    panel.withTransformation({ id: "merge", options: {} });
    panel.withTransformation({
        id: "organize",
        options: { excludeByName: { Time: true }, indexByName: {}, renameByName: names },
    });
    return c.sort ? panel.sortBy([new common.TableSortByFieldStateBuilder().displayName(c.sort).desc(true)]) : panel;
}

/** Of a classic histogram: the query sums increases by (le). */
export function heatmap(c: Heatmap): Panel {
    return head(new heatmaps.PanelBuilder(), c, 10)
        .unit("short")
        .calculate(false)
        .yAxis(new heatmaps.YAxisConfigBuilder().unit(c.unit).axisPlacement(common.AxisPlacement.Left))
        .rowsFrame(new heatmaps.RowsHeatmapOptionsBuilder().layout(common.HeatmapCellLayout.Auto))
        .color(
            new heatmaps.HeatmapColorOptionsBuilder()
                .mode(heatmaps.HeatmapColorMode.Scheme)
                .scheme("Oranges")
                .scale(heatmaps.HeatmapColorScale.Exponential)
                .exponent(0.5)
                .steps(64)
                .reverse(false),
        )
        .filterValues(new heatmaps.FilterValueRangeBuilder().le(1e-9))
        .cellGap(0)
        .mode(common.TooltipDisplayMode.Single)
        .showYHistogram()
        .showLegend()
        .withTarget(query(c.query, 0).range().format(prometheus.PromQueryFormat.Heatmap).legendFormat("{{le}}"));
}
