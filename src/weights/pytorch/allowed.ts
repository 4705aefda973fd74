/**
 * What a file of PyTorch weights may name: ordered dictionaries, types of storage, and the functions that make a tensor of a storage.
 * Whatever else a pickle names is refused by its name, and nothing of it is looked up anywhere.
 */
import * as E from "fp-ts/lib/Either.js";
import { sizeOf } from "../../tensor/index.js";
import type { NumberTypeName } from "../numberTypes.js";
import { type Allowed, isOf, kindOf, type Value } from "./value.js";

const storageTypes: Readonly<Record<string, NumberTypeName>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};

const allowed = (name: string, call: Allowed["call"]): readonly [string, Allowed] => [name, { kind: "allowed", name, call }];

/** Of a dictionary from nothing, or from a list of pairs. */
const orderedDict = (given: readonly Value[]): E.Either<string, Value> => {
  const [pairs, ...others] = given;
  const entries = new Map<Value, Value>();
  if (given.length === 0) return E.right({ kind: "dict", entries });
  if (!isOf("list", pairs) || others.length > 0) return E.left("OrderedDict is made of a list of pairs");
  for (const pair of pairs.items) {
    if (!(isOf("list", pair) || isOf("tuple", pair)) || pair.items.length !== 2) return E.left("OrderedDict is made of a list of pairs");
    entries.set(pair.items[0] as Value, pair.items[1] as Value);
  }
  return E.right({ kind: "dict", entries });
};

const isLength = (value: Value): value is number => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;

const mostAxes = 16;

const lengths = (value: Value | undefined): readonly number[] | undefined =>
  isOf("tuple", value) && value.items.length <= mostAxes && value.items.every(isLength) ? value.items : undefined;

/** Storage, offset, shape, strides; what else PyTorch adds (whether it is trained, hooks, metadata) means nothing here. */
const tensorOf = ([storage, offset, size, stride]: readonly Value[]): E.Either<string, Value> => {
  const [shape, strides] = [lengths(size), lengths(stride)];
  if (!isOf("storage", storage)) return E.left(`a tensor is made of ${kindOf(storage)}`);
  if (offset === undefined || !isLength(offset) || shape === undefined || strides === undefined || shape.length !== strides.length)
    return E.left("a tensor's offset, shape or strides are none");
  if (sizeOf(shape) > storage.count)
    return E.left(`a tensor of ${shape.join(" x ")} is a view of ${storage.count} numbers, some of which it shows again`);
  const last = shape.reduce((place, length, axis) => place + Math.max(0, length - 1) * (strides[axis] ?? 0), offset);
  if (sizeOf(shape) > 0 && last >= storage.count) return E.left(`a tensor reaches number ${last} of a storage of ${storage.count}`);
  return E.right({ kind: "tensor", storage, offset, shape, strides });
};

const parameterOf = ([data]: readonly Value[]): E.Either<string, Value> =>
  isOf("tensor", data) ? E.right(data) : E.left(`a parameter is made of ${kindOf(data)}`);

const functions: ReadonlyMap<string, Value> = new Map<string, Value>([
  allowed("collections.OrderedDict", orderedDict),
  allowed("torch._utils._rebuild_tensor", tensorOf),
  allowed("torch._utils._rebuild_tensor_v2", tensorOf),
  allowed("torch._utils._rebuild_parameter", parameterOf),
  allowed("torch.Size", ([items]) =>
    isOf("tuple", items) || isOf("list", items) ? E.right(items) : E.left("torch.Size is made of a tuple"),
  ),
  ...Object.entries(storageTypes).map(([name, type]): [string, Value] => [`torch.${name}`, { kind: "storageType", type }]),
]);

/** The value of a name that is allowed; Left names the one that is not. */
export const namedValue = (module: string, name: string): E.Either<string, Value> =>
  E.fromNullable(`it asks for ${module}.${name}, which is no part of a file of weights and is not run`)(functions.get(`${module}.${name}`));

/**
 * The storage that ("storage", type, key, device, count) points to; older files end with (key, start, count) of a view or None.
 */
export const storageAt = (id: Value): E.Either<string, Value> => {
  const [tag, type, key, , count, view = null] = isOf("tuple", id) ? id.items : [];
  if (tag !== "storage" || !isOf("storageType", type))
    return E.left(`it points to ${typeof tag === "string" ? tag : "something"} that is no storage of numbers`);
  if ((typeof key !== "string" && typeof key !== "number") || count === undefined || !isLength(count))
    return E.left("a storage has no key or no length");
  const storage = { kind: "storage", type: type.type, key: String(key), count, start: 0 } as const;
  if (view === null) return E.right(storage);
  const [, start, length] = isOf("tuple", view) ? view.items : [];
  return start !== undefined && length !== undefined && isLength(start) && isLength(length) && start + length <= count
    ? E.right({ ...storage, start, count: length })
    : E.left("a view of a storage reaches beyond it");
};
