/** The registry of backbones: what each says of itself is so, and the networks' weights have their published names and shapes. */
import { readFileSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it, test } from "vitest";
import {
  backboneFields,
  backbones,
  bnInception,
  compactBackbone,
  inceptionName,
  parameterCount,
  publishedWeights,
  resnet18,
  resnet50,
  torchvisionName,
} from "../src/nn/index.js";
import { seen } from "../src/pictures/index.js";
import { table } from "../src/settings/index.js";

describe("every backbone", () => {
  for (const [name, { about, build, inputs, statistics, takes }] of Object.entries(backbones)) {
    if (takes === "vectors") {
      it(`${name} makes embeddings of the length asked for out of vectors of the length they have, and says what it is`, () => {
        expect(E.toUnion(build({ embedding: 5, featureWidth: 7 }).outputShape([2, 7]))).toEqual([2, 5]);
        expect(E.isLeft(build({ embedding: 5, featureWidth: 7 }).outputShape([2, 8]))).toBe(true);
        expect([about === "", inputs]).toEqual([false, 0]);
      });
      continue;
    }
    it(`${name} makes embeddings of the length asked for out of pictures of its channels, and says what it is`, () => {
      expect(E.toUnion(build({ embedding: 5 }).outputShape([2, 64, 64, inputs]))).toEqual([2, 5]);
      expect(about).not.toBe("");
      expect([statistics.mean.length, statistics.deviation.length]).toEqual([inputs, inputs]);
      expect(statistics.deviation.every((deviation) => deviation > 0)).toBe(true);
    });
  }

  it("builds with its own part of all settings, and with its defaults where they are silent", () => {
    const shapes = (layer: { readonly parameters: object }) => layer.parameters;
    expect(shapes(backbones.compact.build({ width: 4, depth: 2, embedding: 3, seed: 7 }))).toEqual(
      shapes(compactBackbone({ width: 4, depth: 2, embedding: 3 })),
    );
    expect(shapes(backbones.compact.build({}))).toEqual(shapes(compactBackbone()));
    expect(shapes(backbones.resnet18.build({ width: 4, embedding: 3 }))).toEqual(shapes(resnet18(3)));
  });

  it("compact pools its last stage or, where it is told, the stem and every stage, each by a linear layer of its own", () => {
    const { parameters } = backbones.compact.build({ width: 4, embedding: 3, pooled: "every" });
    const last = backbones.compact.build({ width: 4, embedding: 3 }).parameters;
    const heads = Object.entries(parameters).filter(([name]) => name.startsWith("taps."));
    expect(heads.map(([name, { shape }]) => [name, shape])).toEqual([
      ["taps.stem.head.weight", [4, 3]],
      ["taps.stage1.head.weight", [4, 3]],
      ["taps.stage2.head.weight", [8, 3]],
      ["taps.stage3.head.weight", [16, 3]],
      ["taps.stage4.head.weight", [32, 3]],
      ["taps.stage4.head.bias", [3]],
    ]);
    expect(Object.keys(parameters).filter((name) => !name.startsWith("taps."))).toEqual(
      Object.keys(last).filter((name) => !name.startsWith("head.")),
    );
  });

  it("is chosen by its name among the settings, which hold the choice, what is common and what is each one's own", () => {
    const settings = table(backboneFields);
    expect(settings.defaults).toEqual({ backbone: "compact", embedding: 64, width: 16, depth: 1, pooled: "last", hidden: 512 });
    expect(settings.parse("x", { backbone: "resnet19" })).toMatchObject({ left: { kind: "usage", where: "x" } });
    for (const name of settings.names) expect(settings.explain(name)).not.toBe("");
  });
});

describe.each([
  ["resnet18", resnet18],
  ["resnet50", resnet50],
] as const)("the published weights of %s", (file, build) => {
  // Names and shapes of torchvision 0.14's own state_dict(), without num_batches_tracked, which this library does not count.
  const theirs = JSON.parse(readFileSync(new URL(`fixtures/torchvision-${file}.json`, import.meta.url), "utf8")) as Readonly<
    Record<string, readonly number[]>
  >;
  const network = build(1000);
  const ours = publishedWeights(network, torchvisionName);

  test("every parameter and every running statistic has exactly one published tensor, and every published tensor is one of ours", () => {
    expect(Object.keys(ours).sort()).toEqual(Object.keys({ ...network.parameters, ...network.state }).sort());
    const names = Object.values(ours).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect([...names].sort()).toEqual(Object.keys(theirs).sort());
  });

  test("their shapes are the published ones, and with their axes in the order stated they are ours", () => {
    for (const [name, { shape: own }] of Object.entries({ ...network.parameters, ...network.state })) {
      const found = ours[name];
      expect(found?.shape, name).toEqual(theirs[found?.name ?? ""]);
      expect(
        found?.axes.map((axis) => found.shape[axis]),
        name,
      ).toEqual(own);
    }
  });
});

test("BN-Inception sees bytes, blue first, less 104, 117 and 128", () => {
  const { statistics } = backbones["bn-inception"];
  const pixels = Uint8Array.from([10, 20, 30, 40, 50, 60, 255, 0, 128, 128, 117, 104]);
  const whole = { left: 0, top: 0, width: 2, height: 2 };
  for (const mirrored of [false, true]) {
    const { data } = seen({ side: 2, pixels, labels: [0] }, [0], [{ box: whole, mirrored }], { size: 2, statistics });
    const rows = [
      [-74, -97, -118, -44, -67, -88],
      [24, -117, 127, 0, 0, 0],
    ];
    const expected = rows.flatMap((row) => (mirrored ? [...row.slice(3), ...row.slice(0, 3)] : row));
    expect(Array.from(data, (value) => Number(value.toFixed(3)) + 0)).toEqual(expected);
  }
});

describe("published names, by hand", () => {
  test("of a convolution, a shortcut, the head and a running statistic of ResNet-18", () => {
    const ours = publishedWeights(resnet18(1000), torchvisionName);
    expect(ours["stem.conv.weight"]).toEqual({ name: "conv1.weight", shape: [64, 3, 7, 7], axes: [2, 3, 1, 0] });
    expect(ours["stage2.block1.shortcut.norm.mean"]).toEqual({ name: "layer2.0.downsample.1.running_mean", shape: [128], axes: [0] });
    expect(ours["stage4.block2.norm2.shift"]).toEqual({ name: "layer4.1.bn2.bias", shape: [512], axes: [0] });
    expect(ours["head.weight"]).toEqual({ name: "fc.weight", shape: [1000, 512], axes: [1, 0] });
  });

  test("of the stem, a reduction, a branch, the head and a running statistic of BN-Inception, whose trunk has as many weights as the published one", () => {
    const network = bnInception(512);
    const ours = publishedWeights(network, inceptionName);
    expect(ours["conv1_7x7_s2.conv.weight"]).toEqual({ name: "conv1_7x7_s2.weight", shape: [64, 3, 7, 7], axes: [2, 3, 1, 0] });
    expect(ours["conv2_3x3_reduce.norm.scale"]?.name).toBe("conv2_3x3_reduce_bn.weight");
    expect(ours["inception_3a.pool.pool_proj.conv.bias"]?.name).toBe("inception_3a_pool_proj.bias");
    expect(ours["inception_4c.double.double_3x3_reduce.norm.variance"]).toEqual({
      name: "inception_4c_double_3x3_reduce_bn.running_var",
      shape: [128],
      axes: [0],
    });
    expect(ours["inception_5b.single.1x1.conv.weight"]?.shape).toEqual([352, 1024, 1, 1]);
    expect(ours["head.weight"]).toEqual({ name: "last_linear.weight", shape: [512, 1024], axes: [1, 0] });
    expect(parameterCount(network) - 1025 * 512).toBe(10_270_240);
  });
});
