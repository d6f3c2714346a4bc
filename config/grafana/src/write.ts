// SPDX-License-Identifier: Apache-2.0
// node write.js OUT: writes every dashboard to OUT, as JSON that can be imported as it is.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, Page } from "./lib/dashboard";
import { compressed } from "./compressed";
import { exporter } from "./exporter";
import { fleet } from "./fleet";
import { hardware } from "./hardware";
import { host } from "./host-overview";
import { huge } from "./huge";
import { numa } from "./numa";
import { processes } from "./processes";
import { reclaim } from "./reclaim";
import { shared } from "./shared";
import { slab } from "./slab";
import { units } from "./units";
import { zones } from "./zones";

const out = process.argv[2];
if (out === undefined) {
    throw new Error("write.js OUT: the folder to write to");
}
const pages: Page[] = [
    host,
    zones,
    numa,
    reclaim,
    processes,
    units,
    slab,
    huge,
    compressed,
    shared,
    hardware,
    fleet,
    exporter,
];
mkdirSync(out, { recursive: true });
for (const page of pages) {
    writeFileSync(join(out, `${page.file}.json`), `${JSON.stringify(build(page), null, 2)}\n`);
}
