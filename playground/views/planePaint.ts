/** The map of embeddings on a canvas: every picture where its embedding lies, by its look or by its class's mark, and where it is drawn to. */
import type { Shown } from "#mdr/play/index.js";
import type { Sheet } from "../draw/canvas.js";
import { traceArrow, traceMark } from "../draw/marks.js";
import { lineColour, lookOf } from "../draw/palette.js";
import { canvasOf } from "../thumb.js";
import type { Spots } from "./map.js";

/** What of the rows is shown, and how. */
export interface MapLook {
  readonly pictures: boolean;
  readonly arrows: boolean;
  readonly part: "both" | "train" | "unseen";
  /** A row that stands out. */
  readonly row: number | undefined;
}

/** Pixels between a place in the plane and the middle of the drawing. */
export const unitOf = ({ width, height }: Pick<Sheet, "width" | "height">, extent: number): number => Math.min(width, height) / 2 / extent;

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

const portrait = ({ context, palette }: Sheet, spots: Spots, row: number, picture: Shown, x: number, y: number, side: number): void => {
  const seen = row < spots.probes;
  context.save();
  context.beginPath();
  if (seen) context.rect(x - side / 2, y - side / 2, side, side);
  else context.arc(x, y, side / 2, 0, 2 * Math.PI);
  context.strokeStyle = lineColour(palette, lookOf(spots.labels[row] as number).colour);
  context.lineWidth = 4;
  context.stroke();
  context.clip();
  context.drawImage(canvasOf(picture.thumbnail), x - side / 2, y - side / 2, side, side);
  context.restore();
};

/** @param places where the rows are now @param extent half the side of the square that is seen now */
export const drawMap = (sheet: Sheet, spots: Spots, places: Float64Array, extent: number, shown: readonly Shown[], look: MapLook): void => {
  const { context, width, height, palette } = sheet;
  const unit = unitOf(sheet, extent);
  const [middleX, middleY] = [width / 2, height / 2];
  context.strokeStyle = palette.grid;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(middleX, 0);
  context.lineTo(middleX, height);
  context.moveTo(0, middleY);
  context.lineTo(width, middleY);
  context.stroke();
  const at = (row: number) => [middleX + (places[2 * row] as number) * unit, middleY - (places[2 * row + 1] as number) * unit] as const;
  const rows = spots.labels.map((_, row) => row).filter((row) => isShown(row, spots, look) && row !== look.row);
  const side = Math.max(14, Math.min(26, width / 16));
  const draw = (row: number): void => {
    const [x, y] = at(row);
    const picture = look.pictures ? shown[spots.pictures[row] as number] : undefined;
    if (picture === undefined) dot(sheet, spots, row, x, y, row === look.row);
    else portrait(sheet, spots, row, picture, x, y, row === look.row ? 1.6 * side : side);
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
  if (look.row === undefined || !isShown(look.row, spots, look)) return;
  draw(look.row);
  const [x, y] = at(look.row);
  context.beginPath();
  context.arc(x, y, side * 1.25, 0, 2 * Math.PI);
  context.strokeStyle = palette.ink;
  context.lineWidth = 2;
  context.stroke();
};
