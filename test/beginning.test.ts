/** A network out of a file of weights: where its tensors are found there, what may be missing, and what `mdr` does with them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeDataset } from "../src/datasets/index.js";
import { square } from "../src/engines/index.js";
import { adopted, batchNorm, convolution, initialise, linear, publishedWeights, sequence } from "../src/nn/index.js";
import { loadCheckpoint } from "../src/runs/index.js";
import { fromNdarray, type Named, named, permute, prefixed, type Tensor, toNdarray, unsafeTensor, zeros } from "../src/tensor/index.js";
import { encodeTensors } from "../src/weights/index.js";
import { mdr, printedBy, tiny } from "./fixtures/commands.js";

const network = sequence([
  ["conv", convolution({ inputs: 2, outputs: 3, size: [1, 2], bias: false, ...square(1, 0) })],
  ["norm", batchNorm(3)],
  ["head", linear(3, 4)],
]);

const theirNames: Readonly<Record<string, string>> = {
  "conv.weight": "conv1.weight",
  "norm.scale": "bn1.weight",
  "norm.shift": "bn1.bias",
  "norm.mean": "bn1.running_mean",
  "norm.variance": "bn1.running_var",
  "head.weight": "fc.weight",
  "head.bias": "fc.bias",
};
const places = publishedWeights(network, (name) => theirNames[name] ?? "");
const ours = { ...initialise({ ...network.parameters, ...network.state }, 3), "norm.shift": unsafeTensor([3], Float64Array.of(7, 8, 9)) };

const reversed = (tensor: Tensor): Tensor => {
  const view = permute(tensor.shape.map((_, axis) => tensor.shape.length - 1 - axis))(toNdarray(tensor));
  if (E.isLeft(view)) throw new Error(view.left.message);
  return fromNdarray(view.right);
};
/** PyTorch's axes: [KH, KW, Cin, Cout] as [Cout, Cin, KH, KW]. */
const theirs: Named<Tensor> = Object.fromEntries(
  Object.entries(ours).map(([name, tensor]) => {
    const turned = reversed(tensor);
    if (tensor.shape.length !== 4) return [theirNames[name] ?? "", turned];
    const view = permute([0, 1, 3, 2])(toNdarray(turned));
    if (E.isLeft(view)) throw new Error(view.left.message);
    return [theirNames[name] ?? "", fromNdarray(view.right)];
  }),
);
const without = (tensors: Named<Tensor>, ...names: readonly string[]): Named<Tensor> =>
  Object.fromEntries(Object.entries(tensors).filter(([name]) => !names.includes(name)));
const found = (tensors: Named<Tensor>) => {
  const read = adopted("x.pth", places, tensors);
  if (E.isLeft(read)) throw new Error(read.left.message);
  return read.right;
};
const expectOurs = (tensors: Named<Tensor>, names: readonly string[] = Object.keys(ours)): void => {
  expect(Object.keys(tensors).sort()).toEqual([...names].sort());
  for (const name of names) expect({ name, data: [...named(tensors, name).data] }).toEqual({ name, data: [...named(ours, name).data] });
};

describe("a network's tensors in a file", () => {
  test("under any prefix, beside what nobody asked for, where most of them are", () => {
    expectOurs(found(theirs).tensors);
    expect(found(theirs).withoutHead).toBeUndefined();
    const strangers = { "conv1.weight": zeros([3, 2, 1, 2]), "bn1.num_batches_tracked": zeros([]), epoch: zeros([1]) };
    expectOurs(found({ ...strangers, ...prefixed("state_dict.module", theirs) }).tensors);
  });

  test("vectors that stand as one row, as in files that came from Caffe", () => {
    const rows = Object.fromEntries(
      Object.entries(theirs).map(([name, tensor]) => [name, name.startsWith("bn1") ? { ...tensor, shape: [1, 3] } : tensor]),
    );
    expectOurs(found(rows).tensors);
  });

  test("a last layer of another name is known by its shape; without a vector it adds nothing", () => {
    const base = prefixed("base", without(theirs, "fc.weight", "fc.bias"));
    const linearly = { ...base, "linear.weight": named(theirs, "fc.weight"), "linear.bias": named(theirs, "fc.bias") };
    expectOurs(found(linearly).tensors);
    const bare = found(without(linearly, "linear.bias")).tensors;
    expect([...named(bare, "head.bias").data]).toEqual([0, 0, 0, 0]);
  });

  test("a last layer for another task, none at all, or two that might be it: it is said, and all else is there", () => {
    const trunk = Object.keys(ours).filter((name) => !name.startsWith("head"));
    const other = found({ ...theirs, "fc.weight": zeros([9, 3]), "fc.bias": zeros([9]) });
    expectOurs(other.tensors, trunk);
    expect(other.withoutHead).toBe('a last layer of [4 x 3] is wanted; the file has "fc.weight" [9 x 3]');
    expect(found(without(theirs, "fc.weight", "fc.bias")).withoutHead).toBe("a last layer of [4 x 3] is wanted; the file has none");
    const two = { ...without(theirs, "fc.weight"), "a.weight": zeros([4, 3]), "b.weight": zeros([4, 3]) };
    expect(found(two).withoutHead).toBe('a last layer of [4 x 3] is wanted; the file has "a.weight" [4 x 3], "b.weight" [4 x 3]');
  });

  test("what the trunk lacks or has in another shape is named", () => {
    expect(adopted("x.pth", places, without(theirs, "bn1.bias", "bn1.running_var"))).toMatchObject({
      left: {
        message: 'x.pth: has no tensor "bn1.bias", "bn1.running_var", which this network needs: choose the backbone that it was made for',
      },
    });
    expect(adopted("x.pth", places, { ...theirs, "bn1.weight": zeros([3, 1]) })).toMatchObject({
      left: { message: expect.stringContaining('x.pth: "bn1.weight" is [3 x 1], this network needs [3]') },
    });
  });
});

describe("mdr with weights", () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-weights-"));
  const [data, run, again] = [join(folder, "data"), join(folder, "run"), join(folder, "again")];
  const weights = join(run, "epoch-0001.safetensors");
  const sizes = tiny.slice(0, tiny.indexOf("--per-class"));
  const resultsOf = (out: string) =>
    JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Readonly<Record<"before" | "final", Readonly<Record<string, number>>>>;

  beforeAll(async () => {
    const made = await makeDataset({ seed: 3, classes: 10, imagesPerClass: 5, size: 20 }, data)();
    if (E.isLeft(made)) throw new Error(made.left.message);
    await printedBy("train", "--data", data, "--out", run, ...tiny);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("train begins with them, to the bit, and baselines call the same network untrained", async () => {
    await printedBy("train", "--data", data, "--out", again, ...tiny, "--weights", weights, "--baselines");
    const { epoch: _, ...final } = resultsOf(run).final;
    expect(resultsOf(again).before).toEqual(final);
    expect(resultsOf(again).before).not.toEqual(resultsOf(run).before);
    expect(JSON.parse(await printedBy("eval", again, "--json", "--baselines"))).toMatchObject({ baselines: { untrained: final } });
  });

  test.each([
    ["the folder of a run", run],
    ["the record that names its checkpoint", join(run, "last.json")],
  ])("%s stands for the weights in it", async (_, path) => {
    const { epoch: _epoch, ...final } = resultsOf(run).final;
    const scored = JSON.parse(await printedBy("eval", "--weights", path, "--data", data, ...sizes, "--json")) as object;
    expect(scored).toMatchObject({ scores: final });
  });

  test("train says that the last layer of another length begins anew", async () => {
    const { code, said } = await mdr(
      "train",
      "--data",
      data,
      "--out",
      join(folder, "longer"),
      ...tiny,
      "--embedding",
      "5",
      "--weights",
      weights,
    );
    expect(code).toBe(0);
    expect(said).toMatch(/a last layer of \[2 x 5\] is wanted; the file has .*: the last layer begins with random values/);
  });

  test("eval judges them without a run, by the division of the data", async () => {
    const { epoch: _, ...final } = resultsOf(run).final;
    const scored = JSON.parse(await printedBy("eval", "--weights", weights, "--data", data, ...sizes, "--json")) as object;
    expect(scored).toMatchObject({ scores: final, trainedClasses: 0, classes: 5, pictures: 25 });
    expect(await printedBy("eval", "--weights", weights, "--data", data, ...sizes)).toMatch(
      `${weights} (compact): 25 pictures of 5 classes`,
    );
  });

  test.each([
    ["neither run nor weights", [], "no network is given: give a run's folder or checkpoint, or published weights with --weights"],
    ["both", [run, "--weights", weights], "--weights: a run has its own network: leave it out"],
    ["a network beside a run", [run, "--embedding", "5"], "--embedding: a run has its own network: leave it out"],
    ["another length", ["--weights", weights, ...sizes, "--embedding", "5"], "is of a network with embedding 3: say so by --embedding 3"],
    ["another network", ["--weights", weights, "--width", "5"], "is of a network with width 2: say so by --width 2"],
    ["a folder that is no run's", ["--weights", data], "is no run: there is no last.json in it"],
    ["no file", ["--weights", join(folder, "none.pth")], "none.pth: cannot be read: no such file or folder"],
  ])("eval of %s is refused in words", async (_, args, what) => {
    const { code, said } = await mdr("eval", ...args, "--data", data);
    expect(code).not.toBe(0);
    expect(said).toContain(what);
  });

  test("a network without published names is refused before anything is computed", async () => {
    const broken = join(folder, "broken.safetensors");
    writeFileSync(broken, encodeTensors({ tensors: { "conv1.weight": zeros([1]) }, metadata: {} }, "F32"));
    const { code, said } = await mdr("train", "--data", data, "--out", join(folder, "none"), ...tiny, "--weights", broken);
    expect(code).not.toBe(0);
    expect(said).toContain("no weights are published for the network compact, and this file was not written by mdr");
  });
});

describe("mdr import", () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-import-"));
  const [photos, trained, run] = ["photos", "trained", "imported"].map((name) => join(folder, name)) as [string, string, string];
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const like = ["--width", "2", "--depth", "0", "--embedding", "3", "--image-size", "16"];
  const tensors = () => join(trained, "epoch-0001.safetensors");
  const read = (path: string) => {
    const checkpoint = loadCheckpoint(path);
    if (E.isLeft(checkpoint)) throw new Error(checkpoint.left.message);
    return checkpoint.right;
  };

  beforeAll(async () => {
    await makeDataset({ seed: 3, classes: 6, imagesPerClass: 4, size: 20 }, photos)();
    await printedBy("train", "--data", photos, "--out", trained, ...tiny);
    expect(await printedBy("import", tensors(), ...like, "--out", run)).toBe(`compact, embeddings of 3 numbers, in ${run}\n`);
  });

  test("makes a run of the same numbers, to 32 bits, that eval and similar take", async () => {
    const [theirs, own] = [read(trained), read(run)];
    const networks = Object.keys(theirs.tensors).filter((name) => /^(?:parameter|state)\.network\./.test(name));
    expect(Object.keys(own.tensors).sort()).toEqual(networks.sort());
    for (const name of networks)
      expect([...named(own.tensors, name).data]).toEqual(Array.from(named(theirs.tensors, name).data, Math.fround));
    expect(own.record).toMatchObject({ step: 0, classes: [], settings: { embedding: 3, out: run } });
    expect(own.record.run).not.toBe(theirs.record.run);
    expect(JSON.parse(await printedBy("eval", run, "--data", photos, "--json"))).toMatchObject({ pictures: 12, classes: 3 });
    const [picture = ""] = readdirSync(photos, { recursive: true, encoding: "utf8" }).filter((name) => /\.(?:png|jpg)$/.test(name));
    const similar = await printedBy("similar", join(run, "best.json"), join(photos, picture), photos, "--count", "2");
    expect(similar).toMatch(/^most similar first/);
  });

  test("refuses a folder that another run has, a network that the file is not of, and no folder at all", async () => {
    const said = async (...flags: readonly string[]) => {
      const { code, said: text } = await mdr("import", tensors(), ...flags);
      return [code, text];
    };
    expect(await said(...like, "--out", run)).toEqual([2, expect.stringMatching(/holds a run already.*--force/)]);
    expect(await said(...like)).toEqual([2, expect.stringMatching(/--out/)]);
    expect(await said("--width", "4", "--out", join(folder, "other"))).toEqual([
      2,
      expect.stringMatching(/epoch-0001.*is of a network with .*width 2.*: say so by .*--width 2/),
    ]);
    expect(await said("--pooled", "every", "--out", join(folder, "other"))).toEqual([
      2,
      expect.stringMatching(/is of a network with pooled last: say so by --pooled last\n/),
    ]);
    expect(await said("--embedding", "4", "--out", join(folder, "other"))).toEqual([
      2,
      expect.stringMatching(/is of a network with embedding 3: say so by --embedding 3\n/),
    ]);
    await printedBy("import", tensors(), ...like, "--out", run, "--force");
  });

  test("knows by itself what a file of our own is of, and so does train", async () => {
    const same = join(folder, "same");
    expect(await printedBy("import", tensors(), "--out", same)).toBe(`compact, embeddings of 3 numbers, in ${same}\n`);
    const network = { backbone: "compact", width: 2, depth: 0, embedding: 3, imageSize: 16 };
    expect(read(same).record.settings).toMatchObject(network);
    const onward = join(folder, "onward");
    const few = ["--batch", "4", "--per-class", "2", "--epochs", "1", "--iterations", "1", "--engine", "reference", "--no-report"];
    await printedBy("train", "--data", photos, "--weights", trained, "--out", onward, ...few);
    expect(read(onward).record.settings).toMatchObject({ ...network, weights: trained });
    const results = (out: string) => JSON.parse(readFileSync(join(out, "results.json"), "utf8")) as Record<string, { "recall@1": number }>;
    expect(results(onward).before?.["recall@1"]).toBe(results(trained).final?.["recall@1"]);
  });
});
