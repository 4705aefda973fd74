/** `mdr reproduce` on a small recipe: what is finished is never trained again, a killed cell goes on to the same bits, a failed one stops no other. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cellTrainer } from "../src/cli/cell.js";
import { makeDataset } from "../src/datasets/index.js";
import { type Cell, cellFolder, finishedIn, inThisProcess, schedule } from "../src/experiments/index.js";
import { loadCheckpoint } from "../src/runs/index.js";
import { mdr, printedBy } from "./fixtures/commands.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-reproduce-"));
const data = join(folder, "birds");

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isRight(either)) return either.right;
  return expect.fail(JSON.stringify(either.left));
};

const small = {
  imageSize: 16,
  width: 2,
  depth: 0,
  embedding: 3,
  batch: 6,
  perClass: 2,
  epochs: 2,
  iterations: 2,
  decaySteps: [1],
  trainScores: 8,
};

const toy = {
  title: "A toy",
  seeds: 2,
  settings: small,
  datasets: { folders: {} },
  rows: [
    { name: "Triplet", settings: { method: "triplet" } },
    { name: "Triplet + MDR", settings: { method: "triplet-mdr" }, against: ["Triplet"] },
  ],
};

const recipe = (name: string, value: object): string => {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(value));
  return path;
};

const text = (path: string): string => readFileSync(path, "utf8");
const reproduce = (name: string, out: string, ...args: readonly string[]) =>
  mdr("reproduce", join(folder, `${name}.json`), "--data", data, "--out", out, ...args);

/** When each run's results were written. */
const written = (out: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    readdirSync(join(out, "cells")).map((id) => [
      id,
      statSync(join(out, "cells", id, "results.json"), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    ]),
  );

type Listed = readonly (Cell & { readonly state: string })[];
const listed = async (name: string, out: string): Promise<Listed> =>
  JSON.parse((await reproduce(name, out, "--dry-run", "--json")).printed);

beforeAll(async () => {
  right(await makeDataset({ seed: 3, classes: 6, imagesPerClass: 4, size: 20 }, data)());
  recipe("toy", toy);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a grid", () => {
  const out = join(folder, "out");

  it("is listed without training, then trained whole, each run with its card; again it trains nothing", async () => {
    const before = await listed("toy", out);
    expect(before.map(({ row, seed, state }) => `${row} ${seed} ${state}`)).toEqual([
      "Triplet 1 to do",
      "Triplet + MDR 1 to do",
      "Triplet 2 to do",
      "Triplet + MDR 2 to do",
    ]);
    expect(existsSync(join(out, "cells"))).toBe(false);
    const { code, printed, said } = await reproduce("toy", out);
    expect([code, said]).toEqual([
      0,
      expect.stringMatching(/toy: 1 of 4 cells: Triplet, seed 1: recall@1 .*, about \d+ s left\n[\s\S]*toy: 4 of 4 cells: .* s\)\n/),
    ]);
    expect(printed).toMatch(
      /^row +done +failed +recall@1\nTriplet +2 of 2 +0 +\d.* ± .*\nTriplet \+ MDR +2 of 2 +0 +\d.*\n4 of 4 runs are in the tables$/m,
    );
    expect(printed).toContain(`wrote ${join(out, "toy.md")}`);
    expect(readdirSync(join(out, "cells")).sort()).toEqual(before.map(({ id }) => id).sort());
    for (const { id } of before) expect(text(join(out, "cells", id, "card.md"))).toContain("## Use, and limits");
    expect(text(join(out, "toy.md"))).toMatch(/\| Triplet \+ MDR \| \d[^|]* ± [^|]*\|.*\| 2 of 2 \|/);
    const times = written(out);
    const again = await reproduce("toy", out, "--json");
    expect([again.code, written(out)]).toEqual([0, times]);
    expect(again.printed.trim().split("\n")).toHaveLength(1);
    expect((await listed("toy", out)).every(({ state }) => state === "done")).toBe(true);
  });

  it("trains of a larger one only what is new, and shares it with other recipes", async () => {
    const times = written(out);
    const { printed } = await reproduce("toy", out, "--seeds", "3", "--json");
    const ended = printed
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ kind }) => kind === "ended");
    expect(ended.map(({ cell }) => `${cell.row} ${cell.seed}`)).toEqual(["Triplet 3", "Triplet + MDR 3"]);
    expect(written(out)).toMatchObject(times);
    recipe("curves", { ...toy, title: "Curves", shows: "curves" });
    expect((await reproduce("curves", out)).code).toBe(0);
    expect(Object.keys(written(out))).toHaveLength(6);
    expect(text(join(out, "curves.svg"))).toContain(">dashed: 8 training pictures</text>");
    expect(text(join(out, "curves.md"))).toContain("![Curves](curves.svg)");
    const curve = JSON.parse(text(join(out, "curves.json"))).sections[0].cells[0].outcome.curve;
    expect(curve).toEqual([0, 1, 2].map((epoch) => ({ epoch, tested: expect.any(Number), trained: expect.any(Number) })));
  });

  it("has another cell for other settings and other data, and the table says what was set otherwise", async () => {
    expect((await reproduce("toy", out, "--seeds", "1", "--epochs", "1")).code).toBe(0);
    expect(Object.keys(written(out))).toHaveLength(8);
    expect(text(join(out, "toy.md"))).toContain("Set otherwise than the recipe says: epochs 1.");
    const other = join(folder, "fish");
    right(await makeDataset({ seed: 4, classes: 6, imagesPerClass: 4, size: 20 }, other)());
    expect((await mdr("reproduce", join(folder, "toy.json"), "--data", other, "--out", out, "--seeds", "1")).code).toBe(0);
    expect(Object.keys(written(out))).toHaveLength(10);
    expect([...text(join(out, "toy.md")).matchAll(/^## .*$/gm)].map(([head]) => head)).toEqual(["## birds", "## fish"]);
  });

  it("is not the finished run that somebody went on with", async () => {
    const [cell] = await listed("toy", out);
    await printedBy("train", "--resume", join(out, "cells", cell?.id ?? ""), "--epochs", "3");
    expect((await listed("toy", out)).map(({ state }) => state)).toEqual(["to do", "done", "done", "done"]);
    // Longer than the cell: it cannot be gone back, and begins anew.
    expect((await reproduce("toy", out)).code).toBe(0);
    expect((await listed("toy", out)).every(({ state }) => state === "done")).toBe(true);
  });
});

describe("a cell that fails", () => {
  it("says why, stops no other, ends with 1, and is tried again", async () => {
    const out = join(folder, "failing");
    recipe("failing", { ...toy, seeds: 1, rows: [{ name: "Unheard", settings: { loss: "unheard" } }, ...toy.rows] });
    const { code, said } = await reproduce("failing", out);
    expect([code, said]).toEqual([
      1,
      expect.stringMatching(/cells: Unheard, seed 1: failed: .*"loss" = "unheard".*\n[\s\S]*1 of 3 runs failed: failing\.md/),
    ]);
    const table = text(join(out, "failing.md"));
    expect(table).toMatch(/1 of 3 runs failed:\n\n- Unheard, seed 1: Unheard: "loss" = "unheard"/);
    expect(table).toMatch(/\| Unheard \| - \|.*\| 0 of 1 \|/);
    expect(table).toMatch(/\| Triplet \+ MDR \| \d.*\| 1 of 1 \|/);
    expect((await reproduce("failing", out)).said).toContain("Unheard, seed 1: failed");
  });
});

describe("a grid that is stopped", () => {
  const carried = async (out: string, cells: Listed, fingerprint: string, stopped: () => boolean): Promise<readonly string[]> => {
    const carrier = inThisProcess(cellTrainer({ out, fingerprint, stopped }), stopped);
    const told: string[] = [];
    for await (const { event } of schedule(cells, (cell) => finishedIn(out, cell, fingerprint), carrier))
      if (event.kind === "began" || event.kind === "ended") told.push(`${event.kind} ${event.cell.row} ${event.cell.seed}`);
      else if (event.kind === "stopped") told.push("stopped");
    return told;
  };

  it("within a cell or between two goes on from there, to the bits of one that never stopped", async () => {
    const [out, whole] = [join(folder, "stopped"), join(folder, "whole")];
    expect((await reproduce("toy", whole)).code).toBe(0);
    const cells = await listed("toy", out);
    const { fingerprint } = JSON.parse(text(join(whole, "toy.json"))).sections[0];
    let asked = 0;
    // Asked before each cell and after each step: it is the third step of the first cell.
    expect(await carried(out, cells, fingerprint, () => ++asked > 3)).toEqual(["began Triplet 1", "stopped"]);
    const [first, second] = cells.map((cell) => cellFolder(out, cell));
    expect(right(loadCheckpoint(first ?? "")).record.step).toBe(3);
    expect(finishedIn(out, cells[0] as Cell, fingerprint)).toBeUndefined();
    let ends = 0;
    expect(await carried(out, cells, fingerprint, () => existsSync(join(first ?? "", "results.json")) && ++ends > 0)).toEqual([
      "began Triplet 1",
      "ended Triplet 1",
      "stopped",
    ]);
    expect(existsSync(second ?? "")).toBe(false);
    expect(await carried(out, cells, fingerprint, () => false)).toEqual(
      cells.slice(1).flatMap(({ row, seed }) => [`began ${row} ${seed}`, `ended ${row} ${seed}`]),
    );
    for (const cell of cells)
      expect(right(loadCheckpoint(cellFolder(out, cell))).tensors).toEqual(right(loadCheckpoint(cellFolder(whole, cell))).tensors);
    expect(finishedIn(out, cells[0] as Cell, "of other data")).toBeUndefined();
  });
});

describe("figures", () => {
  it("are drawn along the axis, and of the classes' centres", async () => {
    const out = join(folder, "figures");
    const points = { axis: "embedding size", values: [2, 3].map((at) => ({ at, settings: { embedding: at } })) };
    recipe("sizes", { ...toy, title: "Sizes", seeds: 1, shows: "points", points });
    recipe("centres", { ...toy, title: "Centres", seeds: 1, shows: "centres" });
    expect((await reproduce("sizes", out)).code).toBe(0);
    expect(text(join(out, "sizes.svg"))).toContain(">embedding size</text>");
    expect(text(join(out, "sizes.md"))).toMatch(/\| R@1 in percent; embedding size \| 2 \| 3 \|\n[\s\S]*\| Triplet \| \d/);
    expect((await reproduce("centres", out)).code).toBe(0);
    const { panels } = JSON.parse(text(join(out, "centres.places.json")));
    expect(panels.map(({ name, places }: { name: string; places: unknown[] }) => [name, places.length])).toEqual([
      ["Triplet", 3],
      ["Triplet + MDR", 3],
    ]);
    expect(text(join(out, "centres.md"))).toContain("![Centres](centres.svg)");
    const svg = text(join(out, "centres.svg"));
    rmSync(join(out, "centres.svg"));
    expect((await reproduce("centres", out)).code).toBe(0);
    expect(text(join(out, "centres.svg"))).toBe(svg);
  });
});

describe("wrong use", () => {
  it.each([
    [["tabel1"], /there is no recipe "tabel1": did you mean "table1"\?/],
    [["table1"], /say which data: with --data .* --scale small/],
    [["table1", "--scale", "tiny"], /--scale tiny: use one of full, small/],
    [["table1", "--seeds", "0", "--scale", "small"], /--seeds 0: use a whole number from 1/],
    [["table1", "--scale", "small", "--method", "triplet"], /--method: it is what the rows of table1 differ in/],
    [["table1", "--published", "nowhere.json", "--scale", "small"], /nowhere\.json: cannot be read/],
  ] as const)("%j is told", async (args, told) => {
    const { code, said } = await mdr("reproduce", ...args);
    expect(said).toMatch(told);
    expect(code).toBe(args.includes("--published" as never) ? 1 : 2);
  });

  it("asks nothing of whoever wants to know what there is", async () => {
    const printed = await printedBy("reproduce", "--list");
    expect(printed).toMatch(/^figure3: .*\n {2}t-SNE .*3 runs a seed/m);
    expect(printed).toContain("--dataset cub200 | cars196 | sop | inshop");
  });
});
