/** A process of `npm run bench -- hostile`: KIND FOLDER FROM COUNT; a line of JSON says what became of the cases. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { sealed, sealOf } from "#mdr/files/index.js";
import { openModel, openRuntime } from "#mdr/models/index.js";
import { integer, type Random, seeded, split } from "#mdr/random/index.js";
import { openIndex } from "#mdr/search/index.js";
import { galleryFile } from "#mdr/search/places.js";
import { harmed } from "./damage.js";
import { indexPlace, modelFile, side, width } from "./hostileGround.js";

export interface BatchOutcome {
  readonly refused: number;
  readonly used: number;
  /** Of one case, in milliseconds. */
  readonly slowest: number;
  /** Of the process, at the most. */
  readonly mebibytes: number;
  readonly wrong: readonly string[];
}

/** A text for a fault, undefined where the file was used after all. Thrown: what must never be. */
type Case = (random: Random) => Promise<string | undefined>;

const messageOf = (result: E.Either<{ readonly message: string }, unknown>): string | undefined =>
  E.isLeft(result) ? result.left.message : undefined;

/** Some harms one after the other, of which most leave the beginning alone. */
const harmedBytes = (bytes: Uint8Array, random: Random): Uint8Array => {
  let [count, next] = integer(1, 4, random);
  let now = bytes;
  for (; count > 0; count--) {
    const [bytesAfter, after] = harmed(now, next);
    [now, next] = [bytesAfter, after];
  }
  return now;
};

const models = async (folder: string): Promise<Case> => {
  const whole = new Uint8Array(readFileSync(modelFile(folder)));
  const runtime = await openRuntime();
  if (E.isLeft(runtime)) throw new Error(runtime.left.message);
  const image = { shape: [1, side, side, 3], data: new Float64Array(side * side * 3).fill(0.25) };
  return async (random) => {
    const model = await openModel(runtime.right, "x.onnx", harmedBytes(whole, random), { scale: "unit", channels: "rgb" })();
    if (E.isLeft(model)) return model.left.message;
    const vectors = await model.right.vectors(image)();
    await model.right.close();
    return messageOf(vectors);
  };
};

const asked = async (place: string, approximateFrom?: number): Promise<string | undefined> => {
  const index = await openIndex([place], { approximateFrom })();
  if (E.isLeft(index)) return index.left.message;
  const found = await index.right.find(new Float32Array(width).fill(0.1), { count: 5 })();
  const labels = await index.right.labels()();
  const entry = await index.right.entryOf("class0/0.jpg")();
  await index.right.close();
  return messageOf(found) ?? messageOf(labels) ?? messageOf(entry);
};

/** The seal made anew over what is there, where it has a place for one: what is behind it must hold by itself. */
const resealed = (bytes: Uint8Array): Uint8Array => (sealOf(bytes) === "absent" ? bytes : Uint8Array.from(Buffer.concat(sealed(bytes))));

const galleries = async (folder: string): Promise<Case> => {
  const whole = new Uint8Array(readFileSync(galleryFile(indexPlace(folder))));
  const place = join(folder, `case-${process.pid}`);
  mkdirSync(place, { recursive: true });
  return (random) => {
    const [isSealed, next] = integer(0, 2, random);
    const bytes = harmedBytes(whole, next);
    writeFileSync(galleryFile(place), isSealed === 1 ? resealed(bytes) : bytes);
    return asked(place);
  };
};

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();

const databases = async (folder: string): Promise<Case> => {
  const place = join(folder, `case-${process.pid}`);
  return async (random) => {
    rmSync(place, { recursive: true, force: true });
    cpSync(indexPlace(folder), place, { recursive: true });
    const files = filesBelow(join(place, "database"));
    const [at, next] = integer(0, files.length, random);
    const path = files[at] ?? "";
    writeFileSync(path, harmedBytes(new Uint8Array(readFileSync(path)), next));
    return asked(place, 0);
  };
};

const made: Readonly<Record<string, (folder: string) => Promise<Case>>> = { model: models, gallery: galleries, database: databases };

const [kind = "", folder = "", from = "0", count = "0"] = process.argv.slice(2);
const one = await made[kind]?.(folder);
const outcome = { refused: 0, used: 0, slowest: 0, mebibytes: 0, wrong: [] as string[] };
for (let number = Number(from); one !== undefined && number < Number(from) + Number(count); number++) {
  const begun = performance.now();
  try {
    const fault = await one(split(seeded(11), `${kind} ${number}`));
    if (fault === undefined) outcome.used += 1;
    else outcome.refused += 1;
    if (fault !== undefined && /\n\s+at |node_modules/.test(fault)) outcome.wrong.push(`${number}: a stack: ${fault.slice(0, 200)}`);
  } catch (thrown) {
    outcome.wrong.push(`${number}: ${String(thrown).slice(0, 300)}`);
  }
  outcome.slowest = Math.max(outcome.slowest, performance.now() - begun);
}
outcome.mebibytes = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify(outcome satisfies BatchOutcome)}\n`);
process.exit(0);
