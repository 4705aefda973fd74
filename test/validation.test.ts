/** Held out of what trains: what is chosen by it has not seen the test set, and the test set is scored by what never trained on it. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { classesOf, type Description, heldOut, type Item, makeDataset, type Part } from "../src/datasets/index.js";
import { mdr, printedBy, tiny } from "./fixtures/commands.js";

const itemsOf = (part: Part, first: number, count: number): readonly Item[] =>
  Array.from({ length: 2 * count }, (_, index) => {
    const label = String(first + Math.floor(index / 2));
    return { path: `${label}/${index % 2}.jpg`, label, part };
  });
const described = (train: number, rest: readonly Item[]): Description => ({
  name: "x",
  root: "x",
  items: [...itemsOf("train", 1, train), ...rest],
  warnings: ["before"],
  expected: { train: { pictures: 2, classes: 1 } },
});
const held = (description: Description): Description => {
  const either = heldOut(description);
  return E.isLeft(either) ? expect.fail(either.left.message) : either.right;
};
const labelsOf = ({ items }: Description, part: Part) => classesOf(items.filter((item) => item.part === part));

describe("holding out classes", () => {
  it.each([
    [100, 20],
    [98, 20],
    [11318, 2264],
    [3997, 799],
    [4, 2],
    [7, 2],
  ])("takes the last fifth of %i training classes: %i", (train, count) => {
    const names = Array.from({ length: train }, (_, index) => String(index + 1));
    const description = held(described(train, itemsOf("test", train + 1, 3)));
    expect(labelsOf(description, "test")).toEqual(names.slice(-count));
    expect(labelsOf(description, "train")).toEqual(names.slice(0, -count));
  });

  it("leaves the test set aside, of whatever parts it is, and says so", () => {
    const { items, apart, warnings, expected, partWarnings } = held(
      described(10, [...itemsOf("query", 11, 2), ...itemsOf("gallery", 11, 2)]),
    );
    expect([items.length, apart?.length]).toEqual([20, 8]);
    expect(new Set(apart?.map(({ part }) => part))).toEqual(new Set(["query", "gallery"]));
    expect(expected).toBeUndefined();
    expect(warnings).toEqual(["before", "train: 20 pictures of 10 classes are there, 2 pictures of 1 classes are published"]);
    expect(partWarnings).toEqual([expect.stringMatching(/last 2 of the 10 classes that train are held out/)]);
  });

  it("is refused where two would not remain on either side", () => {
    const either = heldOut(described(3, itemsOf("test", 4, 3)));
    expect(E.isLeft(either) && either.left.message).toMatch(/3 class\(es\) train, and four are needed to hold two of them out/);
  });
});

describe("a run that validates", () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-validation-"));
  const [data, run] = [join(folder, "data"), join(folder, "run")];
  const epochs = ["--epochs", "2"];
  const evaluated = async (...args: readonly string[]) =>
    JSON.parse(await printedBy("eval", run, "--json", ...args)) as {
      readonly classes: number;
      readonly pictures: number;
      readonly part: string;
      readonly trainedClasses: number;
      readonly remarks: readonly string[];
      readonly scores: Readonly<Record<string, number>>;
    };
  let names: readonly string[] = [];
  let said = "";

  beforeAll(async () => {
    const made = await makeDataset({ seed: 5, classes: 10, imagesPerClass: 4, size: 20 }, data)();
    if (E.isLeft(made)) throw new Error(made.left.message);
    names = readdirSync(data)
      .filter((name) => !name.startsWith(".") && !name.endsWith(".json"))
      .sort();
    ({ said } = await mdr("train", "--data", data, ...tiny, ...epochs, "--validate", "--out", run));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("records what it held out, and that its scores are of that", async () => {
    const { data: recorded } = JSON.parse(readFileSync(join(run, "run.json"), "utf8")) as {
      readonly data: { readonly items: readonly (readonly [string, string, string])[] };
    };
    const of = (wanted: string) => [...new Set(recorded.items.filter(([, , part]) => part === wanted).map(([, label]) => label))];
    expect([of("train"), of("test")]).toEqual([names.slice(0, 3), names.slice(3, 5)]);
    const results = JSON.parse(readFileSync(join(run, "results.json"), "utf8"));
    expect(results).toMatchObject({ tested: "held-out classes", settings: { validate: true } });
    expect(said).toMatch(/12 pictures of 3 classes train; 8 of 2 classes held out of training validate/);
    expect(said).toMatch(/the last 2 of the 5 classes that train are held out/);
    expect({ epoch: 2, ...(await evaluated()).scores }).toEqual(results.final);
  });

  it("is evaluated on what it held out, or on the test classes, which it never saw in any way", async () => {
    expect(await evaluated()).toMatchObject({ part: "validation", classes: 2, pictures: 8, trainedClasses: 0 });
    expect((await evaluated()).remarks.join()).toMatch(/held out of training, to choose by.*--part test/);
    const test = await evaluated("--part", "test");
    expect(test).toMatchObject({ part: "test", classes: 5, pictures: 20, trainedClasses: 0 });
    expect(test.remarks.join()).not.toMatch(/held out/);
    expect(await evaluated("--part", "validation")).toMatchObject({ classes: 2 });
    expect(await evaluated("--all")).toMatchObject({ classes: 10, pictures: 40, trainedClasses: 3 });
    expect(await mdr("eval", run, "--part", "tset")).toMatchObject({ code: 2, said: expect.stringMatching(/no such part: tset/) });
  });

  it("is judged by other data's test classes unless told otherwise", async () => {
    const other = join(folder, "other");
    const made = await makeDataset({ seed: 6, classes: 12, imagesPerClass: 4, size: 20 }, other)();
    if (E.isLeft(made)) throw new Error(made.left.message);
    expect(await evaluated("--data", other)).toMatchObject({ part: "test", classes: 6 });
    expect(await evaluated("--data", other, "--part", "validation")).toMatchObject({ part: "validation", classes: 2 });
  });

  it("goes on with its own division, whatever was added, and does not change whether it validates", async () => {
    const [resumed, more] = [join(folder, "resumed"), join(folder, "more")];
    cpSync(run, resumed, { recursive: true });
    cpSync(data, more, { recursive: true });
    // Three classes before all others: of the folder as it is now the fifth class would test, and not train.
    for (const name of ["000.a", "000.b", "000.c"]) cpSync(join(data, names[9] ?? ""), join(more, name), { recursive: true });
    renameSync(join(more, names[1] ?? ""), join(more, "zzz.renamed"));
    const went = await mdr("train", "--resume", resumed, "--data", more, "--epochs", "3");
    expect([went.code, went.said]).toEqual([0, expect.stringMatching(/12 pictures of 3 classes train; 8 of 2 classes held out/)]);
    expect(went.said).toMatch(/4 picture\(s\) of the run have other names now/);
    expect(went.said).toMatch(/12 picture\(s\) were added since and take no part/);
    const without = join(folder, "without");
    await printedBy("train", "--data", data, ...tiny, "--out", without);
    const refused = await mdr("train", "--resume", without, "--epochs", "2", "--validate");
    expect(refused).toMatchObject({ code: 2, said: expect.stringMatching(/--validate is false, not true/) });
    expect(await mdr("eval", without, "--part", "validation")).toMatchObject({
      code: 2,
      said: expect.stringMatching(/held out no classes to validate by: train one with --validate/),
    });
  });
});
