/**
 * Cars-196 in its metric-learning split: `cars_annos.mat` says of each picture its path and its class by number, 1 to 98 train and 99 to
 * 196 are never seen. The file's own division, `test`, is another one.
 */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed } from "../../faults/index.js";
import { readAtMost } from "../../files/index.js";
import { datasetKind, type Handout, type Item } from "../description.js";
import { kindsInWords, type MatValue, matVariables, mostMatBytes, numberIn, textIn } from "../matlab/index.js";
import { archiveRoot, handoutLayout, type Named, present, sound } from "../published.js";

const marker = "cars_annos.mat";
const classes = 196;
const trainClasses = 98;

const handout: Handout = {
  from: "Cars-196 (car_ims.tgz and cars_annos.mat)",
  folder: "",
  layout: [marker, "car_ims/000001.jpg"],
  archives: [
    { file: "car_ims.tgz", md5: "d5c8f0aa497503f355e17dc7886c3f14" },
    { file: marker, md5: "b407c6086d669747186bd1d764ff9dbc" },
  ],
};

const expected = { train: { pictures: 8054, classes: 98 }, test: { pictures: 8131, classes: 98 } };

type Variables = ReadonlyMap<string, MatValue>;

/** A field of `annotations`, of every picture. */
const field = (file: string, variables: Variables, name: string): E.Either<Fault, readonly MatValue[]> => {
  const annotations = variables.get("annotations");
  if (annotations?.kind !== "structs") {
    const found = annotations === undefined ? "no variable of that name" : kindsInWords[annotations.kind];
    return E.left(failed(`\`annotations\` should be a struct array, and there is ${found}`, { where: file }));
  }
  const values = annotations.fields.get(name);
  return values === undefined
    ? E.left(
        failed(`\`annotations\` has no field \`${name}\`; it has ${[...annotations.fields.keys()].join(", ")}`, {
          where: file,
          remedy: "take the file that holds all 16,185 pictures, not those of the training or the test half",
        }),
      )
    : E.right(values);
};

/** Names of the classes by number, 1 being the first; none where the file has none. */
const classNames = (file: string, variables: Variables): E.Either<Fault, readonly string[]> => {
  const names = variables.get("class_names");
  if (names === undefined) return E.right([]);
  const texts = names.kind === "cells" ? names.cells.map(textIn) : [];
  return texts.length === classes && texts.every((text) => text !== undefined)
    ? E.right(texts)
    : E.left(failed(`\`class_names\` should be a cell array of ${classes} names`, { where: file }));
};

const isClass = (number: number | undefined): number is number =>
  Number.isInteger(number) && Number(number) >= 1 && Number(number) <= classes;

const itemsOf = (file: string, variables: Variables): E.Either<Fault, readonly Item[]> =>
  pipe(
    E.Do,
    E.bind("paths", () => field(file, variables, "relative_im_path")),
    E.bind("numbers", () => field(file, variables, "class")),
    E.bind("names", () => classNames(file, variables)),
    E.chain(({ paths, numbers, names }): E.Either<Fault, readonly Item[]> => {
      const named: Named[] = [];
      for (const [index, value] of paths.entries()) {
        const [path, number] = [textIn(value), numberIn(numbers[index])];
        const place = `element ${index + 1} of \`annotations\``;
        if (path === undefined) return E.left(failed(`${place} has no path in \`relative_im_path\``, { where: file }));
        if (!isClass(number))
          return E.left(failed(`${place}: its class is ${number ?? "no number"}, and they go from 1 to ${classes}`, { where: file }));
        const label = [String(number).padStart(3, "0"), names[number - 1] ?? []].flat().join(".");
        named.push({ item: { path, label, part: number <= trainClasses ? "train" : "test" }, place });
      }
      return sound(file, named);
    }),
  );

export const kind = datasetKind(
  "Cars-196: cars_annos.mat and car_ims/; classes 1 to 98 train",
  {},
  (data) =>
    pipe(
      archiveRoot(data, marker, handout),
      E.bindTo("root"),
      E.bind("items", ({ root }) =>
        pipe(
          readAtMost(join(root, marker), mostMatBytes),
          E.chain((bytes) => matVariables(bytes, join(root, marker))),
          E.chain((variables) => itemsOf(join(root, marker), variables)),
        ),
      ),
      E.bind("found", ({ root, items }) => present(root, items, handoutLayout(root, handout))),
      E.map(({ root, found }) => ({ name: "cars196", root, ...found, warnings: [], expected })),
    ),
  handout,
);
