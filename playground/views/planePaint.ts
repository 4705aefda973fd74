/** The map of embeddings on a canvas: every picture where its embedding lies, by its look or by its class's mark, and where it is drawn to. */
import type { Shown } from "#mdr/play/index.js";
import type { Sheet } from "../draw/canvas.js";
import { traceArrow, traceMark } from "../draw/marks.js";
import { lineColour, lookOf } from "../draw/palette.js";
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

const dot = ({ pen, palette }: Sheet, spots: Spots, row: number, x: number, y: number, outstanding: boolean): void => {
  const { colour, mark } = lookOf(spots.labels[row] as number);
  const seen = row < spots.probes;
  pen.beginPath();
  traceMark(pen, mark, x, y, outstanding ? 8 : 5.5);
  pen.lineWidth = 2;
  pen.fillStyle = seen ? lineColour(palette, colour) : palette.ground;
  pen.strokeStyle = seen ? palette.ground : lineColour(palette, colour);
  pen.fill();
  pen.stroke();
};

/** Draws. @param places where the rows are now @param view what is seen now */
export const drawMap = (sheet: Sheet, spots: Spots, places: Float64Array, view: View, shown: readonly Shown[], look: MapLook): void => {
  const { pen, width, height, palette } = sheet;
  const [midX, midY] = view;
  const unit = unitOf(sheet, view);
  const [middleX, middleY] = [width / 2, height / 2];
  pen.strokeStyle = palette.grid;
  pen.lineWidth = 1;
  pen.beginPath();
  // Through the mean of all embeddings.
  pen.moveTo(middleX - midX * unit, 0);
  pen.lineTo(middleX - midX * unit, height);
  pen.moveTo(0, middleY + midY * unit);
  pen.lineTo(width, middleY + midY * unit);
  pen.stroke();
  const at = (row: number) =>
    [middleX + ((places[2 * row] as number) - midX) * unit, middleY - ((places[2 * row + 1] as number) - midY) * unit] as const;
  const rows = spots.labels.map((_, row) => row).filter((row) => isShown(row, spots, look) && row !== look.row);
  const side = Math.round(Math.max(14, Math.min(28, width / 15)));
  const draw = (row: number): void => {
    const [x, y] = at(row);
    const picture = look.pictures ? shown[spots.pictures[row] as number] : undefined;
    const own = row === look.row ? Math.round(1.6 * side) : side;
    if (picture === undefined) dot(sheet, spots, row, x, y, row === look.row);
    else {
      const colour = lineColour(palette, lookOf(spots.labels[row] as number).colour);
      pen.portrait(picture.thumbnail, { colour, round: row >= spots.probes, side: own }, x, y);
    }
  };
  // Those never seen first: what trains moves, and lies above.
  for (const row of rows.toReversed()) draw(row);
  if (look.arrows && look.part !== "unseen") {
    pen.beginPath();
    for (let row = 0; row < spots.probes; row++) {
      const [x, y] = at(row);
      traceArrow(pen, x, y, (spots.arrows[2 * row] as number) * longest, -(spots.arrows[2 * row + 1] as number) * longest);
    }
    // Light below dark: seen on a picture of any colour.
    pen.lineCap = "round";
    pen.strokeStyle = palette.ground;
    pen.lineWidth = 4;
    pen.stroke();
    pen.strokeStyle = palette.ink;
    pen.lineWidth = 1.6;
    pen.stroke();
  }
  if (look.row === undefined || !isShown(look.row, spots, look)) return;
  draw(look.row);
  const [x, y] = at(look.row);
  pen.beginPath();
  pen.arc(x, y, side * 1.25, 0, 2 * Math.PI);
  pen.strokeStyle = palette.ink;
  pen.lineWidth = 2;
  pen.stroke();
};
