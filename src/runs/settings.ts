/**
 * Every setting of a run, in one table made of the fields of all rooms: the config file, the command-line flags, `--help`
 * and the checkpoint read it; each room is handed its own part.
 */
import { z } from "zod";
import { datasetFields } from "../datasets/index.js";
import { evaluationFields } from "../evaluate/index.js";
import { table, type ValuesOf } from "../settings/index.js";
import { storeFields } from "../store/index.js";
import { planFields, planRules } from "../train/index.js";

const runFields = {
  out: z.string().default("runs/train").describe("folder of the run: checkpoints, metrics.jsonl, results.json"),
};

export const runTable = table({ ...datasetFields, ...runFields, ...planFields, ...evaluationFields, ...storeFields }, planRules);

export type Settings = ValuesOf<typeof runTable.fields>;
/** Those of registries (losses, backbones, data sets) are known when the program runs. */
export type SettingName = string;

export const { defaults, explain, parse: parseSettings } = runTable;
export const settingNames: readonly SettingName[] = runTable.names;
