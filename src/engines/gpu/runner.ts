/**
 * What runs a plan. On WebGPU, webasm and cpu a plan is one GPU.js pipeline: arrays in, arrays out, since a pipeline reads
 * back whatever it returns. On WebGL a pipeline is no more than its kernels one after another, so the engine calls them
 * itself, and results stay in textures until they are read: what a training step carries never leaves the device.
 */
import { type Opened, strayed } from "./backends.js";
import { type Kernel, kernelSettings, type Texture } from "./library.js";
import type { Launch, Node } from "./plan.js";

/** Numbers on the device. */
export interface OnDevice {
  /** The open backend they lie on. */
  readonly owner: Opened;
  readonly texture: () => Texture;
  readonly read: () => Float32Array;
  /** The same numbers, to be released apart. */
  readonly share: () => OnDevice;
  readonly release: () => void;
}

/** Where a tensor's numbers are: in memory, or on the device. */
export type Store = Float32Array | OnDevice;

export interface Runner {
  /** Runs the plan on the numbers of its inputs; gives those of its outputs, which are the caller's own. */
  readonly run: (inputs: readonly Store[]) => Promise<readonly Store[]>;
  readonly close: () => void;
}

/** A plan: launches in order, and which nodes go in and come out. */
export interface Plan {
  readonly launches: readonly Launch[];
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
}

/** A kernel per text and size, shared by the programs of an engine. */
export const kernelsOf = (opened: Opened): ((launch: Launch) => Kernel) => {
  const known = new Map<string, Kernel>();
  return ({ text, output }) => {
    const key = `${output.join(" ")} ${text}`;
    const kernel = known.get(key) ?? opened.gpu.createKernel(text, { ...kernelSettings, output: [...output] });
    known.set(key, kernel);
    return kernel;
  };
};

/** One GPU.js pipeline: one argument an input of the program, in order. */
export const pipelineRunner = (opened: Opened, kernelOf: (launch: Launch) => Kernel, { launches, inputs, outputs }: Plan): Runner => {
  const orchestration = (...handles: readonly unknown[]): readonly unknown[] => {
    const values = new Map<number, unknown>(inputs.map((input, place) => [input.id, handles[place]]));
    const handleOf = (node: Node): unknown => (node.kind === "constant" ? node.data : values.get(node.id));
    for (const launch of launches) values.set(launch.node.id, kernelOf(launch)(...launch.inputs.map(handleOf)));
    return outputs.map(handleOf);
  };
  // GPU.js takes the number of arguments from the function's length, which a rest parameter leaves at 0.
  Object.defineProperty(orchestration, "length", { value: inputs.length });
  const pipeline = opened.gpu.createPipeline(orchestration);
  return {
    run: async (given) => {
      const results = await pipeline(...given.filter((store) => store instanceof Float32Array));
      const wrong = opened.fault() ?? strayed(opened, pipeline);
      if (wrong !== null) throw new Error(wrong);
      return results;
    },
    close: () => {
      pipeline.destroy().catch(() => undefined);
    },
  };
};
