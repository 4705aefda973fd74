/** What a run's settings mean to the network, the objective and the optimiser. */
import * as E from "fp-ts/lib/Either.js";
import { type Fault, misused } from "../faults/index.js";
import { compactBackbone, initialise, type Layer } from "../nn/index.js";
import { stepSchedule, usualAdam } from "../optim/index.js";
import { type Named, type Tensor, vector } from "../tensor/index.js";
import type { Settings } from "./settings.js";
import { firstCarried, type StepSettings } from "./step.js";

/** The network, or why it cannot take pictures of this size. */
export const buildNetwork = (settings: Settings): E.Either<Fault, Layer> => {
  const network = compactBackbone({ inputs: 3, width: settings.width, depth: settings.depth, embedding: settings.embedding });
  const output = network.outputShape([settings.batch, settings.imageSize, settings.imageSize, 3]);
  return E.isLeft(output) ? E.left(misused(`"imageSize" = ${settings.imageSize}: ${output.left.message}`)) : E.right(network);
};

export const stepSettings = (settings: Settings, network: Layer): StepSettings => ({
  network,
  objective: {
    method: settings.method,
    variant: settings.variant,
    lambda: settings.lambda,
    nu: settings.nu,
    gamma: settings.gamma,
    margin: settings.margin,
    miner: settings.miner,
  },
  adam: { ...usualAdam, weightDecay: settings.weightDecay },
  mode: settings.batchNorm,
  images: [settings.batch, settings.imageSize, settings.imageSize, 3],
  levels: settings.levels.length,
});

/** Learning rate of an epoch, 1 being the first. */
export const learningRateAt = ({ learningRate, decaySteps, decayFactor }: Settings, epoch: number): number =>
  stepSchedule(learningRate, decaySteps, decayFactor)(epoch);

/** First values of everything that a step carries. They depend on seed and sizes alone: every method begins alike. */
export const initialTensors = (settings: Settings, network: Layer): Named<Tensor> =>
  firstCarried(
    stepSettings(settings, network),
    initialise(network.parameters, settings.seed),
    initialise(network.state, settings.seed),
    vector(settings.levels),
  );
