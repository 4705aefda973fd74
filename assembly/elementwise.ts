/** Kernels that take one entry at a time, four in a vector. Buffers are padded, so flat loops may run past the end. */
import { bytes, integer, number, pointer } from "./command";
import { MapOp, ZipOp } from "./opcodes";

const ZERO = f32x4.splat(0);
const ONE = f32x4.splat(1);

function exponential(x: v128): v128 {
  return f32x4(
    <f32>NativeMath.exp(<f64>f32x4.extract_lane(x, 0)),
    <f32>NativeMath.exp(<f64>f32x4.extract_lane(x, 1)),
    <f32>NativeMath.exp(<f64>f32x4.extract_lane(x, 2)),
    <f32>NativeMath.exp(<f64>f32x4.extract_lane(x, 3)),
  );
}

function logarithm(x: v128): v128 {
  return f32x4(
    <f32>NativeMath.log(<f64>f32x4.extract_lane(x, 0)),
    <f32>NativeMath.log(<f64>f32x4.extract_lane(x, 1)),
    <f32>NativeMath.log(<f64>f32x4.extract_lane(x, 2)),
    <f32>NativeMath.log(<f64>f32x4.extract_lane(x, 3)),
  );
}

function positive(x: v128): v128 {
  return v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.splat(1));
}

function mapped(op: i32, x: v128): v128 {
  switch (op) {
    case MapOp.Negate:
      return f32x4.neg(x);
    case MapOp.Absolute:
      return f32x4.abs(x);
    case MapOp.Sign:
      return f32x4.sub(positive(x), positive(f32x4.neg(x)));
    case MapOp.Square:
      return f32x4.mul(x, x);
    case MapOp.SquareRoot:
      return f32x4.sqrt(x);
    case MapOp.Reciprocal:
      return f32x4.div(f32x4.splat(1), x);
    case MapOp.ReciprocalOrZero:
      return v128.andnot(f32x4.div(f32x4.splat(1), x), f32x4.eq(x, f32x4.splat(0)));
    case MapOp.Exponential:
      return exponential(x);
    case MapOp.Logarithm:
      return logarithm(x);
    case MapOp.Relu:
      return f32x4.max(x, f32x4.splat(0));
    default:
      return positive(x);
  }
}

/** op, source, target, size, entries a chunk */
export function map(command: usize, chunk: i32): void {
  const op = integer(command, 0);
  const step = integer(command, 4);
  const first = chunk * step;
  const last = min(first + step, integer(command, 3));
  let source = pointer(command, 1) + bytes(first);
  let target = pointer(command, 2) + bytes(first);
  const end = target + bytes(last - first);
  for (; target < end; target += 16, source += 16) v128.store(target, mapped(op, v128.load(source)));
}

/** source, target, size, entries a chunk, scale, shift */
export function affine(command: usize, chunk: i32): void {
  const step = integer(command, 3);
  const first = chunk * step;
  const last = min(first + step, integer(command, 2));
  let source = pointer(command, 0) + bytes(first);
  let target = pointer(command, 1) + bytes(first);
  const scale = f32x4.splat(number(command, 4));
  const shift = f32x4.splat(number(command, 5));
  const end = target + bytes(last - first);
  for (; target < end; target += 16, source += 16) {
    v128.store(target, f32x4.add(f32x4.mul(v128.load(source), scale), shift));
  }
}

function zipped(op: i32, a: v128, b: v128): v128 {
  switch (op) {
    case ZipOp.Add:
      return f32x4.add(a, b);
    case ZipOp.Subtract:
      return f32x4.sub(a, b);
    case ZipOp.Multiply:
      return f32x4.mul(a, b);
    case ZipOp.Divide:
      return f32x4.div(a, b);
    case ZipOp.Maximum:
      return f32x4.max(a, b);
    case ZipOp.Minimum:
      return f32x4.min(a, b);
    case ZipOp.Less:
      return v128.and(f32x4.lt(a, b), f32x4.splat(1));
    default:
      return v128.and(f32x4.eq(a, b), f32x4.splat(1));
  }
}

/** One run of entries; a stride is 0 (the same entry throughout) or 1. */
function zipRun(op: i32, a: usize, strideA: i32, b: usize, strideB: i32, target: usize, length: i32): void {
  const vectorEnd = target + bytes(length & ~3);
  const end = target + bytes(length);
  if (strideA == 1 && strideB == 1) {
    for (; target < vectorEnd; target += 16, a += 16, b += 16) v128.store(target, zipped(op, v128.load(a), v128.load(b)));
  } else if (strideA == 1) {
    const fixed = v128.load32_splat(b);
    for (; target < vectorEnd; target += 16, a += 16) v128.store(target, zipped(op, v128.load(a), fixed));
  } else if (strideB == 1) {
    const fixed = v128.load32_splat(a);
    for (; target < vectorEnd; target += 16, b += 16) v128.store(target, zipped(op, fixed, v128.load(b)));
  } else {
    const fixed = zipped(op, v128.load32_splat(a), v128.load32_splat(b));
    for (; target < vectorEnd; target += 16) v128.store(target, fixed);
  }
  for (; target < end; target += 4, a += bytes(strideA), b += bytes(strideB)) {
    store<f32>(target, f32x4.extract_lane(zipped(op, v128.load32_splat(a), v128.load32_splat(b)), 0));
  }
}

/** op, a, b, target, lengths of 4 axes, strides of a, strides of b, then entries (one row) or rows a chunk */
export function zip(command: usize, chunk: i32): void {
  const op = integer(command, 0);
  const a = pointer(command, 1);
  const b = pointer(command, 2);
  const target = pointer(command, 3);
  const length1 = integer(command, 5);
  const length2 = integer(command, 6);
  const length3 = integer(command, 7);
  const rows = integer(command, 4) * length1 * length2;
  const strideA = integer(command, 11);
  const strideB = integer(command, 15);
  const first = chunk * integer(command, 16);
  if (rows == 1) {
    const last = min(first + integer(command, 16), length3);
    zipRun(op, a + bytes(first * strideA), strideA, b + bytes(first * strideB), strideB, target + bytes(first), last - first);
    return;
  }
  const last = min(first + integer(command, 16), rows);
  for (let row = first; row < last; row++) {
    const i2 = row % length2;
    const rest = row / length2;
    const i1 = rest % length1;
    const i0 = rest / length1;
    const offsetA = i0 * integer(command, 8) + i1 * integer(command, 9) + i2 * integer(command, 10);
    const offsetB = i0 * integer(command, 12) + i1 * integer(command, 13) + i2 * integer(command, 14);
    zipRun(op, a + bytes(offsetA), strideA, b + bytes(offsetB), strideB, target + bytes(row * length3), length3);
  }
}

/** a, b, target, size, entries a chunk: relu(a + b) */
export function addRelu(command: usize, chunk: i32): void {
  const step = integer(command, 4);
  const first = chunk * step;
  const last = min(first + step, integer(command, 3));
  let a = pointer(command, 0) + bytes(first);
  let b = pointer(command, 1) + bytes(first);
  let target = pointer(command, 2) + bytes(first);
  const end = target + bytes(last - first);
  for (; target < end; target += 16, a += 16, b += 16) {
    v128.store(target, f32x4.max(f32x4.add(v128.load(a), v128.load(b)), ZERO));
  }
}

/** y, dy, target, size, entries a chunk: dy where y > 0 */
export function reluPull(command: usize, chunk: i32): void {
  const step = integer(command, 4);
  const first = chunk * step;
  const last = min(first + step, integer(command, 3));
  let y = pointer(command, 0) + bytes(first);
  let dy = pointer(command, 1) + bytes(first);
  let target = pointer(command, 2) + bytes(first);
  const end = target + bytes(last - first);
  for (; target < end; target += 16, y += 16, dy += 16) {
    v128.store(target, v128.and(v128.load(dy), f32x4.gt(v128.load(y), ZERO)));
  }
}

/**
 * parameter, gradient, first, second, learning rate, corrections 1 and 2 (addresses), targets of the three, size,
 * entries a chunk, beta1, beta2, epsilon, weight decay. Every entry in one pass.
 */
export function adam(command: usize, chunk: i32): void {
  const step = integer(command, 11);
  const begin = chunk * step;
  const last = min(begin + step, integer(command, 10));
  const offset = bytes(begin);
  const end = bytes(last);
  const parameter = pointer(command, 0);
  const gradient = pointer(command, 1);
  const first = pointer(command, 2);
  const second = pointer(command, 3);
  const parameterOut = pointer(command, 7);
  const firstOut = pointer(command, 8);
  const secondOut = pointer(command, 9);
  const rate = f32x4.splat(load<f32>(pointer(command, 4)));
  const correction1 = f32x4.splat(load<f32>(pointer(command, 5)));
  const correction2 = f32x4.splat(load<f32>(pointer(command, 6)));
  const beta1 = f32x4.splat(number(command, 12));
  const beta2 = f32x4.splat(number(command, 13));
  const rest1 = f32x4.splat(number(command, 16));
  const rest2 = f32x4.splat(number(command, 17));
  const epsilon = f32x4.splat(number(command, 14));
  const decay = f32x4.splat(number(command, 15));
  for (let i = offset; i < end; i += 16) {
    const p = v128.load(parameter + i);
    const g = f32x4.add(v128.load(gradient + i), f32x4.mul(decay, p));
    const m = f32x4.add(f32x4.mul(beta1, v128.load(first + i)), f32x4.mul(rest1, g));
    const v = f32x4.add(f32x4.mul(beta2, v128.load(second + i)), f32x4.mul(rest2, f32x4.mul(g, g)));
    const root = f32x4.add(f32x4.sqrt(f32x4.div(v, correction2)), epsilon);
    v128.store(parameterOut + i, f32x4.sub(p, f32x4.mul(rate, f32x4.div(f32x4.div(m, correction1), root))));
    v128.store(firstOut + i, m);
    v128.store(secondOut + i, v);
  }
}

/** source, target, size, entries a chunk */
export function copy(command: usize, chunk: i32): void {
  const step = integer(command, 3);
  const first = chunk * step;
  const last = min(first + step, integer(command, 2));
  memory.copy(pointer(command, 1) + bytes(first), pointer(command, 0) + bytes(first), bytes(last - first));
}

/** source, target, rows, entries of a row, entries from one row to the next in source and in target, rows a chunk */
export function copyRows(command: usize, chunk: i32): void {
  const length = bytes(integer(command, 3));
  const step = integer(command, 6);
  const first = chunk * step;
  const last = min(first + step, integer(command, 2));
  const sourceStep = bytes(integer(command, 4));
  const targetStep = bytes(integer(command, 5));
  let source = pointer(command, 0) + <usize>first * sourceStep;
  let target = pointer(command, 1) + <usize>first * targetStep;
  for (let row = first; row < last; row++, source += sourceStep, target += targetStep) memory.copy(target, source, length);
}

/** target, size, entries a chunk: zeros */
export function fill(command: usize, chunk: i32): void {
  const step = integer(command, 2);
  const first = chunk * step;
  const last = min(first + step, integer(command, 1));
  memory.fill(pointer(command, 0) + bytes(first), 0, bytes(last - first));
}

/** source, target, rows [N * H'], H, W * C, H', W' * C, top, left * C, rows a chunk: x within zeros */
export function pad(command: usize, chunk: i32): void {
  const source = pointer(command, 0);
  const rows = integer(command, 2);
  const height = integer(command, 3);
  const width = integer(command, 4);
  const paddedHeight = integer(command, 5);
  const paddedWidth = integer(command, 6);
  const top = integer(command, 7);
  const left = integer(command, 8);
  const step = integer(command, 9);
  const last = min((chunk + 1) * step, rows);
  for (let row = chunk * step; row < last; row++) {
    const image = row / paddedHeight;
    const y = row - image * paddedHeight - top;
    const target = pointer(command, 1) + bytes(row * paddedWidth);
    if (y < 0 || y >= height) {
      memory.fill(target, 0, bytes(paddedWidth));
    } else {
      memory.fill(target, 0, bytes(left));
      memory.copy(target + bytes(left), source + bytes((image * height + y) * width), bytes(width));
      memory.fill(target + bytes(left + width), 0, bytes(paddedWidth - left - width));
    }
  }
}
