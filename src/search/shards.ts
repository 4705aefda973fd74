/** Shards of one index, on as many disks and servers as there are: asked at the same time, their answers merged. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, misused } from "../faults/index.js";
import { together } from "./about.js";
import type { Asked, Found, Index, LabelCount, Match } from "./entry.js";
import { shownPlace } from "./places.js";

interface Shard {
  readonly place: string;
  readonly index: Index;
}

/** Nearest first, then by file: the order within each shard. */
const byDistance = (a: Match, b: Match): number => a.distance - b.distance || (a.file < b.file ? -1 : a.file > b.file ? 1 : 0);

/** What each shard found from its nearest on, as one. Of the `offset + count` nearest of all, each shard has its own among its nearest. */
export const merged = (parts: readonly Found[], { count, offset = 0 }: Asked, missing: readonly Fault[]): Found => ({
  matches: parts
    .flatMap(({ matches }) => matches)
    .toSorted(byDistance)
    .slice(offset, offset + count),
  exact: parts.every(({ exact }) => exact),
  missing: [...missing, ...parts.flatMap((part) => part.missing)],
});

/** Parts of a divided index that nobody gave. */
const notGiven = (shards: readonly Shard[], silent: number): readonly Fault[] => {
  const [first] = shards;
  const of = first?.index.about.part.of ?? 1;
  const there = new Set(shards.map(({ index }) => index.about.part.number));
  const absent = Array.from({ length: of }, (_, index) => index + 1).filter((number) => !there.has(number));
  // A shard that is silent is named already; which part it has is not known.
  return absent.length <= silent
    ? []
    : [
        failed(`of ${of} parts ${silent === 0 ? "" : "only "}these answer: ${[...there].sort((a, b) => a - b).join(", ")}`, {
          remedy: "give the places of all parts",
        }),
      ];
};

const asOne = (shards: readonly Shard[], silent: readonly Fault[]): Index => {
  const about = { ...(shards[0] as Shard).index.about, count: shards.reduce((sum, { index }) => sum + index.about.count, 0) };
  const missing = [...silent, ...notGiven(shards, silent.length)];
  const first =
    <A>(ask: (index: Index) => TE.TaskEither<Fault, A | undefined>): TE.TaskEither<Fault, A | undefined> =>
    async () => {
      const answers = await Promise.all(shards.map(({ index }) => ask(index)()));
      const found = answers.find((answer) => E.isRight(answer) && answer.right !== undefined);
      return found ?? answers.find(E.isLeft) ?? E.right(undefined);
    };
  return {
    about,
    find: (aim, asked) => async () => {
      const wish = { ...asked, offset: 0, count: (asked.offset ?? 0) + asked.count };
      const answers = await Promise.all(shards.map(({ index }) => index.find(aim, wish)()));
      const found = answers.flatMap((answer) => (E.isRight(answer) ? [answer.right] : []));
      const lost = answers.flatMap((answer) => (E.isLeft(answer) ? [answer.left] : []));
      return found.length === 0 ? E.left(lost[0] ?? failed("no shard answers")) : E.right(merged(found, asked, [...missing, ...lost]));
    },
    entryOf: (file) => first((index) => index.entryOf(file)),
    entryLike: (digest) => first((index) => index.entryLike(digest)),
    labels: () =>
      pipe(
        shards.map(({ index }) => index.labels()),
        TE.sequenceArray,
        TE.map((lists): readonly LabelCount[] => {
          const counts = new Map<string, number>();
          for (const { label, count } of lists.flat()) counts.set(label, (counts.get(label) ?? 0) + count);
          return [...counts].map(([label, count]) => ({ label, count })).sort((a, b) => (a.label < b.label ? -1 : 1));
        }),
      ),
    close: async () => {
      await Promise.all(shards.map(({ index }) => index.close()));
    },
  };
};

/** Opens all places, each by `open`. A place that does not open is missing in every answer; left where none does. */
export const openShards =
  (open: (place: string) => TE.TaskEither<Fault, Index>) =>
  (places: readonly string[]): TE.TaskEither<Fault, Index> =>
  async () => {
    const wanted = [...new Set(places)];
    const opened = await Promise.all(wanted.map(async (place) => ({ place: shownPlace(place), result: await open(place)() })));
    const shards = opened.flatMap(({ place, result }) => (E.isRight(result) ? [{ place, index: result.right }] : []));
    const silent = opened.flatMap(({ result }) => (E.isLeft(result) ? [result.left] : []));
    if (shards.length === 0) return E.left(silent[0] ?? misused("no index is given", { where: "{db}" }));
    const fits = together(shards.map(({ place, index }) => ({ place, about: index.about })));
    if (E.isRight(fits)) return E.right(asOne(shards, silent));
    await Promise.all(shards.map(({ index }) => index.close()));
    return fits;
  };
