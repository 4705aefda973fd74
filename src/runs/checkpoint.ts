/**
 * Checkpoints: `epoch-0003.safetensors` holds every tensor that a step hands to the next, and its record as metadata;
 * `last.json` and `best.json` hold the same record for people and name the tensors' file. A file is written beside its
 * place and renamed over it, tensors before record, so that a full disk or a power cut leaves the previous one whole.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed, inWords } from "../faults/index.js";
import { removeFile, writeWhole } from "../files/index.js";
import { type Layout, type Named, sameShape, showShape, type Tensor } from "../tensor/index.js";
import type { Scores } from "../train/index.js";
import { decodeTensors, encodeTensors, type Precision } from "../weights/index.js";
import { migrated, recordVersion } from "./migrations.js";
import { parseSettings, type Settings } from "./settings.js";

/** What happened until a checkpoint, besides its tensors. */
export interface RunRecord {
  /** Of the record's form; absent in the first. */
  readonly version?: number;
  readonly settings: Settings;
  /** Epochs completed. */
  readonly epoch: number;
  /** Steps completed, over all epochs. */
  readonly step: number;
  /** Retrieval on the unseen classes after each epoch; the first entry is before training. */
  readonly history: readonly Scores[];
  readonly engine: string;
  readonly seconds: number;
}

export interface Checkpoint {
  readonly record: RunRecord;
  readonly tensors: Named<Tensor>;
}

const attempt = <A>(what: string, action: () => A): E.Either<Fault, A> =>
  E.tryCatch(action, (thrown) => failed(`${what}: ${inWords(thrown)}`));

const fileOf = (record: RunRecord): string =>
  `epoch-${String(record.epoch).padStart(4, "0")}${record.step === record.epoch * record.settings.iterations ? "" : `-step-${record.step}`}.safetensors`;

/** Saves under `names` (`last`, `best`, `fault`), then removes the tensors that no record names any more. */
export const saveCheckpoint = (
  folder: string,
  names: readonly string[],
  { record: given, tensors }: Checkpoint,
  precision: Precision,
): E.Either<Fault, string> => {
  const record = { version: recordVersion, ...given };
  const file = fileOf(record);
  const saved = writeWhole(join(folder, file), encodeTensors({ tensors, metadata: { mdr: JSON.stringify(record) } }, precision));
  if (E.isLeft(saved)) return saved;
  for (const name of names) {
    const named = writeWhole(join(folder, `${name}.json`), `${JSON.stringify({ tensors: file, ...record }, null, 2)}\n`);
    if (E.isLeft(named)) return named;
  }
  const unused = attempt(`cannot tidy ${folder}`, () => {
    const present = readdirSync(folder);
    const used = present
      .filter((name) => name.endsWith(".json"))
      .map((name) => (JSON.parse(readFileSync(join(folder, name), "utf8")) as { tensors?: unknown }).tensors);
    return present.filter((name) => /^epoch-\d+.*\.safetensors$/.test(name) && !used.includes(name));
  });
  return pipe(
    unused,
    E.chain(E.traverseArray((name) => removeFile(join(folder, name)))),
    E.map(() => join(folder, file)),
  );
};

const tensorsFile = (path: string): string => {
  const record = statSync(path).isDirectory() ? join(path, "last.json") : path;
  if (!record.endsWith(".json")) return record;
  const { tensors } = JSON.parse(readFileSync(record, "utf8")) as { tensors?: unknown };
  if (typeof tensors !== "string")
    throw new Error('has no "tensors" entry: give a run folder, last.json, best.json or a .safetensors file');
  return join(dirname(record), tensors);
};

/** Reads a checkpoint from a run's folder (its last one), a `last.json` or `best.json`, or a `.safetensors` file. */
export const loadCheckpoint = (path: string): E.Either<Fault, Checkpoint> => {
  const read = attempt(`cannot read the checkpoint ${path}`, () => {
    const file = tensorsFile(path);
    return [file, readFileSync(file)] as const;
  });
  if (E.isLeft(read)) return read;
  const [file, bytes] = read.right;
  const decoded = decodeTensors(file, bytes);
  if (E.isLeft(decoded)) return E.left(failed(decoded.left));
  const text = decoded.right.metadata.mdr;
  if (text === undefined) return E.left(failed(`${file}: was not written by mdr (no record in it): give a checkpoint of \`mdr train\``));
  const record = attempt(`${file}: its record cannot be read`, () => JSON.parse(text) as RunRecord);
  if (E.isLeft(record)) return record;
  const settings = parseSettings(file, record.right.settings);
  return E.isLeft(settings)
    ? settings
    : E.right({
        record: { ...record.right, settings: settings.right },
        tensors: migrated(record.right.version ?? 1, decoded.right.tensors),
      });
};

/**
 * The checkpoint's tensors if those of the layout are among them, or the names that are missing or of another shape.
 * It may hold more: evaluation needs the network and not the optimiser.
 */
export const fitting = (path: string, layout: Layout, tensors: Named<Tensor>): E.Either<Fault, Named<Tensor>> => {
  const missing = layout.filter(({ name }) => tensors[name] === undefined).map(({ name }) => `"${name}"`);
  const misshapen = layout.flatMap(({ name, shape }) => {
    const found = tensors[name]?.shape;
    return found === undefined || sameShape(found, shape)
      ? []
      : [`"${name}" is ${showShape(found)}, this network needs ${showShape(shape)}`];
  });
  const problems = [
    ...(misshapen.length === 0 ? [] : [firstOf(misshapen)]),
    ...(missing.length === 0 ? [] : [`has no tensor ${firstOf(missing)}, which this network needs`]),
  ];
  return problems.length === 0
    ? E.right(tensors)
    : E.left(
        failed(`${path}: ${problems.join("; ")}: use the settings it was trained with, such as {embedding}, {width}, {depth} and {levels}`),
      );
};

/** A few of the items, and how many more there are: a wrong width misshapes every tensor. */
const firstOf = (items: readonly string[]): string =>
  items.slice(0, 3).join(", ") + (items.length > 3 ? ` and ${items.length - 3} more` : "");
