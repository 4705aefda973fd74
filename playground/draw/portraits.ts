/** Pictures in their frames, made once for each look: clipping is dear, and there are many of them sixty times a second. */
import type { Picture } from "#mdr/pictures/browser.js";
import type { Frame } from "./pen.js";

export type Canvas = HTMLCanvasElement | OffscreenCanvas;
export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** A canvas, of the document or of none. */
export type MakeCanvas<C extends Canvas = Canvas> = (width: number, height: number) => C;

/** One of the document. */
export const pageCanvas: MakeCanvas<HTMLCanvasElement> = (width, height) =>
  Object.assign(document.createElement("canvas"), { width, height });

/** A canvas's context; none where the browser has no more. */
export const contextOf = (canvas: Canvas): Context | null => canvas.getContext("2d") as Context | null;

/** A picture's pixels with what a canvas wants beside them. */
const imageDataOf = ({ width, height, pixels }: Picture): ImageData => {
  const image = new ImageData(width, height);
  for (let from = 0, to = 0; from < pixels.length; from += 3, to += 4) {
    image.data[to] = pixels[from] as number;
    image.data[to + 1] = pixels[from + 1] as number;
    image.data[to + 2] = pixels[from + 2] as number;
    image.data[to + 3] = 255;
  }
  return image;
};

/** Canvases with the pixels of pictures, of their own size: made once, and gone with the picture. */
export const canvasesOf = <C extends Canvas>(make: MakeCanvas<C>): ((picture: Picture) => C) => {
  const known = new WeakMap<Picture, C>();
  return (picture) => {
    const before = known.get(picture);
    if (before !== undefined) return before;
    const canvas = make(picture.width, picture.height);
    contextOf(canvas)?.putImageData(imageDataOf(picture), 0, 0);
    known.set(picture, canvas);
    return canvas;
  };
};

/** Twice as many pixels as the style sheet's, for sharp screens. */
const density = 2;

/** Pixels of the frame on each side. */
const rim = 2;

/** Draws pictures in their frames. */
export type Portraits = (context: Context, picture: Picture, frame: Frame, x: number, y: number) => void;

export const portraits = (make: MakeCanvas): Portraits => {
  const framed = new WeakMap<Picture, { readonly look: string; readonly sprite: Canvas }>();
  const pixelsOf = canvasesOf(make);
  const frameOf = (picture: Picture, { colour, round, side }: Frame): Canvas => {
    const look = `${colour} ${round} ${side}`;
    const known = framed.get(picture);
    if (known?.look === look) return known.sprite;
    const whole = side + 2 * rim;
    const sprite = make(density * whole, density * whole);
    const context = contextOf(sprite);
    if (context === null) return sprite;
    context.scale(density, density);
    context.beginPath();
    if (round) context.arc(whole / 2, whole / 2, side / 2, 0, 2 * Math.PI);
    else context.rect(rim, rim, side, side);
    context.strokeStyle = colour;
    context.lineWidth = 2 * rim;
    context.stroke();
    context.clip();
    context.drawImage(pixelsOf(picture), rim, rim, side, side);
    framed.set(picture, { look, sprite });
    return sprite;
  };
  return (context, picture, frame, x, y) => {
    const whole = frame.side + 2 * rim;
    context.drawImage(frameOf(picture, frame), x - whole / 2, y - whole / 2, whole, whole);
  };
};
