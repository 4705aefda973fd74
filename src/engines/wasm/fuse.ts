/**
 * What a recorded program can do without: commands whose result nobody reads, and passes over memory that a
 * neighbouring command can make on the way (bias, relu and residual sums at the end of a convolution or a
 * normalisation, the relu's gradient at the start of one).
 */
import { type Argument, type Command, isReference, readsOf, writesOf } from "./command.js";
import { TILE } from "./convolution.js";
import { ADD, RELU } from "./elementwise.js";
import { CHANNEL_AFFINE, PULL_APPLY, PULL_SUMS } from "./normalisation.js";
import type { Trace } from "./trace.js";

/** Without the commands that contribute to no slot in `wanted`. */
export const pruned = (commands: readonly Command[], wanted: readonly number[]): readonly Command[] => {
  const live = new Set(wanted);
  return commands
    .toReversed()
    .filter((command) => {
      const needed = writesOf(command).some((slot) => live.has(slot));
      if (needed) for (const slot of readsOf(command)) live.add(slot);
      return needed;
    })
    .toReversed();
};

const slotAt = (command: Command, index: number): number | undefined => {
  const argument = command.args[index];
  return isReference(argument) ? argument.slot : undefined;
};

const withArguments = (command: Command, changes: Readonly<Record<number, Argument | undefined>>): Command => ({
  ...command,
  args: command.args.map((argument, index) => changes[index] ?? argument),
});

/** A convolution or product, direct or by Winograd: both keep what a fusion may change in the same places. */
const isTile = (command: Command): boolean => command.opcode === "Tile" || command.opcode === "Winograd";

/** Where a producer keeps its target, its relu flag and its addend. */
const epilogueOf = (command: Command): { readonly target: number; readonly relu: number; readonly addend: number } | undefined =>
  isTile(command) ? TILE : command.opcode === "ChannelAffine" ? CHANNEL_AFFINE : undefined;

const isSet = (command: Command, index: number): boolean => command.args[index] !== 0;

export const fused = ({ slots, commands }: Trace, wanted: readonly number[]): readonly Command[] => {
  const list: (Command | undefined)[] = [...commands];
  const kept = new Set(wanted);
  const writers = new Map<number, number[]>();
  const readers = new Map<number, Set<number>>();
  commands.forEach((command, index) => {
    for (const slot of writesOf(command)) writers.set(slot, [...(writers.get(slot) ?? []), index]);
    for (const slot of readsOf(command)) readers.set(slot, (readers.get(slot) ?? new Set()).add(index));
  });

  /** The one command that writes `slot`, if `reader` alone reads it and no output needs it. */
  const soleProducer = (slot: number | undefined, reader: number): number | undefined => {
    if (slot === undefined || kept.has(slot) || readers.get(slot)?.size !== 1 || !readers.get(slot)?.has(reader)) return undefined;
    const [producer, ...others] = writers.get(slot) ?? [];
    return others.length === 0 ? producer : undefined;
  };

  /** Moves the producer to `index`, where it takes the place of the command there. */
  const absorb = (producer: number, index: number, change: (command: Command) => Command): void => {
    const command = list[producer];
    if (command === undefined) return;
    const next = change(command);
    list[producer] = undefined;
    list[index] = next;
    for (const slot of readsOf(command)) readers.get(slot)?.delete(producer);
    for (const slot of readsOf(next)) readers.set(slot, (readers.get(slot) ?? new Set()).add(index));
    for (const slot of writesOf(next)) writers.set(slot, [index]);
  };

  const relu = (index: number, command: Command): void => {
    const producer = soleProducer(slotAt(command, 1), index);
    const before = producer === undefined ? undefined : list[producer];
    const places = before === undefined ? undefined : epilogueOf(before);
    if (producer === undefined || before === undefined || places === undefined || isSet(before, places.relu)) return;
    absorb(producer, index, (tile) => withArguments(tile, { [places.target]: command.args[2], [places.relu]: 1 }));
  };

  const sum = (index: number, command: Command, a: number, b: number, target: number, rectified: boolean): boolean => {
    const producer = soleProducer(slotAt(command, a), index);
    const before = producer === undefined ? undefined : list[producer];
    const places = before === undefined ? undefined : epilogueOf(before);
    if (producer === undefined || before === undefined || places === undefined) return false;
    if (slotAt(command, a) === slotAt(command, b)) return false;
    if (isSet(before, places.relu) || isSet(before, places.addend)) return false;
    absorb(producer, index, (tile) =>
      withArguments(tile, {
        [places.target]: command.args[target],
        [places.addend]: command.args[b],
        [places.relu]: rectified ? 1 : 0,
      }),
    );
    return true;
  };

  const zip = (index: number, command: Command): void => {
    const [, , , , l0, l1, rows, columns, a0, a1, a2, a3, b0, b1, b2, b3] = command.args;
    if (command.args[0] !== ADD || l0 !== 1 || l1 !== 1 || a0 !== 0 || a1 !== 0 || b0 !== 0 || b1 !== 0) return;
    const flat = rows === 1 && a3 === 1 && b3 === 1;
    if (flat && slots[slotAt(command, 1) ?? 0]?.size === columns && slots[slotAt(command, 2) ?? 0]?.size === columns) {
      if (!sum(index, command, 1, 2, 3, false)) sum(index, command, 2, 1, 3, false);
      return;
    }
    if (a2 !== columns || a3 !== 1 || b2 !== 0 || b3 !== 1) return;
    const producer = soleProducer(slotAt(command, 1), index);
    const before = producer === undefined ? undefined : list[producer];
    if (producer === undefined || before === undefined || !isTile(before) || before.args[TILE.channels] !== columns) return;
    if (isSet(before, TILE.bias) || isSet(before, TILE.relu) || isSet(before, TILE.addend)) return;
    absorb(producer, index, (tile) => withArguments(tile, { [TILE.target]: command.args[3], [TILE.bias]: command.args[2] }));
  };

  /** A relu's gradient read only by one normalisation's two passes is masked there. */
  const reluPull = (index: number, command: Command): void => {
    const slot = slotAt(command, 2);
    if (slot === undefined || kept.has(slot)) return;
    const users = [...(readers.get(slot) ?? [])].map((user) => [user, list[user]] as const);
    const places = (user: Command | undefined): { readonly dy: number; readonly rectified: number } | undefined =>
      user?.opcode === "BatchPullSums" ? PULL_SUMS : user?.opcode === "BatchPullApply" ? PULL_APPLY : undefined;
    if (users.length === 0 || users.some(([, user]) => places(user) === undefined)) return;
    for (const [position, user] of users) {
      const at = places(user);
      if (user === undefined || at === undefined) continue;
      list[position] = withArguments(user, { [at.dy]: command.args[1], [at.rectified]: command.args[0] });
      for (const read of readsOf(command)) readers.set(read, (readers.get(read) ?? new Set()).add(position));
    }
    list[index] = undefined;
    for (const read of readsOf(command)) readers.get(read)?.delete(index);
  };

  commands.forEach((_, index) => {
    const command = list[index];
    if (command?.opcode === "Map" && command.args[0] === RELU) relu(index, command);
    if (command?.opcode === "AddRelu" && !sum(index, command, 0, 1, 2, true)) sum(index, command, 1, 0, 2, true);
    if (command?.opcode === "Zip") zip(index, command);
    if (command?.opcode === "ReluPull") reluPull(index, command);
  });
  return list.filter((command) => command !== undefined);
};
