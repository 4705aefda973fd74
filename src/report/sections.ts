/** The parts of a page about one run, each as HTML with its numbers beside it. */
import { type Chart, lineChart } from "./chart.js";
import { figuresOf } from "./curves.js";
import { inText, numberText, shareText, tableOf, tag, textTag } from "./html.js";
import { type Counted, countedIn, histogramChart, partsOf, stateText } from "./levels.js";
import type { Answer, Looked, Neighbour, Seen } from "./looked.js";
import { mapSection } from "./map.js";
import { cardHtml } from "./markdown.js";
import { thinned } from "./measured.js";
import type { Story } from "./story.js";
import { shotOf, type Thumbs } from "./thumbs.js";

/** Rows of a table beside a chart: more are for machines. */
const mostRows = 24;

/** The numbers of a chart, a row for each place along it. */
const chartTable = ({ title, x, percent = false, series }: Chart): string => {
  const places = [...new Set(series.flatMap(({ points }) => points.map((one) => one.x)))].sort((a, b) => a - b);
  const said = (value: number | undefined): string => (percent ? shareText(value) : numberText(value));
  return tag(
    "details",
    {},
    textTag("summary", "Numbers"),
    tableOf(
      title,
      [x, ...series.map(({ name }) => name)],
      thinned(places, mostRows).map((place) => [
        String(place),
        ...series.map(({ points }) => {
          const point = points.find((one) => one.x === place);
          const deviation = point?.deviation === undefined ? "" : ` (${said(point.deviation)})`;
          return inText(`${said(point?.y)}${deviation}`);
        }),
      ]),
    ),
  );
};

export const chartFigure = (chart: Chart): string =>
  tag(
    "figure",
    {},
    tag("div", { class: "wide", tabindex: 0, role: "group", "aria-label": `${chart.title}, figure` }, lineChart(chart)),
    chartTable(chart),
  );

/** The histograms with a slider over the epochs. */
const histogramFigure = (epochs: readonly Counted[], id: string): string => {
  const texts = epochs.map(stateText);
  const last = epochs.length - 1;
  const slider =
    last < 1
      ? ""
      : tag(
          "div",
          { class: "slider" },
          textTag("label", "Epoch", { for: id }),
          `<input id="${id}" type="range" min="0" max="${last}" value="${last}" step="1" aria-valuetext="${inText(texts[last] ?? "")}">`,
        );
  const final = epochs[last];
  const parts = final === undefined ? [] : partsOf(final.histogram);
  const bins = parts[0]?.[1].length ?? 0;
  return tag(
    "figure",
    { "data-states": JSON.stringify(texts) },
    tag("div", { class: "wide", tabindex: 0, role: "group", "aria-label": "Distances and levels, figure" }, histogramChart(epochs)),
    slider,
    tag("figcaption", {}, tag("output", {}, inText(texts[last] ?? ""))),
    tag(
      "details",
      {},
      textTag("summary", "Numbers of the last epoch"),
      tableOf(
        "Shares of the pairs by distance, in deviations from the mean",
        ["from", ...parts.map(([name]) => name)],
        Array.from({ length: bins }, (_, bin) => [
          numberText(-5 + (10 * bin) / bins),
          ...parts.map(([, shares]) => shareText(shares[bin])),
        ]),
      ),
    ),
  );
};

const shot = (thumbs: Thumbs, seen: Seen, kind: string, head: string, distance: string): string =>
  tag(
    "div",
    { class: `shot ${kind}` },
    shotOf(thumbs, seen),
    textTag("b", head),
    inText(seen.class),
    distance === "" ? "" : `<br>${inText(distance)}`,
    `<br>${textTag("span", seen.file, { class: "soft" })}`,
  );

const neighbour =
  (thumbs: Thumbs) =>
  (one: Neighbour): string =>
    tag(
      "li",
      {},
      shot(thumbs, one, one.right ? "right" : "wrong", one.right ? "\u2713 right" : "\u2717 wrong", `distance ${numberText(one.distance)}`),
    );

const answers = (thumbs: Thumbs, title: string, list: readonly Answer[]): string =>
  list.length === 0
    ? ""
    : `${textTag("h4", title)}${tag(
        "ul",
        { class: "sheet" },
        ...list.map((one) =>
          tag("li", {}, shot(thumbs, one, "asked", "looked for", ""), tag("ol", {}, ...one.found.map(neighbour(thumbs)))),
        ),
      )}`;

const classTable = ({ classes }: Looked): string => {
  const names = Object.keys(classes[0]?.scores ?? {});
  const [first = ""] = names;
  return tableOf(
    "Recall of each class, the least first",
    ["class", "pictures", ...names],
    [...classes]
      .sort((a, b) => (a.scores[first] ?? 0) - (b.scores[first] ?? 0))
      .map((row) => [inText(row.class), String(row.queries), ...names.map((name) => shareText(row.scores[name]))]),
  );
};

const confusionTable = ({ confusions }: Looked): string =>
  confusions.length === 0
    ? textTag("p", "The nearest neighbour of every picture is of its own class.")
    : tableOf(
        "Classes whose nearest neighbour is of another class, the most frequent first",
        ["class", "taken for", "pictures", "of"],
        confusions.map(({ class: own, takenFor, count, of }) => [inText(own), inText(takenFor), String(count), String(of)]),
      );

const lookedSections = (looked: Looked, thumbs: Thumbs): string =>
  [
    textTag("h3", "Pictures that never trained, as the network places them"),
    ...(looked.asked < looked.queries
      ? [
          textTag(
            "p",
            `${looked.asked} of ${looked.queries} pictures were looked for, spread evenly over all; shares below are of those.`,
            { class: "soft" },
          ),
        ]
      : []),
    textTag(
      "p",
      "Places of t-SNE have no unit: near is alike, far says little. Large shapes with a name are the centres of the classes, means of all their embeddings.",
      { class: "soft" },
    ),
    mapSection(looked.map, thumbs),
    textTag("h3", "What is found"),
    answers(thumbs, "Best: most of the five nearest right, the nearest at the smallest distance; one of a class", looked.best),
    answers(thumbs, "Worst: fewest right, and nearest to what is wrong; one of a class", looked.worst),
    textTag("h3", "What is taken for what"),
    confusionTable(looked),
    classTable(looked),
  ].join("\n");

const settingsTable = ({ changed }: Story): string =>
  Object.keys(changed).length === 0
    ? textTag("p", "Every setting is the program's default.")
    : tableOf(
        "Settings that are not the program's defaults",
        ["setting", "value"],
        Object.entries(changed).map(([name, value]) => [inText(name), inText(JSON.stringify(value))]),
      );

const facts = ({ results, seed, epochs, stepsDone, engine, method }: Story): string => {
  const last = epochs.at(-1);
  const rows: readonly (readonly [string, string])[] = [
    ["method", method],
    ["Recall@1 before", shareText(results?.before["recall@1"] ?? epochs[0]?.scores["recall@1"])],
    [`Recall@1, epoch ${last?.epoch ?? 0}`, shareText(results?.final["recall@1"] ?? last?.scores["recall@1"])],
    ...(results === undefined ? [] : [[`Recall@1, best (epoch ${results.best.epoch ?? 0})`, shareText(results.best["recall@1"])] as const]),
    ["seed", String(seed)],
    ["steps", String(stepsDone)],
    ...(engine === undefined ? [] : [["engine", engine] as const]),
    ...(results === undefined ? [] : [["seconds", results.seconds.toFixed(0)] as const]),
  ];
  return tag("dl", { class: "facts" }, ...rows.map(([name, value]) => tag("div", {}, textTag("dt", name), textTag("dd", value))));
};

/** Everything about one run; `number` keeps what its parts are called apart from another's. */
export const runSection = (run: Story, number: number, thumbs: Thumbs): string => {
  const figures = figuresOf(run);
  const chart = (name: string): string =>
    figures
      .filter((one) => one.name === name)
      .map((one) => chartFigure(one.chart))
      .join("");
  const counted = countedIn(run.epochs);
  return tag(
    "section",
    { id: `run-${number}` },
    textTag("h2", run.name),
    facts(run),
    ...run.remarks.map((remark) => textTag("p", remark, { class: "soft" })),
    textTag("h3", "Learning curves"),
    run.steps.length < run.stepsDone
      ? textTag("p", `${run.steps.length} of ${run.stepsDone} steps are drawn, evenly spread.`, { class: "soft" })
      : "",
    chart("recall"),
    chart("losses"),
    textTag("h3", "Distances and levels"),
    counted.length === 0 ? textTag("p", "The metrics of this run have no histogram.") : histogramFigure(counted, `slider-${number}`),
    chart("levels"),
    chart("distances"),
    run.looked === undefined ? "" : lookedSections(run.looked, thumbs),
    textTag("h3", "Settings"),
    settingsTable(run),
    run.card === undefined ? "" : tag("details", { open: true }, textTag("summary", "Model card"), cardHtml(run.card)),
  );
};
