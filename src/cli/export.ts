/** `mdr export`: a run's network, or its metrics, for other programs. */
import { basename, extname } from "node:path";
import { type Command, Option } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { networkLayout } from "../embed/index.js";
import { eventFile, momentsOf, onnxModel } from "../export/index.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { programVersion, writeWhole } from "../files/index.js";
import { backbones } from "../nn/index.js";
import { fitting, folderOf, identityOf, metricsFile, readMetrics } from "../runs/index.js";
import { batchOf, evaluationHead, exampleOf, networkOf, recipeName } from "../train/index.js";
import { exitCodes, finish } from "./finish.js";
import { print } from "./output.js";
import { note } from "./session.js";
import { type Flags, openCheckpoint, type Taken } from "./taken.js";

const places = ["outside", "inside"] as const;

/** Which run a model is of, and which of its states. */
const aboutOf = ({ checkpoint: { record }, settings }: Taken): Readonly<Record<string, string>> => ({
  "mdr.run": record.run,
  "mdr.epoch": String(record.epoch),
  "mdr.step": String(record.step),
  "mdr.data": record.data,
  "mdr.method": recipeName(settings),
  "mdr.backbone": settings.backbone,
  "mdr.whitening": settings.whitening,
  "mdr.embedding": String(settings.embedding),
});

const modelOf = (taken: Taken, out: string, preprocess: (typeof places)[number]): E.Either<Fault, string> => {
  const { path, settings, checkpoint } = taken;
  const { statistics, takes } = backbones[settings.backbone];
  return pipe(
    E.Do,
    E.filterOrElse(
      () => !(takes === "vectors" && preprocess === "inside"),
      () => misused("its network takes vectors, which come as they are: leave it out", { where: "{preprocess}" }),
    ),
    E.bind("network", () => networkOf(settings)),
    E.bind("tensors", ({ network }) => fitting(path, networkLayout(network), checkpoint.tensors)),
    E.chain(({ network, tensors }) =>
      onnxModel({
        network,
        head: evaluationHead(settings),
        tensors,
        example: exampleOf(settings),
        statistics,
        preprocess,
        about: aboutOf(taken),
        version: programVersion,
      }),
    ),
    E.chain((pieces) => writeWhole(out, pieces)),
  );
};

const model = (path: string, flags: Flags, out: string): E.Either<Fault, void> => {
  const preprocess = places.find((place) => place === flags.preprocess) ?? "outside";
  return pipe(
    openCheckpoint(path, flags),
    E.chain((taken) => E.map(() => taken)(modelOf(taken, out, preprocess))),
    E.map(({ settings, checkpoint: { record } }) =>
      print(`${settings.backbone} after ${record.step} steps, embeddings of ${settings.embedding} numbers, in ${out}`),
    ),
  );
};

/** When a run began, in seconds since 1970; 0 where it does not say it. */
const begunAt = (folder: string): number => {
  const identity = identityOf(folder);
  const seconds = E.isRight(identity) ? Date.parse(identity.right?.begun ?? "") / 1000 : Number.NaN;
  return Number.isFinite(seconds) ? seconds : 0;
};

const events = (path: string, flags: Flags, out: string): E.Either<Fault, void> =>
  pipe(
    openCheckpoint(path, flags),
    E.let("folder", ({ checkpoint }) => folderOf(checkpoint)),
    E.let("metrics", ({ folder }) => readMetrics(folder)),
    E.filterOrElse(
      ({ metrics }) => metrics.lines.length > 0,
      ({ folder }) => failed("holds no metrics of a run", { where: metricsFile(folder) }),
    ),
    E.chainFirst(({ folder, metrics, settings }) => {
      note(metrics.problems.map((problem) => `${metricsFile(folder)}: ${problem}`));
      const begun = begunAt(folder);
      return writeWhole(out, eventFile(begun, momentsOf(metrics.lines, begun, batchOf(settings).batch)));
    }),
    E.map(({ metrics }) => print(`${metrics.lines.length} steps and evaluations in ${out}`)),
  );

const write = (path: string, flags: Flags): E.Either<Fault, void> => {
  const out = String(flags.to);
  const name = basename(out);
  if (extname(name).toLowerCase() === ".onnx") return model(path, flags, out);
  if (name.includes("tfevents")) return events(path, flags, out);
  return E.left(misused("its name must end in .onnx for the network, or hold tfevents for TensorBoard", { where: out }));
};

export const exportCommand = (program: Command): Command =>
  program
    .command("export <checkpoint>")
    .summary("a run's network as an ONNX model, or its metrics for TensorBoard")
    .description(
      "Writes the network of a run, with what evaluation makes of its output, as a model that other programs run; or the metrics of a run as TensorBoard reads them.",
    )
    .requiredOption("--to <file>", "where to: a name that ends in .onnx, or holds tfevents, by which TensorBoard knows its files")
    .addOption(
      new Option("--preprocess <where>", "who normalises the pixels: whoever shows a picture, or the model itself [outside]").choices(
        places,
      ),
    )
    .addHelpText(
      "after",
      `
The model takes any number of pictures at once, as input: 32-bit floats [batch, 3, size, size] that are normalised as its metadata say
(mdr.mean, mdr.deviation, mdr.channels, mdr.resize), and with --preprocess inside [batch, size, size, 3] of 0 to 255, red first. What
comes out is called embedding. mdr features reads the same metadata.

Examples:
  mdr export runs/photos --to photos.onnx
  mdr export runs/photos/best.json --to photos.onnx --preprocess inside
  mdr export runs/photos --to board/photos/events.out.tfevents.mdr
${exitCodes}`,
    )
    .action((path: string, flags: Flags) => finish(async () => write(path, flags)));
