/** Pages about runs: what their folders hold, and what embeddings of their pictures show, gathered and written. */
import { existsSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { notFinite } from "../evaluate/index.js";
import type { Fault } from "../faults/index.js";
import { readText, writeWhole } from "../files/index.js";
import { type Looked, lookedAt, pageOf, type Report, reportOf, type Story, storyOf, type Thumb, thumbsOf } from "../report/index.js";
import {
  cardFile,
  type FoundCheckpoint,
  folderOf,
  isOurCard,
  loadCheckpoint,
  readMetrics,
  readResults,
  reportFile,
  resultsFile,
  type Settings,
  shownRanks,
} from "../runs/index.js";
import type { Unseen } from "../store/index.js";
import type { Embedded, Evaluation } from "../train/index.js";
import { inFlags } from "./finish.js";
import { thumbnailsOf } from "./thumbnails.js";

/** What a page shows of a run's pictures. */
export interface Shown {
  readonly looked: Looked;
  readonly thumbs: readonly Thumb[];
}

type Pictures = Pick<Unseen, "query" | "gallery" | "classes">;

/** Looks at what a network makes of these pictures. */
export const shownOf = (
  settings: Pick<Settings, "recall" | "lone">,
  pictures: Pictures,
  { queries, gallery }: Evaluation,
): TE.TaskEither<Fault, Shown> => {
  const refused = notFinite(queries.embeddings) ?? (gallery === undefined ? undefined : notFinite(gallery.embeddings));
  if (refused !== undefined) return TE.left(refused);
  const side = (embedded: Embedded, source: Pictures["query"] | undefined) => ({ ...embedded, files: source?.files ?? [] });
  const looked = lookedAt({
    queries: side(queries, pictures.query),
    gallery: gallery === undefined ? undefined : side(gallery, pictures.gallery),
    classes: pictures.classes,
    ranks: shownRanks(settings),
    lone: settings.lone,
  });
  return pipe(
    thumbnailsOf(looked, pictures),
    TE.map((thumbs) => ({ looked, thumbs })),
  );
};

/** A run for a page. */
export interface Gathered {
  readonly story: Story;
  readonly thumbs: readonly Thumb[];
}

/** What a run's folder says, with what its pictures showed, or why they show nothing. */
export const gathered = (name: string, checkpoint: FoundCheckpoint, shown: E.Either<Fault, Shown>): Gathered => {
  const folder = folderOf(checkpoint);
  const metrics = readMetrics(folder);
  const results = readResults(folder);
  const card = isOurCard(folder) ? readText(cardFile(folder)) : E.left(undefined);
  const { record } = checkpoint;
  const ended = E.isRight(results) && results.right.run === record.run;
  const { looked, thumbs } = E.isRight(shown) ? shown.right : { looked: undefined, thumbs: [] };
  return {
    story: storyOf({
      name,
      lines: metrics.lines,
      record,
      results: ended ? results.right : undefined,
      card: E.isRight(card) ? card.right : undefined,
      remarks: [
        ...(ended
          ? []
          : [
              existsSync(resultsFile(folder)) ? "results.json is damaged, or of another run" : `the run has not ended: step ${record.step}`,
            ]),
        ...metrics.problems.map((problem) => `metrics.jsonl: ${problem}`),
        ...(E.isRight(shown) ? [] : [`its pictures are not shown: ${inFlags(shown.left)}`]),
      ],
      looked,
    }),
    thumbs,
  };
};

export interface Page {
  readonly report: Report;
  readonly html: string;
}

export const pageFrom = (runs: readonly Gathered[]): Page => {
  const report = reportOf(runs.map(({ story }) => story));
  return { report, html: pageOf(report, thumbsOf(runs.map(({ thumbs }) => thumbs))) };
};

/** `report.html` of a run that is at its end, of the embeddings that its last epoch was scored by. */
export const writeRunPage = (settings: Settings, pictures: Pictures, evaluation: Evaluation): TE.TaskEither<Fault, string> =>
  pipe(
    TE.fromEither(loadCheckpoint(settings.out)),
    TE.bindTo("checkpoint"),
    TE.bind("shown", (): TE.TaskEither<Fault, E.Either<Fault, Shown>> => TE.fromTask(shownOf(settings, pictures, evaluation))),
    TE.chainEitherK(({ checkpoint, shown }) =>
      writeWhole(reportFile(settings.out), pageFrom([gathered(settings.out, checkpoint, shown)]).html),
    ),
  );
