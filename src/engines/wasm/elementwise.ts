/** Recording of the kernels that go entry by entry, and of reductions. */
import { type Shape, sizeOf } from "../../tensor/index.js";
import type { Binary, Reduction, Unary } from "../engine.js";
import { float } from "./command.js";
import { byRows, flat, type Recorder, read, type WasmTensor } from "./trace.js";

const MAPS: Readonly<Record<Unary, number>> = {
  negate: 0,
  absolute: 1,
  sign: 2,
  square: 3,
  squareRoot: 4,
  reciprocal: 5,
  reciprocalOrZero: 6,
  exponential: 7,
  logarithm: 8,
  relu: 9,
  positive: 10,
};

const ZIPS: Readonly<Record<Binary, number>> = {
  add: 0,
  subtract: 1,
  multiply: 2,
  divide: 3,
  maximum: 4,
  minimum: 5,
  less: 6,
  equal: 7,
};

const REDUCTIONS: Readonly<Record<Reduction, number>> = { sum: 0, maximum: 1, minimum: 2 };

export const RELU = MAPS.relu;
export const ADD = ZIPS.add;

export const recordMap =
  (record: Recorder) =>
  (op: Unary, x: WasmTensor): WasmTensor => {
    const size = sizeOf(x.shape);
    const { step, chunks } = flat(size);
    return record.compute("Map", chunks, x.shape, (target) => [MAPS[op], read(x), target, size, step]);
  };

export const recordAffine =
  (record: Recorder) =>
  (x: WasmTensor, scale: number, shift: number): WasmTensor => {
    const size = sizeOf(x.shape);
    const { step, chunks } = flat(size);
    return record.compute("Affine", chunks, x.shape, (target) => [read(x), target, size, step, float(scale), float(shift)]);
  };

interface Axis {
  readonly length: number;
  readonly a: number;
  readonly b: number;
}

/** Strides of a contiguous tensor seen in `rank` axes, 0 where it is broadcast. */
const broadcastStrides = (shape: Shape, rank: number): readonly number[] => {
  const padded = [...Array<number>(rank - shape.length).fill(1), ...shape];
  return padded.map((length, axis) => (length === 1 ? 0 : sizeOf(padded.slice(axis + 1))));
};

/** Joins neighbouring axes along which both tensors advance evenly, so that inner runs are as long as they can be. */
const joined = (axes: readonly Axis[]): readonly Axis[] =>
  axes
    .filter(({ length }) => length !== 1)
    .reduce<readonly Axis[]>((done, axis) => {
      const outer = done.at(-1);
      return outer !== undefined && outer.a === axis.a * axis.length && outer.b === axis.b * axis.length
        ? [...done.slice(0, -1), { length: outer.length * axis.length, a: axis.a, b: axis.b }]
        : done.concat(axis);
    }, []);

const ONE_ENTRY: Axis = { length: 1, a: 0, b: 0 };

export const recordZip =
  (record: Recorder) =>
  (op: Binary, a: WasmTensor, b: WasmTensor): WasmTensor => {
    const rank = Math.max(a.shape.length, b.shape.length);
    const stridesA = broadcastStrides(a.shape, rank);
    const stridesB = broadcastStrides(b.shape, rank);
    const lengthOf = (shape: Shape, axis: number): number => shape[axis - rank + shape.length] ?? 1;
    const shape = stridesA.map((_, axis) => {
      const [inA, inB] = [lengthOf(a.shape, axis), lengthOf(b.shape, axis)];
      return inA === 1 ? inB : inA;
    });
    const axes = joined(shape.map((length, axis) => ({ length, a: stridesA[axis] ?? 0, b: stridesB[axis] ?? 0 })));
    const four = [...Array<Axis>(Math.max(0, 4 - axes.length)).fill(ONE_ENTRY), ...axes];
    const lengths = four.map(({ length }) => length);
    const inner = lengths.at(-1) ?? 1;
    const rows = sizeOf(lengths.slice(0, -1));
    const { step, chunks } = rows === 1 ? flat(inner) : byRows(rows, inner);
    return record.compute("Zip", chunks, shape, (target) => [
      ZIPS[op],
      read(a),
      read(b),
      target,
      ...lengths,
      ...four.map((axis) => axis.a),
      ...four.map((axis) => axis.b),
      step,
    ]);
  };

/** Longest stretch summed in float32 in one go; longer ones are cut into parts whose sums are summed again. */
const COLUMN_PART = 256;
const RUN_PART = 16384;

/** [A, R, B] -> [A, B] */
const reduceMiddle = (record: Recorder, op: Reduction, x: WasmTensor, a: number, r: number, b: number): WasmTensor => {
  const longest = b === 1 ? RUN_PART : COLUMN_PART;
  const parts = r > 2 * longest ? Math.ceil(r / longest) : 1;
  const part = Math.ceil(r / parts);
  const { step, chunks } = byRows(a * parts, part * b);
  const partial = record.compute("Reduce", chunks, [a, parts, b], (target) => [
    REDUCTIONS[op],
    read(x),
    target,
    a,
    r,
    b,
    parts,
    part,
    step,
  ]);
  return parts === 1 ? partial : reduceMiddle(record, op, partial, a, parts, b);
};

export const recordReduce =
  (record: Recorder) =>
  (op: Reduction, x: WasmTensor, axes: readonly number[]): WasmTensor => {
    const rank = x.shape.length;
    const reduced = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
    const target = x.shape.map((length, axis) => (reduced.has(axis) ? 1 : length));
    const runs = x.shape.reduce<readonly { length: number; reduced: boolean }[]>((done, length, axis) => {
      const last = done.at(-1);
      return last !== undefined && last.reduced === reduced.has(axis)
        ? [...done.slice(0, -1), { length: last.length * length, reduced: last.reduced }]
        : done.concat({ length, reduced: reduced.has(axis) });
    }, []);
    const result = runs.reduceRight<{ readonly value: WasmTensor; readonly after: number }>(
      ({ value, after }, run, index) => {
        if (!run.reduced) return { value, after: after * run.length };
        const before = sizeOf(runs.slice(0, index).map(({ length }) => length));
        return { value: run.length === 1 ? value : reduceMiddle(record, op, value, before, run.length, after), after };
      },
      { value: x, after: 1 },
    );
    return { slot: result.value.slot, shape: target };
  };
