import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import type { Resident } from "../src/engines/index.js";
import { referenceEngine } from "../src/engines/reference/index.js";
import type { Layer } from "../src/nn/index.js";
import { seeded, split, uniforms } from "../src/random/index.js";
import { at, flatten, generate, type Named, scalar, sizeOf, type Tensor, tensor, unflatten, vector } from "../src/tensor/index.js";
import {
  carriedLayout,
  firstCarried,
  type Method,
  type Observed,
  objectiveOf,
  readObserved,
  type StepSettings,
  trainingStep,
} from "../src/train/index.js";
import { decodeTensors, encodeTensors } from "../src/weights/index.js";

const right = <A>(either: E.Either<unknown, A>): A => {
  if (E.isLeft(either)) throw new Error(JSON.stringify(either.left));
  return either.right;
};

/** A network small enough for differences: pixels times one matrix. */
const linear = (inputs: number, outputs: number): Layer => ({
  parameters: { weight: { shape: [inputs, outputs], initialisation: { kind: "uniform", fanIn: inputs } } },
  state: {},
  outputShape: ([count = 0]) => E.right([count, outputs]),
  multiplyAdds: ([count = 0]) => count * inputs * outputs,
  forward: (k) => (parameters, state, x) => {
    const weight = parameters.weight;
    if (weight === undefined) throw new Error("weight is missing");
    const shape = k.shapeOf(x);
    const rows = k.reshape(x, [shape[0] ?? 0, inputs]);
    return {
      y: k.matmul(rows, weight),
      state,
      pull: (dy) => ({
        parameters: { weight: k.matmul(rows, dy, { a: true }) },
        x: k.reshape(k.matmul(dy, weight, { b: true }), shape),
      }),
    };
  },
});

const count = 6;
const settingsOf = (method: Method, weightDecay: number, own: Readonly<Record<string, unknown>> = {}): StepSettings => ({
  network: linear(12, 3),
  objective: objectiveOf({ method, variant: "paper", miner: "random", lambda: 0.4, margin: 0.5, ...own }),
  adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay },
  mode: "train",
  images: [count, 2, 2, 3],
});

const randomTensor = (shape: readonly number[], seed: number, label: string): Tensor => {
  const [draws] = uniforms(sizeOf(shape), split(seeded(seed), label));
  return generate(shape, (index) => 2 * at(draws, index) - 1);
};

const begun = (settings: StepSettings, seed: number): Named<Tensor> => ({
  ...firstCarried(settings, seed),
  "parameter.network.weight": randomTensor([12, 3], seed, "weight"),
  ...("regularizer.levels" in settings.objective.parameters
    ? {
        "parameter.objective.regularizer.levels": vector([-1.7, 0.1, 1.9]),
        // Statistics of earlier batches, so that a test can hold them nearly still while it moves a parameter.
        "state.objective.regularizer.mean": scalar(0.9),
        "state.objective.regularizer.deviation": scalar(0.3),
        "state.objective.regularizer.seen": scalar(1),
      }
    : {}),
});

const given = (seed: number, learningRate: number): Named<Tensor> => ({
  images: randomTensor([count, 2, 2, 3], seed, "images"),
  labels: vector([0, 0, 1, 1, 2, 2]),
  "draws.loss.miner": { shape: [count, count], data: uniforms(count * count, split(seeded(seed), "uniforms"))[0] },
  learningRate: scalar(learningRate),
  correction1: scalar(0.1),
  correction2: scalar(0.001),
});

/** Where the levels are among the parameters. */
const levels = "objective.regularizer.levels";

const runStep = async (
  settings: StepSettings,
  carried: Named<Tensor>,
  fresh: Named<Tensor>,
): Promise<readonly [Named<Tensor>, Observed]> => {
  const step = trainingStep(settings);
  const program = right(await referenceEngine.compile(step.shapes, step.program)());
  const inputs = [...flatten(step.carried, carried), ...flatten(step.given, fresh)].map(referenceEngine.upload);
  const outputs: readonly Resident[] = right(await program.run(inputs)());
  const read = await Promise.all(outputs.map(async (output) => right(await output.read())));
  const row = read.at(-1);
  if (row === undefined) throw new Error("no observations");
  return [unflatten(step.carried, read), readObserved(step.observed, row)];
};

const changed = (tensors: Named<Tensor>, name: string, index: number, by: number): Named<Tensor> => {
  const found = tensors[name];
  if (found === undefined) throw new Error(name);
  return { ...tensors, [name]: generate(found.shape, (i) => at(found.data, i) + (i === index ? by : 0)) };
};

const entry = (tensors: Named<Tensor>, name: string, index: number): number => at(tensors[name]?.data ?? new Float64Array(), index);

describe("the training step", () => {
  for (const method of ["triplet", "triplet-l2", "triplet-mdr"] as const)
    it(`carries the gradient of its own loss to the weights and levels (${method})`, async () => {
      // The statistics are constants for the gradient: a momentum of nearly one keeps them so for the differences too.
      const settings = settingsOf(method, 0, { gamma: 1 - 1e-12 });
      for (const seed of [1, 2, 3]) {
        const carried = begun(settings, seed);
        const fresh = given(seed, 1e-3);
        const [after] = await runStep(settings, carried, fresh);
        const places = [
          ["network.weight", 0],
          ["network.weight", 17],
          ["network.weight", 35],
          ...(method === "triplet-mdr" ? [[levels, 0] as const, [levels, 2] as const] : []),
        ] as const;
        for (const [name, index] of places) {
          const h = 1e-6;
          const [, high] = await runStep(settings, changed(carried, `parameter.${name}`, index, h), fresh);
          const [, low] = await runStep(settings, changed(carried, `parameter.${name}`, index, -h), fresh);
          const difference = (high.loss - low.loss) / (2 * h);
          // Adam's first moment after one step from zero is 0.1 of the gradient.
          expect(entry(after, `first.${name}`, index) / 0.1).toBeCloseTo(difference, 5);
        }
      }
    });

  it("adds the weight decay to the gradient, levels included", async () => {
    const carried = begun(settingsOf("triplet-mdr", 0), 4);
    const [without] = await runStep(settingsOf("triplet-mdr", 0), carried, given(4, 1e-3));
    const [decayed] = await runStep(settingsOf("triplet-mdr", 0.5), carried, given(4, 1e-3));
    for (const [name, index] of [
      ["network.weight", 3],
      [levels, 1],
    ] as const)
      expect(entry(decayed, `first.${name}`, index) - entry(without, `first.${name}`, index)).toBeCloseTo(
        0.1 * 0.5 * entry(carried, `parameter.${name}`, index),
        12,
      );
  });

  it("moves nothing at a learning rate of zero, and gives the same numbers twice", async () => {
    const settings = settingsOf("triplet-mdr", 1e-5);
    const carried = begun(settings, 5);
    const [still] = await runStep(settings, carried, given(5, 0));
    expect(Array.from(still["parameter.network.weight"]?.data ?? [])).toEqual(Array.from(carried["parameter.network.weight"]?.data ?? []));
    const [one, seenOne] = await runStep(settings, carried, given(5, 1e-2));
    const [two, seenTwo] = await runStep(settings, carried, given(5, 1e-2));
    expect(one).toEqual(two);
    expect(seenOne).toEqual(seenTwo);
    expect(seenOne.levels).toEqual([-1.7, 0.1, 1.9]);
    expect(seenOne.loss).toBeCloseTo(Number(seenOne.metricLoss) + 0.4 * Number(seenOne.mdrLoss) + Number(seenOne.levelDecay), 12);
  });

  it("carries no levels and no statistics where the regularizer has no part", async () => {
    const names = carriedLayout(settingsOf("triplet", 0.5)).map(({ name }) => name);
    expect(names).toEqual(["parameter.network.weight", "first.network.weight", "second.network.weight"]);
  });

  it("lowers its loss on one batch shown again and again", async () => {
    const settings = settingsOf("triplet-mdr", 1e-5);
    const fresh = given(7, 1e-2);
    let carried: Named<Tensor> = begun(settings, 7);
    const losses: number[] = [];
    for (let step = 1; step <= 60; step++) {
      const corrections = { correction1: scalar(1 - 0.9 ** step), correction2: scalar(1 - 0.999 ** step) };
      const [next, observed] = await runStep(settings, carried, { ...fresh, ...corrections });
      carried = next;
      losses.push(observed.loss);
    }
    expect(losses.at(-1)).toBeLessThan(0.6 * (losses[0] ?? 0));
    expect(carriedLayout(settings).every(({ name }) => (carried[name]?.data.length ?? 0) > 0)).toBe(true);
  });
});

describe("safetensors", () => {
  const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
  const named = fc.dictionary(
    fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== "__metadata__" && name !== "__proto__"),
    shapes.chain((shape) =>
      fc
        .array(fc.double({ noNaN: false }), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
        .map((values) => right(tensor(shape, values))),
    ),
    { maxKeys: 5 },
  );

  it("reads back what it wrote, bit for bit", () => {
    fc.assert(
      fc.property(named, fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }), (tensors, metadata) => {
        const back = right(decodeTensors("file", encodeTensors({ tensors, metadata }, "F64")));
        expect(Object.keys(back.tensors).sort()).toEqual(Object.keys(tensors).sort());
        for (const [name, { shape, data }] of Object.entries(tensors)) {
          expect(back.tensors[name]?.shape).toEqual(shape);
          expect(Array.from(back.tensors[name]?.data ?? [])).toEqual(Array.from(data));
        }
      }),
      { numRuns: 50 },
    );
  });

  it("refuses every truncation with a message that names the file", () => {
    const bytes = encodeTensors({ tensors: { a: vector([1, 2, 3]), b: scalar(4) }, metadata: { mdr: "{}" } }, "F32");
    for (let length = 0; length < bytes.length; length++) {
      const read = decodeTensors("x.safetensors", bytes.slice(0, length));
      expect(E.isLeft(read) && read.left.startsWith("x.safetensors: ")).toBe(true);
    }
  });
});
