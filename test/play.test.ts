import fc from "fast-check";
import { isLeft, isRight } from "fp-ts/lib/Either.js";
import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { referenceKernels as k } from "../src/engines/index.js";
import { initialise } from "../src/nn/index.js";
import {
  type Choices,
  type Judgeable,
  judgementOf,
  lossAt,
  ofQuery,
  plane,
  playTable,
  racersOf,
  termsAt,
  toQuery,
  usualChoices,
} from "../src/play/index.js";
import { normals, seeded } from "../src/random/index.js";
import { generate, scalar, type Tensor, unsafeTensor } from "../src/tensor/index.js";
import { objectiveOf, objectiveParts } from "../src/train/index.js";

/** Values that a field takes, and some that it may not. */
const valuesOf = (field: z.ZodType): fc.Arbitrary<unknown> => {
  const bare = (one: z.ZodType): z.ZodType =>
    "unwrap" in one && "innerType" in one.def ? bare((one.def as never as { innerType: z.ZodType }).innerType) : one;
  const { def, ...inner } = bare(field) as z.ZodType & { options?: readonly string[]; minValue?: number; maxValue?: number };
  const integers = fc.integer({ min: Math.max(-5, inner.minValue ?? -5), max: Math.min(200, inner.maxValue ?? 200) });
  const numbers = fc.double({ min: -4, max: 4, noNaN: true }).map((value) => value + 0);
  if (def.type === "enum") return fc.constantFrom(...(bare(field) as unknown as { options: readonly string[] }).options);
  if (def.type === "array") return fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), numbers), { minLength: 1, maxLength: 4 });
  if (def.type === "union") return fc.constantFrom("auto", 0, 3);
  return fc.oneof(integers, numbers, numbers.map(Math.abs));
};

/** Some of the settings, each with a value that its field takes. */
const choicesArbitrary: fc.Arbitrary<Choices> = fc
  .record(
    Object.fromEntries(
      Object.entries(playTable.fields).map(([name, field]) => [name, valuesOf(field).filter((value) => field.safeParse(value).success)]),
    ),
    { requiredKeys: [] },
  )
  .map((values) => playTable.parse("here", values))
  .filter(isRight)
  .map(({ right }) => right as Choices);

describe("choices as an address", () => {
  it("come back from it, whatever they are", () => {
    fc.assert(
      fc.property(choicesArbitrary, (choices) => {
        const back = ofQuery(`?${toQuery(choices, { tour: "3", view: "a b&c" })}`, ["tour", "view"]);
        expect(back).toMatchObject({ right: { choices, more: { tour: "3", view: "a b&c" } } });
      }),
    );
  });

  it("are short: what nobody chose is not in it", () => {
    expect(toQuery(usualChoices)).toBe("");
    expect(toQuery({ ...usualChoices, method: "triplet", levels: [-2, 0.5, 2] })).toBe("method=triplet&levels=-2,0.5,2");
  });

  it.each([
    ["method=tripplet", /"method" = "tripplet"/],
    ["metod=triplet", /unknown setting "metod"; did you mean "method"\?/],
    ["lambda=-1", /"lambda" = -1/],
    ["lambda=", /"lambda" = ""/],
    ["levels=", /"levels" = \[\]/],
    ["levels=1,x", /"levels" = \[1,"x"\]/],
    ["batch=4&perClass=8", /"perClass" = 8: is 8, more than the batch of 4/],
    ["backbone=linear", /"backbone" = "linear": takes vectors/],
    ["seed=1&seed=2", /"seed" is there twice/],
  ])("of %s say what is wrong", (query, message) => {
    const read = ofQuery(query);
    expect(isLeft(read) ? read.left.message : "").toMatch(message);
    expect(isLeft(read) && read.left.where).toBe("the address");
  });
});

/** A moment of random embeddings; mu* and sigma* stand nearly still, as the gradient takes them. */
const momentOf = (choices: Choices, count: number, spread: readonly number[]): Judgeable => {
  const classes = 3;
  const { parameters, state } = objectiveOf(choices, { count: classes, embedding: choices.embedding });
  return {
    probe: {
      embeddings: unsafeTensor([count, choices.embedding], spread.slice(0, count * choices.embedding) as never),
      labels: Array.from({ length: count }, (_, index) => index % classes),
      pictures: Array.from({ length: count }, (_, index) => index),
    },
    objective: {
      classes,
      parameters: initialise(parameters, 3),
      state: {
        ...initialise(state, 3),
        ...(state["regularizer.mean"] === undefined
          ? {}
          : { "regularizer.mean": scalar(1.1), "regularizer.deviation": scalar(0.3), "regularizer.seen": scalar(1) }),
      },
    },
  };
};

const still = { ...usualChoices, miner: "all", gamma: 1 - 1e-12, embedding: 3 } as Choices;
const recipes: readonly (readonly [string, Choices])[] = [
  ...racersOf(still).map((one) => [one.method, one] as const),
  ["contrastive", { ...still, loss: "contrastive" } as Choices],
];
const byEmbeddings: typeof recipes = [
  ["multi-similarity", { ...still, loss: "multi-similarity", head: "l2" } as Choices],
  ["proxy-nca", { ...still, loss: "proxy-nca" } as Choices],
];
/** Points in general position: where two coincide or a hinge bends there is no gradient to compare with. */
const spreads = fc.integer().map((seed) => Array.from(normals(24, seeded(seed))[0]));
const h = 1e-6;

describe.each(recipes)("pairs of %s", (_, choices) => {
  it("pull as the objective changes with a pair's distance", () => {
    fc.assert(
      fc.property(spreads, fc.integer({ min: 0, max: 27 }), (spread, which) => {
        const moment = momentOf(choices, 8, spread);
        const { pairs } = judgementOf(choices, moment).pairs;
        const pair = pairs[which];
        if (pair === undefined) throw new Error("no such pair");
        const { loss, regularizer } = objectiveParts(choices, { count: 3, embedding: 3 });
        const { headed, batch, parameters } = termsAt(choices, moment);
        const at = (by: number): number => {
          const distances = generate([8, 8], (flat) => {
            const here = flat === pair.i * 8 + pair.j || flat === pair.j * 8 + pair.i;
            return (headed.distances.data[flat] ?? 0) + (here ? by : 0);
          });
          return [loss, regularizer].reduce((sum, criterion, part) => {
            const under = part === 0 ? "loss." : "regularizer.";
            const own = (from: Readonly<Record<string, Tensor>>) =>
              Object.fromEntries(
                Object.entries(from).flatMap(([name, value]) => (name.startsWith(under) ? [[name.slice(under.length), value]] : [])),
              );
            const judged = criterion.forward(k)(own(parameters), own(moment.objective.state), {
              raw: batch.embeddings,
              embeddings: headed.embeddings,
              distances,
              labels: batch.labels,
              draws: own(batch.draws),
            });
            return sum + Number(judged.loss.data[0]);
          }, 0);
        };
        expect(pair.pull.whole).toBeCloseTo((at(h) - at(-h)) / (2 * h), 5);
      }),
      { numRuns: 8 },
    );
  });
});

describe.each([...recipes, ...byEmbeddings])("arrows of %s", (_, choices) => {
  it("point down the objective, at every number of every embedding", () => {
    fc.assert(
      fc.property(spreads, (spread) => {
        const moment = momentOf(choices, 8, spread);
        const { arrows } = judgementOf(choices, moment);
        const moved = (which: number, by: number): number =>
          lossAt(choices, moment, { embeddings: generate([8, 3], (flat) => (spread[flat] ?? 0) + (flat === which ? by : 0)) });
        for (let which = 0; which < 24; which++) expect(arrows.data[which]).toBeCloseTo(-(moved(which, h) - moved(which, -h)) / (2 * h), 4);
      }),
      { numRuns: 2 },
    );
  });
});

describe("pairs", () => {
  const choices = { ...usualChoices, method: "triplet-mdr" } as Choices;
  const moment = momentOf(choices, 6, [0, 0, 1, 0, 0, 2, 3, 0, 0, 0.5, 4, 4]);

  it("are normalised by mu* and sigma*, and belong to the nearest level", () => {
    const { pairs, mean, deviation, levels } = judgementOf(choices, moment).pairs;
    expect(pairs).toHaveLength(15);
    expect(levels).toEqual([-3, 0, 3]);
    for (const { normalised, judged, level, distance } of pairs) {
      expect(normalised).toBeCloseTo((judged - mean) / deviation, 9);
      expect(Math.abs(normalised - (levels[level] ?? 0))).toBe(Math.min(...levels.map((one) => Math.abs(normalised - one))));
      expect(distance).toBeGreaterThan(0);
    }
    // What was known of earlier batches, and this one.
    const ownMean = pairs.reduce((sum, { judged }) => sum + judged / pairs.length, 0);
    expect(mean).toBeCloseTo(choices.gamma * 1.1 + (1 - choices.gamma) * ownMean, 9);
    expect(pairs[0]).toMatchObject({ i: 0, j: 1, positive: false, distance: 1 });
    expect(pairs[2]).toMatchObject({ i: 0, j: 3, positive: true, distance: 3 });
  });

  it("change level when a level is dragged, and with their embeddings", () => {
    const first = (changed: Parameters<typeof judgementOf>[2]) => judgementOf(choices, moment, changed).pairs.pairs[0];
    expect(first({})?.level).not.toBe(first({ levels: [50, 60, first({})?.normalised ?? 0] })?.level);
    const far = unsafeTensor([6, 2], [900, 0, 1, 0, 0, 2, 3, 0, 0, 0.5, 4, 4] as never);
    expect(first({ embeddings: far })?.level).toBe(2);
  });

  it("say nothing of a pull where a loss goes by the embeddings", () => {
    const proxied = { ...choices, loss: "proxy-nca" } as Choices;
    const { pairs } = judgementOf(proxied, momentOf(proxied, 6, [0, 0, 1, 0, 0, 2, 3, 0, 0, 0.5, 4, 4])).pairs;
    expect(pairs[0]?.pull.whole).toBeUndefined();
    expect(pairs[0]?.pull.regularizer).not.toBe(0);
  });
});

const clouds = (width: number) =>
  fc
    .array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 9 * width, maxLength: 9 * width })
    .map((data) => unsafeTensor([9, width], data as never));
const rowOf = ({ shape: [, width = 0], data }: Tensor, row: number): readonly number[] =>
  Array.from({ length: width }, (_, column) => data[row * width + column] as number);
const apart = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)));

describe("the plane", () => {
  it("keeps every distance of embeddings of two numbers, turned or not", () => {
    fc.assert(
      fc.property(clouds(2), clouds(2), (cloud, other) => {
        const { positions } = plane(cloud, plane(other));
        for (let row = 1; row < 9; row++)
          expect(apart(positions[0] ?? [], positions[row] ?? [])).toBeCloseTo(apart(rowOf(cloud, 0), rowOf(cloud, row)), 6);
      }),
    );
    expect(plane(unsafeTensor([2, 2], [0, 0, 2, 4] as never)).positions).toEqual([
      [-1, -2],
      [1, 2],
    ]);
  });

  it("turns to where points lay: no other turn or mirroring brings them nearer", () => {
    fc.assert(
      fc.property(clouds(3), clouds(3), fc.double({ min: 0, max: 7, noNaN: true }), fc.boolean(), (cloud, other, angle, mirrored) => {
        const before = plane(other);
        const { positions } = plane(cloud, before);
        const gap = (points: readonly (readonly number[])[]): number =>
          points.reduce((sum, point, row) => sum + apart(point, before.positions[row] ?? []) ** 2, 0);
        const [c, s, m] = [Math.cos(angle), Math.sin(angle), mirrored ? -1 : 1];
        expect(gap(positions)).toBeLessThanOrEqual(gap(positions.map(([x, y]) => [c * x - s * y, m * (s * x + c * y)])) + 1e-6);
      }),
    );
  });

  it("stays where it was for the same points, turned and mirrored as they may be", () => {
    fc.assert(
      fc.property(clouds(2), (cloud) => {
        const before = plane(cloud);
        const mirrored = plane(
          generate([9, 2], (flat) => (flat % 2 === 0 ? -1 : 1) * (cloud.data[flat] as number)),
          before,
        );
        for (const [row, point] of mirrored.positions.entries()) expect(apart(point, before.positions[row] ?? [])).toBeLessThan(1e-6);
      }),
    );
  });

  it("shows the two directions that spread most", () => {
    // Three numbers that do not hang together, of deviations 5, 3 and 0.5, in turned axes.
    const cloud = generate([40, 3], (flat) => {
      const [row, column] = [Math.floor(flat / 3), flat % 3];
      const [a, b, c] = [5 * Math.cos(row * 2.399), 3 * Math.sin(row * 2.399), 0.5 * Math.cos(row * 5.1)];
      return column === 0 ? 0.6 * a + 0.8 * c : column === 1 ? b : -0.8 * a + 0.6 * c;
    });
    const { axes } = plane(cloud);
    expect(Math.abs((axes[0][0] ?? 0) * 0.6 - (axes[0][2] ?? 0) * 0.8)).toBeGreaterThan(0.99);
    expect(Math.abs(axes[1][1] ?? 0)).toBeGreaterThan(0.99);
  });

  it("takes a point back to an embedding, and an arrow along", () => {
    fc.assert(
      fc.property(clouds(5), fc.double({ min: -3, max: 3, noNaN: true }), (cloud, x) => {
        const seen = plane(cloud);
        const row = rowOf(cloud, 4);
        const dragged = seen.unproject(row, [x, -x]);
        expect(apart(seen.project(dragged), [x, -x])).toBeLessThan(1e-9);
        const step = Array.from(dragged, (value, index) => value - (row[index] ?? 0));
        expect(apart(seen.direction(step), [x - (seen.positions[4]?.[0] ?? 0), -x - (seen.positions[4]?.[1] ?? 0)])).toBeLessThan(1e-9);
      }),
    );
  });

  it("is a line for embeddings of one number, and a point for points that coincide", () => {
    expect(plane(unsafeTensor([2, 1], [1, 3] as never)).positions).toEqual([
      [-1, 0],
      [1, 0],
    ]);
    const same = plane(unsafeTensor([3, 4], Array(12).fill(7) as never));
    expect(same.positions.flat().every((value) => value === 0)).toBe(true);
    expect(same.axes.flatMap((axis) => Array.from(axis)).every(Number.isFinite)).toBe(true);
  });
});
