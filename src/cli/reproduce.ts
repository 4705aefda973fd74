/** `mdr reproduce`: a table or figure of the paper, cell by cell, on the data that the user has. */
import type { Command } from "commander";
import * as E from "fp-ts/lib/Either.js";
import {
  type Cell,
  finishedIn,
  inThisProcess,
  isPlace,
  type Section,
  type Standing,
  scales,
  schedule,
  sectionOf,
} from "../experiments/index.js";
import { type Fault, failed, interrupted, misused } from "../faults/index.js";
import { priorities } from "../queue/index.js";
import { settingNames, shownRanks } from "../runs/index.js";
import { cellTrainer } from "./cell.js";
import { type Carriage, elsewhere, trainedByQueue } from "./elsewhere.js";
import { exitCodes, finish } from "./finish.js";
import { askedOf, catalogue, type Flags, type Grid, gridOf } from "./grid.js";
import { withSettings } from "./options.js";
import { print, table } from "./output.js";
import { passwordVariable } from "./queued.js";
import { interruption } from "./signals.js";
import { type Written, writeCentres, writeTables } from "./tables.js";
import { type View, viewOf } from "./view.js";

const currentSection = ({ recipe, choice, dataset, first, cells }: Grid, { outcomes }: Standing): Section => {
  const given = Object.fromEntries(Object.entries(choice.given).filter(([name]) => !isPlace(name)));
  return sectionOf(recipe, { ...choice, given }, dataset, shownRanks(first), cells, outcomes);
};

type Made = Written & { readonly section: Section };

/** Has the grid trained; its tables are written at the beginning and after every cell. */
const carried = async (grid: Grid, { carrier, whenStopped }: Carriage, view: View): Promise<E.Either<Fault, Made>> => {
  const { recipe, out, choice, cells, published } = grid;
  let last: E.Either<Fault, Made> = E.left(misused("the grid has no cells"));
  for await (const scheduled of schedule(cells, (cell) => finishedIn(out, cell, choice.fingerprint), carrier)) {
    const { event, standing } = scheduled;
    view.show(scheduled);
    if (event.kind === "stopped")
      return E.left(
        event.fault.kind === "interrupted"
          ? interrupted(`stopped: ${standing.outcomes.size} of ${standing.cells} runs have ended; ${whenStopped}`)
          : event.fault,
      );
    if (event.kind !== "known" && event.kind !== "ended") continue;
    const section = currentSection(grid, standing);
    last = E.map((written: Written) => ({ ...written, section }))(await writeTables(out, recipe, section, published)());
    if (E.isLeft(last)) break;
  }
  return last;
};

const trainedHere = async (grid: Grid, view: View): Promise<E.Either<Fault, Made>> => {
  const { out, choice } = grid;
  const signal = interruption();
  const carrier = inThisProcess(cellTrainer({ out, fingerprint: choice.fingerprint, stopped: signal.requested }), signal.requested);
  const made = await carried(grid, { carrier, whenStopped: "the same command goes on from here" }, view);
  signal.forget();
  return made;
};

/** What every command of this kind ends with: where the tables are, and whether all cells are in them. */
const concluded = (
  { recipe, out, json }: Grid,
  { section, files }: { readonly section: Section; readonly files: readonly string[] },
): E.Either<Fault, void> => {
  const bad = section.cells.filter(({ outcome }) => outcome?.kind !== "done").length;
  if (json) print(JSON.stringify({ kind: "tables", files, failed: bad, section }));
  else
    print(
      [`${section.cells.length - bad} of ${section.cells.length} runs are in the tables`, ...files.map((file) => `wrote ${file}`)].join(
        "\n",
      ),
    );
  return bad === 0
    ? E.right(undefined)
    : E.left(
        failed(`${bad} of ${section.cells.length} runs failed: ${recipe.name}.md in ${out} says why; the same command tries them again`),
      );
};

const whole = async (grid: Grid, flags: Flags): Promise<E.Either<Fault, void>> => {
  const { recipe, out, choice, cells, published, json } = grid;
  const view = viewOf({ name: recipe.name, cells }, { json, watch: flags.watch === true });
  const made =
    typeof flags.queue === "string"
      ? await trainedByQueue(grid, flags, view.note, (carriage) => carried(grid, carriage, view))
      : await trainedHere(grid, view);
  view.stop();
  if (E.isLeft(made)) return made;
  const { tables, section, files } = made.right;
  if (recipe.shows !== "centres" || section.cells.every(({ outcome }) => outcome?.kind !== "done")) return concluded(grid, made.right);
  const figure = await writeCentres(out, tables, section, cells, choice.fingerprint)();
  if (E.isLeft(figure)) return figure;
  // The text that shows the figure, now that it is there.
  const again = await writeTables(out, recipe, section, published)();
  return E.isLeft(again) ? again : concluded(grid, { section, files: [figure.right, ...files] });
};

/** Every cell, and what is known of it, without training any. */
const listed = ({ cells, out, choice, json }: Grid): string => {
  const state = (cell: Cell): string => (finishedIn(out, cell, choice.fingerprint) === undefined ? "to do" : "done");
  return json
    ? JSON.stringify(
        cells.map((cell) => ({ ...cell, state: state(cell) })),
        null,
        2,
      )
    : table([
        ["cell", "row", "at", "seed", "state"],
        ...cells.map((cell) => [cell.id, cell.row, String(cell.at ?? "-"), String(cell.seed), state(cell)]),
      ]);
};

const reproduce = async (name: string | undefined, flags: Flags): Promise<E.Either<Fault, void>> => {
  if (flags.list === true || name === undefined) return E.map(print)(catalogue(flags.json === true));
  const asked = askedOf(name, flags);
  if (E.isLeft(asked)) return asked;
  const grid = await gridOf(asked.right);
  if (E.isLeft(grid)) return grid;
  if (flags.dryRun === true) {
    print(listed(grid.right));
    return E.right(undefined);
  }
  return elsewhere(grid.right, name, flags) ?? whole(grid.right, flags);
};

export const reproduceCommand = (program: Command): Command =>
  withSettings(settingNames.filter((name) => !["out", "seed"].includes(name)))(
    program
      .command("reproduce [recipe]")
      .summary("a table or figure of the paper, on your data")
      .description(
        "Trains a grid of runs, one after the other or by workers on other machines, and writes its table and its figure after each. What is finished is never trained again: stopped or killed, the same command goes on.",
      )
      .option("--list", "say which recipes there are")
      .option("--dry-run", "say which runs there would be, and which are done, and train none")
      .option(
        "--scale <name>",
        `${Object.entries(scales)
          .map(([scale, about]) => `${scale}: ${about}`)
          .join("; ")} [full]`,
      )
      .option("--seeds <n>", "how many seeds each run is trained with [the recipe's]")
      .option("--out <folder>", "tables, figures, and each run in a folder of its own below cells [runs/reproduce]")
      .option("--published <file>", "JSON file of published figures, to stand beside: none are known to the program")
      .option("--config <file>", "JSON file of settings over the recipe's; flags win over it")
      .option("--queue <address>", `have workers train, by a queue: redis://HOST, whose password may stand in ${passwordVariable}`)
      .option("--priority <n>", `in the queue, cells of a lower number go first [${priorities.usual}]`)
      .option("--retries <n>", "in the queue, how often a cell that failed is tried again [2]")
      .option("--cancel", "take the grid's cells out of the queue; what is being trained is saved and stops")
      .option("--slurm <file>", "write a script for Slurm's sbatch, a task a cell, and train none")
      .option("--cell <name>", "train this one cell alone and write no table, as a task of that script does")
      .option("--watch", "a table that fills, in the place of a bar")
      .option("--json", "print a line of JSON for each run that ends, and one for the tables"),
  )
    .addHelpText(
      "after",
      `
The recipes are the JSON files of the folder recipes; a path to one of your own does as well. Every other flag is a setting over the
recipe's, which the table then says; what the rows of a recipe differ in cannot be set.

Examples:
  mdr reproduce --list
  mdr reproduce table1 --scale small
  mdr reproduce table1 --dataset cub200 --data data/CUB_200_2011 --seeds 3
  mdr reproduce figure4a --data photos --scale small --dry-run
  mdr reproduce table1 --scale small --out /shared/table1 --queue redis://HOST --watch   (and mdr worker --help)
  mdr reproduce table1 --scale small --out /shared/table1 --slurm table1.sh
${exitCodes}`,
    )
    .action((name: string | undefined, flags: Flags) => finish(() => reproduce(name, flags)));
