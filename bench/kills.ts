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

const untilThere = async (path: string, isOver: () => boolean): Promise<void> => {
  while (!existsSync(path) && !isOver()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Runs the command, killed some milliseconds after the file is there: its exit code, null where it was killed. */
const killedAfter = async (milliseconds: number, file: string, args: readonly string[]): Promise<number | null> => {
  const child = spawn(process.execPath, [bin, ...args], { stdio: "ignore" });
  const ended = once(child, "exit") as Promise<[number | null]>;
  await untilThere(file, () => child.exitCode !== null);
  const timer = setTimeout(() => child.kill("SIGKILL"), milliseconds);
  const [code] = await ended;
  clearTimeout(timer);
  return code;
};

const never = 1e9;

/** All that a run computed: tensors, scores and metrics without what the clock says, as one text. */
export const outcome = (run: string): string => {
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
    const timed = join(folder, "timed");
    const ended = killedAfter(never, bin, ["train", "--data", data, "--out", timed, ...longRun]);
    await untilThere(join(timed, "last.json"), () => false);
    const first = Date.now() - started;
    await ended;
    const rest = Date.now() - started - first;
    const expected = outcome(undisturbed);
    let random = seeded(2);
    let kills = 0;
    let runs = 0;
    let before = 0;
    const wrong: string[] = [];
    while (kills < times) {
      const run = join(folder, `run${runs++}`);
      for (let code: number | null = null; code === null; ) {
        // One of three before there is a checkpoint or while it is read again, the others while steps are made and saved.
        const early = kills % 3 === 0;
        const [moment, next] = integer(0, early ? first : rest, random);
        random = next;
        const last = join(run, "last.json");
        const begun = existsSync(last);
        const args = begun ? ["train", "--resume", run] : ["train", "--data", data, "--out", run, ...longRun];
        const after = (begun ? first : 0) + moment;
        code = await killedAfter(kills < times ? (early ? moment : after) : never, early ? bin : last, args);
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
