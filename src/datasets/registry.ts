/** The kinds of data set, and the settings that choose and describe one. */
import * as E from "fp-ts/lib/Either.js";
import { pipe } from "fp-ts/lib/function.js";
import { z } from "zod";
import type { Fault } from "../faults/index.js";
import { fieldsOf, oneOf } from "../settings/index.js";
import type { DatasetKind, Description } from "./description.js";
import * as datasetsByName from "./kinds/index.js";
import { heldOutWhere } from "./validation.js";

/** The name of a kind of data set. */
export type DatasetName = keyof typeof datasetsByName;

/** Every kind of data set, by its name. */
export const datasets: Readonly<Record<DatasetName, DatasetKind>> = datasetsByName;

/** The settings that choose a data set, those of every kind among them. */
export const datasetFields = {
  data: z.string().default("data/generated").describe("folder of the data set; of class folders: root/class/*.jpg"),
  dataset: oneOf(datasets).default("folders").describe("how the folder is laid out"),
  validate: z
    .boolean()
    .default(false)
    .describe(
      "hold out the last fifth of the training classes and evaluate on them, so that the best epoch is chosen without the test set",
    ),
  ...fieldsOf(datasets),
} as const;

/** Which data set, of which kind, and whether classes are held out of it. */
export interface DatasetChoice {
  readonly data: string;
  readonly dataset: DatasetName;
  readonly validate?: boolean;
}

/** The description of the data set that the settings name. */
export const describeDataset = (settings: DatasetChoice & Readonly<Record<string, unknown>>): E.Either<Fault, Description> =>
  pipe(datasets[settings.dataset].describe(settings.data, settings), E.chain(heldOutWhere(settings)));
