/** Matrix kernels: transpose, product, squared distances between rows. */
import { at, axisLength, showShape, type Tensor, unsafeTensor } from "../../tensor/index.js";

const sides = (kernel: string, x: Tensor): readonly [rows: number, columns: number] => {
  if (x.shape.length !== 2) throw new Error(`${kernel}: needs a matrix, got shape ${showShape(x.shape)}`);
  return [axisLength(x.shape, 0), axisLength(x.shape, 1)];
};

export const transpose = (x: Tensor): Tensor => {
  const [rows, columns] = sides("transpose", x);
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) data[column * rows + row] = at(x.data, row * columns + column);
  return unsafeTensor([columns, rows], data);
};

export const matmul = (a: Tensor, b: Tensor, transposed: { readonly a?: boolean; readonly b?: boolean } = {}): Tensor => {
  const left = transposed.a === true ? transpose(a) : a;
  const right = transposed.b === true ? transpose(b) : b;
  const [rows, inner] = sides("matmul", left);
  const [innerRight, columns] = sides("matmul", right);
  if (inner !== innerRight) {
    throw new Error(
      `matmul: ${showShape(left.shape)} times ${showShape(right.shape)}: inner lengths ${inner} and ${innerRight} must agree`,
    );
  }
  const data = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < inner; k++) {
      const factor = at(left.data, row * inner + k);
      for (let column = 0; column < columns; column++) {
        data[row * columns + column] = at(data, row * columns + column) + factor * at(right.data, k * columns + column);
      }
    }
  }
  return unsafeTensor([rows, columns], data);
};

/** max(|e_i|^2 + |e_j|^2 - 2 e_i.e_j, 0), 0 on the diagonal. */
export const squaredDistances = (x: Tensor): Tensor => {
  const [rows, columns] = sides("squaredDistances", x);
  const data = new Float64Array(rows * rows);
  const dot = (i: number, j: number): number => {
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += at(x.data, i * columns + k) * at(x.data, j * columns + k);
    return sum;
  };
  const norms = Float64Array.from({ length: rows }, (_, i) => dot(i, i));
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      const squared = Math.max(at(norms, i) + at(norms, j) - 2 * dot(i, j), 0);
      data[i * rows + j] = squared;
      data[j * rows + i] = squared;
    }
  }
  return unsafeTensor([rows, rows], data);
};
