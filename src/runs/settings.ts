/**
 * Every setting of a run, in one table made of the fields of all rooms: the config file, the command-line flags, `--help`
 * and the checkpoint read it; each room is handed its own part.
 */
import { z } from "zod";
import { datasetFields } from "../datasets/index.js";
import { evaluationFields } from "../evaluate/index.js";
import { backbones } from "../nn/index.js";
import { type Rule, table, type ValuesOf } from "../settings/index.js";
import { storeFields, vectorFields } from "../store/index.js";
import { planFields, planRules } from "../train/index.js";

const runFields = {
  out: z.string().default("runs/train").describe("folder of the run: checkpoints, metrics.jsonl, results.json"),
  weights: z
    .string()
    .optional()
    .describe(
      "what the network begins with: a file (safetensors, PyTorch's .pth or .pt), a run's folder or checkpoint, or `species`, which lies in the package; where not given, random values",
    ),
};

/** Pictures go to one kind of network, vectors to another. */
const vectorRule: Rule = ({ features, backbone }) => {
  const takesVectors = backbones[backbone as keyof typeof backbones].takes === "vectors";
  if (takesVectors === (features !== "")) return undefined;
  return {
    setting: "backbone",
    what: takesVectors
      ? "takes vectors: give a file of them with {features}"
      : "takes pictures, and {features} are vectors: use linear or two-layer",
  };
};

/** The table of all settings of a run. */
export const runTable = table({ ...datasetFields, ...vectorFields, ...runFields, ...planFields, ...evaluationFields, ...storeFields }, [
  ...planRules,
  vectorRule,
]);

/** All settings of a run. */
export type Settings = ValuesOf<typeof runTable.fields>;
/** Those of registries (losses, backbones, data sets) are known when the program runs. */
export type SettingName = string;

/** The default of every setting, and what each is for. */
export const { defaults, explain } = runTable;

/** Over vectors the network is one linear layer where nobody says another. */
export const parseSettings: typeof runTable.parse = (source, values) =>
  runTable.parse(
    source,
    typeof values.features === "string" && values.features !== "" && values.backbone === undefined
      ? { ...values, backbone: "linear" }
      : values,
  );

/** The name of every setting. */
export const settingNames: readonly SettingName[] = runTable.names;
