/** Golden cases: what PyTorch computed for a formula (see golden/generate.py), read from the files shipped beside the library. */
import * as E from "fp-ts/lib/Either.js";
import type * as TE from "fp-ts/lib/TaskEither.js";
import { z } from "zod";
import { type Fault, failed } from "../faults/index.js";
import { type Named, sizeOf, type Tensor } from "../tensor/index.js";

const numbers = z
  .object({ shape: z.array(z.number().int().nonnegative()), data: z.array(z.number()) })
  .refine(({ shape, data }) => sizeOf(shape) === data.length, "data does not fill shape")
  .transform(({ shape, data }): Tensor => ({ shape, data: Float64Array.from(data) }));

const goldenCase = z.object({
  formula: z.string(),
  name: z.string(),
  settings: z.record(z.string(), z.unknown()),
  smooth: z.boolean(),
  inputs: z.record(z.string(), numbers),
  outputs: z.record(z.string(), numbers),
  gradients: z.record(z.string(), numbers),
});

/** A case computed by PyTorch. */
export interface GoldenCase {
  /** The subject it pins. */
  readonly formula: string;
  readonly name: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** False on a kink (a tie, a coincidence), where differences do not apply. */
  readonly smooth: boolean;
  readonly inputs: Named<Tensor>;
  readonly outputs: Named<Tensor>;
  /** Of the sum of value * dy, by the names of the inputs. */
  readonly gradients: Named<Tensor>;
}

/**
 * Where precision decides (an exponential that underflows), a case states PyTorch's own run in one precision in its settings:
 * engines of another are not asked for it, and nobody is held to the reference's float64.
 */
export const precisionOf = ({ settings }: GoldenCase): "float32" | "float64" | undefined =>
  settings.precision === "float32" || settings.precision === "float64" ? settings.precision : undefined;

/** The golden folder is beside `src` in the repository and beside `dist` in the package. */
const addressOf = (file: string): URL => new URL(`../../golden/${file}.json`, import.meta.url);

/** The text at an address, from disk or, in a page, from the server that this module came from. */
const textAt = async (address: URL): Promise<string> => {
  if (address.protocol === "file:") {
    // Not a literal, so that a bundler for the browser does not follow it.
    const name = "node:fs/promises";
    const { readFile } = (await import(/* @vite-ignore */ name)) as typeof import("node:fs/promises");
    return readFile(address, "utf8");
  }
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.text();
};

/** Cases out of a file's text, or where it departs from the format. */
export const parseGoldens = (file: string, text: string): E.Either<Fault, readonly GoldenCase[]> =>
  E.chain((value: unknown) => {
    const parsed = z.object({ cases: z.array(goldenCase) }).safeParse(value);
    return parsed.success
      ? E.right(parsed.data.cases)
      : E.left(failed(`${file}: not a golden file at ${parsed.error.issues[0]?.path.join(".")}: ${parsed.error.issues[0]?.message}`));
  })(
    E.tryCatch(
      () => JSON.parse(text) as unknown,
      (thrown) => failed(`${file}: not JSON (${String(thrown)}); install the package again`),
    ),
  );

const read = async (file: string): Promise<E.Either<Fault, readonly GoldenCase[]>> => {
  const address = addressOf(file);
  const path = decodeURIComponent(address.pathname);
  return textAt(address).then(
    (text) => parseGoldens(path, text),
    (thrown) =>
      E.left(
        failed(`cannot be read (${String(thrown)})`, {
          where: path,
          remedy: "a new loss, head, miner or regularizer has its golden there; the others ship with the package: install it again",
        }),
      ),
  );
};

/** The golden cases of these files, named below golden/ without their ending. */
export const readGoldenFiles =
  (files: readonly string[]): TE.TaskEither<Fault, readonly GoldenCase[]> =>
  async () =>
    E.map((all: readonly (readonly GoldenCase[])[]) => all.flat())(E.sequenceArray(await Promise.all(files.map(read))));
