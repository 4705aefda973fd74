/**
 * Whole backbones against PyTorch, forward and backward: BN-Inception and ResNet-50 with few channels, on weights that both programs
 * make under the names of published files, so that the names and the axes are held to it too.
 */
import { readFileSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, describe, expect, test } from "vitest";
import { type Kernels, type OpenedEngine, openEngine, referenceEngine, type SomeEngine, someEngine } from "../src/engines/index.js";
import type { Fault } from "../src/faults/index.js";
import {
  adopted,
  bnInception,
  inceptionName,
  type Layer,
  type Mode,
  publishedWeights,
  resnet50,
  torchvisionName,
} from "../src/nn/index.js";
import { at, layoutOf, type Named, named, prefixed, type Tensor, under, unflatten } from "../src/tensor/index.js";
import { type GoldenCase, parseGoldens } from "../src/verify/index.js";
import { begun, hashed, theirs } from "./fixtures/hashed.js";
import { unless } from "./missing.js";

const right = <A>(found: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(found)) throw new Error(found.left.message);
  return found.right;
};

const goldens = right(parseGoldens("networks.json", readFileSync(new URL("../golden/networks.json", import.meta.url), "utf8")));

interface Built {
  readonly network: Layer;
  readonly publishedName: (name: string) => string;
}

const builtOf = ({ settings: { backbone, divisor, width } }: GoldenCase): Built =>
  backbone === "bn-inception"
    ? { network: bnInception(5, Number(divisor)), publishedName: inceptionName }
    : { network: resnet50(5, Number(width)), publishedName: torchvisionName };

/** By published name, what an engine makes of a case: the embeddings, the gradients and the next running statistics. */
const runOn = async (engine: SomeEngine, golden: GoldenCase): Promise<{ readonly y: Tensor; readonly others: Named<Tensor> }> => {
  const { network, publishedName } = builtOf(golden);
  const { seed, count, side, mode } = golden.settings as { seed: number; count: number; side: number; mode: Mode };
  const places = publishedWeights(network, publishedName);
  const file = Object.fromEntries(Object.values(places).map(({ name, shape }) => [name, begun(name, seed, shape)]));
  const { tensors } = right(adopted("networks.py", places, file));
  const x = hashed("x", seed, [count, side, side, 3]);
  const dy = hashed("dy", seed, [count, 5]);
  const layout = layoutOf({ ...prefixed("own", tensors), x, dy });
  const parameters = Object.keys(network.parameters);
  const state = mode === "train" ? Object.keys(network.state) : [];
  const program = <T>(k: Kernels<T>, inputs: readonly T[]): readonly T[] => {
    const given = unflatten(layout, inputs);
    const own = under("own", given);
    const forward = network.forward(k, mode)(own, own, named(given, "x"));
    const pulled = forward.pull(named(given, "dy"));
    return [
      forward.y,
      pulled.x,
      ...parameters.map((name) => named(pulled.parameters, name)),
      ...state.map((name) => named(forward.state, name)),
    ];
  };
  const [y, dx, ...rest] = await engine(async (known) => {
    const shapes = layout.map(({ shape }) => shape);
    const compiled = right(await known.compile(shapes, program)());
    const residents = [...Object.values(tensors), x, dy].map(known.upload);
    const results = right(await compiled.run(residents)());
    const read: Tensor[] = [];
    for (const result of results) read.push(right(await result.read()));
    for (const resident of [...residents, ...results]) resident.release();
    compiled.close();
    return read;
  });
  if (y === undefined || dx === undefined) throw new Error("nothing was computed");
  const others = [...parameters, ...state].map((name, index) => {
    const place = named(places, name);
    return [place.name, theirs(place, rest[index] as Tensor)] as const;
  });
  return { y, others: { x: dx, ...Object.fromEntries(others) } };
};

/** The sum over the numbers of a probe, and the length. */
const probed = (name: string, seed: number, { shape, data }: Tensor): readonly [sum: number, length: number] => {
  const probe = hashed(`${name}.probe`, seed, shape).data;
  const values = Array.from(data);
  return [values.reduce((sum, value, index) => sum + value * at(probe, index), 0), Math.hypot(...values)];
};

interface Bounds {
  /** Of the embeddings. */
  readonly forward: number;
  /** Of all else. */
  readonly bound: number;
}

/** Of each of the two numbers, relative to the length; lengths that are nothing but rounding beside the others' count by those. */
const agrees = async (engine: SomeEngine, golden: GoldenCase, { forward, bound }: Bounds): Promise<void> => {
  const seed = Number(golden.settings.seed);
  const { y, others } = await runOn(engine, golden);
  const { y: _, ...state } = golden.outputs;
  const embeddings = named(golden.outputs, "y").data;
  const largest = Math.max(...Array.from(embeddings, Math.abs));
  for (let index = 0; index < y.data.length; index++)
    expect(Math.abs(at(y.data, index) - at(embeddings, index)) / largest, `y[${index}]`).toBeLessThan(forward);
  for (const group of [golden.gradients, state]) {
    const longest = Math.max(0, ...Object.values(group).map(({ data }) => at(data, 1)));
    expect(Object.keys(group).filter((name) => !(name in others))).toEqual([]);
    for (const [name, { data }] of Object.entries(group)) {
      const [sum, length] = probed(name, seed, named(others, name));
      const scale = Math.max(at(data, 1), 1e-3 * longest);
      expect(Math.abs(sum - at(data, 0)) / scale, `${name}, by its probe`).toBeLessThan(bound);
      expect(Math.abs(length - at(data, 1)) / scale, `${name}, its length`).toBeLessThan(bound);
    }
  }
};

test("every gradient and, in training, every running statistic has its golden", () => {
  for (const golden of goldens) {
    const { network, publishedName } = builtOf(golden);
    const names = (specs: Layer["parameters"]) => Object.keys(specs).map(publishedName).sort();
    expect(Object.keys(golden.gradients).sort()).toEqual([...names(network.parameters), "x"].sort());
    expect(Object.keys(golden.outputs).sort()).toEqual([...(golden.settings.mode === "train" ? names(network.state) : []), "y"].sort());
  }
});

const cases = goldens.map((golden) => [golden.name, golden] as const);

test.each(cases)("the reference agrees: %s", (_, golden) => agrees(someEngine(referenceEngine), golden, { forward: 1e-9, bound: 1e-9 }));

/** In float32 a rounding may turn a rectifier or choose another entry of a pool; what comes of that in a gradient is no rounding any more. */
const single: Bounds = { forward: 1e-4, bound: 1e-2 };

const backends = [
  ["wasm", "auto"],
  ["gpu", "cpu"],
  ["gpu", "webasm"],
  ["gpu", "webgpu"],
  ["gpu", "headlessgl"],
] as const;
const opened: (readonly [name: string, found: E.Either<Fault, OpenedEngine>])[] = [];
for (const [engine, gpuMode] of backends) opened.push([`${engine} ${gpuMode}`, await openEngine({ engine, gpuMode })()]);

afterAll(async () => {
  for (const [, found] of opened) if (E.isRight(found)) await found.right.close();
});

/** GPU.js compiles every kernel of every size: two networks are enough to hold all of them. */
const few = cases.filter(([, { settings }]) => settings.mode === "frozen" && settings.side === 64);

describe.each(opened)("%s", (name, found) => {
  test.each(name.startsWith("gpu") ? few : cases)("agrees: %s", unless(E.isLeft(found) ? found.left.message : ""), (_, golden) =>
    agrees(right(found).engine, golden, single),
  );
});
