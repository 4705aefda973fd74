/** CUB-200-2011 in its metric-learning split: classes 1 to 100 train, 101 to 200 are never seen. Its `train_test_split.txt` is another one. */
import { join, posix } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed } from "../../faults/index.js";
import { datasetKind, type Handout, type Item } from "../description.js";
import { archiveRoot, handoutLayout, type Line, listLines, matched, type Named, present, sound, wrongLine } from "../published.js";

const [imagesList, labelsList] = ["images.txt", "image_class_labels.txt"];
const classes = 200;
const trainClasses = 100;

const handout: Handout = {
  from: "CUB_200_2011.tgz",
  folder: "CUB_200_2011",
  layout: [imagesList, labelsList, "images/001.Black_footed_Albatross/*.jpg"],
  archives: [{ file: "CUB_200_2011.tgz", md5: "97eceeb196236b17998738112f37df78" }],
};

const expected = { train: { pictures: 5864, classes: 100 }, test: { pictures: 5924, classes: 100 } };

/** What a list says of a picture by its number. */
interface Said {
  readonly id: string;
  readonly value: string;
  readonly line: Line;
}

/** Rows of a number and something, no number twice. */
const said = (path: string, words: string): E.Either<Fault, ReadonlyMap<string, Said>> =>
  pipe(
    listLines(path),
    E.chain((lines) =>
      matched(path, lines, { pattern: /^(\d+)\s+(.*\S)\s*$/, words }, ([id = "", value = ""], line): Said => ({ id, value, line })),
    ),
    E.chain((rows) => {
      const byId = new Map<string, Said>();
      for (const row of rows) {
        const before = byId.get(row.id);
        if (before !== undefined) return E.left(wrongLine(path, row.line, `picture ${row.id} is in line ${before.line.number} already`));
        byId.set(row.id, row);
      }
      return E.right(byId);
    }),
  );

/** A class is a number in one list and a folder in the other: each folder has one number. */
const itemsOf = (root: string, paths: ReadonlyMap<string, Said>, numbers: ReadonlyMap<string, Said>): E.Either<Fault, readonly Item[]> => {
  const [imagesFile, labelsFile] = [join(root, imagesList), join(root, labelsList)];
  const unlabelled = [...paths.values()].find(({ id }) => !numbers.has(id));
  if (unlabelled !== undefined) return E.left(failed(`has no class for picture ${unlabelled.id} of ${imagesList}`, { where: labelsFile }));
  const folders = new Map<number, string>();
  const named: Named[] = [];
  for (const { id, value, line } of numbers.values()) {
    const [picture, number] = [paths.get(id), Number(value)];
    if (picture === undefined) return E.left(wrongLine(labelsFile, line, `${imagesList} has no picture ${id}`));
    if (!Number.isInteger(number) || number < 1 || number > classes)
      return E.left(wrongLine(labelsFile, line, `classes go from 1 to ${classes}`));
    const label = posix.dirname(picture.value);
    const known = folders.get(number) ?? label;
    if (known !== label) return E.left(wrongLine(labelsFile, line, `class ${number} is in the folders ${known} and ${label}`));
    folders.set(number, label);
    named.push({
      item: { path: `images/${picture.value}`, label, part: number <= trainClasses ? "train" : "test" },
      place: `line ${picture.line.number}`,
    });
  }
  return new Set(folders.values()).size < folders.size
    ? E.left(failed("gives two classes to the pictures of one folder", { where: labelsFile }))
    : sound(imagesFile, named);
};

export const kind = datasetKind(
  "CUB-200-2011: images.txt, image_class_labels.txt and images/; classes 1 to 100 train",
  {},
  (data) =>
    pipe(
      archiveRoot(data, imagesList, handout),
      E.bindTo("root"),
      E.bind("paths", ({ root }) => said(join(root, imagesList), "image_id path")),
      E.bind("numbers", ({ root }) => said(join(root, labelsList), "image_id class_id")),
      E.bind("items", ({ root, paths, numbers }) => itemsOf(root, paths, numbers)),
      E.bind("found", ({ root, items }) => present(root, items, handoutLayout(root, handout))),
      E.map(({ root, found }) => ({ name: "cub200", root, ...found, warnings: [], expected })),
    ),
  handout,
);
