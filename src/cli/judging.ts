/** The pictures that a checkpoint is judged by: those of its run that did not train, the test half of other data, or all. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, misused } from "../faults/index.js";
import { howManyTrained, judgedData, type Known, knownOf, type Settings, selected } from "../runs/index.js";
import { originOf, type Unseen, type Without } from "../store/index.js";
import { note, opening, type Speech, viewed } from "./session.js";
import type { Flags, Taken } from "./taken.js";

/** Queries, a gallery where they have one of their own, and how many of their classes trained. */
export interface Judging extends Pick<Unseen, "query" | "gallery" | "leftOut" | "close"> {
  readonly trained: number;
}

/** Every class of the data, whether it trained or not. */
const everything = (settings: Settings, known: Known, speech: Speech): TE.TaskEither<Fault, Judging> =>
  pipe(
    TE.fromEither(originOf({ ...settings })),
    TE.chain((origin) => opening(origin.everything(viewed(settings)), speech)),
    TE.map((all) => ({ query: all, trained: howManyTrained(known, all.names), leftOut: all.leftOut, close: all.close })),
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

/** What did not train: by the run's own division where these are its data. */
const unseen = (settings: Settings, known: Known, flags: Flags, speech: Speech): TE.TaskEither<Fault, Judging> =>
  pipe(
    TE.fromEither(originOf({ ...settings })),
    TE.bindTo("origin"),
    TE.let("judged", ({ origin: { description, hashOf } }) => judgedData(known, description, hashOf)),
    TE.chainFirst(({ judged: { own } }) => TE.fromEither(ownDivision(flags, own))),
    TE.chain(({ origin, judged: { description, notes, own } }) => {
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
        TE.map(({ sources, selection }) => ({ ...sources, trained: selection.trained.length })),
      );
    }),
  );

/** The pictures that a checkpoint is judged by; what has changed of them, and what is left out, is said. */
export const judgingPictures = ({ settings, checkpoint }: Taken, flags: Flags, speech: Speech): TE.TaskEither<Fault, Judging> =>
  pipe(
    TE.fromEither(knownOf(checkpoint)),
    TE.chain((known) => (flags.all === true ? everything(settings, known, speech) : unseen(settings, known, flags, speech))),
  );
