/** Runs out to ONNX: the exported model's embeddings are the reference's, for every backbone and head, and any number of pictures. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeDataset } from "../src/datasets/index.js";
import { embedProgram, networkLayout } from "../src/embed/index.js";
import { referenceKernels } from "../src/engines/index.js";
import { type Exported, onnxModel } from "../src/export/index.js";
import { joined, message, type Pieces, text, whole } from "../src/export/protobuf.js";
import { failed, reasonOf } from "../src/faults/index.js";
import { heads } from "../src/metric/index.js";
import { metadataOf, openModel, openRuntime, type Runtime, statedIn } from "../src/models/index.js";
import { residualNetwork } from "../src/nn/backbones/resnet.js";
import { residualStages } from "../src/nn/backbones/stages.js";
import { backbones, bnInception, type Layer, relu, resnet50, sequence, whitened } from "../src/nn/index.js";
import { normals, seeded, split, uniforms } from "../src/random/index.js";
import { type ChannelStatistics, flatten, generate, type Named, type Shape, sizeOf, type Tensor } from "../src/tensor/index.js";
import { decodeTensors } from "../src/weights/index.js";
import { mdr, printedBy, tiny } from "./fixtures/commands.js";
import { unless } from "./missing.js";

const right = <A>(either: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(either)) throw new Error(either.left.message);
  return either.right;
};

const runtime = await openRuntime();
const works = unless(E.isLeft(runtime) ? runtime.left.message : "");

const unnormalised: ChannelStatistics = { mean: [0, 0, 0], deviation: [1, 1, 1] };

/** Weights as training leaves them: no scale is 1, no shift 0, no variance 1, and a covariance is one. */
const weightsOf = (network: Layer): Named<Tensor> =>
  Object.fromEntries(
    networkLayout(network).map(({ name, shape }) => {
      const stream = split(seeded(5), name);
      const size = sizeOf(shape);
      const between = (from: number, to: number) => uniforms(size, stream)[0].map((value) => from + (to - from) * value);
      const fanIn = sizeOf(shape.slice(0, -1));
      const data = name.endsWith("covariance")
        ? covariance(shape[0] ?? 1)
        : /\.(?:scale|variance)$/.test(name)
          ? between(0.5, 1.5)
          : shape.length > 1
            ? normals(size, stream)[0].map((value) => value * Math.sqrt(2 / fanIn))
            : between(-0.5, 0.5);
      return [name, { shape, data }];
    }),
  );

const covariance = (size: number): Float64Array =>
  Float64Array.from({ length: size * size }, (_, flat) => (flat % (size + 1) === 0 ? 2 + (flat % 3) : 0.3));

const picturesOf = (count: number, example: Shape): Tensor => ({
  shape: [count, ...example],
  data: normals(count * sizeOf(example), seeded(9))[0],
});

const exportedOf = (network: Layer, example: Shape, more: Partial<Exported> = {}): Exported => ({
  network,
  head: heads.none.evaluate,
  tensors: weightsOf(network),
  example,
  statistics: unnormalised,
  preprocess: "outside",
  about: {},
  version: "0",
  ...more,
});

const reference = ({ network, head, tensors }: Exported, images: Tensor): Tensor => {
  const { layout, program } = embedProgram({ network, head, images: images.shape });
  return program(referenceKernels, [...flatten(layout, tensors), images])[0] as Tensor;
};

/** [N, H, W, C] -> [N, C, H, W] */
const channelsFirst = ({ shape, data }: Tensor): Tensor => {
  const [count = 1, height = 1, width = 1, channels = 1] = shape;
  return generate([count, channels, height, width], (flat) => {
    const [image, rest] = [Math.floor(flat / (channels * height * width)), flat % (channels * height * width)];
    const [channel, place] = [Math.floor(rest / (height * width)), rest % (height * width)];
    return data[(image * height * width + place) * channels + channel] as number;
  });
};

/** What onnxruntime makes of batches of these, with one session; a model that it refuses is a wrong one. */
const ran = async (model: Uint8Array, batches: readonly Tensor[]): Promise<readonly Tensor[]> =>
  runBy(right(runtime) as Runtime, model, batches).catch((thrown: unknown) => expect.fail(reasonOf(thrown)));

const runBy = async (
  { InferenceSession, Tensor: Fed }: Runtime,
  model: Uint8Array,
  batches: readonly Tensor[],
): Promise<readonly Tensor[]> => {
  const session = await InferenceSession.create(model);
  const results: Tensor[] = [];
  for (const { shape, data } of batches) {
    const { embedding } = await session.run({ input: new Fed("float32", Float32Array.from(data), shape) });
    results.push({ shape: embedding?.dims ?? [], data: embedding?.data as Float32Array });
  }
  await session.release();
  return results;
};

/** Largest difference over largest magnitude. */
const errorOf = (got: Tensor, wanted: Tensor): number => {
  expect(got.shape).toEqual(wanted.shape);
  const largest = Array.from(wanted.data).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(1e-3);
  return (
    Array.from(wanted.data).reduce((most, value, index) => Math.max(most, Math.abs(value - (got.data[index] ?? Number.NaN))), 0) / largest
  );
};

/** The first pictures of a batch, or their embeddings. */
const firstOf = ({ shape: [, ...rest], data }: Tensor, count: number): Tensor => ({
  shape: [count, ...rest],
  data: Float64Array.from(data).slice(0, count * sizeOf(rest)),
});

const agrees = async (exported: Exported): Promise<void> => {
  const images = picturesOf(3, exported.example);
  const wanted = reference(exported, images);
  const given = exported.example.length === 3 ? channelsFirst(images) : images;
  const [one, three] = await ran(joined(right(onnxModel(exported))), [firstOf(given, 1), given]);
  expect(errorOf(three as Tensor, wanted)).toBeLessThan(1e-5);
  expect(errorOf(one as Tensor, firstOf(wanted, 1))).toBeLessThan(1e-5);
};

/** ResNet-18 with an eighth of its channels. */
const resnet18 = residualNetwork(8, residualStages(8, [8, 16, 32, 64], [2, 2, 2, 2]), 64, 5);

const compact = backbones.compact.build({ width: 4, embedding: 6 });

/** Narrow where the reference's loops would take long; the shapes are those of the whole network. */
const narrow: Readonly<Record<string, readonly [network: Layer, example: Shape]>> = {
  compact: [compact, [16, 16, 3]],
  "compact, every stage pooled": [backbones.compact.build({ width: 4, embedding: 6, pooled: "every" }), [17, 17, 3]],
  resnet18: [resnet18, [33, 33, 3]],
  resnet50: [resnet50(5, 4), [40, 40, 3]],
  "bn-inception": [bnInception(5, 16), [65, 65, 3]],
  linear: [backbones.linear.build({ embedding: 5, featureWidth: 7 }), [7]],
  "two-layer": [backbones["two-layer"].build({ embedding: 5, featureWidth: 7, hidden: 9 }), [7]],
};

describe("an exported model", works, () => {
  it("is tried for every backbone there is", () => {
    expect(Object.keys(backbones).filter((name) => !(name in narrow))).toEqual([]);
  });

  for (const [name, [network, example]] of Object.entries(narrow))
    it(`makes the reference's embeddings of one picture and of three: ${name}`, () => agrees(exportedOf(network, example)));

  for (const [name, { evaluate }] of Object.entries(heads))
    it(`makes what evaluation makes, by the head ${name}`, () => agrees(exportedOf(compact, [16, 16, 3], { head: evaluate })));

  it("whitens", () => agrees(exportedOf(whitened(compact, 6), [16, 16, 3])));

  it("gives a vector of no length to the head l2 and gets it back", async () => {
    const network = sequence([["relu", relu]]);
    const model = joined(right(onnxModel(exportedOf(network, [3], { head: heads.l2.evaluate }))));
    const [got] = await ran(model, [{ shape: [2, 3], data: Float64Array.of(-1, -2, -3, 3, 0, 4) }]);
    expect(Array.from(got?.data ?? [], (value) => value.toFixed(5))).toEqual([
      "0.00000",
      "0.00000",
      "0.00000",
      "0.60000",
      "0.00000",
      "0.80000",
    ]);
  });

  it("takes bytes where it normalises inside, and is shown them by what it says of itself", async () => {
    for (const statistics of [backbones.compact.statistics, backbones["bn-inception"].statistics]) {
      const exported = exportedOf(compact, [16, 16, 3], { statistics });
      const bytes = generate([2, 16, 16, 3], (flat) => (flat * 37) % 256);
      const { mean, deviation, order } = statistics;
      const from = (flat: number) => (order === "bgr" ? flat - (flat % 3) + (2 - (flat % 3)) : flat);
      const seen = generate(bytes.shape, (flat) => {
        const colour = from(flat) % 3;
        return ((bytes.data[from(flat)] as number) / 255 - (mean[colour] as number)) / (deviation[colour] as number);
      });
      const inside = joined(right(onnxModel({ ...exported, preprocess: "inside" })));
      const outside = joined(right(onnxModel(exported)));
      const wanted = reference(exported, seen);
      const [got] = await ran(inside, [bytes]);
      expect(errorOf(got as Tensor, wanted)).toBeLessThan(1e-5);
      expect(statedIn(inside)).toEqual({ side: 16, preprocess: "inside", statistics: { order: "rgb", ...statistics } });
      expect(statedIn(outside)).toEqual({ side: 16, preprocess: "outside", statistics: { order: "rgb", ...statistics } });
      for (const [file, shown] of [
        [inside, bytes],
        [outside, seen],
      ] as const) {
        const model = right(await openModel(right(runtime), "m.onnx", file, { scale: "unit", channels: "rgb" })());
        expect(errorOf(right(await model.vectors(shown)()), wanted)).toBeLessThan(1e-5);
        await model.close();
      }
    }
  });
});

/** A Python that imports onnx, or none. */
const python = ["python3", "/usr/bin/python3"].find((one) => spawnSync(one, ["-c", "import onnx"]).status === 0);

describe(
  "ONNX's own checker",
  unless(python === undefined ? "no python3 here imports onnx (Debian: apt-get install python3-onnx)" : ""),
  () => {
    const folder = mkdtempSync(join(tmpdir(), "mdr-onnx-checker-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** What the checker says of each file: "whole", or what it refuses. */
    const checked = (files: readonly string[]): readonly string[] => {
      const program = `import sys, onnx
for file in sys.argv[1:]:
    try:
        onnx.checker.check_model(file, full_check=True)
        print("whole")
    except Exception as refused:
        print(str(refused).splitlines()[0])`;
      const { stdout, stderr } = spawnSync(python as string, ["-c", program, ...files], { encoding: "utf8" });
      expect(stderr).toBe("");
      return stdout.trim().split("\n");
    };

    it("finds every backbone's and every head's model whole, shapes and all, and one with an unknown operator not", () => {
      const ofBackbones = Object.values(narrow).flatMap(([network, example]) =>
        example.length === 3
          ? (["outside", "inside"] as const).map((preprocess) => exportedOf(network, example, { preprocess }))
          : [exportedOf(network, example)],
      );
      const ofHeads = Object.values(heads).map(({ evaluate }) => exportedOf(compact, [16, 16, 3], { head: evaluate }));
      const models = [...ofBackbones, ...ofHeads].map((exported) => Buffer.from(joined(right(onnxModel(exported)))));
      const broken = Buffer.from((models[0] as Buffer).toString("latin1").replace("\x22\x04Relu", "\x22\x04Rela"), "latin1");
      const files = [...models, broken].map((bytes, index) => {
        const file = join(folder, `${index}.onnx`);
        writeFileSync(file, bytes);
        return file;
      });
      const said = checked(files);
      expect(said.slice(0, -1)).toEqual(models.map(() => "whole"));
      expect(said.at(-1)).toMatch(/Rela/);
    });
  },
);

describe("the graph", () => {
  const written = (exported: Exported): string => Buffer.from(joined(right(onnxModel(exported)))).toString("latin1");
  const countOf = (all: string, op: string): number => all.split(`"${String.fromCharCode(op.length)}${op}`).length - 1;

  it("holds convolutions with their normalisation in them, and turns no map around", () => {
    const all = written(exportedOf(resnet18, [32, 32, 3]));
    expect(["Conv", "Relu", "Gemm", "Mul", "Transpose"].map((op) => countOf(all, op))).toEqual([20, 17, 1, 0, 0]);
  });

  it("is left open in its batch alone, and says whose it is", () => {
    const bytes = joined(right(onnxModel(exportedOf(compact, [16, 16, 3], { about: { "mdr.run": "abc" } }))));
    expect(metadataOf(bytes)).toMatchObject({ "mdr.run": "abc", "mdr.layout": "NCHW", "mdr.size": "16" });
    expect(Buffer.from(bytes).toString("latin1").split("batch").length - 1).toBe(2);
  });

  it("is refused where an embedding depends on the other pictures", () => {
    const across: Exported = { ...exportedOf(compact, [16, 16, 3]), head: (k) => (y) => k.zip("subtract", y, k.reduce("sum", y, [0])) };
    expect(onnxModel(across)).toMatchObject({ left: { what: expect.stringMatching(/looks across the pictures of a batch/) } });
    const paired: Exported = { ...exportedOf(compact, [16, 16, 3]), head: (k) => (y) => k.squaredDistances(y) };
    expect(onnxModel(paired)).toMatchObject({ left: { what: expect.stringMatching(/squaredDistances.*no operator/) } });
  });
});

describe("a model that names other files", () => {
  const file = [text(8, "w"), message(13, text(1, "location"), text(2, "../secret")), whole(14, 1)];
  const refused = async (bytes: Uint8Array): Promise<unknown> => {
    const never = { name: "never", InferenceSession: { create: () => expect.fail("was opened") }, Tensor: Object } as unknown as Runtime;
    const opened = await openModel(never, "m.onnx", bytes, { scale: "unit", channels: "rgb" })();
    return E.isLeft(opened) ? opened.left.what : "taken";
  };

  it("is refused before a runtime sees it, wherever in it the name stands", async () => {
    const graph = message(7, message(5, ...file));
    const attribute = message(7, message(1, message(5, message(6, message(5, ...file)))));
    const sparse = message(7, message(15, message(1, ...file)));
    const helper = message(25, message(7, message(5, message(5, ...file))));
    const place = message(7, message(5, text(8, "w"), whole(14, 1)));
    for (const hostile of [graph, attribute, sparse, helper, place])
      expect(await refused(joined(hostile))).toMatch(/keeps numbers in other files/);
  });

  it("or nests graphs without end", async () => {
    const deep = Array.from({ length: 100 }).reduce<Pieces>((inside) => message(1, message(5, message(6, ...[inside]))), []);
    expect(await refused(joined(message(7, deep)))).toMatch(/graphs without end/);
  });
});

describe("mdr export", works, () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-onnx-"));
  const [photos, run] = [join(folder, "photos"), join(folder, "run")];
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    right(await makeDataset({ seed: 3, classes: 6, imagesPerClass: 4, size: 20 }, photos)());
    await printedBy("train", "--data", photos, "--out", run, ...tiny, "--whitening", "on");
  });

  it("writes a model of which mdr features makes what mdr embed makes of the run, whoever normalises", async () => {
    const matrix = (file: string): Tensor =>
      right(E.mapLeft(failed)(decodeTensors(file, readFileSync(join(folder, file))))).tensors.embeddings as Tensor;
    await printedBy("embed", run, photos, "--to", join(folder, "own.safetensors"));
    for (const preprocess of ["outside", "inside"]) {
      const model = join(folder, `${preprocess}.onnx`);
      expect(await printedBy("export", run, "--to", model, "--preprocess", preprocess)).toBe(
        `compact after 2 steps, embeddings of 3 numbers, in ${model}\n`,
      );
      await printedBy("features", photos, "--model", model, "--to", join(folder, "theirs.safetensors"));
      expect(errorOf(matrix("theirs.safetensors"), matrix("own.safetensors"))).toBeLessThan(1e-5);
    }
    expect(metadataOf(readFileSync(join(folder, "inside.onnx")))).toMatchObject({ "mdr.epoch": "1", "mdr.method": "triplet-mdr" });
  });

  it("names what is wrong with its flags", async () => {
    const said = async (...flags: readonly string[]) => {
      const { code, said: all } = await mdr("export", run, ...flags);
      return [code, all];
    };
    expect(await said("--to", join(folder, "x.bin"))).toEqual([
      2,
      expect.stringMatching(/x\.bin: its name must end in \.onnx for the network/),
    ]);
  });
});
