/** No head: losses see the embeddings as the network made them. */
import { algebra } from "../../engines/index.js";
import { alongPairs, rooted } from "../distances.js";
import type { Head } from "./head.js";

export const head: Head = {
  about: "leaves the embeddings as they are",
  train: (k) => (embeddings, squared) => {
    const [distances, toWeights] = rooted(k)(squared);
    return {
      embeddings,
      distances,
      pull: (toEmbeddings, toDistances) => algebra(k).add(toEmbeddings, alongPairs(k)(embeddings, toWeights(toDistances))),
    };
  },
  evaluate: () => (embeddings) => embeddings,
};
