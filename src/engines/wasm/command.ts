/** Commands as the tracer writes them down: an opcode, how many chunks threads may take, and arguments over slots. */

/**
 * A place for numbers in a traced program. `input` and `output` slots get their address at each run, a `constant` at
 * compilation, a `local` one somewhere in the program's arena while it is needed.
 */
export type Slot =
  | { readonly kind: "input"; readonly position: number; readonly size: number }
  | { readonly kind: "constant"; readonly data: ArrayLike<number>; readonly size: number }
  | { readonly kind: "local"; readonly size: number };

/** The address of a slot, `offset` floats further on. */
export interface Reference {
  readonly slot: number;
  readonly offset: number;
  readonly writes: boolean;
}

/** A number passed as the bits of a float; plain numbers are passed as whole numbers. */
export interface Float {
  readonly float: number;
}

export type Argument = number | Float | Reference;

export interface Command {
  readonly opcode: string;
  readonly chunks: number;
  readonly args: readonly Argument[];
}

export const isReference = (argument: Argument | undefined): argument is Reference => typeof argument === "object" && "slot" in argument;

export const from = (slot: number, offset = 0): Reference => ({ slot, offset, writes: false });

export const into = (slot: number, offset = 0): Reference => ({ slot, offset, writes: true });

export const float = (value: number): Float => ({ float: value });

export const readsOf = (command: Command): readonly number[] =>
  command.args.flatMap((argument) => (isReference(argument) && !argument.writes ? [argument.slot] : []));

export const writesOf = (command: Command): readonly number[] =>
  command.args.flatMap((argument) => (isReference(argument) && argument.writes ? [argument.slot] : []));

/** Words of a command in shared memory, and where its arguments start (`assembly/command.ts`). */
export const COMMAND_WORDS = 32;
export const ARGUMENT_WORD = 4;
