/** Safetensors: its one matrix, or the one that is called `embeddings` or `features`; the metadata's `files` is a JSON list of names. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { type Fault, failed } from "../faults/index.js";
import { parseJson } from "../files/index.js";
import { decodeTensors, type TensorFile } from "../weights/index.js";
import type { Matrix, MatrixFormat } from "./matrix.js";

const usualNames = ["embeddings", "features"];

const namesIn = (path: string, { metadata }: TensorFile): readonly string[] | undefined => {
  const listed = metadata.files === undefined ? E.left(undefined) : parseJson(path, metadata.files);
  return E.isRight(listed) && Array.isArray(listed.right) && listed.right.every((name) => typeof name === "string")
    ? listed.right
    : undefined;
};

const matrixIn = (path: string, file: TensorFile): E.Either<Fault, Matrix> => {
  const matrices = Object.entries(file.tensors).filter(([, { shape }]) => shape.length === 2);
  const [, found] = matrices.find(([name]) => usualNames.includes(name)) ?? (matrices.length === 1 ? matrices : [])[0] ?? [];
  if (found === undefined)
    return E.left(
      failed(`holds ${matrices.length} matrices, none of them called ${usualNames.join(" or ")}`, {
        where: path,
        remedy: "give a file of one matrix, a row a picture",
      }),
    );
  const [rows = 0, columns = 0] = found.shape;
  const names = namesIn(path, file);
  const data = found.data instanceof Float64Array ? found.data : Float32Array.from(found.data);
  return E.right({ rows, columns, data, ...(names?.length === rows ? { names } : {}) });
};

export const safetensors: MatrixFormat = {
  about: "a matrix of floats",
  decode: (path, bytes) =>
    pipe(
      decodeTensors(path, bytes),
      E.mapLeft((message) => failed(message)),
      E.chain((file) => matrixIn(path, file)),
    ),
};
