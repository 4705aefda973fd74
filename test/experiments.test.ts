/** Grids of recipes without a network: cells and their names, the scheduler, the arithmetic of tables, and how they look. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, describe, expect, it } from "vitest";
import {
  type Carried,
  type Carrier,
  type Cell,
  cellId,
  cellsOf,
  comparisonsOf,
  curveLines,
  type Done,
  type GridChoice,
  inThisProcess,
  type Outcome,
  pairedTest,
  pointLines,
  type Recipe,
  readPublished,
  readRecipe,
  recipeNames,
  type Scheduled,
  type Section,
  sampleOf,
  schedule,
  sectionOf,
  tablesCsv,
  tablesMarkdown,
  varied,
  withSection,
  workOf,
} from "../src/experiments/index.js";
import { failed, interrupted } from "../src/faults/index.js";
import { parseSettings } from "../src/runs/index.js";

const folder = mkdtempSync(join(tmpdir(), "mdr-experiments-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recipes = join(import.meta.dirname, "..", "recipes");

const right = <L, A>(either: E.Either<L, A>): A => {
  if (E.isRight(either)) return either.right;
  return expect.fail(JSON.stringify(either.left));
};
const left = <A>(either: E.Either<{ readonly message: string }, A>): string => {
  if (E.isLeft(either)) return either.left.message;
  return expect.fail("went well");
};

const choice: GridChoice = { dataset: "folders", scale: "small", seeds: 2, fingerprint: "f", version: "1", given: {} };

const recipe: Recipe = {
  name: "toy",
  title: "A toy",
  shows: "scores",
  seeds: 2,
  settings: { epochs: 100, batch: 128 },
  datasets: { folders: { lambda: 0.3 }, sop: { lambda: 0.1 } },
  rows: [
    { name: "A", settings: { method: "triplet" }, against: [] },
    { name: "B", settings: { method: "triplet-mdr" }, against: ["A"] },
  ],
  small: { settings: { epochs: 2, batch: null, lambda: 0.2 } },
};

const write = (name: string, value: unknown): void => writeFileSync(join(folder, `${name}.json`), JSON.stringify(value));

describe("a recipe's file", () => {
  it("takes over what it does not say from the one that it is like", () => {
    write("base", {
      title: "base",
      shows: "points",
      seeds: 3,
      settings: { epochs: 9, embedding: 8 },
      datasets: { sop: { lambda: 1 } },
      rows: [{ name: "A" }],
      points: { axis: "size", values: [{ at: 1, settings: {} }] },
      small: { settings: { epochs: 1 }, rows: [{ name: "small A" }] },
    });
    write("own", { like: "base", title: "own", settings: { epochs: 5 }, small: { settings: { embedding: 2 } } });
    write("rows", { like: "base", title: "rows", rows: [{ name: "B" }] });
    const own = right(readRecipe(folder, "own"));
    expect(own).toMatchObject({ name: "own", title: "own", shows: "points", seeds: 3, settings: { epochs: 5, embedding: 8 } });
    expect(own.small).toMatchObject({ settings: { epochs: 1, embedding: 2 }, rows: [{ name: "small A" }] });
    expect(own.points?.axis).toBe("size");
    // Rows of its own are its rows at every scale.
    expect(right(readRecipe(folder, "rows")).small.rows).toBeUndefined();
  });

  it("is refused by name and place where it says what cannot be", () => {
    expect(left(readRecipe(folder, "bse"))).toBe('there is no recipe "bse": did you mean "base"?');
    for (const [name, value, said] of [
      ["key", { title: "x", rows: [{ name: "A", setting: {} }] }, /key\.json: is no recipe: "rows\.0": .*"setting"/],
      ["none", { title: "x" }, /none\.json: has no "rows"/],
      ["twice", { title: "x", rows: [{ name: "A" }, { name: "A" }] }, /twice\.json: has two rows "A"/],
      ["lost", { title: "x", rows: [{ name: "Ab", against: ["Aa"] }] }, /tests against a row "Aa".*did you mean "Ab"\?/],
      ["one", { like: "two", title: "x" }, /is like itself: one -> two -> one/],
    ] as const) {
      write(name, value);
      if (name === "one") write("two", { like: "one", title: "y" });
      expect(left(readRecipe(folder, name))).toMatch(said);
    }
  });

  const shipped = right(recipeNames(recipes));
  it("is there for every table and figure of the paper", () => {
    expect(shipped).toEqual(["figure3", "figure4a", "figure4b", "table1", "table2a", "table2b", "table2b-levels", "vectors"]);
  });

  it.each(shipped)("%s: every setting of every cell is a setting of a run, whichever data and scale", (name) => {
    const own = right(readRecipe(recipes, name));
    const given = name === "vectors" ? { features: "v.npy", labels: "l.csv" } : {};
    if (name !== "vectors")
      expect(Object.keys(own.datasets)).toEqual(expect.arrayContaining(["cub200", "cars196", "sop", "inshop", "folders", "list"]));
    for (const dataset of Object.keys(own.datasets))
      for (const scale of ["full", "small"] as const)
        for (const { row, settings } of right(cellsOf(own, { ...choice, dataset, scale, seeds: 1, given })))
          expect(parseSettings(row, settings), `${row} on ${dataset}`).toMatchObject({ _tag: "Right" });
  });

  it("of Table 1 holds the paper's hyperparameters", () => {
    const table1 = right(readRecipe(recipes, "table1"));
    const [cub, cars, sop, inshop] = ["cub200", "cars196", "sop", "inshop"].map((dataset) =>
      right(cellsOf(table1, { ...choice, dataset, scale: "full", seeds: 1 })),
    );
    const common = {
      epochs: 100,
      iterations: 100,
      decaySteps: [40, 60, 80],
      decayFactor: 0.2,
      weightDecay: 1e-5,
      embedding: 512,
      nu: 0.01,
    };
    for (const cells of [cub, cars, sop, inshop]) {
      expect(cells?.map(({ settings }) => settings.method)).toEqual(["triplet", "triplet-l2", "triplet-mdr"]);
      for (const { settings } of cells ?? []) expect(settings).toMatchObject({ ...common, batchNorm: "frozen", backbone: "bn-inception" });
    }
    const own = ([cell]: readonly Cell[]) => pick(cell?.settings ?? {});
    const pick = (settings: Cell["settings"]) => [
      settings.lambda,
      settings.learningRate,
      settings.batch,
      settings.perClass,
      settings.recall,
    ];
    expect([cub, cars, sop, inshop].map((cells) => own(cells ?? []))).toEqual([
      [0.6, 5e-5, 128, 4, [1, 2, 4, 8]],
      [0.2, 5e-5, 128, 4, [1, 2, 4, 8]],
      [0.1, 1e-4, 256, 3, [1, 10, 100, 1000]],
      [0.1, 1e-4, 256, 3, [1, 10, 20, 30, 40]],
    ]);
  });
});

describe("cells", () => {
  it("are named for the content of the weights that they begin with, wherever those lie", () => {
    const namesBy = (weights: string | undefined, content: string) =>
      right(cellsOf(recipe, { ...choice, given: weights === undefined ? {} : { weights } }, () => content)).map(({ id }) => id);
    expect(namesBy("here.pth", "a")).toEqual(namesBy("there.pth", "a"));
    expect(new Set([namesBy("here.pth", "a"), namesBy("here.pth", "b"), namesBy(undefined, "a")].map(([id]) => id)).size).toBe(3);
  });

  it("are rows, points and seeds, every row with the first seed first; the row's word counts over the scale's, the user's over all", () => {
    const points = { axis: "size", values: [4, 8].map((at) => ({ at, settings: { embedding: at } })) };
    const cells = right(cellsOf({ ...recipe, points }, { ...choice, given: { epochs: 3, data: "there" } }));
    expect(cells.map(({ row, at, seed }) => `${row}${at}.${seed}`)).toEqual([
      "A4.1",
      "B4.1",
      "A8.1",
      "B8.1",
      "A4.2",
      "B4.2",
      "A8.2",
      "B8.2",
    ]);
    expect(cells[2]?.settings).toEqual({
      epochs: 3,
      lambda: 0.2,
      dataset: "folders",
      method: "triplet",
      embedding: 8,
      data: "there",
      seed: 1,
    });
    expect(new Set(cells.map(({ id }) => id)).size).toBe(8);
    const own = right(cellsOf({ ...recipe, small: { ...recipe.small, settings: { method: "triplet-l2" } } }, choice));
    expect(own.map(({ settings }) => settings.method)).toEqual(["triplet", "triplet-mdr", "triplet", "triplet-mdr"]);
    expect(right(cellsOf(recipe, { ...choice, scale: "full" }))[0]?.settings).toMatchObject({ epochs: 100, batch: 128, lambda: 0.3 });
  });

  it("are of data that the recipe knows, and keep what the rows differ in", () => {
    expect(left(cellsOf(recipe, { ...choice, dataset: "soap" }))).toMatch(
      /dataset soap: the recipe toy has nothing for it: did you mean "sop"\?/,
    );
    expect([...varied(recipe, "small")]).toEqual(["seed", "method"]);
    expect(left(cellsOf(recipe, { ...choice, given: { method: "triplet" } }))).toMatch(/method: it is what the rows of toy differ in/);
  });

  it("have one name wherever they run, and another for other settings, data, seeds or versions", () => {
    const settings = { epochs: 2, method: "triplet", seed: 1 };
    const name = cellId(settings, "f", "1");
    expect(name).toMatch(/^[0-9a-f]{16}$/);
    for (const same of [
      { seed: 1, method: "triplet", epochs: 2 },
      { ...settings, data: "elsewhere", out: "x", cache: "y", engine: "reference", microBatch: 8, strict: true },
      // A default that is said, and a method that is spelt out.
      { ...settings, margin: 0.2 },
      { epochs: 2, seed: 1, head: "mean-distance", loss: "triplet", regularizer: "none" },
    ])
      expect(cellId(same, "f", "1"), JSON.stringify(same)).toBe(name);
    for (const other of [
      { ...settings, epochs: 3 },
      { ...settings, seed: 2 },
      { ...settings, method: "triplet-mdr" },
      { ...settings, levels: [0] },
    ])
      expect(cellId(other, "f", "1"), JSON.stringify(other)).not.toBe(name);
    expect(cellId(settings, "g", "1")).not.toBe(name);
    expect(cellId(settings, "f", "2")).not.toBe(name);
    // What is not understood has a name all the same, by what was said.
    expect(cellId({ loss: "unheard" }, "f", "1")).not.toBe(cellId({ loss: "unknown" }, "f", "1"));
  });
});

const done = (recall: number, more: Partial<Done> = {}): Done => ({
  kind: "done",
  final: { "recall@1": recall },
  best: { "recall@1": recall + 0.1 },
  epochs: 2,
  bestEpoch: 1,
  seconds: 10,
  engine: "none",
  tested: "unseen classes",
  curve: [],
  ...more,
});

const cellNamed = (id: string, more: Partial<Cell> = {}): Cell => ({
  id,
  row: id,
  seed: 1,
  settings: { batch: 4, imageSize: 10, epochs: 1, iterations: 1 },
  ...more,
});

const heard = async (words: AsyncIterable<Scheduled>): Promise<readonly Scheduled[]> => {
  const all: Scheduled[] = [];
  for await (const word of words) all.push(word);
  return all;
};

const told = (words: readonly Scheduled[]): readonly string[] =>
  words.map(({ event }) => ("cell" in event ? `${event.kind} ${event.cell.id}` : event.kind));

describe("the scheduler", () => {
  it("hands over only what is not done, each name once, and counts it all", async () => {
    const given: string[][] = [];
    const carrier: Carrier = async function* (cells) {
      given.push(cells.map(({ id }) => id));
      for (const cell of cells) yield { kind: "ended", cell, outcome: done(0.5) };
    };
    const known = ({ id }: Cell): Outcome | undefined =>
      id === "a" ? done(0.1) : id === "b" ? { kind: "failed", why: "before" } : undefined;
    const words = await heard(
      schedule(
        ["a", "b", "c", "c"].map((id) => cellNamed(id)),
        known,
        carrier,
      ),
    );
    expect(given).toEqual([["b", "c"]]);
    expect(told(words)).toEqual(["known", "ended b", "ended c"]);
    expect(words.map(({ standing }) => [standing.outcomes.size, standing.cells])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
    expect(words.at(-1)?.standing.outcomes.get("b")).toEqual(done(0.5));
    expect(given).toHaveLength(1);
    await heard(schedule([cellNamed("a")], known, carrier));
    expect(given).toHaveLength(1);
  });

  it("says how long the rest takes, by the work that was done since it began", async () => {
    let clock = 0;
    const carrier: Carrier = async function* (cells) {
      for (const cell of cells) {
        clock += 5000;
        yield { kind: "progress", cell, share: 0.5, from: 0 };
        clock += 5000;
        yield { kind: "ended", cell, outcome: done(0.5) };
      }
    };
    const long = cellNamed("long", { settings: { batch: 4, imageSize: 10, epochs: 3, iterations: 1 } });
    expect(workOf(long)).toBe(3 * 4 * 100);
    expect(workOf(cellNamed("x", { settings: { loss: "unheard" } }))).toBe(0);
    const words = await heard(
      schedule(
        [cellNamed("a"), cellNamed("b"), long],
        ({ id }) => (id === "a" ? done(0.1) : undefined),
        carrier,
        () => clock,
      ),
    );
    // Of work 5 one is known; half of b takes 5 s, and 3.5 are left at that pace.
    expect(words.map(({ standing }) => standing.secondsLeft)).toEqual([undefined, 35, 30, 9, 0]);
    expect(words.map(({ standing }) => standing.share)).toEqual([0.2, 0.3, 0.4, 0.7, 1]);
  });

  it("reads no pace from what a run had when it was taken up", async () => {
    let clock = 0;
    const carrier: Carrier = async function* ([cell]) {
      clock += 1000;
      yield { kind: "progress", cell: cell as Cell, share: 0.6, from: 0.5 };
    };
    const words = await heard(
      schedule(
        [cellNamed("a")],
        () => undefined,
        carrier,
        () => clock,
      ),
    );
    expect(words.at(-1)?.standing.secondsLeft).toBeCloseTo(4, 9);
    expect(words.at(-1)?.standing.share).toBeCloseTo(0.6, 12);
  });

  it("ends where the carrier is stopped", async () => {
    const carrier: Carrier = async function* (cells) {
      for (const cell of cells) {
        yield { kind: "ended", cell, outcome: done(0.5) };
        yield { kind: "stopped", fault: interrupted("enough") };
      }
    };
    expect(told(await heard(schedule([cellNamed("a"), cellNamed("b")], () => undefined, carrier)))).toEqual([
      "known",
      "ended a",
      "stopped",
    ]);
  });
});

describe("the carrier of this process", () => {
  const words = async (carrier: Carrier, ids: readonly string[]): Promise<readonly string[]> => {
    const all: string[] = [];
    for await (const word of carrier(ids.map((id) => cellNamed(id)))) all.push(said(word));
    return all;
  };
  const said = (word: Carried): string =>
    word.kind === "stopped"
      ? `stopped: ${word.fault.message}`
      : word.kind === "progress"
        ? `${word.cell.id} ${word.share}`
        : word.kind === "ended"
          ? `${word.cell.id} ${word.outcome.kind === "failed" ? word.outcome.why : "done"}`
          : `${word.cell.id} began`;

  it("trains one after the other; what fails or is thrown in a cell stops no other", async () => {
    const carrier = inThisProcess(
      ({ id }, onShare) =>
        async () => {
          onShare(0.25, 0);
          await Promise.resolve();
          onShare(0.75, 0);
          if (id === "b") return E.left(failed("diverged"));
          if (id === "c") throw new Error("oops");
          return E.right(done(0.5));
        },
      () => false,
    );
    expect(await words(carrier, ["a", "b", "c", "d"])).toEqual([
      ..."a began,a 0.25,a 0.75,a done".split(","),
      ..."b began,b 0.25,b 0.75,b diverged".split(","),
      ..."c began,c 0.25,c 0.75,c a mistake of the program: oops".split(","),
      ..."d began,d 0.25,d 0.75,d done".split(","),
    ]);
  });

  it("stops within a cell that was interrupted, and before the next where that was asked between two", async () => {
    const within = inThisProcess(
      ({ id }) =>
        async () =>
          id === "b" ? E.left(interrupted("stopped after step 3")) : E.right(done(1)),
      () => false,
    );
    expect(await words(within, ["a", "b", "c"])).toEqual(["a began", "a done", "b began", "stopped: stopped after step 3"]);
    let asked = false;
    const between = inThisProcess(
      () => async () => {
        asked = true;
        return E.right(done(1));
      },
      () => asked,
    );
    expect(await words(between, ["a", "b"])).toEqual(["a began", "a done", "stopped: stopped between two cells; what was done is kept"]);
  });
});

describe("a paired t-test", () => {
  it("is scipy's", () => {
    // scipy 1.10.1, stats.ttest_rel(x, y): statistic, pvalue.
    const a = [0.539, 0.581, 0.591, 0.566, 0.586];
    const b = [0.573, 0.678, 0.627, 0.588, 0.558];
    const c = [0.508, 0.597, 0.517, 0.523, 0.503];
    for (const [x, y, t, p] of [
      [b, a, 1.615583410822713, 0.18148797039933895],
      [b, c, 7.796200322393977, 0.0014602414156980941],
      [a.slice(0, 2), b.slice(0, 2), -2.0793650793650738, 0.2853738575610656],
      [a.slice(0, 3), c.slice(0, 3), 1.1414947934820534, 0.3719142116257945],
      [[0.9, 0.8, 0.85, 0.95], [0.1, 0.2, 0.15, 0.12], 14.037522129777534, 0.0007829274576381486],
    ] as const) {
      const found = pairedTest(x, y);
      expect(found?.t).toBeCloseTo(t, 9);
      expect(found?.p).toBeCloseTo(p, 9);
      expect(found?.freedom).toBe(x.length - 1);
    }
  });

  it("is none of one pair, of lists of two lengths, or where all pairs differ alike", () => {
    expect(pairedTest([1], [0])).toBeUndefined();
    expect(pairedTest([1, 2], [0])).toBeUndefined();
    expect(pairedTest([1, 2, 3], [0, 1, 2])).toBeUndefined();
    expect(pairedTest([], [])).toBeUndefined();
    expect(sampleOf([2, 4, 9])).toEqual({ mean: 5, deviation: Math.sqrt(13), count: 3 });
  });
});

/** Two rows of three seeds; B has failed once and A is still to come once. */
const section = (): Section => {
  const cells = ["A", "B"].flatMap((row) => [1, 2, 3].map((seed) => cellNamed(`${row}${seed}`, { row, seed })));
  const outcomes = new Map<string, Outcome>([
    ["A1", done(0.5)],
    ["A2", done(0.6)],
    ["B1", done(0.7)],
    ["B2", done(0.5, { bestEpoch: 2 })],
    ["B3", { kind: "failed", why: 'a | pipe and "quotes"' }],
  ]);
  const made = sectionOf(recipe, { ...choice, seeds: 3, given: { epochs: 2 } }, "birds", [1, 2], cells, outcomes);
  return { ...made, machine: { processor: "P", threads: 2, memory: 2 ** 34, system: "s" }, versions: { "mdr-ts": "1", node: "n" } };
};

describe("a table", () => {
  it("pairs the runs of one seed, and leaves out what has no partner", () => {
    expect(comparisonsOf(section())).toEqual([
      {
        row: "B",
        against: "A",
        at: undefined,
        epoch: "final",
        seeds: 2,
        difference: expect.closeTo(0.05, 12),
        // Of +0.2 and -0.1: a deviation of 0.3 / sqrt(2) over sqrt(2) is 0.15.
        test: {
          difference: expect.closeTo(0.05, 12),
          t: expect.closeTo(1 / 3, 12),
          freedom: 1,
          p: expect.closeTo(1 - (2 / Math.PI) * Math.atan(1 / 3), 9),
        },
      },
      expect.objectContaining({ epoch: "best", seeds: 2 }),
    ]);
  });

  it("says mean and deviation in percent, both epochs, what failed and what is to come", () => {
    const text = tablesMarkdown(withSection(undefined, recipe, section()), undefined);
    expect(text).toMatchInlineSnapshot(`
      "# A toy

      ## birds, small scale

      Mean and deviation over seeds.

      **Final epoch**

      | percent | R@1 | R@2 | MAP@R | NMI | epoch | runs |
      |---|---|---|---|---|---|---|
      | A | 55.0 ± 7.1 | - | - | - | 2 | 2 of 3 |
      | B | 60.0 ± 14.1 | - | - | - | 2 | 2 of 3 |

      **Best epoch, chosen on what it is scored on, as the paper reports: optimistic**

      | percent | R@1 | R@2 | MAP@R | NMI | epoch | runs |
      |---|---|---|---|---|---|---|
      | A | 65.0 ± 7.1 | - | - | - | 1 | 2 of 3 |
      | B | 70.0 ± 14.1 | - | - | - | 1, 2 | 2 of 3 |

      Published figures: not at hand.

      Paired t-tests of Recall@1, two-sided, a pair being two runs of one seed; p is not corrected for how many tests there are.

      |  | epoch | difference, points | t | p | pairs |
      |---|---|---|---|---|---|
      | B - A | final | +5.0 | t(1) = 0.33 | 0.7952 | 2 |
      | B - A | best | +5.0 | t(1) = 0.33 | 0.7952 | 2 |

      1 of 6 runs failed:

      - B, seed 3: a | pipe and "quotes"

      1 of 6 runs are still to come.

      Set otherwise than the recipe says: epochs 2.

      40 s of training in all, engine none; last on P, 2 threads, 16 GiB, s. mdr-ts 1, Node n. Data f.
      "
    `);
  });

  it("holds published figures beside its own, from a file and from nowhere else", () => {
    const path = join(folder, "published");
    write("published", { source: "a paper", tables: { toy: { birds: { A: { "recall@1": 61.2 } } } } });
    const published = right(readPublished(`${path}.json`));
    const text = tablesMarkdown(withSection(undefined, recipe, section()), published);
    expect(text).toContain("| A, published | 61.2 | not at hand | not at hand | not at hand |  |  |");
    expect(text).toContain("| B, published | not at hand | not at hand |");
    expect(text).toContain("Published figures: a paper");
    write("published", { source: "a paper", tables: { toy: { birds: { A: { "recall@1": 612 } } } } });
    expect(left(readPublished(`${path}.json`))).toMatch(/"tables\.toy\.birds\.A\.recall@1".*in percent/);
  });

  it("keeps the sections of other data, and puts its own in the place of an earlier one", () => {
    const first = withSection(undefined, recipe, section());
    const other = withSection(first, recipe, { ...section(), fingerprint: "other", dataset: "cars" });
    const again = withSection(other, recipe, { ...section(), seeds: 9 });
    expect(again.sections.map(({ dataset, seeds }) => [dataset, seeds])).toEqual([
      ["birds", 9],
      ["cars", 3],
    ]);
    expect(withSection(again, recipe, { ...section(), scale: "full" }).sections).toHaveLength(3);
  });

  it("is as CSV a line an epoch of a run, with quotes where they are needed", () => {
    expect(tablesCsv(withSection(undefined, recipe, section())).split("\n")).toEqual([
      "recipe,dataset,scale,row,at,seed,cell,state,of,epoch,recall@1,seconds,why",
      "toy,birds,small,A,,1,A1,done,final,2,0.5,10,",
      "toy,birds,small,A,,1,A1,done,best,1,0.6,10,",
      "toy,birds,small,A,,2,A2,done,final,2,0.6,10,",
      "toy,birds,small,A,,2,A2,done,best,1,0.7,10,",
      "toy,birds,small,A,,3,A3,to come,,,,,",
      "toy,birds,small,B,,1,B1,done,final,2,0.7,10,",
      "toy,birds,small,B,,1,B1,done,best,1,0.7999999999999999,10,",
      "toy,birds,small,B,,2,B2,done,final,2,0.5,10,",
      "toy,birds,small,B,,2,B2,done,best,2,0.6,10,",
      'toy,birds,small,B,,3,B3,failed,,,,,"a | pipe and ""quotes"""',
      "",
    ]);
  });
});

describe("a figure's lines", () => {
  it("are along the axis the final epoch's means, and along the epochs two a row", () => {
    const cells = [4, 8].flatMap((at) => [1, 2].map((seed) => cellNamed(`${at}.${seed}`, { row: "A", at, seed })));
    const curve = (shift: number) => [
      { epoch: 0, tested: shift, trained: 0.5 },
      { epoch: 1, tested: 0.3 + shift, trained: 0.9 },
    ];
    const outcomes = new Map<string, Outcome>([
      ["4.1", done(0.2, { curve: curve(0) })],
      ["4.2", done(0.4, { curve: curve(0.2) })],
      ["8.1", done(0.6)],
    ]);
    const points = { axis: "size", values: [4, 8].map((at) => ({ at, settings: {} })) };
    const own = sectionOf({ ...recipe, rows: recipe.rows.slice(0, 1), points }, choice, "birds", [1], cells, outcomes);
    expect(pointLines(own)).toEqual([
      {
        name: "A",
        dashed: false,
        points: [
          { x: 4, y: expect.closeTo(0.3, 12), deviation: expect.closeTo(Math.sqrt(0.02), 12) },
          { x: 8, y: 0.6, deviation: undefined },
        ],
      },
    ]);
    const flat = sectionOf(
      { ...recipe, rows: recipe.rows.slice(0, 1) },
      choice,
      "birds",
      [1],
      cells.slice(0, 2).map(({ at: _, ...cell }) => cell),
      outcomes,
    );
    const [tested, trained] = curveLines(flat);
    expect(tested?.points.map(({ x, y }) => [x, y])).toEqual([
      [0, expect.closeTo(0.1, 12)],
      [1, expect.closeTo(0.4, 12)],
    ]);
    expect([trained?.dashed, trained?.points.map(({ y }) => y)]).toEqual([true, [0.5, 0.9]]);
  });
});

it("reads what it ships: no recipe is out of a loader's sight", () => {
  const text = readFileSync(join(recipes, "..", "package.json"), "utf8");
  expect((JSON.parse(text) as { files: readonly string[] }).files).toContain("recipes");
});
