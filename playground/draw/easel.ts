/** Where drawings are made: in a thread beside the page, whose own is free meanwhile; in the page where the browser has no such canvas. */
import type { Picture } from "#mdr/pictures/browser.js";
import { type Drawing, paper } from "./paper.js";
import type { Pen } from "./pen.js";
import { pageCanvas } from "./portraits.js";
import { notingPen } from "./strokes.js";

/** What the thread is told. Pictures are told once, before the first drawing with them. */
export type Told =
  | { readonly kind: "canvas"; readonly canvas: number; readonly on: OffscreenCanvas }
  | { readonly kind: "picture"; readonly number: number; readonly picture: Picture }
  | { readonly kind: "drawing"; readonly canvas: number; readonly drawing: Drawing }
  | { readonly kind: "gone"; readonly what: "canvas" | "picture"; readonly number: number };

/** What it answers: one more drawing is made. */
export type Made = "made";

/** A canvas to draw on. */
export interface Stand {
  /** Draws; what `paint` says of it. */
  readonly draw: (size: Omit<Drawing, "strokes">, paint: (pen: Pen) => boolean) => boolean;
  readonly leave: () => void;
}

/** Where drawings are made. */
export interface Easel {
  readonly stand: (canvas: HTMLCanvasElement) => Stand;
  /** Calls back when all drawings begun are made. */
  readonly made: (call: () => void) => void;
}

/** Numbers of pictures, each told when it is new, and forgotten with the picture. */
const numbered = (tell: (told: Told) => void): ((picture: Picture) => number) => {
  const numbers = new WeakMap<Picture, number>();
  const registry = new FinalizationRegistry((number: number) => tell({ kind: "gone", what: "picture", number }));
  let next = 0;
  return (picture) => {
    const known = numbers.get(picture);
    if (known !== undefined) return known;
    const number = next++;
    numbers.set(picture, number);
    registry.register(picture, number);
    tell({ kind: "picture", number, picture });
    return number;
  };
};

/** In a thread. @param thread what is told to it, and what it answers */
export const threadEasel = (thread: Pick<Worker, "postMessage" | "addEventListener">): Easel => {
  const tell = (told: Told, transfer: Transferable[] = []): void => thread.postMessage(told, transfer);
  const numberOf = numbered(tell);
  let next = 0;
  let begun = 0;
  let gone = false;
  let waiting: (() => void)[] = [];
  const settle = (): void => {
    if (begun > 0) return;
    const calls = waiting;
    waiting = [];
    for (const call of calls) call();
  };
  thread.addEventListener("message", () => {
    begun -= 1;
    settle();
  });
  // What a thread that is no more was given is not waited for.
  thread.addEventListener("error", () => {
    gone = true;
    begun = 0;
    settle();
  });
  return {
    stand: (element) => {
      const canvas = next++;
      const on = element.transferControlToOffscreen();
      tell({ kind: "canvas", canvas, on }, [on]);
      const { pen, strokes } = notingPen(numberOf);
      return {
        draw: (size, paint) => {
          const moves = paint(pen);
          const drawing = { ...size, strokes: strokes() };
          if (!gone) begun += 1;
          tell({ kind: "drawing", canvas, drawing }, [drawing.strokes.numbers.buffer]);
          return moves;
        },
        leave: () => tell({ kind: "gone", what: "canvas", number: canvas }),
      };
    },
    made: (call) => {
      waiting.push(call);
      settle();
    },
  };
};

/** In the page itself. */
export const pageEasel = (): Easel => {
  const put = paper(pageCanvas);
  return {
    stand: (canvas) => {
      let pictures: Picture[] = [];
      const { pen, strokes } = notingPen((picture) => pictures.push(picture) - 1);
      return {
        draw: (size, paint) => {
          pictures = [];
          const moves = paint(pen);
          put(canvas, { ...size, strokes: strokes() }, (number) => pictures[number]);
          return moves;
        },
        leave: () => undefined,
      };
    },
    made: (call) => call(),
  };
};
