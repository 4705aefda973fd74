/** A run's network as an ONNX model: its embedding program traced with kernels that write a graph. */
import * as E from "fp-ts/lib/Either.js";
import { embedProgram } from "../../embed/index.js";
import type { Kernels } from "../../engines/index.js";
import { type Fault, failed } from "../../faults/index.js";
import { type Stated, statementOf } from "../../models/index.js";
import type { Layer } from "../../nn/index.js";
import { type ChannelStatistics, flatten, type Named, type Shape, type Tensor } from "../../tensor/index.js";
import type { Pieces } from "../protobuf.js";
import { type Dimension, modelFile } from "./file.js";
import { graphOf, list, node, numbers, type Wire } from "./graph.js";
import { graphKernels } from "./kernels.js";
import { known, type Traced, traced, tracedBatch, Unexportable } from "./value.js";

/** What an ONNX model is made of. */
export interface Exported {
  readonly network: Layer;
  /** What evaluation makes of the network's output. */
  readonly head: <T>(k: Kernels<T>) => (embeddings: T) => T;
  /** The network's parameters and statistics, by the names of `networkLayout`. */
  readonly tensors: Named<Tensor>;
  /** Of one example: [H, W, C] of a picture, [D] of a vector. */
  readonly example: Shape;
  readonly statistics: ChannelStatistics;
  /** Where pixels are normalised: by whoever shows a picture, or by the model. Vectors come as they are. */
  readonly preprocess: Stated["preprocess"];
  /** Which run it is of, and what else is to be said of it, as text by name. */
  readonly about: Readonly<Record<string, string>>;
  /** Of this program. */
  readonly version: string;
}

const input: Wire = { kind: "input", name: "input" };

/** [N, H, W, 3] of 0 .. 255, red first -> the network's [N, 3, H, W]. */
const normalised = ({ mean, deviation, order = "rgb" }: ChannelStatistics): Wire => {
  const scaled = node("Mul", [input, numbers([3], () => deviation.map((each) => 1 / (255 * each)))]);
  const centred = node("Sub", [scaled, numbers([3], () => mean.map((each, channel) => each / (deviation[channel] ?? 1)))]);
  const ordered = order === "rgb" ? centred : node("Gather", [centred, list([2, 1, 0])], { axis: 3 });
  return node("Transpose", [ordered], { perm: [0, 3, 1, 2] });
};

/** What the graph takes, and what the network does of it. */
const entrance = ({ example, statistics, preprocess }: Exported): { readonly dims: readonly Dimension[]; readonly wire: Wire } => {
  const [height = 1, width = 1, channels = 1] = example;
  if (example.length !== 3) return { dims: ["batch", ...example], wire: input };
  return preprocess === "inside"
    ? { dims: ["batch", height, width, channels], wire: normalised(statistics) }
    : { dims: ["batch", channels, height, width], wire: input };
};

const statementFor = ({ example, statistics, preprocess }: Exported): Readonly<Record<string, string>> =>
  example.length === 3 ? statementOf({ side: example[0] ?? 1, preprocess, statistics }) : {};

/** The program's value on the wires of a graph. Left: it looks across the batch, or asks for what ONNX has no operator for. */
const tracedProgram = ({ network, head, tensors, example }: Exported, wire: Wire): E.Either<Fault, Traced> => {
  const images = [tracedBatch, ...example];
  const { layout, program } = embedProgram({ network, head, images });
  return E.tryCatch(
    () => {
      const [embedding] = program(graphKernels, [...flatten(layout, tensors).map(known), traced(images, wire)]);
      if (embedding?.kind !== "traced") throw new Unexportable("its embedding is the same for every picture");
      return embedding;
    },
    (thrown) => {
      if (!(thrown instanceof Unexportable)) throw thrown;
      return failed(`cannot be written in ONNX: ${thrown.message}`, { where: "the network" });
    },
  );
};

/** The model's file in pieces: input `input`, output `embedding` [batch, D], any number of pictures at once. */
export const onnxModel = (exported: Exported): E.Either<Fault, Pieces> => {
  const { dims, wire } = entrance(exported);
  return E.map((value: Traced): Pieces => {
    return modelFile({
      graph: graphOf("embedding", value.wire),
      name: "embedding",
      inputs: [{ name: "input", dims }],
      outputs: [{ name: "embedding", dims: ["batch", ...value.shape.slice(1)] }],
      metadata: { ...exported.about, ...statementFor(exported) },
      version: exported.version,
    });
  })(tracedProgram(exported, wire));
};
