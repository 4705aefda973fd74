/**
 * A run's model card, `card.md`: what it is, what it was trained on and judged by, what it scored, and what it is not for. It says what
 * the run's records say and nothing else.
 */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, visible } from "../faults/index.js";
import { programVersion, readText, writeWhole } from "../files/index.js";
import { batchOf, choicesOf, type Scores } from "../train/index.js";
import { cardFile } from "./names.js";
import type { RunRecord, RunResults } from "./record.js";
import { defaults, type Settings } from "./settings.js";
import type { Calibrated } from "./thresholds.js";

/** What a card is made from. */
export interface CardInput extends Pick<RunRecord, "data" | "classes" | "engine"> {
  readonly settings: Settings;
  readonly results: RunResults;
  /** Of the final epoch. */
  readonly calibrated?: Calibrated | undefined;
}

/** By this the card is known for one of ours. */
const mark = "<!-- A run's card, made by mdr: ";

/** Whether the card in a folder was written by a run. */
export const isOurCard = (folder: string): boolean => {
  const text = readText(cardFile(folder));
  return E.isRight(text) && text.right.startsWith(mark);
};

const percent = (share: number | undefined): string => (share === undefined || !Number.isFinite(share) ? "-" : (100 * share).toFixed(1));

const epochOf = ({ epoch = 0 }: Scores): number => epoch;

/** A row a score, in percent. */
const scoreRows = ({ before, final, best }: RunResults): readonly string[] => [
  `| percent | before training | final epoch (${epochOf(final)}) | best epoch (${epochOf(best)}) |`,
  "|---|---|---|---|",
  ...Object.keys(final)
    .filter((name) => name !== "epoch")
    .map((name) => `| ${name} | ${percent(before[name])} | ${percent(final[name])} | ${percent(best[name])} |`),
];

/** The settings that are not the program's defaults, places left out. Where nothing is said the default holds. */
export const changedSettings = (settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const usual: Readonly<Record<string, unknown>> = defaults;
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([name, value]) =>
        value !== undefined && !["out", "data", "cache"].includes(name) && JSON.stringify(value) !== JSON.stringify(usual[name]),
    ),
  );
};

const changed = (settings: Settings): readonly string[] =>
  Object.entries(changedSettings(settings)).map(([name, value]) => `\`${name}\` ${visible(JSON.stringify(value))}`);

const queryLine = ({ tested, queries, lone, loneRule }: RunResults): string =>
  `${queries} pictures of ${tested === "unseen classes" ? "classes that trained none of it" : "classes that trained, by other pictures of them"} are looked for` +
  (lone === 0 ? "." : `; ${lone} of them have no possible match and are ${loneRule === "skip" ? "left out" : "counted as misses"}.`);

/** What distances mean, where that was found. */
const thresholdLines = (calibrated: Calibrated | undefined): readonly string[] =>
  calibrated === undefined
    ? ["- No threshold was chosen."]
    : calibrated.thresholds.map(
        ({ rate, distance, matches }) =>
          `- Nearer than ${distance.toPrecision(4)} are ${percent(rate)} % of the pairs of different classes at most, and ${percent(matches / calibrated.same)} % of those of one class (final epoch, ${calibrated.tested}).`,
      );

/** The card as Markdown. */
export const cardText = ({ settings, results, data, classes, engine, calibrated }: CardInput): string => {
  const { head, loss, regularizer } = choicesOf(settings);
  const { batch, perClass } = batchOf(settings);
  const { epochs, iterations, imageSize, backbone, embedding, seed } = settings;
  const apart = changed(settings);
  return `${[
    `${mark}run ${results.run} -->`,
    `# ${results.method}, ${embedding} numbers a picture`,
    "",
    "## What it is",
    "",
    `A network that makes ${embedding} numbers of a picture, near each other where pictures show the same. Backbone \`${backbone}\` at ${imageSize} x ${imageSize} pixels; head \`${head}\`, loss \`${loss}\`, regularizer \`${regularizer}\`.`,
    "",
    "## Data",
    "",
    `- Kind \`${settings.dataset}\`, fingerprint \`${data === "" ? "unknown" : data}\`; ${classes.length} classes trained, and are listed in \`last.json\`; every picture is in \`run.json\`.`,
    `- ${results.leftOut.length} pictures could not be used and are left out.`,
    `- ${queryLine(results)}`,
    "",
    "## Scores",
    "",
    ...scoreRows(results),
    "",
    "The best epoch is the one of the highest Recall@1 on the very pictures it is then scored on: optimistic for that reason. The final epoch is the honest figure.",
    "",
    "## How it was trained",
    "",
    `${epochs} epochs of ${iterations} steps, ${batch} pictures a step with up to ${perClass} of a class, seed ${seed}; ${results.seconds.toFixed(0)} s, ${results.imagesPerSecond.toFixed(0)} pictures a second.`,
    "",
    apart.length === 0 ? "Every setting is the program's default." : `Settings that are not the program's defaults: ${apart.join(", ")}.`,
    "",
    "## Made with",
    "",
    `mdr-ts ${programVersion}, engine ${engine}, Node ${process.version}, ${process.platform} ${process.arch}.`,
    "",
    "## Use, and limits",
    "",
    "- For retrieval by likeness: nearest neighbours by Euclidean distance among embeddings of this network. A distance is no probability.",
    ...thresholdLines(calibrated),
    "- Nothing is known of pictures of another kind than those above: other subjects, cameras or crops are untried.",
    "- One seed is one draw. Runs of other seeds differ, and a difference between two methods needs several.",
    "- Which people, places or products are over- or underrepresented in the data was not looked at.",
  ].join("\n")}\n`;
};

/** Writes the card of a run that is at its end. */
export const writeCard = (folder: string, input: CardInput): E.Either<Fault, string> => writeWhole(cardFile(folder), cardText(input));
