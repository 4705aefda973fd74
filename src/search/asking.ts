/** An index answered by its database. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed } from "../faults/index.js";
import { type Ask, type Client, type Row, refusedBy } from "./client.js";
import type { Asked, Entry, Found, Index } from "./entry.js";
import { galleryOf } from "./gallery.js";
import { labelCounts, nearestIn } from "./scan.js";
import { countRows, entryColumns, entryIn, type State, stateIn, vectorText } from "./tables.js";

const ofLabel = "($2::text is null or label = $2)";

/**
 * All that can be among the `$3` nearest: pgvector sums in float32, so what it finds at most so much farther than the last of them is
 * looked at again in float64. Of D terms each sum is off by less than (D + 3) / 2^24 of itself, and a root by half of that.
 */
const candidates = `
  with near as (
    select embedding <-> $1::vector as distance from mdr_pictures where ${ofLabel} order by distance limit $3
  )
  select ${entryColumns} from mdr_pictures
  where ${ofLabel} and embedding <-> $1::vector <= (select max(distance) from near) * $4::float8 + 1e-18`;

const slack = (width: number): number => 1 + (width + 3) / 2 ** 23;

const indexed = `
  select ${entryColumns} from mdr_pictures where ${ofLabel} order by embedding <-> $1::vector limit $3`;

/** As many candidates as pgvector's approximate index can be asked to keep. */
const mostKept = 1000;

/** Candidates for each neighbour wanted: what is passed over on the way is found again. */
const keptFor = (wanted: number): number => Math.min(mostKept, Math.max(100, 2 * wanted));

const askedExactly =
  (width: number, aim: string, label: string | null, wanted: number) =>
  async (ask: Ask): Promise<readonly Row[]> => {
    // An approximate index, where there is one, would be taken for the order.
    await ask("set local enable_indexscan = off");
    return ask(candidates, [aim, label, wanted, slack(width)]);
  };

const askedNearly =
  (aim: string, label: string | null, wanted: number) =>
  async (ask: Ask): Promise<readonly Row[]> => {
    await ask(`set local hnsw.ef_search = ${keptFor(wanted)}`);
    await ask("set local hnsw.iterative_scan = strict_order");
    return ask(indexed, [aim, label, wanted]);
  };

/** Whether the tables have an approximate index. */
const isIndexed = async (ask: Ask): Promise<boolean> => (await ask("select to_regclass('mdr_nearest')::text as name"))[0]?.name !== null;

const indexOf = (place: string, client: Client, { about }: State, count: number, approximate: boolean, close: Index["close"]): Index => {
  const asked = <A>(work: () => Promise<A>): TE.TaskEither<Fault, A> => TE.tryCatch(work, refusedBy(place));
  const one = (condition: string, value: string): TE.TaskEither<Fault, Entry | undefined> =>
    asked(async () => {
      const [row] = await client.ask(`select ${entryColumns} from mdr_pictures where ${condition} = $1 order by file limit 1`, [value]);
      return row === undefined ? undefined : entryIn(row);
    });
  const find = (aim: Float32Array, wish: Asked): TE.TaskEither<Fault, Found> =>
    asked(async () => {
      const wanted = (wish.offset ?? 0) + wish.count;
      const nearly = approximate && wanted <= mostKept;
      const [text, label] = [vectorText(aim), wish.label ?? null];
      const rows = await client.together(nearly ? askedNearly(text, label, wanted) : askedExactly(about.width, text, label, wanted));
      return { matches: nearestIn(galleryOf(about, 0, rows.map(entryIn)), aim, wish), exact: !nearly, missing: [] };
    });
  return {
    about: { ...about, count },
    find,
    entryOf: (file) => one("file", file),
    entryLike: (digest) => one("digest", digest),
    labels: () =>
      asked(async () =>
        labelCounts((await client.ask("select label from mdr_pictures")).map(({ label }) => (label === null ? undefined : String(label)))),
      ),
    close,
  };
};

/** The index in a database's tables, answered there. Left: there is none, or it is of a later version. */
export const askedIndex = (place: string, client: Client, close: Index["close"] = client.close): TE.TaskEither<Fault, Index> =>
  pipe(
    TE.tryCatch(() => stateIn(client.ask, place), refusedBy(place)),
    TE.chain((state) => TE.fromEither(state)),
    TE.chain((state) =>
      state === undefined
        ? TE.left(failed("there is no index in this database", { where: place, remedy: "make one with `mdr index`" }))
        : TE.tryCatch(
            async () => indexOf(place, client, state, await countRows(client.ask), await isIndexed(client.ask), close),
            refusedBy(place),
          ),
    ),
    (opening) => async () => {
      const opened = await opening();
      if (E.isLeft(opened)) await close();
      return opened;
    },
  );
