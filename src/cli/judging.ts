/** The pictures that a checkpoint is judged by: those of its run that did not train, the test half of other data, or all. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type EvaluatedPart, partIn } from "../datasets/index.js";
import { type Fault, misused } from "../faults/index.js";
import { howManyTrained, type JudgedData, judgedData, type Known, knownOf, type Settings, selected } from "../runs/index.js";
import { type ExampleOrigin, originOf, type Unseen, type Without } from "../store/index.js";
import { note, opening, type Speech, viewed } from "./session.js";
import type { Flags, Taken } from "./taken.js";

/** Queries, a gallery where they have one of their own, and how many of their classes trained. */
export interface Judging extends Pick<Unseen, "query" | "gallery" | "classes" | "leftOut" | "close"> {
  readonly trained: number;
  readonly part: EvaluatedPart;
  /** Whether these are other data than the run had. */
  readonly foreign: boolean;
}

/** Every class of the data, whether it trained or not. */
const everything = (settings: Settings, known: Known, speech: Speech): TE.TaskEither<Fault, Judging> =>
  pipe(
    TE.fromEither(originOf({ ...settings, validate: false })),
    TE.chain((origin) => opening(origin.everything(viewed(settings)), speech)),
    TE.map((all) => ({
      query: all,
      trained: howManyTrained(known, all.names),
      part: "test",
      foreign: true,
      classes: all.classes,
      leftOut: all.leftOut,
      close: all.close,
    })),
  );

const ownDivision = ({ trainShare }: Flags, own: boolean): E.Either<Fault, void> =>
  own && trainShare !== undefined
    ? E.left(
        misused("the run has its own division into classes that train and classes that test: it cannot be made anew", {
          where: "{trainShare}",
          remedy: "leave it out, or judge by every class with {all}",
        }),
      )
    : E.right(undefined);

/** Data to judge by, and which part of it. */
interface Chosen extends JudgedData {
  readonly part: EvaluatedPart;
  readonly origin: ExampleOrigin;
}

/**
 * By the run's own division where these are its data. The test set of a run that held out others to validate by has no part in that
 * division: it is what the data set says, without what trained. Other data are judged by what of them tests.
 */
const chosen = (settings: Settings, known: Known, asked: EvaluatedPart | undefined): E.Either<Fault, Chosen> => {
  const tests = (): E.Either<Fault, Chosen> =>
    pipe(
      originOf({ ...settings, validate: false }),
      E.map((origin) => ({ origin, description: origin.description, notes: [], own: false, part: "test" })),
    );
  if (settings.validate && asked === "test") return tests();
  return pipe(
    originOf({ ...settings }),
    E.map(
      (origin): Chosen => ({
        ...judgedData(known, origin.description, origin.hashOf),
        part: settings.validate ? "validation" : "test",
        origin,
      }),
    ),
    E.chain((judged) => (judged.own || judged.part === asked || known.recorded === undefined ? E.right(judged) : tests())),
  );
};

const askedFor = ({ part }: Flags, { validate }: Settings): E.Either<Fault, EvaluatedPart | undefined> =>
  typeof part === "string" ? partIn(part, validate) : E.right(undefined);

/** What did not train. */
const unseen = (settings: Settings, known: Known, flags: Flags, speech: Speech): TE.TaskEither<Fault, Judging> =>
  pipe(
    TE.fromEither(askedFor(flags, settings)),
    TE.chainEitherK((asked) => chosen(settings, known, asked)),
    TE.chainFirst(({ own }) => TE.fromEither(ownDivision(flags, own))),
    TE.chain(({ origin, description, notes, own, part }) => {
      note(notes);
      const without: Without = (recorded) =>
        pipe(
          selected(known, own, recorded),
          E.map(({ leftOut, notes: more }) => {
            note(more);
            return leftOut;
          }),
        );
      return pipe(
        opening(origin.unseen(description, viewed(settings), without), speech),
        TE.bindTo("sources"),
        TE.bind("selection", ({ sources }) => TE.fromEither(selected(known, own, sources.recorded))),
        TE.map(({ sources, selection }) => ({
          ...sources,
          part,
          foreign: !own && known.recorded !== undefined && !settings.validate,
          trained: selection.trained.length,
        })),
      );
    }),
  );

/** The pictures that a checkpoint is judged by; what has changed of them, and what is left out, is said. */
export const judgingPictures = ({ settings, checkpoint }: Taken, flags: Flags, speech: Speech): TE.TaskEither<Fault, Judging> =>
  pipe(
    TE.fromEither(knownOf(checkpoint)),
    TE.chain((known) => (flags.all === true ? everything(settings, known, speech) : unseen(settings, known, flags, speech))),
  );
