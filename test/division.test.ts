/** The division is the run's: whatever becomes of the folder, no class that trained is scored as one never seen. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeDataset } from "../src/datasets/index.js";
import { mdr, printedBy, tiny } from "./fixtures/commands.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-division-"));
const first = join(folder, "first");
const run = join(folder, "run");
let data = "";
let count = 0;

interface Evaluated {
  readonly pictures: number;
  readonly classes: number;
  readonly trainedClasses: number;
  readonly scores: Readonly<Record<string, number>>;
}

const classesOf = (root: string): readonly string[] =>
  readdirSync(root)
    .filter((name) => !name.startsWith(".") && !name.endsWith(".json"))
    .sort();
const evaluated = async (...args: readonly string[]): Promise<Evaluated> => JSON.parse(await printedBy("eval", run, "--json", ...args));
let trained: readonly string[] = [];
let asTrained: Evaluated;

beforeAll(async () => {
  const made = await makeDataset({ seed: 3, classes: 8, imagesPerClass: 4, size: 20 }, first)();
  if (E.isLeft(made)) throw new Error(made.left.message);
  await printedBy("train", "--data", first, ...tiny, "--out", run);
  trained = classesOf(first).slice(0, 4);
  asTrained = await evaluated();
});
beforeEach(() => {
  data = join(folder, `data${count++}`);
  cpSync(first, data, { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const evalNow = async (...args: readonly string[]) => {
  const { code, printed, said } = await mdr("eval", run, "--data", data, "--json", ...args);
  return { code, said, result: code === 0 ? (JSON.parse(printed) as Evaluated) : undefined };
};

describe("eval of the run's own data", () => {
  it("gives the scores of training, wherever the folder lies", async () => {
    const results = JSON.parse(readFileSync(join(run, "results.json"), "utf8"));
    expect({ epoch: 1, ...asTrained.scores }).toEqual(results.final);
    expect((await evalNow()).result).toMatchObject({ scores: asTrained.scores, classes: 4, pictures: 16, trainedClasses: 0 });
  });

  it("is by the recorded division when classes and pictures were added: they are named, and the scores are the same", async () => {
    for (const name of ["000.first", "zzz.last"]) cpSync(join(data, classesOf(first)[5] ?? ""), join(data, name), { recursive: true });
    const [seen = ""] = trained;
    cpSync(join(data, seen, "001.jpg"), join(data, classesOf(first)[6] ?? "", "added.jpg"));
    const { result, said } = await evalNow();
    expect(result).toMatchObject({ scores: asTrained.scores, classes: 4 });
    expect(said).toMatch(/9 picture\(s\) were added since and take no part/);
    expect(said).toContain("000.first");
  });

  it("knows a class by its pictures under another name: trained stays trained, and tests under its recorded name", async () => {
    renameSync(join(data, trained[0] ?? ""), join(data, "zzz.renamed"));
    renameSync(join(data, classesOf(first)[7] ?? ""), join(data, "000.renamed"));
    const { result, said } = await evalNow();
    expect(result).toMatchObject({ scores: asTrained.scores, classes: 4, pictures: 16 });
    expect(said).toMatch(/8 picture\(s\) of the run have other names now:/);
    expect(said).toContain("-> 000.renamed/001.jpg");
  });

  it("names what is gone and what has changed, and leaves out pictures that have become such as trained", async () => {
    const tests = classesOf(first).slice(4);
    rmSync(join(data, tests[0] ?? "", "001.jpg"));
    cpSync(join(data, trained[0] ?? "", "002.jpg"), join(data, tests[1] ?? "", "001.jpg"));
    cpSync(join(data, tests[3] ?? "", "002.jpg"), join(data, tests[2] ?? "", "001.jpg"));
    const { result, said } = await evalNow();
    expect(result).toMatchObject({ classes: 4, pictures: 14 });
    expect(said).toMatch(/1 picture\(s\) of the run are gone:\n +\S+001\.jpg/);
    expect(said).toMatch(/1 picture\(s\) have the content of pictures that trained now, and are left out/);
    expect(said).toMatch(/1 picture\(s\) of the run have another content now/);
  });

  it("refuses to divide anew, and says how many trained where all are asked for", async () => {
    const refused = await mdr("eval", run, "--train-share", "0.25");
    expect([refused.code, refused.said]).toEqual([2, expect.stringMatching(/--train-share: the run has its own division.*--all/)]);
    expect(await evaluated("--all")).toMatchObject({ classes: 8, pictures: 32, trainedClasses: 4 });
  });
});

describe("eval of other data", () => {
  it("takes its test half by the rule, without classes whose pictures trained", async () => {
    const other = join(folder, "other");
    const made = await makeDataset({ seed: 77, classes: 6, imagesPerClass: 4, size: 20 }, other)();
    if (E.isLeft(made)) throw new Error(made.left.message);
    rmSync(join(other, "manifest.json"));
    expect(await evaluated("--data", other)).toMatchObject({ classes: 3, pictures: 12 });
    expect(await evaluated("--data", other, "--train-share", "0.34")).toMatchObject({ classes: 4 });
    cpSync(join(first, trained[1] ?? ""), join(other, "zzz.known"), { recursive: true });
    const { printed, said } = await mdr("eval", run, "--data", other, "--json");
    expect(JSON.parse(printed)).toMatchObject({ classes: 3 });
    expect(said).toMatch(/1 class\(es\) trained, and are left out:\n +zzz\.known/);
  });

  it("is said to be no score of unseen classes where all of it trained", async () => {
    const other = join(folder, "all-trained");
    mkdirSync(other);
    // Most of the run's pictures are missing here: it is other data.
    for (const name of trained) cpSync(join(first, name), join(other, name), { recursive: true });
    for (const name of trained) rmSync(join(other, name, "001.jpg"));
    const { printed, said } = await mdr("eval", run, "--data", other, "--json");
    expect(JSON.parse(printed)).toMatchObject({ classes: 2, pictures: 6, trainedClasses: 2 });
    expect(said).toMatch(/2 class\(es\) trained, and none is left without them: these are not scores of classes never seen/);
    expect((await mdr("eval", run, "--data", other)).printed).toContain("6 pictures of 2 classes, 2 of which trained");
  });

  it("goes by the names of classes where a checkpoint lies alone", async () => {
    const alone = join(folder, "alone.safetensors");
    cpSync(join(run, "epoch-0001.safetensors"), alone);
    for (const name of classesOf(data).slice(4, 6)) renameSync(join(data, name), join(data, `000.${name}`));
    const { printed, said } = await mdr("eval", alone, "--data", data, "--json");
    expect(JSON.parse(printed)).toMatchObject({ classes: 2 });
    expect(said).toMatch(/2 class\(es\) trained, and are left out/);
  });
});

describe("a run that goes on", () => {
  const resumed = async (...args: readonly string[]) => {
    const own = join(folder, `resumed${count++}`);
    cpSync(run, own, { recursive: true });
    return { own, ...(await mdr("train", "--resume", own, "--data", data, "--epochs", "2", ...args)) };
  };

  it("has the pictures it began with: added ones take no part, renamed ones are found, and the end is the same", async () => {
    const untouched = await resumed();
    cpSync(join(data, classesOf(first)[5] ?? ""), join(data, "000.first"), { recursive: true });
    renameSync(join(data, trained[2] ?? ""), join(data, "zzz.renamed"));
    const changed = await resumed();
    expect([untouched.code, changed.code]).toEqual([0, 0]);
    expect(changed.said).toMatch(/4 picture\(s\) of the run have other names now/);
    expect(changed.said).toMatch(/4 picture\(s\) were added since/);
    const final = (own: string) => JSON.parse(readFileSync(join(own, "results.json"), "utf8")).final;
    expect(final(changed.own)).toEqual(final(untouched.own));
  });

  it("is refused where some are gone or have another content, by name", async () => {
    const path = join(data, trained[0] ?? "", "001.jpg");
    const bytes = readFileSync(path);
    rmSync(path);
    expect(await resumed()).toMatchObject({ code: 1, said: expect.stringMatching(/1 of its pictures are gone:\n +\S+001\.jpg/) });
    writeFileSync(path, readFileSync(join(data, trained[1] ?? "", "001.jpg")));
    expect(await resumed()).toMatchObject({
      code: 1,
      said: expect.stringMatching(/1 of its pictures have another content now:\n +\S+001\.jpg/),
    });
    writeFileSync(path, bytes);
    expect(await resumed()).toMatchObject({ code: 0 });
  });
});
