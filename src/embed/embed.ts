/** Embeddings of pictures, batch after batch, with the network as it stands; the last batch is padded and cut. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Engine, Kernels, Program, Resident } from "../engines/index.js";
import { type Fault, failed } from "../faults/index.js";
import type { Layer } from "../nn/index.js";
import { type PictureSource, type Spares, sparesOf } from "../pictures/browser.js";
import {
  at,
  axisLength,
  type Layout,
  layoutOf,
  prefixed,
  type Shape,
  shapesOf,
  sizeOf,
  type Tensor,
  under,
  unflatten,
} from "../tensor/index.js";

/** What embeds, and how many pictures at once. */
export interface EmbedSettings {
  readonly network: Layer;
  /** What evaluation makes of the network's output: the head's part there. */
  readonly head: <T>(k: Kernels<T>) => (embeddings: T) => T;
  /** [N, H, W, C] of a batch. */
  readonly images: Shape;
}

/** The network's parameters and running statistics, by name, in the order of the program's first inputs. */
export const networkLayout = (network: Layer): Layout =>
  layoutOf({ ...prefixed("parameter.network", network.parameters), ...prefixed("state.network", network.state) });

/** (parameters and state, images) -> embeddings [N, D] */
export const embedProgram = ({ network, head, images }: EmbedSettings) => {
  const layout = networkLayout(network);
  const program = <T>(k: Kernels<T>, inputs: readonly T[]): readonly T[] => {
    const named = unflatten(layout, inputs);
    const forward = network.forward(k, "evaluate");
    const { y } = forward(under("parameter.network", named), under("state.network", named), inputs[layout.length] as T);
    return [head(k)(y)];
  };
  return { layout, shapes: [...shapesOf(layout), images], program };
};

/** Embeddings of some pictures in a row of them: pictures `from` up to but not including `to`. */
export interface EmbeddedRows {
  readonly from: number;
  readonly to: number;
  /** [to - from, D] */
  readonly embeddings: Tensor;
}

/** Pictures to embed; where they have names, a fault says whose embedding it is about. */
export type Embeddable = Pick<PictureSource, "plain"> & { readonly files?: readonly string[] };

/** A network's program on an engine. */
export interface Embedder {
  /** Rows as they come, batch after batch, until the last or the first fault. An embedding that is no number is one. */
  readonly rows: (
    network: readonly Resident[],
    pictures: Embeddable,
    indices: readonly number[],
  ) => AsyncGenerator<E.Either<Fault, EmbeddedRows>>;
  /** All of them at once: [n, D]. */
  readonly embed: (
    network: readonly Resident[],
    pictures: Embeddable,
    indices: readonly number[],
    onBatch?: (done: number) => void,
  ) => TE.TaskEither<Fault, Tensor>;
  readonly close: () => void;
}

/** `images` with rows of zeros after it, up to the batch that a program was compiled for; 32-bit numbers in spare memory. */
const padded = (images: Tensor, shape: Shape, spares: Spares<Float32Array>): Tensor => {
  const size = sizeOf(shape);
  if (images.data.length === size) return images;
  const data = images.data instanceof Float32Array ? (spares.take(size) ?? new Float32Array(size)) : new Float64Array(size);
  data.set(images.data);
  return { shape, data: data.fill(0, images.data.length) };
};

const firstRows = ({ shape, data }: Tensor, count: number): Tensor => {
  const width = axisLength(shape, 1);
  return { shape: [count, width], data: Float64Array.from({ length: count * width }, (_, index) => data[index] as number) };
};

/** Left where an embedding is no point: nothing can be said of it. */
export const finiteRows =
  ({ files }: Embeddable, indices: readonly number[]) =>
  (embeddings: Tensor): E.Either<Fault, Tensor> => {
    const width = axisLength(embeddings.shape, 1);
    let entry = 0;
    while (entry < embeddings.data.length && Number.isFinite(at(embeddings.data, entry))) entry += 1;
    if (entry === embeddings.data.length) return E.right(embeddings);
    const picture = indices[Math.floor(entry / width)] ?? 0;
    return E.left(
      failed("its embedding holds what is no finite number", {
        where: files?.[picture] ?? `picture ${picture}`,
        remedy: "the weights overflow: use others, or another {engine}",
      }),
    );
  };

/**
 * Batches that are made ready besides the one that is computed. Not one: an engine computes on the very thread that reads and hands on
 * what is asked for, so what is asked for now is begun only after that.
 */
const ahead = 2;

/** Compiles the embedding program once, for any number of pictures. */
export const embedder = <T>(engine: Engine<T>, settings: EmbedSettings): TE.TaskEither<Fault, Embedder> => {
  const { shapes, program } = embedProgram(settings);
  const batch = axisLength(settings.images, 0);
  // Batches to come, of the next evaluation too, are made ready in the memory of those computed: fresh memory takes longer than the network.
  const spares = sparesOf<Float32Array>(ahead + 1);
  const one =
    (compiled: Program, network: readonly Resident[], given: Tensor): TE.TaskEither<Fault, Tensor> =>
    async () => {
      const whole = padded(given, settings.images, spares);
      const images = engine.upload(whole);
      const results = await compiled.run([...network, images])();
      images.release();
      if (whole.data instanceof Float32Array) spares.give(whole.data);
      if (E.isLeft(results)) return results;
      const [output] = results.right;
      if (output === undefined) throw new Error("embed: the program gave nothing");
      const read = await output.read();
      output.release();
      return read;
    };
  return TE.map((compiled: Program): Embedder => {
    const rows: Embedder["rows"] = async function* (network, pictures, indices) {
      const coming: Promise<E.Either<Fault, Tensor>>[] = [];
      const ask = (from: number): void => {
        const asked = indices.slice(from, from + batch);
        if (asked.length > 0) coming.push(pictures.plain(asked, spares.take((asked.length * sizeOf(settings.images)) / batch))());
      };
      for (let early = 0; early < ahead; early++) ask(early * batch);
      for (let from = 0; from < indices.length; from += batch) {
        const to = Math.min(from + batch, indices.length);
        ask(from + ahead * batch);
        const images = await coming.shift();
        if (images === undefined) return;
        const read = E.isLeft(images) ? images : await one(compiled, network, images.right)();
        const embedded = pipe(
          read,
          E.map((whole) => firstRows(whole, to - from)),
          E.chain(finiteRows(pictures, indices.slice(from, to))),
        );
        yield E.map((embeddings: Tensor): EmbeddedRows => ({ from, to, embeddings }))(embedded);
        if (E.isLeft(embedded)) return;
      }
    };
    const embed: Embedder["embed"] = (network, pictures, indices, onBatch) => async () => {
      const parts: Tensor[] = [];
      for await (const part of rows(network, pictures, indices)) {
        if (E.isLeft(part)) return part;
        parts.push(part.right.embeddings);
        onBatch?.(part.right.to);
      }
      const width = axisLength(parts[0]?.shape ?? [0, 0], 1);
      const data = new Float64Array(indices.length * width);
      parts.reduce((start, { data: part }) => {
        data.set(Float64Array.from(part), start);
        return start + part.length;
      }, 0);
      return E.right({ shape: [indices.length, width], data });
    };
    return { rows, embed, close: compiled.close };
  })(engine.compile(shapes, program));
};
