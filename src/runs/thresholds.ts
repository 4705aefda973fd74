/**
 * A run's thresholds, `thresholds.json`: what distances mean by the embeddings of its last and its best epoch, on the pictures that it was
 * judged by. Runs from before there were any have none until they are asked for.
 */
import { existsSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { z } from "zod";
import { type Rows, type ThresholdOptions, thresholdsOf } from "../evaluate/index.js";
import { type Fault, failed } from "../faults/index.js";
import { type RecordKind, readRecord, recordText, writeWhole } from "../files/index.js";
import { axisLength, type Tensor } from "../tensor/index.js";
import { type Embedded, seenSample } from "../train/index.js";
import { thresholdsFile } from "./names.js";

const thresholdSchema = z.object({
  rate: z.number().min(0).lt(1),
  distance: z.number().min(0),
  falseMatches: z.int().min(0),
  matches: z.int().min(0),
});

const calibratedSchema = z.object({
  /** Of the checkpoint whose network made the embeddings. */
  epoch: z.int().min(0),
  step: z.int().min(0),
  /** What the pictures are: "unseen classes", "held-out classes" or "other pictures". */
  tested: z.string(),
  pictures: z.int().min(0),
  /** Of how many pictures these are. */
  of: z.int().min(0),
  same: z.number().min(0),
  different: z.number().min(0),
  thresholds: z.array(thresholdSchema).readonly(),
});

/** Thresholds, and what they rest on. */
export type Calibrated = Readonly<z.infer<typeof calibratedSchema>>;

/** `thresholds.json`. */
export interface RunThresholds {
  readonly run: string;
  readonly calibrated: readonly Calibrated[];
}

/** The record of a run's thresholds. */
export const thresholdsRecord: RecordKind<RunThresholds> = {
  name: "a run's thresholds",
  schema: z.object({ run: z.string(), calibrated: z.array(calibratedSchema) }),
  migrations: [],
};

/** What a run was judged by: queries, and a gallery where they have one of their own. */
export interface JudgedEmbeddings {
  readonly queries: Embedded;
  readonly gallery?: Embedded | undefined;
}

/** More pictures than this are represented by whole classes of them: pairs grow with the square. */
export const mostCalibrated = 16_384;

const rowsAt = ({ embeddings: { shape, data }, labels }: Embedded, rows: readonly number[]): Rows => {
  const width = axisLength(shape, 1);
  const chosen = new Float64Array(rows.length * width);
  rows.forEach((row, place) => {
    for (let k = 0; k < width; k++) chosen[place * width + k] = data[row * width + k] as number;
  });
  const embeddings: Tensor = { shape: [rows.length, width], data: chosen };
  return { embeddings, labels: rows.map((row) => labels[row] ?? 0) };
};

/** Whole classes, spread evenly over all, where there are more than `most` pictures. */
const sampled = ({ queries, gallery }: JudgedEmbeddings, most: number): { readonly queries: Rows; readonly gallery?: Rows | undefined } => {
  if (queries.labels.length <= most && (gallery?.labels.length ?? 0) <= most) return { queries, gallery };
  const chosen = seenSample(
    queries.labels,
    Math.floor((most * queries.labels.length) / Math.max(queries.labels.length, gallery?.labels.length ?? 0)),
  );
  const classes = new Set(chosen.map((row) => queries.labels[row]));
  const among = gallery?.labels.flatMap((label, row) => (classes.has(label) ? [row] : [])) ?? [];
  return { queries: rowsAt(queries, chosen), gallery: gallery === undefined ? undefined : rowsAt(gallery, among) };
};

/** Thresholds by what a network made of the pictures that a run is judged by. */
export const calibratedOn = (
  judged: JudgedEmbeddings,
  about: Pick<Calibrated, "epoch" | "step" | "tested">,
  { most = mostCalibrated, ...options }: Pick<ThresholdOptions, "rates" | "onProgress"> & { readonly most?: number } = {},
): E.Either<Fault, Calibrated> => {
  const { queries, gallery } = sampled(judged, most);
  return pipe(
    thresholdsOf(queries, { ...options, gallery }),
    E.map(({ same, different, thresholds }) => ({
      ...about,
      pictures: queries.labels.length,
      of: judged.queries.labels.length,
      same,
      different,
      thresholds,
    })),
  );
};

/** Those of a run's folder; none where it has no such file. */
export const readThresholds = (folder: string): E.Either<Fault, readonly Calibrated[]> =>
  existsSync(thresholdsFile(folder))
    ? pipe(
        readRecord(thresholdsFile(folder), thresholdsRecord),
        E.map(({ calibrated }) => calibrated),
      )
    : E.right([]);

/** Puts them into the folder of the run, in the place of those of the same step. What cannot be read there is replaced. */
export const addThresholds = (folder: string, run: string, calibrated: readonly Calibrated[]): E.Either<Fault, readonly Calibrated[]> => {
  const found = existsSync(thresholdsFile(folder)) ? readRecord(thresholdsFile(folder), thresholdsRecord) : undefined;
  const before = found !== undefined && E.isRight(found) && found.right.run === run ? found.right.calibrated : [];
  const kept = before.filter(({ step }) => calibrated.every((one) => one.step !== step));
  const all = [...kept, ...calibrated].toSorted((a, b) => a.step - b.step);
  return pipe(
    writeWhole(thresholdsFile(folder), recordText({ run, calibrated: all }, thresholdsRecord)),
    E.map(() => all),
  );
};

/** Those of a checkpoint's own network: distances of another epoch mean something else. Left says how to come by them. */
export const thresholdsFor = (folder: string, path: string, step: number): E.Either<Fault, Calibrated> =>
  pipe(
    readThresholds(folder),
    E.chain((all) =>
      E.fromNullable(
        failed("has no thresholds of its distances", { where: path, remedy: `have them found by \`mdr eval {thresholds} ${path}\`` }),
      )(all.find((one) => one.step === step)),
    ),
  );
