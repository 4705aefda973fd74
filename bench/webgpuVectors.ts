/**
 * More than one result a thread, as far as GPU.js goes on WebGPU: a kernel that returns a vector of four columns, called by itself, since no plan lets one
 * kernel read another's vectors. Its result stays on the device, and is handed to the next kernel as the plain numbers that it is, through a handle
 * of another shape over the same buffer. docs/gpujs-notes.md says why the engine does not.
 */
import { kernelSettings, type Library, loadLibrary } from "#mdr/engines/gpu/library.js";
import { generate, sizeOf, type Tensor } from "#mdr/tensor/index.js";
import { nested, plain } from "./plain.js";
import type { Contestant, Work } from "./webgpuPage.js";

/** A result of GPU.js on WebGPU. */
interface Handle {
  readonly buffer: object;
  readonly output: readonly number[];
  readonly componentCount: number;
  readonly context: object;
  readonly kernel: object;
  readonly delete: () => void;
  readonly toArray: () => Promise<Float32Array>;
}

type Handles = Library & { readonly WebGPUBufferResult: new (parts: Omit<Handle, "delete" | "toArray">) => Handle };

const sums = "let s = 0.0; let t = 0.0; let u = 0.0; let v = 0.0;";
const add = "const a = a0[p]; s = s + a * a1[q]; t = t + a * a1[q + 1]; u = u + a * a1[q + 2]; v = v + a * a1[q + 3];";

/** Statements for the quotient and the remainder of a whole number; half a step of margin, for GPUs divide inexactly. */
const divided = (value: string, divisor: number, quotient: string, remainder: string): string =>
  `const ${quotient} = Math.floor((${value} + 0.5) / ${divisor}); const ${remainder} = ${value} - ${quotient} * ${divisor};`;

const product = (side: number): string =>
  `function (a0, a1) { const i = this.thread.x; ${divided("i", side / 4, "r", "c")} let p = r * ${side}; let q = c * 4; ${sums} ` +
  `for (let k = 0; k < ${side}; k++) { ${add} p = p + 1; q = q + ${side}; } return [s, t, u, v]; }`;

/** The image has a border already. */
const convolution = (side: number, channels: number): string =>
  `function (a0, a1) { const i = this.thread.x; ${divided("i", channels / 4, "j", "f")} ${divided("j", side, "m", "x")} ${divided("m", side, "n", "y")} ` +
  `let p = ((n * ${side + 2} + y) * ${side + 2} + x) * ${channels}; let q = f * 4; ${sums} for (let ky = 0; ky < 3; ky++) { ` +
  `for (let k = 0; k < ${3 * channels}; k++) { ${add} p = p + 1; q = q + ${channels}; } p = p + ${(side - 1) * channels}; } return [s, t, u, v]; }`;

const border = (side: number, channels: number): string =>
  `function (a0) { const i = this.thread.x; ${divided("i", channels, "j", "c")} ${divided("j", side + 2, "m", "x")} ${divided("m", side + 2, "n", "y")} let s = 0.0; ` +
  `if (y > 0 && y <= ${side} && x > 0 && x <= ${side}) { s = a0[((n * ${side} + (y - 1)) * ${side} + (x - 1)) * ${channels} + c]; } return s; }`;

/** The same work as the others', four results a thread. */
export const vectors = async (work: Work, inputs: readonly Tensor[], more: number): Promise<Contestant> => {
  const library = (await loadLibrary()) as Handles;
  const gpu = new library.GPU({ mode: "webgpu" });
  const shape = inputs[0]?.shape ?? [];
  const kernel = (text: string, output: number) =>
    gpu.createKernel(text, { ...kernelSettings, output: [output], pipeline: true, immutable: true }) as (
      ...given: readonly (Handle | Float32Array)[]
    ) => Promise<Handle>;
  const asNumbers = (vectors: Handle): Handle => {
    const { buffer, output, componentCount, context, kernel: maker } = vectors;
    const numbers = new library.WebGPUBufferResult({
      buffer,
      output: [(output[0] ?? 0) * componentCount],
      componentCount: 1,
      context,
      kernel: maker,
    });
    vectors.delete();
    return numbers;
  };
  const upload = (input: Tensor | undefined): Promise<Handle> => {
    const numbers = Float32Array.from(input?.data ?? []);
    return kernel("function (a0) { return a0[this.thread.x]; }", numbers.length)(numbers);
  };
  const main = kernel(work.kind === "product" ? product(work.side) : convolution(work.side, work.channels), sizeOf(shape) / 4);
  const padding =
    work.kind === "product" ? undefined : kernel(border(work.side, work.channels), work.batch * (work.side + 2) ** 2 * work.channels);
  const [first, factor] = [await upload(inputs[0]), await upload(inputs[1])];
  const step = async (x: Handle): Promise<Handle> => {
    if (padding === undefined) return asNumbers(await main(x, factor));
    const padded = await padding(x);
    const y = asNumbers(await main(padded, factor));
    padded.delete();
    return y;
  };
  return {
    engine: "gpu.js webgpu, vectors",
    more,
    run: async (links) => {
      const start = performance.now();
      let x = await step(first);
      for (let link = 0; link < (links === "one" ? 0 : more); link++) {
        const y = await step(x);
        x.delete();
        x = y;
      }
      const data = await x.toArray();
      const milliseconds = performance.now() - start;
      x.delete();
      return { milliseconds, result: generate(shape, (i) => data[i] ?? Number.NaN) };
    },
    close: async () => {
      for (const handle of [first, factor]) handle.delete();
      await gpu.destroy();
    },
  };
};

/** The same work as users of GPU.js write it first, a cell a thread, in one plan. */
export const plainOn = async (work: Work, inputs: readonly Tensor[], more: number): Promise<Contestant> => {
  const { GPU } = await loadLibrary();
  const gpu = new GPU({ mode: "webgpu" });
  const shape = inputs[0]?.shape ?? [];
  const [text, output] =
    work.kind === "product"
      ? [plain.product(work.side), [work.side, work.side]]
      : [plain.convolution(work.side, work.channels), [sizeOf(shape)]];
  const kernel = gpu.createKernel(text, { ...kernelSettings, output });
  // The last link's numbers in one row: GPU.js gives a grid back as nested rows.
  const flat = gpu.createKernel(
    work.kind === "product"
      ? `function (a) { const i = this.thread.x; ${divided("i", work.side, "r", "c")} return a[r][c]; }`
      : "function (a) { return a[this.thread.x]; }",
    { ...kernelSettings, output: [sizeOf(shape)] },
  );
  const chain = (links: number) =>
    gpu.createPipeline((first, factor) => [flat(Array.from({ length: links }).reduce((x: unknown) => kernel(x, factor), first))]);
  const [one, long] = [chain(1), chain(1 + more)];
  const given = inputs.map(({ data }) =>
    work.kind === "product" ? nested(Float32Array.from(data), work.side) : Float32Array.from(data),
  ) as readonly Float32Array[];
  return {
    engine: "gpu.js webgpu, plain",
    more,
    run: async (links) => {
      const start = performance.now();
      const [data] = await (links === "one" ? one : long)(...given);
      const milliseconds = performance.now() - start;
      return { milliseconds, result: generate(shape, (i) => data?.[i] ?? Number.NaN) };
    },
    close: async () => gpu.destroy(),
  };
};
