/** A checkpoint taken up by a command: its network and its settings, with the flags' over them. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import type { PictureSource } from "../pictures/index.js";
import { type FoundCheckpoint, loadCheckpoint, type Settings } from "../runs/index.js";
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

export const embeddingsOf = (
  { path, checkpoint, settings }: Taken,
  pictures: PictureSource,
  speech: Speech,
): TE.TaskEither<Fault, Tensor> => withEngine(settings, speech, (engine) => embedWith(engine, checkpoint, path, pictures, speech));
