/** What queries can find, by labels alone: their matches, those that have none, and what scores of them would not say. */
import { type Fault, failed } from "../faults/index.js";

/** Labels of queries and gallery: numbers, or text where ids are compared as text. */
export type Labels = ArrayLike<number | string>;

/** What becomes of a lone query, one whose label nothing else in the gallery has. */
export const loneRules = {
  skip: "left out of the shares, as in Musgrave et al. 2020",
  miss: "counted as a miss: no gallery could have served it",
} as const;

/** What becomes of a query whose class has no other picture. */
export type LoneRule = keyof typeof loneRules;

/** What queries search. */
export interface QueryOptions {
  /** Labels of the gallery, where the queries do not search each other. */
  readonly gallery?: Labels | undefined;
  /** `skip` unless given. */
  readonly lone?: LoneRule | undefined;
}

/** Which rows have each label, in the order in which the labels first come. */
export const rowsByLabel = (labels: Labels): ReadonlyMap<number | string, readonly number[]> => {
  const members = new Map<number | string, number[]>();
  Array.from(labels).forEach((label, row) => {
    const known = members.get(label);
    if (known === undefined) members.set(label, [row]);
    else known.push(row);
  });
  return members;
};

/** How often each label is there. */
export const labelCounts = (labels: Labels): ReadonlyMap<number | string, number> =>
  Array.from(labels).reduce<Map<number | string, number>>((counts, label) => counts.set(label, (counts.get(label) ?? 0) + 1), new Map());

/** How many of the gallery have each query's label, the query itself left out. */
export const matchesOf = (labels: Labels, gallery?: Labels): readonly number[] => {
  const counts = labelCounts(gallery ?? labels);
  return Array.from(labels, (label) => (counts.get(label) ?? 0) - (gallery === undefined ? 1 : 0));
};

/** How many others each query is compared with. */
export const othersOf = (labels: Labels, gallery?: Labels): number => gallery?.length ?? Math.max(0, labels.length - 1);

/** What the shares of an evaluation are shares of. */
export interface Queries {
  /** All of them, the lone ones with them. */
  readonly queries: number;
  readonly lone: number;
  readonly loneRule: LoneRule;
}

/**
 * Counts queries, and those that have no possible match.
 *
 * @example
 * import { queriesOf } from "mdr-ts";
 * queriesOf(["cat", "cat", "dog"]); // => { "queries": 3, "lone": 1, "loneRule": "skip" }
 */
export const queriesOf = (labels: Labels, { gallery, lone = "skip" }: QueryOptions = {}): Queries => ({
  queries: labels.length,
  lone: matchesOf(labels, gallery).filter((matches) => matches === 0).length,
  loneRule: lone,
});

/** Why no share can be taken of these queries; undefined where it can. */
export const unanswerable = (labels: Labels, options: QueryOptions = {}): Fault | undefined => {
  const { queries, lone, loneRule } = queriesOf(labels, options);
  if (queries === 0) return failed("there are no queries", { remedy: "give one picture or more" });
  return lone === queries && loneRule === "skip"
    ? failed(`none of the ${queries} queries has a possible match`, {
        remedy: "give their classes two pictures or more, or count such queries as misses with {lone} miss",
      })
    : undefined;
};

/** What a reader of the scores should know of the queries, a line each. */
export const remarksOn = (labels: Labels, ranks: readonly number[], options: QueryOptions = {}): readonly string[] => {
  const { queries, lone, loneRule } = queriesOf(labels, options);
  const others = othersOf(labels, options.gallery);
  const classes = labelCounts(options.gallery ?? labels).size;
  const beyond = ranks.filter((rank) => rank > others);
  return [
    ...(lone === 0
      ? []
      : [
          `${lone} of ${queries} queries have no possible match: ${loneRule === "skip" ? "left out" : "counted as misses"} ({lone} ${loneRule})`,
        ]),
    ...(classes === 1 && lone < queries
      ? ["there is one class alone: every neighbour is right by construction, and the scores say nothing"]
      : []),
    ...(beyond.length === 0
      ? []
      : [`${beyond.map((rank) => `recall@${rank}`).join(", ")}: a query has ${others} others, so whatever can be found is found`]),
  ];
};
