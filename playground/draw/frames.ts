/** Whose turn it is to draw: all that asked, once a frame, and no longer at a time than a page may be busy without being felt. */

import { pace } from "./pace.js";

/** Draws; whether it wants to go on in the next frame. */
export type Painter = (now: number) => boolean;

/** What gives turns. In a hidden tab it gives none: a run goes on, and the newest moment is drawn when the tab is looked at. */
export interface Frames {
  readonly ask: (painter: Painter) => void;
  readonly leave: (painter: Painter) => void;
}

/**
 * Milliseconds of a frame after which the others wait for the next one: few, so that of two that reckon a new moment, some ten
 * milliseconds each, one waits, while all that only slide go on together.
 */
const allowance = 4;

/** Milliseconds of a frame, with what the browser does to show it, after which the next one has fewer drawings. */
const whole = 16;

/**
 * @param next calls back before the next frame @param shown calls back when the frame that is drawn has been handed on to be shown
 * @param later calls back after so many milliseconds @param clock milliseconds
 */
export const frames = (
  next: (call: (now: number) => void) => void,
  shown: (call: () => void) => void,
  later: (call: () => void, milliseconds: number) => void,
  clock: () => number,
): Frames => {
  const waiting = new Set<Painter>();
  let asked = false;
  // Who draws little draws in every frame, and much leaves time to what trains on the same cores.
  const { rest, begun } = pace(clock);
  // What was drawn is painted, laid out and handed on by the browser, which takes as long again and is known only afterwards.
  let most = 1;
  const request = (): void => {
    if (asked || waiting.size === 0) return;
    asked = true;
    const left = rest();
    // A frame that is asked for and not drawn in takes the browser its time too.
    if (left > 0) later(() => next(turn), left);
    else next(turn);
  };
  const turn = (now: number): void => {
    const began = clock();
    const ended = begun();
    // Who gets no turn stands first in the next frame, before those who had one and want to go on.
    const again: Painter[] = [];
    let drawn = 0;
    for (const painter of [...waiting]) {
      waiting.delete(painter);
      if (painter(now)) again.push(painter);
      drawn += 1;
      if (drawn === most || clock() - began > allowance) break;
    }
    for (const painter of again) waiting.add(painter);
    shown(() => {
      ended();
      const took = clock() - began;
      if (took > whole) most = Math.max(1, most >> 1);
      else if (took < whole / 2) most += 1;
      asked = false;
      request();
    });
  };
  return {
    ask: (painter) => {
      waiting.add(painter);
      request();
    },
    leave: (painter) => {
      waiting.delete(painter);
    },
  };
};
