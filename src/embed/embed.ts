/** Embeddings of pictures, batch after batch, with the network as it stands; the last batch is padded and cut. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Engine, Kernels, Program, Resident } from "../engines/index.js";
import type { Fault } from "../faults/index.js";
import { l2Head } from "../metric/index.js";
import type { Layer } from "../nn/index.js";
import { axisLength, type Layout, prefixed, type Shape, shapesOf, sizeOf, type Tensor, under, unflatten } from "../tensor/index.js";

export interface EmbedSettings {
  readonly network: Layer;
  /** [N, H, W, C] of a batch. */
  readonly images: Shape;
  /** L2-normalise the result, as `triplet-l2` does in training and evaluation alike. */
  readonly normalised: boolean;
}

/** The network's parameters and running statistics, by name, in the order of the program's first inputs. */
export const networkLayout = (network: Layer): Layout =>
  Object.entries({ ...prefixed("parameter.network", network.parameters), ...prefixed("state", network.state) }).map(
    ([name, { shape }]) => ({ name, shape }),
  );

/** (parameters and state, images) -> embeddings [N, D] */
export const embedProgram = ({ network, images, normalised }: EmbedSettings) => {
  const layout = networkLayout(network);
  const program = <T>(k: Kernels<T>, inputs: readonly T[]): readonly T[] => {
    const named = unflatten(layout, inputs);
    const { y } = network.forward(k, "evaluate")(under("parameter.network", named), under("state", named), inputs[layout.length] as T);
    return [normalised ? l2Head(k)(y)[0] : y];
  };
  return { layout, shapes: [...shapesOf(layout), images], program };
};

export interface Embedder {
  /** Embeds `count` pictures; `pictureBatch(start, end)` gives [end - start, H, W, C]. */
  readonly embed: (
    network: readonly Resident[],
    count: number,
    pictureBatch: (start: number, end: number) => Tensor,
    onBatch?: (done: number) => void,
  ) => TE.TaskEither<Fault, Tensor>;
  readonly close: () => void;
}

/** `images` with rows of zeros after it, up to the batch that a program was compiled for. */
export const padded = (images: Tensor, shape: Shape): Tensor => {
  const data = new Float64Array(sizeOf(shape));
  for (let index = 0; index < images.data.length; index++) data[index] = images.data[index] as number;
  return { shape, data };
};

/** Compiles the embedding program once, for any number of pictures. */
export const embedder =
  <T>(engine: Engine<T>, settings: EmbedSettings): TE.TaskEither<Fault, Embedder> =>
  async () => {
    const { shapes, program } = embedProgram(settings);
    const compiled: E.Either<Fault, Program> = await engine.compile(shapes, program)();
    if (E.isLeft(compiled)) return E.left(compiled.left);
    const batch = axisLength(settings.images, 0);
    const embed: Embedder["embed"] = (network, count, pictureBatch, onBatch) => async () => {
      const rows: number[] = [];
      let width = 0;
      for (let start = 0; start < count; start += batch) {
        const end = Math.min(start + batch, count);
        const images = engine.upload(padded(pictureBatch(start, end), settings.images));
        const results = await compiled.right.run([...network, images])();
        images.release();
        if (E.isLeft(results)) return E.left(results.left);
        const [output] = results.right;
        if (output === undefined) throw new Error("embed: the program gave nothing");
        const read = await output.read();
        output.release();
        if (E.isLeft(read)) return E.left(read.left);
        width = axisLength(read.right.shape, 1);
        const wanted = (end - start) * width;
        for (let index = 0; index < wanted; index++) rows.push(read.right.data[index] as number);
        onBatch?.(end);
      }
      return E.right({ shape: [count, width], data: Float64Array.from(rows) });
    };
    return E.right({ embed, close: compiled.right.close });
  };
