/** Layers one after the other, each under its name. */
import * as E from "fp-ts/lib/Either.js";
import { shapeError } from "../faults/index.js";
import { prefixed, under } from "../tensor/index.js";
import type { Forward, Layer } from "./layer.js";

/** A layer and the name that its parameters begin with. */
export type NamedLayer = readonly [name: string, layer: Layer];

/** Values flow first to last, gradients last to first: the chain rule over named parts. */
export const sequence = (layers: readonly NamedLayer[]): Layer => ({
  parameters: Object.assign({}, ...layers.map(([name, layer]) => prefixed(name, layer.parameters))),
  state: Object.assign({}, ...layers.map(([name, layer]) => prefixed(name, layer.state))),
  outputShape: (input) =>
    layers.reduce(
      (shape, [name, layer]) =>
        E.chain((before: readonly number[]) =>
          E.mapLeft(({ message }: { readonly message: string }) => shapeError(`${name}: ${message}`))(layer.outputShape(before)),
        )(shape),
      E.right(input) as ReturnType<Layer["outputShape"]>,
    ),
  multiplyAdds: (input) =>
    layers.reduce(
      ({ total, shape }, [, layer]) => ({
        total: total + layer.multiplyAdds(shape),
        shape: E.getOrElse(() => shape)(layer.outputShape(shape)),
      }),
      { total: 0, shape: input },
    ).total,
  forward: (k, mode) => (parameters, state, x) => {
    type Step = { readonly name: string; readonly done: Forward<typeof x> };
    const steps = layers.reduce<readonly Step[]>((before, [name, layer]) => {
      const input = before.at(-1)?.done.y ?? x;
      return [...before, { name, done: layer.forward(k, mode)(under(name, parameters), under(name, state), input) }];
    }, []);
    return {
      y: steps.at(-1)?.done.y ?? x,
      state: Object.assign({}, ...steps.map(({ name, done }) => prefixed(name, done.state))),
      pull: (dy) =>
        steps.reduceRight<ReturnType<Forward<typeof x>["pull"]>>(
          (after, { name, done }) => {
            const pulled = done.pull(after.x);
            return { parameters: { ...prefixed(name, pulled.parameters), ...after.parameters }, x: pulled.x };
          },
          { parameters: {}, x: dy },
        ),
    };
  },
});
