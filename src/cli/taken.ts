/** A checkpoint taken up by a command: its network and its settings, with the flags' over them. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, misused } from "../faults/index.js";
import { backboneFields } from "../nn/index.js";
import type { PictureSource } from "../pictures/index.js";
import { type FoundCheckpoint, loadCheckpoint, networkSaid, type SettingName, type Settings, unmade, weightsFrom } from "../runs/index.js";
import type { Tensor } from "../tensor/index.js";
import { settingsFrom } from "./options.js";
import { embedWith, note, type Speech, withEngine } from "./session.js";

export type Flags = Readonly<Record<string, unknown>>;

export interface Taken {
  readonly path: string;
  readonly checkpoint: FoundCheckpoint;
  readonly settings: Settings;
}

/**
 * The checkpoint, and its settings with the flags' over them; what made the network cannot be changed. Where the last one is damaged,
 * it says so and which it takes instead.
 */
export const openCheckpoint = (path: string, flags: Flags): E.Either<Fault, Taken> =>
  pipe(
    loadCheckpoint(path),
    E.bindTo("checkpoint"),
    E.chainFirst(({ checkpoint: { damage, file } }) => {
      note(damage.length === 0 ? [] : [...damage, `using ${file} instead`]);
      return E.right(undefined);
    }),
    E.bind("settings", ({ checkpoint }) =>
      settingsFrom(flags, { ...checkpoint.record.settings, engine: "auto", gpuMode: "auto", strict: false }),
    ),
    E.map(({ checkpoint, settings }) => ({ path, checkpoint, settings })),
  );

/** What describes a network; a checkpoint says it by itself. */
export const networkSettings: readonly SettingName[] = [...Object.keys(backboneFields), "imageSize", "batch", "method", "head"];

/**
 * A network without a run: a file of our own says which it is where the flags do not, and of a published one they must; nothing is known of
 * how it was trained.
 */
export const openWeights = (file: string, flags: Flags): E.Either<Fault, Taken> =>
  pipe(
    E.Do,
    E.bind("settings", () => settingsFrom(flags, networkSaid(file, networkSettings))),
    E.bind("found", ({ settings }) => weightsFrom(file, settings)),
    E.chainFirst(({ found: { withoutHead, other } }) =>
      withoutHead === undefined
        ? E.right(undefined)
        : E.left(other ?? misused(withoutHead, { where: file, remedy: "say by {embedding} how long its embeddings are" })),
    ),
    E.map(({ settings, found }) => {
      const own = { ...settings, weights: undefined };
      return { path: file, checkpoint: { record: { ...unmade, settings: own }, tensors: found.tensors, file, damage: [] }, settings: own };
    }),
  );

/** The network to judge: that of a run, or one of published weights, which the settings must then describe. */
export const openEither = (path: string | undefined, flags: Flags): E.Either<Fault, Taken> => {
  const { weights, ...others } = flags;
  if (path === undefined)
    return typeof weights === "string"
      ? openWeights(weights, others)
      : E.left(misused("no network is given", { remedy: "give a run's folder or checkpoint, or published weights with {weights}" }));
  const given = ["weights", ...networkSettings].find((name) => flags[name] !== undefined);
  return given === undefined
    ? openCheckpoint(path, flags)
    : E.left(
        misused("a run has its own network", {
          where: `{${given}}`,
          remedy: "leave it out, or give published weights in place of the run",
        }),
      );
};

export const embeddingsOf = (
  { path, checkpoint, settings }: Taken,
  pictures: PictureSource,
  speech: Speech,
): TE.TaskEither<Fault, Tensor> => withEngine(settings, speech, (engine) => embedWith(engine, checkpoint, path, pictures, speech));
