/** What is kept of an index besides its pictures, as a record of several versions: the same in a database and in a file. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { z } from "zod";
import { type Fault, failed, misused } from "../faults/index.js";
import { parseJson, type RecordKind, recordOf } from "../files/index.js";
import type { About } from "./entry.js";

const aboutSchema = z.object({
  run: z.string(),
  checkpoint: z.string(),
  weights: z.string(),
  width: z.int().min(1).max(16_000),
  root: z.string(),
  part: z.object({ number: z.int().min(1), of: z.int().min(1) }),
});

export const aboutKind: RecordKind<About> = { name: "an index", schema: aboutSchema, migrations: [(first) => first] };

export const indexVersion = aboutKind.migrations.length;

export const aboutText = (about: About): string => JSON.stringify({ version: indexVersion, ...about });

/** Left: it is of a version that is not known yet, or was damaged. */
export const aboutIn = (place: string, text: string): E.Either<Fault, About> =>
  pipe(parseJson(place, text), E.chain(recordOf(place, aboutKind)));

const partText = ({ number, of }: About["part"]): string => (of === 1 ? "the whole" : `part ${number} of ${of}`);

/** How an index that is there must go on: its own way, with its root written anew, or with all of its pictures forgotten. */
export type Onward = "same" | "moved" | "anew";

/** Whether vectors of `wanted` may stand beside those of `there`. Left: what is different, unless it shall begin `anew`. */
export const onward = (place: string, there: About, wanted: About, anew: boolean): E.Either<Fault, Onward> => {
  const refused = (what: string): E.Either<Fault, Onward> =>
    E.left(misused(what, { where: place, remedy: "index into another {db}, or begin anew in its place with {force}" }));
  if (there.weights !== wanted.weights || there.width !== wanted.width)
    return anew
      ? E.right("anew")
      : refused(
          there.run !== "" && there.run === wanted.run
            ? "holds vectors of this run before it was trained on, and those of two networks cannot be compared"
            : `holds another network's vectors, those of ${there.checkpoint}, and those of two networks cannot be compared`,
        );
  if (there.part.number !== wanted.part.number || there.part.of !== wanted.part.of)
    return anew ? E.right("moved") : refused(`holds ${partText(there.part)} of its folder, not ${partText(wanted.part)}`);
  if (there.root !== wanted.root)
    return anew ? E.right("moved") : refused(`is an index of ${there.root}, and everything of it would be forgotten`);
  return E.right(there.checkpoint === wanted.checkpoint ? "same" : "moved");
};

/** Left: these shards cannot answer together. */
export const together = (shards: readonly { readonly place: string; readonly about: About }[]): E.Either<Fault, void> => {
  const [first] = shards;
  const other = shards.find(({ about }) => about.weights !== first?.about.weights || about.width !== first.about.width);
  return other === undefined
    ? E.right(undefined)
    : E.left(
        failed(`holds another network's vectors than ${first?.place}`, { where: other.place, remedy: "give shards of one network only" }),
      );
};
