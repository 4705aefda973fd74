/** Multi-level Distance Regularization beside a metric loss (paper, the objective): lambda L_MDR + nu sum s_k^2. */
import { z } from "zod";
import { algebra, type Kernels } from "../../engines/index.js";
import { type Named, named } from "../../tensor/index.js";
import type { Batch, Judged } from "../criterion.js";
import { levelDecay } from "../levels.js";
import { mdrLoss } from "../mdr.js";
import { describeRegularizer } from "./regularizer.js";

/** A running statistic: 0 until the first batch. */
const unseen = { shape: [], initialisation: { kind: "constant", value: 0 } } as const;

export const regularizer = describeRegularizer({
  about: "draws each distance to its nearest level",
  settings: {
    lambda: z.number().min(0).default(0.1).describe("weight of the regularizer (paper: 0.1 to 0.6)"),
    nu: z.number().min(0).default(0.01).describe("level decay, times the sum of the squared levels"),
    gamma: z.number().min(0).lt(1).default(0.9).describe("momentum of the distance statistics"),
    levels: z.array(z.number()).min(1).default([-3, 0, 3]).describe("initial levels, in deviations from the mean distance"),
  },
  build: ({ lambda, nu, gamma, levels }, { variant }) => ({
    parameters: { levels: { shape: [levels.length], initialisation: { kind: "values", values: levels } } },
    state: { mean: unseen, deviation: unseen, seen: unseen },
    parts: { mdrLoss: [], levelDecay: [], mean: [], deviation: [], levels: [levels.length] },
    draws: () => ({}),
    forward:
      <T>(k: Kernels<T>) =>
      (parameters: Named<T>, state: Named<T>, { distances }: Batch<T>): Judged<T> => {
        const { add, scale } = algebra(k);
        const now = named(parameters, "levels");
        const before = { mean: named(state, "mean"), deviation: named(state, "deviation"), seen: named(state, "seen") };
        const { loss, momentum, pull } = mdrLoss(k, { variant, gamma })(before, distances, now);
        const [decay, pullDecay] = levelDecay(k, nu)(now);
        return {
          loss: add(scale(loss, lambda), decay),
          parts: { mdrLoss: loss, levelDecay: decay, mean: momentum.mean, deviation: momentum.deviation, levels: now },
          state: { ...momentum },
          pull: (gradient) => {
            const pulled = pull(scale(gradient, lambda));
            return { parameters: { levels: add(pulled.levels, pullDecay(gradient)) }, distances: pulled.distances };
          },
        };
      },
  }),
});
