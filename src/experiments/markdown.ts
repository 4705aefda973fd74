/** Tables as Markdown, laid out as the paper's: a row a method, a column a rank. */
import { visible } from "../faults/index.js";
import { sampledOf } from "./figures.js";
import type { Published } from "./published.js";
import type { Section, Tables } from "./section.js";
import type { Sample } from "./student.js";
import { type Comparison, comparisonsOf, doneOf, type Epoch, epochs, placesOf, scoreOf, testedMetric } from "./summary.js";

const cellText = (text: string): string => visible(text).replace(/\|/g, "\\|");

const rowText = (cells: readonly string[]): string => `| ${cells.map(cellText).join(" | ")} |`;

const tableText = ([head = [], ...rows]: readonly (readonly string[])[]): readonly string[] => [
  rowText(head),
  `|${head.map(() => "---|").join("")}`,
  ...rows.map(rowText),
];

/** 0.4567 -> "45.7" */
const percent = (share: number): string => (Number.isFinite(share) ? (100 * share).toFixed(1) : "-");

/** Mean and deviation in percent; one run has no deviation. */
const sampleText = (sample: Sample | undefined): string =>
  sample === undefined ? "-" : sample.count === 1 ? percent(sample.mean) : `${percent(sample.mean)} ± ${percent(sample.deviation)}`;

const titles: Readonly<Record<string, string>> = { "map@r": "MAP@R", "r-precision": "R-precision", nmi: "NMI" };
const titleOf = (metric: string): string => titles[metric] ?? metric.replace("recall@", "R@");

/** The scores that a table shows: those of the paper, and the two that say more of a ranking. */
const metricsOf = ({ ranks }: Section): readonly string[] => [...ranks.map((rank) => `recall@${rank}`), "map@r", "nmi"];

/** Published figures of a row, in the columns of the table. */
const publishedRow = (published: Readonly<Record<string, number>> | undefined, metrics: readonly string[]): readonly string[] =>
  metrics.map((metric) => published?.[metric]?.toFixed(1) ?? "not at hand");

/** A column a score. */
const scoresTable = (section: Section, epoch: Epoch, published: Readonly<Record<string, Readonly<Record<string, number>>>> | undefined) => {
  const metrics = metricsOf(section);
  return tableText([
    ["percent", ...metrics.map(titleOf), "epoch", "runs"],
    ...section.rows.flatMap(({ name }) => {
      const done = doneOf(section, name);
      const numbers = [...done.values()].map((one) => (epoch === "final" ? one.epochs : one.bestEpoch));
      const own = [
        name,
        ...metrics.map((metric) => sampleText(scoreOf(done, epoch, metric))),
        [...new Set(numbers)].sort((a, b) => a - b).join(", ") || "-",
        `${done.size} of ${section.seeds}`,
      ];
      return published === undefined ? [own] : [own, [`${name}, published`, ...publishedRow(published[name], metrics), "", ""]];
    }),
  ]);
};

/** A column a place on the axis. */
const pointsTable = (section: Section, epoch: Epoch) => {
  const places = placesOf(section);
  return tableText([
    [`R@1 in percent; ${section.axis ?? ""}`, ...places.map(String)],
    ...section.rows.map(({ name }) => [name, ...places.map((at) => sampleText(scoreOf(doneOf(section, name, at), epoch, testedMetric)))]),
  ]);
};

const signed = (share: number): string => `${share < 0 ? "" : "+"}${percent(share)}`;

const testRow = ({ row, against, at, epoch, seeds, difference, test }: Comparison): readonly string[] => [
  `${row} - ${against}${at === undefined ? "" : `, ${at}`}`,
  epoch,
  difference === undefined ? "-" : signed(difference),
  test === undefined ? "-" : `t(${test.freedom}) = ${test.t.toFixed(2)}`,
  test === undefined ? "-" : test.p < 0.0001 ? "< 0.0001" : test.p.toFixed(4),
  String(seeds),
];

const testsOf = (section: Section): readonly string[] => {
  const compared = comparisonsOf(section);
  return compared.length === 0
    ? []
    : [
        "Paired t-tests of Recall@1, two-sided, a pair being two runs of one seed; p is not corrected for how many tests there are.",
        "",
        ...tableText([["", "epoch", "difference, points", "t", "p", "pairs"], ...compared.map(testRow)]),
        "",
      ];
};

const nameOf = ({ row, at, seed }: Section["cells"][number]): string => `${row}${at === undefined ? "" : `, ${at}`}, seed ${seed}`;

/** Cells that came to nothing, each with its reason, and how many are still to come. */
const lackingOf = ({ cells }: Section): readonly string[] => {
  const failed = cells.flatMap((cell) => (cell.outcome?.kind === "failed" ? [`- ${nameOf(cell)}: ${visible(cell.outcome.why)}`] : []));
  const waiting = cells.filter(({ outcome }) => outcome === undefined).length;
  return [
    ...(failed.length === 0 ? [] : [`${failed.length} of ${cells.length} runs failed:`, "", ...failed, ""]),
    ...(waiting === 0 ? [] : [`${waiting} of ${cells.length} runs are still to come.`, ""]),
  ];
};

const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(0);

/** Where and with what it was made. */
const madeBy = ({ cells, machine, versions, given, fingerprint }: Section): readonly string[] => {
  const done = cells.flatMap(({ outcome }) => (outcome?.kind === "done" ? [outcome] : []));
  const engines = [...new Set(done.map(({ engine }) => engine))].join(", ");
  const seconds = done.reduce((sum, one) => sum + one.seconds, 0);
  const changed = Object.entries(given).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  return [
    ...(done.some(({ tested }) => tested !== "unseen classes") ? ["Scores are of other pictures of the classes that trained.", ""] : []),
    ...(changed.length === 0 ? [] : [`Set otherwise than the recipe says: ${visible(changed.join(", "))}.`, ""]),
    `${seconds.toFixed(0)} s of training in all, engine ${engines || "-"}; last on ${machine.processor}, ${machine.threads} threads, ${gibibytes(machine.memory)} GiB, ${machine.system}. mdr-ts ${versions["mdr-ts"]}, Node ${versions.node}. Data ${fingerprint}.`,
  ];
};

const sectionText = (
  { recipe, title, shows }: Tables,
  section: Section,
  published: Published | undefined,
  figure: string | undefined,
): readonly string[] => {
  const sampled = sampledOf(section);
  const own = published?.tables[recipe]?.[section.dataset];
  const table = (epoch: Epoch) => (section.axis === undefined ? scoresTable(section, epoch, own) : pointsTable(section, epoch));
  return [
    `## ${visible(section.dataset)}${section.scale === "small" ? ", small scale" : ""}`,
    "",
    ...(figure === undefined ? [] : [`![${title}](${figure})`, ""]),
    "Mean and deviation over seeds.",
    ...(sampled === undefined || shows !== "curves"
      ? []
      : [`Dashed in the figure: Recall@1 of ${sampled} training pictures among each other, whole classes of them.`]),
    "",
    ...(Object.keys(epochs) as Epoch[]).flatMap((epoch) => [`**${epochs[epoch]}**`, "", ...table(epoch), ""]),
    own === undefined ? "Published figures: not at hand." : `Published figures: ${visible(published?.source ?? "")}`,
    "",
    ...testsOf(section),
    ...lackingOf(section),
    ...madeBy(section),
    "",
  ];
};

/** All of a recipe's tables, a section a data set; figures by the names of their files, undefined for a section that has none. */
export const tablesMarkdown = (tables: Tables, published: Published | undefined, figures: readonly (string | undefined)[] = []): string =>
  [`# ${tables.title}`, "", ...tables.sections.flatMap((section, index) => sectionText(tables, section, published, figures[index]))].join(
    "\n",
  );
