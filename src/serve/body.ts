/** A request's body, read piece by piece within a bound of bytes and of time; and the picture in it. */
import * as E from "fp-ts/lib/Either.js";
import { misused } from "../faults/index.js";
import { pictureInForm } from "./multipart.js";
import { type Problem, problem } from "./problem.js";

const tooLong = (most: number): Problem => ({
  ...problem(
    413,
    misused(`the upload has more than ${most / 2 ** 20} MiB`, { remedy: "make the picture smaller, or allow more with {maxUpload}" }),
  ),
  // What is left of the body is not waited for.
  headers: { Connection: "close" },
});

const tooSlow: Problem = {
  ...problem(408, misused("the upload did not come to its end in time", { remedy: "send it again" })),
  headers: { Connection: "close" },
};

const cutShort: Problem = problem(400, misused("the upload was cut short", { remedy: "send it again" }));

const joined = (pieces: readonly Uint8Array[], length: number): Uint8Array => {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
};

/** At most `most` bytes, within `milliseconds`. What goes on coming after that is not kept. */
export const readBody = async (request: Request, most: number, milliseconds: number): Promise<E.Either<Problem, Uint8Array>> => {
  const stated = request.headers.get("content-length");
  if (stated !== null && Number(stated) > most) return E.left(tooLong(most));
  const reader = request.body?.getReader();
  if (reader === undefined) return E.right(new Uint8Array());
  const pieces: Uint8Array[] = [];
  let length = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), milliseconds);
  });
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), late]);
      if (next === "late") return E.left(tooSlow);
      if (next.done) return E.right(joined(pieces, length));
      if (!(next.value instanceof Uint8Array)) return E.left(cutShort);
      length += next.value.length;
      if (length > most) return E.left(tooLong(most));
      pieces.push(next.value);
    }
  } catch {
    return E.left(cutShort);
  } finally {
    clearTimeout(timer);
  }
};

/** The picture in a body, by the type that the client says it has: the file as it is, or the one file of a form. */
export const pictureIn = (type: string, body: Uint8Array): E.Either<Problem, Uint8Array> => {
  const media = (type.split(";")[0] ?? "").trim().toLowerCase();
  const found = media === "multipart/form-data" ? pictureInForm(type, body) : E.right(body);
  if (!/^(?:|image\/[\w.+-]+|application\/octet-stream|multipart\/form-data)$/.test(media))
    return E.left(
      problem(415, misused("the body is no picture", { remedy: "send a JPEG or PNG file, as it is or as the file of a form" })),
    );
  return E.chain((bytes: Uint8Array) =>
    bytes.length === 0
      ? E.left(problem(400, misused("there is no picture in the request", { remedy: "send a JPEG or PNG file as its body" })))
      : E.right(bytes),
  )(found);
};
