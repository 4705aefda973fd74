/** Layers side by side over one input, each under its name: what they give, one after the other along the channels. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { algebra } from "../engines/index.js";
import { shapeError } from "../faults/index.js";
import { axisLength, prefixed, type Shape, sameShape, showShape, under } from "../tensor/index.js";
import type { Forward, Layer } from "./layer.js";
import type { NamedLayer } from "./sequence.js";

/** Their shapes along the last axis, or which of them differ elsewhere. */
const together = (names: readonly string[], shapes: readonly Shape[]): ReturnType<Layer["outputShape"]> => {
  const [first = []] = shapes;
  const odd = shapes.findIndex((shape) => !sameShape(shape.slice(0, -1), first.slice(0, -1)));
  return odd < 0
    ? E.right([...first.slice(0, -1), shapes.reduce((sum, shape) => sum + axisLength(shape, -1), 0)])
    : E.left(
        shapeError(
          `parallel: ${names[0]} gives ${showShape(first)} and ${names[odd]} ${showShape(shapes[odd] ?? [])}: only channels may differ`,
        ),
      );
};

/** y = [branch_1(x), branch_2(x), ..]; each branch pulls its own part of dy, and their gradients in x add up. */
export const parallel = (branches: readonly [NamedLayer, ...NamedLayer[]]): Layer => {
  const names = branches.map(([name]) => name);
  return {
    parameters: Object.assign({}, ...branches.map(([name, layer]) => prefixed(name, layer.parameters))),
    state: Object.assign({}, ...branches.map(([name, layer]) => prefixed(name, layer.state))),
    outputShape: (input) =>
      pipe(
        branches,
        E.traverseArray(([, layer]) => layer.outputShape(input)),
        E.chain((shapes) => together(names, shapes)),
      ),
    multiplyAdds: (input) => branches.reduce((sum, [, layer]) => sum + layer.multiplyAdds(input), 0),
    forward: (k, mode) => (parameters, state, x) => {
      type Value = typeof x;
      interface Part {
        readonly name: string;
        readonly done: Forward<Value>;
        /** Where its channels begin, and where they end. */
        readonly from: number;
        readonly to: number;
      }
      const parts = branches.reduce<readonly Part[]>((before, [name, layer]) => {
        const done = layer.forward(k, mode)(under(name, parameters), under(name, state), x);
        const from = before.at(-1)?.to ?? 0;
        return [...before, { name, done, from, to: from + axisLength(k.shapeOf(done.y), -1) }];
      }, []);
      return {
        y: k.concatenate(parts.map(({ done }) => done.y)),
        state: Object.assign({}, ...parts.map(({ name, done }) => prefixed(name, done.state))),
        pull: (dy) => {
          const pulled = parts.map(({ name, done, from, to }) => ({ name, ...done.pull(k.slice(dy, from, to)) }));
          return {
            parameters: Object.assign({}, ...pulled.map((one) => prefixed(one.name, one.parameters))),
            x: pulled.map((one) => one.x).reduce(algebra(k).add),
          };
        },
      };
    },
  };
};
