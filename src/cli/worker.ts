/** `mdr worker`: trains cells of whatever grids a queue holds. */
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { isPlace } from "../experiments/index.js";
import { type Fault, failed, interrupted, misused } from "../faults/index.js";
import { programVersion } from "../files/index.js";
import { type Connection, type Order, takeCells, trainInChild, type WorkerWord } from "../queue/index.js";
import { settingNames } from "../runs/index.js";
import { exitCodes, finish, inFlags } from "./finish.js";
import { thisProgram } from "./itself.js";
import { givenSettings, withSettings } from "./options.js";
import { percent, say, warn } from "./output.js";
import { placeOf } from "./places.js";
import { connected, ownName, passwordVariable, wholeIn } from "./queued.js";
import { interruption } from "./signals.js";
import type { Flags } from "./taken.js";
import { beTrainee } from "./trainee.js";

/** The program that this is, for its children. */
const program = { file: thisProgram, args: ["worker", "--child"] };

/** Settings that say where things lie here and what computes. */
const placeNames = settingNames.filter((name) => isPlace(name) && name !== "out");

interface Asked {
  readonly out: string;
  readonly slots: number;
  /** Seconds. */
  readonly lease: number;
  readonly name: string;
  readonly places: Order["places"];
}

const asked = (flags: Flags): E.Either<Fault, Asked> =>
  pipe(
    E.Do,
    E.bind("slots", () => wholeIn(flags, "slots", { usual: 1, lowest: 1, highest: 256 })),
    E.bind("lease", () => wholeIn(flags, "lease", { usual: 30, lowest: 1, highest: 3600 })),
    E.bind("places", () => givenSettings({ ...flags, out: undefined })),
    E.map(({ slots, lease, places }) => ({
      slots,
      lease,
      places,
      out: resolve(typeof flags.out === "string" ? flags.out : "runs/reproduce"),
      name: typeof flags.name === "string" ? flags.name : ownName(),
    })),
  );

const shown = (word: WorkerWord): string => {
  const { recipe, cell } = word.job;
  const which = `${recipe}: ${placeOf(cell)} (${cell.id})`;
  switch (word.kind) {
    case "began":
      return `${which}: begins${word.tries > 0 ? `, try ${word.tries + 1}` : ""}`;
    case "done":
      return word.outcome.kind === "done" ? `${which}: recall@1 ${percent(word.outcome.final["recall@1"])}` : `${which}: done`;
    case "failed":
      return `${which}: failed: ${inFlags(failed(word.why))}${word.again ? "; it is tried again" : ""}`;
    case "given back":
      return `${which}: given back: ${inFlags(failed(word.why))}`;
  }
};

/** Takes cells until a signal comes, or it must refuse one. */
const served = async (connection: Connection, { out, slots, lease, name, places }: Asked): Promise<E.Either<Fault, void>> => {
  say(`${name}: takes cells from ${connection.address.shown}, ${slots === 1 ? "one" : slots} at a time, into ${out}`);
  const serving = takeCells(connection, {
    name,
    slots,
    lease: 1000 * lease,
    version: programVersion,
    begin: (job, onShare) => trainInChild(program, { kind: "train", job, out, places }, onShare, (text) => warn(text.trimEnd())),
    onWord: (word) => say(shown(word)),
    onProblem: warn,
  });
  const signal = interruption({ words: "saving what is being trained and giving it back", act: serving.stop });
  const refusal = await serving.ended;
  signal.forget();
  return E.left(refusal ?? interrupted("stopped: what it had is in the queue again"));
};

const work = async (flags: Flags): Promise<E.Either<Fault, void>> => {
  if (flags.child === true) return beTrainee();
  if (typeof flags.queue !== "string") return E.left(misused("say which queue: {queue} redis://HOST"));
  const wanted = asked(flags);
  if (E.isLeft(wanted)) return wanted;
  const connection = await connected(flags)();
  if (E.isLeft(connection)) return connection;
  const result = await served(connection.right, wanted.right);
  connection.right.close();
  return result;
};

export const workerCommand = (parent: Command): Command =>
  withSettings(placeNames)(
    parent
      .command("worker")
      .summary("trains cells of a grid that waits in a queue, beside others on other machines")
      .description(
        "Takes one cell after the other from a queue, trains it in a process of its own and hands its result in. " +
          "Any number of workers share a grid; what one leaves behind, another goes on with.",
      )
      .option("--queue <address>", `the queue, as redis://HOST: the Redis server; its password may stand in ${passwordVariable}`)
      .option("--out <folder>", "the grid's folder as this machine sees it: shared with all others [runs/reproduce]")
      .option("--slots <n>", "how many cells at a time; each takes all cores, so that more than one is for small cells [1]")
      .option("--lease <seconds>", "how long it keeps its cells after it is heard no more [30]")
      .option("--name <name>", "what it is called in the grid's table [host and process]")
      .addOption(new Option("--child").hideHelp()),
  )
    .addHelpText(
      "after",
      `
A grid is put into the queue by \`mdr reproduce\`, on any machine:

  redis-server --appendonly yes                                # once, where all can reach it
  mdr reproduce table1 --dataset cub200 --data data/CUB_200_2011 --out /shared/table1 --queue redis://HOST

All machines see the same folder /shared/table1, under whatever name: results and checkpoints lie there. The data may lie elsewhere on
each machine: from --data on, a flag that is left out is as the grid has it, whatever stands in brackets. Data are compared by their
fingerprint, and a worker that has others takes no cell. Workers may come and go: one that is stopped saves and gives back what it had;
one that is killed loses it after its lease, and another goes on from the last checkpoint. All machines run the same version. Seen by \`mdr reproduce --watch\` with the same flags as above.

Examples:
  mdr worker --queue redis://HOST --out /shared/table1
  mdr worker --queue redis://HOST --out /mnt/table1 --data /local/CUB_200_2011 --slots 2
${exitCodes}`,
    )
    .action((flags: Flags) => finish(() => work(flags)));
