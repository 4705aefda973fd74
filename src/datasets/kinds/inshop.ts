/**
 * In-Shop Clothes Retrieval: one list of three parts, in columns of as many spaces as it takes. Items are texts (`id_00000002`); queries
 * are looked for among the gallery only.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed } from "../../faults/index.js";
import { datasetKind, type Handout, type Item, type Part } from "../description.js";
import { handoutLayout, headed, type Line, listLines, matched, type Named, numbered, present, sound } from "../published.js";

const list = "list_eval_partition.txt";
/** Where the list lies: beside the pictures, or in the folder that it is handed out in. */
const listPlaces = [list, `Eval/${list}`, `Anno/${list}`];
/** What the pictures' paths begin below: `img/..` of the list beside the list, or in the folder that they are handed out in. */
const picturePlaces = ["", "Img/"];

const handout: Handout = {
  from: "In-Shop Clothes Retrieval (Eval/list_eval_partition.txt and Img/img.zip)",
  folder: "",
  layout: [`Eval/${list}`, "Img/img/WOMEN/Dresses/id_00000002/*.jpg"],
  archives: [],
};

const expected = {
  train: { pictures: 25882, classes: 3997 },
  query: { pictures: 14218, classes: 3985 },
  gallery: { pictures: 12612, classes: 3985 },
};

const form = { pattern: /^\s*(\S+)\s+(\S+)\s+(train|query|gallery)\s*$/, words: "image_name item_id train|query|gallery" };

/** The first line says how many follow the second: a list that is cut short does not pass for a whole one. */
const counted = (file: string, [first, ...rest]: readonly Line[]): E.Either<Fault, readonly Line[]> => {
  const count = Number(first?.text);
  return first !== undefined && rest.length - 1 === count
    ? E.right(rest)
    : E.left(
        failed(
          `should begin with the number of its pictures, ${Math.max(0, rest.length - 1)}, and begins with ${JSON.stringify(first?.text ?? "")}`,
          {
            where: file,
            remedy: "fetch the list again",
          },
        ),
      );
};

const itemsOf = (file: string, folder: string): E.Either<Fault, readonly Item[]> =>
  pipe(
    listLines(file),
    E.chain((lines) => counted(file, lines)),
    E.chain((lines) => headed(file, lines, "image_name item_id evaluation_status")),
    E.chain((lines) =>
      matched(
        file,
        lines,
        form,
        ([path = "", label = "", part = ""], line): Named => ({
          item: { path: `${folder}${path}`, label, part: part as Part },
          place: numbered(line),
        }),
      ),
    ),
    E.chain((named) => sound(file, named)),
  );

const listIn = (root: string): E.Either<Fault, string> => {
  const found = listPlaces.map((place) => join(root, place)).find((path) => existsSync(path));
  return found === undefined ? E.left(failed(`there is no ${list}: ${handoutLayout(root, handout)}`, { where: root })) : E.right(found);
};

export const kind = datasetKind(
  "In-Shop Clothes Retrieval: list_eval_partition.txt and img/; queries look in the gallery",
  {},
  (root) =>
    pipe(
      listIn(root),
      E.chain((file) => itemsOf(file, picturePlaces.find((place) => existsSync(join(root, place, "img"))) ?? "")),
      E.chain((items) => present(root, items, handoutLayout(root, handout))),
      E.map((found) => ({ name: "inshop", root, ...found, warnings: [], expected })),
    ),
  handout,
);
