/** Which pictures of a moment lie nearest to one of them. */
import { referenceKernels } from "#mdr/engines/index.js";
import { asEvaluated, type Choices, type Moment, type Neighbour } from "#mdr/play/index.js";
import { together } from "./map.js";

/** Nearest first, by the embeddings as evaluation takes them; none where the picture is not among those of the moment. */
export const nearestTo = (choices: Choices, moment: Moment, picture: number, count: number): readonly Neighbour[] => {
  const pictures = [...moment.probe.pictures, ...moment.unseen.pictures];
  const row = pictures.indexOf(picture);
  if (row < 0) return [];
  const k = referenceKernels;
  const distances = k.map("squareRoot", k.squaredDistances(asEvaluated(choices, together(moment))));
  return pictures
    .map((other, column) => ({ picture: other, distance: distances.data[row * pictures.length + column] as number }))
    .filter((_, column) => column !== row)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count);
};
