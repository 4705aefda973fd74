/** All subjects, and the golden files that hold their cases. */
import type * as TE from "fp-ts/lib/TaskEither.js";
import type { Fault } from "../faults/index.js";
import { type GoldenCase, readGoldenFiles } from "./golden.js";
import { layerSubjects } from "./layers.js";
import { metricSubjects } from "./metric.js";
import { optimiserSubjects } from "./optimisers.js";
import { registryGoldens, registrySubjects } from "./registry.js";
import type { Subject } from "./subject.js";
import { trainingSubject } from "./training.js";

export const subjects: readonly Subject[] = [
  ...metricSubjects,
  ...registrySubjects,
  ...layerSubjects,
  ...optimiserSubjects,
  trainingSubject,
];

/** Below golden/, without their ending. */
export const goldenFiles: readonly string[] = ["layers", "metric", "optimisers", "training", ...registryGoldens];

/** Every golden case of the package. */
export const readGoldens: TE.TaskEither<Fault, readonly GoldenCase[]> = readGoldenFiles(goldenFiles);
