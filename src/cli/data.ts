/** `mdr data make` draws the generated data set, `mdr data check` holds a data set against what is published of it. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { type DrawingSettings, defaultDrawing, makeDataset } from "../datasets/index.js";
import { type Fault, misused } from "../faults/index.js";
import { defaults } from "../runs/index.js";
import { checkCommand } from "./check.js";
import { exitCodes, finish } from "./finish.js";
import { print, progress } from "./output.js";

/** Draws what is missing of a data set into a folder; says how much that was. */
export const makeData =
  (drawing: DrawingSettings, folder: string): TE.TaskEither<Fault, { readonly drawn: number; readonly classes: number }> =>
  async () => {
    const bar = progress("drawing");
    const made = await makeDataset(drawing, folder, ({ done, total }) => bar.update(done, total))();
    bar.stop();
    return made;
  };

const flags = [
  ["classes", "classes, each a species of its own"],
  ["imagesPerClass", "pictures of each class"],
  ["size", "side of a picture, in pixels"],
  ["seed", "the same seed draws the same bytes on every machine"],
] as const;

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const dataCommand = (program: Command): Command => {
  const data = program.command("data").description("Data sets: make the generated one, check that one is there and whole.");
  const make = data
    .command("make")
    .summary("draw the generated data set of fine-grained classes")
    .description("Draws small JPEG pictures of made-up species: what a class is stays, pose, light, background and quality vary.")
    .option("--out <folder>", `where to [${defaults.data}]`, defaults.data);
  for (const [name, help] of flags) make.option(`--${dashed(name)} <value>`, `${help} [${defaultDrawing[name]}]`);
  make
    .addHelpText("after", `\nExamples:\n  mdr data make\n  mdr data make --out data/large --classes 64 --images-per-class 60\n${exitCodes}`)
    .action((given: Readonly<Record<string, string>>) =>
      finish(async () => {
        const drawing = Object.fromEntries(flags.map(([name]) => [name, Number(given[name] ?? defaultDrawing[name])]));
        const wrong = flags.find(([name]) => !Number.isInteger(drawing[name]));
        if (wrong !== undefined) return E.left(misused(`--${dashed(wrong[0])} ${given[wrong[0]]}: not a whole number`));
        const folder = given.out ?? defaults.data;
        const made = await makeData({ ...defaultDrawing, ...drawing }, folder)();
        if (E.isLeft(made)) return made;
        print(
          made.right.drawn > 0
            ? `drew ${made.right.drawn} pictures of ${made.right.classes} classes in ${folder}`
            : `${folder} is complete already`,
        );
        return E.right(undefined);
      }),
    );
  checkCommand(data);
  return data;
};
