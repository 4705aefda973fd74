/** The point that is looked around: the mean of what shall be near, pushed away from what shall not. */

const meanOf = (vectors: readonly Float32Array[], width: number): Float64Array => {
  const mean = new Float64Array(width);
  for (const vector of vectors) for (let column = 0; column < width; column++) mean[column] = (mean[column] ?? 0) + (vector[column] ?? 0);
  return mean.map((sum) => sum / vectors.length);
};

/** How far it is pushed, as a share of the way from what shall not be near. */
export const pushed = 0.5;

/**
 * likes, unlikes: [D] each, one like or more. m(likes) + (m(likes) - m(unlikes)) / 2, m being the mean; m(likes) without unlikes. So
 * Rocchio's feedback (1971) in the embedding's space: distances from the point are distances like any other.
 */
export const aimOf = (likes: readonly Float32Array[], unlikes: readonly Float32Array[] = []): Float32Array => {
  const width = likes[0]?.length ?? 0;
  if (likes.length === 1 && unlikes.length === 0) return likes[0] ?? new Float32Array(0);
  const near = meanOf(likes, width);
  const far = unlikes.length === 0 ? near : meanOf(unlikes, width);
  return Float32Array.from(near, (value, column) => value + pushed * (value - (far[column] ?? 0)));
};
