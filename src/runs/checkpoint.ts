/**
 * Checkpoints: `epoch-0003.safetensors` holds every tensor that a step hands to the next, and its record as metadata, under one seal;
 * `last.json`, `previous.json` and `best.json` hold the same record for people and name the tensors' file. A file is written beside
 * its place and renamed over it, tensors before record and best before last, so that a full disk, a power cut or a kill leaves the
 * previous ones whole and agreeing.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed, inWords, listed } from "../faults/index.js";
import { parseJson, readBytes, readRecord, recordOf, recordText, removeFile, sealed, sealOf, writeWhole } from "../files/index.js";
import { at, type Layout, type Named, sameShape, showShape, type Tensor } from "../tensor/index.js";
import { decodeTensors, type Precision } from "../weights/index.js";
import { migrated } from "./migrations.js";
import { byAge, type CheckpointName, checkpointNames, isTensorsName, recordFile, tensorsName } from "./names.js";
import { namedRecord, type RunRecord, runRecord, sealedFrom } from "./record.js";
import { parseSettings } from "./settings.js";
import { tensorsFile } from "./tensorsFile.js";

/** A checkpoint's record and its tensors. */
export interface Checkpoint {
  readonly record: RunRecord;
  readonly tensors: Named<Tensor>;
}

/** A checkpoint and where it was found. */
export interface FoundCheckpoint extends Checkpoint {
  /** The tensors' file. */
  readonly file: string;
  /** What was wrong with those that would have come before it, a line each. */
  readonly damage: readonly string[];
}

/** The folder of the run that a checkpoint is of. */
export const folderOf = ({ file }: Pick<FoundCheckpoint, "file">): string => dirname(file);

/** The tensors' files that records name now; a record that cannot be read names none. */
export const filesNamed = (folder: string): readonly string[] =>
  checkpointNames.flatMap((name) => {
    const record = readRecord(recordFile(folder, name), namedRecord);
    return E.isLeft(record) ? [] : [record.right.tensors];
  });

/** Writes a record that names a tensors' file. */
export const writeNamed = (folder: string, name: CheckpointName, tensors: string, record: RunRecord): E.Either<Fault, string> =>
  writeWhole(recordFile(folder, name), recordText({ tensors, ...record }, namedRecord));

/** What `last` says becomes `previous`, unless it is of the same step. */
const keepPrevious = (folder: string, { step }: RunRecord): E.Either<Fault, unknown> => {
  const last = readRecord(recordFile(folder, "last"), namedRecord);
  return E.isLeft(last) || last.right.step === step
    ? E.right(undefined)
    : writeWhole(recordFile(folder, "previous"), recordText(last.right, namedRecord));
};

/** Saves under `names`, then removes the tensors that its records named before and do not any more. */
export const saveCheckpoint = (
  folder: string,
  names: readonly CheckpointName[],
  { record, tensors }: Checkpoint,
  precision: Precision,
): E.Either<Fault, string> => {
  const file = tensorsName(record.epoch, record.step, record.settings.iterations);
  const before = filesNamed(folder);
  const ordered = checkpointNames.filter((name) => names.includes(name)).toReversed();
  return pipe(
    writeWhole(join(folder, file), sealed(tensorsFile(record, tensors, precision))),
    E.chain(() => (names.includes("last") ? keepPrevious(folder, record) : E.right(undefined))),
    E.chain(() =>
      pipe(
        ordered,
        E.traverseArray((name) => writeNamed(folder, name, file, record)),
      ),
    ),
    E.chain(() => {
      const named = filesNamed(folder);
      return pipe(
        before.filter((name) => !named.includes(name) && isTensorsName(name)),
        E.traverseArray((name) => removeFile(join(folder, name))),
      );
    }),
    E.map(() => join(folder, file)),
  );
};

const damaged = (file: string): Fault =>
  failed("is damaged: its content does not agree with its seal", { where: file, remedy: "use another checkpoint" });

/** Version of a record, whatever it is; 0 where it says none. */
const versionOf = (value: unknown): number =>
  typeof value === "object" && value !== null && "version" in value && typeof value.version === "number" ? value.version : 0;

/** The checkpoint in a tensors' file. */
export const readCheckpoint = (file: string): E.Either<Fault, Checkpoint> =>
  pipe(
    E.Do,
    E.bind("bytes", () => readBytes(file)),
    E.let("seal", ({ bytes }) => sealOf(bytes)),
    E.chainFirst(({ seal }) => (seal === "broken" ? E.left(damaged(file)) : E.right(undefined))),
    E.bind("decoded", ({ bytes }) => E.mapLeft(failed)(decodeTensors(file, bytes))),
    E.bind("text", ({ decoded }) =>
      E.fromNullable(failed("was not written by mdr (no record in it)", { where: file, remedy: "give a checkpoint of `mdr train`" }))(
        decoded.metadata.mdr,
      ),
    ),
    E.bind("json", ({ text }) => parseJson(file, text)),
    E.bind("raw", ({ json }) => recordOf(file, runRecord)(json)),
    E.chainFirst(({ json, seal }) => (seal === "absent" && versionOf(json) >= sealedFrom ? E.left(damaged(file)) : E.right(undefined))),
    E.bind("settings", ({ raw }) => parseSettings(file, raw.settings)),
    E.map(({ raw, settings, json, decoded }) => ({
      record: { ...raw, settings },
      tensors: migrated(versionOf(json), decoded.tensors),
    })),
  );

/** The checkpoint that a record names; it must be of the same run. */
export const readNamed = (path: string): E.Either<Fault, FoundCheckpoint> =>
  pipe(
    readRecord(path, namedRecord),
    E.bindTo("named"),
    E.let("file", ({ named }) => join(dirname(path), named.tensors)),
    E.bind("checkpoint", ({ file }) => readCheckpoint(file)),
    E.filterOrElse(
      ({ named, checkpoint }) => named.run === checkpoint.record.run && named.step === checkpoint.record.step,
      ({ file }) => failed(`names ${file}, which is of another run or step`, { where: path }),
    ),
    E.map(({ file, checkpoint }) => ({ ...checkpoint, file, damage: [] })),
  );

/** The tensors' files in a folder, newest first, that of a fault left out. */
const tensorsIn = (folder: string): readonly string[] => {
  const fault = readRecord(recordFile(folder, "fault"), namedRecord);
  const apart = E.isRight(fault) ? fault.right.tensors : undefined;
  const names = E.getOrElse((): readonly string[] => [])(E.tryCatch(() => readdirSync(folder), inWords));
  return names.filter((name) => isTensorsName(name) && name !== apart).toSorted(byAge);
};

/** The last checkpoint of a folder that is whole. Left: why there is none. */
const lastIn = (folder: string): E.Either<Fault, FoundCheckpoint> => {
  const last = readNamed(recordFile(folder, "last"));
  if (E.isRight(last)) return last;
  const tensors = tensorsIn(folder);
  if (tensors.length === 0 && !existsSync(recordFile(folder, "last")))
    return E.left(failed("is no run: there is no last.json in it", { where: folder, remedy: "give the folder of a run, or a checkpoint" }));
  const damage = [last.left.message];
  const run = readRecord(recordFile(folder, "last"), namedRecord);
  for (const name of tensors) {
    const file = join(folder, name);
    const found = readCheckpoint(file);
    if (E.isLeft(found)) damage.push(found.left.message);
    else if (E.isRight(run) && run.right.run !== found.right.record.run) damage.push(`${file}: is of another run`);
    else return E.right({ ...found.right, file, damage: [...new Set(damage)] });
  }
  return E.left(
    damage.length === 1 ? last.left : failed(`no checkpoint there can be used:${listed([...new Set(damage)])}`, { where: folder }),
  );
};

const kindOf = (path: string): E.Either<Fault, "folder" | "record" | "tensors"> =>
  pipe(
    E.tryCatch(
      () => statSync(path),
      (thrown) => failed(inWords(thrown), { where: path }),
    ),
    E.map((status) => (status.isDirectory() ? "folder" : basename(path).endsWith(".json") ? "record" : "tensors")),
  );

/**
 * Reads a checkpoint from a run's folder (its last one, or the last that is whole), a `last.json` or `best.json`, or a
 * `.safetensors` file.
 */
export const loadCheckpoint = (path: string): E.Either<Fault, FoundCheckpoint> =>
  pipe(
    kindOf(path),
    E.chain((kind) =>
      kind === "folder"
        ? lastIn(path)
        : kind === "record"
          ? readNamed(path)
          : pipe(
              readCheckpoint(path),
              E.map((found) => ({ ...found, file: path, damage: [] })),
            ),
    ),
  );

/** How many entries are no finite numbers. */
const notFinite = ({ data }: Tensor): number => {
  let count = 0;
  for (let index = 0; index < data.length; index++) if (!Number.isFinite(at(data, index))) count += 1;
  return count;
};

/**
 * The checkpoint's tensors if those of the layout are among them, or the names that are missing, of another shape or hold what is no
 * number. It may hold more: evaluation needs the network and not the optimiser.
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
  if (problems.length > 0)
    return E.left(
      failed(problems.join("; "), { where: path, remedy: "use it with the settings that it was trained with, or another checkpoint" }),
    );
  const broken = layout.flatMap(({ name }) => {
    const tensor = tensors[name];
    const count = tensor === undefined ? 0 : notFinite(tensor);
    return count === 0 ? [] : [`"${name}" (${count} of ${tensor?.data.length})`];
  });
  return broken.length === 0
    ? E.right(tensors)
    : E.left(
        failed(`holds what is no finite number: ${firstOf(broken)}`, {
          where: path,
          remedy: "nothing can be computed with it: use another checkpoint",
        }),
      );
};

/** A few of the items, and how many more there are: a wrong width misshapes every tensor. */
const firstOf = (items: readonly string[]): string =>
  items.slice(0, 3).join(", ") + (items.length > 3 ? ` and ${items.length - 3} more` : "");
