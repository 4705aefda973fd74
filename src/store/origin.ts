/** Where examples come from: the pictures of a data set, or vectors made of pictures. Who trains and evaluates need not know which. */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type DatasetChoice, type Description, describeDataset, heldOutWhere } from "../datasets/index.js";
import type { Fault } from "../faults/index.js";
import { readBytes } from "../files/index.js";
import { type EvaluatedSource, everythingOf, type Opened, type Sources, sourcesOf, type Unseen, unseenOf, type Without } from "./opened.js";
import { contentHash } from "./ready.js";
import { openDescribed, openEverything, openUnseenDescribed, type TrainingSettings } from "./sources.js";
import type { OpenOptions, ViewSettings } from "./stored.js";
import { hashOfVector, readVectors, storedVectors, type VectorChoice, vectorSeeing } from "./vectors.js";

type Open<A> = (options: OpenOptions) => TE.TaskEither<Fault, A>;

/** A data set, before it is decided what of it is opened. */
export interface ExampleOrigin {
  readonly description: Description;
  /** The content behind a path of the description, for whoever looks for what has moved. */
  readonly hashOf: (path: string) => string | undefined;
  /** What trains and what tests, as a description of these examples divides them. */
  readonly sources: (division: Description, settings: TrainingSettings) => Open<Sources>;
  readonly unseen: (division: Description, settings: ViewSettings, without: Without) => Open<Unseen>;
  readonly everything: (settings: ViewSettings) => Open<EvaluatedSource & Opened>;
}

/** The settings that say which examples. */
export interface OriginSettings extends DatasetChoice, VectorChoice {
  /** Of the vectors that a network takes; undefined where there is none yet. */
  readonly featureWidth?: number | undefined;
}

type AllSettings = OriginSettings & Readonly<Record<string, unknown>>;

const pictures = (settings: AllSettings): E.Either<Fault, ExampleOrigin> =>
  pipe(
    describeDataset(settings),
    E.map((description) => ({
      description,
      hashOf: (path) => {
        const bytes = readBytes(join(description.root, path));
        return E.isLeft(bytes) ? undefined : contentHash(bytes.right);
      },
      sources: (division, own) => (options) => openDescribed(division, own, options),
      unseen: (division, own, without) => (options) => openUnseenDescribed(division, own, options, without),
      everything: (own) => (options) => openEverything(description, own, options),
    })),
  );

const vectors = (settings: AllSettings): E.Either<Fault, ExampleOrigin> =>
  pipe(
    readVectors(settings),
    E.bindTo("read"),
    E.bind("description", ({ read }) => heldOutWhere(settings)(read.description)),
    E.map(({ read, description }) => {
      const stored = (division: Description, { strict = false }: ViewSettings) =>
        storedVectors(read, division, { strict, featureWidth: settings.featureWidth });
      return {
        description,
        hashOf: hashOfVector(read),
        sources: (division, own) => () =>
          pipe(
            stored(division, own),
            E.chain((found) => sourcesOf(found, own, vectorSeeing(found))),
            E.map((sources) => ({ ...sources, drawn: { ...sources.drawn, featureWidth: read.matrix.columns } })),
            TE.fromEither,
          ),
        unseen: (division, own, without) => () =>
          pipe(
            stored(division, own),
            E.chain((found) => unseenOf(found, vectorSeeing(found), without)),
            TE.fromEither,
          ),
        everything: (own) => () =>
          pipe(
            stored(description, own),
            E.map((found) => everythingOf(found, vectorSeeing(found))),
            TE.fromEither,
          ),
      };
    }),
  );

/** The examples that the settings name. */
export const originOf = (settings: AllSettings): E.Either<Fault, ExampleOrigin> =>
  settings.features === "" ? pictures(settings) : vectors(settings);

/** What opening needs to know to train; a kind of data set, or vectors, find their own settings among these. */
export interface SourceSettings extends TrainingSettings, DatasetChoice, Partial<VectorChoice> {}

/** What trains and what tests of the examples that the settings name. */
export const openSources = (settings: SourceSettings, options: OpenOptions = {}): TE.TaskEither<Fault, Sources> =>
  pipe(
    TE.fromEither(originOf({ features: "", labels: "", ...settings })),
    TE.chain((origin) => origin.sources(origin.description, settings)(options)),
  );
