/** A run's folder belongs to one run, whatever is done to it: second runs, files of others, damage, kills, moves. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDataset } from "../src/datasets/index.js";
import { takeLock } from "../src/files/index.js";
import { loadCheckpoint, saveCheckpoint } from "../src/runs/index.js";
import { mdr, printedBy, tiny } from "./fixtures/commands.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-run-folder-"));
const data = join(folder, "data");
const made = join(folder, "made");
let run = "";
let count = 0;

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isRight(either)) return either.right;
  return expect.fail(JSON.stringify(either.left));
};

const json = (path: string): Readonly<Record<string, unknown>> => JSON.parse(readFileSync(path, "utf8"));
const contents = (path: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name)).toString("base64")]));
const tensors = (path: string) => right(loadCheckpoint(path)).tensors;
const train = (...args: readonly string[]) => mdr("train", "--data", data, ...tiny, ...args);

/** Metrics of a folder without what the clock and the run's name say. */
const metrics = (path: string): readonly unknown[] =>
  readFileSync(join(path, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => {
      const { imagesPerSecond: _, check: __, ...rest } = JSON.parse(line);
      return rest;
    });

beforeAll(async () => {
  right(await makeDataset({ seed: 3, classes: 6, imagesPerClass: 4, size: 20 }, data)());
  await printedBy("train", "--data", data, ...tiny, "--epochs", "2", "--out", made);
});
beforeEach(() => {
  run = join(folder, `run${count++}`);
  cpSync(made, run, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a second run into a folder", () => {
  it("is refused, and touches nothing; --force begins clean, without a file of the first", async () => {
    const before = contents(run);
    const refused = await train("--out", run, "--seed", "5");
    expect(refused.code).toBe(2);
    expect(refused.said).toMatch(/holds a run already: go on with it by `mdr train --resume .*`, begin anew .* with --force, or .*--out/);
    expect(contents(run)).toEqual(before);
    // What no other run writes over.
    cpSync(join(run, "last.json"), join(run, "fault.json"));
    expect((await train("--out", run, "--seed", "5", "--force")).code).toBe(0);
    expect(existsSync(join(run, "fault.json"))).toBe(false);
    const identity = json(join(run, "run.json")).run;
    expect(identity).not.toBe(json(join(made, "run.json")).run);
    for (const name of ["last.json", "best.json", "previous.json", "results.json"])
      if (existsSync(join(run, name))) expect(json(join(run, name)).run, name).toBe(identity);
    expect(json(join(run, "last.json")).settings).toMatchObject({ seed: 5 });
    expect(readFileSync(join(run, "metrics.jsonl"), "utf8").split("\n")[0]).toContain(String(identity));
  });

  it("is refused while another writes there, by name of the process, with --force too", async () => {
    const lock = right(takeLock(join(run, "run.lock")));
    for (const args of [[], ["--force"]]) {
      const refused = await train("--out", run, ...args);
      expect([refused.code, refused.said]).toEqual([1, expect.stringMatching(`another run writes there: process ${process.pid} on`)]);
    }
    expect((await mdr("train", "--resume", run, "--epochs", "3")).said).toContain("another run writes there");
    lock.release();
    expect((await mdr("train", "--resume", run, "--epochs", "3")).code).toBe(0);
    expect(existsSync(join(run, "run.lock"))).toBe(false);
  });

  it("never takes away what is not a run's, and never writes over it", async () => {
    const mine = ["epoch-0001-my-favourite.safetensors", "notes.json", "photo.jpg", "epoch-1.safetensors"];
    for (const name of mine) writeFileSync(join(run, name), "null");
    expect((await mdr("train", "--resume", run, "--epochs", "3")).code).toBe(0);
    expect((await train("--out", run, "--force")).code).toBe(0);
    for (const name of mine) expect(readFileSync(join(run, name), "utf8"), name).toBe("null");
    const other = join(folder, "other");
    mkdirSync(other);
    for (const name of ["results.json", "thresholds.json", "metrics.jsonl", "best.json", "card.md"]) {
      writeFileSync(join(other, name), '{"mine": true}');
      for (const args of [[], ["--force"]]) {
        const refused = await train("--out", other, ...args);
        expect([refused.code, refused.said]).toEqual([2, expect.stringMatching(`${name} is there and was not written by a run`)]);
      }
      expect(readFileSync(join(other, name), "utf8")).toBe('{"mine": true}');
      rmSync(join(other, name));
    }
  });
});

describe("a run's card", () => {
  const card = (path: string): string => readFileSync(join(path, "card.md"), "utf8");
  const percent = (share: unknown): string => (100 * Number(share)).toFixed(1);

  it("says what the run's records say, and is written anew when the run goes on", async () => {
    const [results, last] = [json(join(run, "results.json")), json(join(run, "last.json"))];
    const [before, final, best] = ["before", "final", "best"].map((part) => results[part] as Readonly<Record<string, number>>);
    const text = card(run);
    expect(text).toContain(`run ${results.run} -->`);
    expect(text).toContain(`final epoch (2) | best epoch (${best?.epoch})`);
    expect(text).toContain(`| map@r | ${percent(before?.["map@r"])} | ${percent(final?.["map@r"])} | ${percent(best?.["map@r"])} |`);
    expect(text).toContain(`fingerprint \`${last.data}\`; ${(last.classes as readonly string[]).length} classes trained`);
    expect(text).toContain("2 epochs of 2 steps, 6 pictures a step with up to 2 of a class, seed 1;");
    expect(text).toMatch(/not the program's defaults: .*`width` 2, .*`epochs` 2/);
    expect(text).toContain(`engine ${last.engine}, Node ${process.version}`);
    await printedBy("train", "--resume", run, "--epochs", "3");
    expect(card(run)).toContain("final epoch (3)");
    expect(card(run)).toContain("3 epochs of 2 steps");
    writeFileSync(join(run, "card.md"), "mine");
    await printedBy("train", "--resume", run, "--epochs", "4", "--out", join(folder, "with-card"));
    expect(card(run)).toBe("mine");
  });
});

describe("a run that goes on", () => {
  it("keeps its settings: others are refused by name, and nothing is touched", async () => {
    const before = contents(run);
    const refused = await mdr("train", "--resume", run, "--iterations", "5", "--epochs", "7", "--margin", "0.3");
    expect(refused.code).toBe(2);
    expect(refused.said).toMatch(
      /--margin is 0\.2, not 0\.3; --iterations is 2, not 5: leave them out, or begin a new run; these may change: --epochs/,
    );
    expect(contents(run)).toEqual(before);
  });

  it("agrees with itself: results, metrics and best, and with a run that never stopped", async () => {
    const whole = join(folder, "whole");
    await printedBy("train", "--data", data, ...tiny, "--epochs", "5", "--out", whole);
    await printedBy("train", "--resume", run, "--epochs", "5");
    expect(tensors(run)).toEqual(tensors(whole));
    expect(metrics(run)).toEqual(metrics(whole));
    const [results, expected, best] = [json(join(run, "results.json")), json(join(whole, "results.json")), json(join(run, "best.json"))];
    for (const part of ["before", "final", "best"]) expect(results[part], part).toEqual(expected[part]);
    expect(best.epoch).toBe((results.best as { readonly epoch: number }).epoch);
    expect((best.history as readonly unknown[]).at(-1)).toEqual(
      (results.before as object) && { ...(results.best as object), epoch: undefined },
    );
  });

  it("goes on where it lies when it was moved, and in a folder of its own with --out, leaving the first as it was", async () => {
    const moved = join(folder, "moved");
    renameSync(run, moved);
    await printedBy("train", "--resume", moved, "--epochs", "3");
    expect(existsSync(run)).toBe(false);
    const before = contents(moved);
    const forked = join(folder, "forked");
    await printedBy("train", "--resume", moved, "--epochs", "4", "--out", forked);
    expect(contents(moved)).toEqual(before);
    expect(json(join(forked, "run.json")).run).not.toBe(json(join(moved, "run.json")).run);
    await printedBy("train", "--resume", moved, "--epochs", "4");
    expect(tensors(forked)).toEqual(tensors(moved));
    expect(metrics(forked)).toEqual(metrics(moved));
    expect(existsSync(join(forked, "best.json"))).toBe(true);
    // Without another step: what lies there is what was taken along.
    const copied = join(folder, "copied");
    await printedBy("train", "--resume", moved, "--out", copied);
    for (const name of ["last.json", "best.json"]) expect(json(join(copied, name)).run, name).toBe(json(join(copied, "run.json")).run);
    expect((await mdr("eval", copied)).code).toBe(0);
  });

  it("clears up what a kill left, and says what is damaged or missing of its metrics", async () => {
    const lines = readFileSync(join(run, "metrics.jsonl"), "utf8").split("\n");
    const spoiled = lines.map((line, at) => (at === 2 ? line.replace(/"loss":\d/, '"loss":9') : line)).filter((_, at) => at !== 3);
    writeFileSync(join(run, "metrics.jsonl"), spoiled.join("\n"));
    writeFileSync(join(run, "last.json.4242.part"), "half");
    writeFileSync(join(run, "epoch-0003.safetensors.4242.part"), "half");
    writeFileSync(join(run, "mine.json.4242.part"), "not a run's");
    const { code, said } = await mdr("train", "--resume", run, "--epochs", "3");
    expect(code).toBe(0);
    expect(said).toMatch(/metrics\.jsonl: line 3: damaged/);
    expect(said).toMatch(/metrics\.jsonl: step 1 to 2: no line/);
    expect(readdirSync(run).filter((name) => name.endsWith(".part"))).toEqual(["mine.json.4242.part"]);
  });
});

describe("damage", () => {
  const last = (): string => join(run, String(json(join(run, "last.json")).tensors));
  const spoil = (path: string): void => {
    const bytes = readFileSync(path);
    const at = bytes.length - 100;
    bytes[at] = (bytes[at] ?? 0) ^ 0x40;
    writeFileSync(path, bytes);
  };

  it("of the last checkpoint is said, and the one before it is used, to the same end", async () => {
    const whole = join(folder, "undamaged");
    cpSync(run, whole, { recursive: true });
    await printedBy("train", "--resume", whole, "--epochs", "3");
    spoil(last());
    const { code, said } = await mdr("train", "--resume", run, "--epochs", "3");
    expect(said).toMatch(/epoch-0002\.safetensors: is damaged: its content does not agree with its seal/);
    expect(said).toMatch(/going on from .*epoch-0001\.safetensors, after step 2/);
    expect(code).toBe(0);
    expect(tensors(run)).toEqual(tensors(whole));
    expect(metrics(run)).toEqual(metrics(whole));
  });

  it.each(["last.json", "previous.json", "best.json", "results.json"])("of %s stops no run", async (name) => {
    if (!existsSync(join(run, name))) return;
    for (const text of ["null", "", '{"tensors": 5}', readFileSync(join(run, name), "utf8").replace('"epoch": ', '"epoch": 1')]) {
      const own = join(folder, `${name}-${text.length}`);
      cpSync(run, own, { recursive: true });
      writeFileSync(join(own, name), text);
      expect(await mdr("train", "--resume", own, "--epochs", "3"), text.slice(0, 20)).toMatchObject({ code: 0 });
    }
  });

  it("of run.json is refused: whose the pictures are is not guessed", async () => {
    writeFileSync(join(run, "run.json"), readFileSync(join(run, "run.json"), "utf8").replace('"test"', '"train"'));
    for (const args of [
      ["train", "--resume", run, "--epochs", "3"],
      ["eval", run],
    ])
      expect(await mdr(...args)).toMatchObject({ code: 1, said: expect.stringMatching(/run\.json: is damaged/) });
  });

  it("of all checkpoints is a fault that names each", async () => {
    for (const name of readdirSync(run)) if (name.endsWith(".safetensors")) spoil(join(run, name));
    const { code, said } = await mdr("eval", run);
    expect(code).toBe(1);
    expect(said).toMatch(/no checkpoint there can be used:/);
    expect(said).toMatch(/epoch-0001\.safetensors: is damaged/);
  });

  it("by one file of another run is seen", async () => {
    const other = join(folder, "another");
    await printedBy("train", "--data", data, ...tiny, "--epochs", "2", "--seed", "9", "--out", other);
    cpSync(join(other, "epoch-0002.safetensors"), join(run, "epoch-0002.safetensors"));
    const { said } = await mdr("eval", run);
    expect(said).toMatch(/last\.json: names .*epoch-0002\.safetensors, which is of another run or step/);
    expect(said).toMatch(/using .*epoch-0001\.safetensors instead/);
  });
});

describe("numbers that are none", () => {
  /** The last checkpoint with one number changed, sealed again: as a program that went wrong would have written it. */
  const withNumber = (value: number): string => {
    const { record, tensors: all } = right(loadCheckpoint(run));
    const name = "parameter.network.head.weight";
    const weight = all[name];
    if (weight === undefined) throw new Error(name);
    const changed = { ...weight, data: Float64Array.from(weight.data, (old, at) => (at === 1 ? value : old)) };
    return right(saveCheckpoint(run, ["last", "best"], { record, tensors: { ...all, [name]: changed } }, "F64"));
  };

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("%s among the weights is refused by every command", async (value) => {
    withNumber(value);
    const photo = join(data, readdirSync(data).filter((name) => /^\d/.test(name))[0] ?? "", "001.jpg");
    const out = join(folder, "none.jsonl");
    for (const args of [
      ["eval", run],
      ["embed", run, data, "--to", out],
      ["similar", run, photo, data],
      ["train", "--resume", run, "--epochs", "4"],
    ])
      expect(await mdr(...args), args.join(" ")).toMatchObject({
        code: 1,
        said: expect.stringMatching(/holds what is no finite number: "parameter\.network\.head\.weight" \(1 of \d+\)/),
      });
    expect(existsSync(out)).toBe(false);
  });

  it("among embeddings are named by their picture, and nothing is written", async () => {
    withNumber(1.7e308);
    const out = join(folder, "none.csv");
    expect(await mdr("embed", run, data, "--to", out)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/\.jpg: its embedding holds what is no finite number/),
    });
    expect(existsSync(out)).toBe(false);
    expect(await mdr("eval", run)).toMatchObject({ code: 1 });
  });
});
