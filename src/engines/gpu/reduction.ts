/** Reductions along axes, and the index of the smallest entry. */
import { type Shape, sizeOf } from "../../tensor/index.js";
import type { Primitives, Reduction } from "../engine.js";
import type { GpuTensor, Tracer } from "./plan.js";
import { coordinates, kernelText } from "./source.js";

const step: Readonly<Record<Reduction, string>> = {
  sum: "s = s + v;",
  maximum: "if (v > s || v != v) { s = v; }",
  minimum: "if (v < s || v != v) { s = v; }",
};

/**
 * Longest run added up by one thread. Longer sums go in stages, a tree with branches of this length: float32 rounding
 * then grows with the number of stages, not with the number of entries, and every stage has threads enough.
 */
const run = 128;

/** [outer, length, inner] -> [outer, ceil(length / run), inner]. Reads 4 bytes and does one operation an entry. */
const stage = (trace: Tracer, op: Reduction, x: GpuTensor, outer: number, length: number, inner: number): GpuTensor => {
  const taken = Math.min(run, length);
  const groups = Math.ceil(length / taken);
  return trace.launch(`reduce ${op} ${outer} ${length} ${inner}`, [outer, groups, inner], [x], (dialect) => {
    const last = length - (groups - 1) * taken;
    const bound = last === taken ? "" : `let count = ${taken}; if (g == ${groups - 1}) { count = ${last}; }`;
    // The loop itself ends at a number: WebGL 1 compiles no other.
    const entry = `p = p + ${inner}; const v = a0[p]; ${step[op]}`;
    return kernelText(
      dialect,
      1,
      `${coordinates(dialect, [outer, groups, inner], ["o", "g", "c"])} ${bound} ` +
        `let p = (o * ${length} + g * ${taken}) * ${inner} + c; let s = a0[p]; ` +
        `for (let k = 1; k < ${taken}; k++) { ${last === taken ? entry : `if (k < count) { ${entry} }`} } return s;`,
    );
  });
};

const staged = (trace: Tracer, op: Reduction, x: GpuTensor, outer: number, length: number, inner: number): GpuTensor =>
  length <= 1 ? x : staged(trace, op, stage(trace, op, x, outer, length, inner), outer, Math.ceil(length / run), inner);

/** Runs of neighbouring reduced axes, as [outer, length, inner] views. */
const runsOf = (shape: Shape, axes: readonly number[]): readonly (readonly [first: number, last: number])[] =>
  shape
    .map((_, axis) => axis)
    .filter((axis) => axes.includes(axis))
    .reduce<readonly (readonly [number, number])[]>((runs, axis) => {
      const last = runs.at(-1);
      return last !== undefined && last[1] === axis - 1 ? [...runs.slice(0, -1), [last[0], axis]] : [...runs, [axis, axis]];
    }, []);

export const reduction = (trace: Tracer): Pick<Primitives<GpuTensor>, "reduce" | "argMinimum"> => ({
  reduce: (op, x, axes) => {
    const wanted = axes.map((axis) => (axis < 0 ? x.shape.length + axis : axis));
    const shape = x.shape.map((length, axis) => (wanted.includes(axis) ? 1 : length));
    if (sizeOf(x.shape) === 0) {
      if (op !== "sum" && sizeOf(shape) > 0) throw new RangeError(`the ${op} of no numbers: [${x.shape.join(" x ")}] is empty`);
      return trace.constant({ shape, data: new Float32Array(sizeOf(shape)) });
    }
    const reduced = runsOf(x.shape, wanted).reduce<GpuTensor>((partial, [first, last]) => {
      const outer = sizeOf(partial.shape.slice(0, first));
      const length = sizeOf(partial.shape.slice(first, last + 1));
      const inner = sizeOf(partial.shape.slice(last + 1));
      const next = partial.shape.map((old, axis) => (axis >= first && axis <= last ? 1 : old));
      return { shape: next, handle: staged(trace, op, partial, outer, length, inner).handle };
    }, x);
    return { shape, handle: reduced.handle };
  },
  /** [.., K] -> [.., 1]: 4 K bytes read, K comparisons a result. */
  argMinimum: (x) => {
    const columns = x.shape.at(-1) ?? 1;
    return trace.launch(`argMinimum ${columns}`, [...x.shape.slice(0, -1), 1], [x], (dialect) =>
      kernelText(
        dialect,
        1,
        `let p = i * ${columns}; let least = a0[p]; let place = 0.0; ` +
          `for (let k = 1; k < ${columns}; k++) { p = p + 1; const v = a0[p]; if (v < least) { least = v; place = k; } } return place;`,
      ),
    );
  },
});
