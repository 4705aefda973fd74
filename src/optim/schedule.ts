/** Learning-rate schedules: pure functions of the epoch, 1 being the first. */

/** rate * factor^(milestones already completed): the paper multiplies by 0.2 after epochs 40, 60 and 80. */
export const stepSchedule =
  (rate: number, milestones: readonly number[], factor: number) =>
  (epoch: number): number =>
    rate * factor ** milestones.filter((milestone) => epoch > milestone).length;

/** Half a cosine from `rate` at epoch 1 to near 0 at `epochs` (Loshchilov and Hutter 2017), after `warmUp` linear epochs. */
export const cosineSchedule =
  (rate: number, epochs: number, warmUp = 0) =>
  (epoch: number): number =>
    epoch <= warmUp
      ? (rate * epoch) / (warmUp + 1)
      : (rate / 2) * (1 + Math.cos((Math.PI * (epoch - 1 - warmUp)) / Math.max(epochs - warmUp, 1)));
