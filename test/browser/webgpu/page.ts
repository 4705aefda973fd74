/** In the page: programs on the WebGPU engine beside the reference, on numbers drawn there, and what the device was asked to do. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Primitives, Program, Resident } from "../../../src/engines/engine.js";
import type { Geometry } from "../../../src/engines/geometry.js";
import { referenceKernels } from "../../../src/engines/reference/index.js";
import { type WebGpuEngine, type WebGpuKernels, type WebGpuOptions, webGpuEngine } from "../../../src/engines/webgpu/index.js";
import type { Fault } from "../../../src/faults/index.js";
import { normals, seeded, split } from "../../../src/random/index.js";
import { at, type Shape, sizeOf, type Tensor, unsafeTensor } from "../../../src/tensor/index.js";

/** Numbers of one kind: spread, few and equal, mostly zero, and products near the largest and the smallest that float32 has. */
export type Numbers = "spread" | "ties" | "zeros" | "huge" | "tiny";

export type Case =
  | {
      readonly kind: "product";
      readonly sizes: readonly [rows: number, terms: number, columns: number];
      readonly a: boolean;
      readonly b: boolean;
      readonly numbers: Numbers;
      readonly seed: number;
    }
  | {
      readonly kind: "convolution";
      readonly image: readonly [number, number, number, number];
      readonly weights: readonly [number, number, number, number];
      readonly geometry: Geometry;
      readonly numbers: Numbers;
      readonly seed: number;
    };

const must = async <A>(task: TE.TaskEither<Fault, A>): Promise<A> => {
  const result = await task();
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

/** What was wrong, or "nothing". */
const complaint = async (task: TE.TaskEither<Fault, unknown>): Promise<string> => {
  const result = await task();
  return E.isLeft(result) ? result.left.message : "nothing";
};

const made: Readonly<Record<Numbers, (value: number) => number>> = {
  spread: (value) => value,
  ties: (value) => Math.sign(value),
  zeros: (value) => (value > 1 ? value : 0),
  huge: (value) => value * 1e16,
  tiny: (value) => value * 1e-15,
};

const drawn = (shape: Shape, { numbers, seed }: Pick<Case, "numbers" | "seed">, label: string): Tensor =>
  unsafeTensor(
    shape,
    normals(sizeOf(shape), split(seeded(seed), label))[0].map((value) => Math.fround(made[numbers](value))),
  );

/** A program for this engine and for the reference. */
type Both = <T>(k: Pick<Primitives<T>, keyof WebGpuKernels>, inputs: readonly T[]) => readonly T[];

const two = <T>([first, second]: readonly T[]): readonly [T, T] => {
  if (first === undefined || second === undefined) throw new Error("two, please");
  return [first, second];
};

const workOf = (given: Case): { readonly shapes: readonly [Shape, Shape]; readonly program: Both } => {
  if (given.kind === "convolution") {
    return {
      shapes: [given.image, given.weights],
      program: (k, inputs) => {
        const [x, w] = two(inputs);
        return [k.convolve(x, w, given.geometry)];
      },
    };
  }
  const [rows, terms, columns] = given.sizes;
  return {
    shapes: [given.a ? [terms, rows] : [rows, terms], given.b ? [columns, terms] : [terms, columns]],
    program: (k, inputs) => [k.matmul(...two(inputs), { a: given.a, b: given.b })],
  };
};

/** Largest |got - truth| over the largest |truth|; infinite where one is NaN and the other is not. */
const errorOf = (got: Tensor, truth: Tensor): number => {
  if (got.shape.join() !== truth.shape.join()) return Number.POSITIVE_INFINITY;
  const scale = Array.from(truth.data).reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  return Array.from(truth.data).reduce((worst, value, i) => {
    const other = at(got.data, i);
    if (Object.is(value, other) || value === other) return worst;
    const error = Math.abs(other - value) / scale;
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(worst, error);
  }, 0);
};

const evaluated = async (engine: WebGpuEngine, program: Both, inputs: readonly Tensor[]): Promise<readonly Tensor[]> => {
  const compiled = await must(
    engine.compile(
      inputs.map(({ shape }) => shape),
      program,
    ),
  );
  const residents = inputs.map(engine.upload);
  const outputs = await must(compiled.run(residents));
  const values = await Promise.all(outputs.map(({ read }) => must(read)));
  for (const resident of [...residents, ...outputs]) resident.release();
  compiled.close();
  return values;
};

const engines = new Map<string, Promise<WebGpuEngine>>();

const engineOf = (options: WebGpuOptions): Promise<WebGpuEngine> => {
  const key = JSON.stringify(options);
  const engine = engines.get(key) ?? must(webGpuEngine(options));
  engines.set(key, engine);
  return engine;
};

/** Why there is no engine here, or what it runs on. */
export const here = async (): Promise<{ readonly missing: string } | { readonly device: string; readonly software: boolean }> => {
  const opened = await webGpuEngine()();
  if (E.isLeft(opened)) return { missing: opened.left.message };
  const { device, software = false } = opened.right.info;
  await must(opened.right.close);
  return { device, software };
};

/** How far a case's result is from the reference's, over its largest number. */
export const errorOn = async (options: WebGpuOptions, given: Case): Promise<number> => {
  const { shapes, program } = workOf(given);
  const inputs = shapes.map((shape, place) => drawn(shape, given, `input ${place}`));
  const [got] = await evaluated(await engineOf(options), program, inputs);
  const [truth] = program<Tensor>(referenceKernels, inputs);
  return got === undefined || truth === undefined ? Number.POSITIVE_INFINITY : errorOf(got, truth);
};

/** The same where one entry of a factor is not a number, or infinite. */
export const errorWith = async (value: "NaN" | "Infinity", sizes: readonly [number, number, number]): Promise<number> => {
  const { shapes, program } = workOf({ kind: "product", sizes, a: false, b: false, numbers: "spread", seed: 1 });
  const inputs = shapes.map((shape, place) => {
    const { data } = drawn(shape, { numbers: "spread", seed: 1 }, `input ${place}`);
    return unsafeTensor(
      shape,
      Float64Array.from(data, (entry, i) => (place === 0 && i === sizes[1] + 1 ? Number(value) : entry)),
    );
  });
  const [got] = await evaluated(await engineOf({}), program, inputs);
  const [truth] = program<Tensor>(referenceKernels, inputs);
  return got === undefined || truth === undefined ? Number.POSITIVE_INFINITY : errorOf(got, truth);
};

const chained: Both = (k, inputs) => {
  const [a, b] = two(inputs);
  const first = k.matmul(a, b);
  return [k.matmul(first, b), first];
};

/** Two products one after the other: in one program, and in two of which the second takes what the first left on the device. */
export const chain = async () => {
  const engine = await engineOf({});
  const inputs = [
    [70, 66],
    [66, 66],
  ].map((shape, place) => drawn(shape, { numbers: "spread", seed: 7 }, `input ${place}`));
  const [together, first] = two(await evaluated(engine, chained, inputs));
  const program = await must(
    engine.compile(
      inputs.map(({ shape }) => shape),
      (k, given) => [k.matmul(...two(given))],
    ),
  );
  const [a, b] = two(inputs.map(engine.upload));
  // What goes over the bus between host and device: buffers written, and buffers mapped to be read.
  const count = { written: 0, mapped: 0 };
  const { writeBuffer } = GPUQueue.prototype;
  const { mapAsync } = GPUBuffer.prototype;
  GPUQueue.prototype.writeBuffer = function (...given: Parameters<typeof writeBuffer>) {
    count.written += 1;
    return writeBuffer.apply(this, given);
  };
  GPUBuffer.prototype.mapAsync = function (...given: Parameters<typeof mapAsync>) {
    count.mapped += 1;
    return mapAsync.apply(this, given);
  };
  const [once] = await must(program.run([a, b]));
  if (once === undefined) throw new Error("no result");
  // Another run has results of its own, and leaves those of the first alone.
  const [again] = await must(program.run([a, b]));
  const last = await program.run([once, b])();
  const twice = E.isLeft(last) ? undefined : last.right[0];
  const before = { ...count };
  Object.assign(GPUQueue.prototype, { writeBuffer });
  Object.assign(GPUBuffer.prototype, { mapAsync });
  again?.release();
  if (twice === undefined) return { traffic: before, same: false, error: Number.POSITIVE_INFINITY };
  const apart = await must(twice.read);
  const firstApart = await must(once.read);
  const truth = chained<Tensor>(referenceKernels, inputs)[0];
  for (const resident of [a, b, once, twice]) resident.release();
  program.close();
  return {
    traffic: before,
    same: errorOf(apart, together) === 0 && errorOf(firstApart, first) === 0,
    error: truth === undefined ? Number.POSITIVE_INFINITY : errorOf(apart, truth),
  };
};

/** What is said of programs that cannot be, of inputs that do not fit, and of what is gone. */
export const complaints = async (): Promise<Readonly<Record<string, string>>> => {
  const engine = await engineOf({});
  const other = await must(webGpuEngine());
  const of = (...shape: number[]): Resident => engine.upload(drawn(shape, { numbers: "spread", seed: 1 }, "x"));
  const compile = (shapes: readonly Shape[], program: Both): TE.TaskEither<Fault, Program> => engine.compile(shapes, program);
  const product: Both = (k, inputs) => [k.matmul(...two(inputs))];
  const convolution: Both = (k, inputs) => [
    k.convolve(...two(inputs), { stride: [1, 1], padding: { top: 0, bottom: 0, left: 0, right: 0 } }),
  ];
  const square = await must(
    compile(
      [
        [2, 2],
        [2, 2],
      ],
      product,
    ),
  );
  const released = of(2, 2);
  released.release();
  const foreign = other.upload(drawn([2, 2], { numbers: "spread", seed: 1 }, "x"));
  const said = {
    "inner lengths": await complaint(
      compile(
        [
          [2, 3],
          [2, 3],
        ],
        product,
      ),
    ),
    "no matrix": await complaint(compile([[4], [4, 1]], product)),
    channels: await complaint(
      compile(
        [
          [1, 4, 4, 2],
          [3, 3, 1, 1],
        ],
        convolution,
      ),
    ),
    "larger than the input": await complaint(
      compile(
        [
          [1, 2, 2, 1],
          [4, 4, 1, 1],
        ],
        convolution,
      ),
    ),
    "no image": await complaint(
      compile(
        [
          [4, 4],
          [4, 4, 1, 1],
        ],
        convolution,
      ),
    ),
    "too large": await complaint(compile([[1e6, 1e6]], (_, inputs) => inputs)),
    "a result too large": await complaint(
      compile(
        [
          [1e6, 1],
          [1, 1e6],
        ],
        product,
      ),
    ),
    "another shape": await complaint(square.run([of(2, 2), of(3, 2)])),
    "an input too few": await complaint(square.run([of(2, 2)])),
    released: await complaint(square.run([of(2, 2), released])),
    "read after release": await complaint(released.read),
    "too large to go up": await complaint(engine.upload({ shape: [1e6, 1e6], data: new Float32Array(0) }).read),
    "of another engine": await complaint(square.run([of(2, 2), foreign])),
  };
  square.close();
  const closed = await complaint(square.run([of(2, 2), of(2, 2)]));
  await must(other.close);
  return { ...said, closed, "a closed engine": await complaint(foreign.read) };
};

/** An engine whose device is taken away under it. */
export const loss = async (): Promise<Readonly<Record<string, string>>> => {
  const taken: { device?: GPUDevice } = {};
  const engine = await must(
    webGpuEngine({
      host: {
        requestAdapter: async (options) => {
          const adapter = await navigator.gpu.requestAdapter(options);
          if (adapter === null) return null;
          const requestDevice = adapter.requestDevice.bind(adapter);
          return Object.defineProperty(adapter, "requestDevice", {
            value: async (descriptor: GPUDeviceDescriptor) => {
              taken.device = await requestDevice(descriptor);
              return taken.device;
            },
          });
        },
      },
    }),
  );
  const x = (): Resident => engine.upload(drawn([4, 4], { numbers: "spread", seed: 1 }, "x"));
  const program = await must(
    engine.compile(
      [
        [4, 4],
        [4, 4],
      ],
      (k, inputs) => [k.matmul(...two(inputs))],
    ),
  );
  const [result] = await must(program.run([x(), x()]));
  if (result === undefined) throw new Error("no result");
  taken.device?.destroy();
  const reading = await complaint(result.read);
  await taken.device?.lost;
  return {
    reading,
    "reading later": await complaint(result.read),
    running: await complaint(program.run([x(), x()])),
    compiling: await complaint(engine.compile([[2, 2]], (k, [a]) => (a === undefined ? [] : [k.matmul(a, a)]))),
    uploading: await complaint(x().read),
  };
};

/** Results that are inputs, or the same one twice, are released each by itself. */
export const shared = async (): Promise<readonly (readonly number[])[]> => {
  const engine = await engineOf({});
  const program = await must(
    engine.compile([[2, 2]], (k, [x]) => {
      if (x === undefined) return [];
      const square = k.matmul(x, x);
      return [x, square, square];
    }),
  );
  const x = engine.upload(unsafeTensor([2, 2], Float64Array.of(1, 2, 3, 4)));
  const results = await program.run([x])();
  const [same, square, again] = E.isLeft(results) ? [] : results.right;
  if (same === undefined || square === undefined || again === undefined) return [];
  x.release();
  square.release();
  program.close();
  const values = await Promise.all([same, again].map(({ read }) => read()));
  for (const resident of [same, again]) resident.release();
  return values.map((value) => (E.isLeft(value) ? [] : Array.from(value.right.data)));
};
