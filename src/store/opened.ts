/** A data set opened: its parts as sources of examples, to train and to evaluate, whatever the examples are. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import {
  type BatchSize,
  classBalancedSampler,
  fittedBatch,
  type LeftOut,
  type Part,
  type Recorded,
  type Sampler,
  type WishedBatch,
} from "../datasets/index.js";
import type { Fault } from "../faults/index.js";
import type { PictureSource, TrainingSource } from "../pictures/index.js";
import type { Squares } from "./batches.js";
import type { Rest } from "./filling.js";
import { type Chosen, type Listed, lacking, loneWarning, membersOf, recordedOf, type Stored, sectionOf, warningsOf } from "./stored.js";

/** Pictures as evaluation takes them, with their paths and classes by name. */
export type NamedSource = PictureSource & Listed;

/** Examples to evaluate: as a network sees them, and as they are kept. Of vectors both are one. */
export type EvaluatedSource = NamedSource & { readonly kept: (Squares & { readonly kind: "squares" }) | { readonly kind: "vectors" } };

/** What is known of a data set once it is open. */
export interface Opened {
  /** What cannot be used, by its path below the data's folder. */
  readonly leftOut: readonly LeftOut[];
  /** All that is left out, in a list that has an end, and what needs attention: settings in braces. */
  readonly warnings: readonly string[];
  /** Every class by its number, of all parts. */
  readonly classes: readonly string[];
  /** Every picture that is used, as a run records it. */
  readonly recorded: Recorded;
  /** Pictures that are decoded while others are used. */
  readonly rest: Rest;
  /** Ends the threads that decode and that prepare batches. They hold no program back from ending. */
  readonly close: () => Promise<void>;
}

/** What a trained network is tried on. */
export interface Unseen extends Opened {
  /** What is looked for on unseen classes. */
  readonly query: EvaluatedSource;
  /** Where it is looked for; undefined where the queries look among each other. */
  readonly gallery?: EvaluatedSource;
}

/** The batches that are drawn, and of vectors their length. */
export interface Drawn extends BatchSize {
  readonly featureWidth?: number;
}

/** What trains, and what it is tried on. */
export interface Sources extends Unseen {
  readonly train: TrainingSource & Listed;
  /** What the data decide of the settings. */
  readonly drawn: Drawn;
}

/** The parts that are not trained on. */
export const testParts: readonly Part[] = ["query", "gallery", "test"];

/** How the examples of a section come to a network. */
export interface Seeing {
  readonly evaluated: (section: Chosen) => EvaluatedSource;
  readonly training: (section: Chosen, sampler: Sampler) => TrainingSource & Listed;
  readonly rest: Rest;
  readonly close: () => Promise<void>;
}

type Seen = Pick<Seeing, "evaluated" | "rest" | "close">;

const openedOf = (stored: Stored, { rest, close }: Seen): Opened => ({
  leftOut: stored.leftOut,
  warnings: warningsOf(stored),
  classes: stored.classes,
  recorded: recordedOf(stored),
  rest,
  close,
});

/** Says of what is opened, once its contents are known, which examples have no part in an evaluation: their paths. */
export type Without = (recorded: Recorded) => E.Either<Fault, ReadonlySet<string>>;

/** Leaves nothing out. */
export const withoutNone: Without = () => E.right(new Set());

/** What a network is tried on. Errors: nothing is left to look for. */
export const unseenOf = (stored: Stored, seeing: Seen, without = withoutNone): E.Either<Fault, Unseen> =>
  pipe(
    without(recordedOf(stored)),
    E.map((out) => ({ query: sectionOf(stored, ["query", "test"], out), gallery: sectionOf(stored, ["gallery"], out) })),
    E.tap(({ query }) => lacking(stored, { query })),
    E.map(({ query, gallery }) => {
      const opened = openedOf(stored, seeing);
      return {
        ...opened,
        query: seeing.evaluated(query),
        ...(gallery.pictures.length === 0 ? {} : { gallery: seeing.evaluated(gallery) }),
        warnings: [...opened.warnings, ...(stored.description.partWarnings ?? []), ...loneWarning(query, gallery)],
      };
    }),
  );

/** What trains, and what the network is tried on. Errors: a part without an example, and a batch that the classes do not fill. */
export const sourcesOf = (stored: Stored, wished: WishedBatch, seeing: Seeing): E.Either<Fault, Sources> =>
  pipe(
    E.Do,
    E.let("train", () => sectionOf(stored, ["train"])),
    E.tap(({ train }) => lacking(stored, { train, query: sectionOf(stored, ["query", "test"]) })),
    E.let("members", ({ train }) => membersOf(stored, train)),
    E.bind("fitted", ({ members }) => fittedBatch(members, wished)),
    E.bind("sampler", ({ members, fitted }) => classBalancedSampler(members, { batchSize: fitted.batch, imagesPerClass: fitted.perClass })),
    E.bind("unseen", () => unseenOf(stored, seeing)),
    E.map(({ train, fitted: { note, ...drawn }, sampler, unseen }) => ({
      ...unseen,
      train: seeing.training(train, sampler),
      drawn,
      warnings: [...unseen.warnings, ...(note === undefined ? [] : [note])],
    })),
  );

/** Every example alike, whatever its part. */
export const everythingOf = (stored: Stored, seeing: Seen): EvaluatedSource & Opened => ({
  ...seeing.evaluated(sectionOf(stored, ["train", ...testParts])),
  ...openedOf(stored, seeing),
});
