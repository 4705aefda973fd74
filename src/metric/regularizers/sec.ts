/**
 * The spherical embedding constraint (Zhang, Li and Zhang, NeurIPS 2020): weight times the mean of (|e_i| - mu)^2, which
 * draws the embeddings before the head to one sphere. mu is the batch's mean length or, with a momentum, its running mean;
 * a constant for the gradient either way, as in the published code (without momentum it makes no difference).
 */
import { z } from "zod";
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength, type Named, named } from "../../tensor/index.js";
import type { Batch, Judged } from "../criterion.js";
import { lengths } from "../lengths.js";
import { describeRegularizer } from "./regularizer.js";

/** 0 until the first batch. */
const unseen = { shape: [], initialisation: { kind: "constant", value: 0 } } as const;

export const regularizer = describeRegularizer({
  about: "draws embeddings to one length",
  settings: {
    secWeight: z.number().min(0).default(1).describe("weight of the spherical embedding constraint"),
    secMomentum: z.number().min(0).lt(1).default(0).describe("share of the mean length that it keeps from the batches before"),
  },
  build: ({ secWeight, secMomentum }) => ({
    parameters: {},
    state: { length: unseen, seen: unseen },
    parts: { secLoss: [], meanLength: [] },
    draws: () => ({}),
    forward:
      <T>(k: Kernels<T>) =>
      (_: Named<T>, state: Named<T>, { raw, held }: Batch<T>): Judged<T> => {
        const { add, mean, multiply, not, scale, square, subtract } = algebra(k);
        const [own, pullLengths] = lengths(k)(raw);
        const seen = named(state, "seen");
        const keep = scale(seen, secMomentum);
        const running = add(multiply(keep, named(state, "length")), multiply(not(keep), mean(own)));
        const meanLength = held?.length ?? running;
        const gaps = subtract(own, meanLength);
        const loss = mean(square(gaps));
        const share = 1 / Math.max(1, axisLength(k.shapeOf(raw), 0));
        return {
          loss: scale(loss, secWeight),
          parts: { secLoss: loss, meanLength },
          state: { length: meanLength, seen: k.affine(seen, 0, 1) },
          held: { length: meanLength },
          pull: (gradient) => ({ parameters: {}, raw: pullLengths(scale(multiply(gaps, gradient), 2 * share * secWeight)) }),
        };
      },
  }),
});
