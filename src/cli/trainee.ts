/** The process that trains one cell for a worker: its data looked at, its folder freed, its run begun or gone on with. */
import { existsSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { defaultDrawing } from "../datasets/index.js";
import { type Cell, cellFolder, cellId, finishedIn } from "../experiments/index.js";
import { failed, misused } from "../faults/index.js";
import { programVersion } from "../files/index.js";
import { freed, type Order, obey, type Reply, sentFault, type Told } from "../queue/index.js";
import { lockFile } from "../runs/index.js";
import { cellSettings, cellSources, trainedOn } from "./cell.js";
import { makeData } from "./data.js";
import { contents } from "./grid.js";
import { interruption } from "./signals.js";

/** Vectors lie elsewhere than pictures: each place is for the cells that have what lies there. */
const ofVectors: readonly string[] = ["features", "labels"];

/** A cell as this machine trains it. */
const placed = (cell: Cell, places: Order["places"]): Cell => {
  const vectors = cell.settings.features !== undefined;
  const own = Object.entries(places).filter(([name]) => (vectors ? name !== "data" : !ofVectors.includes(name)));
  return { ...cell, settings: { ...cell.settings, ...Object.fromEntries(own) } };
};

/** A child whose worker was killed ends with the step that it is in. */
const patience = 120_000;

const ownData = "give this worker the grid's data: {data} says where they lie here";

/** Trains what a worker has taken. What it lacks on this machine it refuses; what is wrong with the cell fails. */
export const trainOrder = async ({ job, out, places }: Order, { stopped, onShare }: Told): Promise<Reply> => {
  const { fingerprint } = job;
  const cell = placed(job.cell, places);
  const settings = cellSettings(out, cell);
  if (E.isLeft(settings)) return { kind: "failed", fault: sentFault(settings.left) };
  // By the content of the weights that lie here, if it begins with any.
  if (cellId(cell.settings, fingerprint, programVersion, contents()) !== cell.id) {
    const weights = failed("the weights here are others than the grid's", { where: String(cell.settings.weights ?? cell.id) });
    return { kind: "refused", fault: sentFault(weights) };
  }
  const free = await freed(lockFile(cellFolder(out, cell)), patience)();
  if (E.isLeft(free)) return { kind: "failed", fault: sentFault(free.left) };
  const before = finishedIn(out, cell, fingerprint);
  if (before !== undefined) return { kind: "done", outcome: before };
  if (job.generated && !existsSync(settings.right.data)) {
    const made = await makeData(defaultDrawing, settings.right.data)();
    if (E.isLeft(made)) return { kind: "refused", fault: sentFault(made.left) };
  }
  const sources = await cellSources(settings.right, fingerprint, ownData)();
  if (E.isLeft(sources)) return { kind: "refused", fault: sentFault(sources.left) };
  const trained = await trainedOn({ out, fingerprint, stopped }, cell, settings.right, sources.right, onShare)();
  if (E.isRight(trained)) return { kind: "done", outcome: trained.right };
  return trained.left.kind === "interrupted" ? { kind: "stopped" } : { kind: "failed", fault: sentFault(trained.left) };
};

/** This process as a worker's child. */
export const beTrainee = async () => {
  // A supervisor that ends all processes of a machine ends this one too: its cell is saved.
  const signal = interruption();
  const obeyed = await obey((order, told) => trainOrder(order, { ...told, stopped: () => told.stopped() || signal.requested() }));
  signal.forget();
  return obeyed ? E.right(undefined) : E.left(misused("a worker starts this by itself, for a cell", { remedy: "leave the flag out" }));
};
