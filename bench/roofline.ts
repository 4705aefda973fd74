/**
 * How near the hottest kernels come to what a device can do: their arithmetic beside a multiply-add kernel's, their
 * traffic beside a copy kernel's. Everything is a difference of two plans, one with several launches more, so that
 * transfers and the plan's own cost cancel.
 */
import type { GpuTensor } from "#mdr/engines/gpu/index.js";
import type { Gpu } from "#mdr/engines/gpu/library.js";
import { type Dialect, kernelText } from "#mdr/engines/gpu/source.js";
import { type Engine, type Kernels, square } from "#mdr/engines/index.js";
import { generate, type Shape, sizeOf } from "#mdr/tensor/index.js";
import { median } from "./measure.js";
import { must, prepared } from "./step.js";

/** Figures are null where they were lost in the noise of the machine. */
export interface HotKernel {
  readonly name: string;
  readonly milliseconds: number | null;
  readonly gflops: number | null;
  /** Of the multiply-add kernel's operations a second. */
  readonly arithmetic_share: number | null;
  /** Inputs and result once each, over the copy kernel's bytes a second: what no cache can save. */
  readonly bandwidth_share: number | null;
}

export interface Roofline {
  readonly copy_gb_per_s: number | null;
  readonly multiply_add_gflops: number | null;
  readonly kernels: readonly HotKernel[];
}

interface Sizes {
  /** Launches that the longer plan has more. */
  readonly more: number;
  /** Entries that the copy kernel copies, and that the multiply-add kernel works on. */
  readonly copied: number;
  readonly worked: number;
  readonly batch: number;
  readonly side: number;
  readonly channels: number;
}

/** Enough work for a real GPU to be busy; less where a CPU does it. */
const sizesOf = (software: boolean): Sizes =>
  software
    ? { more: 8, copied: 2 ** 21, worked: 2 ** 17, batch: 4, side: 32, channels: 32 }
    : { more: 32, copied: 2 ** 24, worked: 2 ** 22, batch: 64, side: 64, channels: 64 };

type Task = () => Promise<unknown>;

/** Milliseconds of one launch: the median difference of a longer and a shorter plan, over the launches between them. */
const each = async (short: Task, long: Task, more: number, rounds: number): Promise<number | null> => {
  const timed = async (task: Task): Promise<number> => {
    const start = performance.now();
    await task();
    return performance.now() - start;
  };
  await short();
  await long();
  const differences: number[] = [];
  for (let round = 0; round < rounds; round++) differences.push(-(await timed(short)) + (await timed(long)));
  const difference = median(differences);
  return difference > 0 ? difference / more : null;
};

/** Thousands of millions of `amount` a second. */
const perSecond = (amount: number, milliseconds: number | null): number | null =>
  milliseconds === null ? null : amount / milliseconds / 1e6;

const shareOf = (part: number | null, whole: number | null): number | null => (part === null || whole === null ? null : part / whole);

const chain = (gpu: Gpu, dialect: Dialect, body: string, entries: number, length: number): Task => {
  const kernel = gpu.createKernel(kernelText(dialect, 1, body), {
    output: [entries],
    precision: "single",
    tactic: "precision",
    loopMaxIterations: 2 ** 24,
  });
  const pipeline = gpu.createPipeline((given) => [Array.from({ length }).reduce((value) => kernel(value), given)]);
  const numbers = new Float32Array(entries).fill(0.5);
  return () => pipeline(numbers);
};

/** Multiply-adds of four sums that do not wait for each other. */
const multiplyAdds = 256;
const multiplyAddBody =
  "let w = a0[i]; let x = w + 0.1; let y = w + 0.2; let z = w + 0.3; " +
  `for (let k = 0; k < ${multiplyAdds}; k++) { w = w * 0.9 + 0.01; x = x * 0.9 + 0.02; y = y * 0.9 + 0.03; z = z * 0.9 + 0.04; } ` +
  "return (w + x) + (y + z);";

interface Hot {
  readonly name: string;
  readonly flops: number;
  readonly bytes: number;
  readonly shapes: readonly Shape[];
  /** (carried, rest) -> carried: each run needs the one before. */
  readonly program: <T>(k: Kernels<T>, inputs: readonly T[]) => readonly T[];
}

const hotKernels = ({ batch, side, channels }: Sizes): readonly Hot[] => {
  const image = [batch, side, side, channels];
  const weights = [3, 3, channels, channels];
  const geometry = square(1, 1);
  const common = { flops: 2 * 9 * channels * sizeOf(image), bytes: 4 * (2 * sizeOf(image) + sizeOf(weights)) };
  return [
    {
      name: "convolve",
      ...common,
      shapes: [image, weights],
      program: (k, [x, w]) => (x === undefined || w === undefined ? [] : [k.convolve(x, w, geometry)]),
    },
    {
      name: "convolveToInput",
      ...common,
      shapes: [image, weights],
      program: (k, [dy, w]) => (dy === undefined || w === undefined ? [] : [k.convolveToInput(dy, w, geometry, image)]),
    },
    {
      name: "convolveToWeights",
      ...common,
      shapes: [weights, image, image],
      // One entry of the last result goes into the next gradient, so that no launch is the same as another.
      program: (k, [w, x, dy]) => {
        if (w === undefined || x === undefined || dy === undefined) return [];
        const first = k.reduce("maximum", w, [0, 1, 2, 3]);
        return [k.convolveToWeights(x, k.zip("add", dy, k.affine(first, 1e-6, 0)), geometry, weights)];
      },
    },
  ];
};

/** Measures a device. `gpu` is a context of GPU.js on it, `engine` the engine on the same backend. */
export const rooflineOf = async (
  gpu: Gpu,
  dialect: Dialect,
  engine: Engine<GpuTensor>,
  software: boolean,
  rounds: number,
): Promise<Roofline> => {
  const sizes = sizesOf(software);
  const { more, copied, worked } = sizes;
  const slope = (body: string, entries: number): Promise<number | null> =>
    each(chain(gpu, dialect, body, entries, 1), chain(gpu, dialect, body, entries, 1 + more), more, rounds);
  const copy_gb_per_s = perSecond(8 * copied, await slope("return a0[i];", copied));
  const multiply_add_gflops = perSecond(8 * multiplyAdds * worked, await slope(multiplyAddBody, worked));
  const kernels: HotKernel[] = [];
  for (const { name, flops, bytes, shapes, program } of hotKernels(sizes)) {
    const plan = async (times: number): Promise<{ readonly run: Task; readonly close: () => void }> => {
      if (engine.compileRepeated === undefined) throw new Error(`${engine.info.backend} repeats no programs`);
      const compiled = await must(engine.compileRepeated(times, 1, shapes, program));
      const upload = (shape: Shape) => engine.upload(generate(shape, (i) => 0.1 * Math.sin(1.7 * i)));
      const [first, ...rest] = shapes.map(upload);
      const inputs = [...(first === undefined ? [] : [first]), ...Array.from({ length: times }, () => rest).flat()];
      const { run, forget } = prepared(compiled, inputs, -1);
      return { run, close: forget };
    };
    const [short, long] = [await plan(1), await plan(1 + more)];
    const milliseconds = await each(short.run, long.run, more, rounds);
    short.close();
    long.close();
    const gflops = perSecond(flops, milliseconds);
    kernels.push({
      name,
      milliseconds,
      gflops,
      arithmetic_share: shareOf(gflops, multiply_add_gflops),
      bandwidth_share: shareOf(perSecond(bytes, milliseconds), copy_gb_per_s),
    });
  }
  return { copy_gb_per_s, multiply_add_gflops, kernels };
};
