/**
 * One training step as one program: network forward, objective, pullback of both, optimiser. It is written over
 * `Kernels<T>` alone, so an engine compiles it once and keeps everything that a step changes on its device. Network and
 * objective are values; the step knows what neither of them is.
 */
import { type AdamScalars, type AdamSettings, algebra, type Kernels } from "../engines/index.js";
import type { Objective } from "../metric/index.js";
import { initialise, type Layer, type Mode } from "../nn/index.js";
import {
  flatten,
  type Layout,
  layoutOf,
  type Named,
  named,
  type ParameterSpec,
  prefixed,
  type Shape,
  scalar,
  shapesOf,
  type Tensor,
  under,
  unflatten,
  zeros,
} from "../tensor/index.js";
import { inOneRow, observedLayout } from "./observe.js";

/** What a training step is made of. */
export interface StepSettings {
  readonly network: Layer;
  readonly objective: Objective;
  readonly adam: AdamSettings;
  readonly mode: Mode;
  /** [N, H, W, C] of a batch. */
  readonly images: Shape;
}

/** What trains and what else changes: the network's and the objective's, under these names. */
export const parametersOf = ({ network, objective }: Pick<StepSettings, "network" | "objective">): Named<ParameterSpec> => ({
  ...prefixed("network", network.parameters),
  ...prefixed("objective", objective.parameters),
});

/** What a step carries that no gradient moves: running statistics. */
export const stateOf = ({ network, objective }: Pick<StepSettings, "network" | "objective">): Named<ParameterSpec> => ({
  ...prefixed("network", network.state),
  ...prefixed("objective", objective.state),
});

/** Everything that one step hands to the next, by name: parameters, Adam's two moments of each, and state. */
export const carriedLayout = (settings: Pick<StepSettings, "network" | "objective">): Layout => {
  const trained = parametersOf(settings);
  return layoutOf({
    ...prefixed("parameter", trained),
    ...prefixed("first", trained),
    ...prefixed("second", trained),
    ...prefixed("state", stateOf(settings)),
  });
};

/** The scalars of one Adam step, which it is given anew. */
export const scalarsLayout: Layout = [
  { name: "learningRate", shape: [] },
  { name: "correction1", shape: [] },
  { name: "correction2", shape: [] },
];

/** What the objective is given anew of a batch of `count`: labels, and the random numbers it asks for. */
export const judgedLayout = (objective: Objective, count: number): Layout => [
  { name: "labels", shape: [count] },
  ...Object.entries(prefixed("draws", objective.draws(count))).map(([name, shape]) => ({ name, shape })),
];

/** What each step is given anew. */
export const givenLayout = ({ images, objective }: Pick<StepSettings, "images" | "objective">): Layout => [
  { name: "images", shape: images },
  ...judgedLayout(objective, images[0] ?? 0),
  ...scalarsLayout,
];

/** The loss and all that the objective reports, in one row; and how to pull back from it. */
export const judge = <T>(k: Kernels<T>, objective: Objective, before: Named<T>, embeddings: T, now: Named<T>) => {
  const judged = objective.forward(k)(under("parameter.objective", before), under("state.objective", before), {
    embeddings,
    labels: named(now, "labels"),
    draws: under("draws", now),
  });
  const observed = inOneRow(k)(observedLayout(objective), { ...judged.parts, loss: judged.loss });
  return { ...judged, observed };
};

/** Adam on every parameter, each at its own rate: the three carried tensors of each, by name. */
export const updated = <T>(
  k: Kernels<T>,
  settings: Pick<StepSettings, "network" | "objective" | "adam">,
  before: Named<T>,
  gradients: Named<T>,
  scalars: AdamScalars<T>,
): Named<T> => {
  const moved = Object.entries(parametersOf(settings)).map(([name, { rate = 1 }]) => {
    const [parameter, first, second] = [
      named(before, `parameter.${name}`),
      named(before, `first.${name}`),
      named(before, `second.${name}`),
    ];
    const own = rate === 1 ? scalars : { ...scalars, learningRate: algebra(k).scale(scalars.learningRate, rate) };
    return [name, k.adam(parameter, named(gradients, name), first, second, own, settings.adam)] as const;
  });
  const every = (part: "parameter" | "first" | "second"): Named<T> =>
    prefixed(part, Object.fromEntries(moved.map(([name, carried]) => [name, carried[part]])));
  return { ...every("parameter"), ...every("first"), ...every("second") };
};

/** The numbers that Adam takes for one step, out of what the step is given. */
export const scalarsOf = <T>(now: Named<T>): AdamScalars<T> => ({
  learningRate: named(now, "learningRate"),
  correction1: named(now, "correction1"),
  correction2: named(now, "correction2"),
});

/** An output must not be an input itself: the next step releases the one and keeps the other. */
export const fresh =
  <T>(k: Kernels<T>, inputs: readonly T[]) =>
  (value: T): T =>
    inputs.includes(value) ? k.affine(value, 1, 0) : value;

/** The step: (carried, given) -> (carried, one row of observations). */
export const trainingStep = (settings: StepSettings) => {
  const carried = carriedLayout(settings);
  const given = givenLayout(settings);
  const program = <T>(k: Kernels<T>, inputs: readonly T[]): readonly T[] => {
    const before = unflatten(carried, inputs);
    const now = unflatten(given, inputs.slice(carried.length));
    const network = settings.network.forward(k, settings.mode);
    const forward = network(under("parameter.network", before), under("state.network", before), named(now, "images"));
    const judged = judge(k, settings.objective, before, forward.y, now);
    const pulled = judged.pull(k.constant(scalar(1)));
    const gradients = {
      ...prefixed("network", forward.pull(pulled.embeddings).parameters),
      ...prefixed("objective", pulled.parameters),
    };
    const after: Named<T> = {
      ...updated(k, settings, before, gradients, scalarsOf(now)),
      ...prefixed("state.network", forward.state),
      ...prefixed("state.objective", judged.state),
    };
    return [...flatten(carried, after).map(fresh(k, inputs)), judged.observed];
  };
  return { carried, given, observed: observedLayout(settings.objective), shapes: [...shapesOf(carried), ...shapesOf(given)], program };
};

/**
 * First values of everything that a step carries: parameters and state from the seed, moments of zero. They depend on
 * names, shapes and seed alone, so that every recipe begins with the same network.
 */
export const firstCarried = (settings: Pick<StepSettings, "network" | "objective">, seed: number): Named<Tensor> => {
  const { network, objective } = settings;
  const begun: Named<Tensor> = {
    ...prefixed("parameter.network", initialise(network.parameters, seed)),
    ...prefixed("parameter.objective", initialise(objective.parameters, seed)),
    ...prefixed("state.network", initialise(network.state, seed)),
    ...prefixed("state.objective", initialise(objective.state, seed)),
  };
  return Object.fromEntries(carriedLayout(settings).map(({ name, shape }) => [name, begun[name] ?? zeros(shape)]));
};
