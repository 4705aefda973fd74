// One thing at a time that would find the wrong picture, lose one, or let in what does not belong.

const exact = "search/exact.ts";
const gallery = "search/gallery.ts";
const shards = "search/shards.ts";
const keeper = "search/keeper.ts";
const indexing = "search/indexing.ts";
const reading = "search/reading.ts";
const asking = "search/asking.ts";
const near = (part) => ["test/nearest.test.ts", "-t", part];
const asked = (part) => ["test/search.test.ts", "-t", part];
const content = asked("takes what is new and changed by content");
const scan = asked("are those of the scan");

/** [what is broken, file under src, its text, what replaces it], and the test that is asked. */
export const search = [
  ["the last rows not looked at", exact, "row = whole; row < count", "row = whole; row < whole", near("are those of the evaluation")],
  ["of two as near the higher row", exact, "a > b);", "a < b);", near("are the first of all rows")],
  ["rows that do not count", exact, "if (!counts(row)) continue;", "", near("are the first of all rows")],
  ["rough squares taken for right", "search/sieve.ts", "farthest * (1 + rounding) + below;", "last;", near("gives the rows and the bits")],
  ["a sieve with other rows in it", "search/sieve.ts", "> bound) && counts(row))", "> bound))", near("gives the rows and the bits")],
  ["towards what is not liked", "search/aim.ts", "pushed * (value -", "pushed * -(value -", near("is the mean of what is liked")],
  ["a seal nobody looks at", gallery, 'sealOf(bytes) === "whole" &&', "", near("is refused by name where any byte")],
  ["pictures in the order of coming", gallery, "entries.toSorted(byFile)", "[...entries]", near("is read as it was written")],
  ["each shard's own page", shards, "offset: 0, count: (asked.offset ?? 0) + asked.count", "", near("have each picture in one of them")],
  ["a part for the whole", shards, "missing: [...missing, ...", "missing: [...", near("that do not answer")],
  ["any networks together", "search/about.ts", "about.weights !== first?.about.weights ||", "", near("that do not answer")],
  ["every picture in every part", reading, "% of === number - 1", "% of >= 0", near("have each picture in one of them")],
  ["what looks the same from outside read again", reading, "known.get(file)?.stamp !== stamp", "true", content],
  ["nothing forgotten", reading, "!there.has(file) &&", "false &&", content],
  ["what is no picture any more kept", indexing, "[...gone, ...unusable]", "[...gone]", content],
  [
    "what is written to meanwhile passed over",
    indexing,
    "!== fileAt(position).stamp)",
    "=== root)",
    asked("says which photo was written to"),
  ],
  [
    "the picture of the row before",
    indexing,
    "column) => at(data, row * width",
    "column) => at(data, Math.max(0, row - 1) * width",
    asked("index a folder and find"),
  ],
  ["vectors of any network", "search/about.ts", "there.weights !== wanted.weights ||", "", asked("of another network")],
  ["another folder's pictures forgotten", "search/about.ts", "there.root !== wanted.root", "false", asked("of another network")],
  ["a gallery from before", keeper, "saved.right.generation === generation &&", "", content],
  [
    "the gallery of a database that is gone not taken over",
    keeper,
    "? saved.right : undefined",
    "? undefined : undefined",
    asked("whose database is gone"),
  ],
  ["float32's order for the order", asking, "* $4::float8 + 1e-18", "* 1 - 1e-3 * $4::float8", scan],
  ["every label", asking, "label = $2)", "label is not null)", scan],
  ["an approximate answer for an exact one", asking, "exact: !nearly", "exact: true", asked("are approximate")],
  ["the password shown", "search/places.ts", '"$1@"', '"$1:$2@"', asked("come over the wire")],
  ["names as marks of a page", "report/html.ts", "visible(text).replace(", 'visible(text).replace("", ', asked("write a page")],
  ["the photo asked with among the answers", "cli/search.ts", "!asked.has(digest)", "true", asked("index a folder and find")],
].map(([what, file, text, replacement, test]) => ({ broken: [what, file, text, replacement], test }));
