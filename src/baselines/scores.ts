/** The baselines scored on the pictures that a network is scored on, by the same rules. */
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { chanceScores, type LoneRule } from "../evaluate/index.js";
import { type Fault, failed } from "../faults/index.js";
import type { EvaluatedSource, Squares, Unseen } from "../store/index.js";
import type { Tensor } from "../tensor/index.js";
import type { Embedded, Score, Scores } from "../train/index.js";
import { type Baseline, baselines, featuresOf } from "./features.js";

/** What embeddings are held against: features of pictures, vectors as they were given, chance. */
export type BaselineName = keyof typeof baselines | "frozen" | "chance";
/** Of vectors the vectors themselves, of pictures what their pixels and colours say. */
export type BaselineScores = Readonly<Partial<Record<BaselineName, Scores>>>;

/** What people are told that they are. */
export const baselineTitles: Readonly<Record<BaselineName, string>> = {
  pixels: baselines.pixels.title,
  histogram: baselines.histogram.title,
  frozen: "vectors as given",
  chance: "chance",
};

/** Pictures read at once. */
const together = 256;

/** The features of all pictures of a source [N, D]; each is read once more from the store, and decoded by none. */
const featuresFrom = (baseline: Baseline, count: number, { side, squares }: Squares): TE.TaskEither<Fault, Tensor> =>
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

type Featured = (source: EvaluatedSource) => TE.TaskEither<Fault, Embedded>;

const labelled = ({ labels }: EvaluatedSource): ((features: TE.TaskEither<Fault, Tensor>) => TE.TaskEither<Fault, Embedded>) =>
  TE.map((embeddings) => ({ embeddings, labels }));

/** What a picture is by its stored square. */
const byPixels =
  (baseline: Baseline): Featured =>
  (source) =>
    source.kept.kind === "squares"
      ? labelled(source)(featuresFrom(baseline, source.count, source.kept))
      : TE.left(failed(`${baseline.title} are of pictures, and these are vectors`));

/** What a vector is without a network. */
const asGiven: Featured = (source) => labelled(source)(source.plain(Array.from({ length: source.count }, (_, index) => index)));

/** Scores of what has learned nothing, on these pictures. */
export const baselineScores = (
  { query, gallery }: Pick<Unseen, "query" | "gallery">,
  score: Score,
  { ranks, lone }: { readonly ranks: readonly number[]; readonly lone: LoneRule },
): TE.TaskEither<Fault, BaselineScores> => {
  const scored = (featured: Featured): TE.TaskEither<Fault, Scores> =>
    pipe(
      TE.Do,
      TE.bind("queries", () => featured(query)),
      TE.bind("others", () => (gallery === undefined ? TE.right(undefined) : featured(gallery))),
      TE.chain(({ queries, others }) => score(queries, others)),
    );
  const chance = chanceScores(query.labels, ranks, { gallery: gallery?.labels, lone });
  if (query.kept.kind === "vectors")
    return pipe(
      scored(asGiven),
      TE.map((frozen) => ({ frozen, chance })),
    );
  return pipe(
    TE.Do,
    TE.bind("pixels", () => scored(byPixels(baselines.pixels))),
    TE.bind("histogram", () => scored(byPixels(baselines.histogram))),
    TE.let("chance", () => chance),
  );
};
