/** Folders of photos without classes, as `mdr embed` and `mdr similar` take them. */
import { join } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { type Fault, failed, listed } from "../faults/index.js";
import { passedOverLines, pictureEndings, type Walked, walkPictures } from "../files/index.js";
import type { Settings } from "../runs/index.js";
import { type NamedSource, type Opened, openFiles } from "../store/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";
import { say } from "./output.js";
import { barOf, type Speech, viewed } from "./session.js";

/** Picture files in a folder and below it; what was passed over is said. */
export const picturesIn = (folder: string, { quiet }: Speech): E.Either<Fault, readonly string[]> =>
  E.chain(({ pictures, passedOver }: Walked): E.Either<Fault, readonly string[]> => {
    const lines = passedOverLines(passedOver);
    if (lines.length > 0 && !quiet) say(`mdr: passed over ${lines.length} in ${folder}:${listed(lines)}`);
    return pictures.length === 0
      ? E.left(failed(`no ${pictureEndings} in it or below it: give a folder of photos`, { where: folder }))
      : E.right(pictures.map((path) => join(folder, path)));
  })(walkPictures(folder));

/** Opens picture files; those that cannot be used are named and left out. */
export const openPhotos = (settings: Settings, files: readonly string[], speech: Speech): TE.TaskEither<Fault, NamedSource & Opened> => {
  const bar = barOf("decoding", speech);
  return pipe(
    openFiles({ ...viewed(settings), cache: "" }, files, { onProgress: ({ done, total }) => bar.update(done, total) }),
    TE.map((photos) => {
      bar.stop();
      if (!speech.quiet) for (const warning of photos.warnings) say(`mdr: ${warning}`);
      return photos;
    }),
  );
};

/** The numbers of one row of a matrix. */
export const rowOf = ({ shape, data }: Tensor, row: number): readonly number[] => {
  const width = axisLength(shape, 1);
  return Array.from({ length: width }, (_, column) => at(data, row * width + column));
};
