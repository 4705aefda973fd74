/** Networks over vectors that another network made of pictures: one linear layer, or two. */
import { whole } from "../../settings/index.js";
import { linear } from "../linear.js";
import { relu } from "../relu.js";
import { sequence } from "../sequence.js";
import { describeBackbone } from "./backbone.js";

/** Vectors come as they are. */
const unchanged = { mean: [0, 0, 0], deviation: [1, 1, 1] } as const;

const vectors = { takes: "vectors", statistics: unchanged, inputs: 0 } as const;

/** [N, featureWidth] -> [N, embedding] */
export const linearHead = describeBackbone({
  ...vectors,
  about: "one linear layer over vectors",
  settings: {},
  build: ({ featureWidth = 1, embedding }) => sequence([["head", linear(featureWidth, embedding)]]),
});

/** [N, featureWidth] -> [N, hidden] -> [N, embedding] */
export const twoLayerHead = describeBackbone({
  ...vectors,
  about: "two linear layers over vectors, a ReLU between them",
  settings: { hidden: whole(1, 16_384).default(512).describe("numbers between the two layers of the network two-layer") },
  build: ({ featureWidth = 1, hidden, embedding }) =>
    sequence([
      ["hidden", linear(featureWidth, hidden)],
      ["relu", relu],
      ["head", linear(hidden, embedding)],
    ]),
});
