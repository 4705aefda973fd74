/** The registry of backbones: what each says of itself is so, and ResNet-18's weights have torchvision's names and shapes. */
import { readFileSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it, test } from "vitest";
import { backboneFields, backbones, compactBackbone, publishedWeights, resnet18, torchvisionName } from "../src/nn/index.js";
import { table } from "../src/settings/index.js";

describe("every backbone", () => {
  for (const [name, { about, build, inputs, statistics }] of Object.entries(backbones)) {
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
    expect(settings.defaults).toEqual({ backbone: "compact", embedding: 64, width: 16, depth: 1, pooled: "last" });
    expect(settings.parse("x", { backbone: "resnet19" })).toMatchObject({ left: { kind: "usage", where: "x" } });
    for (const name of settings.names) expect(settings.explain(name)).not.toBe("");
  });
});

describe("ResNet-18's published weights", () => {
  // Names and shapes of torchvision 0.14's own state_dict(), without num_batches_tracked, which this library does not count.
  const theirs = JSON.parse(readFileSync(new URL("fixtures/torchvision-resnet18.json", import.meta.url), "utf8")) as Readonly<
    Record<string, readonly number[]>
  >;
  const network = resnet18(1000);
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

  test("the names of a convolution, a shortcut, the head and a running statistic, by hand", () => {
    expect(ours["stem.conv.weight"]).toEqual({ name: "conv1.weight", shape: [64, 3, 7, 7], axes: [2, 3, 1, 0] });
    expect(ours["stage2.block1.shortcut.norm.mean"]).toEqual({ name: "layer2.0.downsample.1.running_mean", shape: [128], axes: [0] });
    expect(ours["stage4.block2.norm2.shift"]).toEqual({ name: "layer4.1.bn2.bias", shape: [512], axes: [0] });
    expect(ours["head.weight"]).toEqual({ name: "fc.weight", shape: [1000, 512], axes: [1, 0] });
  });
});
