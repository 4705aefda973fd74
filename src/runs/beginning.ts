/** What a network begins with: the first values of its seed, or a file of weights. */
import { statSync } from "node:fs";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { parseJson, readBytes } from "../files/index.js";
import { type Adopted, adopted, backboneFields, backbones, type Layer, type Published, publishedWeights } from "../nn/index.js";
import { type Named, prefixed, type Tensor } from "../tensor/index.js";
import { firstValues, networkOf, type Plan, untrained } from "../train/index.js";
import { decodeMetadata, decodeWeights, type TensorFile } from "../weights/index.js";
import { type FoundCheckpoint, loadCheckpoint } from "./checkpoint.js";
import type { Settings } from "./settings.js";
import { weightsPlace } from "./starts.js";

/** As a step names them. */
const carriedNames = ({ parameters, state }: Layer, tensors: Named<Tensor>): Named<Tensor> =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) => [
      ...(name in parameters ? [[`parameter.network.${name}`, tensor] as const] : []),
      ...(name in state ? [[`state.network.${name}`, tensor] as const] : []),
    ]),
  );

/** A network's own checkpoint is a file of weights too: every name and every axis as it is. */
const ownPlaces = ({ parameters, state }: Layer): Named<Published> =>
  Object.fromEntries(
    [...Object.entries(prefixed("parameter.network", parameters)), ...Object.entries(prefixed("state.network", state))].map(
      ([name, { shape }]) => [name.replace(/^(?:parameter|state)\.network\./, ""), { name, shape, axes: shape.map((_, axis) => axis) }],
    ),
  );

const isOwn = (tensors: Named<Tensor>): boolean => Object.keys(tensors).some((name) => name.startsWith("parameter.network."));

/** The places of this network's tensors in a file: its own, or those of published weights. */
const placesIn = (file: string, { backbone }: Settings, network: Layer, tensors: Named<Tensor>): E.Either<Fault, Named<Published>> => {
  const { publishedName } = backbones[backbone];
  if (isOwn(tensors)) return E.right(ownPlaces(network));
  return publishedName === undefined
    ? E.left(
        misused(`no weights are published for the network ${backbone}, and this file was not written by mdr`, {
          where: file,
          remedy: "choose another {backbone}",
        }),
      )
    : E.right(publishedWeights(network, publishedName));
};

type Said = Readonly<Record<string, unknown>>;

/** The settings of the run that wrote a file of tensors; of a file that is not our own nothing. */
const settingsIn = (file: string, metadata: TensorFile["metadata"]): Said | undefined => {
  const record = metadata.mdr === undefined ? E.left(undefined) : parseJson(file, metadata.mdr);
  return E.isRight(record) ? (record.right as { readonly settings?: Said } | null)?.settings : undefined;
};

/** What a checkpoint of our own says of its network otherwise than the settings do, as a fault; undefined where it says nothing else. */
const otherNetwork = (file: string, settings: Settings, { metadata }: TensorFile): Fault | undefined => {
  const own = settingsIn(file, metadata);
  const wanted: Readonly<Record<string, unknown>> = settings;
  const others = Object.keys(backboneFields).filter((name) => own?.[name] !== undefined && own[name] !== wanted[name]);
  return others.length === 0
    ? undefined
    : misused(`is of a network with ${others.map((name) => `${name} ${String(own?.[name])}`).join(", ")}`, {
        where: file,
        remedy: `say so by ${others.map((name) => `{${name}} ${String(own?.[name])}`).join(" ")}`,
      });
};

/** A run's folder, or what names its checkpoint there, means the tensors of that checkpoint. */
const tensorsOf = (named: string): E.Either<Fault, string> => {
  const path = weightsPlace(named);
  return path.endsWith(".json") || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    ? E.map(({ file }: FoundCheckpoint) => file)(loadCheckpoint(path))
    : E.right(path);
};

/** What a file of our own says of the network that it is of, of the settings asked for; of any other file nothing. */
export const networkSaid = (path: string, names: readonly string[]): Said =>
  pipe(
    tensorsOf(path),
    E.chain((file) => E.map((bytes: Uint8Array) => ({ file, bytes }))(readBytes(file))),
    E.chainW(({ file, bytes }) => E.map((metadata: TensorFile["metadata"]) => settingsIn(file, metadata))(decodeMetadata(file, bytes))),
    E.match(
      () => ({}),
      (own) => Object.fromEntries(names.flatMap((name) => (own?.[name] === undefined ? [] : [[name, own[name]]]))),
    ),
  );

/** Weights that a network took, and what its file says of another one. */
export interface FoundWeights extends Adopted {
  readonly other: Fault | undefined;
}

/** The network that the settings describe out of a file of weights or of a run, under the names that a step carries. */
export const weightsFrom = (path: string, settings: Settings): E.Either<Fault, FoundWeights> =>
  pipe(
    E.Do,
    E.bind("network", () => networkOf({ ...settings, whitening: "off" })),
    E.bind("file", () => tensorsOf(path)),
    E.bind("bytes", ({ file }) => readBytes(file)),
    E.bind("decoded", ({ file, bytes }) => E.mapLeft(failed)(decodeWeights(file, bytes))),
    E.bind("places", ({ network, file, decoded }) => placesIn(file, settings, network, decoded.tensors)),
    E.let("other", ({ file, decoded }) => otherNetwork(file, settings, decoded)),
    E.bind("found", ({ places, file, decoded, other }) =>
      E.mapLeft((fault: Fault) => other ?? fault)(adopted(file, places, decoded.tensors)),
    ),
    E.map(({ network, found, other }) => ({ ...found, tensors: carriedNames(network, found.tensors), other })),
  );

/** First values and what is to be told of them. */
export interface First {
  readonly carried: Named<Tensor>;
  readonly notes: readonly string[];
}

const over = (settings: Settings, carried: Named<Tensor>): E.Either<Fault, First> =>
  settings.weights === undefined
    ? E.right({ carried, notes: [] })
    : E.map(
        ({ tensors, withoutHead }: Adopted): First => ({
          carried: { ...carried, ...tensors },
          notes: withoutHead === undefined ? [] : [`${settings.weights}: ${withoutHead}: the last layer begins with random values`],
        }),
      )(weightsFrom(settings.weights, settings));

/** What a run begins with. */
export const firstOf = (settings: Settings, plan: Plan): E.Either<Fault, First> => over(settings, firstValues(settings, plan));

/** The same without a plan: the network before it was trained. */
export const untrainedFirst = (settings: Settings): E.Either<Fault, Named<Tensor>> =>
  pipe(
    untrained(settings),
    E.chain((carried) => over(settings, carried)),
    E.map(({ carried }) => carried),
  );
