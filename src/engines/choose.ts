/** Opens the engine asked for. `auto` takes the fastest that works here, and every choice says why it was made. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { z } from "zod";
import { engineError, type Fault, misused } from "../faults/index.js";
import type { EngineInfo, SomeEngine } from "./engine.js";
import type { EngineOpener, Verdict } from "./opener.js";
import * as openersByName from "./openers.js";

/** The engines there are. */
export const openers: readonly EngineOpener[] = Object.values(openersByName);

const otherModes = (among: readonly EngineOpener[]): readonly string[] => [...new Set(among.flatMap(({ modes }) => modes))];

/** The settings that say where a run computes. */
export const engineFieldsOf = (among: readonly EngineOpener[]) => ({
  engine: z
    .enum(["auto", ...among.map(({ name }) => name)])
    .default("auto")
    .describe("where the arithmetic runs"),
  stepsPerPlan: z
    .int()
    .min(1)
    .default(1)
    .describe("steps that the gpu engine runs as one plan; the same numbers, fewer trips to the device"),
  gpuMode: z
    .enum(["auto", ...otherModes(among)])
    .default("auto")
    .describe("way of an engine that has several: backend of gpu, arithmetic of wasm"),
});

/** The settings that choose an engine. */
export const engineFields = engineFieldsOf(openers);

/** What engine is asked for. */
export interface EngineWish {
  /** `auto`, or the name of an opener. */
  readonly engine: string;
  /** `auto`, or one of the modes of that opener. An engine that runs in one way takes no notice. */
  readonly gpuMode: string;
}

/** An engine, and why it was taken. */
export interface OpenedEngine {
  readonly info: EngineInfo;
  readonly engine: SomeEngine;
  /** The engine and the reason for it, in a line. */
  readonly why: string;
  /** The reason alone. */
  readonly reason: string;
  readonly close: () => Promise<void>;
}

const infoOf = (engine: SomeEngine): EngineInfo => engine(({ info }) => info);

const closed = async (engine: SomeEngine): Promise<void> => {
  await engine((known) => known.close)();
};

const opened = (engine: SomeEngine, reason: string): OpenedEngine => {
  const info = infoOf(engine);
  return {
    info,
    engine,
    why: `engine ${info.name}, ${info.backend}, on ${info.device} (${reason})`,
    reason,
    close: () => closed(engine),
  };
};

/** An engine that `auto` has open, the best so far. */
interface Candidate extends Verdict {
  readonly engine: SomeEngine;
}

/** Opens engines until none of the rest can be faster than the best of those that work. */
const automatic = async (among: readonly EngineOpener[]): Promise<E.Either<Fault, OpenedEngine>> => {
  const contestants = among
    .flatMap(({ open, auto }) => (auto === undefined ? [] : [{ open, ...auto }]))
    .toSorted((a, b) => b.most - a.most);
  let best: Candidate | undefined;
  const passedOver: string[] = [];
  for (const { open, most, verdict } of contestants) {
    if (best !== undefined && best.speed >= most) break;
    const engine = await open("auto")();
    if (E.isLeft(engine)) {
      passedOver.push(engine.left.what);
      continue;
    }
    const candidate: Candidate = { engine: engine.right, ...verdict(infoOf(engine.right)) };
    const slower = best === undefined || candidate.speed > best.speed ? best : candidate;
    if (slower !== undefined) {
      passedOver.push(slower.because);
      await closed(slower.engine);
    }
    if (slower !== candidate) best = candidate;
  }
  if (best === undefined) return E.left(engineError(`no engine works here: ${passedOver.join("; ")}`));
  return E.right(opened(best.engine, `auto: ${[...passedOver, best.because].join(", and ")}`));
};

/** An engine by its name, or, where `auto` is asked for with a mode, the one that has that mode. */
const named = (among: readonly EngineOpener[], { engine, gpuMode }: EngineWish): E.Either<Fault, EngineOpener> => {
  const opener = among.find(({ name, modes }) => (engine === "auto" ? modes.includes(gpuMode) : name === engine));
  if (opener === undefined) {
    return E.left(
      misused(engine === "auto" ? `no engine here runs in mode "${gpuMode}"` : `there is no engine "${engine}"`, {
        where: engine === "auto" ? "{gpuMode}" : "{engine}",
        remedy: `known: auto, ${(engine === "auto" ? otherModes(among) : among.map(({ name }) => name)).join(", ")}`,
      }),
    );
  }
  if (gpuMode === "auto" || opener.modes.length === 0 || opener.modes.includes(gpuMode)) return E.right(opener);
  return E.left(
    misused(`the ${opener.name} engine does not run in mode "${gpuMode}" here`, {
      where: "{gpuMode}",
      remedy: `known: auto, ${opener.modes.join(", ")}`,
    }),
  );
};

/** Opens one of these engines, or says why the one asked for does not work here. */
export const openAmong =
  (among: readonly EngineOpener[]) =>
  (wish: EngineWish): TE.TaskEither<Fault, OpenedEngine> =>
  async () => {
    if (wish.engine === "auto" && wish.gpuMode === "auto") return automatic(among);
    const opener = named(among, wish);
    if (E.isLeft(opener)) return opener;
    const engine = await opener.right.open(wish.gpuMode)();
    if (E.isRight(engine)) return E.right(opened(engine.right, "asked for"));
    const { what, remedy } = engine.left;
    return E.left(
      engineError(what, {
        where: `{engine} ${opener.right.name}`,
        remedy: [remedy, "or use {engine} auto"].filter((part) => part !== "").join("; "),
      }),
    );
  };

/** Opens the engine that is wished for. Left: it does not work here, and what would make it. */
export const openEngine = openAmong(openers);
