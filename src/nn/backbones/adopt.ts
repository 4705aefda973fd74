/** A network's tensors out of a file of weights: found under whatever prefix they stand there, and turned to our axes. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed } from "../../faults/index.js";
import {
  axisLength,
  fromNdarray,
  type Named,
  permute,
  type Shape,
  sameShape,
  showShape,
  type Tensor,
  toNdarray,
  zeros,
} from "../../tensor/index.js";
import type { Published } from "./published.js";

/** Weights of a file, for a network here. */
export interface Adopted {
  /** By our names. */
  readonly tensors: Named<Tensor>;
  /** What is said of the last layer where the file has none that fits; it is not among the tensors then. */
  readonly withoutHead?: string;
}

/** The layer to the embedding: the only one that a file may lack, or have for another task. */
const isHead = (name: string): boolean => name.startsWith("head.");

type Places = readonly (readonly [name: string, place: Published])[];

/** A vector may stand as one row of a matrix, as in files that were converted from Caffe. */
const fits = (found: Shape, wanted: Shape): boolean =>
  sameShape(found, wanted) || (wanted.length === 1 && sameShape(found, [1, ...wanted]));

/** What stands before the network's names in the file: where most of them are, and the shortest of those. */
const prefixOf = (trunk: Places, tensors: Named<Tensor>): string => {
  const first = trunk[0]?.[1].name ?? "";
  const candidates = Object.keys(tensors)
    .filter((name) => name === first || name.endsWith(`.${first}`))
    .map((name) => name.slice(0, name.length - first.length));
  const counted = candidates.map((prefix) => ({ prefix, count: trunk.filter(([, { name }]) => `${prefix}${name}` in tensors).length }));
  return counted.toSorted((a, b) => b.count - a.count || a.prefix.length - b.prefix.length)[0]?.prefix ?? "";
};

const turned = (name: string, { shape, axes }: Published, { data }: Tensor): E.Either<Fault, readonly [string, Tensor]> =>
  E.map((view: Parameters<typeof fromNdarray>[0]) => [name, fromNdarray(view)] as const)(permute(axes)(toNdarray({ shape, data })));

/** A few of them, and how many more there are. */
const some = (items: readonly string[]): string => items.slice(0, 3).join(", ") + (items.length > 3 ? ` and ${items.length - 3} more` : "");

const trunkProblems = (trunk: Places, prefix: string, tensors: Named<Tensor>): readonly string[] => {
  const missing = trunk.filter(([, { name }]) => !(`${prefix}${name}` in tensors)).map(([, { name }]) => `"${name}"`);
  const misshapen = trunk.flatMap(([, { name, shape }]) => {
    const found = tensors[`${prefix}${name}`]?.shape;
    return found === undefined || fits(found, shape) ? [] : [`"${name}" is ${showShape(found)}, this network needs ${showShape(shape)}`];
  });
  return [
    ...(missing.length === 0 ? [] : [`has no tensor ${some(missing)}, which this network needs`]),
    ...(misshapen.length === 0 ? [] : [some(misshapen)]),
  ];
};

/**
 * The last layer: by its published name, or as the only matrix of its shape that the trunk does not use, with the vector beside it;
 * a layer without one adds nothing.
 */
const headIn = (head: Places, prefix: string, used: ReadonlySet<string>, tensors: Named<Tensor>): E.Either<string, Named<Tensor>> => {
  const [weight, bias] = ["head.weight", "head.bias"].map((name) => head.find(([own]) => own === name)?.[1]);
  if (weight === undefined) return E.right({});
  const others = Object.entries(tensors).filter(([name, { shape }]) => !used.has(name) && shape.length === 2 && name.endsWith("weight"));
  const alike = others.filter(([, { shape }]) => sameShape(shape, weight.shape));
  const [name, tensor] = alike.find(([one]) => one === `${prefix}${weight.name}`) ?? (alike.length === 1 ? alike[0] : undefined) ?? [];
  if (name === undefined || tensor === undefined) {
    const inputs = others.filter(([, { shape }]) => axisLength(shape, 1) === axisLength(weight.shape, 1));
    const there = inputs.length === 0 ? "none" : some(inputs.map(([one, { shape }]) => `"${one}" ${showShape(shape)}`));
    return E.left(`a last layer of ${showShape(weight.shape)} is wanted; the file has ${there}`);
  }
  const beside = tensors[`${name.slice(0, -"weight".length)}bias`];
  if (bias === undefined) return E.right({ "head.weight": tensor });
  return beside === undefined || sameShape(beside.shape, bias.shape)
    ? E.right({ "head.weight": tensor, "head.bias": beside ?? zeros(bias.shape) })
    : E.left(`"${name}" has a bias of ${showShape(beside.shape)}`);
};

/**
 * The tensors of a network whose published places these are, out of a file's. Left: what the file lacks, or has in another shape; the
 * last layer alone may be missing, and it is said.
 */
export const adopted = (file: string, places: Named<Published>, tensors: Named<Tensor>): E.Either<Fault, Adopted> => {
  const all: Places = Object.entries(places);
  const [trunk, head] = [all.filter(([name]) => !isHead(name)), all.filter(([name]) => isHead(name))];
  const prefix = prefixOf(trunk, tensors);
  const problems = trunkProblems(trunk, prefix, tensors);
  if (problems.length > 0)
    return E.left(failed(problems.join("; "), { where: file, remedy: "choose the {backbone} that it was made for" }));
  const found = headIn(head, prefix, new Set(trunk.map(([, { name }]) => `${prefix}${name}`)), tensors);
  const wanted = [
    ...trunk.flatMap(([name, place]) => {
      const tensor = tensors[`${prefix}${place.name}`];
      return tensor === undefined ? [] : [[name, place, tensor] as const];
    }),
    ...head.flatMap(([name, place]) => {
      const tensor = E.isRight(found) ? found.right[name] : undefined;
      return tensor === undefined ? [] : [[name, place, tensor] as const];
    }),
  ];
  return pipe(
    wanted,
    E.traverseArray(([name, place, tensor]) => turned(name, place, tensor)),
    E.map((entries) => ({ tensors: Object.fromEntries(entries), ...(E.isLeft(found) ? { withoutHead: found.left } : {}) })),
  );
};
