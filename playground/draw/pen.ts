/** What drawings draw with. They read nothing back: what they draw on may be in another thread. */
import type { Picture } from "#mdr/pictures/browser.js";

/** How a picture is framed. */
export interface Frame {
  readonly colour: string;
  readonly round: boolean;
  /** Of the picture, in pixels of the style sheet; the frame adds two all around. */
  readonly side: number;
}

/** Lays outlines. */
export interface Tracer {
  readonly moveTo: (x: number, y: number) => void;
  readonly lineTo: (x: number, y: number) => void;
  readonly arc: (x: number, y: number, radius: number, from: number, to: number) => void;
  readonly closePath: () => void;
}

/** As a canvas's context, with one thing more. Lengths are pixels of the style sheet. */
export interface Pen extends Tracer {
  fillStyle: string;
  strokeStyle: string;
  font: string;
  textAlign: CanvasTextAlign;
  textBaseline: CanvasTextBaseline;
  lineCap: CanvasLineCap;
  lineJoin: CanvasLineJoin;
  lineWidth: number;
  globalAlpha: number;
  readonly beginPath: () => void;
  readonly fill: () => void;
  readonly stroke: () => void;
  readonly fillRect: (x: number, y: number, width: number, height: number) => void;
  readonly fillText: (text: string, x: number, y: number) => void;
  readonly setLineDash: (lengths: readonly number[]) => void;
  /** A picture in its frame, its middle at (x, y). */
  readonly portrait: (picture: Picture, frame: Frame, x: number, y: number) => void;
}
