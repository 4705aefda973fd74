/** The `mdr` command as people and machines use it. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mdrIn } from "./fixtures/commands.js";
import { unless } from "./missing.js";

const bin = join(import.meta.dirname, "..", "bin", "mdr.js");
const folder = mkdtempSync(join(tmpdir(), "mdr-cli-"));
const tiny = [
  "--image-size",
  "16",
  "--width",
  "2",
  "--depth",
  "1",
  "--embedding",
  "4",
  "--batch",
  "6",
  "--per-class",
  "2",
  "--decay-steps",
  "1",
];

/** A process of its own. */
const apart = (...args: readonly string[]) =>
  spawnSync(process.execPath, [bin, ...args], { cwd: folder, encoding: "utf8", timeout: 100_000 });

const line = mdrIn(folder);

/** What a command that ends well prints. */
const mdr = async (...args: readonly string[]): Promise<string> => {
  const { code, printed, said } = await line(...args);
  if (code !== 0) throw new Error(`mdr ${args.join(" ")} ended with ${code}: ${said}`);
  return printed;
};

const json = async (...args: readonly string[]): Promise<unknown> => JSON.parse(await mdr(...args, "--json"));

beforeAll(async () => {
  await mdr("data", "make", "--out", "data", "--classes", "6", "--images-per-class", "5", "--size", "24");
  const trained = apart("train", "--data", "data", "--out", "run", "--engine", "wasm", "--epochs", "2", "--iterations", "3", ...tiny);
  expect(trained.status, trained.stderr).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("help", () => {
  const commands = [
    "demo",
    "data make",
    "data check",
    "train",
    "eval",
    "features",
    "embed",
    "export",
    "import",
    "similar",
    "duplicates",
    "clean",
    "serve",
    "verify",
    "devices",
    "report",
    "reproduce",
    "worker",
  ];
  it.each(commands)("of `mdr %s` has an example and the exit codes", async (command) => {
    const text = await mdr(...command.split(" "), "--help");
    expect(text).toContain(`Examples:\n`);
    expect(text).toMatch(new RegExp(`^ {2}(npm start|mdr ${command.split(" ")[0]})`, "m"));
    expect(text).toContain("Exit codes: 0 done, 1 ");
  });

  it("of train documents every setting with its default", async () => {
    const text = (await mdr("train", "--help")).replace(/\s+/g, " ");
    for (const part of ["--learning-rate <value>", "(paper | official) [paper]", "--levels <a,b,..>", "[-3,0,3]", "[distance-weighted]"])
      expect(text).toContain(part);
  });
});

describe("a process", () => {
  it.each([
    [["--version"], 0],
    [["eval", "nowhere"], 1],
    [["trian"], 2],
    [[], 2],
  ] as const)("of mdr %j ends with %i", (args, code) => {
    const { status, stdout, stderr } = apart(...args);
    expect(status).toBe(code);
    expect([stdout === "", stderr === ""]).toEqual(code === 0 ? [false, true] : [true, false]);
  });
});

describe("a run", () => {
  it("leaves metrics, checkpoints and results, final and best named", () => {
    const results = JSON.parse(readFileSync(join(folder, "run", "results.json"), "utf8")) as Record<string, Record<string, number>>;
    for (const part of ["before", "final", "best"])
      for (const metric of ["recall@1", "recall@2", "recall@4", "recall@8", "precision@1", "r-precision", "map@r"]) {
        const share = results[part]?.[metric];
        expect(share, `${part} ${metric}`).toBeGreaterThanOrEqual(0);
        expect(share, `${part} ${metric}`).toBeLessThanOrEqual(1);
      }
    expect(results.final?.epoch).toBe(2);
    const lines = readFileSync(join(folder, "run", "metrics.jsonl"), "utf8")
      .trim()
      .split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
      "run",
      "epoch",
      "step",
      "step",
      "step",
      "epoch",
      "step",
      "step",
      "step",
      "epoch",
    ]);
  });

  it("is evaluated to the very scores that it was saved with", async () => {
    const { final } = JSON.parse(readFileSync(join(folder, "run", "results.json"), "utf8")) as { final: Record<string, number> };
    const { scores, classes } = (await json("eval", "run", "--engine", "wasm")) as { scores: Record<string, number>; classes: number };
    expect({ epoch: 2, ...scores }).toEqual(final);
    expect(classes).toBe(3);
    expect(((await json("eval", "run", "--engine", "wasm", "--all")) as { classes: number }).classes).toBe(6);
  });

  it("embeds a folder, in three formats", async () => {
    for (const [name, lines] of [
      ["e.jsonl", 30],
      ["e.csv", 31],
    ] as const) {
      await mdr("embed", "run", "data", "--to", name, "--engine", "reference");
      const rows = readFileSync(join(folder, name), "utf8").trim().split("\n");
      expect(rows).toHaveLength(lines);
    }
    const [first = ""] = readFileSync(join(folder, "e.jsonl"), "utf8").split("\n");
    const { file, embedding } = JSON.parse(first) as { file: string; embedding: number[] };
    expect(existsSync(join(folder, file))).toBe(true);
    expect(embedding).toHaveLength(4);
    expect(embedding.every(Number.isFinite)).toBe(true);
    await mdr("embed", "run", "data", "--to", "e.safetensors", "--engine", "reference");
    expect(readFileSync(join(folder, "e.safetensors")).subarray(8, 40).toString()).toContain("__metadata__");
  });

  it("passes over a photo's own copies", async () => {
    const [own = ""] = readdirSync(join(folder, "data")).filter((name) => !name.endsWith(".json") && !name.startsWith("."));
    const [photo = ""] = readdirSync(join(folder, "data", own));
    const copies = mkdtempSync(join(folder, "copies-"));
    spawnSync("cp", ["-r", join(folder, "data", own), copies]);
    const { similar } = (await json("similar", "run", join("data", own, photo), copies, "--count", "3", "--engine", "reference")) as {
      similar: { file: string; distance: number }[];
    };
    expect(similar).toHaveLength(3);
    for (const { file, distance } of similar) {
      expect(file).not.toContain(photo);
      expect(distance).toBeGreaterThan(0);
    }
  });

  it("is finished, saved and resumed after Ctrl-C", async () => {
    const args = ["train", "--data", "data", "--out", "stopped", "--engine", "wasm", "--epochs", "1000", "--iterations", "50", ...tiny];
    const child = spawn(process.execPath, [bin, ...args], { cwd: folder });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      const first = !said.includes("epoch 1 ");
      said += chunk.toString();
      if (first && said.includes("epoch 1 ")) child.kill("SIGINT");
    });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    expect(said).toMatch(/saved in stopped: go on with `mdr train --resume stopped`/);
    expect(code).toBe(130);
    const { step, epoch } = JSON.parse(readFileSync(join(folder, "stopped", "last.json"), "utf8")) as { step: number; epoch: number };
    expect(step).toBeGreaterThanOrEqual(50);
    await mdr("train", "--resume", "stopped", "--epochs", String(epoch + 1));
    expect(JSON.parse(readFileSync(join(folder, "stopped", "last.json"), "utf8"))).toMatchObject({ epoch: epoch + 1 });
  });
});

describe("the demo", () => {
  it("writes before and after for each method, from the same first weights, and its picture can be drawn", async () => {
    const small = { imageSize: 16, width: 2, embedding: 4, batch: 6, perClass: 2, decaySteps: [1] };
    writeFileSync(join(folder, "small.json"), JSON.stringify(small));
    await mdr(
      "demo",
      "--data",
      "data",
      "--out",
      "demo",
      "--engine",
      "wasm",
      "--epochs",
      "1",
      "--iterations",
      "2",
      "--config",
      "small.json",
    );
    const { methods, engine, seconds } = JSON.parse(readFileSync(join(folder, "demo", "results.json"), "utf8")) as {
      methods: Record<string, Record<"before" | "after", Record<string, number>>>;
      engine: string;
      seconds: number;
    };
    expect(Object.keys(methods)).toEqual(["triplet", "triplet-l2", "triplet-mdr"]);
    for (const scores of Object.values(methods))
      for (const time of ["before", "after"] as const) expect(scores[time]["recall@1"]).toBeGreaterThanOrEqual(0);
    expect(methods.triplet?.before).toEqual(methods["triplet-mdr"]?.before);
    expect(engine).toBe("wasm");
    expect(seconds).toBeGreaterThan(0);
    await mdr("report", "demo", "--to", "figure.svg");
    const svg = readFileSync(join(folder, "figure.svg"), "utf8");
    expect(svg).toContain("Recall@1 on classes never seen");
    expect(svg).toContain("after epoch 1");
    expect(svg.match(/<polyline/g)).toHaveLength(2);
  });
});

/** Why a backend does not work here; empty where it does. */
const problems = new Map(
  (
    JSON.parse(apart("devices", "--json").stdout) as { readonly devices: readonly { readonly backend: string; readonly problem: string }[] }
  ).devices.map(({ backend, problem }) => [backend, problem]),
);

describe.each(["webasm", "cpu", "headlessgl", "webgpu"])("GPU.js %s", (backend) => {
  const problem = problems.get(backend) ?? "nothing is known of it";
  it("trains, alike with one step a plan and with two", { ...unless(problem), timeout: 120_000 }, async () => {
    const losses: (readonly number[])[] = [];
    for (const steps of ["1", "2"]) {
      const out = `${backend}-${steps}`;
      const flags = [
        "--engine",
        "gpu",
        "--gpu-mode",
        backend,
        "--epochs",
        "1",
        "--iterations",
        "3",
        "--steps-per-plan",
        steps,
        "--depth",
        "0",
      ];
      await mdr("train", "--data", "data", "--out", out, ...tiny, ...flags);
      const { engine } = JSON.parse(readFileSync(join(folder, out, "last.json"), "utf8")) as {
        readonly engine: string;
      };
      expect(engine).toBe(`gpu (${backend})`);
      losses.push(
        readFileSync(join(folder, out, "metrics.jsonl"), "utf8")
          .trim()
          .split("\n")
          .flatMap((line) => (JSON.parse(line) as { readonly loss?: number }).loss ?? []),
      );
    }
    expect(losses[0]).toHaveLength(3);
    expect(losses[0]?.every(Number.isFinite)).toBe(true);
    expect(losses[1]).toEqual(losses[0]);
  });
});
