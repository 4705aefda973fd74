/**
 * Whether a model has numbers in other files. ONNX lets a tensor name a file and a place in it, and a runtime of native code would read
 * whatever is named, wherever it lies: such a model is refused before a runtime sees it.
 */
import { fieldsOf } from "./protobuf.js";

/** By the message, which of its fields hold a message that may hold tensors (onnx.proto). */
const inner = {
  model: { 7: "graph", 20: "training", 25: "function" },
  training: { 1: "graph", 2: "graph" },
  function: { 7: "node" },
  graph: { 1: "node", 5: "tensor", 15: "sparse" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse" },
  sparse: { 1: "tensor", 2: "tensor" },
  tensor: {},
} as const satisfies Readonly<Record<string, Readonly<Record<number, string>>>>;

type Kind = keyof typeof inner;

/** Graphs within graphs, of loops and branches: no network nests as many messages. */
const deepest = 64;

/** TensorProto: external_data 13, and data_location 14, which is 1 for another file. */
const namesFile = ({ number, value }: { readonly number: number; readonly value: number }): boolean =>
  number === 13 || (number === 14 && value !== 0);

const within = (bytes: Uint8Array, kind: Kind, depth: number): boolean => {
  if (depth > deepest) return true;
  const fields: Readonly<Record<number, Kind>> = inner[kind];
  for (const field of fieldsOf(bytes)) {
    if (kind === "tensor" && namesFile(field)) return true;
    const next = fields[field.number];
    if (next !== undefined && field.content !== undefined && within(field.content, next, depth + 1)) return true;
  }
  return false;
};

/** True too where messages lie within each other deeper than those of any network. */
export const readsOtherFiles = (model: Uint8Array): boolean => within(model, "model", 0);
