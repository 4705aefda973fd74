/** What hostile files are made from: a narrow model, and a small index in a folder. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { networkLayout } from "#mdr/embed/index.js";
import { onnxModel } from "#mdr/export/index.js";
import { backbones } from "#mdr/nn/index.js";
import { normals, seeded, split } from "#mdr/random/index.js";
import { parseSettings } from "#mdr/runs/index.js";
import { openKeeper } from "#mdr/search/index.js";
import { contentHash } from "#mdr/store/index.js";
import { sizeOf } from "#mdr/tensor/index.js";
import { evaluationHead, exampleOf, networkOf } from "#mdr/train/index.js";

const right = <A>(found: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(found)) throw new Error(found.left.message);
  return found.right;
};

export const side = 16;
export const width = 4;
const pictures = 40;

export const modelFile = (folder: string): string => join(folder, "model.onnx");
export const indexPlace = (folder: string): string => join(folder, "photos.db");

/** The numbers of any picture or tensor, by its name. */
const drawn = (name: string, count: number): Float64Array => normals(count, split(seeded(7), name))[0];

export const groundIn = async (folder: string): Promise<void> => {
  const settings = right(parseSettings("bench", { imageSize: side, width: 4, depth: 0, embedding: width }));
  const network = right(networkOf(settings));
  const tensors = Object.fromEntries(
    networkLayout(network).map(({ name, shape }) => [name, { shape, data: drawn(name, sizeOf(shape)).map(Math.abs) }]),
  );
  const exported = {
    network,
    head: evaluationHead(settings),
    tensors,
    example: exampleOf(settings),
    statistics: backbones[settings.backbone].statistics,
    preprocess: "outside",
    about: {},
    version: "bench",
  } as const;
  writeFileSync(modelFile(folder), Buffer.concat(right(onnxModel(exported))));
  const place = indexPlace(folder);
  mkdirSync(place, { recursive: true });
  const about = { run: "a run", checkpoint: folder, weights: "0".repeat(64), width, root: folder, part: { number: 1, of: 1 } };
  const keeper = right(await openKeeper(place, about)());
  const rows = Array.from({ length: pictures }, (_, at) => {
    const file = `class${at % 4}/${at}.jpg`;
    const digest = contentHash(new TextEncoder().encode(file));
    return { file, label: `class${at % 4}`, digest, embedding: Float32Array.from(drawn(file, width)), stamp: "1 2 3" };
  });
  right(await keeper.put(rows)());
  right(await keeper.finish()());
  await keeper.close();
};
