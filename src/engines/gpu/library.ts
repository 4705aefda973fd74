/** GPU.js as this engine sees it: the few parts that are used, typed; its own types leave out the WebGPU context. */

export interface Kernel {
  (...inputs: readonly unknown[]): unknown;
  readonly destroy: () => void;
}

/** A kernel's result that stayed on the device. Deleting one of several clones leaves the others. */
export interface Texture {
  readonly toArray: () => Float32Array;
  readonly clone: () => Texture;
  readonly delete: () => void;
}

/** What every kernel of the engine is made with, beside its output. */
export const kernelSettings = {
  precision: "single",
  tactic: "precision",
  loopMaxIterations: 2 ** 24,
  fixIntegerDivisionAccuracy: false,
} as const;

/** `createPipeline`'s result: traces on its first call, then runs the compiled plan. Results of one axis are flat arrays, the caller's to keep. */
export interface Pipeline {
  (...inputs: readonly Float32Array[]): Promise<readonly Float32Array[]>;
  readonly backend: string | null;
  readonly executorKind: string;
  readonly fallbackReason: string | null;
  readonly destroy: () => Promise<void>;
}

export interface Gpu {
  readonly mode: string;
  readonly context: { readonly isContextLost?: () => boolean } | null;
  readonly createKernel: (source: string, settings: object) => Kernel;
  readonly createPipeline: (orchestration: (...handles: readonly unknown[]) => readonly unknown[], settings?: object) => Pipeline;
  readonly destroy: () => Promise<void>;
}

export interface Features {
  readonly isTextureFloat: boolean;
  readonly isFloatRead: boolean;
  readonly maxTextureSize: number;
}

export interface Library {
  readonly GPU: new (settings: { readonly mode: string }) => Gpu;
  /** `testContext` is the context that GPU.js asked for its features. */
  readonly HeadlessGLKernel: { readonly isSupported: boolean; readonly features: Features | null; readonly testContext: object | null };
  readonly WebGL2Kernel: { readonly isSupported: boolean; readonly features: Features | null };
  readonly WebGLKernel: { readonly isSupported: boolean; readonly features: Features | null };
  readonly WebAssemblyKernel: { readonly isSupported: boolean };
  readonly WebGPUContext: {
    readonly acquire: () => Promise<{ readonly adapter: GPUAdapterLike; readonly device: GPUDeviceLike }>;
    readonly destroy: () => Promise<void>;
  };
}

export interface GPUDeviceLike extends EventTarget {
  readonly lost: Promise<{ readonly message: string }>;
  readonly destroy: () => void;
  readonly limits: { readonly maxStorageBufferBindingSize: number; readonly maxBufferSize: number };
}

export interface GPUAdapterLike {
  readonly info?: {
    readonly vendor?: string;
    readonly architecture?: string;
    readonly device?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
}

/** A package that nobody has installed, for they are large and few need them. */
export class NotInstalled extends Error {
  constructor(
    what: string,
    readonly remedy: string,
  ) {
    super(`${what} is not installed`);
  }
}

/** Of a failed import: that the package itself is missing, or what was thrown. */
export const orNotInstalled =
  (name: string, what: string, remedy: string) =>
  (thrown: unknown): never => {
    const missing =
      thrown instanceof Error && "code" in thrown && thrown.code === "ERR_MODULE_NOT_FOUND" && thrown.message.includes(`'${name}'`);
    throw missing ? new NotInstalled(what, remedy) : thrown;
  };

/** Loaded when a backend is opened: half a megabyte that no other engine needs, and an optional peer, for it brings 230 MB with it. */
export const loadLibrary = async (): Promise<Library> =>
  (await import("gpu.js").catch(orNotInstalled("gpu.js", "GPU.js", "`npm install --ignore-scripts gpu.js`"))).default as unknown as Library;
