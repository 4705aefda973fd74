// Pictures that are numbers in memory: what a run trains on where no file is wanted.
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { GivenBatch, PictureSource, TrainingSource } from "../src/pictures/index.js";
import type { Random } from "../src/random/index.js";
import { axisLength, sizeOf, type Tensor } from "../src/tensor/index.js";

/** Some pictures of [n, H, W, C], in this order. */
export const picked = ({ shape, data }: Tensor, indices: readonly number[]): Tensor => {
  const size = sizeOf(shape.slice(1));
  const values = Float64Array.from({ length: indices.length * size }, (_, flat) =>
    Number(data[(indices[Math.floor(flat / size)] ?? 0) * size + (flat % size)]),
  );
  return { shape: [indices.length, ...shape.slice(1)], data: values };
};

export const sourceOf = (images: Tensor, labels: readonly number[]): PictureSource => ({
  count: axisLength(images.shape, 0),
  labels,
  plain: (indices) => TE.right(picked(images, indices)),
});

/** `given(random, step)` says what each step is given. */
export const trainingSourceOf = (source: PictureSource, given: (random: Random, step: number) => GivenBatch): TrainingSource => ({
  ...source,
  batches: async function* (random, first) {
    for (let step = first; ; step++) yield E.right(given(random, step));
  },
});
