/** Opens the engine asked for. `auto` takes the fastest that works here, and every choice says why it was made. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { z } from "zod";
import { type Fault, failed } from "../faults/index.js";
import { type Engine, type EngineInfo, type SomeEngine, someEngine } from "./engine.js";
import { gpuEngine } from "./gpu/index.js";
import { referenceEngine } from "./reference/index.js";
import { wasmEngine } from "./wasm/index.js";

export interface OpenedEngine {
  readonly info: EngineInfo;
  readonly engine: SomeEngine;
  /** The engine and the reason for it, in a line. */
  readonly why: string;
  readonly close: () => Promise<void>;
}

export const engineFields = {
  engine: z.enum(["auto", "reference", "gpu", "wasm"]).default("auto").describe("where the arithmetic runs"),
  stepsPerPlan: z
    .int()
    .min(1)
    .default(1)
    .describe("steps that the gpu engine runs as one plan; the same numbers, fewer trips to the device"),
  gpuMode: z.enum(["auto", "webgpu", "headlessgl", "webasm", "cpu"]).default("auto").describe("backend of the gpu engine"),
};

export interface EngineWish {
  readonly engine: "auto" | "reference" | "gpu" | "wasm";
  readonly gpuMode: "auto" | "webgpu" | "headlessgl" | "webasm" | "cpu";
}

const opened = <T>(engine: Engine<T>, reason: string): OpenedEngine => ({
  info: engine.info,
  engine: someEngine(engine),
  why: `engine ${engine.info.name}, ${engine.info.backend}, on ${engine.info.device} (${reason})`,
  close: async () => {
    await engine.close();
  },
});

/** Backends that compute on the CPU: nothing to prefer over the wasm engine. */
const onCpu = (info: EngineInfo): boolean => info.backend === "webasm" || info.backend === "cpu";

const automatic = async (): Promise<E.Either<Fault, OpenedEngine>> => {
  const gpu = await gpuEngine("auto")();
  if (E.isRight(gpu) && !onCpu(gpu.right.info)) return E.right(opened(gpu.right, "auto: a GPU works here"));
  const wasm = await wasmEngine()();
  if (E.isRight(wasm)) {
    if (E.isRight(gpu)) await gpu.right.close();
    const software = E.isRight(gpu) ? (gpu.right.info.passedOver ?? []) : [];
    const because = software.length === 0 ? "" : ` (${software.join("; ")})`;
    return E.right(opened(wasm.right, `auto: no GPU works here${because}, and this is the fastest without one`));
  }
  if (E.isRight(gpu)) return E.right(opened(gpu.right, `auto: no GPU works here, and the wasm engine does not: ${wasm.left.message}`));
  return E.right(opened(referenceEngine, `auto: nothing faster works here: ${wasm.left.message}; ${gpu.left.message}`));
};

/** Opens an engine, or says why the one asked for does not work here. */
export const openEngine =
  (wish: EngineWish): TE.TaskEither<Fault, OpenedEngine> =>
  async () => {
    if (wish.engine === "auto" && wish.gpuMode === "auto") return automatic();
    if (wish.engine === "reference") return E.right(opened(referenceEngine, "asked for"));
    const wanted = <T>(result: E.Either<Fault, Engine<T>>): E.Either<Fault, OpenedEngine> =>
      E.isLeft(result)
        ? E.left(failed(`--engine ${wish.engine}: ${result.left.message}; or use --engine auto`))
        : E.right(opened(result.right, "asked for"));
    return wish.engine === "wasm" ? wanted(await wasmEngine()()) : wanted(await gpuEngine(wish.gpuMode)());
  };
