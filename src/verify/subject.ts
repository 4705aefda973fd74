/** A subject: a formula of the library as a program of a golden case's tensors, so that any engine can be asked for its numbers. */
import * as E from "fp-ts/lib/Either.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Engine, type Kernels, type Program, type Resident, referenceKernels } from "../engines/index.js";
import { engineError, type Fault } from "../faults/index.js";
import { at, type Named, named, type Tensor } from "../tensor/index.js";
import type { Kind } from "./bounds.js";
import type { GoldenCase } from "./golden.js";

export interface Outcome<T> {
  readonly outputs: Named<T>;
  readonly gradients: Named<T>;
}

export type Settings = GoldenCase["settings"];

export interface Subject {
  /** The `formula` of its golden cases. */
  readonly formula: string;
  /** Which part of the paper it belongs to, in words. */
  readonly section: string;
  /** The library's exports that it pins. */
  readonly pins: readonly string[];
  readonly kind: Kind;
  /** Its numbers for a case, on an engine. */
  readonly run: <T>(engine: Engine<T>, golden: GoldenCase) => TE.TaskEither<Fault, Outcome<Tensor>>;
  /** The scalar whose gradients a case states, as a function of its inputs; absent where there is no gradient. */
  readonly scalarOf?: (golden: GoldenCase) => (inputs: Named<Tensor>) => number;
}

/**
 * A formula over kernels. `held` are the case's own outputs: where a formula treats one of its results as a constant for
 * the gradient (the running statistics), it takes that result from there.
 */
export type Formula = <T>(k: Kernels<T>, settings: Settings, held?: Named<T>) => (inputs: Named<T>) => Outcome<T>;

const zipped = <T>(names: readonly string[], values: readonly T[]): Named<T> =>
  Object.fromEntries(names.flatMap((name, index) => (index in values ? [[name, values[index] as T]] : [])));

/** Reads every resident and frees it. */
export const readAll =
  (residents: readonly Resident[]): TE.TaskEither<Fault, readonly Tensor[]> =>
  async () => {
    const read: E.Either<Fault, Tensor>[] = [];
    for (const resident of residents) read.push(await resident.read());
    for (const resident of residents) resident.release();
    return E.sequenceArray(read);
  };

const evaluate =
  <T>(engine: Engine<T>, formula: Formula, { settings, inputs, outputs, gradients }: GoldenCase): TE.TaskEither<Fault, Outcome<Tensor>> =>
  async () => {
    const names = Object.keys(inputs);
    const wanted = { outputs: Object.keys(outputs), gradients: Object.keys(gradients) };
    const shapes = names.map((name) => named(inputs, name).shape);
    const compiled = await TE.tryCatch(
      async () =>
        engine.compile(shapes, (k, values) => {
          const outcome = formula(k, settings)(zipped(names, values));
          const found = [
            ...wanted.outputs.map((name) => named(outcome.outputs, name)),
            ...wanted.gradients.map((name) => named(outcome.gradients, name)),
          ];
          // A program's outputs must not be its inputs or constants, nor one value twice.
          return found.map((value) => k.affine(value, 1, 0));
        })(),
      (thrown) => engineError(String(thrown)),
    )();
    const program: E.Either<Fault, Program> = E.flatten(compiled);
    if (E.isLeft(program)) return program;
    const given = names.map((name) => engine.upload(named(inputs, name)));
    const results = await TE.chain(readAll)(program.right.run(given))();
    for (const resident of given) resident.release();
    program.right.close();
    return E.map((values: readonly Tensor[]) => ({
      outputs: zipped(wanted.outputs, values),
      gradients: zipped(wanted.gradients, values.slice(wanted.outputs.length)),
    }))(results);
  };

const ones = (t: Tensor): Tensor => ({ shape: t.shape, data: new Float64Array(t.data.length).fill(1) });

/** Sum of value * dy over the outputs named `value` or `value.0`, `value.1`, ..; dy is 1 where the case gives none. */
const weighed =
  (formula: Formula, value: string) =>
  (golden: GoldenCase) =>
  (inputs: Named<Tensor>): number => {
    const { outputs } = formula(referenceKernels, golden.settings, golden.outputs)(inputs);
    return Object.entries(outputs)
      .filter(([name]) => name === value || name.startsWith(`${value}.`))
      .reduce((total, [name, output]) => {
        const dy = inputs[`dy${name.slice(value.length)}`] ?? ones(output);
        return Array.from(output.data).reduce((sum, entry, index) => sum + entry * at(dy.data, index), total);
      }, 0);
  };

/** A subject of one formula; `value` names the output that dy weighs, where it has gradients. */
export const subject = (
  description: { readonly formula: string; readonly section: string; readonly pins: readonly string[]; readonly value?: string },
  formula: Formula,
): Subject => ({
  formula: description.formula,
  section: description.section,
  pins: description.pins,
  kind: "formula",
  run: (engine, golden) => evaluate(engine, formula, golden),
  ...(description.value === undefined ? {} : { scalarOf: weighed(formula, description.value) }),
});

/** How many batches or steps a sequence has: inputs `name.0`, `name.1`, .. */
export const lengthOf = (inputs: Named<unknown>, name: string): number =>
  Object.keys(inputs).filter((key) => key.startsWith(`${name}.`)).length;

export const numberAt = (settings: Settings, name: string): number => Number(settings[name]);
