/**
 * The extension test: a new loss (with a parameter and a state of its own), backbone, data set, engine and exporter are one
 * file and one line each, and the ordinary command trains, evaluates, checkpoints, resumes, exports and verifies with them. The toys are in
 * test/extensions/; they are put into a copy of the repository, which is then built.
 */
import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeJpeg } from "../src/datasets/index.js";
import type { Named, Tensor } from "../src/tensor/index.js";
import { decodeTensors } from "../src/weights/index.js";
import { extensions } from "../tools/extensions.js";

const root = resolve(import.meta.dirname, "..");
const copy = mkdtempSync(join(tmpdir(), "mdr-extension-"));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const texts = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]),
  );

/** Lines that one text has and another has not, each as often as it is missing. */
const linesWithout = (text: string, without: string): readonly string[] => {
  const rest = without.split("\n");
  return text.split("\n").filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
};

const mdr = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [join(copy, "bin", "mdr.js"), ...args], {
    cwd: copy,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });

const json = (...args: readonly string[]): unknown => JSON.parse(mdr(...args, "--json"));

const chosen = ["--loss", "toy", "--head", "none", "--regularizer", "none", "--backbone", "toy", "--dataset", "toy", "--engine", "toy"];
const sizes = ["--image-size", "16", "--embedding", "4", "--batch", "6", "--per-class", "2", "--decay-steps", "1", "--recall", "1"];
const training = (out: string, epochs: number) => [
  "train",
  ...["--data", "pictures", "--out", out, "--epochs", String(epochs), "--iterations", "20", "--toy-channels", "5", "--toy-hold", "0.25"],
  ...chosen,
  ...sizes,
  "--no-report",
];

/** Every tensor of a run's last checkpoint, whose file its record names. */
const lastTensors = (run: string): Named<Tensor> => {
  const { tensors } = JSON.parse(readFileSync(join(copy, run, "last.json"), "utf8")) as { readonly tensors: string };
  const read = decodeTensors(run, readFileSync(join(copy, run, tensors)));
  if (E.isLeft(read)) throw new Error(read.left);
  return read.right.tensors;
};

/** Six classes, told apart by their colour; the first three train. */
const drawPictures = (): void => {
  mkdirSync(join(copy, "pictures"));
  const lines = Array.from({ length: 24 }, (_, index) => {
    const label = index % 6;
    const pixels = Uint8Array.from(
      { length: 20 * 20 * 3 },
      (_, at) => (at % 3 === label % 3 ? 90 + 60 * Math.floor(label / 3) : 20) + ((at * (index + 7)) % 31),
    );
    writeFileSync(join(copy, "pictures", `${index}.jpg`), encodeJpeg({ width: 20, height: 20, pixels }, 90));
    return `${label < 3 ? "train" : "test"} colour${label} ${index}.jpg`;
  });
  writeFileSync(join(copy, "pictures", "list.txt"), `${lines.join("\n")}\n`);
};

/** The first golden case of each formula: enough to ask an engine for everything. */
const fewGoldens = (text: string): string => {
  const { cases } = JSON.parse(text) as { readonly cases: readonly { readonly formula: string }[] };
  return JSON.stringify({ cases: cases.filter(({ formula }, index) => cases.findIndex((other) => other.formula === formula) === index) });
};

const before = texts(join(root, "src"));

beforeAll(() => {
  for (const name of ["src", "bin", "package.json", "tsconfig.json"]) cpSync(join(root, name), join(copy, name), { recursive: true });
  for (const [name, text] of Object.entries(texts(join(root, "golden"))))
    if (name.endsWith(".json") && text.startsWith('{"cases"')) {
      mkdirSync(dirname(join(copy, "golden", name)), { recursive: true });
      writeFileSync(join(copy, "golden", name), fewGoldens(text));
    }
  for (const name of Object.keys(texts(join(root, "dist"))).filter((path) => path.endsWith(".wasm"))) {
    mkdirSync(dirname(join(copy, "dist", name)), { recursive: true });
    cpSync(join(root, "dist", name), join(copy, "dist", name));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const { toy, file, index, line, golden } of extensions) {
    cpSync(join(root, "test", "extensions", toy), join(copy, file));
    appendFileSync(join(copy, index), `${line}\n`);
    if (golden === undefined) continue;
    mkdirSync(dirname(join(copy, golden)), { recursive: true });
    cpSync(join(root, "test", "extensions", "golden.json"), join(copy, golden));
  }
  execFileSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.json"], { cwd: copy });
  drawPictures();
});

describe("a loss, a backbone, a data set, an engine and an exporter", () => {
  it("touch one file and one line of an index each, and nothing else of src", () => {
    const after = texts(join(copy, "src"));
    const added = Object.keys(after).filter((path) => before[path] === undefined);
    const changed = Object.keys(after).filter((path) => before[path] !== undefined && before[path] !== after[path]);
    const below = (path: string): string => path.slice("src/".length);
    expect(added.sort()).toEqual(extensions.map(({ file }) => below(file)).sort());
    expect(changed.sort()).toEqual(extensions.map(({ index }) => below(index)).sort());
    expect(Object.keys(before).filter((path) => after[path] === undefined)).toEqual([]);
    for (const { index, line } of extensions) {
      const [old = "", now = ""] = [before[below(index)], after[below(index)]];
      expect([linesWithout(now, old), linesWithout(old, now)]).toEqual([[line], []]);
    }
  });

  it("are known to the command: in its help, and in the devices", () => {
    const help = mdr("train", "--help");
    for (const flag of ["--toy-hold", "--toy-channels"]) expect(help).toContain(flag);
    expect(mdr("embed", "--help")).toContain(".toy");
    expect(mdr("devices")).toContain("toy");
  });

  it("train, checkpoint and evaluate: the loss falls, its parameter and its state move and are kept, and eval says what training said", () => {
    const { final } = json(...training("whole", 3)) as { readonly final: Readonly<Record<string, number>> };
    const steps = readFileSync(join(copy, "whole", "metrics.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Readonly<Record<string, number>>)
      .filter(({ loss }) => loss !== undefined);
    expect(steps).toHaveLength(60);
    expect(steps.at(-1)?.loss).toBeLessThan(steps[0]?.loss ?? 0);
    expect(steps.at(-1)?.reach).not.toBe(steps[0]?.reach);
    const kept = lastTensors("whole");
    expect(kept["parameter.objective.loss.reach"]?.data[0]).not.toBe(1);
    expect(kept["state.objective.loss.typical"]?.data[0]).toBeGreaterThan(0);
    expect(kept["parameter.network.conv.weight"]?.shape).toEqual([3, 3, 3, 5]);
    const { epoch, ...scores } = final;
    expect(json("eval", "whole")).toMatchObject({ epoch, scores });
  });

  it("go on after an interruption to the same bits as without one", async () => {
    const child = spawn(process.execPath, [join(copy, "bin", "mdr.js"), ...training("stopped", 3)], { cwd: copy });
    const log = join(copy, "stopped", "metrics.jsonl");
    // Once: a second Ctrl-C ends the process without saving.
    const watch = setInterval(() => {
      if (!existsSync(log) || readFileSync(log, "utf8").split("\n").length <= 25) return;
      clearInterval(watch);
      child.kill("SIGINT");
    }, 5);
    const code = await new Promise((ended) => child.on("exit", ended));
    clearInterval(watch);
    expect(code).toBe(130);
    const { step } = JSON.parse(readFileSync(join(copy, "stopped", "last.json"), "utf8")) as { readonly step: number };
    expect(step).toBeLessThan(60);
    mdr("train", "--resume", "stopped", "--no-report");
    expect(lastTensors("stopped")).toEqual(lastTensors("whole"));
  });

  it("export: the toy's file holds what the others' do", () => {
    for (const name of ["e.toy", "e.jsonl"]) mdr("embed", "whole", "pictures", "--to", name, "--engine", "toy");
    const [toys, lines] = ["e.toy", "e.jsonl"].map((name) => readFileSync(join(copy, name), "utf8").trim().split("\n"));
    const expected = lines?.map((line) => JSON.parse(line) as { readonly file: string; readonly embedding: readonly number[] });
    expect(toys).toEqual(expected?.map(({ file, embedding }) => `${embedding.join(" ")} ${file}`));
    expect(toys).toHaveLength(24);
  });

  it("are verified: the loss against PyTorch, differences and the reference, on the toy engine with every other formula", () => {
    const { checks, pass } = json("verify", "--engine", "toy") as {
      readonly pass: boolean;
      readonly checks: readonly { readonly formula: string; readonly engine: string; readonly against: string; readonly cases: number }[];
    };
    const own = checks.filter(({ formula }) => formula === "loss toy");
    expect(own.map(({ engine, against, cases }) => [engine, against, cases])).toEqual([
      ["toy", "golden", 2],
      ["toy", "differences", 2],
      ["toy", "reference", 2],
    ]);
    expect(new Set(checks.map(({ formula }) => formula)).size).toBeGreaterThan(20);
    expect(pass).toBe(true);
  });

  it("a new loss without its golden is a fault that says so", () => {
    const [golden = ""] = extensions.flatMap((one) => (one.golden === undefined ? [] : [one.golden]));
    const kept = readFileSync(join(copy, golden));
    rmSync(join(copy, golden));
    expect(() => mdr("verify", "--engine", "toy")).toThrow(/losses\/toy\.json: cannot be read/);
    writeFileSync(join(copy, golden), kept);
  });
});
