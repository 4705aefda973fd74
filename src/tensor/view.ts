/** Tensors as ndarray views and back. A view shares the tensor's numbers; slicing and transposing copy nothing. */
import * as E from "fp-ts/lib/Either.js";
import ndarray, { type NdArray, type TypedArray } from "ndarray";
import { type Fault, shapeError } from "../faults/index.js";
import { at, axisLength, type Numbers, type Shape, showShape, sizeOf, stridedPlace, type Tensor, unsafeTensor } from "./tensor.js";

/** What reading an ndarray takes: everything but its writers. */
export type View = Omit<NdArray<TypedArray>, "set">;

/** The tensor's own numbers as an ndarray, row-major. */
export const toNdarray = (t: Tensor): View => ndarray(t.data as TypedArray, [...t.shape]);

/**
 * The view from `from` up to but not including `to` along an axis. Nothing is copied.
 *
 * @example
 * import { fromNdarray, slice, toNdarray, unsafeTensor } from "mdr-ts";
 * const matrix = unsafeTensor([2, 3], [1, 2, 3, 4, 5, 6]);
 * [...fromNdarray(slice(1, 1, 3)(toNdarray(matrix)).right).data]; // => [2, 3, 5, 6]
 * slice(1, 2, 4)(toNdarray(matrix)).left.message; // => "slice 2 to 4 of axis 1 is outside [2 x 3]"
 */
export const slice =
  (axis: number, from: number, to: number) =>
  (view: View): E.Either<Fault, View> => {
    const length = axisLength(view.shape, axis);
    if (axis < 0 || axis >= view.shape.length || from < 0 || to < from || to > length) {
      return E.left(shapeError(`slice ${from} to ${to} of axis ${axis} is outside ${showShape(view.shape)}`));
    }
    const bounds = (value: number) => view.shape.map((_, other) => (other === axis ? value : -1));
    return E.right(view.hi(...bounds(to)).lo(...bounds(from)));
  };

/** The view with its axes in another order: axis i of the result is axis `order[i]`. Nothing is copied. */
export const permute =
  (order: Shape) =>
  (view: View): E.Either<Fault, View> =>
    order.length === view.shape.length && view.shape.every((_, axis) => order.includes(axis))
      ? E.right(view.transpose(...order))
      : E.left(shapeError(`axes [${order.join(", ")}] are no order of the ${view.shape.length} axes of ${showShape(view.shape)}`));

/** The numbers of any view, packed row-major in a tensor of their own; of 32 bits where the view's are. */
export const fromNdarray = (view: View): Tensor => {
  const shape = [...view.shape];
  const source: Numbers = view.data as Numbers;
  const data = new (view.data instanceof Float32Array ? Float32Array : Float64Array)(sizeOf(shape));
  const strides: ArrayLike<number> = view.stride;
  const last = shape.length - 1;
  const [columns, step] = last < 0 ? [1, 0] : [axisLength(shape, last), strides[last] ?? 0];
  const outer = shape.slice(0, -1);
  for (let row = 0; row * columns < data.length; row++) {
    const from = view.offset + stridedPlace(outer, strides, row);
    for (let column = 0; column < columns; column++) data[row * columns + column] = at(source, from + column * step);
  }
  return unsafeTensor(shape, data);
};
