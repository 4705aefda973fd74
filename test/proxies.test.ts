/** Losses with parameters of their own in training: classes numbered from 0, a rate of their own, kept over an interruption, and small talk only. */
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { describe, expect, it } from "vitest";
import { referenceEngine } from "../src/engines/index.js";
import { seeded, uniforms } from "../src/random/index.js";
import { type Named, named, type Tensor } from "../src/tensor/index.js";
import { type Beginning, firstValues, planOf, planTable, type RunEvent, type RunPictures, run } from "../src/train/index.js";

const right = <A>(result: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

const settingsOf = (more: Readonly<Record<string, unknown>>) =>
  right(
    planTable.parse("test", {
      head: "none",
      regularizer: "none",
      loss: "proxy-anchor",
      imageSize: 8,
      batch: 4,
      perClass: 2,
      width: 2,
      depth: 0,
      embedding: 3,
      epochs: 2,
      iterations: 2,
      learningRate: 1e-3,
      weightDecay: 0,
      batchNorm: "frozen",
      ...more,
    }),
  );

/** Four pictures of noise with these labels; the batches may say others. */
const picturesOf = (labels: readonly number[], told = labels): RunPictures => {
  const images: Tensor = { shape: [4, 8, 8, 3], data: uniforms(4 * 8 * 8 * 3, seeded(1))[0] };
  const plain = (indices: readonly number[]) => async () => {
    const side = 8 * 8 * 3;
    return E.right({
      shape: [indices.length, 8, 8, 3],
      data: Float64Array.from(indices.flatMap((index) => Array.from(images.data).slice(index * side, (index + 1) * side))),
    });
  };
  const train = {
    count: 4,
    labels,
    plain,
    async *batches() {
      while (true) yield E.right({ images, labels: told });
    },
  };
  return { train, query: { count: 4, labels: [0, 0, 1, 1], plain } };
};

const proxies = "parameter.objective.loss.proxies";

interface Ran {
  readonly events: readonly RunEvent[];
  /** What is carried after each epoch. */
  readonly carried: readonly Named<Tensor>[];
}

const ran = async (more: Readonly<Record<string, unknown>>, pictures: RunPictures, from?: Partial<Beginning>): Promise<Ran> => {
  const settings = settingsOf(more);
  const plan = right(planOf(referenceEngine, settings, new Set(pictures.train.labels).size));
  const events: RunEvent[] = [];
  const carried: Named<Tensor>[] = [];
  const begun = { carried: firstValues(settings, plan), step: 0, history: [], ...from };
  for await (const event of run(referenceEngine, plan, pictures, () => TE.right({ "recall@1": 0 }), begun)) {
    events.push(event);
    if (event.kind === "epoch") carried.push(right(await event.snapshot()));
  }
  return { events, carried };
};

const last = ({ carried }: Ran): Named<Tensor> =>
  named(Object.fromEntries(carried.map((one, index) => [String(index), one])), String(carried.length - 1));

const farthest = (a: Tensor, b: Tensor): number =>
  Array.from(a.data).reduce((most, value, index) => Math.max(most, Math.abs(value - (b.data[index] ?? 0))), 0);

describe("a loss with a vector a class", () => {
  it("is refused where nobody says how many classes there are, and other losses are not", () => {
    for (const loss of ["proxy-anchor", "proxy-nca"])
      expect(planOf(referenceEngine, settingsOf({ loss }))).toMatchObject({
        left: { where: `{loss} ${loss}`, what: expect.stringContaining("training class") },
      });
    expect(E.isRight(planOf(referenceEngine, settingsOf({ loss: "margin" })))).toBe(true);
  });

  it("has a proxy for each class that trains, in the order of the labels, whatever numbers these are", async () => {
    const [gaps, plain, swapped] = [
      await ran({}, picturesOf([9, 9, 4, 4])),
      await ran({}, picturesOf([1, 1, 0, 0])),
      await ran({}, picturesOf([0, 0, 1, 1])),
    ];
    expect(named(last(gaps), proxies).shape).toEqual([2, 3]);
    expect(last(gaps)).toEqual(last(plain));
    expect(farthest(named(last(swapped), proxies), named(last(plain), proxies))).toBeGreaterThan(0.001);
  });

  it("learns them at a rate of their own, and the network at its own", async () => {
    const moves = async (proxyRate: number) => {
      const { carried } = await ran({ proxyRate, epochs: 1, iterations: 1 }, picturesOf([0, 0, 1, 1]));
      const [before, after] = [named(carried[0] ?? {}, proxies), named(carried[1] ?? {}, proxies)];
      return { moved: farthest(after, before), network: named(carried[1] ?? {}, "parameter.network.head.weight") };
    };
    const [slow, fast, still] = [await moves(1), await moves(50), await moves(0)];
    // Adam's first step is the rate itself, but for its epsilon.
    expect(slow.moved).toBeCloseTo(1e-3, 6);
    expect(fast.moved / slow.moved).toBeCloseTo(50, 6);
    expect(still.moved).toBe(0);
    expect(fast.network).toEqual(slow.network);
  });

  it("goes on after an interruption with what they had learned", async () => {
    const pictures = picturesOf([0, 0, 1, 1]);
    const { carried, events } = await ran({}, pictures);
    const history = events.flatMap((event) => (event.kind === "epoch" ? [event.history] : []))[1] ?? [];
    const again = await ran({}, pictures, { carried: carried[1] ?? {}, step: 2, history });
    expect(last(again)).toEqual(carried[2]);
    expect(farthest(named(carried[2] ?? {}, proxies), named(carried[1] ?? {}, proxies))).toBeGreaterThan(0);
  });

  it("is the same in micro-batches", async () => {
    const [whole, parts] = [await ran({}, picturesOf([0, 0, 1, 1])), await ran({ microBatch: 2 }, picturesOf([0, 0, 1, 1]))];
    for (const [name, value] of Object.entries(last(whole))) expect(farthest(named(last(parts), name), value), name).toBeLessThan(1e-9);
  });

  it("is told of a picture whose class does not train", async () => {
    const { events } = await ran({}, picturesOf([0, 0, 1, 1], [0, 0, 1, 7]));
    expect(events.at(-1)).toMatchObject({
      kind: "fault",
      fault: { where: "the batch of step 1", what: expect.stringContaining("class 7") },
    });
  });
});

describe("what an epoch tells of a loss's parameters", () => {
  const learned = ({ events }: Ran) => events.flatMap((event) => (event.kind === "epoch" ? [event.report.learned] : [])).at(-1);

  it("is those that its steps report, and no vectors of classes", async () => {
    expect(learned(await ran({}, picturesOf([0, 0, 1, 1])))).toEqual({});
    const boundary = learned(await ran({ loss: "margin", miner: "all", marginRate: 10 }, picturesOf([0, 0, 1, 1])))?.boundary ?? [];
    expect(boundary).toHaveLength(1);
    expect(Math.abs((boundary[0] ?? 0) - 1.2)).toBeGreaterThan(0.005);
  });
});
