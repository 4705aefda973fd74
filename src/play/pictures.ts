/** The pictures of a race: drawn species or given ones, divided by class, in memory. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { byNumbers, divided, sceneAt, speciesOf } from "../datasets/browser.js";
import { type Fault, failed } from "../faults/index.js";
import { fitted, type Picture, resized, storedSide } from "../pictures/browser.js";
import type { Choices } from "./choices.js";
import type { Data, GivenPicture, Shown } from "./messages.js";

/** A race's pictures: those that train first, then those of classes never seen. */
export interface Gathered {
  readonly shown: readonly Shown[];
  /** How many train. */
  readonly training: number;
  /** Their squares, RGB bytes one behind the other. */
  readonly side: number;
  readonly pixels: Uint8Array;
  /** The class of each picture: training classes are 0, 1, .., unseen ones follow. */
  readonly labels: readonly number[];
  /** Names of the training classes. */
  readonly classes: readonly string[];
}

/** What decides the pictures. */
export type Wanted = Pick<Choices, "species" | "perSpecies" | "imageSize">;

/** The species of `mdr demo`, smaller: a network here sees 32 pixels. */
const drawing = { seed: 1, size: 64 } as const;

const thumbnailSide = 48;

/** The species' pictures, as the generated data set has them before they are stored as JPEG. */
const drawn = ({ species, perSpecies }: Wanted): readonly GivenPicture[] =>
  Array.from({ length: species * perSpecies }, (_, index) => {
    const [own, number] = [Math.floor(index / perSpecies), index % perSpecies];
    const label = speciesOf(drawing.seed, own).name;
    return {
      name: `${label}/${String(number + 1).padStart(3, "0")}`,
      label,
      picture: sceneAt(drawing.seed, drawing.size, own, number).picture,
    };
  });

/** Why a picture that came from outside is none. */
const broken = ({ name, label, picture: { width, height, pixels } }: GivenPicture): Fault | undefined =>
  label.trim() === ""
    ? failed("has no class: sort it into one", { where: name })
    : !(width >= 1 && height >= 1 && pixels.length === 3 * width * height)
      ? failed(`${pixels.length} bytes are no RGB picture of ${width} x ${height}`, { where: name })
      : undefined;

const tooFew = (sizes: readonly number[]): Fault => {
  const pairs = sizes.filter((size) => size >= 2).length;
  return failed(
    `${pairs} of ${sizes.length} classes have two pictures or more, and four are needed: two to train, two that are never seen and look for each other`,
    { where: "the pictures given", remedy: sizes.length < 4 ? "add classes" : "add a second picture to classes that have one" },
  );
};

/** Pictures of each class, classes in the order of their names, numbers as numbers. */
const byClass = (pictures: readonly GivenPicture[]): readonly (readonly GivenPicture[])[] => {
  const classes = new Map<string, GivenPicture[]>();
  for (const one of pictures) {
    const own = classes.get(one.label);
    if (own === undefined) classes.set(one.label, [one]);
    else own.push(one);
  }
  return [...classes.values()].toSorted(([a], [b]) => byNumbers(a?.label ?? "", b?.label ?? ""));
};

const packed = (pictures: readonly Picture[], side: number): Uint8Array => {
  const pixels = new Uint8Array(pictures.length * side * side * 3);
  for (const [index, picture] of pictures.entries()) pixels.set(resized(picture, side, side, "lanczos").pixels, index * side * side * 3);
  return pixels;
};

/** How many of the classes train, the first ones: as class folders are divided. Left: they are too few. */
const trainingClasses = (sizes: readonly number[]): E.Either<Fault, number> =>
  pipe(
    sizes.length < 2 ? E.left(tooFew(sizes)) : divided(sizes, 0.5),
    E.chain(({ training }) => {
      const count = training.filter((own) => own > 0).length;
      // Where too few classes have two pictures, pictures are divided and not classes: all of them would train.
      return count < sizes.length ? E.right(count) : E.left(tooFew(sizes));
    }),
  );

/** The pictures of a race: the first half of the classes trains. Left: a picture that is none, or too few classes of two, which says what to add. */
export const gathered = (wanted: Wanted, data: Data): E.Either<Fault, Gathered> => {
  const pictures = data.kind === "species" ? drawn(wanted) : data.pictures;
  const bad = pictures.map(broken).find((fault) => fault !== undefined);
  if (bad !== undefined) return E.left(bad);
  const classes = byClass(pictures);
  return pipe(
    trainingClasses(classes.map(({ length }) => length)),
    E.map((count): Gathered => {
      const ordered = classes.flatMap((own, label) => own.map((one) => ({ ...one, number: label })));
      const side = storedSide(wanted.imageSize);
      return {
        shown: ordered.map(({ label, name, number, picture }) => ({
          label,
          part: number < count ? "train" : "unseen",
          name,
          thumbnail: fitted(picture, thumbnailSide, "lanczos"),
        })),
        training: ordered.filter(({ number }) => number < count).length,
        side,
        pixels: packed(
          ordered.map(({ picture }) => picture),
          side,
        ),
        labels: ordered.map(({ number }) => number),
        classes: classes.slice(0, count).map(([first]) => first?.label ?? ""),
      };
    }),
  );
};
