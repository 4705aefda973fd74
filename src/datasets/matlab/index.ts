/**
 * A small strict reader of MATLAB files, version 5 to 7 (what `save` writes unless told otherwise): numbers, text, cells and structs, plain or
 * compressed, of either byte order. Format: "MAT-File Format", MathWorks. Anything else is refused by its name, and no file costs more
 * than what it may hold.
 */
import { Unzlib } from "fflate";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, failed, reasonOf } from "../../faults/index.js";
import { type Element, elementAt, type Source } from "./element.js";
import { matrixOf } from "./matrix.js";
import type { MatValue } from "./value.js";

export * from "./value.js";

const headerBytes = 128;

/** The lists that are handed out have less than 1 MB. */
export const mostMatBytes = 1 << 24;
/** Most bytes of all elements together once they are inflated; those of Cars-196 have 7 MB. */
const mostInflated = 1 << 24;
/** Compressed bytes that are inflated at a time, so that little comes out beyond the limit. */
const piece = 1 << 12;

const resave = 'save it anew in MATLAB with save(..., "-v7"), or with scipy.io.savemat';

const latin = new TextDecoder("latin1");

/** The file behind its header, with its byte order. Left: it is of no kind that is read. */
const contentOf = (bytes: Uint8Array, where: string): E.Either<Fault, Source> => {
  const text = latin.decode(bytes.subarray(0, 20));
  if (text.startsWith("\u0089HDF") || text.startsWith("MATLAB 7.3"))
    return E.left(failed("is a MATLAB file of version 7.3 (HDF5), which is not read", { where, remedy: resave }));
  const order = latin.decode(bytes.subarray(126, headerBytes));
  if (bytes.length < headerBytes || (order !== "IM" && order !== "MI"))
    return E.left(failed("is no MATLAB file of version 5 to 7", { where, remedy: resave }));
  return E.right({ bytes: bytes.subarray(headerBytes), littleEndian: order === "IM" });
};

/** The element within a compressed one, of at most `most` bytes. */
const inflated = ({ bytes, littleEndian }: Element, most: number): E.Either<string, Source> => {
  const parts: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  const inflater = new Unzlib((part, final) => {
    parts.push(part);
    length += part.length;
    ended ||= final;
  });
  const failure = E.tryCatch(() => {
    for (let at = 0; at < bytes.length && length <= most; at += piece)
      inflater.push(bytes.subarray(at, at + piece), at + piece >= bytes.length);
  }, reasonOf);
  if (E.isLeft(failure)) return E.left(`a compressed element that is damaged (${failure.left})`);
  if (length > most) return E.left(`compressed elements of more than ${mostInflated >> 20} MiB`);
  return ended ? E.right({ bytes: Buffer.concat(parts), littleEndian }) : E.left("a compressed element that is cut off");
};

/** The variables of a MATLAB file by their names. Errors: no such file, a version or a class that is not read, a damaged file. */
export const matVariables = (bytes: Uint8Array, where: string): E.Either<Fault, ReadonlyMap<string, MatValue>> => {
  const damaged = (at: number) => (what: string) =>
    failed(`has ${what} (at byte ${headerBytes + at})`, { where, remedy: "fetch the file again" });
  return E.chain((content: Source): E.Either<Fault, ReadonlyMap<string, MatValue>> => {
    const variables = new Map<string, MatValue>();
    let room = mostInflated;
    for (let at = 0; at < content.bytes.length; ) {
      const outer = elementAt(content, at);
      if (E.isLeft(outer)) return E.left(damaged(at)(outer.left));
      const source = outer.right.type === "compressed" ? inflated(outer.right, room) : E.right(undefined);
      if (E.isLeft(source)) return E.left(damaged(at)(source.left));
      room -= source.right?.bytes.length ?? 0;
      const element = source.right === undefined ? outer : elementAt(source.right, 0);
      const variable = E.chain((one: Element) => matrixOf(one))(element);
      if (E.isLeft(variable)) return E.left(damaged(at)(variable.left));
      const { name, value } = variable.right;
      variables.set(name, value);
      at = outer.right.next;
    }
    return E.right(variables);
  })(contentOf(bytes, where));
};
