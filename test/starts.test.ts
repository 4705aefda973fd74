/** The weights that lie in the package: they are there, of the network that they say, and know what species are. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDataset } from "../src/datasets/index.js";
import { starts, weightsPlace } from "../src/runs/index.js";
import { type Ended, mdr, mdrApart, printedBy } from "./fixtures/commands.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-starts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each(Object.keys(starts))("--weights %s", (name) => {
  const on = ["--data", "others", "--engine", "wasm", "--json"];
  let [ofRun, ofName, trained]: readonly (Ended | undefined)[] = [];

  // Of another seed than those that the weights were trained on.
  beforeAll(async () => {
    await makeDataset({ seed: 77, classes: 16, imagesPerClass: 6, size: 64 }, join(folder, "others"))();
    [, ofRun, ofName, trained] = mdrApart(folder, [
      ["import", name, "--out", "imported"],
      ["eval", "imported", ...on],
      ["eval", "--weights", name, ...on],
      ["train", ...on, "--weights", name, "--out", "trained", "--epochs", "1", "--iterations", "1", "--no-report"],
    ]);
  });

  const recall = (scores: unknown): number => (scores as Readonly<Record<string, number>>)["recall@1"] ?? Number.NaN;
  const told = (ended: Ended | undefined) => JSON.parse(ended?.printed ?? "") as Readonly<Record<string, unknown>>;

  test("tells species apart that it never saw", () => {
    expect(recall(told(ofRun).scores)).toBeGreaterThan(0.7);
    expect(told(ofName).scores).toEqual(told(ofRun).scores);
  });

  test("begins a training, whose settings keep the name and not a place", () => {
    const { settings, before } = told(trained);
    expect(settings).toMatchObject({ weights: name, pooled: "every", imageSize: 64 });
    expect(recall(before)).toBe(recall(told(ofRun).scores));
  });
});

test("is meant by its name, and a file of that name by a path; what is not there is said", async () => {
  const out = join(folder, "by name");
  expect(await printedBy("import", "species", "--out", out)).toBe(`compact, embeddings of 64 numbers, in ${out}\n`);
  expect(weightsPlace("./species")).toBe("./species");
  expect(weightsPlace("toString")).toBe("toString");
  const { code, said } = await mdr("import", "./species", "--out", join(folder, "none"));
  expect(code).not.toBe(0);
  expect(said).toContain("./species: cannot be read");
});
