/** The map of embeddings: pictures of one class gather, or do not. One can be pointed at, chosen, and dragged to see what its distances would do. */
import { useComputed } from "@preact/signals";
import { useId, useMemo, useRef } from "preact/hooks";
import { Canvas, type Sheet } from "../draw/canvas.js";
import { carriedOver, slide } from "../draw/motion.js";
import type { Racer } from "../store/store.js";
import { useStore, useTools } from "../store/use.js";
import type { Lens, Seen } from "./lens.js";
import { embeddingOf, type Spots, spotsOf, type View } from "./map.js";
import { Nearest } from "./nearest.js";
import { drawMap, type MapLook, unitOf } from "./planePaint.js";

/** Pixels around a picture within which a fingertip means it. */
const reach = 22;

/** Keys that move along the list of pictures, and by how many. */
const along: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
/** Keys that, with Shift, drag the chosen picture: in shares of half the map. */
const drags: Readonly<Record<string, readonly [number, number]>> = {
  ArrowRight: [0.05, 0],
  ArrowLeft: [-0.05, 0],
  ArrowUp: [0, 0.05],
  ArrowDown: [0, -0.05],
};

/** Pixels that a finger may tremble without dragging. */
const slack = 5;

/** A picture under a finger, and where the finger came down. */
interface Held {
  readonly row: number;
  readonly fromX: number;
  readonly fromY: number;
  moved: boolean;
}

interface Properties {
  readonly racer: Racer;
  readonly look: Omit<MapLook, "row">;
}

/** The rows' places, sliding from moment to moment. */
const glide = (racer: Racer, { seen, look }: Lens) => {
  let known: Seen | undefined;
  let drawn: Spots | undefined;
  let places: Float64Array = new Float64Array(0);
  let view: Float64Array = new Float64Array(0);
  return {
    spots: () => drawn,
    /** What is seen. */
    view: (): View => [view[0] ?? 0, view[1] ?? 0, view[2] ?? 1, view[3] ?? 1],
    /** Where all is going to; whether that is new. */
    renew: (): boolean => {
      const newest = seen.peek();
      if (newest === undefined || newest === known) return false;
      known = newest;
      drawn = spotsOf(newest.moment, newest.whatIf, newest.judgement.arrows, drawn?.plane);
      places = carriedOver(places, drawn.places);
      view = carriedOver(view, drawn.view);
      return true;
    },
    /** Moves on; whether anything still moves, and where all is. */
    move: (elapsed: number) => {
      const waits = look();
      if (drawn === undefined) return undefined;
      const moving = [waits, slide(places, drawn.places, elapsed), slide(view, drawn.view, elapsed)].includes(true);
      const { dragged } = racer.whatIf.peek();
      // What a finger holds is where the finger is, judged or not.
      if (dragged !== undefined) places.set(drawn.plane.project(dragged.embedding), 2 * dragged.row);
      return { spots: drawn, places, moving };
    },
    /** The row nearest to a place of the plane, and how far it lies. */
    nearest: (x: number, y: number) => {
      const found = { row: -1, far: Number.POSITIVE_INFINITY };
      for (let row = 0; 2 * row < places.length; row++) {
        const far = Math.hypot((places[2 * row] as number) - x, (places[2 * row + 1] as number) - y);
        if (far < found.far) Object.assign(found, { row, far });
      }
      return found;
    },
  };
};

/** The pictures by their names, for whoever does not see the map. */
const Options = ({ racer, list }: { readonly racer: Racer; readonly list: string }) => {
  const { chosen, pictures } = useStore();
  // The first moment has the rows of all, and stays while others come.
  const first = useComputed(() => racer.moments.value[0]);
  const moment = first.value;
  if (moment === undefined) return null;
  return (
    <>
      {[...moment.probe.pictures, ...moment.unseen.pictures].map((picture, row) => {
        const { label = "", name = "" } = pictures.value[picture] ?? {};
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus, and says which of its options is active
          <div key={picture} id={`${list}-${picture}`} role="option" aria-selected={chosen.value === picture} class="unseen-text">
            {label}, {name}, {row < moment.probe.pictures.length ? "seen" : "unseen"} class
          </div>
        );
      })}
    </>
  );
};

export const PlaneView = ({ racer, look }: Properties) => {
  const { store, lens: lensFor } = useTools();
  const { chosen, pictures } = store;
  const lens = lensFor(racer);
  const list = useId();
  const place = useRef<HTMLDivElement>(null);
  const held = useRef<Held | undefined>(undefined);
  const gliding = useMemo(() => glide(racer, lens), [racer]);
  const rowOf = (picture: number | undefined): number | undefined => {
    const row = gliding.spots()?.pictures.indexOf(picture ?? -1) ?? -1;
    return row < 0 ? undefined : row;
  };
  const paint = (sheet: Sheet): boolean => {
    const now = gliding.move(sheet.elapsed);
    if (now === undefined) return false;
    drawMap(sheet, now.spots, now.places, gliding.view(), pictures.peek(), { ...look, row: rowOf(chosen.peek()) });
    return now.moving;
  };
  const planeAt = (event: PointerEvent): readonly [x: number, y: number, unit: number] => {
    const box = place.current?.getBoundingClientRect();
    if (box === undefined) return [0, 0, 1];
    const view = gliding.view();
    const [x, y] = view;
    const unit = unitOf(box, view);
    return [x + (event.clientX - box.left - box.width / 2) / unit, y + (box.top + box.height / 2 - event.clientY) / unit, unit];
  };
  const drag = (row: number, to: readonly [number, number]): void => {
    const [moment, spots] = [racer.shown.peek(), gliding.spots()];
    if (moment === undefined || spots === undefined || row >= spots.probes) return;
    const { whatIf } = racer;
    const embedding = Array.from(spots.plane.unproject(embeddingOf(moment, whatIf.peek(), row), to));
    whatIf.value = { ...whatIf.peek(), dragged: { row, embedding } };
  };
  const letGo = (): void => {
    held.current = undefined;
  };
  const keyed = (event: KeyboardEvent): void => {
    const spots = gliding.spots();
    if (spots === undefined) return;
    const row = rowOf(chosen.peek());
    const [by, step] = [along[event.key], drags[event.key]];
    if (event.shiftKey && step !== undefined && row !== undefined) {
      const [x = 0, y = 0] = spots.places.subarray(2 * row, 2 * row + 2);
      const half = Math.max(spots.view[2], spots.view[3]);
      drag(row, [x + step[0] * half, y + step[1] * half]);
    } else if (by !== undefined && !event.shiftKey) {
      const next = row === undefined ? 0 : (row + by + spots.pictures.length) % spots.pictures.length;
      chosen.value = spots.pictures[next];
    } else if (event.key === "Escape") {
      racer.whatIf.value = { levels: racer.whatIf.peek().levels };
      chosen.value = undefined;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="plane">
      <div class="plane-place">
        <Canvas
          class="plane-sheet"
          label={`Embeddings of ${racer.title} in a plane`}
          watch={() => [racer.shown.value, racer.whatIf.value, lens.seen.value, chosen.value, pictures.value]}
          ready={gliding.renew}
          paint={paint}
        />
        <div
          ref={place}
          class={chosen.value === undefined ? "plane-list" : "plane-list chosen"}
          role="listbox"
          tabIndex={0}
          aria-label={`Embeddings of ${racer.title}: arrow keys choose a picture, with Shift they drag it`}
          aria-activedescendant={chosen.value === undefined ? undefined : `${list}-${chosen.value}`}
          onKeyDown={keyed}
          onPointerDown={(event) => {
            const [x, y, unit] = planeAt(event);
            const { row, far } = gliding.nearest(x, y);
            const spots = gliding.spots();
            chosen.value = spots === undefined || far * unit > reach ? undefined : spots.pictures[row];
            if (chosen.value === undefined) return;
            held.current = { row, fromX: event.clientX, fromY: event.clientY, moved: false };
            event.currentTarget.setPointerCapture(event.pointerId);
          }}
          onPointerMove={(event) => {
            const now = held.current;
            if (now === undefined) return;
            now.moved ||= Math.hypot(event.clientX - now.fromX, event.clientY - now.fromY) > slack;
            if (!now.moved) return;
            const [x, y] = planeAt(event);
            drag(now.row, [x, y]);
          }}
          onPointerUp={letGo}
          onPointerCancel={letGo}
        >
          <Options racer={racer} list={list} />
        </div>
      </div>
      <Nearest racer={racer} />
    </div>
  );
};
