/** Scores on classes that train: which pictures, and what of them. */
import { expect, it } from "vitest";
import { vector } from "../src/tensor/index.js";
import { seenRecall, seenSample } from "../src/train/seen.js";

/** Ten classes of four pictures, and one picture alone of its kind in the middle. */
const labels = [
  ...Array.from({ length: 20 }, (_, i) => Math.floor(i / 4)),
  99,
  ...Array.from({ length: 20 }, (_, i) => 5 + Math.floor(i / 4)),
];

it("is a sample of whole classes spread evenly, the same each time, without pictures alone of their kind", () => {
  expect(seenSample(labels, 0)).toEqual([]);
  expect(seenSample(labels, 1000)).toEqual(labels.flatMap((label, index) => (label === 99 ? [] : [index])));
  const sample = seenSample(labels, 20);
  expect(sample).toHaveLength(20);
  expect([...new Set(sample.map((index) => labels[index]))]).toEqual([0, 2, 4, 6, 8]);
  // Two classes are the fewest in which anything can be mistaken.
  expect(new Set(seenSample(labels, 1).map((index) => labels[index])).size).toBe(2);
  expect(seenSample([1, 2, 3], 10)).toEqual([]);
});

it("is the share whose nearest other in the sample has their class", () => {
  // Of pictures 0 and 1 of class 7 and 3 and 4 of class 8; 3 lies nearer to 1 than to 4.
  const embeddings = { ...vector([0, 1, 2.5, 9]), shape: [4, 1] };
  expect(seenRecall(embeddings, [7, 7, 5, 8, 8], [0, 1, 3, 4])).toEqual({ "recall@1": 0.75, pictures: 4 });
});
