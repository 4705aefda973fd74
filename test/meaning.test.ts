/** What distances mean to whoever has a run: thresholds kept with it, what is within them, copies, and labels that neighbours doubt. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeJpeg, makeDataset } from "../src/datasets/index.js";
import { thresholdsOf } from "../src/evaluate/index.js";
import { decodeImage, resized } from "../src/pictures/index.js";
import { addThresholds, type Calibrated, calibratedOn, readThresholds } from "../src/runs/index.js";
import { unsafeTensor } from "../src/tensor/index.js";
import { mdr, printedBy, tiny } from "./fixtures/commands.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-meaning-"));
const data = join(folder, "data");
const run = join(folder, "run");

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isRight(either)) return either.right;
  return expect.fail(JSON.stringify(either.left));
};
const json = async <A>(...args: readonly string[]): Promise<A> => JSON.parse(await printedBy(...args, "--json")) as A;
const kept = (of = run): readonly Calibrated[] => right(readThresholds(of));

interface Row {
  readonly file: string;
  readonly embedding: readonly number[];
}

/** Embeddings of files as `mdr embed` gives them. */
const embedded = async (of: string, where: string): Promise<readonly Row[]> => {
  const to = join(folder, "rows.jsonl");
  await printedBy("embed", of, where, "--to", to);
  return readFileSync(to, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
};

const classes = (): readonly string[] =>
  readdirSync(data, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() && !entry.name.startsWith(".") ? [entry.name] : []));
/** The first picture of a class. */
const firstOf = (name: string): string => join(data, name, readdirSync(join(data, name)).toSorted()[0] ?? "");

beforeAll(async () => {
  right(await makeDataset({ seed: 3, classes: 6, imagesPerClass: 4, size: 20 }, data)());
  await printedBy("train", "--data", data, "--out", run, ...tiny, "--epochs", "3", "--iterations", "4");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a run's thresholds", () => {
  it("are found at the end of training for its last and its best epoch, by the pictures that it was judged by", async () => {
    const results = JSON.parse(readFileSync(join(run, "results.json"), "utf8")) as { readonly best: { readonly epoch: number } };
    expect(kept().map(({ epoch }) => epoch)).toEqual([...new Set([results.best.epoch, 3])]);
    for (const [checkpoint, own] of [
      [run, kept().at(-1)],
      [join(run, "best.json"), kept()[0]],
    ] as const) {
      const trained = new Set(
        (JSON.parse(readFileSync(join(run, "last.json"), "utf8")) as { readonly classes: readonly string[] }).classes,
      );
      const rows = (await embedded(checkpoint, data)).filter(({ file }) => !trained.has(basename(dirname(file))));
      const embeddings = unsafeTensor([rows.length, 3], Float64Array.from(rows.flatMap(({ embedding }) => embedding)));
      const expected = right(thresholdsOf({ embeddings, labels: rows.map(({ file }) => basename(dirname(file))) }));
      expect(own).toEqual({ epoch: own?.epoch, step: 4 * (own?.epoch ?? 0), tested: "unseen classes", pictures: 12, of: 12, ...expected });
    }
    const { thresholds = [] } = kept().at(-1) ?? {};
    expect(readFileSync(join(run, "card.md"), "utf8")).toContain(`- Nearer than ${thresholds[1]?.distance.toPrecision(4)} are 1.0 %`);
  });

  it("are those of held-out classes where the run validates", async () => {
    const own = join(folder, "validated");
    await printedBy("train", "--data", data, "--out", own, ...tiny, "--validate", "--train-share", "0.84");
    expect(kept(own).at(-1)).toMatchObject({ tested: "held-out classes" });
  });

  it("are found for old runs, and at other rates, by `mdr eval --thresholds`, and kept once for each epoch", async () => {
    const old = join(folder, "old");
    cpSync(run, old, { recursive: true });
    rmSync(join(old, "thresholds.json"));
    expect((await mdr("similar", old, join(data, "x.jpg"), data, "--false-matches", "0.01")).said).toMatch(
      /old: has no thresholds of its distances: have them found by `mdr eval --thresholds /,
    );
    expect((await mdr("similar", old, join(data, "x.jpg"), data)).said).toContain("have them found by `mdr eval --thresholds ");
    const { thresholds: told } = await json<{ readonly thresholds: Calibrated }>("eval", old, "--thresholds");
    expect(kept(old)).toEqual([kept().at(-1)]);
    expect(told).toMatchObject({
      ...kept().at(-1),
      remarks: [0, 0, 2].map((few) => expect.stringMatching(`is ${few}: too few`) as string),
    });
    const text = await printedBy("eval", old, "--thresholds", "0.2,0.05");
    expect(text).toMatch(/thresholds by unseen classes, 12 pictures: 18 pairs of one class, 48 of different classes\n/);
    expect(text).toMatch(/^20 % +\S+ +\S+ % +9$/m);
    expect(kept(old)).toHaveLength(1);
    expect(kept(old)[0]?.thresholds.map(({ rate }) => rate)).toEqual([0.001, 0.01, 0.05, 0.2]);
    expect((await mdr("similar", old, join(data, "x.jpg"), data, "--false-matches", "0.02")).said).toMatch(
      /--false-matches 0\.02: the run's thresholds are for 0\.001, 0\.01, 0\.05, 0\.2: take one of them/,
    );
  });

  it.each([
    [["--thresholds", "1"], /--thresholds 1: use shares/],
    [["--thresholds", "--all"], /--thresholds --all: thresholds are of classes that did not train/],
  ])("are refused by %j", async (flags, why) => {
    const { code, said } = await mdr("eval", run, ...flags);
    expect([code, said]).toEqual([2, expect.stringMatching(why)]);
  });

  it("are not found by other data than the run's", async () => {
    const other = join(folder, "other");
    right(await makeDataset({ seed: 4, classes: 4, imagesPerClass: 3, size: 20 }, other)());
    const before = kept();
    const { code, said } = await mdr("eval", run, "--data", other, "--thresholds");
    expect([code, said]).toEqual([2, expect.stringMatching(/these are other data than the run's/)]);
    expect(kept()).toEqual(before);
  });

  it("are of whole classes where there are too many pictures, and say how many; they replace those of their step alone", () => {
    const labels = Array.from({ length: 30 }, (_, row) => Math.floor(row / 3));
    const queries = {
      embeddings: unsafeTensor(
        [30, 1],
        Float64Array.from(labels, (label, row) => label + (row % 3) / 10),
      ),
      labels,
    };
    const some = right(calibratedOn({ queries }, { epoch: 1, step: 4, tested: "unseen classes" }, { most: 9 }));
    expect(some).toMatchObject({ pictures: 9, of: 30, same: 9, different: 27 });
    const among = right(calibratedOn({ queries, gallery: queries }, { epoch: 2, step: 8, tested: "unseen classes" }, { most: 9 }));
    expect(among).toMatchObject({ pictures: 9, of: 30, same: 27, different: 54 });
    const own = join(folder, "own");
    mkdirSync(own);
    right(addThresholds(own, "a", [among, some]));
    right(addThresholds(own, "a", [{ ...some, tested: "other pictures" }]));
    expect(kept(own).map(({ step, tested }) => [step, tested])).toEqual([
      [4, "other pictures"],
      [8, "unseen classes"],
    ]);
    right(addThresholds(own, "b", [some]));
    expect(kept(own)).toEqual([some]);
    writeFileSync(join(own, "thresholds.json"), readFileSync(join(own, "thresholds.json"), "utf8").replace('"step": 4', '"step": 5'));
    expect(E.isLeft(readThresholds(own))).toBe(true);
  });
});

describe("mdr similar", () => {
  interface Told {
    readonly limit?: { readonly rate?: number; readonly distance: number; readonly recall?: number };
    readonly similar: readonly { readonly file: string; readonly distance: number; readonly within?: boolean }[];
  }
  const first = () => firstOf(classes()[0] ?? "");

  it("says which are within the run's threshold at 1 %, and takes another rate or a distance to leave others away", async () => {
    const ask = (...more: readonly string[]) => json<Told>("similar", run, first(), data, "--count", "23", ...more);
    const all = await ask();
    const { thresholds = [], same = 0 } = kept().at(-1) ?? {};
    expect(all.limit).toMatchObject({ rate: 0.01, distance: thresholds[1]?.distance, recall: (thresholds[1]?.matches ?? 0) / same });
    expect(all.similar).toHaveLength(23);
    // The same photo from elsewhere: the one in the folder is a copy, and no news.
    const elsewhere = join(folder, `elsewhere${extname(first())}`);
    cpSync(first(), elsewhere);
    expect((await json<Told>("similar", run, elsewhere, data, "--count", "23")).similar).toEqual(all.similar);
    for (const { distance, within } of all.similar) expect(within).toBe(distance < (thresholds[1]?.distance ?? 0));
    const wide = await ask("--false-matches", "0.05");
    expect(wide.similar.map(({ file }) => file)).toEqual(
      all.similar.filter(({ distance }) => distance < (thresholds[2]?.distance ?? 0)).map(({ file }) => file),
    );
    const at = all.similar[3]?.distance ?? 0;
    // What is as far as that is none of them.
    expect((await ask("--under", String(at))).similar.map(({ distance }) => distance)).toEqual(
      all.similar.map(({ distance }) => distance).filter((distance) => distance < at),
    );
    const text = await printedBy("similar", run, first(), data, "--count", "3");
    expect(text).toMatch(/^most similar first +distance +within\n(.* (yes|no)\n){3}threshold at 1 % false matches: nearer than /);
  });

  it.each([
    [["--under", "x"], /--under x: use a distance/],
    [["--under", "1", "--false-matches", "0.01"], /use one of them/],
    [["--false-matches", "7"], /--false-matches 7: use a share/],
  ])("refuses %j", async (flags, why) => {
    const { code, said } = await mdr("similar", run, first(), data, ...flags);
    expect([code, said]).toEqual([2, expect.stringMatching(why)]);
  });
});

describe("mdr duplicates", () => {
  interface Told {
    readonly pictures: number;
    readonly exact: readonly (readonly string[])[];
    readonly near: readonly { readonly file: string; readonly others: readonly { readonly file: string; readonly bits: number }[] }[];
    readonly similar?: readonly {
      readonly file: string;
      readonly others: readonly { readonly file: string; readonly distance: number }[];
    }[];
    readonly limit?: { readonly rate?: number; readonly distance: number };
    readonly leftOut?: readonly { readonly path: string }[];
  }
  const own = join(folder, "photos");
  const at = (name: string): string => join(own, name);

  beforeAll(() => {
    mkdirSync(own);
    for (const [index, name] of classes().entries()) copyFileSync(firstOf(name), at(`${index}.jpg`));
    copyFileSync(at("0.jpg"), at("copy.jpg"));
    const picture = right(decodeImage(readFileSync(at("1.jpg")), "1.jpg"));
    writeFileSync(at("smaller.jpg"), encodeJpeg(resized(picture, 16, 16, "lanczos"), 80));
    for (const name of ["flat1.jpg", "flat2.jpg"])
      writeFileSync(at(name), encodeJpeg({ width: 16, height: 16, pixels: new Uint8Array(768).fill(name === "flat1.jpg" ? 90 : 91) }, 80));
    writeFileSync(at("broken.jpg"), "no picture");
  });

  it("keeps exact copies, near copies and similar pictures apart, names what is left out, and removes nothing", async () => {
    const before = readdirSync(own);
    const plain = await json<Told>("duplicates", own);
    expect(plain).toMatchObject({ pictures: 10, exact: [[at("0.jpg"), at("copy.jpg")]], leftOut: [{ path: at("broken.jpg") }] });
    expect(plain.near).toEqual([{ file: at("1.jpg"), others: [{ file: at("smaller.jpg"), bits: expect.any(Number) as number }] }]);
    expect(plain).not.toHaveProperty("similar");
    const all = await json<Told>("duplicates", own, run, "--under", "1000");
    expect([all.exact, all.near, all.limit]).toEqual([plain.exact, plain.near, { distance: 1000 }]);
    // Each of those that are left, once: neither the exact nor the near copy.
    const [group] = all.similar ?? [];
    expect([group?.file, ...(group?.others.map(({ file }) => file) ?? [])].toSorted()).toEqual(
      [...Array.from({ length: 6 }, (_, index) => at(`${index}.jpg`)), at("flat1.jpg"), at("flat2.jpg")].toSorted(),
    );
    expect((await json<Told>("duplicates", own, run)).limit).toMatchObject({
      rate: 0.001,
      distance: kept().at(-1)?.thresholds[0]?.distance,
    });
    const text = await printedBy("duplicates", own, run, "--under", "1000");
    expect(text).toMatch(
      /^10 pictures; 1 left out\nexact copies, the same bytes: 1 group\n {2}.*0\.jpg\n {4}.*copy\.jpg\nnear copies, 6 bits of 64 or fewer apart: 1 /,
    );
    expect(readdirSync(own)).toEqual(before);
  });

  it.each([
    [["--radius", "17"], /--radius 17: use a whole number of bits/, 2],
    [["--under", "1"], /distances are of a run's embeddings/, 2],
    [["--strict"], /broken\.jpg: /, 1],
  ])("refuses %j", async (flags, why, expected) => {
    const { code, said } = await mdr("duplicates", own, ...flags);
    expect([code, said]).toEqual([expected, expect.stringMatching(why)]);
  });
});

describe("mdr clean", () => {
  interface Told {
    readonly pictures: number;
    readonly judged: number;
    readonly trainedClasses: number;
    readonly suspects: readonly { readonly file: string; readonly label: string; readonly suggested: string; readonly suspicion: number }[];
  }
  const own = join(folder, "labelled");
  /** One colour a class, which every network tells apart, and a little of chance. */
  const colours = { red: [200, 40, 40], green: [40, 200, 40], blue: [40, 40, 200], grey: [120, 120, 120] } as const;
  const draw = (colour: readonly number[], seed: number): Uint8Array =>
    encodeJpeg(
      { width: 20, height: 20, pixels: Uint8Array.from({ length: 1200 }, (_, at) => (colour[at % 3] ?? 0) + ((at * 7 + seed * 31) % 11)) },
      95,
    );

  beforeAll(() => {
    for (const [name, colour] of Object.entries(colours)) {
      mkdirSync(join(own, name), { recursive: true });
      for (let index = 0; index < 6; index++) writeFileSync(join(own, name, `${index}.jpg`), draw(colour, index));
    }
    writeFileSync(join(own, "red", "wrong.jpg"), draw(colours.blue, 9));
    writeFileSync(join(own, "grey", "wrong.jpg"), draw(colours.green, 9));
    mkdirSync(join(own, "alone"));
    writeFileSync(join(own, "alone", "0.jpg"), draw([250, 250, 0], 1));
  });

  it("lists pictures under the wrong label first, with the label of their neighbours", async () => {
    const told = await json<Told>("clean", own, run);
    expect(told).toMatchObject({ pictures: 27, judged: 26, trainedClasses: 0 });
    const named = told.suspects.map(({ file, label, suggested }) => ({ file, label, suggested }));
    expect(named.slice(0, 2).toSorted((a, b) => (a.file < b.file ? -1 : 1))).toEqual([
      { file: join(own, "grey", "wrong.jpg"), label: "grey", suggested: "green" },
      { file: join(own, "red", "wrong.jpg"), label: "red", suggested: "blue" },
    ]);
    const text = await printedBy("clean", own, run, "--count", "1");
    expect(await printedBy("clean", run, own, "--count", "1")).toBe(text);
    expect(text).toMatch(
      /^most suspicious first .*\n.*wrong\.jpg .*\n2 of 26 pictures have neighbours that speak for another label; more of them by --count 2\n1 picture\(s\) are alone/,
    );
  });

  it("says that classes that trained are judged mildly", async () => {
    expect((await json<Told>("clean", data, run)).trainedClasses).toBe(3);
    expect(await printedBy("clean", data, run)).toMatch(/3 of the classes trained this network/);
  });

  it.each([
    [[join(folder, "nowhere"), run], /nowhere: /, 1],
    [[data, run, "--neighbours", "0"], /--neighbours 0: use a whole number/, 2],
  ])("refuses %j", async (args, why, expected) => {
    const { code, said } = await mdr("clean", ...args);
    expect([code, said]).toEqual([expected, expect.stringMatching(why)]);
  });
});
