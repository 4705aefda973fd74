/** What `mdr eval`, `mdr embed` and `mdr similar` make of a run: the pictures, the head and the scores that its training had. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { makeDataset } from "../src/datasets/index.js";
import { classScores, evaluateRetrieval, foundAmong, nearestNeighbours, type Spread, spreadOf } from "../src/evaluate/index.js";
import { unsafeTensor } from "../src/tensor/index.js";
import { printedBy } from "./fixtures/commands.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-use-"));
const data = join(folder, "data");

/** By name: the flags of its training, and whether its embeddings have length 1. */
const runs = {
  triplet: { flags: ["--method", "triplet"], sphere: false },
  "triplet-l2": { flags: ["--method", "triplet-l2"], sphere: true },
  "triplet-mdr": { flags: ["--method", "triplet-mdr"], sphere: false },
  whitened: { flags: ["--method", "triplet", "--whitening", "on"], sphere: true },
};
const tiny =
  "--image-size 16 --width 2 --depth 0 --embedding 3 --batch 6 --per-class 2 --epochs 1 --iterations 2 --decay-steps 1 --baselines".split(
    " ",
  );

interface Results {
  readonly before: Readonly<Record<string, number>>;
  readonly baselines: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

beforeAll(async () => {
  const made = await makeDataset({ seed: 3, classes: 10, imagesPerClass: 5, size: 20 }, data)();
  if (E.isLeft(made)) throw new Error(made.left.message);
  for (const [name, { flags }] of Object.entries(runs))
    await printedBy("train", "--data", data, "--out", join(folder, name), ...flags, "--train-share", "0.4", "--recall", "1,3", ...tiny);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.entries(runs))("a run of %s", (name, { sphere }) => {
  const run = join(folder, name);

  it("is evaluated to the scores that its training found, on the classes that it never saw, at its own K", async () => {
    const { final } = JSON.parse(readFileSync(join(run, "results.json"), "utf8")) as { readonly final: Readonly<Record<string, number>> };
    const { scores, classes } = JSON.parse(await printedBy("eval", run, "--json")) as { readonly scores: object; readonly classes: number };
    expect({ epoch: 1, ...scores }).toEqual(final);
    expect(Object.keys(scores)).toEqual(["recall@1", "recall@3", "precision@1", "r-precision", "map@r"]);
    expect(classes).toBe(6);
  });

  it("is told beside the network that it began with, pixels, colours and chance, at the end of training and in eval alike", async () => {
    const { before, baselines } = JSON.parse(readFileSync(join(run, "results.json"), "utf8")) as Results;
    expect(Object.keys(baselines)).toEqual(["untrained", "pixels", "histogram", "chance"]);
    expect(baselines.untrained).toEqual(before);
    // 30 pictures, 4 others of each class among 29.
    expect(baselines.chance?.["recall@1"]).toBeCloseTo(4 / 29, 12);
    expect(JSON.parse(await printedBy("eval", run, "--json", "--baselines"))).toMatchObject({
      baselines,
      queries: 30,
      lone: 0,
      loneRule: "skip",
    });
    expect(JSON.parse(await printedBy("eval", run, "--json"))).not.toHaveProperty("baselines");
  });

  it("embeds on the unit sphere only where it was trained or whitened there", async () => {
    const to = join(folder, `${name}.jsonl`);
    await printedBy("embed", run, data, "--to", to);
    const lengths = readFileSync(to, "utf8")
      .trim()
      .split("\n")
      .map((line) => Math.hypot(...(JSON.parse(line) as { readonly embedding: readonly number[] }).embedding));
    expect(lengths).toHaveLength(50);
    expect(lengths.every((length) => Math.abs(length - 1) < 1e-9)).toBe(sphere);
  });

  it("tells distances of similar photos in the space that it was trained in", async () => {
    const to = join(folder, `${name}.jsonl`);
    await printedBy("embed", run, data, "--to", to);
    const rows = readFileSync(to, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly file: string; readonly embedding: readonly number[] });
    const photo = rows[7]?.file ?? "";
    const { similar } = JSON.parse(await printedBy("similar", run, photo, data, "--count", "2", "--json")) as {
      readonly similar: readonly { readonly file: string; readonly distance: number }[];
    };
    const embeddingOf = (wanted: string): readonly number[] => rows.find(({ file }) => file === wanted)?.embedding ?? [];
    expect(similar).toHaveLength(2);
    for (const { file, distance } of similar)
      expect(distance).toBeCloseTo(Math.hypot(...embeddingOf(file).map((value, column) => value - (embeddingOf(photo)[column] ?? 0))), 9);
  });
});

describe("eval of a run, asked for more", () => {
  const run = join(folder, "triplet");
  interface Told {
    readonly scores: Readonly<Record<string, number>>;
    readonly spread: Spread;
    readonly perClass: readonly { readonly class: string; readonly queries: number; readonly scores: object }[];
  }
  const told = async (...flags: readonly string[]): Promise<Told> => JSON.parse(await printedBy("eval", run, "--json", ...flags)) as Told;

  /** Embeddings and classes of the pictures that it is judged by, as `mdr embed` gives them. */
  const judged = async () => {
    const to = join(folder, "judged.jsonl");
    await printedBy("embed", run, data, "--to", to);
    const trained = new Set((JSON.parse(readFileSync(join(run, "last.json"), "utf8")) as { readonly classes: readonly string[] }).classes);
    const rows = readFileSync(to, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly file: string; readonly embedding: readonly number[] })
      .map(({ file, embedding }) => ({ label: basename(dirname(file)), embedding }))
      .filter(({ label }) => !trained.has(label));
    const embeddings = unsafeTensor([rows.length, 3], Float64Array.from(rows.flatMap(({ embedding }) => embedding)));
    return { embeddings, labels: rows.map(({ label }) => label) };
  };

  it("tells NMI and AMI of k-means clusters, by the run's seed", async () => {
    const { embeddings, labels } = await judged();
    const { nmi = Number.NaN, ami = Number.NaN } = (await told("--clusters")).scores;
    const expected = evaluateRetrieval(embeddings, labels, { clusters: true, seed: 1 });
    expect([nmi, ami]).toEqual([expect.closeTo(expected.nmi ?? 2, 12), expect.closeTo(expected.ami ?? 2, 12)]);
    expect(ami).toBeLessThan(nmi);
  });

  it("tells the scores of each class, by its name", async () => {
    const { embeddings, labels } = await judged();
    const neighbours = nearestNeighbours(embeddings, embeddings, { count: labels.length, same: true });
    const expected = classScores(foundAmong(neighbours, labels, labels, true), labels, { ranks: [1, 3] });
    const { perClass } = await told("--per-class");
    expect(perClass).toHaveLength(6);
    expect(new Map(perClass.map(({ class: name, ...row }) => [name, row]))).toEqual(
      new Map(expected.map(({ label, ...row }) => [label, row])),
    );
    const text = await printedBy("eval", run, "--per-class");
    expect(text).toMatch(/^class +pictures +recall@1 +recall@3 +r-precision +map@r$/m);
    for (const { class: name } of perClass) expect(text).toMatch(new RegExp(`^${name} +5 `, "m"));
  });

  it("tells how far classes spread", async () => {
    const { embeddings, labels } = await judged();
    const { intra, inter, ratio } = (await told("--spread")).spread;
    const expected = spreadOf(embeddings, labels);
    expect([intra, inter, ratio]).toEqual([
      expect.closeTo(expected.intra, 9),
      expect.closeTo(expected.inter, 9),
      expect.closeTo(expected.ratio, 9),
    ]);
    expect(await printedBy("eval", run, "--spread")).toContain(`between class centres, ratio ${ratio.toFixed(3)}`);
  });

  it("says nothing of them where it is not asked", async () => {
    const plain = await told();
    expect(plain).not.toHaveProperty("perClass");
    expect(plain).not.toHaveProperty("spread");
    expect(plain.scores).not.toHaveProperty("nmi");
  });
});

describe("eval on other data", () => {
  const run = join(folder, "triplet-mdr");
  const other = join(folder, "other");
  beforeAll(async () => {
    const made = await makeDataset({ seed: 4, classes: 6, imagesPerClass: 2, size: 20 }, other)();
    if (E.isLeft(made)) throw new Error(made.left.message);
    const classes = readdirSync(other, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
    const [training, , , testing] = classes.map(({ name }) => join(other, name)).sort();
    // A class of one picture among those that test.
    rmSync(join(testing ?? "", readdirSync(testing ?? "")[0] ?? ""));
    writeFileSync(join(training ?? "", "broken.png"), "no picture");
  });

  const evaluated = async (...more: readonly string[]) =>
    JSON.parse(await printedBy("eval", run, "--data", other, "--train-share", "0.5", "--json", ...more)) as {
      readonly scores: Readonly<Record<string, number>>;
      readonly remarks: readonly string[];
    };

  it("asks nothing of the pictures that would train, neither a batch of them nor that they can be decoded", async () => {
    // Three classes of two pictures do not fill a batch of 6 with a class of one among them; one file there is no picture.
    expect(await evaluated()).toMatchObject({ pictures: 5, classes: 3 });
  });

  it("leaves queries without a possible match out, or counts them as misses, and says so", async () => {
    const [skipped, missed] = [await evaluated(), await evaluated("--lone", "miss")];
    expect(skipped).toMatchObject({ queries: 5, lone: 1, loneRule: "skip" });
    expect(missed).toMatchObject({ queries: 5, lone: 1, loneRule: "miss" });
    expect(skipped.remarks).toContain("1 of 5 queries have no possible match: left out (--lone skip)");
    expect(missed.remarks).toContain("1 of 5 queries have no possible match: counted as misses (--lone miss)");
    // Recall@4 finds whatever can be found among 4 others: of 4 queries, or of 5.
    const at4 = async (...more: readonly string[]) => (await evaluated("--recall", "4", ...more)).scores["recall@4"];
    expect([await at4(), await at4("--lone", "miss")]).toEqual([1, 4 / 5]);
  });

  it("says below the table what it says in JSON, and which baseline does better", async () => {
    const { remarks } = await evaluated("--baselines");
    const text = await printedBy("eval", run, "--data", other, "--train-share", "0.5", "--baselines");
    for (const remark of remarks) expect(text).toContain(`\n${remark}`);
    const [, names = ""] = text.split("\n");
    expect(names.trim().split(/ {2,}/)).toEqual(["trained", "untrained", "12 x 12 pixels", "colour histogram", "chance"]);
  });
});

test("a whitened run trains as it does without whitening, step for step", () => {
  const steps = (name: string) =>
    readFileSync(join(folder, name, "metrics.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly event: string; readonly loss?: number })
      .filter(({ event }) => event === "step")
      .map(({ loss }) => loss);
  expect(steps("whitened")).toHaveLength(2);
  expect(steps("whitened")).toEqual(steps("triplet"));
});
