/** `npm run bench -- bombs`: files that cost more than they seem to, each made ready in a process of its own. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bombs } from "./bombKinds.js";

/** What the child process says. */
export interface BombMeasured {
  readonly outcome: string;
  readonly refused: boolean;
  readonly seconds: number;
  /** Of all threads of the process: seconds of a machine that does nothing else. */
  readonly processor_seconds: number;
  readonly peak_mib: number;
  /** What the process had before it read the file. */
  readonly base_mib: number;
}

interface Row extends BombMeasured {
  readonly name: string;
  readonly bytes: number;
}

const rowOf = ({ name, bytes, outcome, seconds, processor_seconds, peak_mib }: Row): string =>
  [
    name.padEnd(48),
    `${(bytes / 1000).toFixed(1)} kB`.padStart(12),
    `${seconds.toFixed(2)} s`.padStart(9),
    `${processor_seconds.toFixed(2)} s cpu`.padStart(13),
    `${peak_mib.toFixed(0)} MiB`.padStart(10),
    ` ${outcome}`,
  ].join(" ");

const worstOf = (rows: readonly Row[], what: "processor_seconds" | "peak_mib"): Row | undefined =>
  rows.toSorted((a, b) => b[what] - a[what])[0];

export const benchBombs = ({ asJson }: { readonly asJson: boolean }): void => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-bench-bombs-"));
  const program = fileURLToPath(new URL("./bombDecoding.js", import.meta.url));
  const rows: Row[] = [];
  try {
    for (const { name, make } of bombs) {
      const path = join(folder, "file");
      const bytes = make();
      writeFileSync(path, bytes);
      const run = spawnSync(process.execPath, [program, path], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
      if (run.status !== 0) throw new Error(`"${name}" ended the process that decodes it: ${run.stderr}`);
      const row = { name, bytes: bytes.length, ...(JSON.parse(run.stdout) as BombMeasured) };
      rows.push(row);
      if (!asJson) process.stdout.write(`${rowOf(row)}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const refused = rows.filter((row) => row.refused);
  const worst = { processor_seconds: worstOf(refused, "processor_seconds"), peak_mib: worstOf(refused, "peak_mib") };
  if (asJson) process.stdout.write(`${JSON.stringify({ rows, worst_refused: worst }, null, 2)}\n`);
  else
    process.stdout.write(
      `${refused.length} of ${rows.length} refused; the slowest of these took ${worst.processor_seconds?.processor_seconds.toFixed(2)} s of processor time ` +
        `(${worst.processor_seconds?.name}), the largest ${worst.peak_mib?.peak_mib.toFixed(0)} MiB (${worst.peak_mib?.name})\n`,
    );
};
