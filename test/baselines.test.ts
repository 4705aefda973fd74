/** What retrieves without learning, on pictures whose numbers can be told by hand. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { encode } from "fast-png";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baselineScores, baselines, colourHistogram, featuresOf, thumbnail } from "../src/baselines/index.js";
import { outdone, scoresTable } from "../src/cli/scores.js";
import { describeDataset } from "../src/datasets/index.js";
import type { Fault } from "../src/faults/index.js";
import { backbones } from "../src/nn/index.js";
import { defaults, scoreWith } from "../src/runs/index.js";
import { openSources, openUnseenDescribed } from "../src/store/index.js";

type Colour = readonly [number, number, number];
const [red, green, blue]: readonly Colour[] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
] as const;

const right = <A>(result: E.Either<Fault, A>): A => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};

/** A square whose pixel (x, y) has the colour that is said. */
const square = (side: number, colour: (x: number, y: number) => Colour): Uint8Array =>
  Uint8Array.from(Array.from({ length: side * side }, (_, at) => [...colour(at % side, Math.floor(at / side))]).flat());

describe("12 x 12 pixels", () => {
  it("are the picture's own where it has as many", () => {
    const own = square(12, (x, y) => [x, y, 200]);
    expect(Array.from(thumbnail(own, 12))).toEqual(Array.from(own));
  });
  it("are means of its pixels where it has more: a picture of one colour stays of it", () => {
    expect(
      new Set(
        Array.from(
          thumbnail(
            square(30, () => [77, 77, 77]),
            30,
          ),
        ),
      ),
    ).toEqual(new Set([77]));
    expect(
      thumbnail(
        square(30, () => red),
        30,
      ),
    ).toHaveLength(432);
  });
});

describe("the colour histogram", () => {
  const shares = (of: Uint8Array): Readonly<Record<number, number>> =>
    Object.fromEntries(Array.from(colourHistogram(of, 0), (root, bin) => [bin, root ** 2]).filter(([, share]) => share !== 0));

  it("has the share of each of 216 colours, red slowest", () => {
    expect(
      colourHistogram(
        square(2, () => red),
        2,
      ),
    ).toHaveLength(216);
    expect(shares(square(2, (x, y) => (y === 0 ? red : x === 0 ? green : blue)))).toEqual({
      180: expect.closeTo(0.5, 12),
      30: 0.25,
      5: 0.25,
    });
  });
  it("has six levels of a channel: 0 to 42, 43 to 85, 86 to 127, 128 to 170, 171 to 213, 214 to 255", () => {
    const levelOf = (byte: number) => Number(Object.keys(shares(square(1, () => [0, 0, byte])))[0]);
    expect([0, 42, 43, 85, 86, 127, 128, 170, 171, 213, 214, 255].map(levelOf)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  });
  it("is compared by Hellinger's distance: half red and all red lie the root of (root 1/2 - 1)^2 + 1/2 apart", () => {
    const [a, b] = [
      colourHistogram(
        square(2, () => red),
        2,
      ),
      colourHistogram(
        square(2, (x) => (x === 0 ? red : blue)),
        2,
      ),
    ];
    expect(Math.hypot(...Array.from(a, (value, bin) => value - (b[bin] ?? 0)))).toBeCloseTo(Math.sqrt((Math.SQRT1_2 - 1) ** 2 + 0.5), 12);
  });
});

it("features are a row for each square, in order", () => {
  const squares = Uint8Array.from([red, green, blue].flatMap((colour) => Array.from(square(2, () => colour))));
  const { shape, data } = featuresOf(baselines.histogram, squares, 2);
  expect(shape).toEqual([3, 216]);
  expect(
    [0, 1, 2].map((row) =>
      Array.from(data)
        .slice(216 * row, 216 * (row + 1))
        .indexOf(1),
    ),
  ).toEqual([180, 30, 5]);
});

describe("a data set", () => {
  const root = mkdtempSync(join(tmpdir(), "mdr-baselines-"));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const halves = (left: Colour, right: Colour) => square(16, (x) => (x < 8 ? left : right));
  /** Classes a and b would train. Those of c and d are of the same colours, sides changed: pixels take one class for the other. */
  const pictures: Readonly<Record<string, Uint8Array>> = {
    "a/1": halves(red, red),
    "b/1": halves(blue, blue),
    "b/2": halves(blue, blue),
    "c/1": halves(red, blue),
    "c/2": halves(blue, red),
    "d/1": halves(red, green),
    "d/2": halves(green, red),
  };
  const write = (into: string, named: Readonly<Record<string, Uint8Array>>): void => {
    for (const [name, data] of Object.entries(named)) {
      mkdirSync(dirname(join(into, name)), { recursive: true });
      writeFileSync(join(into, `${name}.png`), encode({ width: 16, height: 16, channels: 3, data }));
    }
  };
  beforeAll(() => {
    write(root, pictures);
    writeFileSync(join(root, "a", "2.png"), "no picture");
  });
  const settings = { ...defaults, data: root, imageSize: 8, batch: 64, statistics: backbones.compact.statistics };

  const evaluated = () =>
    pipe(
      TE.fromEither(describeDataset(settings)),
      TE.chain((description) => openUnseenDescribed(description, settings)),
    )();

  it("is opened for evaluation without what would train: neither its broken file nor its three pictures for a batch of 64 matter", async () => {
    expect(E.isLeft(await openSources({ ...settings, perClass: 4 })())).toBe(true);
    const { query, gallery, close } = right(await evaluated());
    await close();
    expect([query.count, query.names, query.files]).toEqual([4, ["c", "d"], ["c/1.png", "c/2.png", "d/1.png", "d/2.png"]]);
    expect(gallery).toBeUndefined();
    expect(query.labels[0]).toBe(query.labels[1]);
    expect(new Set(query.labels).size).toBe(2);
  });

  it("gives its squares as they are stored, those that train beside them or not", async () => {
    const whole = mkdtempSync(join(tmpdir(), "mdr-squares-"));
    write(whole, { ...pictures, "a/2": halves(red, red) });
    const alone = right(await evaluated());
    const beside = right(await openSources({ ...settings, data: whole, batch: 4, perClass: 2 })());
    for (const { query, close } of [alone, beside]) {
      if (query.kept.kind !== "squares") throw new Error("pictures have no squares");
      const { side, squares } = query.kept;
      const bytes = right(await squares([3, 0])());
      await close();
      const size = 3 * side ** 2;
      expect(bytes).toHaveLength(2 * size);
      // The pixel at the top left: green of d/2, red of c/1.
      expect([Array.from(bytes.subarray(0, 3)), Array.from(bytes.subarray(size, size + 3))]).toEqual([green, red]);
    }
    rmSync(whole, { recursive: true, force: true });
  });

  it("is scored by pixels, by colours and by chance", async () => {
    const pictures = right(await evaluated());
    const scores = right(
      await baselineScores(pictures, scoreWith({ recall: [2], seed: 1, lone: "skip", clusters: false }), { ranks: [1, 2], lone: "skip" })(),
    );
    await pictures.close();
    const shares = Object.fromEntries(Object.entries(scores).map(([name, { "recall@1": at1 }]) => [name, at1]));
    expect(shares).toEqual({ pixels: 0, histogram: 1, chance: expect.closeTo(1 / 3, 12) });
    expect(scores.histogram?.["map@r"]).toBe(1);
    expect(scores.chance?.["recall@2"]).toBeCloseTo(2 / 3, 12);
  });

  it("has its queries look for baselines in the gallery where there is one", async () => {
    const pictures = right(await evaluated());
    const gallery = { ...pictures.query, labels: [7, 7, 7, 7] };
    const scores = right(
      await baselineScores({ ...pictures, gallery }, scoreWith({ recall: [1], seed: 1, lone: "miss", clusters: false }), {
        ranks: [1],
        lone: "miss",
      })(),
    );
    await pictures.close();
    expect(Object.values(scores).map(({ "recall@1": at1 }) => at1)).toEqual([0, 0, 0]);
  });
});

describe("scores as they are shown", () => {
  const beside = {
    untrained: { "recall@1": 0.2 },
    pixels: { "recall@1": 0.8 },
    histogram: { "recall@1": 0.9 },
    chance: { "recall@1": 0.1 },
  };
  it("name what does better than the trained network, the best first, and nothing where nothing does", () => {
    expect(outdone({ "recall@1": 0.75 }, beside)).toBe(
      "better than the trained network, Recall@1 75.0 %, without having learned: colour histogram 90.0 %, 12 x 12 pixels 80.0 %",
    );
    expect(outdone({ "recall@1": 0.9 }, beside)).toBeUndefined();
  });
  it("are a row each, with a column for each baseline where they are known", () => {
    expect(scoresTable({ "recall@1": 0.75, nmi: 0.5 })).toBe("recall@1  75.0 %\nnmi       50.0 %");
    const [names = "", shares = "", nmi = ""] = scoresTable({ "recall@1": 0.75, nmi: 0.5 }, beside).split("\n");
    expect(names.trim().split(/ {2,}/)).toEqual(["trained", "untrained", "12 x 12 pixels", "colour histogram", "chance"]);
    expect(shares.split(/ {2,}/)).toEqual(["recall@1", "75.0 %", "20.0 %", "80.0 %", "90.0 %", "10.0 %"]);
    expect(nmi.trim().split(/ {2,}/)).toEqual(["nmi", "50.0 %", "-", "-", "-", "-"]);
  });
});
