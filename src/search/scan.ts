/** An index answered from its gallery: every picture is looked at, and nothing nearer is missed. */
import * as TE from "fp-ts/lib/TaskEither.js";
import type { Asked, Found, Index, LabelCount, Match } from "./entry.js";
import { leastRows, squaredFrom } from "./exact.js";
import { entryAt, type Gallery } from "./gallery.js";
import { openSieve, type Sieve, sieveFrom } from "./sieve.js";

/** Labels by code unit, and how many times each comes. */
export const labelCounts = (labels: readonly (string | undefined)[]): readonly LabelCount[] => {
  const counts = new Map<string, number>();
  for (const label of labels) if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, count]) => ({ label, count })).sort((a, b) => (a.label < b.label ? -1 : 1));
};

/** Every row measured. */
const measured = ({ files, embeddings }: Gallery): Sieve["nearest"] => {
  return (aim, limit, counts) => {
    const all = squaredFrom(aim, embeddings, files.length);
    const rows = leastRows(all, limit, counts);
    return { rows, squared: Float64Array.from(rows, (row) => all[row] as number) };
  };
};

/** What a gallery holds nearest to a point. */
export const nearestIn = (
  gallery: Gallery,
  aim: Float32Array,
  { count, offset = 0, under, label }: Asked,
  nearest: Sieve["nearest"] = measured(gallery),
): readonly Match[] => {
  const { files, labels, digests } = gallery;
  const { rows, squared } = nearest(aim, offset + count, (row) => label === undefined || labels[row] === label);
  const matches = Array.from(
    rows,
    (row, place): Match => ({
      file: files[row] ?? "",
      label: labels[row],
      digest: digests[row] ?? "",
      distance: Math.sqrt(squared[place] as number),
    }),
  );
  return matches.slice(offset).filter(({ distance }) => under === undefined || distance < under);
};

export const scanIndex = (read: Gallery): Index => {
  const { about, files, labels, digests } = read;
  const sieve = files.length < sieveFrom ? undefined : openSieve(read.embeddings, about.width);
  // Not two copies of a large gallery.
  const gallery = sieve === undefined ? read : { ...read, embeddings: sieve.rows };
  const rowOfFile = new Map(files.map((file, row) => [file, row]));
  // Of several alike the first: a map keeps the last that it is given.
  const rowOfDigest = new Map(digests.map((digest, row) => [digest, row] as const).reverse());
  const entry = (row: number | undefined) => TE.right(row === undefined ? undefined : entryAt(gallery, row));
  return {
    about: { ...about, count: files.length },
    find: (aim, asked) => TE.right({ matches: nearestIn(gallery, aim, asked, sieve?.nearest), exact: true, missing: [] } satisfies Found),
    entryOf: (file) => entry(rowOfFile.get(file)),
    entryLike: (digest) => entry(rowOfDigest.get(digest)),
    labels: () => TE.right(labelCounts(labels)),
    close: async () => {},
  };
};
