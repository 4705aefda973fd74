/** Operations entry by entry in ONNX's operators. */
import { type Binary, referenceKernels, type Unary } from "../../engines/index.js";
import { axisLength, full, type Shape, showShape, type Tensor } from "../../tensor/index.js";
import { node, numbers, type Wire } from "./graph.js";
import { perChannel, scaledLayer } from "./layer.js";
import { known, type Traced, traced, type Value, wireOf } from "./value.js";

export const constant = (value: number): Wire => numbers([], () => [value]);
const asFloats = (mask: Wire): Wire => node("Cast", [mask], { to: 1 });

export const unary: Readonly<Record<Unary, (x: Wire) => Wire>> = {
  negate: (x) => node("Neg", [x]),
  absolute: (x) => node("Abs", [x]),
  sign: (x) => node("Sign", [x]),
  square: (x) => node("Mul", [x, x]),
  squareRoot: (x) => node("Sqrt", [x]),
  reciprocal: (x) => node("Reciprocal", [x]),
  reciprocalOrZero: (x) => node("Where", [node("Equal", [x, constant(0)]), constant(0), node("Reciprocal", [x])]),
  exponential: (x) => node("Exp", [x]),
  logarithm: (x) => node("Log", [x]),
  relu: (x) => node("Relu", [x]),
  positive: (x) => asFloats(node("Greater", [x, constant(0)])),
};

const binary: Readonly<Record<Binary, (a: Wire, b: Wire) => Wire>> = {
  add: (a, b) => node("Add", [a, b]),
  subtract: (a, b) => node("Sub", [a, b]),
  multiply: (a, b) => node("Mul", [a, b]),
  divide: (a, b) => node("Div", [a, b]),
  maximum: (a, b) => node("Max", [a, b]),
  minimum: (a, b) => node("Min", [a, b]),
  less: (a, b) => asFloats(node("Less", [a, b])),
  equal: (a, b) => asFloats(node("Equal", [a, b])),
};

const broadcast = (a: Shape, b: Shape): Shape => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [one, other] = [axisLength(a, axis - rank), axisLength(b, axis - rank)];
    if (one !== other && one !== 1 && other !== 1) throw new Error(`zip: ${showShape(a)} and ${showShape(b)} do not meet`);
    return one === 1 ? other : one;
  });
};

/** x slope + offset a channel, folded into the layer that gives x, where both are known and there is one. */
export const folded = (x: Value, slope: Tensor, offset: Tensor): Traced | undefined => {
  if (x.kind === "known" || x.layer === undefined) return undefined;
  const channels = axisLength(x.shape, -1);
  const [slopes, offsets] = [perChannel(slope, channels), perChannel(offset, channels)];
  return slopes === undefined || offsets === undefined ? undefined : scaledLayer(x.shape, x.layer, slopes, offsets);
};

const foldedZip = (op: Binary, a: Value, b: Value): Traced | undefined => {
  const [x, other] = a.kind === "traced" ? [a, b] : [b, a];
  if (other.kind !== "known") return undefined;
  if (op === "add") return folded(x, full([1], 1), other.tensor);
  return op === "multiply" ? folded(x, other.tensor, full([1], 0)) : undefined;
};

/** Entry by entry, broadcasting. */
export const zip = (op: Binary, a: Value, b: Value): Value => {
  if (a.kind === "known" && b.kind === "known") return known(referenceKernels.zip(op, a.tensor, b.tensor));
  const into = foldedZip(op, a, b);
  if (into !== undefined) return into;
  const shape = broadcast(a.shape, b.shape);
  return traced(shape, binary[op](wireOf(a, shape.length), wireOf(b, shape.length)));
};
