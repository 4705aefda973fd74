/** `mdr import`: somebody's weights as a run. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, misused } from "../faults/index.js";
import { importRun } from "../runs/index.js";
import { exitCodes, finish } from "./finish.js";
import { withSettings } from "./options.js";
import { print } from "./output.js";
import { type Flags, networkSettings, openWeights } from "./taken.js";

const imported = (file: string, flags: Flags): E.Either<Fault, void> =>
  typeof flags.out !== "string"
    ? E.left(misused("say by {out} which folder the run is to have"))
    : pipe(
        openWeights(file, flags),
        E.chain(({ settings, checkpoint: { tensors } }) =>
          E.map(() => settings)(importRun(file, settings, tensors, { force: flags.force === true })),
        ),
        E.map(({ out, backbone, embedding }) => print(`${backbone}, embeddings of ${embedding} numbers, in ${out}`)),
      );

export const importCommand = (program: Command): Command =>
  withSettings([...networkSettings, "out"])(
    program
      .command("import <file>")
      .summary("somebody's weights as a run that eval, embed, similar and export take")
      .description(
        "Makes a run's folder of a file of weights: safetensors, PyTorch's .pth and .pt, or a checkpoint; the flags say which network it is of.",
      )
      .option("--force", "begin anew where another run has the folder"),
  )
    .addHelpText(
      "after",
      `\nExamples:\n  mdr import resnet50.safetensors --backbone resnet50 --embedding 512 --image-size 224 --out runs/theirs\n  mdr similar runs/theirs my.jpg photos\n${exitCodes}`,
    )
    .action((file: string, flags: Flags) => finish(async () => imported(file, flags)));
