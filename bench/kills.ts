/**
 * `npm run bench -- kills [--times 100]`: a run killed with SIGKILL at random moments and taken up again until it is done, over and
 * over, until it was killed so many times; each such run must end in the bits of one that nobody disturbed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as E from "fp-ts/lib/Either.js";
import { readRecord } from "#mdr/files/index.js";
import { integer, seeded } from "#mdr/random/index.js";
import { loadCheckpoint, readMetrics, resultsFile, resultsRecord } from "#mdr/runs/index.js";
import { smallRun, withRun } from "./damage.js";

const bin = fileURLToPath(new URL("../../bin/mdr.js", import.meta.url));

/** Most of its time goes into steps and checkpoints, and not into starting. */
const longRun = [...smallRun, "--iterations", "40", "--epochs", "10"];

/** Runs the command, killed after some milliseconds: its exit code, null where it was killed. */
const killedAfter = async (milliseconds: number, args: readonly string[]): Promise<number | null> => {
  const child = spawn(process.execPath, [bin, ...args], { stdio: "ignore" });
  const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(timer);
  return code;
};

/** All that a run computed: tensors, scores and metrics without what the clock says, as one text. */
const outcome = (run: string): string => {
  const checkpoint = loadCheckpoint(run);
  const results = readRecord(resultsFile(run), resultsRecord);
  if (E.isLeft(checkpoint) || E.isLeft(results)) return "no result";
  const { before, final, best } = results.right;
  const { lines, problems } = readMetrics(run);
  const tensors = Object.entries(checkpoint.right.tensors).map(([name, { data }]) => [name, Array.from(data)]);
  return JSON.stringify([tensors, before, final, best, lines.map(({ imagesPerSecond: _, ...line }) => line), problems]);
};

const files = (run: string): string => readdirSync(run).sort().join(" ");

export const benchKills = (times: number, { asJson }: { readonly asJson: boolean }): Promise<void> =>
  withRun(longRun, async (folder, data, undisturbed) => {
    const started = Date.now();
    await killedAfter(1e9, ["train", "--data", data, "--out", join(folder, "timed"), ...longRun]);
    const whole = Date.now() - started;
    const expected = outcome(undisturbed);
    let random = seeded(2);
    let kills = 0;
    let runs = 0;
    let before = 0;
    const wrong: string[] = [];
    while (kills < times) {
      const run = join(folder, `run${runs++}`);
      for (let code: number | null = null; code === null; ) {
        const [moment, next] = integer(0, whole, random);
        random = next;
        const begun = existsSync(join(run, "last.json"));
        const args = begun ? ["train", "--resume", run] : ["train", "--data", data, "--out", run, ...longRun];
        code = await killedAfter(kills < times ? moment : 1e9, args);
        if (code === null) {
          kills += 1;
          before += begun ? 0 : 1;
        } else if (code !== 0) wrong.push(`run ${runs}: ended with ${code}`);
      }
      if (outcome(run) !== expected) wrong.push(`run ${runs}: other numbers`);
      if (files(run) !== files(undisturbed)) wrong.push(`run ${runs}: leaves ${files(run)}`);
      process.stderr.write(`${kills} kills, ${runs} runs, ${wrong.length} wrong\n`);
    }
    process.stdout.write(
      asJson
        ? `${JSON.stringify({ kills, beforeTheFirstCheckpoint: before, runs, wrong }, null, 2)}\n`
        : `${kills} kills (${before} before the first checkpoint) of ${runs} runs, ${runs - wrong.length} ended in the undisturbed one's bits\n${wrong.map((line) => `  ${line}\n`).join("")}`,
    );
    if (wrong.length > 0) process.exitCode = 1;
  });
