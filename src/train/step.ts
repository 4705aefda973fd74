/**
 * One training step as one program: network forward, objective, pullback of both, optimiser. It is written over
 * `Kernels<T>` alone, so an engine compiles it once and keeps everything that a step changes on its device.
 */
import type { AdamSettings, Kernels } from "../engines/index.js";
import { type Layer, type Mode, type Named, named, prefixed, under } from "../nn/index.js";
import { generate, type Shape, scalar, sizeOf, type Tensor, zeros } from "../tensor/index.js";
import { flatten, type Layout, shapesOf, unflatten } from "./layout.js";
import { type ObjectiveSettings, objectiveOf } from "./method.js";

export interface StepSettings {
  readonly network: Layer;
  readonly objective: ObjectiveSettings;
  readonly adam: AdamSettings;
  readonly mode: Mode;
  /** [N, H, W, C] of a batch. */
  readonly images: Shape;
  /** How many levels the regularizer has. */
  readonly levels: number;
}

/** The scalars that a step reports, in the order of its last output; the K levels before the step follow them. */
export const observedNames = ["loss", "metricLoss", "mdrLoss", "levelDecay", "meanDistance", "mean", "deviation"] as const;
export type Observed = Readonly<Record<(typeof observedNames)[number], number>> & { readonly levels: readonly number[] };

/** The trained parameters by name: the network's, and the levels under this one. */
export const levelsName = "levels";

/** Everything that one step hands to the next, by name. */
export const carriedLayout = ({ network, levels }: Pick<StepSettings, "network" | "levels">): Layout => {
  const trained: Named<Shape> = {
    ...prefixed("network", Object.fromEntries(Object.entries(network.parameters).map(([name, { shape }]) => [name, shape]))),
    [levelsName]: [levels],
  };
  const shapes: Named<Shape> = {
    ...prefixed("parameter", trained),
    ...prefixed("first", trained),
    ...prefixed("second", trained),
    ...prefixed("state", Object.fromEntries(Object.entries(network.state).map(([name, { shape }]) => [name, shape]))),
    "momentum.mean": [],
    "momentum.deviation": [],
    "momentum.seen": [],
  };
  return Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
};

/** What each step is given anew. */
export const givenLayout = ({ images }: Pick<StepSettings, "images">): Layout => {
  const count = images[0] ?? 0;
  return [
    { name: "images", shape: images },
    { name: "labels", shape: [count] },
    { name: "uniforms", shape: [count, count] },
    { name: "learningRate", shape: [] },
    { name: "correction1", shape: [] },
    { name: "correction2", shape: [] },
  ];
};

/** Places scalars and one vector side by side in one row, so that a step is read back at once. [1, scalars + levels] */
const inOneRow =
  <T>(k: Kernels<T>) =>
  (scalars: readonly T[], vector: T, length: number): T => {
    const columns = scalars.length + length;
    const placed = scalars.map((value, index) =>
      k.zip("multiply", k.reshape(value, [1, 1]), k.constant(generate([1, columns], (column) => (column === index ? 1 : 0)))),
    );
    const placement = generate([length, columns], (flat) => (flat % columns === scalars.length + Math.floor(flat / columns) ? 1 : 0));
    return placed.reduce((row, next) => k.zip("add", row, next), k.matmul(k.reshape(vector, [1, length]), k.constant(placement)));
  };

/** The step: (carried, given) -> (carried, one row of observations). */
export const trainingStep = (settings: StepSettings) => {
  const carried = carriedLayout(settings);
  const given = givenLayout(settings);
  const program = <T>(k: Kernels<T>, inputs: readonly T[]): readonly T[] => {
    const before = unflatten(carried, inputs);
    const now = unflatten(given, inputs.slice(carried.length));
    const parameters = under("parameter", before);
    const network = settings.network.forward(k, settings.mode);
    const forward = network(under("network", parameters), under("state", before), named(now, "images"));
    const levels = named(parameters, levelsName);
    const zero = k.constant(zeros([]));
    const momentum = under("momentum", before);
    const goal = objectiveOf(settings.objective, Array<number>(settings.levels).fill(0)).forward(k)(
      { "regularizer.levels": levels },
      prefixed("regularizer", momentum),
      { embeddings: forward.y, labels: named(now, "labels"), draws: { "loss.uniforms": named(now, "uniforms") } },
    );
    const statistics: Named<T> = { ...momentum, ...under("regularizer", goal.state) };
    const toEmbeddings = goal.pull(k.constant(scalar(1)));
    const gradients: Named<T> = {
      ...prefixed("network", forward.pull(toEmbeddings.embeddings).parameters),
      [levelsName]: toEmbeddings.parameters["regularizer.levels"] ?? levels,
    };
    const scalars = {
      learningRate: named(now, "learningRate"),
      correction1: named(now, "correction1"),
      correction2: named(now, "correction2"),
    };
    // Without the regularizer the levels are of no consequence, and weight decay alone should not move them.
    const trains = (name: string): boolean => name !== levelsName || settings.objective.method === "triplet-mdr";
    const updated = Object.entries(parameters).map(([name, parameter]) => {
      const first = named(before, `first.${name}`);
      const second = named(before, `second.${name}`);
      if (!trains(name)) return [name, { parameter, first, second }] as const;
      return [name, k.adam(parameter, named(gradients, name), first, second, scalars, settings.adam)] as const;
    });
    const after: Named<T> = {
      ...prefixed("parameter", Object.fromEntries(updated.map(([name, { parameter }]) => [name, parameter]))),
      ...prefixed("first", Object.fromEntries(updated.map(([name, { first }]) => [name, first]))),
      ...prefixed("second", Object.fromEntries(updated.map(([name, { second }]) => [name, second]))),
      ...prefixed("state", forward.state),
      ...prefixed("momentum", statistics),
    };
    const reported: Named<T> = { ...statistics, ...goal.parts, loss: goal.loss };
    const observed = inOneRow(k)(
      observedNames.map((name) => reported[name] ?? zero),
      levels,
      settings.levels,
    );
    // An output must not be an input itself: the next step releases the one and keeps the other.
    const fresh = (value: T): T => (inputs.includes(value) ? k.affine(value, 1, 0) : value);
    return [...flatten(carried, after).map(fresh), observed];
  };
  return { carried, given, shapes: [...shapesOf(carried), ...shapesOf(given)], program };
};

/** Reads a step's row of observations. */
export const readObserved = (row: Tensor): Observed => {
  const values = Array.from(row.data);
  const scalars = Object.fromEntries(observedNames.map((name, index) => [name, values[index] ?? Number.NaN]));
  return { ...(scalars as Record<(typeof observedNames)[number], number>), levels: values.slice(observedNames.length) };
};

/** The parameters as they begin: the network's initial tensors, moments of zero, no statistics yet. */
export const firstCarried = (
  settings: Pick<StepSettings, "network" | "levels">,
  parameters: Named<Tensor>,
  state: Named<Tensor>,
  levels: Tensor,
): Named<Tensor> => {
  const begun: Named<Tensor> = {
    ...prefixed("parameter.network", parameters),
    [`parameter.${levelsName}`]: levels,
    ...prefixed("state", state),
  };
  return Object.fromEntries(
    carriedLayout(settings).map(({ name, shape }) => [name, begun[name] ?? { shape, data: new Float64Array(sizeOf(shape)) }]),
  );
};
