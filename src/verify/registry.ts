/**
 * Entries of the metric's registries as subjects, so that a new one needs its golden and nothing here. Its cases are in
 * golden/FOLDER/NAME.json, FOLDER being the one that its source is in, and say `loss NAME`, `head NAME` and so on:
 *
 * - loss, regularizer: settings of its own, `variant` and `miner`; inputs embeddings [N, D], labels [N], `parameter.*`,
 *   `state.*`, `draw.*`; outputs loss, `part.*`, `state.*`, `held.*`; gradients of loss in embeddings and `parameter.*`.
 *   What is held must be among the outputs of a case that is smooth: differences are taken with it as it is there.
 * - head: inputs embeddings and dy; output y, and `evaluated` of evaluation; gradient in embeddings.
 * - miner: inputs embeddings, labels, `draw.*` and mask [N, N], 1 where an index is looked at; output indices times mask, and
 *   pairs, 1 at the (anchor, positive) that count, where the miner chooses them.
 */
import { algebra } from "../engines/index.js";
import {
  type Criterion,
  type Head,
  heads,
  losses,
  type Miner,
  type MinerName,
  miners,
  pairwiseDistances,
  regularizers,
  type Variant,
} from "../metric/index.js";
import { named, prefixed, scalar, under } from "../tensor/index.js";
import { type Formula, type Settings, type Subject, subject } from "./subject.js";

const variantOf = (settings: Settings): Variant => (settings.variant === "official" ? "official" : "paper");

const minerOf = ({ miner = "all" }: Settings): Miner => {
  if (typeof miner === "string" && miner in miners) return miners[miner as MinerName];
  throw new Error(`a golden case names a miner "${String(miner)}" that is not in the registry`);
};

/** How many classes there are, a case says by the shape of what it gives: no formula asks. */
const anyClasses = { count: 1, embedding: 1 };

const ofCriterion =
  (build: (settings: Settings) => Criterion): Formula =>
  (k, settings, outputs) =>
  (inputs) => {
    const [embeddings, labels] = [named(inputs, "embeddings"), named(inputs, "labels")];
    const [distances, pullDistances] = pairwiseDistances(k)(embeddings);
    const { loss, parts, state, held, pull } = build(settings).forward(k)(under("parameter", inputs), under("state", inputs), {
      raw: embeddings,
      embeddings,
      distances,
      labels,
      draws: under("draw", inputs),
      held: outputs === undefined ? undefined : under("held", outputs),
    });
    const pulled = pull(k.constant(scalar(1)));
    const ways = [
      ...(pulled.raw === undefined ? [] : [pulled.raw]),
      ...(pulled.embeddings === undefined ? [] : [pulled.embeddings]),
      ...(pulled.distances === undefined ? [] : [pullDistances(pulled.distances)]),
    ];
    return {
      outputs: { loss, ...prefixed("part", parts), ...prefixed("state", state), ...prefixed("held", held ?? {}) },
      gradients: { ...prefixed("parameter", pulled.parameters), ...(ways.length === 0 ? {} : { embeddings: ways.reduce(algebra(k).add) }) },
    };
  };

const ofHead =
  (head: Head): Formula =>
  (k) =>
  (inputs) => {
    const raw = named(inputs, "embeddings");
    const headed = head.train(k)(raw, k.squaredDistances(raw));
    const toDistances = algebra(k).scale(headed.distances, 0);
    return {
      outputs: { y: headed.embeddings, evaluated: head.evaluate(k)(raw) },
      gradients: { embeddings: headed.pull(named(inputs, "dy"), toDistances) },
    };
  };

const ofMiner =
  (miner: Miner): Formula =>
  (k, settings) =>
  (inputs) => {
    const embeddings = named(inputs, "embeddings");
    const mined = miner.mine(
      k,
      variantOf(settings),
    )({
      raw: embeddings,
      embeddings,
      distances: pairwiseDistances(k)(embeddings)[0],
      labels: named(inputs, "labels"),
      draws: under("draw", inputs),
    });
    const mask = named(inputs, "mask");
    if (mined.kind === "all") return { outputs: { indices: mask }, gradients: {} };
    const indices = algebra(k).multiply(mined.negatives, mask);
    return { outputs: mined.pairs === undefined ? { indices } : { indices, pairs: mined.pairs }, gradients: {} };
  };

/** Entries that are made of formulas with subjects and goldens of their own. */
const pinnedByParts: readonly string[] = [
  "loss triplet",
  "head l2",
  "head mean-distance",
  "head none",
  "miner all",
  "miner distance-weighted",
  "miner hardest",
  "miner random",
  "miner semi-hard",
  "regularizer mdr",
  "regularizer none",
];

interface Entry {
  /** The golden file, below golden/ and without its ending. */
  readonly file: string;
  readonly subject: Subject;
}

const entriesOf = <A>(
  kind: string,
  folder: string,
  registry: Readonly<Record<string, A>>,
  value: string | undefined,
  formulaOf: (entry: A) => Formula,
): readonly Entry[] =>
  Object.entries(registry)
    .filter(([name]) => !pinnedByParts.includes(`${kind} ${name}`))
    .map(([name, entry]) => {
      const description = { formula: `${kind} ${name}`, section: `${kind}: ${name}`, pins: [], ...(value === undefined ? {} : { value }) };
      return { file: `${folder}/${name}`, subject: subject(description, formulaOf(entry)) };
    });

const entries: readonly Entry[] = [
  ...entriesOf("loss", "losses", losses, "loss", ({ build }) =>
    ofCriterion((settings) => build(settings, { variant: variantOf(settings), miner: minerOf(settings), classes: anyClasses })),
  ),
  ...entriesOf("regularizer", "regularizers", regularizers, "loss", ({ build }) =>
    ofCriterion((settings) => build(settings, { variant: variantOf(settings) })),
  ),
  ...entriesOf("head", "heads", heads, "y", ofHead),
  ...entriesOf("miner", "mining", miners, undefined, ofMiner),
];

export const registrySubjects: readonly Subject[] = entries.map((entry) => entry.subject);
export const registryGoldens: readonly string[] = entries.map(({ file }) => file);
