/**
 * Makes the generated data set: a class-folder tree of JPEG files and, when all are there, a manifest that says how it was made.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { z } from "zod";
import { type Fault, failed, inWords, listed } from "../../faults/index.js";
import { writeWhole } from "../../files/index.js";
import { type Progress, performAll } from "../../workers/index.js";
import { manifestName } from "../tree.js";
import { type DrawingJob, type DrawingSettings, drawFile, imagePath } from "./drawing.js";

/** Raised whenever the same settings would draw other pictures. */
const version = 1;

/** The data set of `mdr demo`. */
export const defaultDrawing: DrawingSettings = { seed: 1, classes: 32, imagesPerClass: 40, size: 96 };

const manifestSchema = z.object({
  madeBy: z.literal("mdr"),
  version: z.number(),
  settings: z.object({ seed: z.number(), classes: z.number(), imagesPerClass: z.number(), size: z.number() }),
});

/** A generated data set on the disk. */
export interface Made {
  readonly directory: string;
  readonly classes: number;
  readonly images: number;
  /** Images drawn now; 0 when the data set was there already. */
  readonly drawn: number;
}

const limits: Record<keyof DrawingSettings, readonly [least: number, most: number]> = {
  seed: [-(2 ** 31), 2 ** 31 - 1],
  classes: [2, 999],
  imagesPerClass: [1, 999],
  size: [16, 1024],
};

const outOfRange = (settings: DrawingSettings): string | undefined =>
  (Object.keys(limits) as (keyof DrawingSettings)[])
    .filter((key) => !Number.isInteger(settings[key]) || settings[key] < limits[key][0] || settings[key] > limits[key][1])
    .map((key) => `generated data: ${key} is ${settings[key]}: use a whole number from ${limits[key][0]} to ${limits[key][1]}`)[0];

const pathsOf = (settings: DrawingSettings): readonly string[] =>
  Array.from({ length: settings.classes * settings.imagesPerClass }, (_, index) =>
    imagePath(settings.seed, Math.floor(index / settings.imagesPerClass), index % settings.imagesPerClass),
  );

type State = "absent" | "partial" | "complete" | "other settings" | "foreign";

const manifestOf = (directory: string): E.Either<unknown, z.infer<typeof manifestSchema>> =>
  E.tryCatch(
    () => manifestSchema.parse(JSON.parse(readFileSync(join(directory, manifestName), "utf8"))),
    (thrown) => thrown,
  );

/** What is in the folder now. Only folders and files of this very data set make it partial; anything else is somebody's. */
const stateOf = (directory: string, settings: DrawingSettings, paths: readonly string[]): State => {
  if (!existsSync(directory)) return "absent";
  const found = readdirSync(directory).filter((name) => !name.startsWith("."));
  if (found.length === 0) return "absent";
  if (found.includes(manifestName)) {
    const manifest = manifestOf(directory);
    if (E.isLeft(manifest)) return "foreign";
    const same = JSON.stringify(manifest.right.settings) === JSON.stringify(settings) && manifest.right.version === version;
    return !same
      ? "other settings"
      : paths.every((path) => (statSync(join(directory, path), { throwIfNoEntry: false })?.size ?? 0) > 0)
        ? "complete"
        : "partial";
  }
  const folders = new Set(paths.map((path) => path.split("/")[0]));
  return found.every((name) => folders.has(name) || name.startsWith(manifestName)) ? "partial" : "foreign";
};

const make = async (
  settings: DrawingSettings,
  directory: string,
  onProgress?: (progress: Progress) => void,
): Promise<E.Either<Fault, Made>> => {
  const wrong = outOfRange(settings);
  if (wrong !== undefined) return E.left(failed(wrong));
  const ordered: DrawingSettings = {
    seed: settings.seed,
    classes: settings.classes,
    imagesPerClass: settings.imagesPerClass,
    size: settings.size,
  };
  const paths = pathsOf(ordered);
  const state = E.tryCatch(
    () => stateOf(directory, ordered, paths),
    (thrown) => failed(`${directory}: cannot be read: ${inWords(thrown, "reading")}`),
  );
  if (E.isLeft(state)) return state;
  const made = { directory, classes: ordered.classes, images: paths.length };
  if (state.right === "complete") return E.right({ ...made, drawn: 0 });
  if (state.right === "foreign")
    return E.left(failed(`${directory}: holds files that are not of this data set: choose an empty or new folder`));
  if (state.right === "other settings")
    return E.left(
      failed(`${directory}: holds a generated data set made with other settings or by another version: remove it or choose another folder`),
    );
  const failures = await performAll<DrawingJob, string | undefined>({
    worker: "datasets/generated/drawWorker",
    jobs: paths.map((_, index) => ({
      directory,
      settings: ordered,
      classNumber: Math.floor(index / ordered.imagesPerClass),
      imageNumber: index % ordered.imagesPerClass,
    })),
    perform: drawFile,
    lost: (_, reason) => reason,
    onProgress,
  });
  const unwritten = [...new Set(failures.filter((failure) => failure !== undefined))];
  if (unwritten.length > 0)
    return E.left(
      failed(`${directory}: the data set could not be written; what is there is completed by the next run:${listed(unwritten, 3)}`),
    );
  const manifest = JSON.stringify({ madeBy: "mdr", version, settings: ordered }, undefined, 2);
  return E.map((): Made => ({ ...made, drawn: paths.length }))(writeWhole(join(directory, manifestName), [Buffer.from(`${manifest}\n`)]));
};

/**
 * Draws the data set into `directory`, in worker threads; done at once where it is complete already. The same settings give the
 * same bytes on every machine. A partial one is made whole; a folder with anything else in it is left alone.
 */
export const makeDataset =
  (settings: DrawingSettings, directory: string, onProgress?: (progress: Progress) => void): TE.TaskEither<Fault, Made> =>
  () =>
    make(settings, directory, onProgress);
