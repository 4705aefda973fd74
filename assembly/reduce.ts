/** Reductions. How a long one is cut into parts is fixed in the command, so the result does not depend on threads. */
import { bytes, integer, pointer } from "./command";
import { ReduceOp } from "./opcodes";

function combined(op: i32, a: v128, b: v128): v128 {
  if (op == ReduceOp.Sum) return f32x4.add(a, b);
  return op == ReduceOp.Maximum ? f32x4.max(a, b) : f32x4.min(a, b);
}

function neutral(op: i32): f32 {
  if (op == ReduceOp.Sum) return 0;
  return op == ReduceOp.Maximum ? -Infinity : Infinity;
}

function sumRun(source: usize, length: i32): f32 {
  const vectorEnd = source + bytes(length & ~3);
  const end = source + bytes(length);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (; source < vectorEnd; source += 16) {
    low = f64x2.add(low, f64x2.promote_low_f32x4(v128.load64_zero(source)));
    high = f64x2.add(high, f64x2.promote_low_f32x4(v128.load64_zero(source, 8)));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; source < end; source += 4) sum += <f64>load<f32>(source);
  return <f32>sum;
}

function extremeRun(op: i32, source: usize, length: i32): f32 {
  let best = f32x4.splat(neutral(op));
  const end = source + bytes(length);
  for (; source < end; source += 4) best = combined(op, best, v128.load32_splat(source));
  return f32x4.extract_lane(best, 0);
}

/** Rows of `width` entries, `count` of them `stride` apart, into one row. */
function columns(op: i32, source: usize, count: i32, stride: usize, target: usize, width: i32): void {
  let column = 0;
  for (; column + 8 <= width; column += 8) {
    let a = f32x4.splat(neutral(op));
    let b = a;
    let at = source + bytes(column);
    for (let r = 0; r < count; r++, at += stride) {
      a = combined(op, a, v128.load(at));
      b = combined(op, b, v128.load(at, 16));
    }
    v128.store(target + bytes(column), a);
    v128.store(target + bytes(column), b, 16);
  }
  for (; column < width; column++) {
    let a = f32x4.splat(neutral(op));
    let at = source + bytes(column);
    for (let r = 0; r < count; r++, at += stride) a = combined(op, a, v128.load32_splat(at));
    store<f32>(target + bytes(column), f32x4.extract_lane(a, 0));
  }
}

/** op, source [A, R, B], target [A, parts, B], A, R, B, parts, length of a part, outputs (a, part) a chunk */
export function reduce(command: usize, chunk: i32): void {
  const op = integer(command, 0);
  const source = pointer(command, 1);
  const target = pointer(command, 2);
  const length = integer(command, 4);
  const width = integer(command, 5);
  const parts = integer(command, 6);
  const part = integer(command, 7);
  const step = integer(command, 8);
  const last = min((chunk + 1) * step, integer(command, 3) * parts);
  for (let item = chunk * step; item < last; item++) {
    const outer = item / parts;
    const from = (item - outer * parts) * part;
    const count = max(0, min(length - from, part));
    const at = source + bytes((outer * length + from) * width);
    if (width == 1) {
      store<f32>(target + bytes(item), op == ReduceOp.Sum ? sumRun(at, count) : extremeRun(op, at, count));
    } else {
      columns(op, at, count, bytes(width), target + bytes(item * width), width);
    }
  }
}

/** source [rows, K], target [rows], rows, K, rows a chunk */
export function argMinimum(command: usize, chunk: i32): void {
  const length = integer(command, 3);
  const step = integer(command, 4);
  const last = min((chunk + 1) * step, integer(command, 2));
  for (let row = chunk * step; row < last; row++) {
    const source = pointer(command, 0) + bytes(row * length);
    let best = 0;
    let least = load<f32>(source);
    for (let i = 1; i < length; i++) {
      const value = load<f32>(source + bytes(i));
      if (value < least) {
        least = value;
        best = i;
      }
    }
    store<f32>(pointer(command, 1) + bytes(row), <f32>best);
  }
}
