/** What a visitor changed, in words, and the way back. */
import { shown } from "../draw/scale.js";
import type { Racer } from "../store/store.js";
import { asItIs, isChanged, levelsOf } from "../store/whatIf.js";

export const WhatIfLine = ({ racer }: { readonly racer: Racer }) => {
  const [moment, whatIf] = [racer.shown.value, racer.whatIf.value];
  if (moment === undefined || !isChanged(whatIf))
    return <span class="quiet">Point at a distance, drag a level above, or a picture in the map.</span>;
  const own = levelsOf(moment);
  const moved = Object.entries(whatIf.levels).map(
    ([index, level]) => `s${Number(index) + 1} at ${shown(level)}, not ${shown(own[Number(index)] ?? 0)}`,
  );
  const all = [...moved, ...(whatIf.dragged === undefined ? [] : ["a picture elsewhere"])];
  return (
    <>
      <strong>What if:</strong>
      <span>{all.join("; ")}</span>
      <button type="button" class="small" onClick={() => (racer.whatIf.value = asItIs)}>
        Let go
      </button>
    </>
  );
};
