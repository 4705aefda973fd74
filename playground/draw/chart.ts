/** A chart of lines on a canvas: axes with round numbers, each line by colour and dash. */
import type { Sheet } from "./canvas.js";
import { scale, shown, ticks } from "./scale.js";

/** One line: points in the order of their x. */
export interface Line {
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly colour: string;
  readonly dash: readonly number[];
  /** Whether each point is marked. */
  readonly dots?: boolean;
}

/** What a chart shows. */
export interface Chart {
  readonly lines: readonly Line[];
  /** The last step that will be drawn, so that a line grows into its chart. */
  readonly last: number;
  /** Extent that is always shown, of y. */
  readonly low: number;
  readonly high: number;
  readonly write?: (value: number) => string;
}

const [left, right, top, bottom] = [46, 10, 8, 22];

const extent = (lines: readonly Line[], low: number, high: number): readonly [number, number] => {
  let [least, most] = [low, high];
  for (const { points } of lines)
    for (const [, y] of points) {
      if (y < least) least = y;
      if (y > most) most = y;
    }
  return [least, most];
};

export const drawChart = ({ pen, width, height, palette }: Sheet, { lines, last, low, high, write = shown }: Chart): void => {
  const [least, most] = extent(lines, low, high);
  const across = scale(0, Math.max(1, last), left, width - right);
  const up = scale(least, most, height - bottom, top);
  pen.font = "12px system-ui, sans-serif";
  pen.lineWidth = 1;
  pen.strokeStyle = palette.grid;
  pen.fillStyle = palette.soft;
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.beginPath();
  for (const value of ticks(least, most, Math.max(2, Math.floor(height / 45)))) {
    const y = Math.round(up.place(value)) + 0.5;
    pen.moveTo(left, y);
    pen.lineTo(width - right, y);
    pen.fillText(write(value), left - 6, y);
  }
  pen.stroke();
  pen.textBaseline = "top";
  for (const value of ticks(0, Math.max(1, last), Math.max(2, Math.floor(width / 110)))) {
    const x = across.place(value);
    pen.textAlign = x > width - right - 12 ? "right" : "center";
    pen.fillText(shown(value), Math.min(width - 2, x), height - bottom + 6);
  }
  pen.lineWidth = 2;
  pen.lineJoin = "round";
  for (const { points, colour, dash, dots = false } of lines) {
    pen.strokeStyle = colour;
    pen.fillStyle = colour;
    pen.setLineDash(dash);
    pen.beginPath();
    points.forEach(([x, y], index) => {
      if (index === 0) pen.moveTo(across.place(x), up.place(y));
      else pen.lineTo(across.place(x), up.place(y));
    });
    pen.stroke();
    pen.setLineDash([]);
    const marked = dots ? points : points.slice(-1);
    for (const [x, y] of marked) {
      pen.beginPath();
      pen.arc(across.place(x), up.place(y), 3, 0, 2 * Math.PI);
      pen.fill();
    }
  }
};
