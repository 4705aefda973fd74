/** Losses, one a file, each with its own settings and gradient. A loss is added here by one line. */
import { triplet } from "./triplet.js";

export type { FieldsOf, Loss, LossContext } from "./loss.js";
export { allTripletsLoss, officialEpsilon, type TripletSettings, tripletLoss } from "./triplet.js";

export const losses = { triplet } as const;

export type LossName = keyof typeof losses;
