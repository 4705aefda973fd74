/** A graph as the bytes of an ONNX file: the few messages of onnx.proto that an embedding network needs. */
import { bytes, message, type Pieces, text, whole, wholes } from "../protobuf.js";
import type { Attribute, Graph, Initializer, Node } from "./graph.js";

/** A length, or the name of one that is left open. */
export type Dimension = number | string;

/** An input or an output: 32-bit floats. */
export interface Port {
  readonly name: string;
  readonly dims: readonly Dimension[];
}

export interface Model {
  readonly graph: Graph;
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** What is said of the model beside its graph, as text. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Of this program. */
  readonly version: string;
}

/** IR version 8 and operators of version 13: what runtimes of 2022 and later read. ReduceSum takes its axes as an input since 13. */
const [irVersion, operatorSet] = [8, 13];

const elementTypes = { float: 1, int64: 7 } as const;
const attributeTypes = { int: 2, string: 3, ints: 7 } as const;

const attribute = (name: string, value: Attribute): Pieces => {
  if (typeof value === "number") return message(5, text(1, name), whole(3, value), whole(20, attributeTypes.int));
  if (typeof value === "string") return message(5, text(1, name), text(4, value), whole(20, attributeTypes.string));
  return message(5, text(1, name), wholes(8, value), whole(20, attributeTypes.ints));
};

const node = ({ op, name, inputs, output, attributes }: Node): Pieces =>
  message(
    1,
    ...inputs.map((input) => text(1, input)),
    text(2, output),
    text(3, name),
    text(4, op),
    ...Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  );

/** Little-endian, as the format wants them whatever the machine is. */
const rawData = (type: Initializer["type"], data: ArrayLike<number>): Uint8Array => {
  const size = type === "float" ? 4 : 8;
  const view = new DataView(new ArrayBuffer(size * data.length));
  for (let index = 0; index < data.length; index++)
    if (type === "float") view.setFloat32(size * index, data[index] as number, true);
    else view.setBigInt64(size * index, BigInt(data[index] as number), true);
  return new Uint8Array(view.buffer);
};

const initializer = ({ name, type, dims, data }: Initializer): Pieces =>
  message(5, wholes(1, dims), whole(2, elementTypes[type]), text(8, name), bytes(9, rawData(type, data)));

const port = (field: number, { name, dims }: Port): Pieces => {
  const shape = dims.map((length) => message(1, typeof length === "number" ? whole(1, length) : text(2, length)));
  return message(field, text(1, name), message(2, message(1, whole(1, elementTypes.float), message(2, ...shape))));
};

/** The file in pieces, in their order. */
export const modelFile = ({ graph, name, inputs, outputs, metadata, version }: Model): Pieces => [
  ...whole(1, irVersion),
  ...text(2, "mdr"),
  ...text(3, version),
  ...message(
    7,
    ...graph.nodes.map(node),
    text(2, name),
    ...graph.initializers.map(initializer),
    ...inputs.map((input) => port(11, input)),
    ...outputs.map((output) => port(12, output)),
  ),
  ...message(8, text(1, ""), whole(2, operatorSet)),
  ...Object.entries(metadata).flatMap(([key, value]) => message(14, text(1, key), text(2, value))),
];
