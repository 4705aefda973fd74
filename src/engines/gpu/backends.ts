/**
 * The GPU.js backends: which there are, how each is opened, what each runs on, and how to tell that it really ran.
 * A software rasteriser (llvmpipe, lavapipe, SwiftShader) is not a GPU: `auto` never picks one, its name does.
 */
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { engineError, type Fault, reasonOf } from "../../faults/index.js";
import {
  type Features,
  type GPUAdapterLike,
  type Gpu,
  type Library,
  loadLibrary,
  NotInstalled,
  orNotInstalled,
  type Pipeline,
} from "./library.js";
import { type Dialect, indexLimit } from "./source.js";
import { vulkanProblem } from "./vulkan.js";

/** The backends a program can ask for by name; `webgl2` and `webgl` exist in browsers, `headlessgl` in Node. */
export const gpuBackends = ["webgpu", "headlessgl", "webgl2", "webgl", "webasm", "cpu"] as const;

/** The name of a backend. */
export type GpuBackend = (typeof gpuBackends)[number];

/** `auto`: a real GPU by the best way there is, else WebAssembly, else plain JavaScript. */
export type GpuMode = "auto" | GpuBackend;

/** A backend that is open. */
export interface Opened {
  readonly backend: GpuBackend;
  readonly gpu: Gpu;
  readonly dialect: Dialect;
  readonly device: string;
  /** What was passed over for this, because it would draw on a CPU. */
  readonly passedOver?: readonly string[];
  /** It draws on a CPU: right, but slow. */
  readonly software: boolean;
  /** Largest tensor, in entries. */
  readonly limit: number;
  /** Bytes that all arrays of one plan may take together. */
  readonly room: number;
  /** Results stay in textures between kernels and between runs: see `textures.ts`. */
  readonly inTextures: boolean;
  /** What is wrong with the device now, if anything. */
  readonly fault: () => string | null;
  readonly close: () => Promise<void>;
}

export const inBrowser = (): boolean => typeof document !== "undefined";

const dialects: Readonly<Record<GpuBackend, Dialect>> = {
  webgpu: { exactDivision: false, bitwise: true, maximumInputs: 7, tile: "cells", unroll: 4 },
  headlessgl: { exactDivision: false, bitwise: false, maximumInputs: 8, tile: "quads", unroll: 1 },
  webgl2: { exactDivision: false, bitwise: false, maximumInputs: 8, tile: "quads", unroll: 1 },
  webgl: { exactDivision: false, bitwise: false, maximumInputs: 8, tile: "quads", unroll: 1 },
  webasm: { exactDivision: true, bitwise: true, maximumInputs: 16, tile: "lanes", unroll: 1 },
  cpu: { exactDivision: true, bitwise: true, maximumInputs: 16, tile: "cells", unroll: 1 },
};

const softwareNames = /llvmpipe|softpipe|swiftshader|lavapipe|software|swrast|basic render|subzero/i;

/** Whether a device's name is that of a program that draws on the CPU. */
export const isSoftwareName = (name: string): boolean => softwareNames.test(name);

const install: Readonly<Record<GpuBackend, string>> = {
  webgpu: "install a Vulkan driver for your graphics card (Debian: mesa-vulkan-drivers, or NVIDIA's), or use {gpuMode} webasm",
  headlessgl:
    "build it with `npm_config_ignore_scripts=false npm rebuild gl` (Debian: apt-get install python3 build-essential pkg-config libxi-dev " +
    "libxext-dev libx11-dev libgl1-mesa-dev), and run under an X server or `xvfb-run -a`",
  webgl2: "use a browser with WebGL 2 and hardware acceleration",
  webgl: "use a browser with WebGL and floating-point textures",
  webasm: "use Node 20 or later, or a browser with WebAssembly SIMD",
  cpu: "",
};

const unavailable =
  (backend: GpuBackend) =>
  (thrown: unknown): Fault =>
    engineError(`GPU.js ${backend} does not work here: ${reasonOf(thrown)}`, {
      remedy: thrown instanceof NotInstalled ? thrown.remedy : install[backend],
    });

/** Gives Node a `navigator.gpu` through Dawn. The devices open on it are counted: the last to close lets the process end. */
const dawn = { open: 0, installed: false };

const installDawn = async (): Promise<void> => {
  if (inBrowser() || (typeof navigator !== "undefined" && "gpu" in navigator)) return;
  const problem = await vulkanProblem();
  if (problem !== null) throw new Error(`no graphics adapter was found: ${problem}`);
  // Not a literal, so that a bundler for the browser does not follow it.
  const name = "webgpu";
  const { create, globals } = (await import(/* @vite-ignore */ name).catch(
    orNotInstalled(name, "the package webgpu", "`npm install webgpu`, or use {gpuMode} webasm"),
  )) as {
    readonly create: (flags: readonly string[]) => object;
    readonly globals: object;
  };
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if (typeof navigator === "undefined")
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true, writable: true });
  else Object.defineProperty(navigator, "gpu", { value: gpu, configurable: true });
  dawn.installed = true;
};

const removeDawn = (): void => {
  if (!dawn.installed) return;
  dawn.installed = false;
  if (typeof process !== "undefined" && Number(process.versions.node.split(".")[0]) < 21) Reflect.deleteProperty(globalThis, "navigator");
  else Reflect.deleteProperty(navigator, "gpu");
};

const adapterName = ({ info }: GPUAdapterLike): string =>
  [info?.vendor, info?.architecture, info?.device, info?.description].filter((part) => part !== undefined && part !== "").join(" ") ||
  "an unnamed adapter";

const openWebGpu = async (library: Library): Promise<Opened> => {
  await installDawn();
  if (typeof navigator === "undefined" || !("gpu" in navigator)) throw new Error("navigator.gpu is missing");
  const { adapter, device } = await library.WebGPUContext.acquire().catch((thrown: unknown) => {
    if (dawn.open === 0) removeDawn();
    throw /adapter/.test(reasonOf(thrown)) ? new Error("no graphics adapter was found") : thrown;
  });
  dawn.open += 1;
  const state: { fault: string | null } = { fault: null };
  const onError = (event: Event): void => {
    state.fault = (event as Event & { readonly error?: Error }).error?.message ?? "an error without words";
  };
  device.addEventListener("uncapturederror", onError);
  device.lost.then(({ message }) => {
    state.fault = `the device was lost (${message})`;
  });
  const name = adapterName(adapter);
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  return {
    backend: "webgpu",
    gpu: new library.GPU({ mode: "webgpu" }),
    dialect: dialects.webgpu,
    device: name,
    software: isSoftwareName(name) || adapter.info?.isFallbackAdapter === true,
    limit: Math.min(indexLimit, Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / 4)),
    room: Number.POSITIVE_INFINITY,
    inTextures: false,
    fault: () => state.fault,
    close: async () => {
      device.removeEventListener("uncapturederror", onError);
      dawn.open -= 1;
      if (dawn.open > 0) return;
      await library.WebGPUContext.destroy();
      removeDawn();
    },
  };
};

/** headless-gl hides its renderer's name, so a GPU is believed in only where the system shows one. */
const headlessDevice = async (): Promise<readonly [name: string, software: boolean]> => {
  // Not a literal, so that a bundler for the browser does not follow it.
  const name = "node:fs";
  const { existsSync, readdirSync } = (await import(/* @vite-ignore */ name)) as typeof import("node:fs");
  if (process.platform !== "linux") return [`ANGLE on ${process.platform}`, false];
  const nodes = existsSync("/dev/dri") ? readdirSync("/dev/dri").filter((node) => node.startsWith("renderD")) : [];
  const nvidia = existsSync("/dev/nvidia0");
  if (nodes.length === 0 && !nvidia) return ["Mesa's software rasteriser (llvmpipe): this system shows no graphics device", true];
  if (process.env["LIBGL_ALWAYS_SOFTWARE"] === "1") return ["Mesa's software rasteriser (LIBGL_ALWAYS_SOFTWARE=1)", true];
  return [nvidia ? "NVIDIA through OpenGL" : `OpenGL on /dev/dri/${nodes.join(", ")}`, false];
};

const webglDevice = (): readonly [name: string, software: boolean] => {
  const gl = document.createElement("canvas").getContext("webgl");
  const debug = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = gl && debug ? String(gl.getParameter(debug.UNMASKED_RENDERER_WEBGL)) : "a WebGL device that hides its name";
  return [name, isSoftwareName(name)];
};

/** Why a WebGL device cannot be trained on: without 32-bit floats GPU.js packs numbers into bytes, or keeps 16 bits. Null where it can. */
export const precisionProblem = ({ isTextureFloat, isFloatRead }: Features): string | null => {
  if (isTextureFloat && isFloatRead) return null;
  const lack = isTextureFloat ? "cannot be read back as" : "hold no";
  return `its textures ${lack} 32-bit floats, and training on packed or 16-bit numbers gives wrong gradients, so it is refused`;
};

const openGl = async (library: Library, backend: "headlessgl" | "webgl2" | "webgl"): Promise<Opened> => {
  const kernel = { headlessgl: library.HeadlessGLKernel, webgl2: library.WebGL2Kernel, webgl: library.WebGLKernel }[backend];
  if (backend === "headlessgl" ? inBrowser() : !inBrowser()) {
    throw new Error(inBrowser() ? "it belongs to Node" : "it belongs to pages: Node and workers have no document");
  }
  if (!kernel.isSupported || kernel.features === null) {
    throw new Error(backend === "headlessgl" ? "the `gl` package is not built, or there is no display" : "there is no such context");
  }
  const imprecise = precisionProblem(kernel.features);
  if (imprecise !== null) throw new Error(imprecise);
  const [name, software] = backend === "headlessgl" ? await headlessDevice() : webglDevice();
  const gpu = new library.GPU({ mode: backend });
  return {
    backend,
    gpu,
    dialect: dialects[backend],
    device: name,
    software,
    limit: Math.min(indexLimit, kernel.features.maxTextureSize ** 2),
    room: Number.POSITIVE_INFINITY,
    inTextures: true,
    fault: () => (gpu.context?.isContextLost?.() === true ? "the graphics context was lost" : null),
    close: async () => undefined,
  };
};

/** Whether code may be made out of text: a page's content security policy can forbid it. */
const mayEvaluate = (): boolean => {
  try {
    return new Function("return true")() === true;
  } catch {
    return false;
  }
};

const openPlain = async (library: Library, backend: "webasm" | "cpu"): Promise<Opened> => {
  if (backend === "webasm" && !library.WebAssemblyKernel.isSupported) throw new Error("WebAssembly SIMD is missing");
  if (backend === "cpu" && !mayEvaluate()) throw new Error("this page's content security policy does not allow unsafe-eval");
  return {
    backend,
    gpu: new library.GPU({ mode: backend }),
    dialect: dialects[backend],
    device: backend === "webasm" ? "CPU, WebAssembly SIMD" : "CPU, plain JavaScript",
    software: true,
    limit: indexLimit,
    // A WebAssembly memory has at most 65,536 pages of 64 kB.
    room: backend === "webasm" ? 2 ** 32 : Number.POSITIVE_INFINITY,
    inTextures: false,
    fault: () => null,
    close: async () => undefined,
  };
};

/** Opens a backend by name, or says why it does not work and what would make it. */
export const openBackend = (backend: GpuBackend): TE.TaskEither<Fault, Opened> =>
  TE.tryCatch(async () => {
    const library = await loadLibrary();
    if (backend === "webgpu") return openWebGpu(library);
    if (backend === "webasm" || backend === "cpu") return openPlain(library, backend);
    return openGl(library, backend);
  }, unavailable(backend));

/** The first backend on real hardware, else webasm, else cpu; the device's words say why not a better one. */
export const openBest: TE.TaskEither<Fault, Opened> = async () => {
  const loaded = await TE.tryCatch(loadLibrary, unavailable("webasm"))();
  if (E.isLeft(loaded)) return loaded;
  const glHere: readonly GpuBackend[] = inBrowser() ? ["webgl2", "webgl"] : typeof process === "undefined" ? [] : ["headlessgl"];
  const candidates: readonly GpuBackend[] = ["webgpu", ...glHere, "webasm"];
  const tried: string[] = [];
  const passedOver: string[] = [];
  const inContext = (opened: Opened): Opened => ({
    ...opened,
    passedOver,
    device: `${opened.device}${tried.length === 0 ? "" : ` (${tried.join("; ")})`}`,
  });
  for (const backend of candidates) {
    const opened = await openBackend(backend)();
    if (E.isLeft(opened)) {
      tried.push(opened.left.what);
    } else if (opened.right.software && backend !== "webasm") {
      const reason = `${backend} would run on ${opened.right.device}, which is not a GPU`;
      tried.push(reason);
      passedOver.push(reason);
      await opened.right.gpu.destroy();
      await opened.right.close();
    } else {
      return E.right(inContext(opened.right));
    }
  }
  return E.map(inContext)(await openBackend("cpu")());
};

/** Null where the plan ran where it was meant to; else what ran instead, and why. */
export const strayed = (opened: Opened, pipeline: Pipeline): string | null => {
  const { backend, executorKind, fallbackReason } = pipeline;
  const expected = { webgpu: "webgpu", headlessgl: "gpu", webgl2: "gpu", webgl: "gpu", webasm: "webasm", cpu: "cpu" }[opened.backend];
  const fused = opened.backend === "webgpu" || opened.backend === "webasm";
  if (backend === expected && (!fused || executorKind.startsWith("fused"))) return null;
  return `asked for ${opened.backend}, but GPU.js ran the plan on ${backend ?? "nothing"} (${executorKind}): ${fallbackReason ?? "no reason given"}`;
};
