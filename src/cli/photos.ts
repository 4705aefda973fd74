/** Folders of photos without classes, as `mdr embed` and `mdr similar` take them. */
import { statSync } from "node:fs";
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import type { LeftOut } from "../datasets/index.js";
import { type Fault, failed, inWords, listed, misused } from "../faults/index.js";
import { missed, pictureEndings, type Walked, walkPictures } from "../files/index.js";
import { backbones } from "../nn/index.js";
import type { Settings } from "../runs/index.js";
import { type NamedSource, type Opened, openFiles, openVectors } from "../store/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { opening, type Speech, viewed } from "./session.js";

/** Picture files, and what was passed over on the way to them. */
export interface Photos {
  readonly files: readonly string[];
  readonly passedOver: readonly LeftOut[];
}

/** Picture files in a folder and below it. */
export const picturesIn = (folder: string): E.Either<Fault, Photos> =>
  E.chain((walked: Walked): E.Either<Fault, Photos> => {
    const passedOver = missed(walked.passedOver).map(({ path, why }): LeftOut => ({ path: join(folder, path), why }));
    return walked.pictures.length === 0
      ? E.left(
          failed(
            `no ${pictureEndings} in it or below it: give a folder of photos${listed(passedOver.map(({ path, why }) => `${path}: ${why}`))}`,
            { where: folder },
          ),
        )
      : E.right({ files: walked.pictures.map((path) => join(folder, path)), passedOver });
  })(walkPictures(folder));

/** A photo that is there to be read: a FIFO would be waited on for ever. */
export const photoAt = (path: string): E.Either<Fault, string> =>
  pipe(
    E.tryCatch(
      () => statSync(path),
      (thrown) => failed(`cannot be read: ${inWords(thrown)}`, { where: path }),
    ),
    E.filterOrElse(
      (status) => status.isFile(),
      () => failed("it is no file: give the path of a photo", { where: path }),
    ),
    E.map(() => path),
  );

/** A network that takes vectors cannot look at photos. */
export const seesPhotos = ({ backbone }: Pick<Settings, "backbone">, path: string): E.Either<Fault, void> =>
  backbones[backbone].takes === "vectors"
    ? E.left(
        misused("its network takes vectors that another network made, and no photos", {
          where: path,
          remedy: "embed a file of vectors: `mdr embed RUN FILE.npy`",
        }),
      )
    : E.right(undefined);

/** Opens picture files, normalised as the network of the settings wants them or as is said; those that cannot be used are named and left out, as are those passed over. */
export const openPhotos = (
  settings: Settings,
  { files, passedOver }: Photos,
  speech: Speech,
  statistics = viewed(settings).statistics,
): TE.TaskEither<Fault, NamedSource & Opened> =>
  opening((options) => openFiles({ ...settings, statistics, cache: "" }, files, options, passedOver), speech);

/**
 * Photos of a folder, or the vectors of a file, by what the network takes; `leftOut` are photos that cannot be used. Vectors may have a
 * table that names them.
 */
export const openEmbeddable = (
  settings: Settings,
  place: string,
  speech: Speech,
  table?: string,
): TE.TaskEither<Fault, NamedSource & Pick<Opened, "leftOut" | "close">> =>
  backbones[settings.backbone].takes === "vectors"
    ? pipe(
        TE.fromEither(openVectors(place, { featureWidth: settings.featureWidth, table })),
        TE.map((source) => ({ ...source, leftOut: [], close: async () => {} })),
      )
    : pipe(
        TE.fromEither(table === undefined ? picturesIn(place) : E.left(misused("photos have names of their own", { where: "{labels}" }))),
        TE.chain((found) => openPhotos(settings, found, speech)),
      );

/** The numbers of one row of a matrix. */
export const rowOf = ({ shape, data }: Tensor, row: number): readonly number[] => {
  const width = axisLength(shape, 1);
  return Array.from({ length: width }, (_, column) => at(data, row * width + column));
};
