/** Opens the wasm engine on all processors. */
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { someEngine } from "../engine.js";
import { openerOf } from "../opener.js";
import { type WasmOptions, wasmEngine } from "./engine.js";

/** The option that a mode's name stands for. */
export const arithmeticOf = (mode: string): Pick<WasmOptions, "arithmetic"> =>
  mode === "plain" || mode === "fused" ? { arithmetic: mode } : {};

export const wasmOpener = openerOf({
  name: "wasm",
  about: "AssemblyScript with 128-bit SIMD and threads over shared memory",
  modes: ["plain", "fused"],
  open: (mode) =>
    pipe(
      wasmEngine(arithmeticOf(mode)),
      TE.map((engine) => someEngine(engine)),
    ),
  auto: { most: 2, verdict: () => ({ speed: 2, because: "this is the fastest without one" }) },
});
