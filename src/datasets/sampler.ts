/**
 * The m-per-class batch sampler: classes in random order, up to m images of each without replacement, until the batch is
 * full; cut to size.
 */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed } from "../faults/index.js";
import { type Random, shuffled } from "../random/index.js";

/** What a batch is made of. */
export interface SamplerSettings {
  /** Images of a batch, N. */
  readonly batchSize: number;
  /** Most images of one class in a batch, m. */
  readonly imagesPerClass: number;
}

/** Image numbers of the next batch, and the random state after drawing it. */
export type Sampler = (random: Random) => readonly [indices: readonly number[], next: Random];

const isWhole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least;

/**
 * A sampler over `members`: the image numbers of each training class. Classes of one image cannot form a positive pair and
 * are never drawn. The cut to size may leave the last class of a batch with fewer than m images, even one.
 * Errors: settings out of range, or too few images for one batch.
 */
export const classBalancedSampler = (members: readonly (readonly number[])[], settings: SamplerSettings): E.Either<Fault, Sampler> => {
  const { batchSize, imagesPerClass } = settings;
  if (!isWhole(imagesPerClass, 2))
    return E.left(failed(`images per class is ${imagesPerClass}: use a whole number, 2 or more, so that a class has a positive pair`));
  if (!isWhole(batchSize, 2)) return E.left(failed(`batch size is ${batchSize}: use a whole number, 2 or more`));
  const classes = members.filter((images) => images.length >= 2);
  const available = classes.reduce((sum, images) => sum + Math.min(images.length, imagesPerClass), 0);
  if (classes.length < 2)
    return E.left(failed(`${classes.length} training class(es) with two images or more: at least two are needed to form triplets`));
  if (available < batchSize)
    return E.left(
      failed(
        `a batch of ${batchSize} with up to ${imagesPerClass} images a class needs more than these ${classes.length} classes give (${available}): use a batch size of ${available} or less, or more images per class`,
      ),
    );
  if (batchSize <= imagesPerClass)
    return E.left(
      failed(
        `a batch of ${batchSize} with ${imagesPerClass} images a class may hold a single class, and so no negative pair: use a batch size above ${imagesPerClass}`,
      ),
    );
  return E.right((random) => {
    const [order, afterOrder] = shuffled(classes, random);
    const indices: number[] = [];
    let state = afterOrder;
    for (const images of order) {
      if (indices.length >= batchSize) break;
      const [drawn, next] = shuffled(images, state);
      indices.push(...drawn.slice(0, imagesPerClass));
      state = next;
    }
    return [indices.slice(0, batchSize), state];
  });
};
