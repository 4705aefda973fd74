/** The first file in a form's body (multipart/form-data, RFC 7578). Nothing is copied, and a body of a million parts costs no more than its bytes. */
import * as E from "fp-ts/lib/Either.js";
import { misused } from "../faults/index.js";
import { type Problem, problem } from "./problem.js";

/** More parts than a form of ours has, and more bytes of a part's header. */
const mostParts = 16;
const mostHeader = 4096;

const broken = (what: string): E.Either<Problem, never> =>
  E.left(problem(400, misused(`the form ${what}`, { remedy: "send one JPEG or PNG file in it" })));

/** RFC 2046: 1 to 70 characters. */
const boundaryOf = (type: string): string | undefined => {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"\\]{1,70})"|([^\s;"]{1,70}))/i.exec(type) ?? [];
  return quoted ?? plain;
};

const latin = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

/** Whether a part is a file: a form's other fields have no file's name. */
const isFile = (header: string): boolean => /^content-disposition:\s*form-data\b[^\n]*;\s*filename\*?=/im.test(header);

export const pictureInForm = (type: string, body: Uint8Array): E.Either<Problem, Uint8Array> => {
  const boundary = boundaryOf(type);
  if (boundary === undefined) return broken("has no boundary");
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const opening = Buffer.from(`--${boundary}`, "latin1");
  const divider = Buffer.from(`\r\n--${boundary}`, "latin1");
  const first = bytes.indexOf(opening);
  if (first !== 0 && !(first > 0 && bytes.subarray(first - 2, first).equals(Buffer.from("\r\n"))))
    return broken("does not begin with its boundary");
  let at = first + opening.length;
  for (let part = 0; part < mostParts; part++) {
    if (bytes.subarray(at, at + 2).toString("latin1") === "--") return broken("has no file in it");
    const content = bytes.indexOf("\r\n\r\n", at, "latin1");
    if (content < 0 || content - at > mostHeader) return broken("has a part without an end of its header");
    const end = bytes.indexOf(divider, content + 2);
    if (end < 0) return broken("is cut short");
    // An empty part's end is the end of its header.
    if (isFile(latin(bytes.subarray(at, content)))) return E.right(bytes.subarray(Math.min(content + 4, end), end));
    at = end + divider.length;
  }
  return broken("has more parts than a picture needs");
};
