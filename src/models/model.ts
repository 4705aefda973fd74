/** A model's file opened: the pictures that it takes, and the vectors that it makes of them. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import * as TE from "fp-ts/lib/TaskEither.js";
import { contentOf, type Fault, failed, listed, misused, reasonOf } from "../faults/index.js";
import { at, axisLength, type Tensor } from "../tensor/index.js";
import type { Look } from "./look.js";
import { readsOtherFiles } from "./outside.js";
import type { Runtime, RuntimeTensor, Session } from "./runtime.js";

/** What a model takes, by the shape of its input. */
export interface Input {
  readonly name: string;
  /** Side of the square, in pixels; undefined where the model leaves it open. */
  readonly side: number | undefined;
  /** Pictures at once; undefined where the model leaves it open. */
  readonly batch: number | undefined;
  /** Whether the colours come before the places: [N, 3, H, W]. */
  readonly colourFirst: boolean;
}

export interface Model {
  readonly input: Input;
  /** Pictures [n, H, W, 3] -> vectors [n, D]. */
  readonly vectors: (images: Tensor) => TE.TaskEither<Fault, Tensor>;
  readonly close: () => Promise<void>;
}

export interface ModelSettings extends Look {
  /** Which of the model's outputs; its first where not given. */
  readonly output?: string | undefined;
}

/** The input of a model for pictures. Left: it has none, or more than one. */
export const inputOf = (path: string, { inputMetadata }: Pick<Session, "inputMetadata">): E.Either<Fault, Input> => {
  const [input, ...more] = inputMetadata;
  const shape = input?.shape ?? [];
  const said = inputMetadata.map(({ name, shape: own = [], type = "" }) => `${name}: ${type} [${own.join(", ")}]`);
  const number = (length: number | string | undefined): number | undefined =>
    typeof length === "number" && length > 0 ? length : undefined;
  const [batch, second, third, fourth] = shape;
  const colourFirst = second === 3;
  const [height, width] = colourFirst ? [third, fourth] : [second, third];
  const isPicture = shape.length === 4 && (colourFirst || fourth === 3) && height === width;
  return input === undefined ||
    more.length > 0 ||
    input.type !== "float32" ||
    !(isPicture || (shape.length === 4 && typeof height === "string"))
    ? E.left(
        failed(`is no model of square pictures in colour: it takes${listed(said)}`, {
          where: path,
          remedy: "give one whose only input is float32 [N, 3, H, W] or [N, H, W, 3]",
        }),
      )
    : E.right({ name: input.name, side: number(height), batch: number(batch), colourFirst });
};

/** [n, H, W, 3] as the model takes it, and as many pictures as it wants at once, black ones after ours. */
const fed = ({ shape, data }: Tensor, { colourFirst, batch }: Input, channels: Look["channels"]) => {
  const [count, height, width] = [axisLength(shape, 0), axisLength(shape, 1), axisLength(shape, 2)];
  const places = height * width;
  const total = batch ?? count;
  const values = new Float32Array(total * places * 3);
  for (let image = 0; image < count; image++)
    for (let place = 0; place < places; place++)
      for (let channel = 0; channel < 3; channel++) {
        const source = (image * places + place) * 3 + (channels === "bgr" ? 2 - channel : channel);
        values[colourFirst ? (image * 3 + channel) * places + place : (image * places + place) * 3 + channel] = at(data, source);
      }
  return { values, dims: colourFirst ? [total, 3, height, width] : [total, height, width, 3] };
};

/** [N, D] as it is; of maps the mean over their places; of a row of tokens [N, T, D] the first, which stands for the picture. */
export const pooled = (path: string, { dims, data }: RuntimeTensor, count: number, colourFirst: boolean): E.Either<Fault, Tensor> => {
  if (!(data instanceof Float32Array)) return E.left(failed("its output is of other numbers than float32", { where: path }));
  const [batch = 0, second = 1, third = 1, fourth = 1] = dims;
  if (batch < count || dims.length < 2 || dims.length > 4)
    return E.left(
      failed(`its output is [${dims.join(", ")}], which is no vector a picture`, { where: path, remedy: "choose another with {output}" }),
    );
  const isMap = dims.length === 4;
  const width = dims.length === 3 ? third : isMap && !colourFirst ? fourth : second;
  const places = isMap ? (second * third * fourth) / width : 1;
  const vectors = new Float64Array(count * width);
  const each = second * third * fourth;
  for (let image = 0; image < count; image++)
    for (let column = 0; column < width; column++) {
      let sum = 0;
      for (let place = 0; place < places; place++)
        sum += data[image * each + (isMap && colourFirst ? column * places + place : place * width + column)] as number;
      vectors[image * width + column] = sum / places;
    }
  return E.right({ shape: [count, width], data: vectors });
};

const outputOf = (path: string, { outputNames }: Session, wish: string | undefined): E.Either<Fault, string> => {
  const name = wish ?? outputNames[0];
  return name !== undefined && outputNames.includes(name)
    ? E.right(name)
    : E.left(misused(`has no output called ${wish}: it has${listed(outputNames)}`, { where: path }));
};

const inOneFile = (path: string, bytes: Uint8Array): E.Either<Fault, void> =>
  readsOtherFiles(bytes)
    ? E.left(
        failed("keeps numbers in other files, or graphs within graphs without end: such a model is not opened", {
          where: path,
          remedy: "save it as one file",
        }),
      )
    : E.right(undefined);

/** Models have no magic bytes; what has those of something else is none. */
const noOtherFile = (path: string, bytes: Uint8Array): E.Either<Fault, void> => {
  const content = contentOf(bytes);
  return content === undefined
    ? E.right(undefined)
    : E.left(failed(`is ${content} by its content, and no ONNX model`, { where: path, remedy: "give the file of a network in ONNX" }));
};

/** Opens a model of pictures from the bytes of its file, which faults call `path`. */
export const openModel = (runtime: Runtime, path: string, bytes: Uint8Array, settings: ModelSettings): TE.TaskEither<Fault, Model> =>
  pipe(
    TE.fromEither(noOtherFile(path, bytes)),
    TE.chainEitherK(() => inOneFile(path, bytes)),
    TE.chain(() =>
      TE.tryCatch(
        () => runtime.InferenceSession.create(bytes),
        (thrown) => failed(`${runtime.name} cannot open it: ${reasonOf(thrown).split("\n")[0]}`, { where: path }),
      ),
    ),
    TE.bindTo("session"),
    TE.bind("input", ({ session }) => TE.fromEither(inputOf(path, session))),
    TE.bind("output", ({ session }) => TE.fromEither(outputOf(path, session, settings.output))),
    TE.map(({ session, input, output }): Model => {
      const vectors = (images: Tensor): TE.TaskEither<Fault, Tensor> => {
        const { values, dims } = fed(images, input, settings.channels);
        return pipe(
          TE.tryCatch(
            () => session.run({ [input.name]: new runtime.Tensor("float32", values, dims) }),
            (thrown) => failed(`${runtime.name} cannot run it: ${reasonOf(thrown).split("\n")[0]}`, { where: path }),
          ),
          TE.chainEitherK((results) => {
            const made = results[output];
            return made === undefined
              ? E.left(failed(`gave no output called ${output}`, { where: path }))
              : pooled(path, made, axisLength(images.shape, 0), input.colourFirst);
          }),
        );
      };
      return { input, vectors, close: () => session.release() };
    }),
  );
