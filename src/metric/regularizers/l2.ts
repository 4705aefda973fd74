/** The penalty on the embeddings' length (Sohn 2016, beside the N-pair loss): weight times the mean of |e_i|^2, before the head. */
import { z } from "zod";
import { algebra, type Kernels } from "../../engines/index.js";
import { axisLength, type Named } from "../../tensor/index.js";
import type { Batch, Judged } from "../criterion.js";
import { describeRegularizer } from "./regularizer.js";

export const regularizer = describeRegularizer({
  about: "holds embeddings short",
  settings: { l2Weight: z.number().min(0).default(0.02).describe("weight of the embeddings' squared length") },
  build: ({ l2Weight }) => ({
    parameters: {},
    state: {},
    parts: { squaredLength: [] },
    draws: () => ({}),
    forward:
      <T>(k: Kernels<T>) =>
      (_: Named<T>, state: Named<T>, { raw }: Batch<T>): Judged<T> => {
        const { multiply, scale, square, total } = algebra(k);
        const share = 1 / Math.max(1, axisLength(k.shapeOf(raw), 0));
        const squaredLength = scale(total(square(raw)), share);
        return {
          loss: scale(squaredLength, l2Weight),
          parts: { squaredLength },
          state,
          pull: (gradient) => ({ parameters: {}, raw: scale(multiply(raw, gradient), 2 * share * l2Weight) }),
        };
      },
  }),
});
