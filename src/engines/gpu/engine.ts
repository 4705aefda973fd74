/**
 * `Engine<GpuTensor>`: a program is traced once into a plan (`plan.ts`), and a run is one pass over it (`runner.ts`). On
 * WebGL results stay in textures until they are read. Elsewhere a `Resident` is a float32 array in memory, because GPU.js
 * pipelines always read back what they return (docs/gpujs-notes.md); `compileRepeated` pays for that once for several steps.
 */
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { engineError, type Fault, reasonOf } from "../../faults/index.js";
import { type Shape, sameShape, showShape, sizeOf, type Tensor } from "../../tensor/index.js";
import type { Engine, Kernels, Program, Resident } from "../engine.js";
import { type GpuMode, type Opened, openBackend, openBest } from "./backends.js";
import { gpuKernels } from "./kernels.js";
import { bytesNeeded } from "./memory.js";
import { type GpuTensor, type Launch, lower, type Tracer, tracer } from "./plan.js";
import { kernelsOf, type Plan, pipelineRunner, type Runner, type Store } from "./runner.js";
import { kernelText } from "./source.js";
import { textureRunner, texturesOf } from "./textures.js";

/** A failure of the device, with what the user can do about it. */
const deviceError =
  (opened: Opened) =>
  (thrown: unknown): Fault => {
    const what = reasonOf(thrown);
    const where = `${opened.backend} on ${opened.device}`;
    if (/lost|invalid gl context/i.test(what)) {
      return engineError(what, {
        where,
        remedy: "open the engine again and resume from the last checkpoint; if it happens again, use a smaller {batch} or {gpuMode} webasm",
      });
    }
    if (/memory|allocat|bytes but this device|buffer size|limit|too large|exceed/i.test(what)) {
      return engineError(`no room: ${what}`, { where, remedy: "use a smaller {batch}" });
    }
    return engineError(what, { where });
  };

/** A resident of this engine: arrays are its own and never written to again. */
interface Held extends Resident {
  readonly store: Store;
}

const held = (opened: Opened, shape: Shape, store: Store): Held => ({
  shape,
  store,
  read: TE.tryCatch(
    async (): Promise<Tensor> => ({ shape, data: store instanceof Float32Array ? store : store.read() }),
    deviceError(opened),
  ),
  release: () => {
    if (!(store instanceof Float32Array)) store.release();
  },
});

const isHeld = (opened: Opened, resident: Resident): resident is Held => {
  if (!("store" in resident)) return false;
  const { store } = resident as Held;
  return store instanceof Float32Array || store.owner === opened;
};

const shared = (store: Store): Store => (store instanceof Float32Array ? store : store.share());

/** A result computed on a grid of threads, in one row: GPU.js gives grids back as nested rows, slow to put together again. */
const inOneRow = (trace: Tracer, result: GpuTensor): GpuTensor =>
  result.handle.kind === "launch" && result.handle.output.length > 1
    ? trace.launch("copy", result.shape, [result], (dialect) => kernelText(dialect, 1, "return a0[i];"))
    : result;

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

/** An open backend with what its programs share. */
interface Device {
  readonly opened: Opened;
  readonly upload: (numbers: Float32Array) => Store;
  readonly runnerOf: (plan: Plan) => Runner;
  readonly close: () => Promise<void>;
}

const deviceOf = (opened: Opened): Device => {
  const close = async (): Promise<void> => {
    await opened.gpu.destroy();
    await opened.close();
  };
  if (!opened.inTextures) {
    const kernelOf = kernelsOf(opened);
    return { opened, upload: (numbers) => numbers, runnerOf: (plan) => pipelineRunner(opened, kernelOf, plan), close };
  }
  const textures = texturesOf(opened);
  return {
    opened,
    upload: textures.upload,
    runnerOf: (plan) => textureRunner(opened, textures, plan),
    close: () => {
      textures.shut();
      return close();
    },
  };
};

/** A program as launches, not yet on the device. */
interface Lowered {
  readonly inputs: readonly GpuTensor[];
  readonly outputs: readonly GpuTensor[];
  readonly launches: readonly Launch[];
  /** What its arrays take together, inputs and results among them. */
  readonly bytes: number;
}

const lowered = ({ dialect, limit }: Opened, shapes: readonly Shape[], program: Traced): Lowered => {
  const trace = tracer(dialect, limit);
  const inputs = shapes.map((shape, place) => trace.input(shape, place));
  const outputs = program(gpuKernels(trace), inputs, trace.keep).map((output) => inOneRow(trace, output));
  const nodes = outputs.map(({ handle }) => handle);
  const launches = lower(nodes, dialect, trace.kept);
  return { inputs, outputs, launches, bytes: bytesNeeded(launches, nodes) };
};

const compile = ({ opened, upload, runnerOf }: Device, shapes: readonly Shape[], program: Traced): Program => {
  const { inputs, outputs, launches, bytes } = lowered(opened, shapes, program);
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
  const plan: Plan = { launches, inputs: used.map(({ handle }) => handle), outputs: computed };
  const runner = launches.length === 0 ? null : runnerOf(plan);
  const storeOf = (resident: Resident | undefined, place: number): Store => {
    const shape = shapes[place] ?? [];
    if (resident === undefined || !sameShape(resident.shape, shape)) {
      throw new Error(`program input ${place} must be ${showShape(shape)}, got ${resident ? showShape(resident.shape) : "nothing"}`);
    }
    if (!isHeld(opened, resident)) throw new Error(`program input ${place} belongs to another engine: upload it with this one`);
    return resident.store;
  };
  const execute = async (residents: readonly Resident[]): Promise<readonly Resident[]> => {
    const stores = shapes.map((_, place) => storeOf(residents[place], place));
    const before = opened.fault();
    if (before !== null) throw new Error(before);
    const results = runner === null ? [] : await runner.run(used.map(({ place }) => stores[place] ?? new Float32Array(0)));
    const values = new Map(computed.map(({ id }, place) => [id, results[place]]));
    return outputs.map(({ shape, handle }, place) => {
      const value =
        handle.kind === "constant" ? upload(handle.data) : handle.kind === "input" ? stores[handle.position] : values.get(handle.id);
      if (value === undefined || (value instanceof Float32Array && value.length !== sizeOf(shape))) {
        throw new Error(`GPU.js gave back no ${showShape(shape)} result`);
      }
      // Each resident is released by itself: what is an input, or was given out already, is shared.
      const first = handle.kind !== "input" && outputs.findIndex((other) => other.handle.id === handle.id) === place;
      return held(opened, shape, first ? value : shared(value));
    });
  };
  return {
    run: (residents) => TE.tryCatch(() => execute(residents), deviceError(opened)),
    close: () => runner?.close(),
  };
};

const engineOf = (opened: Opened): Engine<GpuTensor> => {
  const device = deviceOf(opened);
  const compiled = (shapes: readonly Shape[], program: Traced): TE.TaskEither<Fault, Program> =>
    TE.tryCatch(async () => compile(device, shapes, program), deviceError(opened));
  return {
    info: {
      name: "gpu",
      backend: opened.backend,
      device: opened.device,
      passedOver: opened.passedOver ?? [],
      software: opened.software,
      roundOff: 2 ** -24,
    },
    upload: ({ shape, data }) => held(opened, shape, device.upload(Float32Array.from(data))),
    compile: compiled,
    compileRepeated: (times, carried, shapes, program) =>
      compiled(
        [...shapes.slice(0, carried), ...Array.from({ length: times }, () => shapes.slice(carried)).flat()],
        repeated(times, carried, shapes.length - carried, program),
      ),
    measure: (shapes, program) =>
      E.tryCatch(() => ({ needed: lowered(opened, shapes, program).bytes, available: opened.room }), deviceError(opened)),
    close: TE.tryCatch(() => device.close(), deviceError(opened)),
  };
};

/**
 * The engine on a GPU.js backend. By name, that backend or an error that says why not; `auto`, the best real GPU, else
 * webasm, else cpu.
 */
export const gpuEngine = (mode: GpuMode): TE.TaskEither<Fault, Engine<GpuTensor>> =>
  TE.map(engineOf)(mode === "auto" ? openBest : openBackend(mode));
