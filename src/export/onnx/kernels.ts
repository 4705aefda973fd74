/**
 * The kernels on values of a graph: an engine that computes nothing and writes down what it is asked for, in ONNX's operators. It has
 * those that make an embedding of each picture by itself; what looks across the batch has no place in a graph that takes any number.
 */
import { composed, type Geometry, type Kernels, outputSize, type Primitives, referenceKernels, type Window } from "../../engines/index.js";
import { axisLength, type Shape, showShape, type Tensor } from "../../tensor/index.js";
import { constant, folded, unary, zip } from "./elementwise.js";
import { list, node, numbers, type Wire } from "./graph.js";
import { layered } from "./layer.js";
import { known, type Traced, traced, turnedWeights, Unexportable, type Value, wireOf } from "./value.js";

const reference = referenceKernels;

/** Where one of our axes stands on a wire. */
const axisOnWire = (rank: number, axis: number): number => (rank === 4 ? ([0, 2, 3, 1][axis] ?? axis) : axis);

/** Whether [N, H, W, C] and [N, C, H, W] hold their numbers in one order. */
const orderless = (shape: Shape): boolean => axisLength(shape, 3) === 1 || axisLength(shape, 1) * axisLength(shape, 2) === 1;

const reshaped = (x: Traced, shape: Shape): Value => {
  if (shape[0] !== x.shape[0]) throw new Unexportable(`it makes ${showShape(shape)} of a batch ${showShape(x.shape)}`);
  const flat = x.shape.length !== 4 || orderless(x.shape) ? x.wire : node("Transpose", [x.wire], { perm: [0, 2, 3, 1] });
  const to = (dims: Shape): Wire => node("Reshape", [flat, list([-1, ...dims.slice(1)])]);
  if (shape.length !== 4) return traced(shape, to(shape));
  const [, height = 1, width = 1, channels = 1] = shape;
  return traced(shape, orderless(shape) ? to([-1, channels, height, width]) : node("Transpose", [to(shape)], { perm: [0, 3, 1, 2] }));
};

const reducers = { maximum: "ReduceMax", minimum: "ReduceMin" } as const;

const reduced = (op: "sum" | "maximum" | "minimum", x: Traced, axes: readonly number[]): Value => {
  if (axes.includes(0)) throw new Unexportable("it looks across the pictures of a batch");
  const own = axes.map((axis) => axisOnWire(x.shape.length, axis));
  const shape = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return traced(
    shape,
    op === "sum" ? node("ReduceSum", [x.wire, list(own)], { keepdims: 1 }) : node(reducers[op], [x.wire], { axes: own, keepdims: 1 }),
  );
};

const padsOf = ({ padding }: Geometry): readonly number[] => [padding.top, padding.left, padding.bottom, padding.right];

const biasOf = (bias: Tensor | undefined): readonly Wire[] => (bias === undefined ? [] : [numbers(bias.shape, () => bias.data)]);

const convolved = (x: Traced, weights: Tensor, geometry: Geometry): Value => {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = weights.shape;
  const [rows, columns] = outputSize([axisLength(x.shape, 1), axisLength(x.shape, 2)], [height, width], geometry);
  return layered([axisLength(x.shape, 0), rows, columns, outputs], {
    weights,
    bias: undefined,
    wire: (own, bias) =>
      node("Conv", [x.wire, numbers([outputs, inputs, height, width], () => turnedWeights(own)), ...biasOf(bias)], {
        kernel_shape: [height, width],
        strides: geometry.stride,
        pads: padsOf(geometry),
      }),
  });
};

const multiplied = (x: Traced, weights: Tensor): Value =>
  layered([axisLength(x.shape, 0), axisLength(weights.shape, 1)], {
    weights,
    bias: undefined,
    wire: (own, bias) => node("Gemm", [x.wire, numbers(own.shape, () => own.data), ...biasOf(bias)]),
  });

const slid = (x: Traced, { size, stride, padding }: Window, op: string, more: Readonly<Record<string, number>> = {}): Value => {
  const places: readonly [number, number] = [axisLength(x.shape, 1), axisLength(x.shape, 2)];
  const [rows, columns] = outputSize(places, size, { stride, padding });
  return traced(
    [axisLength(x.shape, 0), rows, columns, axisLength(x.shape, 3)],
    node(op, [x.wire], { kernel_shape: size, strides: stride, pads: padsOf({ stride, padding }), ...more }),
  );
};

/** One window over all of a map, which needs no sizes. */
const isWhole = ({ shape }: Traced, { size, padding }: Window): boolean =>
  size[0] === shape[1] && size[1] === shape[2] && Object.values(padding).every((side) => side === 0);

const averaged = (x: Traced, window: Window): Value =>
  isWhole(x, window)
    ? traced([axisLength(x.shape, 0), 1, 1, axisLength(x.shape, 3)], node("GlobalAveragePool", [x.wire]))
    : slid(x, window, "AveragePool", { count_include_pad: 1 });

const lastAxis = ({ shape }: Value): number => axisOnWire(shape.length, shape.length - 1);

const concatenated = (parts: readonly Value[]): Value => {
  const tensors = parts.flatMap((part) => (part.kind === "known" ? [part.tensor] : []));
  if (tensors.length === parts.length) return known(reference.concatenate(tensors));
  const [first] = parts;
  if (first === undefined || tensors.length > 0) throw new Unexportable("it puts numbers of its own beside those of each picture");
  const shape = [...first.shape.slice(0, -1), parts.reduce((sum, part) => sum + axisLength(part.shape, -1), 0)];
  return traced(
    shape,
    node(
      "Concat",
      parts.map((part) => wireOf(part, shape.length)),
      { axis: lastAxis(first) },
    ),
  );
};

/** What has no operator: of the known alone it is computed, of a picture it is refused. */
const onlyKnown = (kernel: string, values: readonly Value[], compute: (tensors: readonly Tensor[]) => Tensor): Value => {
  const tensors = values.flatMap((value) => (value.kind === "known" ? [value.tensor] : []));
  if (tensors.length < values.length) throw new Unexportable(`it asks for ${kernel}, for which the graph has no operator`);
  return known(compute(tensors));
};

const pair =
  (kernel: "alongDifferences" | "pick" | "sample") =>
  (a: Value, b: Value): Value =>
    onlyKnown(kernel, [a, b], ([first, second]) => reference[kernel](first as Tensor, second as Tensor));

const primitives: Primitives<Value> = {
  shapeOf: ({ shape }) => shape,
  constant: known,
  reshape: (x, shape) => (x.kind === "known" ? known(reference.reshape(x.tensor, shape)) : reshaped(x, shape)),
  map: (op, x) => (x.kind === "known" ? known(reference.map(op, x.tensor)) : traced(x.shape, unary[op](x.wire))),
  affine: (x, scale, shift) => {
    if (x.kind === "known") return known(reference.affine(x.tensor, scale, shift));
    const scaled = scale === 1 ? x.wire : node("Mul", [x.wire, constant(scale)]);
    return traced(x.shape, shift === 0 ? scaled : node("Add", [scaled, constant(shift)]));
  },
  zip,
  reduce: (op, x, axes) => (x.kind === "known" ? known(reference.reduce(op, x.tensor, axes)) : reduced(op, x, axes)),
  argMinimum: (x) => onlyKnown("argMinimum", [x], ([tensor]) => reference.argMinimum(tensor as Tensor)),
  concatenate: concatenated,
  slice: (x, from, to) =>
    x.kind === "known"
      ? known(reference.slice(x.tensor, from, to))
      : traced([...x.shape.slice(0, -1), to - from], node("Slice", [x.wire, list([from]), list([to]), list([lastAxis(x)])])),
  transpose: (x) => onlyKnown("transpose", [x], ([tensor]) => reference.transpose(tensor as Tensor)),
  matmul: (a, b, transposed = {}) =>
    a.kind === "traced" && b.kind === "known" && transposed.a !== true
      ? multiplied(a, transposed.b === true ? reference.transpose(b.tensor) : b.tensor)
      : onlyKnown("matmul", [a, b], ([left, right]) => reference.matmul(left as Tensor, right as Tensor, transposed)),
  squaredDistances: (x, shift) => onlyKnown("squaredDistances", [x], ([tensor]) => reference.squaredDistances(tensor as Tensor, shift)),
  alongDifferences: pair("alongDifferences"),
  pick: pair("pick"),
  scatter: (values, indices, columns) =>
    onlyKnown("scatter", [values, indices], ([first, second]) => reference.scatter(first as Tensor, second as Tensor, columns)),
  sample: pair("sample"),
  convolve: (x, weights, geometry) =>
    x.kind === "traced" && weights.kind === "known"
      ? convolved(x, weights.tensor, geometry)
      : onlyKnown("convolve", [x, weights], ([first, second]) => reference.convolve(first as Tensor, second as Tensor, geometry)),
  convolveToInput: (dy, weights, geometry, input) =>
    onlyKnown("convolveToInput", [dy, weights], ([first, second]) =>
      reference.convolveToInput(first as Tensor, second as Tensor, geometry, input),
    ),
  convolveToWeights: (x, dy, geometry, weights) =>
    onlyKnown("convolveToWeights", [x, dy], ([first, second]) =>
      reference.convolveToWeights(first as Tensor, second as Tensor, geometry, weights),
    ),
  maxPool: (x, window) => (x.kind === "known" ? known(reference.maxPool(x.tensor, window)) : slid(x, window, "MaxPool")),
  maxPoolToInput: (x, dy, window) =>
    onlyKnown("maxPoolToInput", [x, dy], ([first, second]) => reference.maxPoolToInput(first as Tensor, second as Tensor, window)),
  averagePool: (x, window) => (x.kind === "known" ? known(reference.averagePool(x.tensor, window)) : averaged(x, window)),
  averagePoolToInput: (dy, window, input) =>
    onlyKnown("averagePoolToInput", [dy], ([tensor]) => reference.averagePoolToInput(tensor as Tensor, window, input)),
};

const rest = composed(primitives);

/** The kernels that write a graph. */
export const graphKernels: Kernels<Value> = {
  ...primitives,
  ...rest,
  channelAffine: (x, scale, shift) =>
    (scale.kind === "known" && shift.kind === "known" ? folded(x, scale.tensor, shift.tensor) : undefined) ??
    rest.channelAffine(x, scale, shift),
};
