/**
 * `npm run bench -- export`: every backbone at full width as an ONNX model, run by onnxruntime, its embeddings held against the
 * reference's in 64 bits; how large the model is, and pictures a second beside the wasm engine, both on one thread.
 */
import * as E from "fp-ts/lib/Either.js";
import { embedProgram, networkLayout } from "#mdr/embed/index.js";
import { referenceKernels, wasmEngine } from "#mdr/engines/index.js";
import { type Exported, onnxModel } from "#mdr/export/index.js";
import { openRuntime, type Session } from "#mdr/models/index.js";
import { backbones } from "#mdr/nn/index.js";
import { normals, seeded, split, uniforms } from "#mdr/random/index.js";
import { parseSettings } from "#mdr/runs/index.js";
import { axisLength, flatten, type Named, sizeOf, type Tensor } from "#mdr/tensor/index.js";
import { evaluationHead, exampleOf, networkOf } from "#mdr/train/index.js";
import { must } from "./step.js";

interface ExportRow {
  readonly network: string;
  readonly mib: number;
  /** Of the embeddings, largest difference over largest magnitude. */
  readonly error: number;
  readonly onnxruntime_per_second: number;
  readonly wasm_per_second: number;
}

const right = <A>(found: E.Either<{ readonly message: string }, A>): A => {
  if (E.isLeft(found)) throw new Error(found.left.message);
  return found.right;
};

/** Weights that keep the signal's size, statistics that are none of a new network. */
const weightsOf = ({ network }: Pick<Exported, "network">): Named<Tensor> =>
  Object.fromEntries(
    networkLayout(network).map(({ name, shape }) => {
      const stream = split(seeded(5), name);
      const size = sizeOf(shape);
      const deviation = Math.sqrt(2 / sizeOf(shape.slice(0, -1)));
      const data = /\.(?:scale|variance)$/.test(name)
        ? uniforms(size, stream)[0].map((value) => 0.5 + value)
        : normals(size, stream)[0].map((value) => value * (shape.length > 1 ? deviation : 0.2));
      return [name, { shape, data }];
    }),
  );

const exportedOf = (backbone: keyof typeof backbones, side: number): Exported => {
  // Heads are told that there are vectors, and never read them.
  const features = backbones[backbone].takes === "vectors" ? "vectors.npy" : "";
  const settings = right(parseSettings("bench", { backbone, features, imageSize: side, embedding: 64, featureWidth: 512 }));
  const network = right(networkOf(settings));
  return {
    network,
    head: evaluationHead(settings),
    tensors: weightsOf({ network }),
    example: exampleOf(settings),
    statistics: backbones[settings.backbone].statistics,
    preprocess: "outside",
    about: {},
    version: "bench",
  };
};

/** [N, H, W, C] -> [N, C, H, W]; vectors as they are. */
const channelsFirst = ({ shape, data }: Tensor): Tensor => {
  if (shape.length !== 4) return { shape, data };
  const [count, places, channels] = [axisLength(shape, 0), axisLength(shape, 1) * axisLength(shape, 2), axisLength(shape, 3)];
  const turned = new Float32Array(data.length);
  for (let flat = 0; flat < data.length; flat++) {
    const [image, place, channel] = [Math.floor(flat / (places * channels)), Math.floor(flat / channels) % places, flat % channels];
    turned[(image * channels + channel) * places + place] = data[flat] as number;
  }
  return { shape: [count, axisLength(shape, 3), axisLength(shape, 1), axisLength(shape, 2)], data: turned };
};

/** Runs a second of work that does `count` at once; the first run is not counted. */
const speedOf = async (count: number, work: () => Promise<unknown>): Promise<number> => {
  await work();
  const begun = performance.now();
  let done = 0;
  for (; done === 0 || performance.now() - begun < 1000; done += count) await work();
  return (1000 * done) / (performance.now() - begun);
};

const measured = async (network: keyof typeof backbones, side: number): Promise<ExportRow> => {
  const runtime = await must(openRuntime);
  const exported = exportedOf(network, side);
  const pieces = right(onnxModel(exported));
  const images: Tensor = { shape: [2, ...exported.example], data: normals(2 * sizeOf(exported.example), seeded(9))[0] };
  const { layout, shapes, program } = embedProgram({ network: exported.network, head: exported.head, images: images.shape });
  const values = flatten(layout, exported.tensors);
  const [wanted] = program(referenceKernels, [...values, images]);
  const session: Session = await runtime.InferenceSession.create(new Uint8Array(Buffer.concat(pieces)));
  const given = channelsFirst(images);
  const input = new runtime.Tensor("float32", Float32Array.from(given.data), given.shape);
  const { embedding } = await session.run({ input });
  const got = embedding?.data as Float32Array;
  const largest = Array.from(wanted?.data ?? []).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const error =
    Array.from(wanted?.data ?? []).reduce((most, value, index) => Math.max(most, Math.abs(value - (got[index] as number))), 0) / largest;
  const onnxruntime_per_second = await speedOf(2, () => session.run({ input }));
  await session.release();
  const engine = await must(wasmEngine({ threads: 1 }));
  const compiled = await must(engine.compile(shapes, program));
  const inputs = [...values, images].map(engine.upload);
  const wasm_per_second = await speedOf(2, async () => {
    const [output] = await must(compiled.run(inputs));
    if (output !== undefined) await must(output.read);
    output?.release();
  });
  await must(engine.close);
  return { network, mib: pieces.reduce((sum, { length }) => sum + length, 0) / 2 ** 20, error, onnxruntime_per_second, wasm_per_second };
};

/** The compact network sees 64 pixels, as it is meant to; the others as many as the reference's loops take seconds for. */
const sides: Readonly<Record<string, number>> = { compact: 64, resnet18: 64, "bn-inception": 96, resnet50: 64 };

export const benchExport = async ({ asJson, quick }: { readonly asJson: boolean; readonly quick: boolean }): Promise<void> => {
  const names = (Object.keys(backbones) as (keyof typeof backbones)[]).filter(
    (name) => !quick || name === "compact" || name === "resnet18",
  );
  const rows: ExportRow[] = [];
  for (const name of names) {
    const row = await measured(name, sides[name] ?? 64);
    rows.push(row);
    if (!asJson)
      process.stdout.write(
        `${name.padEnd(13)} ${row.mib.toFixed(1).padStart(6)} MiB; embeddings within ${row.error.toExponential(1)} of the reference's; ` +
          `${row.onnxruntime_per_second.toFixed(1)} a second in onnxruntime, ${row.wasm_per_second.toFixed(1)} by the wasm engine, one thread each\n`,
      );
  }
  if (asJson) process.stdout.write(`${JSON.stringify({ rows }, null, 2)}\n`);
};
