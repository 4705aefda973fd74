/** What has been seen of a run: moments from its beginning on, thinned as they become many. */

/** What thinning looks at. */
export interface Stamped {
  readonly step: number;
  /** There where an epoch was scored, which is rare and never thinned. */
  readonly recall?: unknown;
}

/** As many moments of a run are kept, scored ones not counted. */
export const mostMoments = 240;

/** Without the one that is missed least: of those that are not scored, the one between the nearest two. The first and the last stay. */
const thinned = <M extends Stamped>(moments: readonly M[]): readonly M[] => {
  const plain = moments.filter(({ recall }) => recall === undefined);
  let least: M | undefined;
  let nearest = Number.POSITIVE_INFINITY;
  for (let index = 1; index < plain.length - 1; index++) {
    const gap = (plain[index + 1]?.step ?? 0) - (plain[index - 1]?.step ?? 0);
    if (gap < nearest) [nearest, least] = [gap, plain[index]];
  }
  return moments.filter((moment) => moment !== least);
};

/**
 * The history with a moment more. A moment of a step that has been there replaces it and all that came after: the run was rewound
 * and goes on from here.
 */
export const remembered = <M extends Stamped>(before: readonly M[], moment: M, most: number = mostMoments): readonly M[] => {
  const earlier = before.filter(({ step }) => step < moment.step);
  const all = [...earlier, moment];
  return all.filter(({ recall }) => recall === undefined).length > most ? thinned(all) : all;
};

/** The moment at a step, or the last before it; the first where there is none before. */
export const momentAt = <M extends Stamped>(moments: readonly M[], step: number): M | undefined =>
  moments.findLast((moment) => moment.step <= step) ?? moments[0];
