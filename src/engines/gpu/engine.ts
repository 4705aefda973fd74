/**
 * `Engine<GpuTensor>`: a program is traced once into a plan (`plan.ts`), the plan becomes one GPU.js pipeline, and a
 * run is one call of it: every array goes up once, every launch runs where the backend computes, results come back
 * once. A `Resident` is a float32 array in memory, because GPU.js pipelines always read back what they return
 * (docs/gpujs-notes.md); trace several training steps into one program where that read-back costs too much.
 */
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Shape, sameShape, showShape, sizeOf, type Tensor } from "../../tensor/index.js";
import { type Engine, type EngineError, engineError, type Kernels, type Program, type Resident } from "../engine.js";
import { type GpuMode, type Opened, openBackend, openBest, strayed } from "./backends.js";
import { gpuKernels } from "./kernels.js";
import type { Kernel, Pipeline } from "./library.js";
import { bytesNeeded } from "./memory.js";
import { type GpuTensor, type Launch, lower, type Node, type Tracer, tracer } from "./plan.js";
import { kernelText } from "./source.js";

/** float32 results by shape; the array is this engine's own and never written to again. */
interface Held extends Resident {
  readonly numbers: Float32Array;
}

const held = (shape: Shape, numbers: Float32Array): Held => ({
  shape,
  numbers,
  read: TE.right<EngineError, Tensor>({ shape, data: numbers }),
  release: () => undefined,
});

const isHeld = (resident: Resident): resident is Held => "numbers" in resident && resident.numbers instanceof Float32Array;

const message = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** A failure of the device, with what the user can do about it. */
const deviceError = (opened: Opened, what: string): EngineError => {
  if (/lost|invalid gl context/i.test(what)) {
    return engineError(
      `${opened.backend} on ${opened.device}: ${what}. Open the engine again and resume from the last checkpoint; ` +
        "if it happens again, use a smaller batch or --gpu-mode webasm",
    );
  }
  if (/memory|allocat|bytes but this device|buffer size|limit|too large|exceed/i.test(what)) {
    return engineError(`${opened.backend} on ${opened.device} has no room: ${what}. Use a smaller batch (--batch)`);
  }
  return engineError(`${opened.backend} on ${opened.device}: ${what}`);
};

/** A kernel per text and size, shared by the engine's programs. */
const kernelsOf = (opened: Opened): ((launch: Launch) => Kernel) => {
  const known = new Map<string, Kernel>();
  return ({ text, output }) => {
    const key = `${output.join(" ")} ${text}`;
    const kernel =
      known.get(key) ??
      opened.gpu.createKernel(text, {
        output: [...output],
        precision: "single",
        tactic: "precision",
        loopMaxIterations: 2 ** 24,
        fixIntegerDivisionAccuracy: false,
      });
    known.set(key, kernel);
    return kernel;
  };
};

/** A result computed on a grid of threads, in one row: GPU.js gives grids back as nested rows, slow to put together again. */
const inOneRow = (trace: Tracer, result: GpuTensor): GpuTensor =>
  result.handle.kind === "launch" && result.handle.output.length > 1
    ? trace.launch("copy", result.shape, [result], (dialect) => kernelText(dialect, 1, "return a0[i];"))
    : result;

/** The GPU.js pipeline of some launches: one argument an input of the program, in order. */
const pipelineOf = (
  opened: Opened,
  kernelOf: (launch: Launch) => Kernel,
  launches: readonly Launch[],
  inputs: readonly Node[],
  outputs: readonly Node[],
): Pipeline => {
  const orchestration = (...handles: readonly unknown[]): readonly unknown[] => {
    const values = new Map<number, unknown>(inputs.map((input, place) => [input.id, handles[place]]));
    const handleOf = (node: Node): unknown => (node.kind === "constant" ? node.data : values.get(node.id));
    for (const launch of launches) values.set(launch.node.id, kernelOf(launch)(...launch.inputs.map(handleOf)));
    return outputs.map(handleOf);
  };
  // GPU.js takes the number of arguments from the function's length, which a rest parameter leaves at 0.
  Object.defineProperty(orchestration, "length", { value: inputs.length });
  return opened.gpu.createPipeline(orchestration);
};

type Traced = (kernels: Kernels<GpuTensor>, inputs: readonly GpuTensor[], keep: Tracer["keep"]) => readonly GpuTensor[];

/** A program run `times` times: (carried, given 1, given 2, ..) -> (carried, rest 1, rest 2, ..). */
const repeated =
  (times: number, carried: number, given: number, program: Traced): Traced =>
  (kernels, inputs, keep) => {
    const after = Array.from({ length: times }).reduce<{ readonly state: readonly GpuTensor[]; readonly rest: readonly GpuTensor[] }>(
      ({ state, rest }, _, run) => {
        const own = inputs.slice(carried + run * given, carried + (run + 1) * given);
        const results = program(kernels, [...state, ...own], keep);
        return { state: results.slice(0, carried).map(keep), rest: [...rest, ...results.slice(carried)] };
      },
      { state: inputs.slice(0, carried), rest: [] },
    );
    return [...after.state, ...after.rest];
  };

const compile = (opened: Opened, kernelOf: (launch: Launch) => Kernel, shapes: readonly Shape[], program: Traced): Program => {
  const trace = tracer(opened.dialect, opened.limit);
  const inputs = shapes.map((shape, place) => trace.input(shape, place));
  const outputs = program(gpuKernels(trace), inputs, trace.keep).map((output) => inOneRow(trace, output));
  const launches = lower(
    outputs.map(({ handle }) => handle),
    opened.dialect,
    trace.kept,
  );
  const bytes = bytesNeeded(
    launches,
    outputs.map(({ handle }) => handle),
  );
  if (bytes > opened.room) {
    const [needs, has] = [bytes, opened.room].map((size) => Math.ceil(size / 2 ** 20));
    throw new RangeError(
      `the program's arrays exceed the memory: they need ${needs} MB at once, and there are ${has} MB: ` +
        `a batch of ${Math.floor((100 * opened.room) / bytes)} % of this one fits`,
    );
  }
  // Inputs that reach no kernel, and outputs that none computes, need no trip through GPU.js.
  const reads = new Set(launches.flatMap((launch) => launch.inputs.map(({ id }) => id)));
  const used = inputs.flatMap(({ handle }, place) => (reads.has(handle.id) ? [{ handle, place }] : []));
  const computed = [...new Map(launches.map(({ node }) => [node.id, node])).values()].filter(({ id }) =>
    outputs.some(({ handle }) => handle.id === id),
  );
  const pipeline =
    launches.length === 0
      ? null
      : pipelineOf(
          opened,
          kernelOf,
          launches,
          used.map(({ handle }) => handle),
          computed,
        );
  const numbersOf = (resident: Resident | undefined, place: number): Float32Array => {
    const shape = shapes[place] ?? [];
    if (resident === undefined || !sameShape(resident.shape, shape)) {
      throw new Error(`program input ${place} must be ${showShape(shape)}, got ${resident ? showShape(resident.shape) : "nothing"}`);
    }
    if (!isHeld(resident)) throw new Error(`program input ${place} belongs to another engine: upload it with this one`);
    return resident.numbers;
  };
  const execute = async (residents: readonly Resident[]): Promise<readonly Resident[]> => {
    const numbers = shapes.map((_, place) => numbersOf(residents[place], place));
    const before = opened.fault();
    if (before !== null) throw new Error(before);
    const results = pipeline === null ? [] : await pipeline(...used.map(({ place }) => numbers[place] ?? new Float32Array(0)));
    const wrong = opened.fault() ?? (pipeline === null ? null : strayed(opened, pipeline));
    if (wrong !== null) throw new Error(wrong);
    const values = new Map(computed.map(({ id }, place) => [id, results[place]]));
    return outputs.map(({ shape, handle }) => {
      const value = handle.kind === "constant" ? handle.data : handle.kind === "input" ? numbers[handle.position] : values.get(handle.id);
      if (value === undefined || value.length !== sizeOf(shape)) throw new Error(`GPU.js gave back no ${showShape(shape)} result`);
      return held(shape, value);
    });
  };
  return {
    run: (residents) =>
      TE.tryCatch(
        () => execute(residents),
        (thrown) => deviceError(opened, message(thrown)),
      ),
    close: () => {
      pipeline?.destroy().catch(() => undefined);
    },
  };
};

const engineOf = (opened: Opened): Engine<GpuTensor> => {
  const kernelOf = kernelsOf(opened);
  const compiled = (shapes: readonly Shape[], program: Traced): TE.TaskEither<EngineError, Program> =>
    TE.tryCatch(
      async () => compile(opened, kernelOf, shapes, program),
      (thrown) => deviceError(opened, message(thrown)),
    );
  return {
    info: { name: "gpu", backend: opened.backend, device: opened.device, roundOff: 2 ** -24 },
    upload: ({ shape, data }) => held(shape, Float32Array.from(data)),
    compile: compiled,
    compileRepeated: (times, carried, shapes, program) =>
      compiled(
        [...shapes.slice(0, carried), ...Array.from({ length: times }, () => shapes.slice(carried)).flat()],
        repeated(times, carried, shapes.length - carried, program),
      ),
    close: TE.tryCatch(
      async () => {
        await opened.gpu.destroy();
        await opened.close();
      },
      (thrown) => deviceError(opened, message(thrown)),
    ),
  };
};

/**
 * The engine on a GPU.js backend. By name, that backend or an error that says why not; `auto`, the best real GPU, else
 * webasm, else cpu.
 */
export const gpuEngine = (mode: GpuMode): TE.TaskEither<EngineError, Engine<GpuTensor>> =>
  TE.map(engineOf)(mode === "auto" ? openBest : openBackend(mode));
