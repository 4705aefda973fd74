/** Layers one after the other with a tap on each: what comes out of every tap, added up. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { algebra } from "../engines/index.js";
import { prefixed, type Shape, under } from "../tensor/index.js";
import type { Forward, Layer } from "./layer.js";
import { type NamedLayer, sequence } from "./sequence.js";

/** A layer of the trunk under its name, and what is made of its output beside the trunk. */
export interface Tapped {
  readonly trunk: NamedLayer;
  /** Under "taps." and the trunk's name. All taps give the same shape. */
  readonly tap: Layer;
}

const tapName = ([name]: NamedLayer): string => `taps.${name}`;

/** The shape after each layer of the trunk, or what is wrong there. */
const shapesAlong = (parts: readonly Tapped[], input: Shape): readonly ReturnType<Layer["outputShape"]>[] =>
  parts.map((_, index) => sequence(parts.slice(0, index + 1).map(({ trunk }) => trunk)).outputShape(input));

/** y is the sum of tap_i(x_i), x_i being what the trunk's layer i gives; the gradient in x_i is the tap's and the next layer's. */
export const tapped = (parts: readonly Tapped[]): Layer => ({
  parameters: Object.assign(
    {},
    ...parts.map(({ trunk: [name, layer] }) => prefixed(name, layer.parameters)),
    ...parts.map(({ trunk, tap }) => prefixed(tapName(trunk), tap.parameters)),
  ),
  state: Object.assign(
    {},
    ...parts.map(({ trunk: [name, layer] }) => prefixed(name, layer.state)),
    ...parts.map(({ trunk, tap }) => prefixed(tapName(trunk), tap.state)),
  ),
  outputShape: (input) => {
    const shapes = shapesAlong(parts, input);
    return pipe(
      E.sequenceArray(shapes),
      E.chain((each) => parts.at(-1)?.tap.outputShape(each.at(-1) ?? input) ?? E.right(input)),
    );
  },
  multiplyAdds: (input) => {
    const shapes = shapesAlong(parts, input).map(E.getOrElse(() => input));
    return parts.reduce(
      (sum, { trunk: [, layer], tap }, index) =>
        sum + layer.multiplyAdds(shapes[index - 1] ?? input) + tap.multiplyAdds(shapes[index] ?? input),
      0,
    );
  },
  forward: (k, mode) => (parameters, state, x) => {
    type Value = typeof x;
    interface Step {
      readonly part: Tapped;
      readonly along: Forward<Value>;
      readonly beside: Forward<Value>;
    }
    const { add } = algebra(k);
    const sum = (values: readonly Value[]): Value => values.reduce(add);
    const steps = parts.reduce<readonly Step[]>((before, part) => {
      const { trunk, tap } = part;
      const [name, layer] = trunk;
      const along = layer.forward(k, mode)(under(name, parameters), under(name, state), before.at(-1)?.along.y ?? x);
      const beside = tap.forward(k, mode)(under(tapName(trunk), parameters), under(tapName(trunk), state), along.y);
      return [...before, { part, along, beside }];
    }, []);
    return {
      y: sum(steps.map(({ beside }) => beside.y)),
      state: Object.assign(
        {},
        ...steps.map(({ part: { trunk }, along, beside }) => ({
          ...prefixed(trunk[0], along.state),
          ...prefixed(tapName(trunk), beside.state),
        })),
      ),
      pull: (dy) => {
        type Pulled = ReturnType<Forward<Value>["pull"]>;
        const pulled = steps.reduceRight<Pulled | undefined>((after, { part: { trunk }, along, beside }) => {
          const own = beside.pull(dy);
          const back = along.pull(after === undefined ? own.x : add(own.x, after.x));
          return {
            parameters: { ...prefixed(trunk[0], back.parameters), ...prefixed(tapName(trunk), own.parameters), ...after?.parameters },
            x: back.x,
          };
        }, undefined);
        return pulled ?? { parameters: {}, x: dy };
      },
    };
  },
});
