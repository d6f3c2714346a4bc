// SPDX-License-Identifier: Apache-2.0
// PromQL as it is written by hand, without the labels that every metric of a dashboard is selected by: those are added here.

const METRIC =
    /"(?:[^"\\]|\\.)*"|(?<![\w:$])(?:[a-z_]+:)?(?:memory|scrape)_[a-z0-9_]+(?::[a-z0-9_]+)?(?:\{[^}]*\})?|(?<![\w)\]])(?:up|ALERTS)?\{[^}]*\}/g;

/** Adds matchers to every selector of an expression. A selector is a metric's name, or what has braces. */
export function select(matchers: string, expr: string): string {
    return expr
        .replace(/\s+/g, " ")
        .trim()
        .replace(METRIC, (found) => {
            if (found.startsWith('"')) {
                return found;
            }
            const brace = found.indexOf("{");
            const name = brace < 0 ? found : found.slice(0, brace);
            const own = brace < 0 ? "" : found.slice(brace + 1, -1);
            return `${name}{${matchers}${own === "" ? "" : ","}${own}}`;
        });
}

const HOST = 'job="$job",instance="$instance"';

/** Of the host that is chosen. */
export const host = (expr: string): string => select(HOST, expr);
/** Of the nodes that are chosen; every metric of the expression has a label node. */
export const nodes = (expr: string): string => select(`${HOST},node=~"$node"`, expr);
/** Of the zones that are chosen; every metric of the expression has the labels node and zone. */
export const zones = (expr: string): string => select(`${HOST},node=~"$node",zone=~"$zone"`, expr);
/** Of the units that are chosen: with All also of what belongs to no unit. */
export const units = (expr: string): string => select(`${HOST},unit=~"$unit"`, expr);
/**
 * Of the one cgroup that is chosen, as it is: between quotes PromQL would read the \x2d of a systemd name as a dash, and Grafana
 * escapes backslashes only where it is told to.
 */
export const cgroup = (expr: string): string => select(`${HOST},cgroup=\`\${cgroup:raw}\``, expr);
/** Of the roles that are chosen; with All also of hosts without one. */
export const fleet = (expr: string): string => select('job="$job",role=~"$role"', expr);
/** Of the instances that are chosen. */
export const instances = (expr: string): string => select('job="$job",instance=~"$instance"', expr);

export const rate = (counter: string): string => `rate(${counter}[$__rate_interval])`;
export const increase = (counter: string): string => `increase(${counter}[$__rate_interval])`;
/** How often, in the time shown: without the fraction by which Prometheus stretches what it saw to that time. */
export const times = (counter: string, of = ""): string => `round(${of}(increase(${counter}[$__range])))`;

/** A counter as a rate, and under the name that it has elsewhere (other kernels, cgroup v1) where it has not the first. */
export const rateOr = (counter: string, ...others: string[]): string => [counter, ...others].map(rate).join(" or ");

/** A metric that some kernels do not have, as a part of a sum: 0 there, by the labels of one that is always there. */
export const orZero = (metric: string, always: string): string => `(${metric} or 0 * ${always})`;

/**
 * The largest of a gauge over the whole time shown, each drawn throughout. topk alone chooses anew at every step, which draws
 * many more series than asked for, and pieces of each.
 */
export const top = (n: number, gauge: string): string =>
    `${gauge} and topk(${n}, max_over_time(${gauge}[$__range] @ end()))`;
/**
 * The same of what a label names, where several series have it, one within the other: its largest. (The app.slice of a user's
 * manager has the manager's unit.)
 */
export const topBy = (n: number, label: string, gauge: string): string => {
    const by = `max by (job, instance, ${label})`;
    return `${by} (${gauge}) and topk(${n}, ${by} (max_over_time(${gauge}[$__range] @ end())))`;
};
/** The same of an expression, looked at in steps as wide as those drawn. */
export const topOf = (n: number, expr: string): string =>
    `(${expr}) and topk(${n}, max_over_time((${expr})[$__range:$__interval] @ end()))`;
/** The same of a counter's rate. */
export const topRate = (n: number, counter: string): string =>
    `${rate(counter)} and topk(${n}, rate(${counter}[$__range] @ end()))`;

const ZONES = ["dma", "dma32", "normal", "high", "movable", "device"];

/** The rate of a counter of /proc/vmstat that some kernels have once and some once for each zone: the sum of those. */
export function overZones(before: string, after: string): string {
    const zone = (z: string): string => `label_replace(${rate(`${before}_${z}${after}`)}, "zone", "${z}", "", "")`;
    return `(${rate(before + after)} or sum without (zone) (${ZONES.map(zone).join(" or ")}))`;
}
