/** From a trace to a plan: where each slot lives, and the words of the command list. */
import type { Shape } from "../../tensor/index.js";
import { ARGUMENT_WORD, COMMAND_WORDS, type Command, from, into, isReference, readsOf, type Slot, writesOf } from "./command.js";
import { fused, pruned } from "./fuse.js";
import { flat, type Trace, type WasmTensor } from "./trace.js";

export interface Output {
  readonly shape: Shape;
  readonly slot: number;
}

export interface Plan {
  readonly commands: readonly Command[];
  readonly slots: readonly Slot[];
  readonly outputs: readonly Output[];
  /** Byte offset of each constant and arena slot within the program's region. */
  readonly places: ReadonlyMap<number, number>;
  /** Bytes of the whole region: commands, constants, arena. */
  readonly bytes: number;
}

const aligned = (floats: number): number => Math.max(64, Math.ceil((floats * 4) / 64) * 64);

/** Each output in a slot of its own: inputs, constants and repeated outputs are copied there. */
const ownOutputs = (trace: Trace, outputs: readonly WasmTensor[]): { readonly trace: Trace; readonly outputs: readonly Output[] } => {
  const slots: Slot[] = [...trace.slots];
  const commands: Command[] = [...trace.commands];
  const used = new Set<number>();
  const owned = outputs.map(({ slot, shape }) => {
    const source = slots[slot];
    if (source?.kind === "local" && !used.has(slot)) {
      used.add(slot);
      return { slot, shape };
    }
    const size = source?.size ?? 0;
    const target = slots.push({ kind: "local", size }) - 1;
    const { step, chunks } = flat(size);
    commands.push({ opcode: "Copy", chunks, args: [from(slot), into(target), size, step] });
    return { slot: target, shape };
  });
  return { trace: { slots, commands }, outputs: owned };
};

interface Life {
  readonly slot: number;
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

/** Slots of the arena with the first and last command that touch them. */
const livesOf = (commands: readonly Command[], slots: readonly Slot[], outputs: ReadonlySet<number>): readonly Life[] => {
  const lives = new Map<number, Life>();
  commands.forEach((command, index) => {
    for (const slot of [...writesOf(command), ...readsOf(command)]) {
      const place = slots[slot];
      if (place?.kind !== "local" || outputs.has(slot)) continue;
      lives.set(slot, { slot, bytes: aligned(place.size), first: lives.get(slot)?.first ?? index, last: index });
    }
  });
  return [...lives.values()];
};

/** Greedy by size: the largest slots first, each at the lowest offset that no slot alive at the same time covers. */
const arena = (lives: readonly Life[]): { readonly places: ReadonlyMap<number, number>; readonly bytes: number } => {
  const placed: (Life & { readonly offset: number })[] = [];
  for (const life of lives.toSorted((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const rivals = placed.filter((other) => other.first <= life.last && life.first <= other.last).toSorted((a, b) => a.offset - b.offset);
    const offset = rivals.reduce((lowest, rival) => {
      return lowest + life.bytes <= rival.offset ? lowest : Math.max(lowest, rival.offset + rival.bytes);
    }, 0);
    placed.push({ ...life, offset });
  }
  return {
    places: new Map(placed.map(({ slot, offset }) => [slot, offset])),
    bytes: placed.reduce((most, { offset, bytes }) => Math.max(most, offset + bytes), 0),
  };
};

export const planOf = (recorded: Trace, results: readonly WasmTensor[]): Plan => {
  const { trace, outputs } = ownOutputs(recorded, results);
  const wanted = outputs.map(({ slot }) => slot);
  const commands = fused({ slots: trace.slots, commands: pruned(trace.commands, wanted) }, wanted);
  const used = new Set(commands.flatMap(readsOf));
  const commandBytes = commands.length * COMMAND_WORDS * 4;
  const constants = new Map<number, number>();
  let bytes = commandBytes;
  trace.slots.forEach((slot, index) => {
    if (slot.kind !== "constant" || !used.has(index)) return;
    constants.set(index, bytes);
    bytes += aligned(slot.size);
  });
  const memory = arena(livesOf(commands, trace.slots, new Set(wanted)));
  const places = new Map([...constants, ...[...memory.places].map(([slot, offset]) => [slot, bytes + offset] as const)]);
  return { commands, slots: trace.slots, outputs, places, bytes: bytes + memory.bytes };
};

/** A word that gets the address of an input or output before each run. */
export interface Patch {
  readonly word: number;
  readonly offset: number;
}

export interface Code {
  /** Words whose address is not known before a run are 0. */
  readonly words: Int32Array;
  /** Patches of each slot that is an input or an output. */
  readonly patches: ReadonlyMap<number, readonly Patch[]>;
}

const bits = new DataView(new ArrayBuffer(4));
const floatBits = (value: number): number => {
  bits.setFloat32(0, value);
  return bits.getInt32(0);
};

/** The command list as words, for a region at `base`. */
export const codeOf = (plan: Plan, opcodes: (name: string) => number, base: number): Code => {
  const words = new Int32Array(plan.commands.length * COMMAND_WORDS);
  const patches = new Map<number, Patch[]>();
  plan.commands.forEach((command, index) => {
    const start = index * COMMAND_WORDS;
    words[start] = opcodes(command.opcode);
    words[start + 1] = command.chunks;
    command.args.forEach((argument, position) => {
      const word = start + ARGUMENT_WORD + position;
      if (!isReference(argument)) {
        words[word] = typeof argument === "number" ? argument : floatBits(argument.float);
        return;
      }
      const place = plan.places.get(argument.slot);
      if (place !== undefined) words[word] = base + place + 4 * argument.offset;
      else patches.set(argument.slot, [...(patches.get(argument.slot) ?? []), { word, offset: 4 * argument.offset }]);
    });
  });
  return { words, patches };
};
