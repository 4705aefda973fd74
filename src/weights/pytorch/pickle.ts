/**
 * A machine for pickles of protocol 2 and later (Python's `pickletools` describes their opcodes) that builds values and calls nothing
 * but what its rules allow by name. Work and memory are bounded by the bytes read: every opcode takes at least one and makes one value.
 */
import * as E from "fp-ts/lib/Either.js";
import { type Cursor, f8, i4, long, none, opaque, type Reader, text, twoLines, u1, u2, u4, u8 } from "./operands.js";
import { isOf, kindOf, type Value } from "./value.js";

/** What a pickle may name, and what it may point to outside itself. */
export interface Rules {
  /** The value of a name; Left refuses it. */
  readonly named: (module: string, name: string) => E.Either<string, Value>;
  readonly persistent: (id: Value) => E.Either<string, Value>;
}

interface Machine {
  readonly cursor: Cursor;
  readonly rules: Rules;
  stack: Value[];
  /** The stacks below the marks. */
  readonly marks: Value[][];
  readonly memo: Map<number, Value>;
}

interface Operation {
  readonly name: string;
  /** Undefined, or what is wrong. */
  readonly perform: (machine: Machine) => string | undefined;
}

const operation = <A>(name: string, read: Reader<A>, act: (machine: Machine, operand: A) => string | undefined): Operation => ({
  name,
  perform: (machine) => {
    const operand = read(machine.cursor);
    return operand === undefined ? "its operand is cut off or too long" : act(machine, operand);
  },
});

const push = ({ stack }: Machine, value: Value): undefined => {
  stack.push(value);
};

const pushed = <A>(name: string, read: Reader<A>, made: (operand: A) => Value): Operation =>
  operation(name, read, (machine, operand) => push(machine, made(operand)));

const empty = "it takes more than there is";

const mark = (machine: Machine): undefined => {
  machine.marks.push(machine.stack);
  machine.stack = [];
};

/** What stands above the last mark, and the stack below it again. */
const aboveMark = (machine: Machine): Value[] | undefined => {
  const below = machine.marks.pop();
  if (below === undefined) return undefined;
  const above = machine.stack;
  machine.stack = below;
  return above;
};

const fromMark = (name: string, act: (machine: Machine, items: Value[]) => string | undefined): Operation =>
  operation(name, none, (machine) => {
    const items = aboveMark(machine);
    return items === undefined ? "there is no mark" : act(machine, items);
  });

const last = ({ stack }: Machine, count: number): Value[] | undefined => (stack.length < count ? undefined : stack.splice(-count));

const tupleOf = (name: string, count: number): Operation =>
  operation(name, none, (machine) => {
    const items = last(machine, count);
    return items === undefined ? empty : push(machine, { kind: "tuple", items });
  });

const setItems = (machine: Machine, pairs: readonly Value[]): string | undefined => {
  const target = machine.stack.at(-1);
  if (!isOf("dict", target)) return `it sets entries of ${kindOf(target)}`;
  if (pairs.length % 2 === 1) return "a key has no value";
  for (let index = 0; index < pairs.length; index += 2) target.entries.set(pairs[index] as Value, pairs[index + 1] as Value);
  return undefined;
};

const append = (machine: Machine, items: readonly Value[]): string | undefined => {
  const target = machine.stack.at(-1);
  if (!isOf("list", target)) return `it appends to ${kindOf(target)}`;
  for (const item of items) target.items.push(item);
  return undefined;
};

const memoize = (machine: Machine, index: number): string | undefined => {
  const top = machine.stack.at(-1);
  if (top === undefined) return empty;
  machine.memo.set(index, top);
  return undefined;
};

const recall = (machine: Machine, index: number): string | undefined => {
  const known = machine.memo.get(index);
  return known === undefined ? `nothing was kept as ${index}` : push(machine, known);
};

const settled = (machine: Machine, found: E.Either<string, Value>): string | undefined =>
  E.isLeft(found) ? found.left : push(machine, found.right);

const reduce = (machine: Machine): string | undefined => {
  const [callee, given] = last(machine, 2) ?? [];
  if (!isOf("allowed", callee)) return `it calls ${kindOf(callee)}`;
  return isOf("tuple", given) ? settled(machine, callee.call(given.items)) : `it calls ${callee.name} with ${kindOf(given)}`;
};

const named = (machine: Machine, module: Value | undefined, name: Value | undefined): string | undefined =>
  typeof module === "string" && typeof name === "string"
    ? settled(machine, machine.rules.named(module, name))
    : "a name is not made of texts";

/** The attributes that a state dictionary carries beside its entries (`_metadata`) are of no use here. */
const build = (machine: Machine): string | undefined => {
  const state = last(machine, 1);
  const target = machine.stack.at(-1);
  return state !== undefined && isOf("dict", target) ? undefined : `it gives attributes to ${kindOf(target)}`;
};

const operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [0x80, operation("PROTO", u1, (_, version) => (version >= 2 && version <= 5 ? undefined : `protocol ${version}: 2 to 5 can be read`))],
  [0x95, operation("FRAME", u8, () => undefined)],
  [0x28, operation("MARK", none, mark)],
  [0x30, operation("POP", none, (machine) => (last(machine, 1) === undefined ? empty : undefined))],
  [0x31, fromMark("POP_MARK", () => undefined)],
  [0x4e, pushed("NONE", none, () => null)],
  [0x88, pushed("NEWTRUE", none, () => true)],
  [0x89, pushed("NEWFALSE", none, () => false)],
  [0x4a, pushed("BININT", i4, (value) => value)],
  [0x4b, pushed("BININT1", u1, (value) => value)],
  [0x4d, pushed("BININT2", u2, (value) => value)],
  [0x8a, pushed("LONG1", long(u1), (value) => value)],
  [0x8b, pushed("LONG4", long(u4), (value) => value)],
  [0x47, pushed("BINFLOAT", f8, (value) => value)],
  [0x58, pushed("BINUNICODE", text(u4), (value) => value)],
  [0x8c, pushed("SHORT_BINUNICODE", text(u1), (value) => value)],
  [0x8d, pushed("BINUNICODE8", text(u8), (value) => value)],
  [0x54, pushed("BINSTRING", text(u4), (value) => value)],
  [0x55, pushed("SHORT_BINSTRING", text(u1), (value) => value)],
  [0x42, pushed("BINBYTES", opaque(u4), () => ({ kind: "bytes" }))],
  [0x43, pushed("SHORT_BINBYTES", opaque(u1), () => ({ kind: "bytes" }))],
  [0x8e, pushed("BINBYTES8", opaque(u8), () => ({ kind: "bytes" }))],
  [0x29, pushed("EMPTY_TUPLE", none, () => ({ kind: "tuple", items: [] }))],
  [0x5d, pushed("EMPTY_LIST", none, () => ({ kind: "list", items: [] }))],
  [0x7d, pushed("EMPTY_DICT", none, () => ({ kind: "dict", entries: new Map() }))],
  [0x85, tupleOf("TUPLE1", 1)],
  [0x86, tupleOf("TUPLE2", 2)],
  [0x87, tupleOf("TUPLE3", 3)],
  [0x74, fromMark("TUPLE", (machine, items) => push(machine, { kind: "tuple", items }))],
  [0x6c, fromMark("LIST", (machine, items) => push(machine, { kind: "list", items }))],
  [0x61, operation("APPEND", none, (machine) => append(machine, last(machine, 1) ?? []))],
  [0x65, fromMark("APPENDS", append)],
  [0x73, operation("SETITEM", none, (machine) => setItems(machine, last(machine, 2) ?? [null]))],
  [0x75, fromMark("SETITEMS", setItems)],
  [0x71, operation("BINPUT", u1, memoize)],
  [0x72, operation("LONG_BINPUT", u4, memoize)],
  [0x94, operation("MEMOIZE", none, (machine) => memoize(machine, machine.memo.size))],
  [0x68, operation("BINGET", u1, recall)],
  [0x6a, operation("LONG_BINGET", u4, recall)],
  [0x63, operation("GLOBAL", twoLines, (machine, [module, name]) => named(machine, module, name))],
  [
    0x93,
    operation("STACK_GLOBAL", none, (machine) => {
      const [module, name] = last(machine, 2) ?? [];
      return named(machine, module, name);
    }),
  ],
  [
    0x51,
    operation("BINPERSID", none, (machine) => {
      const [id] = last(machine, 1) ?? [];
      return id === undefined ? empty : settled(machine, machine.rules.persistent(id));
    }),
  ],
  [0x52, operation("REDUCE", none, reduce)],
  [0x62, operation("BUILD", none, build)],
]);

/** Opcodes that make objects of a class or take objects from outside; refused by name, as any other is by its number. */
const refused: ReadonlyMap<number, string> = new Map([
  [0x69, "INST"],
  [0x6f, "OBJ"],
  [0x81, "NEWOBJ"],
  [0x92, "NEWOBJ_EX"],
  [0x82, "EXT1"],
  [0x83, "EXT2"],
  [0x84, "EXT4"],
  [0x97, "NEXT_BUFFER"],
]);

const stop = 0x2e;

/** The value of the pickle at the cursor, which is left behind it; or what is wrong with it. */
export const unpickled = (cursor: Cursor, rules: Rules): E.Either<string, Value> => {
  const machine: Machine = { cursor, rules, stack: [], marks: [], memo: new Map() };
  const begin = cursor.at;
  for (;;) {
    const at = cursor.at;
    const code = u1(cursor);
    if (code === undefined) return E.left(`its pickle of ${at - begin} bytes has no end`);
    if (code === stop) {
      const [value] = last(machine, 1) ?? [];
      return value === undefined ? E.left(`its pickle ends at byte ${at} without a value`) : E.right(value);
    }
    const known = operations.get(code);
    const wrong = known === undefined ? "it is not part of a file of weights" : known.perform(machine);
    if (wrong !== undefined) return E.left(`${known?.name ?? refused.get(code) ?? `opcode ${code}`} at byte ${at} of its pickle: ${wrong}`);
  }
};
