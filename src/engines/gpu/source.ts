/**
 * Text of GPU.js kernels. A kernel is given to GPU.js as source text, so no transpiler, minifier or coverage tool can
 * change it, and every size is a literal in it: nothing is recompiled from step to step.
 *
 * GPU.js does index arithmetic in float32 on most backends; `split` is the one place where an index is divided, and
 * says how that is made exact up to `indexLimit`.
 */

/** Indices beyond this are not exact in float32: larger tensors are refused. */
export const indexLimit = 2 ** 24;

/** How one backend's arithmetic must be spoken to. */
export interface Dialect {
  /** Division of float32 is correctly rounded (it is not on a GPU, where 6 / 3 may be 1.9999999). */
  readonly exactDivision: boolean;
  /** `x | 0` truncates to an integer. On WebGL it goes through an emulation that is wrong for some values. */
  readonly bitwise: boolean;
  /** Most arrays one kernel may read: WebGPU promises 8 storage buffers, one of which is the output. */
  readonly maximumInputs: number;
  /** How contractions are laid over threads: see `contraction.ts`. */
  readonly tile: "lanes" | "quads" | "cells";
  /** Terms that the innermost loop of a contraction takes a turn, where a thread makes one result. */
  readonly unroll: number;
}

/** Text of a kernel in the backend's dialect, its inputs being called a0, a1, ... */
export type Source = (dialect: Dialect) => string;

/**
 * `function (a0, a1) { const i = this.thread.x; BODY }`. Where there are no bitwise operators i is made a float, and so
 * every index is one: GLSL has no arithmetic between integers and floats.
 */
export const kernelText = (dialect: Dialect, inputs: number, body: string): string =>
  `function (${Array.from({ length: inputs }, (_, k) => `a${k}`).join(", ")}) { ` +
  `const i = ${dialect.bitwise ? "this.thread.x" : "Math.floor(this.thread.x)"}; ${body} }`;

const integerPart = (dialect: Dialect, text: string): string => (dialect.bitwise ? `(${text}) | 0` : `Math.floor(${text})`);

/** Largest index for which half a step of margin covers the 2.5 units of rounding that GPU division may be off by. */
const marginLimit = 2 ** 20;

/**
 * Statements that define `quotient = floor(value / divisor)` and `remainder`, for 0 <= value < limit. Exact for every
 * limit up to `indexLimit`: half a step of margin absorbs inexact division, and beyond 2^20 a correction follows.
 */
export const split = (
  dialect: Dialect,
  value: string,
  divisor: number,
  limit: number,
  [quotient, remainder]: readonly [string, string],
): string => {
  if (divisor === 1) return `const ${quotient} = ${value}; const ${remainder} = ${value} - ${value};`;
  if (limit <= divisor) return `const ${quotient} = ${value} - ${value}; const ${remainder} = ${value};`;
  if (dialect.exactDivision) {
    return `const ${quotient} = ${integerPart(dialect, `${value} / ${divisor}`)}; const ${remainder} = ${value} - ${quotient} * ${divisor};`;
  }
  const near = integerPart(dialect, `(${value} + 0.5) / ${divisor}`);
  if (limit <= marginLimit) return `const ${quotient} = ${near}; const ${remainder} = ${value} - ${quotient} * ${divisor};`;
  return (
    `let ${quotient} = ${near}; let ${remainder} = ${value} - ${quotient} * ${divisor}; ` +
    `if (${remainder} < 0) { ${quotient} = ${quotient} - 1; ${remainder} = ${remainder} + ${divisor}; } ` +
    `if (${remainder} >= ${divisor}) { ${quotient} = ${quotient} + 1; ${remainder} = ${remainder} - ${divisor}; }`
  );
};

/**
 * Statements that define one coordinate a name from the flat index i of a row-major shape, the last name for the last
 * (fastest) axis.
 */
export const coordinates = (dialect: Dialect, shape: readonly number[], names: readonly string[], flat = "i"): string => {
  const size = shape.reduce((product, length) => product * length, 1);
  const steps = shape.reduceRight<{ readonly text: string; readonly rest: string; readonly limit: number }>(
    ({ text, rest, limit }, length, axis) => {
      if (axis === 0) return { text: `${text} const ${names[0]} = ${rest};`, rest, limit };
      const quotient = `${flat}q${axis}`;
      return {
        text: `${text} ${split(dialect, rest, length, limit, [quotient, names[axis] ?? ""])}`,
        rest: quotient,
        limit: Math.ceil(limit / length),
      };
    },
    { text: "", rest: flat, limit: size },
  );
  return steps.text;
};

/**
 * Statements that declare a variable for indices. On webasm GPU.js turns an integer local into a float, and every read
 * through it into a slow conversion, unless it begins as the size of the output and is counted up somewhere.
 */
export const integer = ({ tile }: Dialect, name: string, value: string): string =>
  tile === "lanes" ? `let ${name} = this.output.x; ${name}++; ${name} = ${value};` : `let ${name} = ${value};`;

/** A number as kernel text: parenthesised where negative. */
export const literal = (value: number): string => (value < 0 ? `(-${Math.abs(value)})` : `${value}`);
