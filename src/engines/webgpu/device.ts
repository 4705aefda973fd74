/** A WebGPU device: how it is asked for, what it is called, and what went wrong with it, as a value. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { engineError, type Fault, reasonOf } from "../../faults/index.js";

/** Flags of the WebGPU specification, which a host has as globals, or (Node) has not. */
export const usage = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, uniform: 0x40, storage: 0x80 } as const;
export const mapForReading = 0x1;

/** An open device. */
export interface Device {
  readonly gpu: GPUDevice;
  /** The adapter in words. */
  readonly name: string;
  /** It draws on a CPU: right, but slow. */
  readonly software: boolean;
  /** Bytes that one array may have. */
  readonly mostBytes: number;
  /** A fault in the words of this device. */
  readonly faultOf: (thrown: unknown) => Fault;
  /** Why nothing can be computed any more; null while it can. */
  readonly broken: () => Fault | null;
  /** Does what makes or orders things on the device. Left: what it has against them; it tells once they have been looked at, and nothing waits for them to be done. */
  readonly checked: <A>(work: () => A) => TE.TaskEither<Fault, A>;
  readonly close: () => void;
}

const softwareNames = /llvmpipe|swiftshader|lavapipe|basic render/i;

const nameOf = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  [vendor, architecture, device, description].filter((part) => part !== "").join(" ") || "an unnamed adapter";

const absent = (what: string): Fault =>
  engineError(`WebGPU does not work here: ${what}`, {
    remedy: "use a browser that has it, on a secure page (https or localhost) with hardware acceleration, or the engine wasm",
  });

const faultsOf =
  (name: string) =>
  (thrown: unknown): Fault => {
    const what = reasonOf(thrown);
    return engineError(what, {
      where: `webgpu on ${name}`,
      ...(/lost/.test(what) ? { remedy: "open the engine again and resume from the last checkpoint; a smaller {batch} may help" } : {}),
      ...(/memory/i.test(what) ? { remedy: "use a smaller {batch}" } : {}),
    });
  };

const deviceOf = (adapter: GPUAdapter, gpu: GPUDevice): Device => {
  const name = nameOf(adapter.info);
  const faultOf = faultsOf(name);
  const state: { broken: Fault | null } = { broken: null };
  gpu.lost.then(({ message, reason }) => {
    state.broken ??= faultOf(`the device was lost (${message === "" ? reason : message})`);
  });
  return {
    gpu,
    name,
    software: adapter.info.isFallbackAdapter || softwareNames.test(name),
    mostBytes: Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize),
    faultOf,
    broken: () => state.broken,
    checked: (work) => async () => {
      if (state.broken !== null) return E.left(state.broken);
      gpu.pushErrorScope("out-of-memory");
      gpu.pushErrorScope("validation");
      const done = E.tryCatch(work, faultOf);
      const told = await Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]).catch(faultOf);
      if (state.broken !== null) return E.left(state.broken);
      if (!Array.isArray(told)) return E.left(told);
      const [invalid, noRoom] = told;
      if (noRoom !== null) return E.left(faultOf(`no memory: ${noRoom.message}`));
      return invalid === null ? done : E.left(faultOf(invalid.message));
    },
    close: () => {
      state.broken ??= engineError("the engine was closed");
      gpu.destroy();
    },
  };
};

/** What has adapters. */
export type Host = Pick<GPU, "requestAdapter">;

const hostHere = (): Host | undefined => (typeof navigator !== "undefined" && "gpu" in navigator ? navigator.gpu : undefined);

/** The best adapter's device, with arrays as large as it can have. Left: why there is none. */
export const openDevice =
  (host: Host | undefined = hostHere()): TE.TaskEither<Fault, Device> =>
  async () => {
    if (host === undefined) return E.left(absent("there is no navigator.gpu"));
    try {
      const adapter = await host.requestAdapter({ powerPreference: "high-performance" });
      if (adapter === null) return E.left(absent("no graphics adapter was found"));
      const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
      return E.right(deviceOf(adapter, await adapter.requestDevice({ requiredLimits: { maxStorageBufferBindingSize, maxBufferSize } })));
    } catch (thrown) {
      return E.left(absent(reasonOf(thrown)));
    }
  };
