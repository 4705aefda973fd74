/** What a run's files say: its identity, its data, its progress and its results, each with its version and its seal. */
import { z } from "zod";
import { type LeftOut, leftOutSchema, type Recorded, recordedRows, recordedSchema } from "../datasets/index.js";
import type { RecordKind } from "../files/index.js";
import type { RunResult, Scores } from "../train/index.js";
import type { Settings } from "./settings.js";
import { migrations, type RecordOf } from "./tensorsFile.js";

export { type RecordOf, recordVersion } from "./tensorsFile.js";

/** A number, where JSON has `null` for what is none. */
const number = z.union([z.number(), z.null().transform(() => Number.NaN)]);

const scoresSchema: z.ZodType<Scores> = z.record(z.string(), number);

/** What happened until a checkpoint, besides its tensors. */
export type RunRecord = RecordOf<Settings>;

/** The settings are checked by their own table. */
export type RawRecord = RecordOf<Readonly<Record<string, unknown>>>;

const recordFields = {
  run: z.string(),
  settings: z.record(z.string(), z.unknown()),
  epoch: z.int().min(0),
  step: z.int().min(0),
  history: z.array(scoresSchema),
  engine: z.string(),
  seconds: number,
  trained: z.object({ images: number, milliseconds: number }),
  data: z.string(),
  classes: z.array(z.string()),
};

/** The first version that has identities and seals. */
export const sealedFrom = 3;

/** Within the tensors' file. */
export const runRecord: RecordKind<RawRecord> = { name: "a run's record", schema: z.object(recordFields), migrations, sealedFrom };

/** `last.json` and its like: the record, for people, and the name of the tensors' file. */
export const namedRecord: RecordKind<RawRecord & { readonly tensors: string }> = {
  name: "a run's record",
  schema: z.object({ tensors: z.string(), ...recordFields }),
  migrations,
  sealedFrom,
};

/** `run.json`: who the folder belongs to, and the pictures of the run. */
export interface RunIdentity {
  readonly run: string;
  readonly begun: string;
  /** Of pictures that are no files there is nothing to record. */
  readonly data: Recorded | null;
}

/** The record of what a run is. */
export const identityRecord: RecordKind<RunIdentity> = {
  name: "a run's identity",
  schema: z.object({ run: z.string(), begun: z.string(), data: recordedSchema.nullable() }),
  migrations: [],
};

/** As `identityRecord` reads it. */
export const identityRows = ({ data, ...identity }: RunIdentity) => ({ ...identity, data: data === null ? null : recordedRows(data) });

/** `results.json`: final and best epoch, each under its name. */
export interface RunResults {
  readonly run: string;
  readonly method: string;
  readonly before: Scores;
  readonly final: Scores;
  readonly best: Scores;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Pictures that could not be used. */
  readonly leftOut: readonly LeftOut[];
  /** What the scores are of. */
  readonly tested: string;
  /** How many pictures are looked for, and how many of them have nothing to be found. */
  readonly queries: number;
  readonly lone: number;
  readonly loneRule: string;
  /** What something that has not learned scores, by its name. */
  readonly baselines?: Readonly<Record<string, Scores>> | undefined;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The record of a run's results. */
export const resultsRecord: RecordKind<RunResults> = {
  name: "a run's results",
  schema: z.object({
    run: z.string(),
    method: z.string(),
    before: scoresSchema,
    final: scoresSchema,
    best: scoresSchema,
    seconds: number,
    imagesPerSecond: number,
    leftOut: z.array(leftOutSchema),
    tested: z.string(),
    queries: z.int(),
    lone: z.int(),
    loneRule: z.string(),
    baselines: z.record(z.string(), scoresSchema).optional(),
    settings: z.record(z.string(), z.unknown()),
  }),
  migrations: [(first) => ({ ...first, run: "", leftOut: [], tested: "unseen classes", queries: 0, lone: 0, loneRule: "miss" })],
  sealedFrom: 1,
};

/** A finished run's results, as they are recorded. */
export const resultsOf = (
  run: string,
  method: string,
  settings: Settings,
  result: RunResult,
  judged: Pick<RunResults, "leftOut" | "tested" | "queries" | "lone" | "loneRule">,
): RunResults => ({
  run,
  method,
  before: result.before,
  final: { epoch: result.epochs, ...result.final },
  best: { epoch: result.bestEpoch, ...result.best },
  seconds: result.seconds,
  imagesPerSecond: result.imagesPerSecond,
  leftOut: judged.leftOut,
  tested: judged.tested,
  queries: judged.queries,
  lone: judged.lone,
  loneRule: judged.loneRule,
  settings,
});

/** The result that such a file tells. */
export const resultIn = ({
  before,
  final: { epoch: epochs = 0, ...final },
  best: { epoch: bestEpoch = 0, ...best },
  ...rest
}: RunResults): RunResult => ({
  before,
  final,
  best,
  bestEpoch,
  epochs,
  seconds: rest.seconds,
  imagesPerSecond: rest.imagesPerSecond,
});

/** `results.json` of a demo: what its methods came to, side by side. */
export interface DemoResults {
  readonly methods: Readonly<
    Record<string, Pick<RunResult, "before" | "best" | "bestEpoch" | "imagesPerSecond"> & { readonly after: Scores }>
  >;
  readonly engine: string;
  readonly seconds: number;
}

/** The record of a demo's results. */
export const demoRecord: RecordKind<DemoResults> = {
  name: "the results of `mdr demo`",
  schema: z.object({
    methods: z.record(
      z.string(),
      z.object({ before: scoresSchema, after: scoresSchema, best: scoresSchema, bestEpoch: z.int(), imagesPerSecond: number }),
    ),
    engine: z.string(),
    seconds: number,
  }),
  migrations: [(first) => first],
  sealedFrom: 1,
};
