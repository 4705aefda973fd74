/** Kernels on the matrices of a batch: distances, and picking entries by index. All are over rows. */
import { bytes, integer, number, pointer } from "./command";

/** |a - b + shift|^2 */
function squaredDistance(a: usize, b: usize, length: i32, shift: f32): f32 {
  const shifts = f32x4.splat(shift);
  const vectorEnd = a + bytes(length & ~3);
  const end = a + bytes(length);
  let sum = f32x4.splat(0);
  for (; a < vectorEnd; a += 16, b += 16) {
    const difference = f32x4.add(f32x4.sub(v128.load(a), v128.load(b)), shifts);
    sum = f32x4.add(sum, f32x4.mul(difference, difference));
  }
  let total = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3));
  for (; a < end; a += 4, b += 4) {
    const difference = load<f32>(a) - load<f32>(b) + shift;
    total += difference * difference;
  }
  return total;
}

/** source [N, D], target [N, N], N, D, rows a chunk, shift: by differences, which stay exact near duplicates */
export function squaredDistances(command: usize, chunk: i32): void {
  const source = pointer(command, 0);
  const size = integer(command, 2);
  const length = integer(command, 3);
  const step = integer(command, 4);
  const shift = number(command, 5);
  const last = min((chunk + 1) * step, size);
  for (let i = chunk * step; i < last; i++) {
    const row = source + bytes(i * length);
    const target = pointer(command, 1) + bytes(i * size);
    for (let j = 0; j < size; j++) store<f32>(target + bytes(j), squaredDistance(row, source + bytes(j * length), length, shift));
  }
}

/** Four columns of one row of `alongDifferences`: sum over j of w_j (own - x_j), x_j being `stride` bytes after x_j-1. */
function fourAlong(weights: usize, x: usize, own: v128, size: i32, stride: usize): v128 {
  let sum = f32x4.splat(0);
  for (const end = weights + bytes(size); weights < end; weights += 4, x += stride) {
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights), f32x4.sub(own, v128.load(x))));
  }
  return sum;
}

function oneAlong(weights: usize, x: usize, own: f32, size: i32, stride: usize): f32 {
  let sum: f32 = 0;
  for (const end = weights + bytes(size); weights < end; weights += 4, x += stride) sum += load<f32>(weights) * (own - load<f32>(x));
  return sum;
}

/** weights [N, N], source [N, D], target [N, D], N, D, rows a chunk: row i is the sum over j of w_ij (x_i - x_j) */
export function alongDifferences(command: usize, chunk: i32): void {
  const source = pointer(command, 1);
  const size = integer(command, 3);
  const length = integer(command, 4);
  const step = integer(command, 5);
  const stride = bytes(length);
  const last = min((chunk + 1) * step, size);
  for (let i = chunk * step; i < last; i++) {
    const weights = pointer(command, 0) + bytes(i * size);
    const row = source + bytes(i * length);
    const target = pointer(command, 2) + bytes(i * length);
    let column = 0;
    for (; column + 4 <= length; column += 4) {
      const at = bytes(column);
      v128.store(target + at, fourAlong(weights, source + at, v128.load(row + at), size, stride));
    }
    for (; column < length; column++) {
      const at = bytes(column);
      store<f32>(target + at, oneAlong(weights, source + at, load<f32>(row + at), size, stride));
    }
  }
}

/** matrix [N, M], indices [N, K], target [N, K], N, M, K, rows a chunk */
export function pick(command: usize, chunk: i32): void {
  const width = integer(command, 4);
  const count = integer(command, 5);
  const step = integer(command, 6);
  const last = min((chunk + 1) * step, integer(command, 3));
  for (let row = chunk * step; row < last; row++) {
    const matrix = pointer(command, 0) + bytes(row * width);
    const indices = pointer(command, 1) + bytes(row * count);
    const target = pointer(command, 2) + bytes(row * count);
    for (let k = 0; k < count; k++) {
      const index = <i32>load<f32>(indices + bytes(k));
      store<f32>(target + bytes(k), load<f32>(matrix + bytes(min(max(index, 0), width - 1))));
    }
  }
}

/** values [N, K], indices [N, K], target [N, M], N, M, K, rows a chunk */
export function scatter(command: usize, chunk: i32): void {
  const width = integer(command, 4);
  const count = integer(command, 5);
  const step = integer(command, 6);
  const last = min((chunk + 1) * step, integer(command, 3));
  for (let row = chunk * step; row < last; row++) {
    const values = pointer(command, 0) + bytes(row * count);
    const indices = pointer(command, 1) + bytes(row * count);
    const target = pointer(command, 2) + bytes(row * width);
    memory.fill(target, 0, bytes(width));
    for (let k = 0; k < count; k++) {
      const at = target + bytes(min(max(<i32>load<f32>(indices + bytes(k)), 0), width - 1));
      store<f32>(at, load<f32>(at) + load<f32>(values + bytes(k)));
    }
  }
}

/** weights [N, M], uniforms [N, K], target [N, K], N, M, K, rows a chunk */
export function sample(command: usize, chunk: i32): void {
  const width = integer(command, 4);
  const count = integer(command, 5);
  const step = integer(command, 6);
  const last = min((chunk + 1) * step, integer(command, 3));
  for (let row = chunk * step; row < last; row++) {
    const weights = pointer(command, 0) + bytes(row * width);
    const uniforms = pointer(command, 1) + bytes(row * count);
    const target = pointer(command, 2) + bytes(row * count);
    let total: f64 = 0;
    let lastPositive = 0;
    for (let column = 0; column < width; column++) {
      const weight = load<f32>(weights + bytes(column));
      total += <f64>weight;
      if (weight > 0) lastPositive = column;
    }
    for (let k = 0; k < count; k++) {
      const threshold = <f64>load<f32>(uniforms + bytes(k)) * total;
      let running: f64 = 0;
      let chosen = lastPositive;
      for (let column = 0; column < width; column++) {
        running += <f64>load<f32>(weights + bytes(column));
        if (running > threshold) {
          chosen = column;
          break;
        }
      }
      store<f32>(target + bytes(k), <f32>chosen);
    }
  }
}
