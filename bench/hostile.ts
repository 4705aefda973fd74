/**
 * `npm run bench -- hostile [--times 5000] [--json]`: files that somebody damaged or made up, as `mdr features` and `mdr search` get
 * them: a narrow ONNX model, the sealed gallery of an index (with its seal made anew for half of them), and for one of 500 the files of its
 * database. In batches, each in a process of its own with a bound on time and memory: each file is refused in words or used, nothing else.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BatchOutcome } from "./hostileBatch.js";
import { groundIn } from "./hostileGround.js";

const program = fileURLToPath(new URL("./hostileBatch.js", import.meta.url));

const kinds = [
  { kind: "model", share: 1, batch: 500 },
  { kind: "gallery", share: 1, batch: 2500 },
  { kind: "database", share: 1 / 500, batch: 5 },
] as const;

/** What a batch may take: a thousandth of it a case would be much. */
const seconds = 240;
const mebibytes = 1500;

export const benchHostile = async (times: number, { asJson }: { readonly asJson: boolean }): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-hostile-"));
  const rows = [];
  try {
    await groundIn(folder);
    for (const { kind, share, batch } of kinds) {
      const count = Math.max(1, Math.round(times * share));
      const row = { kind, cases: 0, refused: 0, used: 0, slowest_ms: 0, most_mib: 0, wrong: [] as string[] };
      for (let from = 0; from < count; from += batch) {
        const number = Math.min(batch, count - from);
        const ended = spawnSync(process.execPath, [program, kind, folder, String(from), String(number)], {
          encoding: "utf8",
          timeout: seconds * 1000,
          maxBuffer: 1 << 24,
        });
        const where = `cases ${from} to ${from + number - 1}`;
        const line = ended.stdout.trim().split("\n").at(-1) ?? "";
        if (ended.status !== 0 || !line.startsWith("{")) {
          row.wrong.push(
            `${where}: ${ended.error === undefined ? `ended with ${ended.status ?? ended.signal}` : ended.error.message}: ${ended.stderr.slice(-300)}`,
          );
          continue;
        }
        const found = JSON.parse(line) as BatchOutcome;
        row.cases += number;
        row.refused += found.refused;
        row.used += found.used;
        row.slowest_ms = Math.max(row.slowest_ms, found.slowest);
        row.most_mib = Math.max(row.most_mib, found.mebibytes);
        row.wrong.push(...found.wrong);
        if (found.mebibytes > mebibytes) row.wrong.push(`${where}: took ${found.mebibytes} MiB`);
        process.stderr.write(`${kind}: ${row.cases} of ${count}, ${row.wrong.length} wrong\n`);
      }
      rows.push(row);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(
    asJson
      ? `${JSON.stringify(rows, null, 2)}\n`
      : rows
          .map(
            ({ kind, cases, refused, used, slowest_ms, most_mib, wrong }) =>
              `${kind}: ${cases} cases, ${refused} refused, ${used} used, slowest ${slowest_ms.toFixed(0)} ms, at most ${most_mib.toFixed(0)} MiB, ${wrong.length} wrong\n${wrong.map((one) => `  ${one}\n`).join("")}`,
          )
          .join(""),
  );
  if (rows.some(({ wrong }) => wrong.length > 0)) process.exitCode = 1;
};
