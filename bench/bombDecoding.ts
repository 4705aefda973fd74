/** The process in which one file is made ready as a thread of the store does it; prints what came of it and what it took. */
import { readFileSync } from "node:fs";
import { storeFields } from "#mdr/store/index.js";
import { madeReady } from "#mdr/store/ready.js";
import type { BombMeasured } from "./bombs.js";

/** The most KiB that this process has had. Linux counts for `maxRSS` what the process that began it had, and says the truth elsewhere. */
const peak = (): number => {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? Number.NaN);
  } catch {
    return process.resourceUsage().maxRSS;
  }
};

const [path = ""] = process.argv.slice(2);
const base = peak();
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
  peak_mib: peak() / 1024,
  base_mib: base / 1024,
};
process.stdout.write(JSON.stringify(measured));
