/** Draws what was noted on a canvas, wherever that is: in the page or in a thread beside it. */
import type { Picture } from "#mdr/pictures/browser.js";
import type { Frame, Pen } from "./pen.js";
import { type Canvas, type Context, contextOf, type MakeCanvas, type Portraits, portraits } from "./portraits.js";
import { replay, type Strokes } from "./strokes.js";

/** A drawing of this many pixels of the style sheet, each of which is `density` pixels of the canvas. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly density: number;
  readonly strokes: Strokes;
}

type OnCanvas = Pen & Pick<Context, "setTransform" | "clearRect">;

/** The context as a pen: it has all but the portraits. */
const penOn = (context: Context, portrait: Portraits): OnCanvas =>
  Object.assign(context, {
    portrait: (picture: Picture, frame: Frame, x: number, y: number) => portrait(context, picture, frame, x, y),
  }) as unknown as OnCanvas;

/** Puts drawings on canvases, each in the place of the one before. */
export const paper = (make: MakeCanvas) => {
  const portrait = portraits(make);
  // Asked for once: Firefox gives a canvas that came from the page its context no second time.
  const pens = new WeakMap<Canvas, OnCanvas>();
  const penFor = (canvas: Canvas): OnCanvas | undefined => {
    const known = pens.get(canvas);
    if (known !== undefined) return known;
    const context = contextOf(canvas);
    if (context === null) return undefined;
    const pen = penOn(context, portrait);
    pens.set(canvas, pen);
    return pen;
  };
  return (canvas: Canvas, { width, height, density, strokes }: Drawing, pictureOf: (number: number) => Picture | undefined): void => {
    const pen = penFor(canvas);
    if (pen === undefined) return;
    const [across, down] = [Math.round(width * density), Math.round(height * density)];
    if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, width, height);
    replay(strokes, pen, pictureOf);
  };
};
