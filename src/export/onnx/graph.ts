/** A graph in ONNX: values that nodes make of values, put in order and given names. */
import type { Shape } from "../../tensor/index.js";

export type Attribute = number | string | readonly number[];

/** What runs along an edge of the graph, with all that it is made of. */
export type Wire =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "numbers"; readonly type: "float" | "int64"; readonly dims: Shape; readonly data: () => ArrayLike<number> }
  | {
      readonly kind: "node";
      readonly op: string;
      readonly inputs: readonly Wire[];
      /** Whole numbers, lists of them, and words. */
      readonly attributes: Readonly<Record<string, Attribute>>;
    };

export interface Node {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Initializer {
  readonly name: string;
  readonly type: "float" | "int64";
  readonly dims: Shape;
  readonly data: ArrayLike<number>;
}

/** In an order in which every node comes after what it takes. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
}

export const node = (op: string, inputs: readonly Wire[], attributes: Readonly<Record<string, Attribute>> = {}): Wire => ({
  kind: "node",
  op,
  inputs,
  attributes,
});

/** Numbers that are part of the graph. They are only computed when the graph is written. */
export const numbers = (dims: Shape, data: () => ArrayLike<number>): Wire => ({ kind: "numbers", type: "float", dims, data });

/** A list of whole numbers, as nodes take shapes and axes. */
export const list = (values: readonly number[]): Wire => ({ kind: "numbers", type: "int64", dims: [values.length], data: () => values });

/** All that the value called `output` is made of. */
export const graphOf = (output: string, last: Wire): Graph => {
  const nodes: Node[] = [];
  const initializers: Initializer[] = [];
  const names = new Map<Wire, string>();
  const made = (wire: Wire, wanted?: string): string => {
    const known = names.get(wire);
    if (known !== undefined) return known;
    switch (wire.kind) {
      case "input":
        names.set(wire, wire.name);
        return wire.name;
      case "numbers": {
        const name = `numbers_${initializers.length}`;
        const { type, dims, data } = wire;
        initializers.push({ name, type, dims, data: data() });
        names.set(wire, name);
        return name;
      }
      case "node": {
        const inputs = wire.inputs.map((input) => made(input));
        const name = `${wire.op}_${nodes.length}`;
        const result = wanted ?? name;
        nodes.push({ op: wire.op, name, inputs, output: result, attributes: wire.attributes });
        names.set(wire, result);
        return result;
      }
    }
  };
  made(last.kind === "node" ? last : node("Identity", [last]), output);
  return { nodes, initializers };
};
