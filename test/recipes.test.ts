/** What a recipe's choices are handed besides their own settings. */
import { describe, expect, it } from "vitest";
import { referenceKernels } from "../src/engines/reference/index.js";
import { losses, type Miner, type Variant } from "../src/metric/index.js";
import { initialise } from "../src/nn/index.js";
import { generate, type Shape, vector } from "../src/tensor/index.js";

const count = 6;
const random = (shape: Shape, seed: number) => generate(shape, (index) => Math.abs(Math.sin(seed + 7 * index)) % 1);

describe.each(Object.entries(losses))("the loss %s", (_, loss) => {
  it.each(["paper", "official"] as const)("hands its miner the variant: %s", (variant) => {
    const told: Variant[] = [];
    const miner: Miner = {
      about: "remembers the variant",
      draws: () => ({}),
      mine: (_k, own) => () => {
        told.push(own);
        return { kind: "all" };
      },
    };
    const { parameters, state, draws, forward } = loss.build({}, { variant, miner, classes: { count: 3, embedding: 4 } });
    const embeddings = random([count, 4], 1);
    forward(referenceKernels)(initialise(parameters, 1), initialise(state, 1), {
      raw: embeddings,
      embeddings,
      distances: referenceKernels.map("squareRoot", referenceKernels.squaredDistances(embeddings)),
      labels: vector([0, 0, 1, 1, 2, 2]),
      draws: Object.fromEntries(Object.entries(draws(count)).map(([name, shape]) => [name, random(shape, 2)])),
    });
    expect(told.every((own) => own === variant)).toBe(true);
    // A loss that asks no miner for its pairs has nothing to hand on; these do.
    if (loss === losses.triplet || loss === losses.margin) expect(told).toHaveLength(1);
  });
});
