/** Matrix kernels: transpose, product, squared distances between rows, sums along their differences. */
import { at, axisLength, sameShape, showShape, type Tensor, unsafeTensor } from "../../tensor/index.js";

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

/** |e_i - e_j + shift|^2 */
export const squaredDistances = (x: Tensor, shift = 0): Tensor => {
  const [rows, columns] = sides("squaredDistances", x);
  const data = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      let sum = 0;
      for (let k = 0; k < columns; k++) sum += (at(x.data, i * columns + k) - at(x.data, j * columns + k) + shift) ** 2;
      data[i * rows + j] = sum;
    }
  }
  return unsafeTensor([rows, rows], data);
};

/** Row i: the sum over j of w_ij (x_i - x_j). */
export const alongDifferences = (weights: Tensor, x: Tensor): Tensor => {
  const [rows, columns] = sides("alongDifferences", x);
  if (!sameShape(weights.shape, [rows, rows])) {
    throw new Error(`alongDifferences: weights ${showShape(weights.shape)} should be one for each two rows of ${showShape(x.shape)}`);
  }
  const data = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < rows; j++) {
      const weight = at(weights.data, i * rows + j);
      for (let k = 0; k < columns; k++) {
        data[i * columns + k] = at(data, i * columns + k) + weight * (at(x.data, i * columns + k) - at(x.data, j * columns + k));
      }
    }
  }
  return unsafeTensor([rows, columns], data);
};
