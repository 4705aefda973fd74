/** `mdr report`: the picture of a demo's run, as SVG. */
import { join } from "node:path";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { histogramRange } from "../evaluate/index.js";
import { type Fault, failed } from "../faults/index.js";
import { readRecord, writeWhole } from "../files/index.js";
import { figure, type HistogramSnapshot } from "../report/index.js";
import { demoRecord, type Metrics, readMetrics, resultsFile } from "../runs/index.js";
import { exitCodes, finish } from "./finish.js";
import { print, warn } from "./output.js";

const snapshotsOf = ({ lines }: Metrics): readonly HistogramSnapshot[] =>
  lines.flatMap((line) => {
    const { histogram, levels, epoch } = line as { histogram?: { shares?: readonly number[] }; levels?: readonly number[]; epoch?: number };
    return histogram?.shares === undefined || levels === undefined || epoch === undefined
      ? []
      : [{ epoch, shares: histogram.shares, levels }];
  });

const report = (folder: string, out: string): E.Either<Fault, void> => {
  const read = readRecord(resultsFile(folder), demoRecord);
  if (E.isLeft(read)) return E.left(failed(read.left.what, { where: read.left.where, remedy: "give the folder of `mdr demo`" }));
  const { methods, engine, seconds } = read.right;
  const metrics = readMetrics(join(folder, "triplet-mdr"));
  for (const problem of metrics.problems) warn(`the metrics of triplet-mdr: ${problem}`);
  const svg = figure({
    methods,
    snapshots: snapshotsOf(metrics),
    range: histogramRange,
    caption: [
      "Distances of pictures of the training classes, in deviations from their own mean.",
      `Made by \`mdr report\` from \`mdr demo\`: engine ${engine}, ${seconds.toFixed(0)} s in all.`,
    ],
  });
  const written = writeWhole(out, svg);
  if (E.isLeft(written)) return written;
  print(`wrote ${out}`);
  return E.right(undefined);
};

export const reportCommand = (program: Command): Command =>
  program
    .command("report [run]")
    .summary("draw a demo's recall and distance histograms as SVG")
    .description("Draws Recall@1 before and after for each method, and how the distances of Triplet + MDR settle on the levels.")
    .option("--to <file>", "where to", "docs/demo.svg")
    .addHelpText("after", `\nExamples:\n  mdr report\n  mdr report runs/demo --to figure.svg\n${exitCodes}`)
    .action((folder: string | undefined, flags: { readonly to: string }) => finish(async () => report(folder ?? "runs/demo", flags.to)));
