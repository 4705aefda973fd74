/** `mdr report`: the picture of a demo's run, as SVG. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { histogramRange } from "../evaluate/index.js";
import { type Fault, failed, inWords } from "../faults/index.js";
import { writeWhole } from "../files/index.js";
import { figure, type HistogramSnapshot, type MethodScores } from "../report/index.js";
import { readMetrics } from "../runs/index.js";
import { exitCodes, finish } from "./finish.js";
import { print } from "./output.js";

interface DemoResults {
  readonly methods: Readonly<Record<string, MethodScores>>;
  readonly engine: string;
  readonly seconds: number;
}

const snapshotsOf = (folder: string): readonly HistogramSnapshot[] =>
  readMetrics(folder).lines.flatMap((line) => {
    const { histogram, levels, epoch } = line as { histogram?: { shares?: readonly number[] }; levels?: readonly number[]; epoch?: number };
    return histogram?.shares === undefined || levels === undefined || epoch === undefined
      ? []
      : [{ epoch, shares: histogram.shares, levels }];
  });

const report = (folder: string, out: string): E.Either<Fault, void> => {
  const read = E.tryCatch(
    () => JSON.parse(readFileSync(join(folder, "results.json"), "utf8")) as DemoResults,
    (thrown) => failed(`cannot read ${join(folder, "results.json")}: ${inWords(thrown)}; run \`mdr demo\` first`),
  );
  if (E.isLeft(read)) return read;
  const { methods, engine, seconds } = read.right;
  if (methods === undefined) return E.left(failed(`${join(folder, "results.json")}: not written by \`mdr demo\`: give its folder`));
  const svg = figure({
    methods,
    snapshots: snapshotsOf(join(folder, "triplet-mdr")),
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
