/** Stanford Online Products: a list of what trains and a list of classes never seen, each a header and rows of a picture. */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import type { Fault } from "../../faults/index.js";
import { datasetKind, type Handout, type Item, type Part } from "../description.js";
import { archiveRoot, handoutLayout, headed, listLines, matched, type Named, numbered, present, sound } from "../published.js";

const lists = { train: "Ebay_train.txt", test: "Ebay_test.txt" } as const satisfies Partial<Record<Part, string>>;

const handout: Handout = {
  from: "Stanford_Online_Products.zip",
  folder: "Stanford_Online_Products",
  layout: [lists.train, lists.test, "bicycle_final/*.JPG"],
  archives: [{ file: "Stanford_Online_Products.zip", md5: "7f73d41a2f44250d4779881525aea32e" }],
};

const expected = { train: { pictures: 59551, classes: 11318 }, test: { pictures: 60502, classes: 11316 } };

const form = { pattern: /^\d+ (\d+) \d+ (.*\S)\s*$/, words: "image_id class_id super_class_id path" };

const rowsOf = (root: string, part: keyof typeof lists): E.Either<Fault, readonly Named[]> => {
  const file = join(root, lists[part]);
  return pipe(
    listLines(file),
    E.chain((lines) => headed(file, lines, form.words)),
    E.chain((lines) =>
      matched(file, lines, form, ([label = "", path = ""], line) => ({
        item: { path, label, part },
        place: `${lists[part]}, ${numbered(line)}`,
      })),
    ),
  );
};

export const kind = datasetKind(
  "Stanford Online Products: Ebay_train.txt, Ebay_test.txt and the folders beside them",
  {},
  (data) =>
    pipe(
      archiveRoot(data, lists.train, handout),
      E.bindTo("root"),
      E.bind("train", ({ root }) => rowsOf(root, "train")),
      E.bind("test", ({ root }) => rowsOf(root, "test")),
      E.bind("items", ({ root, train, test }): E.Either<Fault, readonly Item[]> => sound(root, [...train, ...test])),
      E.bind("found", ({ root, items }) => present(root, items, handoutLayout(root, handout))),
      E.map(({ root, found }) => ({ name: "sop", root, ...found, warnings: [], expected })),
    ),
  handout,
);
