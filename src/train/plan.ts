/** A run's plan out of its settings: each part of the settings goes to the room that states it. */
import * as E from "fp-ts/lib/Either.js";
import { z } from "zod";
import { type Engine, engineFields } from "../engines/index.js";
import { type Fault, misused } from "../faults/index.js";
import { heads } from "../metric/index.js";
import { backboneFields, backbones, type Layer, mostParameters, parameterCount, whitened } from "../nn/index.js";
import { learningRateOf, optimFields, usualAdam } from "../optim/index.js";
import { pictureFields } from "../pictures/browser.js";
import { partOf, type Rule, table, type ValuesOf, whole } from "../settings/index.js";
import type { Named, Shape, Tensor } from "../tensor/index.js";
import { choicesOf, isOfClasses, objectiveOf, type RecipeSettings, recipeFields } from "./recipe.js";
import type { Plan } from "./run.js";
import { largestPart, type Traceable, unsplittable } from "./split.js";
import { firstCarried, type StepSettings, trainingStep } from "./step.js";

/** A batch where nobody says another; data that do not fill it are given a smaller one. */
const usualBatch = { batch: 64, perClass: 4 } as const;

/** Defaults are those of the generated data, trained from scratch; the paper's are named where they differ. */
export const trainFields = {
  batchNorm: z
    .enum(["train", "frozen"])
    .default("train")
    .describe("use and update batch statistics, or keep the running ones (paper: frozen)"),
  whitening: z
    .enum(["off", "on"])
    .default("off")
    .describe("in evaluation, make all directions of the embedding count alike and its length 1, by statistics that training keeps"),
  batch: whole(2, 65_536)
    .optional()
    .describe(`images of a batch; where not given ${usualBatch.batch}, or as many as the classes fill (paper: 128 and 256)`),
  microBatch: z
    .union([z.literal("auto"), whole(0, 65_536)])
    .default(0)
    .describe("images that go through the network at once, the same gradient in less memory; 0: all of them, auto: as many as fit"),
  perClass: whole(2, 65_536)
    .optional()
    .describe(`most images of one class in a batch; where not given ${usualBatch.perClass}, or as suits the batch (paper: 4 and 3)`),
  epochs: whole(1, 1e6).default(6).describe("epochs; each ends with an evaluation and a checkpoint (paper: 100)"),
  iterations: whole(1, 1e6).default(30).describe("steps of an epoch (paper: 100)"),
  trainScores: whole(0, 1e6)
    .default(0)
    .describe("about as many training pictures, of whole classes, have their Recall@1 among each other told after each epoch; 0: none"),
  seed: z.int().min(0).max(0xffffffff).default(1).describe("one seed gives one run, bit for bit, on one engine"),
};

/** All that a run computes by; where its pictures come from and where it is written are other rooms' settings. */
export const planFields = { ...recipeFields, ...backboneFields, ...pictureFields, ...trainFields, ...optimFields, ...engineFields };

/** A class cannot fill more than the batch. */
const batchRule: Rule = ({ perClass, batch = usualBatch.batch }) =>
  Number(perClass) > Number(batch) ? { setting: "perClass", what: `is ${perClass}, more than the batch of ${batch}` } : undefined;

/** Whitening goes by what training keeps of its batches. */
const whiteningRule: Rule = ({ whitening, batchNorm }) =>
  whitening === "on" && batchNorm === "frozen"
    ? { setting: "whitening", what: "is on, and with {batchNorm} frozen training keeps no statistics to whiten by" }
    : undefined;

/** What settings of training must be together. */
export const planRules: readonly Rule[] = [batchRule, whiteningRule];

/** The same as a table, for whoever has no folder to write to: a page, a test. */
export const planTable = table(planFields, planRules);

/** The settings of training that know no file. */
export type PlanSettings = ValuesOf<typeof planFields>;

/** The batch of these settings, and which of its two numbers nobody gave. A batch given smaller than the usual share of a class is of two. */
export const batchOf = (settings: Pick<PlanSettings, "batch" | "perClass">) => {
  const { batch = usualBatch.batch } = settings;
  const { perClass = batch > usualBatch.perClass ? usualBatch.perClass : Math.max(2, Math.floor(batch / 2)) } = settings;
  const open = (["batch", "perClass"] as const).filter((name) => settings[name] === undefined);
  return { batch, perClass, open };
};

/** Shape of what the network takes of one example: [H, W, C] of a picture, [D] of a vector. */
export const exampleOf = ({ backbone, imageSize, ...settings }: PlanSettings): Shape => {
  const { takes, inputs } = backbones[backbone];
  return takes === "vectors" ? [Number(settings.featureWidth ?? 1)] : [imageSize, imageSize, inputs];
};

/** The network, or why it cannot take pictures of this size. */
export const networkOf = (settings: PlanSettings): E.Either<Fault, Layer> => {
  const { build } = backbones[settings.backbone];
  const bare = build(settings);
  const network = settings.whitening === "on" ? whitened(bare, settings.embedding) : bare;
  const count = parameterCount(network);
  if (count > mostParameters)
    return E.left(
      misused(`it has ${count} numbers to learn; the limit is ${mostParameters}`, {
        where: "the network",
        remedy: "use a smaller {width} or {depth}",
      }),
    );
  const output = network.outputShape([batchOf(settings).batch, ...exampleOf(settings)]);
  return E.isLeft(output) ? E.left(misused(output.left.message, { where: `"imageSize" = ${settings.imageSize}` })) : E.right(network);
};

/** What evaluation makes of the network's output. */
export const evaluationHead = (settings: RecipeSettings) => heads[choicesOf(settings).head].evaluate;

/** Settings of one step of this network, and of this many training classes where the loss asks. */
export const stepOf = (settings: PlanSettings, network: Layer, classes?: number): StepSettings => ({
  network,
  objective: objectiveOf(settings, classes === undefined ? undefined : { count: classes, embedding: settings.embedding }),
  adam: { ...usualAdam, weightDecay: settings.weightDecay },
  mode: settings.batchNorm,
  images: [batchOf(settings).batch, ...exampleOf(settings)],
});

/**
 * How many pictures go through the network at once, undefined for the whole batch. `auto` halves the batch until the engine
 * has the memory; an engine that cannot say takes the whole.
 */
export const microBatchOf = <T>(
  engine: Engine<T>,
  step: StepSettings,
  wish: PlanSettings["microBatch"],
): E.Either<Fault, number | undefined> => {
  const [count = 0] = step.images;
  if (wish !== "auto") return E.right(wish === 0 || wish >= count ? undefined : wish);
  const { measure } = engine;
  if (measure === undefined) return E.right(undefined);
  const fits = ({ shapes, program }: Traceable): boolean => {
    const measured = measure(shapes, program);
    return E.isRight(measured) && measured.right.needed <= measured.right.available;
  };
  if (fits(trainingStep(step))) return E.right(undefined);
  const refused = unsplittable(step);
  if (refused !== undefined) return E.left(refused);
  const halves = Array.from({ length: Math.ceil(Math.log2(count)) }, (_, index) => Math.ceil(count / 2 ** (index + 1)));
  const micro = halves.find((size) => fits(largestPart(step, size)));
  return micro === undefined
    ? E.left(misused("not even one picture fits into the engine's memory: use a smaller {imageSize} or network"))
    : E.right(micro);
};

/** The plan of these settings on an engine. `classes` is how many train: a loss with a parameter a class is refused without. */
export const planOf = <T>(engine: Engine<T>, settings: PlanSettings, classes?: number): E.Either<Fault, Plan> =>
  E.chain((network: Layer): E.Either<Fault, Plan> => {
    if (classes === undefined && isOfClasses(settings))
      return E.left(
        misused("it has a vector for each training class: say how many there are", { where: `{loss} ${choicesOf(settings).loss}` }),
      );
    const step = stepOf(settings, network, classes);
    return E.map(
      (microBatch: number | undefined): Plan => ({
        ...step,
        head: evaluationHead(settings),
        seed: settings.seed,
        epochs: settings.epochs,
        iterations: settings.iterations,
        learningRate: learningRateOf(partOf(optimFields, settings)),
        stepsPerPlan: settings.stepsPerPlan,
        trainScores: settings.trainScores,
        microBatch,
      }),
    )(microBatchOf(engine, step, settings.microBatch));
  })(networkOf(settings));

/** First values of everything that a step carries. They depend on seed and sizes alone: every recipe begins alike. */
export const firstValues = (settings: PlanSettings, plan: Pick<StepSettings, "network" | "objective">): Named<Tensor> =>
  firstCarried(plan, settings.seed);

/** The same before there is a plan, for whoever only embeds with them: the network's do not depend on how many classes there are. */
export const untrained = (settings: PlanSettings): E.Either<Fault, Named<Tensor>> =>
  E.map((network: Layer) => firstValues(settings, stepOf(settings, network, 1)))(networkOf(settings));
