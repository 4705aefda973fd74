/** The optimiser's settings and its schedule's. */
import { z } from "zod";
import { positive, type ValuesOf, whole } from "../settings/index.js";
import { stepSchedule } from "./schedule.js";

/** Defaults are those of the generated data, trained from scratch. */
export const optimFields = {
  learningRate: positive().default(4e-3).describe("Adam's learning rate (paper, fine-tuning: 5e-5 and 1e-4)"),
  weightDecay: z.number().min(0).default(1e-5).describe("added to the gradient, levels included"),
  decaySteps: z.array(whole(1)).default([4, 5]).describe("after these epochs the learning rate is multiplied by the decay factor"),
  decayFactor: positive().max(1).default(0.2).describe("what the learning rate is multiplied by after each of the decay steps"),
};

/** Learning rate of an epoch, 1 being the first. */
export const learningRateOf = ({ learningRate, decaySteps, decayFactor }: ValuesOf<typeof optimFields>): ((epoch: number) => number) =>
  stepSchedule(learningRate, decaySteps, decayFactor);
