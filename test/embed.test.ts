/** Pictures through a network, batch after batch. */
import * as TE from "fp-ts/lib/TaskEither.js";
import { describe, expect, it } from "vitest";
import { right } from "../properties/laws.js";
import { embedder, networkLayout } from "../src/embed/index.js";
import { referenceEngine } from "../src/engines/index.js";
import { linear } from "../src/nn/index.js";
import { flatten, prefixed, type Tensor } from "../src/tensor/index.js";

const [width, dimensions, batch] = [3, 2, 2];
const layer = linear(width, dimensions, false);
const weights = Float64Array.from({ length: width * dimensions }, (_, at) => Math.sin(1 + at));
const named = prefixed("parameter.network", { weight: { shape: [width, dimensions], data: weights } });

/** No 32-bit number among them. */
const numberAt = (picture: number, place: number): number => 1 / (3 + 7 * picture + place);

/** Row after row by plain loops. */
const expected = (pictures: readonly number[], as: (value: number) => number): readonly number[] =>
  pictures.flatMap((picture) =>
    Array.from({ length: dimensions }, (_, column) =>
      Array.from({ length: width }, (_, row) => as(numberAt(picture, row)) * Number(weights[row * dimensions + column])).reduce(
        (a, b) => a + b,
        0,
      ),
    ),
  );

const opened = async () => {
  const engine = referenceEngine;
  const made = right(await embedder(engine, { network: layer, head: () => (y) => y, images: [batch, width] })());
  const network = flatten(networkLayout(layer), named).map(engine.upload);
  return { made, network };
};

const filled = <A extends Float32Array | Float64Array>(data: A, pictures: readonly number[]): Tensor => {
  pictures.forEach((picture, at) => {
    for (let place = 0; place < width; place++) data[at * width + place] = numberAt(picture, place);
  });
  return { shape: [pictures.length, width], data };
};

describe("pictures in batches", () => {
  const all = [4, 0, 2, 6, 1];

  it("keep numbers of 64 bits, those of the last batch too, which is not full", async () => {
    const { made, network } = await opened();
    const plain = (asked: readonly number[]) => TE.right(filled(new Float64Array(asked.length * width), asked));
    const { shape, data } = right(await made.embed(network, { plain }, all)());
    expect([shape, Array.from(data)]).toEqual([[5, dimensions], expected(all, Number)]);
  });

  it("are made ready in memory that is used again, evaluation after evaluation, and never while it is computed with", async () => {
    const { made, network } = await opened();
    const known = new Set<ArrayBufferLike>();
    let asks = 0;
    const plain = (asked: readonly number[], spare?: Float32Array) => {
      asks += 1;
      const data = spare ?? new Float32Array(asked.length * width);
      known.add(data.buffer);
      return TE.right(filled(data, asked));
    };
    for (let evaluation = 0; evaluation < 4; evaluation++) {
      const { data } = right(await made.embed(network, { plain }, all)());
      expect(Array.from(data)).toEqual(expected(all, Math.fround));
    }
    // Three batches are under way at once; the last of each evaluation is shorter, and has memory of its own.
    expect([asks, known.size]).toEqual([12, 2 + 4]);
  });
});
