/**
 * Programs on WebGPU: a program is traced once into launches; a run encodes them all and hands them over in one submission. Results stay on
 * the device until they are read, and the next run takes them from there.
 */
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { engineError, type Fault } from "../../faults/index.js";
import { type Shape, sameShape, showShape, type Tensor } from "../../tensor/index.js";
import type { EngineInfo, Program, Resident } from "../engine.js";
import { type Arrays, arraysOn, type DeviceArray, newArray, oversized } from "./arrays.js";
import { type Device, type Host, openDevice, usage } from "./device.js";
import { type WebGpuKernels, webGpuKernels } from "./kernels.js";
import { type Tile, tiledShader, tileFor } from "./tile.js";
import { type Launch, tracer, type WebGpuTensor } from "./trace.js";

/** The record of an engine, for programs of matrix products and convolutions. */
export interface WebGpuEngine {
  readonly info: EngineInfo;
  readonly upload: (t: Tensor) => Resident;
  readonly compile: (
    shapes: readonly Shape[],
    program: (kernels: WebGpuKernels, inputs: readonly WebGpuTensor[]) => readonly WebGpuTensor[],
  ) => TE.TaskEither<Fault, Program>;
  readonly close: TE.TaskEither<Fault, void>;
}

/** Where and how it runs; what is left open is what suits. */
export interface WebGpuOptions {
  /** `navigator.gpu` if not given; Node has none of its own. */
  readonly host?: Host;
  readonly tile?: Tile;
  /** Workgroups along one axis; what the device allows if not given. */
  readonly mostGroups?: number;
}

interface Machine {
  readonly device: Device;
  readonly arrays: Arrays;
  readonly tile: Tile;
  readonly mostGroups: number;
  readonly pipelineOf: (launch: Launch) => Promise<E.Either<Fault, GPUComputePipeline>>;
}

/** A launch with what it needs on the device. */
interface Prepared {
  readonly launch: Launch;
  readonly pipeline: GPUComputePipeline;
  readonly sizes: GPUBuffer;
}

/** A pipeline for each text, shared by the programs of an engine. */
const pipelinesOn = ({ gpu, faultOf }: Device, tile: Tile): Machine["pipelineOf"] => {
  const known = new Map<string, ReturnType<Machine["pipelineOf"]>>();
  const made = TE.tryCatchK(
    (code: string) =>
      gpu.createComputePipelineAsync({ layout: "auto", compute: { module: gpu.createShaderModule({ code }), entryPoint: "main" } }),
    faultOf,
  );
  return ({ contraction }) => {
    const code = tiledShader(tile, contraction);
    const pipeline = known.get(code) ?? made(code)();
    known.set(code, pipeline);
    return pipeline;
  };
};

const sizesOn = ({ gpu }: Device, numbers: readonly number[]): GPUBuffer => {
  const words = new Uint32Array(4 * Math.ceil(numbers.length / 4));
  words.set(numbers);
  const buffer = gpu.createBuffer({ size: words.byteLength, usage: usage.uniform | usage.copyTarget });
  gpu.queue.writeBuffer(buffer, 0, words);
  return buffer;
};

/** The inputs' arrays by their places. Left: the first that does not fit. */
const givenArrays = (
  { arrays }: Machine,
  shapes: readonly Shape[],
  residents: readonly Resident[],
): E.Either<Fault, readonly DeviceArray[]> => {
  const found: DeviceArray[] = [];
  for (const [place, shape] of shapes.entries()) {
    const resident = residents[place];
    const where = `program input ${place}`;
    if (resident === undefined || !sameShape(resident.shape, shape)) {
      return E.left(engineError(`it must be ${showShape(shape)}, got ${resident ? showShape(resident.shape) : "nothing"}`, { where }));
    }
    const array = arrays.arrayOf(resident);
    if (E.isLeft(array)) return E.left(engineError(array.left.what, { where, remedy: array.left.remedy }));
    found.push(array.right);
  }
  return E.right(found);
};

/** A traced program. */
interface Traced {
  readonly shapes: readonly Shape[];
  /** Of the arrays that launches write, in their order. */
  readonly results: readonly Shape[];
  readonly outputs: readonly WebGpuTensor[];
  readonly launches: readonly Launch[];
}

const encoded = (gpu: GPUDevice, prepared: readonly Prepared[], arrays: readonly DeviceArray[]): GPUCommandBuffer => {
  const bufferOf = (array: number): GPUBuffer => {
    const found = arrays[array];
    if (found === undefined) throw new Error(`array ${array} was made by another program`);
    return found.buffer;
  };
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  for (const { launch, pipeline, sizes } of prepared) {
    const buffers = [sizes, bufferOf(launch.a), bufferOf(launch.b), bufferOf(launch.result)];
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      gpu.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
      }),
    );
    pass.dispatchWorkgroups(...launch.groups);
  }
  pass.end();
  return encoder.finish();
};

/**
 * Intermediate results keep their arrays from run to run: the queue's order keeps one run's apart from the next one's. Outputs get
 * arrays of their own.
 */
const programOf = (machine: Machine, { shapes, results, outputs, launches }: Traced, pipelines: readonly GPUComputePipeline[]): Program => {
  const { device, arrays } = machine;
  const isOutput = new Set(outputs.map(({ array }) => array));
  const kept = results.map((shape, place) => (isOutput.has(shapes.length + place) ? undefined : newArray(device, shape)));
  const prepared = launches.flatMap((launch, place): readonly Prepared[] => {
    const pipeline = pipelines[place];
    return pipeline === undefined ? [] : [{ launch, pipeline, sizes: sizesOn(device, launch.sizes) }];
  });
  const state = { closed: false };
  return {
    run: (residents) => async () => {
      if (state.closed) return E.left(engineError("this program was closed"));
      const given = givenArrays(machine, shapes, residents);
      if (E.isLeft(given)) return given;
      const own: DeviceArray[] = [];
      const held: Resident[] = [];
      const ran = await device.checked(() => {
        const made = results.map((shape, place) => {
          const array = kept[place] ?? newArray(device, shape);
          if (kept[place] === undefined) own.push(array);
          return array;
        });
        const all = [...given.right, ...made];
        device.gpu.queue.submit([encoded(device.gpu, prepared, all)]);
        for (const { shape, array } of outputs) {
          const found = all[array];
          if (found !== undefined) held.push(arrays.resident(shape, found));
        }
      })();
      // Whoever holds a result from now on, its resident does.
      for (const array of own) array.drop();
      if (E.isRight(ran)) return E.right(held);
      for (const resident of held) resident.release();
      return ran;
    },
    close: () => {
      if (state.closed) return;
      state.closed = true;
      for (const array of kept) array?.drop();
      for (const { sizes } of prepared) sizes.destroy();
    },
  };
};

const compiled =
  (machine: Machine): WebGpuEngine["compile"] =>
  (shapes, program) =>
  async () => {
    const { device, tile, mostGroups, pipelineOf } = machine;
    const traced = E.tryCatch((): Traced => {
      const trace = tracer(shapes.length, tile, mostGroups);
      const outputs = program(
        webGpuKernels(trace),
        shapes.map((shape, array) => ({ shape, array })),
      );
      const results = trace.launches.map(({ shape }) => shape);
      for (const shape of [...shapes, ...results]) {
        const large = oversized(device, shape);
        if (large !== null) throw new RangeError(large);
      }
      return { shapes, results, outputs, launches: trace.launches };
    }, device.faultOf);
    if (E.isLeft(traced)) return traced;
    const asked = await device.checked(() => traced.right.launches.map(pipelineOf))();
    if (E.isLeft(asked)) return asked;
    const pipelines = E.sequenceArray(await Promise.all(asked.right));
    return E.isLeft(pipelines) ? pipelines : device.checked(() => programOf(machine, traced.right, pipelines.right))();
  };

/** Opens the engine on the best adapter there is. Left: why there is none. */
export const webGpuEngine = ({ host, tile, mostGroups }: WebGpuOptions = {}): TE.TaskEither<Fault, WebGpuEngine> =>
  TE.map((device: Device): WebGpuEngine => {
    const used = tile ?? tileFor(device.software);
    const machine: Machine = {
      device,
      arrays: arraysOn(device),
      tile: used,
      mostGroups: mostGroups ?? device.gpu.limits.maxComputeWorkgroupsPerDimension,
      pipelineOf: pipelinesOn(device, used),
    };
    return {
      info: { name: "webgpu", backend: "webgpu", device: device.name, software: device.software, roundOff: 2 ** -24 },
      upload: machine.arrays.upload,
      compile: compiled(machine),
      close: async () => E.right(device.close()),
    };
  })(openDevice(host));
