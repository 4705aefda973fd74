/** Kernels that put tensors together along the last axis and take them apart. */
import { at, axisLength, type Shape, sameShape, showShape, sizeOf, type Tensor, unsafeTensor } from "../../tensor/index.js";

const rowsOf = (shape: Shape): number => sizeOf(shape.slice(0, -1));

export const concatenate = (parts: readonly Tensor[]): Tensor => {
  const [first] = parts;
  const before = first?.shape.slice(0, -1) ?? [];
  const strange = parts.find(({ shape }) => shape.length === 0 || !sameShape(shape.slice(0, -1), before));
  if (first === undefined || strange !== undefined) {
    throw new Error(
      `concatenate: ${parts.map(({ shape }) => showShape(shape)).join(" and ") || "nothing"}: all axes but the last must agree`,
    );
  }
  const columns = parts.reduce((sum, { shape }) => sum + axisLength(shape, -1), 0);
  const data = new Float64Array(rowsOf(first.shape) * columns);
  let begin = 0;
  for (const part of parts) {
    const own = axisLength(part.shape, -1);
    for (let index = 0; index < part.data.length; index++)
      data[Math.floor(index / own) * columns + begin + (index % own)] = at(part.data, index);
    begin += own;
  }
  return unsafeTensor([...before, columns], data);
};

export const slice = (x: Tensor, from: number, to: number): Tensor => {
  const columns = axisLength(x.shape, -1);
  if (x.shape.length === 0 || !(from >= 0 && from < to && to <= columns)) {
    throw new Error(`slice: ${from} to ${to} is no part of the last axis of ${showShape(x.shape)}`);
  }
  const own = to - from;
  const data = new Float64Array(rowsOf(x.shape) * own);
  for (let index = 0; index < data.length; index++) data[index] = at(x.data, Math.floor(index / own) * columns + from + (index % own));
  return unsafeTensor([...x.shape.slice(0, -1), own], data);
};
