/** Kernels that choose columns: pick, its adjoint scatter, and sampling by weight. */
import { at, axisLength, showShape, type Tensor, unsafeTensor } from "../../tensor/index.js";

const sameRows = (kernel: string, a: Tensor, b: Tensor): readonly [rows: number, columnsA: number, columnsB: number] => {
  if (a.shape.length !== 2 || b.shape.length !== 2 || axisLength(a.shape, 0) !== axisLength(b.shape, 0)) {
    throw new Error(`${kernel}: needs two matrices of as many rows, got ${showShape(a.shape)} and ${showShape(b.shape)}`);
  }
  return [axisLength(a.shape, 0), axisLength(a.shape, 1), axisLength(b.shape, 1)];
};

export const pick = (matrix: Tensor, indices: Tensor): Tensor => {
  const [rows, columns, picks] = sameRows("pick", matrix, indices);
  const data = new Float64Array(rows * picks);
  for (let i = 0; i < data.length; i++) data[i] = at(matrix.data, Math.floor(i / picks) * columns + at(indices.data, i));
  return unsafeTensor([rows, picks], data);
};

export const scatter = (values: Tensor, indices: Tensor, columns: number): Tensor => {
  const [rows, picks, places] = sameRows("scatter", values, indices);
  if (picks !== places) throw new Error(`scatter: ${picks} values a row and ${places} indices: they must agree`);
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows * picks; i++) {
    const target = Math.floor(i / picks) * columns + at(indices.data, i);
    data[target] = at(data, target) + at(values.data, i);
  }
  return unsafeTensor([rows, columns], data);
};

export const sample = (weights: Tensor, uniforms: Tensor): Tensor => {
  const [rows, columns, draws] = sameRows("sample", weights, uniforms);
  const data = new Float64Array(rows * draws);
  for (let row = 0; row < rows; row++) {
    let total = 0;
    let lastPositive = 0;
    for (let column = 0; column < columns; column++) {
      const weight = at(weights.data, row * columns + column);
      total += weight;
      if (weight > 0) lastPositive = column;
    }
    for (let draw = 0; draw < draws; draw++) {
      const threshold = at(uniforms.data, row * draws + draw) * total;
      let running = 0;
      let chosen = lastPositive;
      for (let column = 0; column < columns; column++) {
        running += at(weights.data, row * columns + column);
        if (running > threshold) {
          chosen = column;
          break;
        }
      }
      data[row * draws + draw] = chosen;
    }
  }
  return unsafeTensor([rows, draws], data);
};
