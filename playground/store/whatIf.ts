/** What would be if a level or an embedding were elsewhere: a visitor's changes over whatever moment is shown. */
import type { Changed, Moment } from "#mdr/play/index.js";
import { type Tensor, unsafeTensor } from "#mdr/tensor/index.js";

/** Levels by their places, and one probe picture's embedding, [D]. */
export interface WhatIf {
  readonly levels: Readonly<Record<number, number>>;
  readonly dragged?: { readonly row: number; readonly embedding: readonly number[] };
}

/** Nothing is changed. */
export const asItIs: WhatIf = { levels: {} };

/** Whether something is changed. */
export const isChanged = ({ levels, dragged }: WhatIf): boolean => dragged !== undefined || Object.keys(levels).length > 0;

/** The levels of a moment, [K]; none where nothing regularizes by levels. */
export const levelsOf = ({ objective }: Moment): readonly number[] => Array.from(objective.parameters["regularizer.levels"]?.data ?? []);

/** The moment's levels with the changed ones in their places. */
export const changedLevels = (moment: Moment, { levels }: WhatIf): readonly number[] =>
  levelsOf(moment).map((level, index) => levels[index] ?? level);

const withRow = ({ shape, data }: Tensor, row: number, values: readonly number[]): Tensor => {
  const copied = Float64Array.from(data);
  copied.set(values, row * values.length);
  return unsafeTensor(shape, copied);
};

/** The same for the formulas. A dragged row of another size belongs to another run and changes nothing. */
export const changedOf = (moment: Moment, whatIf: WhatIf): Changed | undefined => {
  if (!isChanged(whatIf)) return undefined;
  const { dragged } = whatIf;
  const { embeddings } = moment.probe;
  const fits = dragged !== undefined && dragged.embedding.length === embeddings.shape[1];
  return {
    ...(Object.keys(whatIf.levels).length > 0 && levelsOf(moment).length > 0 ? { levels: changedLevels(moment, whatIf) } : {}),
    ...(fits ? { embeddings: withRow(embeddings, dragged.row, dragged.embedding) } : {}),
  };
};
