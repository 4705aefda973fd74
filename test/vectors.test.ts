/** Vectors that another network made as a data set: trained on, evaluated, resumed and embedded as pictures are. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { npyHeader, readMatrix } from "../src/arrays/index.js";
import { evaluateRetrieval } from "../src/evaluate/index.js";
import { normals, seeded } from "../src/random/index.js";
import { encodeNumbers } from "../src/weights/index.js";
import { mdr, printedBy } from "./fixtures/commands.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-vectors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

/** Eight classes of six vectors of five numbers, each around a centre of its own. */
const [classes, each, width] = [8, 6, 5];
const rows = ((): readonly (readonly number[])[] => {
  const [noise] = normals(classes * width + classes * each * width, seeded(4));
  const number = (index: number): number => Math.fround(noise[index] as number);
  return Array.from({ length: classes * each }, (_, row) =>
    Array.from({ length: width }, (__, column) =>
      Math.fround(3 * number((row % classes) * width + column) + number(classes * width + row * width + column)),
    ),
  );
})();
const nameOf = (row: number): string => `pictures/${row}.jpg`;
const labelOf = (row: number): string => `class ${row % classes}`;
const writeRows = (name: string, vectors: readonly (readonly number[])[]): void =>
  writeFileSync(at(name), Buffer.concat([npyHeader(vectors.length, width), encodeNumbers(vectors.flat(), "F32")]));
const writeLabels = (name: string, lines: readonly string[]): void => writeFileSync(at(name), `${lines.join("\n")}\n`);
const labelled = rows.map((_, row) => `${nameOf(row)},${labelOf(row)}`);

const tiny = "--embedding 3 --batch 6 --per-class 2 --epochs 1 --iterations 3 --decay-steps 1".split(" ");
const own = ["--features", at("v.npy"), "--labels", at("l.csv")];

beforeAll(async () => {
  writeRows("v.npy", rows);
  writeLabels("l.csv", ["file,class", ...labelled]);
  await printedBy("train", ...own, "--out", at("run"), "--baselines", ...tiny);
});

interface Results {
  readonly final: Readonly<Record<string, number>>;
  readonly baselines: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
const resultsOf = (run: string): Results => JSON.parse(readFileSync(join(at(run), "results.json"), "utf8")) as Results;
const tensorsOf = (run: string): Buffer => {
  const { tensors } = JSON.parse(readFileSync(join(at(run), "last.json"), "utf8")) as { readonly tensors: string };
  const bytes = readFileSync(join(at(run), tensors));
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));
};
const refused = async (...flags: readonly string[]): Promise<string> => {
  const { code, said } = await mdr("train", "--out", at("refused"), ...tiny, ...flags);
  expect(code).not.toBe(0);
  return said;
};

describe("a run over vectors", () => {
  it("is evaluated to the scores that its training found, on the classes that it never saw", async () => {
    const found = JSON.parse(await printedBy("eval", at("run"), "--json")) as { readonly scores: object };
    expect(found).toMatchObject({ pictures: 24, classes: 4, trainedClasses: 0 });
    expect({ epoch: 1, ...found.scores }).toEqual(resultsOf("run").final);
    expect(JSON.parse(await printedBy("eval", at("run"), "--json", "--all"))).toMatchObject({
      pictures: 48,
      classes: 8,
      trainedClasses: 4,
    });
  });

  it("is told beside the vectors as they were given", () => {
    const { baselines } = resultsOf("run");
    expect(Object.keys(baselines)).toEqual(["untrained", "frozen", "chance"]);
    const unseen = rows.map((_, row) => row).filter((row) => row % classes >= 4);
    // In the order of classes, as the run has them: the vectors themselves, scored without a store or a network.
    const ordered = unseen.toSorted((a, b) => (a % classes) - (b % classes));
    const scores = evaluateRetrieval(
      { shape: [ordered.length, width], data: Float64Array.from(ordered.flatMap((row) => rows[row] ?? [])) },
      ordered.map((row) => row % classes),
      { ranks: [1, 2, 4, 8], seed: 1, lone: "skip" },
    );
    expect(baselines.frozen).toEqual(scores);
  });

  it("embeds a file of vectors by the linear layer that its checkpoint holds", async () => {
    await printedBy("embed", at("run"), at("v.npy"), "--to", at("out.csv"));
    const {
      columns,
      rows: count,
      data,
      names,
    } = E.getOrElseW(() => ({ columns: 0, rows: 0, data: [] as number[], names: undefined }))(readMatrix(at("out.csv")));
    expect([count, columns, names?.[2]]).toEqual([48, 3, "row 3"]);
    const { weight, bias } = headOf("run");
    for (const row of [0, 17, 47])
      for (let column = 0; column < 3; column++) {
        const wanted = (rows[row] ?? []).reduce((sum, value, index) => sum + value * (weight[index * 3 + column] ?? 0), bias[column] ?? 0);
        expect(data[row * 3 + column]).toBeCloseTo(wanted, 10);
      }
  });

  it("calls embedded vectors by a table of labels, where one is given", async () => {
    await printedBy("embed", at("run"), at("v.npy"), "--labels", at("l.csv"), "--to", at("named.csv"));
    const { names } = E.getOrElseW(() => ({ names: undefined }))(readMatrix(at("named.csv")));
    expect(names).toEqual(rows.map((_, row) => nameOf(row)));
    writeLabels("few.csv", ["file,class", ...labelled.slice(1)]);
    const { code, said } = await mdr("embed", at("run"), at("v.npy"), "--labels", at("few.csv"), "--to", at("named.csv"));
    expect([code, said]).toEqual([1, expect.stringContaining("47 labels for the 48 vectors")]);
  });

  it("goes on to the bits of one that was not stopped, and only with the vectors that it began with", async () => {
    await printedBy("train", ...own, "--out", at("whole"), ...tiny, "--epochs", "2");
    await printedBy("train", ...own, "--out", at("half"), ...tiny);
    await printedBy("train", "--resume", at("half"), "--epochs", "2");
    expect(tensorsOf("half").equals(tensorsOf("whole"))).toBe(true);
    writeRows("moved.npy", [[...(rows[0] ?? []).slice(0, -1), 9], ...rows.slice(1)]);
    const { code, said } = await mdr("train", "--resume", at("half"), "--epochs", "3", "--features", at("moved.npy"));
    expect([code, said]).toEqual([1, expect.stringMatching(/1 of its pictures ha\w+ another content now/)]);
  });

  it("is the same from whatever file the vectors come", async () => {
    writeLabels(
      "v.csv",
      rows.map((row) => row.join(",")),
    );
    await printedBy("train", "--features", at("v.csv"), "--labels", at("l.csv"), "--out", at("text"), ...tiny);
    expect(tensorsOf("text").equals(tensorsOf("run"))).toBe(true);
  });

  it("has two layers where it is told so, which learn something else", async () => {
    await printedBy("train", ...own, "--out", at("deep"), "--backbone", "two-layer", "--hidden", "4", ...tiny);
    const { tensors } = JSON.parse(readFileSync(join(at("deep"), "last.json"), "utf8")) as { readonly tensors: string };
    const header = readFileSync(join(at("deep"), tensors)).toString("latin1", 8, 4000);
    expect(header).toContain('"parameter.network.hidden.weight":{"dtype":"F64","shape":[5,4]');
    expect(header).toContain('"parameter.network.head.weight":{"dtype":"F64","shape":[4,3]');
  });

  it("takes the parts that the table says", async () => {
    const parts = ["train", "query", "gallery"];
    writeLabels("parts.csv", [
      "file,class,part",
      ...labelled.map((line, row) => `${line},${row % classes < 4 ? "train" : parts[1 + (row >= 24 ? 1 : 0)]}`),
    ]);
    await printedBy("train", "--features", at("v.npy"), "--labels", at("parts.csv"), "--out", at("parts"), ...tiny);
    expect(JSON.parse(await printedBy("eval", at("parts"), "--json"))).toMatchObject({ pictures: 12, queries: 12 });
  });

  it("leaves out what is no number, by name", async () => {
    writeRows(
      "nan.npy",
      rows.map((row, index) => (index === 5 ? [...row.slice(1), Number.NaN] : row)),
    );
    const { code, said } = await mdr("train", "--features", at("nan.npy"), "--labels", at("l.csv"), "--out", at("nan"), ...tiny);
    expect([code, said]).toEqual([0, expect.stringMatching(/left out 1 that cannot be used:\n.*5\.jpg: holds what is no finite number/)]);
    expect(await refused("--features", at("nan.npy"), "--labels", at("l.csv"), "--strict")).toMatch(
      /5\.jpg: holds what is no finite number/,
    );
  });
});

/** The linear layer of a run, from the bytes of its checkpoint. */
const headOf = (run: string): { readonly weight: readonly number[]; readonly bias: readonly number[] } => {
  const { tensors } = JSON.parse(readFileSync(join(at(run), "last.json"), "utf8")) as { readonly tensors: string };
  const bytes = readFileSync(join(at(run), tensors));
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Readonly<
    Record<string, { readonly data_offsets: readonly [number, number] }>
  >;
  const numbers = (name: string): readonly number[] => {
    const [from = 0, to = 0] = header[`parameter.network.head.${name}`]?.data_offsets ?? [];
    return Array.from({ length: (to - from) / 8 }, (_, index) => bytes.readDoubleLE(8 + length + from + 8 * index));
  };
  return { weight: numbers("weight"), bias: numbers("bias") };
};

it("is what a grid trains on, as any other data are", async () => {
  const flags = "--seeds 1 --embedding 3 --batch 6 --per-class 2 --epochs 1 --iterations 3 --decay-steps 1".split(" ");
  await printedBy("reproduce", "vectors", ...own, ...flags, "--out", at("grid"));
  const [section] = (
    JSON.parse(readFileSync(join(at("grid"), "vectors.json"), "utf8")) as {
      readonly sections: readonly { readonly cells: readonly { readonly row: string; readonly outcome: { readonly kind: string } }[] }[];
    }
  ).sections;
  expect(section?.cells.map(({ row, outcome }) => [row, outcome.kind])).toEqual(
    ["Triplet", "Triplet + L2", "Triplet + MDR"].map((row) => [row, "done"]),
  );
});

describe("what does not fit together is said", () => {
  it("vectors without labels, or with others' labels", async () => {
    expect(await refused("--features", at("v.npy"))).toMatch(
      /--features: a file of vectors does not say what they are of: give their classes with --labels/,
    );
    writeLabels("fewer.csv", ["file,class", ...labelled.slice(1)]);
    expect(await refused("--features", at("v.npy"), "--labels", at("fewer.csv"))).toMatch(
      /fewer\.csv: has 47 labels for the 48 vectors of/,
    );
    writeLabels("twice.csv", ["file,class", labelled[1] ?? "", ...labelled.slice(1)]);
    expect(await refused("--features", at("v.npy"), "--labels", at("twice.csv"))).toMatch(/two vectors are called pictures\/1\.jpg/);
  });

  it("a network of pictures over vectors, and one of vectors over pictures", async () => {
    expect(await refused(...own, "--backbone", "compact")).toMatch(/takes pictures, and --features are vectors: use linear or two-layer/);
    expect(await refused("--data", folder, "--backbone", "linear")).toMatch(/takes vectors: give a file of them with/);
  });

  it("vectors of another length than the network's", async () => {
    writeLabels(
      "short.csv",
      rows.map((row) => row.slice(1).join(",")),
    );
    const { code, said } = await mdr("embed", at("run"), at("short.csv"), "--to", at("short.jsonl"));
    expect([code, said]).toEqual([1, expect.stringMatching(/short\.csv: has vectors of 4 numbers, and the network takes 5/)]);
  });

  it("photos for a network of vectors", async () => {
    const { code, said } = await mdr("similar", at("run"), at("x.jpg"), folder);
    expect([code, said]).toEqual([2, expect.stringMatching(/takes vectors that another network made, and no photos/)]);
  });
});
