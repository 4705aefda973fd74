/** The process in which one file is made ready as a thread of the store does it; prints what came of it and what it took. */
import { storeFields } from "#mdr/store/index.js";
import { madeReady } from "#mdr/store/ready.js";
import type { BombMeasured } from "./bombs.js";

const [path = ""] = process.argv.slice(2);
const base = process.resourceUsage().maxRSS;
const began = process.cpuUsage();
const start = performance.now();
const readying = { side: 256, filter: "lanczos", maxPixels: storeFields.maxPixels.parse(undefined) } as const;
const made = madeReady({ path, readying, known: undefined });
const { user, system } = process.cpuUsage(began);
const measured: BombMeasured = {
  outcome: made.kind === "bad" ? (made.why.replace("cannot be used: ", "").split(/[:.] /)[0] ?? "") : made.kind,
  refused: made.kind === "bad",
  seconds: (performance.now() - start) / 1000,
  processor_seconds: (user + system) / 1e6,
  peak_mib: process.resourceUsage().maxRSS / 1024,
  base_mib: base / 1024,
};
process.stdout.write(JSON.stringify(measured));
