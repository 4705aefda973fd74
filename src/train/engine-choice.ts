/** Opens the engine asked for. `auto` takes the fastest that works here, and every choice says why it was made. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { gpuEngine, type GpuMode, probeDevices } from "../engines/gpu/index.js";
import { type SomeEngine, someEngine } from "../engines/index.js";
import { referenceEngine } from "../engines/reference/index.js";
import { wasmEngine } from "../engines/wasm/index.js";
import { asFault, describe, type Fault, failed } from "./fault.js";

export interface OpenedEngine {
  readonly engine: SomeEngine;
  /** The engine and the reason it was chosen, in a line. */
  readonly why: string;
}

export interface EngineWish {
  readonly engine: "auto" | "reference" | "gpu" | "wasm";
  readonly gpuMode: "auto" | GpuMode;
}
