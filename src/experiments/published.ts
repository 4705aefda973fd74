/** Published figures, which nobody knows by heart: they come from a file that the user gives, or are not at hand. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { z } from "zod";
import { type Fault, misused } from "../faults/index.js";
import { parseJson, readText } from "../files/index.js";

const publishedSchema = z.strictObject({
  /** Where they stand: a paper and its table. */
  source: z.string().min(1),
  /** By recipe, data set, row and score: percent, as printed. */
  tables: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.record(z.string(), z.number().min(0).max(100))))),
});

export type Published = Readonly<z.infer<typeof publishedSchema>>;

/** An example of such a file, its figures made up. */
export const publishedExample = '{"source": "..", "tables": {"table1": {"cub200": {"Triplet": {"recall@1": 12.3}}}}}';

export const readPublished = (path: string): E.Either<Fault, Published> =>
  pipe(
    readText(path),
    E.chain((text) => parseJson(path, text)),
    E.chain((value) => {
      const found = publishedSchema.safeParse(value);
      if (found.success) return E.right(found.data);
      const [issue] = found.error.issues;
      return E.left(
        misused(`holds no published figures: "${issue?.path.join(".") ?? ""}": ${issue?.message ?? "not valid"}`, {
          where: path,
          remedy: `write them as ${publishedExample}, in percent`,
        }),
      );
    }),
  );
