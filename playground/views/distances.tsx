/** All distances of a batch on one axis, sliding onto the levels while the network learns: the paper's Figure 1b, live. */
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Pair, Pairs } from "#mdr/play/index.js";
import { Canvas, type Sheet } from "../draw/canvas.js";
import { carriedOver, slide } from "../draw/motion.js";
import { shown } from "../draw/scale.js";
import { Term } from "../explain/term.js";
import type { Racer } from "../store/store.js";
import { useStore, useTools } from "../store/use.js";
import { levelsOf } from "../store/whatIf.js";
import { Thumb } from "../thumb.js";
import { type Distances, drawDistances, pairNear } from "./distancesPaint.js";
import type { Seen } from "./lens.js";
import { LevelHandles } from "./levelHandles.js";
import { countsOf, reachOf, type Strip, stripOf, strongestOf } from "./strip.js";
import { WhatIfLine } from "./whatIfLine.js";

/** Which pulls are drawn as arrows. */
export type Arrows = "whole" | "regularizer" | "none";

const empty = stripOf([], 1);

/** What of a drawing follows from the pairs alone. */
type Arranged = Omit<Distances, "row" | "pull">;

/** Where the points of both strips are, or are going. */
interface Places {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** A strip's places in one array: across, then up. */
const placesOf = ({ across, up }: Strip): Float64Array => {
  const places = new Float64Array(across.length + up.length);
  places.set(across);
  places.set(up, across.length);
  return places;
};

const arrangedOf = ({ pairs, levels, mean, deviation }: Pairs, inPlay: boolean, reach: number): Arranged => ({
  positives: stripOf(
    pairs.filter(({ positive }) => positive),
    reach,
  ),
  negatives: stripOf(
    pairs.filter(({ positive }) => !positive),
    reach,
  ),
  levels,
  inPlay,
  reach,
  mean,
  deviation,
  strongest: strongestOf(pairs),
});

/** The two pictures of the pair that is pointed at, and where they stand; else what a visitor changed. */
const Readout = ({ racer, pointed }: { readonly racer: Racer; readonly pointed: ReadonlySignal<Pair | undefined> }) => {
  const { pictures } = useStore();
  const pair = pointed.value;
  if (pair === undefined)
    return (
      <div class="readout">
        <WhatIfLine racer={racer} />
      </div>
    );
  const moment = racer.shown.value;
  const [one, other] = [pair.i, pair.j].map((row) => pictures.value[moment?.probe.pictures[row] ?? -1]);
  return (
    <div class="readout">
      {one && <Thumb picture={one.thumbnail} side={32} />}
      {other && <Thumb picture={other.thumbnail} side={32} />}
      <span>
        {pair.positive ? "Same class" : "Different classes"}, distance {shown(pair.judged)}, {shown(pair.normalised)} deviations from the
        mean
        {moment !== undefined && levelsOf(moment).length > 0 && (
          <>
            : level s<sub>{pair.level + 1}</sub>
          </>
        )}
      </span>
    </div>
  );
};

/** The same as a table, for whoever reads and does not look. */
const Counts = ({ counts }: { readonly counts: ReadonlySignal<ReturnType<typeof countsOf>> }) => (
  <details class="counts">
    <summary>How many pairs lie nearest to each level</summary>
    <table>
      <thead>
        <tr>
          <th scope="col">level</th>
          <th scope="col">same class</th>
          <th scope="col">different classes</th>
        </tr>
      </thead>
      <tbody>
        {counts.value.map(({ positives, negatives }, index) => (
          <tr key={index}>
            <th scope="row">
              s<sub>{index + 1}</sub>
            </th>
            <td>{positives}</td>
            <td>{negatives}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </details>
);

export const DistancesView = ({ racer, arrows }: { readonly racer: Racer; readonly arrows: Arrows }) => {
  const { store, lens: lensFor } = useTools();
  const { chosen } = store;
  const lens = lensFor(racer);
  const reach = useSignal(3.5);
  const counts = useSignal<ReturnType<typeof countsOf>>([]);
  const pointed = useSignal<Pair | undefined>(undefined);
  const state = useMemo(() => {
    let drawn: Seen | undefined;
    let arranged: Arranged = {
      ...{ positives: empty, negatives: empty, levels: [], inPlay: false, reach: 3.5, mean: 0, deviation: 1 },
      strongest: strongestOf([]),
    };
    let targets: Places = { positives: new Float64Array(0), negatives: new Float64Array(0) };
    let current = targets;
    /** Where all is going to; whether that is new. */
    const renew = (): boolean => {
      const seen = lens.seen.peek();
      if (seen === undefined || seen === drawn) return false;
      drawn = seen;
      const { pairs } = seen.judgement;
      // The axis stays while a level is dragged: it must not run away under the finger.
      const held = Object.keys(racer.whatIf.peek().levels).length > 0;
      if (!held) reach.value = reachOf(pairs.pairs, pairs.levels);
      counts.value = countsOf(pairs.pairs, pairs.levels.length);
      arranged = arrangedOf(pairs, levelsOf(seen.moment).length > 0, reach.value);
      targets = { positives: placesOf(arranged.positives), negatives: placesOf(arranged.negatives) };
      current = {
        positives: carriedOver(current.positives, targets.positives),
        negatives: carriedOver(current.negatives, targets.negatives),
      };
      return true;
    };
    const paint = (sheet: Sheet, look: Pick<Distances, "row" | "pull">): boolean => {
      const moves = [
        lens.look(),
        slide(current.positives, targets.positives, sheet.elapsed),
        slide(current.negatives, targets.negatives, sheet.elapsed),
      ];
      drawDistances(sheet, { ...arranged, ...look }, current);
      return moves.includes(true);
    };
    return { renew, paint, arranged: () => ({ ...arranged, row: undefined, pull: undefined }) };
  }, [racer]);
  const rowOfChosen = (): number | undefined => {
    const dragged = racer.whatIf.peek().dragged?.row;
    if (dragged !== undefined) return dragged;
    const row = racer.shown.peek()?.probe.pictures.indexOf(chosen.peek() ?? -1) ?? -1;
    return row < 0 ? undefined : row;
  };
  const point = (event: PointerEvent): void => {
    if (!(event.currentTarget instanceof HTMLElement)) return;
    const box = event.currentTarget.getBoundingClientRect();
    pointed.value = pairNear(box.width, box.height, state.arranged(), event.clientX - box.left, event.clientY - box.top);
  };
  return (
    <div class="distances">
      <div onPointerMove={point} onPointerDown={point} onPointerLeave={() => (pointed.value = undefined)}>
        <Canvas
          class="distances-sheet"
          label={`Distances of all pairs of a batch of ${racer.title}, normalised, beside the levels; the table below counts them`}
          watch={() => [racer.shown.value, racer.whatIf.value, lens.seen.value, chosen.value]}
          ready={state.renew}
          paint={(sheet) => state.paint(sheet, { row: rowOfChosen(), pull: arrows === "none" ? undefined : arrows })}
        >
          <div class="strip-name positives">
            <Term of="positive">same class</Term>
          </div>
          <div class="strip-name negatives">
            <Term of="negative">different classes</Term>
          </div>
          <LevelHandles racer={racer} reach={reach} />
        </Canvas>
      </div>
      <Readout racer={racer} pointed={pointed} />
      <Counts counts={counts} />
    </div>
  );
};
