/** The choice of an exporter: by the ending of the file's name. */
import { extname } from "node:path";
import * as E from "fp-ts/lib/Either.js";
import { type Fault, misused } from "../faults/index.js";
import type { Exporter } from "./exporter.js";
import * as registered from "./formats/index.js";

/** By the ending of their files, with its dot. */
export const exporters: Readonly<Record<string, Exporter>> = Object.fromEntries(
  Object.entries(registered).map(([name, exporter]) => [`.${name}`, exporter]),
);

/** `.a, .b or .c` */
export const endings: string = Object.keys(exporters)
  .join(", ")
  .replace(/, ([^,]*)$/, " or $1");

/** The exporter whose files end as this path does. */
export const exporterFor = (path: string): E.Either<Fault, Exporter> =>
  E.fromNullable(misused(`its name must end in ${endings}`, { where: path }))(exporters[extname(path).toLowerCase()]);
