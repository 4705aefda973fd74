/**
 * The plan of a program: a graph of kernel launches, built while the program is traced and lowered to a list before
 * GPU.js sees it. Because every kernel is pure,
 * - a launch that was already made with the same text and inputs is reused (the padded input of a convolution serves
 *   its forward pass and its gradient), and so is a constant with the same numbers;
 * - launches nothing depends on are dropped;
 * - chains of entry-by-entry operations become one kernel.
 */
import { type Shape, showShape, sizeOf, type Tensor } from "../../tensor/index.js";
import { oncePerNumbers } from "../constants.js";
import { coordinates, type Dialect, kernelText, type Source } from "./source.js";

/** How entry i of a result reads an input: at i; or at the broadcast place, [length, stride of the input] an axis. */
export type Access = "same" | readonly (readonly [length: number, stride: number])[];

interface Common {
  readonly id: number;
  readonly size: number;
}

export type Node =
  | (Common & { readonly kind: "input"; readonly position: number })
  | (Common & { readonly kind: "constant"; readonly data: Float32Array })
  | (Common & { readonly kind: "launch"; readonly source: Source; readonly inputs: readonly Node[]; readonly output: readonly number[] })
  | (Common & {
      readonly kind: "pointwise";
      /** An expression of $0, $1, ... */
      readonly expression: string;
      readonly inputs: readonly Node[];
      readonly accesses: readonly Access[];
    });

/** The engine's tensor: its place in the plan. */
export interface GpuTensor {
  readonly shape: Shape;
  readonly handle: Node;
}

/** What kernels are written against: makes nodes of the plan. */
export interface Tracer {
  readonly dialect: Dialect;
  readonly input: (shape: Shape, position: number) => GpuTensor;
  readonly constant: (t: Tensor) => GpuTensor;
  /**
   * One kernel launch: one thread an entry of `shape`, or a grid of threads `columns` wide. `key` names the text: same
   * key, same text.
   */
  readonly launch: (
    key: string,
    shape: Shape,
    inputs: readonly GpuTensor[],
    source: Source,
    grid?: { readonly columns: number },
  ) => GpuTensor;
  /**
   * The same tensor, stored as if it were a result: what reads it is not joined with what makes it. So a program traced
   * several times over has the very kernels of one traced once.
   */
  readonly keep: (x: GpuTensor) => GpuTensor;
  /** Ids of the nodes kept so far. */
  readonly kept: ReadonlySet<number>;
  /** An entry-by-entry operation, `expression` of $0, $1, ... */
  readonly pointwise: (expression: string, shape: Shape, inputs: readonly GpuTensor[], accesses?: readonly Access[]) => GpuTensor;
}

const refuseOversized = (shape: Shape, limit: number): void => {
  const size = sizeOf(shape);
  if (size <= limit) return;
  const batch = Math.floor(((shape[0] ?? 1) * limit) / size);
  throw new RangeError(
    `a tensor ${showShape(shape)} of the program has ${size} entries and GPU.js can index ${limit} here: ` +
      (batch > 0 ? `with this network use a batch of at most ${batch}` : "make the network or the images smaller"),
  );
};

/** A fresh tracer for a backend's dialect and tensors of at most `limit` entries. Its memory of launches made and kept is the only state, and dies with it. */
export const tracer = (dialect: Dialect, limit: number): Tracer => {
  const known = new Map<string, Node>();
  const kept = new Set<number>();
  const once = (key: string, make: (id: number) => Node): Node => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make(known.size);
    known.set(key, made);
    return made;
  };
  const constantOf = oncePerNumbers<Node>();
  const constant = ({ shape, data }: Tensor): GpuTensor => {
    const numbers = Float32Array.from(data);
    return {
      shape,
      handle: constantOf(numbers, () =>
        once(`constant ${known.size}`, (id) => ({ kind: "constant", id, size: numbers.length, data: numbers })),
      ),
    };
  };
  const result = (shape: Shape, key: string, make: (id: number, size: number) => Node): GpuTensor => {
    refuseOversized(shape, limit);
    const size = sizeOf(shape);
    if (size === 0) return constant({ shape, data: new Float32Array(0) });
    return { shape, handle: once(`${key} ${size}`, (id) => make(id, size)) };
  };
  const ids = (inputs: readonly GpuTensor[]): string => inputs.map(({ handle }) => handle.id).join(",");
  return {
    dialect,
    input: (shape, position) => {
      refuseOversized(shape, limit);
      return { shape, handle: once(`input ${position}`, (id) => ({ kind: "input", id, size: sizeOf(shape), position })) };
    },
    constant,
    kept,
    keep: (x) => {
      kept.add(x.handle.id);
      return x;
    },
    launch: (key, shape, inputs, source, grid) =>
      result(shape, `launch ${key} (${ids(inputs)})`, (id, size) => ({
        kind: "launch",
        id,
        size,
        source,
        output: grid === undefined ? [size] : [grid.columns, size / grid.columns],
        inputs: inputs.map(({ handle }) => handle),
      })),
    pointwise: (expression, shape, inputs, accesses = inputs.map(() => "same" as const)) =>
      result(shape, `pointwise ${expression} ${JSON.stringify(accesses)} (${ids(inputs)})`, (id, size) => ({
        kind: "pointwise",
        id,
        size,
        expression,
        inputs: inputs.map(({ handle }) => handle),
        accesses,
      })),
  };
};

/** One kernel launch as GPU.js gets it. */
export interface Launch {
  readonly node: Node;
  readonly text: string;
  /** Threads along x, and along y where the kernel has a grid. */
  readonly output: readonly number[];
  readonly inputs: readonly Node[];
}

const inputsOf = (node: Node): readonly Node[] => (node.kind === "launch" || node.kind === "pointwise" ? node.inputs : []);

/** The nodes that the outputs depend on, each after its inputs. */
const needed = (outputs: readonly Node[]): readonly Node[] => {
  const seen = new Map<number, Node>();
  const stack = [...outputs];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node.id)) continue;
    seen.set(node.id, node);
    stack.push(...inputsOf(node));
  }
  // Ids grow as nodes are made, and a node is made after its inputs.
  return [...seen.values()].sort((a, b) => a.id - b.id);
};

/** A chain of pointwise nodes written as one kernel: statements in order, and the arrays they read. */
interface Chain {
  readonly statements: readonly string[];
  readonly arrays: readonly Node[];
  readonly value: string;
}

const readText = (dialect: Dialect, name: string, access: Access, prefix: string): readonly [statements: string, read: string] => {
  if (access === "same") return ["", `${name}[i]`];
  const names = access.map((_, axis) => `${prefix}x${axis}`);
  const used = access.flatMap(([, stride], axis) => (stride === 0 ? [] : [stride === 1 ? `${names[axis]}` : `${names[axis]} * ${stride}`]));
  if (used.length === 0) return ["", `${name}[0]`];
  const lengths = access.map(([length]) => length);
  const statements = `const ${prefix} = i; ${coordinates(dialect, lengths, names, prefix)}`;
  return [statements, `${name}[${used.join(" + ")}]`];
};

/** Longest chain that is worked out again for each of several readers instead of being stored: reads and operations. */
const cheap = 8;

/** Longest chain of one kernel. */
const longest = 40;

/** Whether a pointwise node reads an input entry for entry wherever it reads it. */
const readsWhole = (node: Node & { readonly kind: "pointwise" }, input: Node): boolean =>
  node.inputs.every((other, k) => other.id !== input.id || (node.accesses[k] ?? "same") === "same");

/**
 * The launches of a plan in order. A pointwise node that only pointwise nodes read, entry for entry, is written into
 * their kernels: always where there is one reader, where there are several if it is cheap, and as long as no kernel
 * reads more arrays than the backend allows.
 */
export const lower = (outputs: readonly Node[], dialect: Dialect, kept: ReadonlySet<number> = new Set()): readonly Launch[] => {
  const nodes = needed(outputs);
  const readers = new Map<number, number>();
  const wholeReaders = new Map<number, number>();
  const count = (counts: Map<number, number>, { id }: Node): void => {
    counts.set(id, (counts.get(id) ?? 0) + 1);
  };
  // Being an output, or kept, is one more reader, which no chain takes in.
  for (const node of outputs) count(readers, node);
  for (const node of nodes) {
    if (kept.has(node.id)) count(readers, node);
    for (const input of new Set(inputsOf(node))) {
      count(readers, input);
      if (node.kind === "pointwise" && readsWhole(node, input)) count(wholeReaders, input);
    }
  }

  const chainOf = new Map<number, Chain>();
  const writtenInto = new Map<number, number>();
  const inlinable = (input: Node): Chain | undefined => {
    const inner = chainOf.get(input.id);
    const all = readers.get(input.id) ?? 0;
    if (inner === undefined || all !== wholeReaders.get(input.id)) return undefined;
    return all === 1 || inner.statements.length <= cheap ? inner : undefined;
  };
  const chain = (node: Node & { readonly kind: "pointwise" }): Chain => {
    const arrays: Node[] = [];
    const statements: string[] = [];
    const nameOf = (input: Node): string => {
      const place = arrays.findIndex(({ id }) => id === input.id);
      return `a${place >= 0 ? place : arrays.push(input) - 1}`;
    };
    const values = new Map<number, string>();
    // Arrays this node reads itself are counted before any chain is taken in.
    const own = new Set(node.inputs.map(({ id }) => id)).size;
    const read = node.inputs.map((input, k) => {
      const access = node.accesses[k] ?? "same";
      const inner = inlinable(input);
      if (inner !== undefined) {
        const taken = values.get(input.id);
        if (taken !== undefined) return taken;
        const total = new Set([...arrays, ...inner.arrays].map(({ id }) => id)).size + own;
        if (total <= dialect.maximumInputs && inner.statements.length + statements.length <= longest) {
          count(writtenInto, input);
          const renamed = new Map(inner.arrays.map((array, place) => [`a${place}`, nameOf(array)]));
          const texts = inner.statements.map((text) => text.replace(/\ba\d+\b/g, (name) => renamed.get(name) ?? name));
          // Two inputs may share a part of their chains: it is written once.
          statements.push(...texts.filter((text) => !statements.includes(text)));
          values.set(input.id, inner.value);
          return inner.value;
        }
      }
      const [setUp, text] = readText(dialect, nameOf(input), access, `p${node.id}k${k}`);
      const name = `r${node.id}k${k}`;
      statements.push(`${setUp} const ${name} = ${text};`);
      return name;
    });
    const value = `v${node.id}`;
    statements.push(`const ${value} = ${node.expression.replace(/\$(\d)/g, (_, k: string) => read[Number(k)] ?? "")};`);
    return { statements, arrays, value };
  };
  for (const node of nodes) if (node.kind === "pointwise") chainOf.set(node.id, chain(node));

  return nodes.flatMap((node): readonly Launch[] => {
    if (node.kind === "launch") return [{ node, text: node.source(dialect), output: node.output, inputs: node.inputs }];
    const written = chainOf.get(node.id);
    if (written === undefined || writtenInto.get(node.id) === readers.get(node.id)) return [];
    // Names carry node ids while chains are joined; numbering them by place lets equal chains share one kernel.
    const names = new Map<string, string>();
    const text = `${written.statements.join(" ")} return ${written.value};`.replace(/\b[prv]\d+(?:k\d+)?(?=\b|[qx]\d)/g, (name) => {
      const place = names.get(name) ?? `${name.charAt(0)}${names.size}`;
      names.set(name, place);
      return place;
    });
    return [{ node, text: kernelText(dialect, written.arrays.length, text), output: [node.size], inputs: written.arrays }];
  });
};
