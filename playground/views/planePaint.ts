/** The map of embeddings on a canvas: every picture where its embedding lies, by its look or by its class's mark, and where it is drawn to. */
import type { Picture } from "#mdr/pictures/browser.js";
import type { Shown } from "#mdr/play/index.js";
import type { Sheet } from "../draw/canvas.js";
import { traceArrow, traceMark } from "../draw/marks.js";
import { lineColour, lookOf } from "../draw/palette.js";
import { canvasOf } from "../thumb.js";
import type { Spots, View } from "./map.js";

/** What of the rows is shown, and how. */
export interface MapLook {
  readonly pictures: boolean;
  readonly arrows: boolean;
  readonly part: "both" | "train" | "unseen";
  /** A row that stands out. */
  readonly row: number | undefined;
}

/** Pixels between a place in the plane and the middle of the drawing. */
export const unitOf = ({ width, height }: Pick<Sheet, "width" | "height">, [, , halfWidth, halfHeight]: View): number =>
  Math.min(width / halfWidth, height / halfHeight) / 2;

/** Pixels of an arrow of length 1. */
const longest = 34;

const isShown = (row: number, { probes }: Spots, { part }: MapLook): boolean => part === "both" || (part === "train") === row < probes;

const dot = ({ context, palette }: Sheet, spots: Spots, row: number, x: number, y: number, outstanding: boolean): void => {
  const { colour, mark } = lookOf(spots.labels[row] as number);
  const seen = row < spots.probes;
  context.beginPath();
  traceMark(context, mark, x, y, outstanding ? 8 : 5.5);
  context.lineWidth = 2;
  context.fillStyle = seen ? lineColour(palette, colour) : palette.ground;
  context.strokeStyle = seen ? palette.ground : lineColour(palette, colour);
  context.fill();
  context.stroke();
};

/** Pictures in their frames, drawn once for each look: clipping is dear, and there are many of them sixty times a second. */
const framed = new WeakMap<Picture, { readonly look: string; readonly sprite: HTMLCanvasElement }>();

/** Twice as many pixels as the style sheet's, for sharp screens. */
const density = 2;

/** Pictures that are framed while the map is drawn once: a hundred of them would hold the page. The others wait, as marks. */
const framedAtOnce = 8;

/** A picture in a square frame, or in a round one, as wide as `side` and the frame; undefined where it is not made yet and may not be. */
const frameOf = (picture: Picture, colour: string, round: boolean, side: number, mayMake: () => boolean): HTMLCanvasElement | undefined => {
  const look = `${colour} ${round} ${side}`;
  const known = framed.get(picture);
  if (known?.look === look) return known.sprite;
  if (!mayMake()) return undefined;
  const sprite = document.createElement("canvas");
  const whole = side + 4;
  sprite.width = density * whole;
  sprite.height = density * whole;
  const context = sprite.getContext("2d");
  if (context === null) return sprite;
  context.scale(density, density);
  context.beginPath();
  if (round) context.arc(whole / 2, whole / 2, side / 2, 0, 2 * Math.PI);
  else context.rect(2, 2, side, side);
  context.strokeStyle = colour;
  context.lineWidth = 4;
  context.stroke();
  context.clip();
  context.drawImage(canvasOf(picture), 2, 2, side, side);
  framed.set(picture, { look, sprite });
  return sprite;
};

/** Draws a row's picture; whether it could. */
const portrait = (
  { context, palette }: Sheet,
  spots: Spots,
  row: number,
  picture: Shown,
  [x, y]: readonly [number, number],
  side: number,
  mayMake: () => boolean,
): boolean => {
  const colour = lineColour(palette, lookOf(spots.labels[row] as number).colour);
  const whole = side + 4;
  const frame = frameOf(picture.thumbnail, colour, row >= spots.probes, side, mayMake);
  if (frame === undefined) return false;
  context.drawImage(frame, x - whole / 2, y - whole / 2, whole, whole);
  return true;
};

/** Draws; whether pictures wait to be framed. @param places where the rows are now @param view what is seen now */
export const drawMap = (sheet: Sheet, spots: Spots, places: Float64Array, view: View, shown: readonly Shown[], look: MapLook): boolean => {
  const { context, width, height, palette } = sheet;
  const [midX, midY] = view;
  const unit = unitOf(sheet, view);
  const [middleX, middleY] = [width / 2, height / 2];
  context.strokeStyle = palette.grid;
  context.lineWidth = 1;
  context.beginPath();
  // Through the mean of all embeddings.
  context.moveTo(middleX - midX * unit, 0);
  context.lineTo(middleX - midX * unit, height);
  context.moveTo(0, middleY + midY * unit);
  context.lineTo(width, middleY + midY * unit);
  context.stroke();
  const at = (row: number) =>
    [middleX + ((places[2 * row] as number) - midX) * unit, middleY - ((places[2 * row + 1] as number) - midY) * unit] as const;
  const rows = spots.labels.map((_, row) => row).filter((row) => isShown(row, spots, look) && row !== look.row);
  const side = Math.round(Math.max(14, Math.min(28, width / 15)));
  let wanted = 0;
  const mayMake = (): boolean => {
    wanted += 1;
    return wanted <= framedAtOnce;
  };
  const waits = (): boolean => wanted > framedAtOnce;
  const draw = (row: number): void => {
    const [x, y] = at(row);
    const picture = look.pictures ? shown[spots.pictures[row] as number] : undefined;
    const own = row === look.row ? Math.round(1.6 * side) : side;
    if (picture === undefined || !portrait(sheet, spots, row, picture, [x, y], own, mayMake))
      dot(sheet, spots, row, x, y, row === look.row);
  };
  // Those never seen first: what trains moves, and lies above.
  for (const row of rows.toReversed()) draw(row);
  if (look.arrows && look.part !== "unseen") {
    context.beginPath();
    for (let row = 0; row < spots.probes; row++) {
      const [x, y] = at(row);
      traceArrow(context, x, y, (spots.arrows[2 * row] as number) * longest, -(spots.arrows[2 * row + 1] as number) * longest);
    }
    // Light below dark: seen on a picture of any colour.
    context.lineCap = "round";
    context.strokeStyle = palette.ground;
    context.lineWidth = 4;
    context.stroke();
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.6;
    context.stroke();
  }
  if (look.row === undefined || !isShown(look.row, spots, look)) return waits();
  draw(look.row);
  const [x, y] = at(look.row);
  context.beginPath();
  context.arc(x, y, side * 1.25, 0, 2 * Math.PI);
  context.strokeStyle = palette.ink;
  context.lineWidth = 2;
  context.stroke();
  return waits();
};
