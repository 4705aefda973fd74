/** Engines in a page's worker: which there are, which work here and why not, and the one that is taken. */
import { pipe } from "fp-ts/lib/function.js";
import type * as T from "fp-ts/lib/Task.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import {
  arithmeticOf,
  type EngineInfo,
  type EngineOpener,
  type OpenedEngine,
  openAmong,
  openerOf,
  openers,
  someEngine,
  wasmEngine,
} from "../engines/index.js";
import type { Fault } from "../faults/index.js";
import type { Choices } from "./choices.js";
import type { Running, Tried } from "./messages.js";

/** The name of the engine that a race goes on with where a device is lost: it works wherever WebAssembly does. */
export const safest = "wasm";

/**
 * Where nobody says how many: a thread for each processor but one, which is left for the page to be drawn by. A page that gets no shared
 * memory leaves it to the engine, which says why it has one.
 */
const usualThreads = (): { readonly threads?: number } =>
  globalThis.crossOriginIsolated === false ? {} : { threads: Math.max(1, (globalThis.navigator?.hardwareConcurrency ?? 1) - 1) };

/** The engines there are, wasm on so many threads; 0: as many as leave the page a processor. */
export const openersWith = (threads: number, among: readonly EngineOpener[] = openers): readonly EngineOpener[] =>
  among.map((opener) =>
    opener.name === safest
      ? openerOf({
          ...opener,
          open: (mode) =>
            pipe(
              wasmEngine({ ...(threads > 0 ? { threads } : usualThreads()), ...arithmeticOf(mode) }),
              TE.map((engine) => someEngine(engine)),
            ),
        })
      : opener,
  );

/** What decides the engine. */
export type Wish = Pick<Choices, "engine" | "gpuMode" | "threads">;

/** Opens the engine that is wished for. */
export const openWished = ({ engine, gpuMode, threads }: Wish, among: readonly EngineOpener[]): TE.TaskEither<Fault, OpenedEngine> =>
  openAmong(openersWith(threads, among))({ engine, gpuMode });

/** Tries every engine in every mode, one after the other. */
export const triedAll =
  (among: readonly EngineOpener[]): T.Task<readonly Tried[]> =>
  async () => {
    const found: Tried[] = [];
    for (const { modes, probe } of among)
      for (const mode of modes.length === 0 ? ["auto"] : modes) {
        const { engine, works, device, software, problem } = await probe(mode)();
        const why = works ? `${device}${software ? ", which is not a GPU" : ""}` : (problem?.what ?? "it gave wrong numbers");
        found.push({ name: engine, mode, available: works, why });
      }
    return found;
  };

/** Where an engine's arithmetic runs. */
export const runningOf = ({ name, backend, device, software = false }: EngineInfo): Running => ({ name, backend, device, software });
