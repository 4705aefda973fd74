/**
 * Every setting of a run, in one table: its name, what is allowed, its default and its explanation. The config file,
 * the command-line flags, `--help` and the checkpoint all read this table.
 */
import { closest, distance } from "fastest-levenshtein";
import * as E from "fp-ts/lib/Either.js";
import { z } from "zod";
import { type Fault, misused } from "../faults/index.js";

const whole = (minimum: number) => z.int().min(minimum);
const share = () => z.number().min(0).max(1);
const positive = () => z.number().positive();

/** Defaults are those of the generated data, trained from scratch; the paper's are named where they differ. */
export const fields = {
  data: z.string().default("data/generated").describe("folder of class folders: root/class/*.jpg|jpeg|png"),
  out: z.string().default("runs/train").describe("folder of the run: checkpoints, metrics.jsonl, results.json"),
  method: z.enum(["triplet", "triplet-l2", "triplet-mdr"]).default("triplet-mdr").describe("what is trained (paper, Table 1)"),
  variant: z.enum(["paper", "official"]).default("paper").describe("formulas of the paper, or of the authors' code number for number"),
  miner: z
    .enum(["distance-weighted", "random", "hardest", "semi-hard", "all"])
    .default("distance-weighted")
    .describe("which negative each (anchor, positive) gets; all: every one"),
  lambda: z.number().min(0).default(0.1).describe("weight of the regularizer (paper: 0.1 to 0.6)"),
  nu: z.number().min(0).default(0.01).describe("level decay, times the sum of the squared levels"),
  gamma: z.number().min(0).lt(1).default(0.9).describe("momentum of the distance statistics"),
  margin: z.number().min(0).default(0.2).describe("margin of the triplet loss"),
  levels: z.array(z.number()).min(1).default([-3, 0, 3]).describe("initial levels, in deviations from the mean distance"),
  embedding: whole(1).default(64).describe("numbers in an embedding (paper: 512)"),
  width: whole(1).default(16).describe("channels of the network's first stage; each later stage has twice as many"),
  depth: whole(0).default(1).describe("residual blocks of each stage"),
  imageSize: whole(8).default(64).describe("side of the network's input, in pixels (paper: 224)"),
  batchNorm: z
    .enum(["train", "frozen"])
    .default("train")
    .describe("use and update batch statistics, or keep the running ones (paper: frozen)"),
  batch: whole(2).default(64).describe("images of a batch (paper: 512 and 768)"),
  perClass: whole(2).default(4).describe("images of one class in a batch (paper: 3 and 4)"),
  epochs: whole(1).default(6).describe("epochs; each ends with an evaluation and a checkpoint (paper: 100)"),
  iterations: whole(1).default(30).describe("steps of an epoch (paper: 100)"),
  learningRate: positive().default(4e-3).describe("Adam's learning rate (paper, fine-tuning: 5e-5 and 1e-4)"),
  weightDecay: z.number().min(0).default(1e-5).describe("added to the gradient, levels included"),
  decaySteps: z.array(whole(1)).default([4, 5]).describe("after these epochs the learning rate is multiplied by --decay-factor"),
  decayFactor: positive().max(1).default(0.2).describe("see --decay-steps"),
  minArea: positive().max(1).default(0.4).describe("smallest share of the picture that a random crop keeps (paper: 0.16)"),
  trainShare: share().default(0.5).describe("share of the classes, in name order, that train; the others are never seen and test"),
  recall: z.array(whole(1)).min(1).default([1, 2, 4, 8]).describe("K of Recall@K"),
  seed: z.int().min(0).max(0xffffffff).default(1).describe("one seed gives one run, bit for bit, on one engine"),
  cache: z.string().default("").describe("folder of the packed decoded pictures; empty: beside the data"),
  engine: z.enum(["auto", "reference", "gpu", "wasm"]).default("auto").describe("where the arithmetic runs"),
  stepsPerPlan: whole(1).default(1).describe("steps that the gpu engine runs as one plan; the same numbers, fewer trips to the device"),
  gpuMode: z.enum(["auto", "webgpu", "headlessgl", "webasm", "cpu"]).default("auto").describe("backend of the gpu engine"),
} as const;

const schema = z.strictObject(fields).superRefine((settings, context) => {
  if (settings.perClass > settings.batch)
    context.addIssue({ code: "custom", path: ["perClass"], message: `is ${settings.perClass}, more than the batch of ${settings.batch}` });
});

export type Settings = Readonly<z.infer<typeof schema>>;
export type SettingName = keyof typeof fields;

export const settingNames = Object.keys(fields) as readonly SettingName[];

export const defaults: Settings = schema.parse({});

/** The nearest of the known names, where it is near enough to be a typing mistake. */
export const suggestion = (unknown: string, known: readonly string[]): string => {
  const nearest = closest(unknown, known as string[]);
  return distance(unknown.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, unknown.length / 3)
    ? `did you mean "${nearest}"?`
    : `known: ${known.join(", ")}`;
};

/** Settings from outside values (a JSON file, flags): unset names take their default. `source` names them in errors. */
export const parseSettings = (source: string, values: Readonly<Record<string, unknown>>): E.Either<Fault, Settings> => {
  const parsed = schema.safeParse(values);
  if (parsed.success) return E.right(parsed.data);
  const [issue] = parsed.error.issues;
  if (issue === undefined) return E.left(misused(`${source}: not valid settings`));
  if (issue.code === "unrecognized_keys") {
    const key = String(issue.keys[0]);
    return E.left(misused(`${source}: unknown setting "${key}"; ${suggestion(key, settingNames)}`));
  }
  const name = String(issue.path[0] ?? "");
  const given = JSON.stringify(values[name]);
  return E.left(misused(`${source}: "${name}" = ${given}: ${issue.message}${name in fields ? ` (${explain(name as SettingName)})` : ""}`));
};

/** What a setting is for, as `--help` says it. */
export const explain = (name: SettingName): string => fields[name].description ?? "";

/** The JSON text of a config file as plain values; anything but one object is an error that names the file. */
export const parseConfig = (file: string, text: string): E.Either<Fault, Readonly<Record<string, unknown>>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? E.right(value as Readonly<Record<string, unknown>>)
      : E.left(misused(`${file}: must hold one JSON object of settings, such as {"epochs": 10}`));
  } catch (error) {
    return E.left(misused(`${file}: not JSON: ${(error as Error).message}`));
  }
};
