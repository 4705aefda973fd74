/** A grid that this process does not train: its cells in a queue or in a script of Slurm's; and one cell alone, as a task of such a script. */
import { resolve } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Carrier, type Cell, cellFolder, finishedIn, inThisProcess, schedule } from "../experiments/index.js";
import { type Fault, failed, interrupted, misused } from "../faults/index.js";
import { dropForeignLock, makeFolder, programVersion, writeWhole } from "../files/index.js";
import { type CellQueue, type Connection, cellQueue, type GridOrder, priorities, throughQueue } from "../queue/index.js";
import { lockFile } from "../runs/index.js";
import { cellTrainer } from "./cell.js";
import type { Flags, Grid } from "./grid.js";
import { thisProgram } from "./itself.js";
import { flagOf } from "./options.js";
import { percent, print, say } from "./output.js";
import { placeOf } from "./places.js";
import { connected, wholeIn } from "./queued.js";
import { interruption } from "./signals.js";
import { arrayScript } from "./slurm.js";

/** Who has a grid's cells trained, and what a stop means to them. */
export interface Carriage {
  readonly carrier: Carrier;
  /** After how far the grid is. */
  readonly whenStopped: string;
}

/** Milliseconds between two looks at the queue. */
const every = 1000;

const orderOf = ({ recipe, choice, generated }: Grid, flags: Flags): E.Either<Fault, GridOrder> =>
  pipe(
    E.Do,
    E.bind("priority", () => wholeIn(flags, "priority", { ...priorities, usual: priorities.usual })),
    E.bind("retries", () => wholeIn(flags, "retries", { usual: 2, lowest: 0, highest: 100 })),
    E.map(({ priority, retries }) => {
      const { fingerprint } = choice;
      return { recipe: recipe.name, fingerprint, version: programVersion, generated, priority, retries };
    }),
  );

/** Uses the queue that a flag names, and closes it. */
const withQueue = async <A>(
  flags: Flags,
  use: (queue: CellQueue, connection: Connection) => Promise<E.Either<Fault, A>>,
): Promise<E.Either<Fault, A>> => {
  const connection = await connected(flags)();
  if (E.isLeft(connection)) return connection;
  const queue = cellQueue(connection.right);
  const result = await use(queue, connection.right);
  await queue.close();
  connection.right.close();
  return result;
};

/** Has workers train a grid, by whoever carries. */
export const trainedByQueue = async <A>(
  grid: Grid,
  flags: Flags,
  onWord: (words: string) => void,
  carry: (carriage: Carriage) => Promise<E.Either<Fault, A>>,
): Promise<E.Either<Fault, A>> => {
  const order = orderOf(grid, flags);
  if (E.isLeft(order)) return order;
  return withQueue(flags, async (queue) => {
    const signal = interruption({ words: "leaving the cells to the workers", act: () => {} });
    const whenStopped =
      "the others stay in the queue, and workers go on with them: the same command looks on, with {cancel} it takes them out";
    const carrier = throughQueue(queue, order.right, { stopped: signal.requested, every, onWord: (words) => onWord(`mdr: ${words}`) });
    const result = await carry({ carrier, whenStopped });
    signal.forget();
    return result;
  });
};

const cancelled = ({ cells }: Grid, flags: Flags): Promise<E.Either<Fault, void>> =>
  withQueue(flags, async (queue) => {
    const count = await queue.cancel([...new Set(cells.map(({ id }) => id))]);
    print(`${count} of ${cells.length} cells were in the queue and are cancelled`);
    return E.right(undefined);
  });

/** Flags that are about where a grid is trained and how it is shown, and not about what it is. */
const notOfTheGrid: readonly string[] = ["slurm", "queue", "priority", "retries", "cancel", "watch", "json", "dryRun", "list", "cell"];

const flagWords = (flags: Flags): readonly string[] =>
  Object.entries(flags).flatMap(([name, value]) => {
    if (notOfTheGrid.includes(name) || value === undefined || value === false) return [];
    return [value === true ? `--${flagOf(name)}` : `--${flagOf(name)}=${String(value)}`];
  });

/** Cells by their names, those that are done left out. */
const missing = ({ cells, out, choice }: Grid): readonly Cell[] =>
  [...new Map(cells.map((cell) => [cell.id, cell])).values()].filter((cell) => finishedIn(out, cell, choice.fingerprint) === undefined);

const slurmScript = (grid: Grid, name: string, flags: Flags, file: string): E.Either<Fault, void> => {
  const cells = missing(grid);
  if (cells.length === 0) return E.left(failed("all cells of the grid are done", { remedy: "leave {slurm} out to have its tables" }));
  const logs = resolve(grid.out, "slurm");
  const command = [process.execPath, thisProgram, "reproduce", name, ...flagWords(flags), "--cell"];
  return pipe(
    makeFolder(logs),
    E.chain(() => writeWhole(file, arrayScript({ name: `mdr-${grid.recipe.name}`, folder: process.cwd(), command, logs, cells }))),
    E.map((path) =>
      print(`wrote ${path}: ${cells.length} cells; \`sbatch ${path}\`, and at its end this command without its script for the tables`),
    ),
  );
};

/** Slurm runs a task at one place at a time: what its earlier run left on a machine that failed holds nobody. */
const isRequeued = (): boolean => Number(process.env.SLURM_RESTART_COUNT ?? 0) > 0;

const oneCell = async (grid: Grid, id: string): Promise<E.Either<Fault, void>> => {
  const { out, choice, cells } = grid;
  const cell = cells.find((one) => one.id === id);
  if (cell === undefined)
    return E.left(
      misused("is no cell of this grid: it was made on other data, with other settings or by another version", { where: `{cell} ${id}` }),
    );
  if (isRequeued()) dropForeignLock(lockFile(cellFolder(out, cell)));
  const signal = interruption();
  const { fingerprint } = choice;
  const carrier = inThisProcess(cellTrainer({ out, fingerprint, stopped: signal.requested }), signal.requested);
  let result: E.Either<Fault, void> = E.right(undefined);
  for await (const { event, standing } of schedule([cell], () => finishedIn(out, cell, fingerprint), carrier)) {
    const outcome = standing.outcomes.get(id);
    if (event.kind === "stopped")
      result = E.left(event.fault.kind === "interrupted" ? interrupted("stopped; the same command goes on from here") : event.fault);
    else if (outcome?.kind === "failed") result = E.left(failed(outcome.why, { where: placeOf(cell) }));
    else if (outcome?.kind === "done") say(`${placeOf(cell)}: recall@1 ${percent(outcome.final["recall@1"])}`);
  }
  signal.forget();
  return result;
};

/** What these flags ask for in the place of a trained grid; undefined where they ask for that. */
export const elsewhere = (grid: Grid, name: string, flags: Flags): Promise<E.Either<Fault, void>> | undefined => {
  if (typeof flags.cell === "string") return oneCell(grid, flags.cell);
  if (typeof flags.slurm === "string") return Promise.resolve(slurmScript(grid, name, flags, flags.slurm));
  if (flags.cancel !== true) return undefined;
  return typeof flags.queue === "string"
    ? cancelled(grid, flags)
    : Promise.resolve(E.left(misused("say which queue the cells are in", { where: "{cancel}", remedy: "{queue} redis://HOST" })));
};
