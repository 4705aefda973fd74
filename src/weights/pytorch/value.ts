/** What a pickle may hold here: plain values, containers, tensors, and names that a list allows. Nothing that runs. */
import type * as E from "fp-ts/lib/Either.js";
import type { Shape } from "../../tensor/index.js";
import type { NumberTypeName } from "../numberTypes.js";

/** A row of numbers somewhere in the file, by the key that it is filed under. */
export interface Storage {
  readonly kind: "storage";
  readonly type: NumberTypeName;
  readonly key: string;
  /** How many numbers the pickle says it has. */
  readonly count: number;
  /** Where it begins in the row of that key; more than 0 for a view of another's storage. */
  readonly start: number;
}

/** A tensor as the pickle describes it: entry i is number `offset + sum of i_k stride_k` of its storage. */
export interface StoredTensor {
  readonly kind: "tensor";
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** A function of the list of what is allowed: from its arguments a value, or what is wrong with them. */
export interface Allowed {
  readonly kind: "allowed";
  readonly name: string;
  readonly call: (given: readonly Value[]) => E.Either<string, Value>;
}

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | { readonly kind: "bytes" }
  | { readonly kind: "list"; readonly items: Value[] }
  | { readonly kind: "tuple"; readonly items: readonly Value[] }
  | { readonly kind: "dict"; readonly entries: Map<Value, Value> }
  | { readonly kind: "storageType"; readonly type: NumberTypeName }
  | Allowed
  | Storage
  | StoredTensor;

export const isOf = <K extends string>(kind: K, value: Value | undefined): value is Extract<Value, { readonly kind: K }> =>
  typeof value === "object" && value !== null && value.kind === kind;

/** What a value is, for whoever reads a fault. */
export const kindOf = (value: Value | undefined): string => {
  if (value === undefined || value === null) return "nothing";
  return typeof value === "object" ? value.kind : typeof value;
};
