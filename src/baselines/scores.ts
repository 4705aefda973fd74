/** The baselines scored on the pictures that a network is scored on, by the same rules. */
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { chanceScores, type LoneRule } from "../evaluate/index.js";
import type { Fault } from "../faults/index.js";
import type { EvaluatedSource, Unseen } from "../store/index.js";
import type { Tensor } from "../tensor/index.js";
import type { Embedded, Score, Scores } from "../train/index.js";
import { type Baseline, baselines, featuresOf } from "./features.js";

export type BaselineName = keyof typeof baselines | "chance";
export type BaselineScores = Readonly<Record<BaselineName, Scores>>;

/** What people are told that they are. */
export const baselineTitles: Readonly<Record<BaselineName, string>> = {
  pixels: baselines.pixels.title,
  histogram: baselines.histogram.title,
  chance: "chance",
};

/** Pictures read at once. */
const together = 256;

/** The features of all pictures of a source [N, D]; each is read once more from the store, and decoded by none. */
const featuresFrom = (baseline: Baseline, { count, side, squares }: EvaluatedSource): TE.TaskEither<Fault, Tensor> =>
  pipe(
    Array.from({ length: Math.ceil(count / together) }, (_, part) =>
      Array.from({ length: Math.min(together, count - part * together) }, (__, index) => part * together + index),
    ),
    TE.traverseSeqArray((indices) =>
      pipe(
        squares(indices),
        TE.map((pixels) => featuresOf(baseline, pixels, side)),
      ),
    ),
    TE.map((parts): Tensor => {
      const [first] = parts;
      const width = first?.shape[1] ?? 0;
      const data = new Float64Array(count * width);
      parts.forEach((part, index) => {
        data.set(Float64Array.from(part.data), index * together * width);
      });
      return { shape: [count, width], data };
    }),
  );

const featured = (baseline: Baseline, source: EvaluatedSource): TE.TaskEither<Fault, Embedded> =>
  pipe(
    featuresFrom(baseline, source),
    TE.map((embeddings) => ({ embeddings, labels: source.labels })),
  );

/** Scores of what has learned nothing, on these pictures. */
export const baselineScores = (
  { query, gallery }: Pick<Unseen, "query" | "gallery">,
  score: Score,
  { ranks, lone }: { readonly ranks: readonly number[]; readonly lone: LoneRule },
): TE.TaskEither<Fault, BaselineScores> => {
  const scored = (baseline: Baseline): TE.TaskEither<Fault, Scores> =>
    pipe(
      TE.Do,
      TE.bind("queries", () => featured(baseline, query)),
      TE.bind("others", () => (gallery === undefined ? TE.right(undefined) : featured(baseline, gallery))),
      TE.map(({ queries, others }) => score(queries, others)),
    );
  return pipe(
    TE.Do,
    TE.bind("pixels", () => scored(baselines.pixels)),
    TE.bind("histogram", () => scored(baselines.histogram)),
    TE.let("chance", () => chanceScores(query.labels, ranks, { gallery: gallery?.labels, lone })),
  );
};
