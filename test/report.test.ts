/** Reports: every number and every line on a page is the run's own, and nothing that a name holds gets out of its place. */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import * as E from "fp-ts/lib/Either.js";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { makeDataset } from "../src/datasets/index.js";
import { classScores, distanceHistogram, evaluateRetrieval, foundAmong, nearestNeighbours } from "../src/evaluate/index.js";
import {
  boundariesOf,
  cardHtml,
  countedIn,
  dataId,
  figureFiles,
  groupsOf,
  histogramChart,
  type Looked,
  lineChart,
  lookedAt,
  measuredIn,
  pageOf,
  picturesIn,
  type Report,
  reportOf,
  type Story,
  storeOf,
  thumbsOf,
  ticksOf,
} from "../src/report/index.js";
import { readMetrics, readResults } from "../src/runs/index.js";
import { unsafeTensor } from "../src/tensor/index.js";
import { mdr, mdrReporting, printedBy, tiny } from "./fixtures/commands.js";
import { judgedOf, linesOf, madeStory } from "./fixtures/stories.js";

/** The numbers that a page holds. */
const dataOf = (html: string): Report => {
  const text = new RegExp(`<script type="application/json" id="${dataId}">(.*?)</script>`, "s").exec(html)?.[1];
  return JSON.parse(text ?? "null") as Report;
};

/** Affine: what a place on the drawing stands for, from the places of two ticks. */
const inverse = (ticks: readonly (readonly [place: number, value: number])[]): ((place: number) => number) => {
  const [[p = 0, v = 0] = [], [q = 1, w = 1] = []] = [ticks[0], ticks.at(-1)];
  return (place) => v + ((place - p) / (q - p)) * (w - v);
};

/** The lines of a chart as numbers again, read off its own axes. */
const linesIn = (svg: string): readonly (readonly (readonly [x: number, y: number])[])[] => {
  const value = (text: string): number => Number(text.replace(" %", "")) * (text.endsWith("%") ? 0.01 : 1);
  const ticks = (pattern: RegExp) => [...svg.matchAll(pattern)].map(([, place = "", text = ""]) => [Number(place), value(text)] as const);
  const across = inverse(ticks(/<text x="([\d.-]+)" y="252" class="middle">([^<]+)</g));
  const rising = ticks(/<text x="52" y="([\d.-]+)" class="end">([^<]+)</g);
  // More is higher up.
  expect(rising[0]?.[0]).toBeGreaterThan(rising.at(-1)?.[0] ?? 0);
  const down = inverse(rising);
  return [...svg.matchAll(/<path class="line l\d" d="([^"]*)"/g)].map(([, d = ""]) =>
    [...d.matchAll(/[ML](-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [across(Number(x)), down(Number(y) + 4)] as const),
  );
};

const expectLine = (line: readonly (readonly [number, number])[] | undefined, points: readonly (readonly [number, number])[]): void => {
  expect(line).toHaveLength(points.length);
  const span = Math.max(...points.map(([, y]) => y)) - Math.min(...points.map(([, y]) => y));
  points.forEach(([x, y], index) => {
    expect(line?.[index]?.[0]).toBeCloseTo(x, 0);
    expect(Math.abs((line?.[index]?.[1] ?? Number.NaN) - y)).toBeLessThan(1e-3 + 0.01 * span);
  });
};

const chartOf = (html: string, title: string): string => {
  const found = [...html.matchAll(/<svg viewBox[^>]*class="chart">.*?<\/svg>/gs)]
    .map(([svg]) => svg)
    .find((svg) => svg.includes(`>${title}</text>`));
  if (found === undefined) throw new Error(`no chart ${title}`);
  return found;
};

describe("the report of a run", () => {
  const folder = mkdtempSync(join(tmpdir(), "mdr-report-"));
  const data = join(folder, "data");
  const run = join(folder, "run");
  const page = (path: string): string => readFileSync(path, "utf8");
  let html = "";

  beforeAll(async () => {
    const made = await makeDataset({ seed: 3, classes: 10, imagesPerClass: 5, size: 20 }, data)();
    if (E.isLeft(made)) throw new Error(made.left.message);
    const settings = [...tiny, "--method", "triplet-mdr", "--train-share", "0.4", "--recall", "1,3", "--train-scores", "20"];
    const ended = await mdrReporting("--data", data, "--out", run, ...settings, "--epochs", "2", "--decay-steps", "1");
    expect(ended.code, ended.said).toBe(0);
    html = page(join(run, "report.html"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is written at the end of training, and holds what its metrics, results and card hold", () => {
    const { lines } = readMetrics(run);
    const results = readResults(run);
    const [story] = dataOf(html).runs;
    const steps = lines.filter(({ event }) => event === "step");
    const epochs = lines.filter(({ event }) => event === "epoch");
    expect(story?.steps).toHaveLength(4);
    expect(
      story?.steps.map(({ step, values, levels }) => ({ step, levels, loss: values.loss, mean: values.mean, deviation: values.deviation })),
    ).toEqual(steps.map(({ step, levels, loss, mean, deviation }) => ({ step, levels, loss, mean, deviation })));
    expect(epochs).toHaveLength(3);
    expect(story?.epochs.map(({ epoch, scores, levels }) => ({ epoch, scores, levels }))).toEqual(
      epochs.map(({ epoch, scores, levels }) => ({ epoch, scores, levels })),
    );
    expect(story?.epochs.map(({ trained }) => trained)).toEqual(
      epochs.map((line) => (line.trained as { readonly "recall@1": number })["recall@1"]),
    );
    expect(story?.epochs.map(({ histogram }) => histogram)).toEqual(
      epochs.map(({ histogram }) => {
        const { positives, negatives, ...all } = histogram as Record<"positives" | "negatives", { readonly shares: readonly number[] }>;
        return { ...all, positives: positives.shares, negatives: negatives.shares };
      }),
    );
    // Four classes of five pictures train, and all of them are in the sample.
    expect(
      epochs.map(({ histogram }) => {
        const { positives, negatives } = histogram as Record<"positives" | "negatives", { readonly pairs: number }>;
        return [positives.pairs, negatives.pairs];
      }),
    ).toEqual(epochs.map(() => [40, 150]));
    expect(E.isRight(results) && JSON.parse(JSON.stringify(results.right))).toEqual(story?.results);
    expect(story).toMatchObject({ seed: 1, method: "triplet-mdr", stepsDone: 4, remarks: [] });
    expect(story?.changed).toMatchObject({ embedding: 3, width: 2 });
    expect(html).toContain("A distance is no probability");
    expect(html).toContain(`Node ${process.version}`);
  });

  it("draws those numbers, and no others", () => {
    const { lines } = readMetrics(run);
    const steps = lines.filter(({ event }) => event === "step") as readonly Record<string, number>[];
    const epochs = lines.filter(({ event }) => event === "epoch");
    const at = (name: string) => steps.map((line) => [line.step ?? 0, line[name] ?? 0] as const);
    const recall = (name: string) =>
      epochs.map((line) => [Number(line.epoch), (line.scores as Record<string, number>)[name] ?? 0] as const);
    const recalls = linesIn(chartOf(html, "Recall on classes that never trained"));
    expectLine(recalls[0], recall("recall@1"));
    expectLine(recalls[1], recall("recall@3"));
    expect(recalls).toHaveLength(3);
    expectLine(linesIn(chartOf(html, "Losses"))[0], at("loss"));
    const [mean, deviation] = linesIn(chartOf(html, "Running mean and deviation of distances"));
    expectLine(mean, at("mean"));
    expectLine(deviation, at("deviation"));
    const levels = linesIn(chartOf(html, "The levels"));
    expect(levels).toHaveLength(3);
    levels.forEach((line, index) => {
      expectLine(
        line,
        steps.map(({ step, levels: own }) => [step ?? 0, (own as unknown as readonly number[])[index] ?? 0] as const),
      );
    });
  });

  it("finds what `mdr eval` finds of its last epoch, class by class, and so does `mdr report`", async () => {
    const told = JSON.parse(await printedBy("eval", run, "--json", "--per-class")) as {
      readonly scores: Readonly<Record<string, number>>;
      readonly perClass: readonly { readonly class: string; readonly queries: number; readonly scores: Readonly<Record<string, number>> }[];
    };
    const kept = ({ scores }: { readonly scores: Readonly<Record<string, number>> }) => ({
      "recall@1": scores["recall@1"],
      "recall@3": scores["recall@3"],
    });
    const later = join(folder, "later.html");
    await printedBy("report", run, "--out", later, "--figures", join(folder, "figures"));
    for (const text of [html, page(later)]) {
      const looked = dataOf(text).runs[0]?.looked;
      expect(looked?.scores).toEqual(kept(told));
      expect(looked?.classes).toEqual(told.perClass.map((row) => ({ class: row.class, queries: row.queries, scores: kept(row) })));
      expect(text.match(/<image id=/g)?.length).toBe(looked === undefined ? 0 : picturesIn(looked).length);
    }
    expect(dataOf(page(later)).runs[0]?.looked?.map).toEqual(dataOf(html).runs[0]?.looked?.map);
    expect(readdirSync(join(folder, "figures")).sort()).toEqual([
      "distances.svg",
      "histogram.svg",
      "levels.svg",
      "losses.svg",
      "map.svg",
      "recall.svg",
    ]);
    expect(readFileSync(join(folder, "figures", "levels.svg"), "utf8")).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="640" height="300"/,
    );
  });

  it("says so where the pictures are gone, and shows the rest", async () => {
    renameSync(data, `${data}-away`);
    const text = await printedBy("report", folder, "--out", join(folder, "gone.html"));
    renameSync(`${data}-away`, data);
    expect(text).toContain("gone.html");
    const [story] = dataOf(page(join(folder, "gone.html"))).runs;
    expect(story?.looked).toBeUndefined();
    expect(story?.remarks.join()).toMatch(/^its pictures are not shown: /);
    expect(story?.steps).toHaveLength(4);
  });

  it("is left out where nobody wants it, and asks where a page about several goes", async () => {
    expect(await mdr("report", run, run)).toMatchObject({ code: 2, said: expect.stringContaining("--out") });
    const without = join(folder, "without");
    await printedBy("train", "--data", data, "--out", without, ...tiny, "--method", "triplet");
    expect(readdirSync(without)).not.toContain("report.html");
    await printedBy("report", run, without, "--no-pictures", "--out", join(folder, "two.html"));
    const { runs, groups } = dataOf(page(join(folder, "two.html")));
    expect(runs.map(({ looked }) => looked)).toEqual([undefined, undefined]);
    expect(groups.map(({ members }) => members)).toEqual([[0], [1]]);
  });

  it("goes with the run where another begins in its place, and is kept apart from a page of the user's", async () => {
    const again = ["--data", data, "--out", run, ...tiny, "--method", "triplet", "--force"];
    await printedBy("train", ...again);
    expect(readdirSync(run)).not.toContain("report.html");
    writeFileSync(join(run, "report.html"), "<!doctype html>mine");
    expect(await mdr("train", ...again)).toMatchObject({
      code: 2,
      said: expect.stringContaining("report.html is there and was not written by a run"),
    });
  });
});

describe("distances", () => {
  it("of one class and of two are counted apart, about the mean of all", () => {
    // On a line at 0, 1 and 5: distances 1 (one class), 5 and 4 (two); mean 10/3, deviation sqrt(26)/3 = 1.70.
    const { mean, deviation, shares, positives, negatives } = distanceHistogram(unsafeTensor([3, 1], Float64Array.of(0, 1, 5)), [7, 7, 8]);
    expect([mean, deviation]).toEqual([expect.closeTo(10 / 3, 12), expect.closeTo(Math.sqrt(26) / 3, 12)]);
    const bin = (distance: number): number => Math.floor(((distance - 10 / 3) / (Math.sqrt(26) / 3) + 5) * 5);
    expect(positives).toEqual({ pairs: 1, shares: expect.objectContaining({ [bin(1)]: 1 }) });
    expect(negatives.pairs).toBe(2);
    expect(negatives.shares[bin(5)]).toBe(0.5);
    expect(negatives.shares[bin(4)]).toBe(0.5);
    expect(shares.map((share) => 3 * share)).toEqual(
      shares.map((_, at) => expect.closeTo((positives.shares[at] ?? 0) + 2 * (negatives.shares[at] ?? 0), 12)),
    );
    expect(distanceHistogram(unsafeTensor([1, 1], Float64Array.of(0)), [0])).toMatchObject({
      mean: 0,
      deviation: 0,
      positives: { pairs: 0 },
    });
  });

  it("belong to the nearest level: intervals end half-way", () => {
    expect(boundariesOf([3, -3, 0])).toEqual([-1.5, 1.5]);
    expect(boundariesOf([1])).toEqual([]);
  });

  it("are drawn epoch by epoch, the last in sight: both outlines, the levels and where their intervals end", () => {
    const counted = countedIn(measuredIn(linesOf(1)).epochs);
    const svg = histogramChart(counted);
    const states = [...svg.matchAll(/<g class="(state(?: on)?)" data-epoch="(\d)">(.*?)<\/g>/gs)];
    expect(states.map(([, shown, epoch]) => [shown, epoch])).toEqual([
      ["state", "0"],
      ["state", "1"],
      ["state", "2"],
      ["state on", "3"],
    ]);
    const down = inverse(
      [...svg.matchAll(/<text x="52" y="([\d.-]+)" class="end">([^<]+) %</g)].map(([, y, share]) => [Number(y) - 4, Number(share) / 100]),
    );
    const across = (x: number): number => ((x - 58) / (624 - 58)) * 10 - 5;
    states.forEach(([, , , marks = ""], index) => {
      const { histogram, levels } = counted[index] ?? expect.unreachable();
      const outlines = [...marks.matchAll(/<path class="area a\d" d="([^"]*)"/g)].map(([, d = ""]) =>
        [...d.matchAll(/[ML]([\d.]+),([\d.]+)/g)]
          .slice(1, -1)
          .filter((_, at) => at % 2 === 0)
          .map(([, , y]) => down(Number(y))),
      );
      expect(outlines).toEqual([histogram.positives, histogram.negatives].map((own) => own?.map((share) => expect.closeTo(share, 3))));
      const places = (kind: string) =>
        [...marks.matchAll(new RegExp(`<line x1="([\\d.]+)"[^>]*class="${kind}"`, "g"))].map(([, x]) => across(Number(x)));
      expect(places("level")).toEqual(levels.map((level) => expect.closeTo(level, 1)));
      expect(places("boundary")).toEqual(boundariesOf(levels).map((at) => expect.closeTo(at, 1)));
    });
  });

  it("of runs that did not tell pairs apart are drawn all together", () => {
    const old = linesOf(1).map(({ histogram, ...line }) => {
      if (histogram === undefined) return line;
      const { positives: _, negatives: __, ...all } = histogram as Record<string, unknown>;
      return { ...line, histogram: all };
    });
    const svg = histogramChart(countedIn(measuredIn(old).epochs));
    expect(svg).toContain("all pairs");
    expect(svg.match(/area a1/g)).toBeNull();
  });
});

describe("what embeddings show", () => {
  it("is what the evaluation finds, whatever the classes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 24 }),
        fc.constantFrom("skip", "miss"),
        (seed, labels, lone) => {
          fc.pre(new Set(labels).size < labels.length);
          const { queries } = judgedOf(["a", "b", "c", "d", "e"], 5, seed);
          const embeddings = {
            shape: [labels.length, 4],
            data: Float64Array.from({ length: 4 * labels.length }, (_, at) => queries.embeddings.data[at] ?? 0),
          };
          const looked = lookedAt({
            queries: { embeddings, labels, files: labels.map(String) },
            classes: ["a", "b", "c", "d", "e"],
            ranks: [1, 3],
            lone,
          });
          const { "recall@1": one, "recall@3": three } = evaluateRetrieval(embeddings, labels, { ranks: [1, 3], lone });
          expect(looked.scores).toEqual({ "recall@1": one, "recall@3": three });
          const found = foundAmong(nearestNeighbours(embeddings, embeddings, { count: labels.length, same: true }), labels, labels, true);
          expect(looked.classes.map(({ class: name, scores }) => [name, scores["recall@3"]])).toEqual(
            classScores(found, labels, { ranks: [3], lone }).map(({ label, scores }) => ["abcde"[Number(label)], scores["recall@3"]]),
          );
          const wrong = looked.confusions.reduce((sum, { count }) => sum + count, 0);
          const counted =
            lone === "miss" ? labels.length : labels.filter((label) => labels.filter((other) => other === label).length > 1).length;
          expect(wrong).toBe(counted - Math.round((one ?? 0) * counted));
        },
      ),
      { numRuns: 12 },
    );
  });

  it("is asked of some where all would take too long, and found among all", () => {
    const judged = judgedOf(["a", "b", "c"], 8, 5);
    const [all, some] = [lookedAt(judged), lookedAt({ ...judged, work: 6 * 24 * 4 })];
    expect([all.asked, some.asked, some.queries]).toEqual([24, 6, 24]);
    const near = nearestNeighbours(judged.queries.embeddings, judged.queries.embeddings, { count: 1, same: true });
    const right = [0, 4, 8, 12, 16, 20].filter((row) => judged.queries.labels[near[row]?.[0] ?? 0] === judged.queries.labels[row]).length;
    expect(some.scores["recall@1"]).toBe(right / 6);
    for (const { row, found } of [...some.best, ...some.worst]) expect(found.map((one) => one.row)).not.toContain(row);
  });

  it("has a sheet of the best and the worst, with distances and what is right", () => {
    // On a line: a a b | far: b a; the query at 0 finds a at once, the one at 2 finds a before its b.
    const embeddings = unsafeTensor([5, 1], Float64Array.of(0, 1, 1.5, 20, 40));
    const { best, worst, confusions } = lookedAt({
      queries: { embeddings, labels: [0, 0, 1, 1, 0], files: ["p", "q", "r", "s", "t"] },
      classes: ["a", "b"],
      ranks: [1],
      lone: "skip",
    });
    expect(best.map(({ file }) => file)).toEqual(["q", "r"]);
    expect(worst.map(({ file }) => file)).toEqual(["r", "q"]);
    expect(best[0]?.found.map(({ file, distance, right }) => [file, distance, right])).toEqual([
      ["r", 0.5, false],
      ["p", 1, true],
      ["s", 19, false],
      ["t", 39, true],
    ]);
    expect(confusions).toEqual([
      { class: "a", takenFor: "b", count: 2, of: 3 },
      { class: "b", takenFor: "a", count: 1, of: 2 },
    ]);
  });

  it("is looked for in a gallery where there is one", () => {
    const side = (places: readonly number[], labels: readonly number[], name: string) => ({
      embeddings: unsafeTensor([places.length, 1], Float64Array.from(places)),
      labels,
      files: places.map((_, row) => `${name}${row}`),
    });
    const { scores, worst } = lookedAt({
      queries: side([0, 5], [0, 1], "q"),
      gallery: side([0.5, 4, 9], [0, 0, 1], "g"),
      classes: ["a", "b"],
      ranks: [1, 2],
      lone: "skip",
    });
    expect(scores).toEqual({ "recall@1": 0.5, "recall@2": 1 });
    expect(worst[0]?.found[0]).toEqual({ side: "gallery", row: 1, file: "g1", class: "a", distance: 1, right: false });
  });
});

describe("several runs", () => {
  it("that differ in their seed alone are taken together, with mean and deviation", () => {
    const runs = [madeStory(1), madeStory(2), madeStory(4), madeStory(1, { method: "triplet", name: "other" })];
    const groups = groupsOf(runs);
    expect(groups.map(({ members }) => members)).toEqual([[0, 1, 2], [3]]);
    // Recall@1 at the end: 0.5 and a hundredth of the seed: mean 7/300 above, deviation of 1, 2, 4: sqrt(7/3) hundredths.
    expect(groups[0]?.final["recall@1"]).toEqual({
      mean: expect.closeTo(0.5 + 7 / 300, 12),
      deviation: expect.closeTo(Math.sqrt(7 / 3) / 100, 12),
      count: 3,
    });
    expect(groups[0]?.curve.map(({ epoch, mean }) => [epoch, mean])).toEqual(
      [0, 1, 2, 3].map((epoch) => [epoch, expect.closeTo(0.2 + 0.1 * epoch + 7 / 300, 12)]),
    );
    expect(groups[1]?.final["recall@1"]).toEqual({ mean: expect.closeTo(0.51, 12), deviation: undefined, count: 1 });
    const html = pageOf(reportOf(runs));
    expect(html).toContain("52.3 % (1.5)");
    expectLine(
      linesIn(chartOf(html, "Recall@1 on classes that never trained"))[0],
      [0, 1, 2, 3].map((epoch) => [epoch, 0.2 + 0.1 * epoch + 7 / 300]),
    );
    const bars = [
      ...chartOf(html, "Recall@1 on classes that never trained").matchAll(
        /<line x1="[\d.]+" y1="([\d.]+)" x2="[\d.]+" y2="([\d.]+)" class="bar l0"/g,
      ),
    ];
    expect(bars).toHaveLength(4);
    expect(figureFiles(reportOf(runs)).map(({ name }) => name)).toContain("compared.svg");
  });

  it("are named by the settings in which they differ", () => {
    const one = madeStory(1);
    const [first, second] = groupsOf([one, { ...one, settings: { ...one.settings, lambda: 0.6 } }]);
    expect([first?.name, second?.name]).toEqual(["triplet-mdr, lambda 0.1", "triplet-mdr, lambda 0.6"]);
  });
});

test("of long runs so many steps are drawn as a picture can show, evenly spread, the last among them", () => {
  const lines = Array.from({ length: 1000 }, (_, index) => ({ event: "step", step: index + 1, epoch: 1, loss: index }));
  const { steps, stepsDone } = measuredIn(lines);
  expect([stepsDone, steps.length, steps[0]?.step, steps.at(-1)?.step]).toEqual([1000, 240, 1, 1000]);
  const gaps = steps.slice(1).map(({ step }, index) => step - (steps[index]?.step ?? 0));
  expect(new Set(gaps)).toEqual(new Set([4, 5]));
});

describe("charts", () => {
  it("have round ticks about their numbers", () => {
    expect(ticksOf(0.03, 0.97, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf(5, 5, 5)).toEqual([5, 6]);
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (low, width) => {
        const ticks = ticksOf(low, low + width, 5);
        expect(ticks.length).toBeLessThan(9);
        expect(ticks[0]).toBeLessThanOrEqual(low + 1e-6 * width);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(low + width - 1e-6 * width);
      }),
    );
  });

  it("leave a gap where a number is none", () => {
    const points = [1, Number.NaN, 3, 4].map((y, x) => ({ x, y }));
    expect(linesIn(lineChart({ title: "t", x: "x", y: "y", series: [{ name: "s", points }] }))[0]?.map(([x]) => Math.round(x))).toEqual([
      0, 2, 3,
    ]);
  });
});

/** Tags and the names of their attributes, in order, of a page without its JSON. */
const skeleton = (html: string): readonly string[] =>
  [
    ...html
      .replace(/(<script type="application\/json"[^>]*>).*?(<\/script>)/s, "$1$2")
      .matchAll(/<(\/?[a-zA-Z][\w]*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>|<[^\s]/g),
  ].map(([whole, name, marks = ""]) =>
    name === undefined ? `?${whole}` : `${name} ${[...marks.matchAll(/([\w-]+)(?:="[^"]*")?/g)].map(([, key]) => key).join(" ")}`,
  );

test("a name is text wherever it stands: it opens no tag, ends no script and adds no attribute", () => {
  const nasty = [
    "</script>",
    '"',
    "'",
    "<img src=x onerror=alert(1)>",
    "<!--",
    "-->",
    "]]>",
    "&lt;",
    "\u2028",
    "\u0000",
    "\\u003c",
    "`",
    '" onload="x',
    "{{x}}",
    "\ud800",
  ];
  const text = fc
    .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ maxLength: 4 })), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join(""));
  const plainly = madeStory(3);
  /** The same run with the word before every name. */
  const pages = (word: string): string => {
    const renamed = (key: string, value: unknown): unknown =>
      ["class", "takenFor", "file"].includes(key) ? `${word}${String(value)}` : value;
    const story: Story = {
      ...plainly,
      name: `${word}n`,
      card: `## ${word.replace(/[\n|#`]/g, "")}x\n\n- a`,
      looked: JSON.parse(JSON.stringify(plainly.looked), renamed) as Looked,
    };
    const seen = story.looked === undefined ? [] : picturesIn(story.looked);
    const thumbs = thumbsOf([seen.map((one, index) => ({ ...one, jpeg: Uint8Array.of(index) }))]);
    const report = reportOf(
      [story, { ...story, remarks: [word] }].map((one) => ({ ...one, remarks: [word], engine: word, changed: { data: word } })),
    );
    return `${pageOf(report, thumbs)}${figureFiles(report)
      .map(({ svg }) => svg)
      .join("")}`;
  };
  const plain = skeleton(pages("x"));
  expect(plain.length).toBeGreaterThan(500);
  expect(plain.filter((one) => one.startsWith("?") && one !== "?<!")).toEqual([]);
  fc.assert(
    fc.property(text, (word) => {
      const html = pages(word);
      expect(skeleton(html)).toEqual(plain);
      expect(dataOf(html).runs[0]?.name).toBe(`${word}n`);
    }),
    { numRuns: 12 },
  );
});

test("a card keeps its headings, lists, tables and code", () => {
  expect(cardHtml("<!-- mark -->\n# A <b>\n\n## What\n\nOne `two <i>`.\n\n- x\n- y\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")).toBe(
    "<h3>A &#60;b&#62;</h3>\n<h4>What</h4>\n<p>One <code>two &#60;i&#62;</code>.</p>\n<ul><li>x</li><li>y</li></ul>\n<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
  );
});

test("a page holds a picture once, whichever of its runs show it, and so many as can be sent", () => {
  const picture = (file: string, byte: number) => ({ side: "query" as const, file, jpeg: Uint8Array.of(byte >> 8, byte & 255) });
  const [first, second] = thumbsOf([
    [picture("a", 1), picture("b", 2)],
    [picture("b", 2), picture("c", 3)],
  ]);
  expect(first?.get("query b")).toEqual(second?.get("query b"));
  expect(storeOf([first ?? new Map(), second ?? new Map()]).match(/<image id="t\d"/g)).toEqual([
    '<image id="t0"',
    '<image id="t1"',
    '<image id="t2"',
  ]);
  const [many] = thumbsOf([Array.from({ length: 900 }, (_, byte) => picture(`${byte}`, byte))]);
  expect(many?.size).toBe(700);
});

test("a page asks for nothing: every address in it is its own or data", () => {
  const html = pageOf(reportOf([madeStory(1), madeStory(2)]));
  const addresses = [...html.matchAll(/(?:href|src|action|url)\s*[=(]\s*["']?([^"')\s>]+)/g)].map(([, address]) => address ?? "");
  expect(addresses.filter((address) => !address.startsWith("#") && !address.startsWith("data:"))).toEqual([]);
  expect(html.match(/https?:|@import|\/\/[a-z]+\.[a-z]/g)).toBeNull();
});
