/** In a page of Chromium: products and convolutions on three engines in turn. `webgpu.ts` asks for it. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Primitives, Program, Resident } from "#mdr/engines/engine.js";
import { square } from "#mdr/engines/geometry.js";
import { gpuEngine } from "#mdr/engines/gpu/index.js";
import { wasmEngine } from "#mdr/engines/wasm/index.js";
import { type Tile, type WebGpuKernels, webGpuEngine } from "#mdr/engines/webgpu/index.js";
import type { Fault } from "#mdr/faults/index.js";
import { generate, type Shape, type Tensor } from "#mdr/tensor/index.js";
import { plainOn, vectors } from "./webgpuVectors.js";

/** A piece of work, done again and again on its own result. */
export type Work =
  | { readonly kind: "product"; readonly side: number }
  | { readonly kind: "convolution"; readonly batch: number; readonly side: number; readonly channels: number };

export interface Found {
  readonly engine: string;
  /** One more link of a chain on the device; null where it was lost in the noise, or there is no such engine. */
  readonly milliseconds: number | null;
  /** A chain of one, its inputs on the device already, and its result read back. */
  readonly with_read_ms: number | null;
  /** From the wasm engine's result, over its largest number. */
  readonly error: number | null;
  readonly reason?: string;
}

type Some<T> = Pick<Primitives<T>, keyof WebGpuKernels>;
type Chain = <T>(k: Some<T>, inputs: readonly T[]) => readonly T[];

/** What of an engine is measured. */
interface Measured {
  readonly compile: (shapes: readonly Shape[], program: Chain) => TE.TaskEither<Fault, Program>;
  readonly upload: (t: Tensor) => Resident;
  readonly close: TE.TaskEither<Fault, void>;
}

const must = async <A>(task: TE.TaskEither<Fault, A>): Promise<A> => {
  const result = await task();
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Uniform numbers whose sums of `terms` products keep the size of what they are multiplied with. */
const noise = (shape: Shape, terms: number): Tensor =>
  generate(shape, (i) => ((Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32 - 0.5) * Math.sqrt(12 / terms));

const inputsOf = (work: Work): readonly Tensor[] =>
  work.kind === "product"
    ? [noise([work.side, work.side], 1), noise([work.side, work.side], work.side)]
    : [noise([work.batch, work.side, work.side, work.channels], 1), noise([3, 3, work.channels, work.channels], 9 * work.channels)];

const times = <A>(count: number, step: (value: A) => A, first: A): A => (count === 0 ? first : times(count - 1, step, step(first)));

const chainOf =
  (work: Work, links: number): Chain =>
  <T>(k: Some<T>, [first, factor]: readonly T[]): readonly T[] =>
    first === undefined || factor === undefined
      ? []
      : [times<T>(links, (x) => (work.kind === "product" ? k.matmul(x, factor) : k.convolve(x, factor, square(1, 1))), first)];

export interface Contestant {
  readonly engine: string;
  /** Links that the longer chain has more. */
  readonly more: number;
  /** Milliseconds of a chain, and its result. */
  readonly run: (links: "one" | "more") => Promise<{ readonly milliseconds: number; readonly result: Tensor }>;
  readonly close: () => Promise<void>;
}

const contestant = async (name: string, engine: Measured, work: Work, more: number): Promise<Contestant> => {
  const inputs = inputsOf(work);
  const shapes = inputs.map(({ shape }) => shape);
  const [one, long] = [await must(engine.compile(shapes, chainOf(work, 1))), await must(engine.compile(shapes, chainOf(work, 1 + more)))];
  const residents = inputs.map(engine.upload);
  return {
    engine: name,
    more,
    run: async (links) => {
      const start = performance.now();
      const [output] = await must((links === "one" ? one : long).run(residents));
      if (output === undefined) throw new Error(`${name} gave back nothing`);
      const result = await must(output.read);
      const milliseconds = performance.now() - start;
      output.release();
      return { milliseconds, result };
    },
    close: async () => {
      for (const resident of residents) resident.release();
      for (const program of [one, long]) program.close();
      await must(engine.close);
    },
  };
};

const errorOf = (got: Tensor, truth: Tensor): number => {
  const largest = Array.from(truth.data).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return Array.from(truth.data).reduce((worst, value, i) => Math.max(worst, Math.abs(value - (got.data[i] ?? Number.NaN)) / largest), 0);
};

/** The wasm engine takes a millisecond where a program that stands in for a graphics card takes a hundred. */
const moreOnCpu = 64;

/** Who is measured, each made ready for one piece of work. The wasm engine is first: the others are held against its results. */
const contestantsFor = (work: Work, more: number, tiles: readonly Tile[]): readonly (readonly [string, () => Promise<Contestant>])[] => {
  const ready = (name: string, open: TE.TaskEither<Fault, Measured>, links = more): readonly [string, () => Promise<Contestant>] => [
    name,
    async () => contestant(name, await must(open), work, links),
  ];
  return [
    ready("wasm", wasmEngine({ winograd: false }), Math.max(more, moreOnCpu)),
    ready("gpu.js webgpu", gpuEngine("webgpu")),
    ["gpu.js webgpu, plain", () => plainOn(work, inputsOf(work), more)],
    ["gpu.js webgpu, vectors", () => vectors(work, inputsOf(work), more)],
    ready("webgpu tiled", webGpuEngine()),
    ...tiles.map((tile) => ready(`webgpu tiled ${tile.across}x${tile.down}x${tile.depth}`, webGpuEngine({ tile }))),
  ];
};

/** The adapter that there is, or why there is none. */
export const adapter = async (): Promise<{ readonly device: string; readonly software: boolean } | { readonly missing: string }> => {
  const engine = await webGpuEngine()();
  if (E.isLeft(engine)) return { missing: engine.left.message };
  const { device, software = false } = engine.right.info;
  await must(engine.right.close);
  return { device, software };
};

/** A piece of work on all engines in turn, `rounds` times: medians. */
export const measured = async (work: Work, more: number, rounds: number, tiles: readonly Tile[]): Promise<readonly Found[]> => {
  const contestants: Contestant[] = [];
  const absent: Found[] = [];
  for (const [name, ready] of contestantsFor(work, more, tiles)) {
    try {
      contestants.push(await ready());
    } catch (thrown) {
      absent.push({ engine: name, milliseconds: null, with_read_ms: null, error: null, reason: String(thrown) });
    }
  }
  const taken = new Map(contestants.map((one) => [one, { short: [] as number[], long: [] as number[] }]));
  const results = new Map<Contestant, Tensor>();
  for (const one of contestants) {
    results.set(one, (await one.run("one")).result);
    await one.run("more");
  }
  for (let round = 0; round < rounds; round++) {
    for (const one of contestants) {
      taken.get(one)?.short.push((await one.run("one")).milliseconds);
      taken.get(one)?.long.push((await one.run("more")).milliseconds);
    }
  }
  const truth = contestants[0] === undefined ? undefined : results.get(contestants[0]);
  const found = contestants.map((one): Found => {
    const [short, long] = [median(taken.get(one)?.short ?? []), median(taken.get(one)?.long ?? [])];
    const link = (long - short) / one.more;
    const result = results.get(one);
    return {
      engine: one.engine,
      milliseconds: link > 0 ? link : null,
      with_read_ms: short,
      error: result === undefined || truth === undefined ? null : errorOf(result, truth),
      ...(link > 0 ? {} : { reason: "lost in the noise: run again on a quieter machine" }),
    };
  });
  for (const one of contestants) await one.close();
  return [...found, ...absent];
};
